from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from studio.domain.job import Job, JobError, JobState
from studio.qt_models.job_words import clock, elapsed, state_words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JOB = Job(id="j", kind="image", request={}, created_at=NOW)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (6.9, "00:06"), (61, "01:01"), (3723, "1:02:03"), (-4, "00:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_waiting_says_why_when_and_that_it_costs_once() -> None:
    job = replace(
        JOB, state=JobState.WAITING, note="The model is busy.", retry_at=NOW + timedelta(seconds=12)
    )
    assert state_words(job, NOW) == (
        "The model is busy. Trying the same request again in 12 s. You pay once."
    )


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_has_words(state: JobState) -> None:
    words = state_words(replace(JOB, state=state), NOW)
    assert words.endswith(".")
    assert "!" not in words


def test_a_failure_speaks_for_itself() -> None:
    job = replace(JOB, state=JobState.FAILED, error=JobError(title="It was refused.", detail="Rephrase it."))
    assert state_words(job, NOW) == "It was refused. Rephrase it."


def test_time_runs_from_the_sending_to_the_end() -> None:
    job = replace(JOB, sent_at=NOW - timedelta(seconds=5))
    assert elapsed(JOB, NOW) == 0
    assert elapsed(job, NOW) == 5
    assert elapsed(replace(job, finished_at=NOW - timedelta(seconds=2)), NOW) == 3

"""The queue in groups: their order, how far they are, and what holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from studio.domain.job import Job, JobState
from studio.qt_models.job_groups import group_price, group_state, group_words, in_groups
from studio.qt_models.job_words import duration
from studio.services.job_pace import Waiting

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def batch(name: str, *states: JobState, rank: float = 0.0, **fields: Any) -> list[Job]:
    return [
        Job(
            id=f"{name}{number}", kind="image", request={}, created_at=NOW, title="a lighthouse at dusk",
            state=state, batch=name, batch_index=number, batch_size=len(states), rank=rank + number,
            estimate=Decimal("0.002"), cost=Decimal("0.002") if state is JobState.DONE else None,
            finished_at=NOW + timedelta(seconds=number) if state.is_final else None, **fields,
        )
        for number, state in enumerate(states)
    ]  # fmt: skip


def nothing(_job: Job) -> None:
    return None


def test_what_runs_comes_first_then_what_waits_in_its_turn() -> None:
    queued, running, done, failed = JobState.QUEUED, JobState.RUNNING, JobState.DONE, JobState.FAILED
    jobs = [
        *batch("a", done, done), *batch("b", queued, queued, rank=20), *batch("c", queued, rank=3),
        *batch("d", running, done, queued, rank=40), *batch("e", failed, done),
    ]  # fmt: skip
    groups = in_groups(jobs)
    assert [group.key for group in groups] == ["d", "c0", "b", "e", "a"]
    assert [job.state for job in groups[0].jobs] == [running, queued, done]


def test_how_far_a_batch_is() -> None:
    states = [JobState.DONE] * 3 + [JobState.RUNNING] + [JobState.QUEUED] * 4
    (group,) = in_groups(batch("a", *states))
    assert group_words(group, 40.0) == "3 of 8 · ≈ 0.016 pollen · about 40 s left"
    assert group_words(group, None) == "3 of 8 · ≈ 0.016 pollen"
    assert group_state(group, nothing) == ""


def test_what_is_said_of_a_batch() -> None:
    asked = Waiting("asked", 12.0)
    (group,) = in_groups(batch("a", JobState.QUEUED, JobState.QUEUED))
    assert group_state(group, lambda _job: asked) == "The service asks for 12 s."
    assert group_state(group, lambda _job: Waiting("place")) == "Waits for its turn."
    rate = Waiting("rate", 30.0)
    assert group_state(group, lambda _job: rate).endswith("Next in 30 s.")
    (group,) = in_groups(batch("a", JobState.RUNNING, JobState.QUEUED, JobState.PAUSED))
    assert group_state(group, nothing) == "1 is paused."
    assert group_state(group, lambda _job: asked) == "The service asks for 12 s."
    (group,) = in_groups(batch("a", JobState.DONE, JobState.FAILED, JobState.FAILED))
    assert group_state(group, nothing) == "2 did not work."
    assert group_price(group) == "0.002 pollen"
    (group,) = in_groups(batch("a", JobState.CANCELLED, JobState.CANCELLED, sandbox=True))
    assert (group_state(group, nothing), group_price(group)) == ("Cancelled.", "")
    (group,) = in_groups(batch("a", JobState.PAUSED, JobState.PAUSED, note="day_budget"))
    assert group.is_paused
    assert group_state(group, nothing) == "Waits: it would pass today's budget."


def test_how_long() -> None:
    assert [duration(seconds) for seconds in (0.2, 12, 99, 150, 1799, 9000)] == [
        "1 s", "12 s", "99 s", "2 min", "30 min", "2 h",
    ]  # fmt: skip

"""The profile's database: jobs, spending, drafts, prompts, uploads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.job import Job, JobState
from studio.library.profile_store import LedgerEntry, ProfileStore

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def job(number: int, **changes: object) -> Job:
    values: dict[str, object] = {
        "id": f"job{number}",
        "kind": "image",
        "request": {"prompt": "a lighthouse", "seed": number},
        "created_at": NOW + timedelta(seconds=number),
        "estimate": Decimal("0.0021"),
    }
    return Job(**(values | changes))  # type: ignore[arg-type]


def test_jobs_survive(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    first = job(1)
    store.jobs.add(first)
    store.jobs.add_all([job(2, batch="b"), job(3, batch="b")])
    running = first.to(JobState.RUNNING, attempts=1, sent_at=NOW)
    store.jobs.update(running)
    store.jobs.update(job(2, batch="b", state=JobState.DONE))
    store.close()
    store = ProfileStore(tmp_path)
    assert store.jobs.by_id("job1") == running
    assert [j.id for j in store.jobs.unfinished()] == ["job1", "job3"]
    assert [j.id for j in store.jobs.recent(2)] == ["job3", "job2"]
    assert [j.id for j in store.jobs.of_batch("b")] == ["job2", "job3"]
    with pytest.raises(KeyError):
        store.jobs.update(job(9))
    store.jobs.remove(["job1"])
    assert store.jobs.by_id("job1") is None
    store.close()


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.jobs.add(job(1))
    with pytest.raises(Exception, match="UNIQUE"):
        store.jobs.add_all([job(2), job(1)])
    assert [j.id for j in store.jobs.unfinished()] == ["job1"]
    store.close()


def test_one_unreadable_job_does_not_hide_the_others(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.jobs.add_all([job(1), job(2)])
    with store.database.write() as connection:
        connection.execute("update jobs set json = '{\"id\": 5}' where id = 'job1'")
    assert [j.id for j in store.jobs.unfinished()] == ["job2"]
    store.close()


def test_spending_is_exact(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    for number in range(10):
        store.ledger.put(LedgerEntry(id=str(number), time=NOW, model="flux", estimate=Decimal("0.1")))
    store.ledger.put(
        LedgerEntry(id="0", time=NOW, model="flux", estimate=Decimal("0.1"), cost=Decimal("0.3"))
    )
    store.ledger.put(LedgerEntry(id="s", time=NOW, model="flux", cost=Decimal(9), sandbox=True))
    (day,) = store.ledger.spending()
    assert (day.amount, day.entries, day.open) == (Decimal("1.2"), 10, 9)
    assert store.ledger.total(since="2026-11-07") == 0
    assert store.ledger.total(sandbox=True) == 9
    store.close()


def test_drafts_prompts_and_uploads(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.drafts.put("chat/1", {"text": "half a sen"})
    assert store.drafts.get("chat/1") == {"text": "half a sen"}
    store.drafts.remove("chat/1")
    assert store.drafts.get("chat/1") is None
    for text in ("one", "two", "one"):
        store.prompts.add("image", text)
    assert store.prompts.recent("image") == ["one", "two"]
    assert store.prompts.recent("image", containing="TW") == ["two"]
    assert store.prompts.recent("video") == []
    store.uploads.put("ab", "https://media.example/x", expires_at=NOW)
    assert store.uploads.get("ab", at=NOW - timedelta(seconds=1)) == "https://media.example/x"
    assert store.uploads.get("ab", at=NOW) == ""
    store.close()


def test_snapshots_can_be_opened(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.jobs.add(job(1))
    copy = store.snapshot()
    store.close()
    assert copy is not None
    (tmp_path / "back").mkdir()
    copy.rename(tmp_path / "back/studio.sqlite")
    store = ProfileStore(tmp_path / "back")
    assert store.jobs.by_id("job1") == job(1)
    store.close()

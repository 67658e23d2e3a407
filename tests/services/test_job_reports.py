"""What runners tell of their jobs (studio/services/job_reports.py) reaches the right job."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from studio.domain.job import Job
from studio.domain.service import Progress, RetryNotice
from studio.services.job_reports import ReportOf


class Book:
    """Keeps what was told, by job."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def report_waiting(self, job_id: str, notice: RetryNotice) -> None:
        self.told.append((job_id, notice.reason))

    def report_progress(self, job_id: str, progress: Progress, /) -> None:
        self.told.append((job_id, f"{progress.done} bytes"))

    async def report_storing(self, job_id: str) -> None:
        self.told.append((job_id, "storing"))

    async def report_completed(self, job_id: str, request: dict[str, Any]) -> Job:
        job = Job(id=job_id, kind="image", request={}, created_at=datetime.now(UTC))
        return replace(job, request=request)


async def test_each_word_is_told_of_its_own_job() -> None:
    book = Book()
    first, second = ReportOf(book, "a"), ReportOf(book, "b")
    first.waiting(RetryNotice(attempt=1, delay=3.0, reason="The model is busy."))
    second.progress(Progress(stage="receiving", done=10))
    await first.storing()
    assert book.told == [("a", "The model is busy."), ("b", "10 bytes"), ("a", "storing")]
    completed = await second.completed({"image": "https://there"})
    assert (completed.id, completed.request) == ("b", {"image": "https://there"})

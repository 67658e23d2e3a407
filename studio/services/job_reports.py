"""What a runner tells of its job while it works."""

from __future__ import annotations

from typing import Any, Protocol

from studio.domain.job import Job
from studio.domain.service import Progress, RetryNotice


class JobReport(Protocol):
    """What a runner tells while it works."""

    def waiting(self, notice: RetryNotice) -> None:
        """The same request goes out again after a while."""
        ...

    def progress(self, progress: Progress) -> None:
        """Bytes move: whatever it waited for is over."""
        ...

    async def storing(self) -> None:
        """The bytes are here."""
        ...

    async def completed(self, request: dict[str, Any]) -> Job:
        """What the request was missing is in it. It is written down, leaves, and never changes again.

        Raises:
            StorageError: it could not be written down; do not send.
        """
        ...


class Listens(Protocol):
    """Who keeps the jobs that runners tell of."""

    def report_waiting(self, job_id: str, notice: RetryNotice) -> None: ...
    def report_progress(self, job_id: str, progress: Progress, /) -> None: ...
    async def report_storing(self, job_id: str) -> None: ...
    async def report_completed(self, job_id: str, request: dict[str, Any]) -> Job: ...


class ReportOf:
    """Binds a runner's words to its job."""

    def __init__(self, service: Listens, job_id: str) -> None:
        self._service = service
        self._job_id = job_id

    def waiting(self, notice: RetryNotice) -> None:
        self._service.report_waiting(self._job_id, notice)

    def progress(self, progress: Progress) -> None:
        self._service.report_progress(self._job_id, progress)

    async def storing(self) -> None:
        await self._service.report_storing(self._job_id)

    async def completed(self, request: dict[str, Any]) -> Job:
        return await self._service.report_completed(self._job_id, request)

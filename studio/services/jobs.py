"""The queue: every job is in the journal before its request leaves, and the identical request goes out again
after a break.

    submit -> QUEUED (journal) -> RUNNING (journal, then the request) -> STORING -> DONE
                                   |  ^                                   (file, sidecar, index, ledger)
                                   v  |
                                  WAITING (the same request again in n seconds)

What is in the journal as sent when the program starts was cut off by a crash: if its result is already filed
the job is done, else the identical request is sent, which the service joins or replays without a second bill
(CONTRACT 8). What was never sent waits, paused, until the user says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Protocol

from studio.api.errors import ApiAuthError, ApiError, ApiOffline, ApiPaymentError
from studio.core.errors import Action, StorageError, StudioError
from studio.core.events import Event
from studio.domain.asset import Asset
from studio.domain.job import Job, JobError, JobState
from studio.domain.service import Progress, RetryNotice
from studio.services.notices import NoticeCentre, Severity
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
TIMES_KEPT = 20


class Journal(Protocol):
    """Where jobs are written down; every write is on the disk when it returns."""

    async def add(self, jobs: Sequence[Job]) -> None: ...
    async def update(self, job: Job) -> None: ...
    async def unfinished(self) -> list[Job]: ...
    async def recent(self, limit: int) -> list[Job]: ...


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


Runner = Callable[[Job, JobReport], Awaitable[Asset]]
FindResult = Callable[[str], Awaitable[Asset | None]]


class JobService:
    """Runs jobs, a few at a time.

    Args:
        runners: by `Job.kind`.
        find_result: the asset a job already produced, if any; asked after a crash.
        can_send: False while the job's service is not the connected one (a sandbox job never goes to the
            cloud, nor the other way round).
        parallel: how many run at once.
    """

    def __init__(
        self,
        journal: Journal,
        tasks: TaskSupervisor,
        notices: NoticeCentre,
        *,
        runners: dict[str, Runner],
        find_result: FindResult,
        can_send: Callable[[Job], bool],
        parallel: int = 3,
    ) -> None:
        self.changed: Event[Job] = Event("jobs.changed")
        self.finished: Event[Job] = Event("jobs.finished")
        self.queue_changed: Event[str] = Event("jobs.queue_changed")
        self.parallel = parallel
        self.paused_because = ""
        self.recovered: set[str] = set()
        """Ids of jobs whose request an earlier session had sent: their results are not billed again."""
        self._journal = journal
        self._tasks = tasks
        self._notices = notices
        self._runners = runners
        self._find_result = find_result
        self._can_send = can_send
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._times: dict[str, list[float]] = {}
        self._closing = False

    # ------------------------------------------------------------------ what there is

    def all(self) -> list[Job]:
        """Jobs of this session and the unfinished ones of earlier sessions, oldest first."""
        return list(self._jobs.values())

    def active(self) -> list[Job]:
        return [job for job in self._jobs.values() if not job.state.is_final]

    def usual_seconds(self, model: str) -> float | None:
        """The median time of the model's results in this session; None before the first."""
        return median(self._times[model]) if self._times.get(model) else None

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    # ------------------------------------------------------------------ commands

    async def recover(self) -> None:
        """Take up what an earlier session, or another service's turn, left in the journal.

        Call it whenever a service was connected; jobs that are already in hand are left alone.
        """
        for job in await self._journal.unfinished():
            known = self._jobs.get(job.id)
            if known is not None and (job.id in self._running or known.state is JobState.PAUSED):
                continue
            found = await self._find_result(job.id) if job.state.was_sent else None
            if found is not None:
                job = replace(job, state=JobState.DONE, asset_id=found.id, cost=found.provenance.cost,
                              finished_at=datetime.now(UTC), error=None)  # fmt: skip
                await self._journal.update(job)
            elif job.state.was_sent and self._can_send(job):
                # Straight back to the front: the service may have finished it meanwhile.
                job = replace(job, state=JobState.WAITING, retry_at=datetime.now(UTC), note="interrupted")
            elif job.state is not JobState.PAUSED:
                job = replace(job, state=JobState.PAUSED, note="restart", retry_at=None)
                await self._journal.update(job)
            if job.state in (JobState.DONE, JobState.WAITING):
                self.recovered.add(job.id)
            self._jobs[job.id] = job
            self.changed.emit(job)
        for job in self.active():
            if job.state is JobState.WAITING:
                self._start(job)

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Write `jobs` down, then run them as places become free.

        Raises:
            StorageError: they could not be written down; nothing was sent.
        """
        await self._journal.add(jobs)
        for job in jobs:
            self._jobs[job.id] = job
            self.changed.emit(job)
        self._fill()

    async def cancel(self, job_ids: Iterable[str]) -> None:
        """Stop waiting for these. What was sent already goes on at the service and may be billed."""
        for job_id in tuple(job_ids):
            job = self._jobs.get(job_id)
            if job is None or job.state.is_final:
                continue
            task = self._running.pop(job_id, None)
            if task is not None:
                task.cancel()
            await self._set(job.to(JobState.CANCELLED, finished_at=datetime.now(UTC), retry_at=None))
        self._fill()

    async def retry(self, job_ids: Iterable[str]) -> None:
        """Queue failed or cancelled jobs again, with the identical request."""
        for job_id in tuple(job_ids):
            job = self._jobs.get(job_id)
            if job is not None and job.state in (JobState.FAILED, JobState.CANCELLED):
                await self._set(job.to(JobState.QUEUED, error=None, finished_at=None, note=""))
        self._fill()

    async def resume(self) -> None:
        """Let the queue and everything paused go on."""
        self.paused_because = ""
        self.queue_changed.emit("")
        for job in self.active():
            if job.state is JobState.PAUSED and self._can_send(job):
                await self._set(job.to(JobState.QUEUED, error=None, note=""))
        self._fill()

    def pause(self, because: str) -> None:
        """Start nothing new; what runs goes on."""
        if self.paused_because != because:
            self.paused_because = because
            self.queue_changed.emit(because)

    def dismiss(self, job_id: str) -> None:
        """Drop a finished job from the list; the journal keeps it."""
        job = self._jobs.get(job_id)
        if job is not None and job.state.is_final:
            del self._jobs[job_id]
            self.queue_changed.emit(self.paused_because)

    def close(self) -> None:
        """Start nothing more; the journal keeps what is unfinished."""
        self._closing = True

    # ------------------------------------------------------------------ running

    def _fill(self) -> None:
        if self.paused_because or self._closing:
            return
        for job in self.active():
            if len(self._running) >= self.parallel:
                return
            if job.state is JobState.QUEUED and job.id not in self._running and self._can_send(job):
                self._start(job)

    def _start(self, job: Job) -> None:
        self._running[job.id] = self._tasks.spawn(self._run(job.id), name=f"job {job.id}", owner=self)

    async def _run(self, job_id: str) -> None:
        try:
            await self._carry_out(self._jobs[job_id])
        finally:
            if self._running.get(job_id) is asyncio.current_task():
                del self._running[job_id]
            self._fill()

    async def _carry_out(self, job: Job) -> None:
        # The journal knows that the request leaves before it does; a crash in between costs nothing.
        job = await self._set(
            job.to(JobState.RUNNING, attempts=job.attempts + 1, sent_at=datetime.now(UTC), retry_at=None)
        )
        try:
            asset = await self._runners[job.kind](job, _Report(self, job.id))
        except asyncio.CancelledError:
            raise
        except StudioError as error:
            await self._broke(self._jobs[job.id], error)
            return
        except Exception as error:  # noqa: BLE001 - a bug in one job must not take the queue with it
            await self._fail(self._jobs[job.id], StudioError("Something went wrong in the program."))
            self._notices.report(error, f"carrying out a {job.kind} job")
            return
        job = self._jobs[job.id]
        if job.state is not JobState.STORING:
            job = job.to(JobState.STORING)
        job = await self._set(
            job.to(
                JobState.DONE, asset_id=asset.id, cost=asset.provenance.cost, finished_at=datetime.now(UTC),
                error=None, note="",
            )
        )  # fmt: skip
        if job.sent_at is not None and job.finished_at is not None:
            times = self._times.setdefault(job.model, [])
            # A clock that was set back in between must not teach an estimate below nothing.
            times.append(max(0.0, (job.finished_at - job.sent_at).total_seconds()))
            del times[:-TIMES_KEPT]
        self.finished.emit(job)

    async def _broke(self, job: Job, error: StudioError) -> None:
        """Money, key and network stop the queue and leave the job waiting; the rest fails the job."""
        if isinstance(error, ApiPaymentError | ApiAuthError):
            await self._hold(job, error, "account")
            self.pause("account")
            self._notices.report(error)
        elif isinstance(error, ApiOffline):
            await self._hold(job, error, "offline")
            self.pause("offline")
        elif isinstance(error, StorageError) and job.state.was_sent:
            # The service holds the result: once there is room, the identical request fetches it unbilled.
            await self._hold(job, error, "storage")
            self.pause("storage")
            self._notices.report(error)
        else:
            await self._fail(job, error)

    async def _hold(self, job: Job, error: StudioError, note: str) -> None:
        if job.state is JobState.STORING:
            job = job.to(JobState.RUNNING)
        await self._set(job.to(JobState.PAUSED, error=describe(error), note=note))

    async def _fail(self, job: Job, error: StudioError) -> None:
        job = await self._set(
            job.to(JobState.FAILED, error=describe(error), finished_at=datetime.now(UTC), retry_at=None)
        )
        self.finished.emit(job)

    def report_waiting(self, job_id: str, notice: RetryNotice) -> None:
        """Shown, not journalled: for a restart, waiting to send again and running are the same."""
        job = self._jobs[job_id]
        if job.state is JobState.WAITING:
            job = job.to(JobState.RUNNING)
        if job.state is JobState.RUNNING:
            until = datetime.now(UTC) + timedelta(seconds=notice.delay)
            self._show(job.to(JobState.WAITING, retry_at=until, note=notice.reason))

    def report_progress(self, job_id: str, progress: Progress) -> None:
        job = self._jobs[job_id]
        if job.state is JobState.WAITING and progress.stage == "receiving":
            self._show(job.to(JobState.RUNNING, retry_at=None, note=""))

    def _show(self, job: Job) -> None:
        self._jobs[job.id] = job
        self.changed.emit(job)

    async def report_storing(self, job_id: str) -> None:
        job = self._jobs[job_id]
        if job.state is JobState.WAITING:
            job = job.to(JobState.RUNNING, retry_at=None, note="")
        if job.state is JobState.RUNNING:
            await self._set(job.to(JobState.STORING))

    async def _set(self, job: Job) -> Job:
        """Journal first, then memory, then the listeners."""
        try:
            await self._journal.update(job)
        except StorageError as error:
            log.exception("the journal could not be written")
            self._notices.tell(
                error.title, error.detail, severity=Severity.ERROR, topic="journal",
                actions=(Action("queue.resume", "Try again"),),
            )  # fmt: skip
            self.pause("storage")
            raise
        self._show(job)
        return job


class _Report:
    """Binds a runner's words to its job."""

    def __init__(self, service: JobService, job_id: str) -> None:
        self._service = service
        self._job_id = job_id

    def waiting(self, notice: RetryNotice) -> None:
        self._service.report_waiting(self._job_id, notice)

    def progress(self, progress: Progress) -> None:
        self._service.report_progress(self._job_id, progress)

    async def storing(self) -> None:
        await self._service.report_storing(self._job_id)


def describe(error: StudioError) -> JobError:
    """An error as the journal keeps it."""
    if isinstance(error, ApiError):
        return JobError(
            title=error.title, detail=error.detail, code=error.code or "", status=error.status or 0,
            request_id=error.request_id or "", actions=error.actions,
        )  # fmt: skip
    return JobError(title=error.title, detail=error.detail, actions=error.actions)

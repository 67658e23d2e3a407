"""The queue: every job is in the journal before its request leaves, and the identical request goes out again
after a break.

    submit -> QUEUED (journal) -> RUNNING (journal, then the request) -> STORING -> DONE
                                   |  ^                                   (file, sidecar, index, ledger)
                                   v  |
                                  WAITING (the same request again in n seconds)

What is in the journal as sent when the program starts was cut off by a crash: if its result is already filed
the job is done, else the identical request is sent, which the service joins or replays without a second bill
(CONTRACT 8). What was never sent waits, paused, until the user says so. A job whose service is left in the
middle, because the user signs in elsewhere or opens the sandbox, is "interrupted": it waits for its own
service and is then asked for again in the same way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Protocol

from studio.api.errors import (
    ApiAuthError,
    ApiClosed,
    ApiError,
    ApiOffline,
    ApiPaymentError,
    ApiRateLimited,
)
from studio.core.clock import Clock
from studio.core.errors import Action, StorageError, StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.job import Job, JobState
from studio.domain.job_order import Step, at_the_end, group_of, in_turn, placed, stepped
from studio.domain.service import Progress, RetryNotice
from studio.services.job_notices import budget_notice, describe
from studio.services.job_pace import Pace, Rpm, Waiting, rpm_of_order
from studio.services.job_reports import JobReport, ReportOf
from studio.services.lanes import Wait
from studio.services.notices import NoticeCentre, Severity
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
TIMES_KEPT = 20
INTERRUPTED = "interrupted"
BY_HAND = "user"
OFFLINE = "offline"
"""The note of jobs that were asked for without a network: they go out by themselves when it is back."""
PRICE = "price"
"""The note of those that became dearer meanwhile: they wait for the user's word."""


class _JournalError(StorageError):
    """The journal could not be written; the user was told and the queue stands still."""


class Journal(Protocol):
    """Where jobs are written down; every write is on the disk when it returns."""

    async def add(self, jobs: Sequence[Job]) -> None: ...
    async def update(self, *jobs: Job) -> None: ...
    async def unfinished(self) -> list[Job]: ...
    async def of_batch(self, batch: str) -> list[Job]: ...


Runner = Callable[[Job, JobReport], Awaitable[Asset]]
FindResult = Callable[[str], Awaitable[Asset | None]]
Review = Callable[[Job], Job]


class JobService:
    """Runs jobs, a few at a time.

    Args:
        runners: by `Job.kind`.
        find_result: the asset a job already produced, if any; asked before a request goes out again.
        can_send: False while the job's service is not the connected one (a sandbox job never goes to the
            cloud, nor the other way round), or there is no key.
        parallel: how many run at once, at most; the service may make it fewer, see `lanes`.
        rpm: requests per minute on a job's model, by the catalogue of now.

    `stops` names the budget that a job would pass, in `BUDGETS`; "" when there is none. `is_away` tells that
    the service does not answer, so that what is asked for is kept until it does.
    """

    def __init__(
        self,
        journal: Journal,
        tasks: TaskSupervisor,
        notices: NoticeCentre,
        *,
        runners: Mapping[str, Runner],
        find_result: FindResult,
        can_send: Callable[[Job], bool],
        parallel: int = 3,
        rpm: Rpm = rpm_of_order,
        clock: Clock | None = None,
    ) -> None:
        self.changed: Event[Job] = Event("jobs.changed")
        self.finished: Event[Job] = Event("jobs.finished")
        self.batch_finished: Event[tuple[Job, ...]] = Event("jobs.batch_finished")
        self.queue_changed: Event[str] = Event("jobs.queue_changed")
        self.paused_because = ""
        self.stops: Callable[[Job], str] = lambda _job: ""
        self.is_away: Callable[[Job], bool] = lambda _job: False
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
        self._in_change: set[str] = set()
        self._recovering = asyncio.Lock()
        self._commanding = asyncio.Lock()
        self._closing = False
        self._pace = Pace(tasks, clock or Clock(), parallel, rpm, self._fill)

    @property
    def parallel(self) -> int:
        """How many run at once, at most."""
        return self._pace.parallel

    @parallel.setter
    def parallel(self, number: int) -> None:
        self._pace.parallel = number
        self._fill()

    # ------------------------------------------------------------------ what there is

    def all(self) -> list[Job]:
        """Jobs of this session and the unfinished ones of earlier sessions, oldest first."""
        return list(self._jobs.values())

    def active(self) -> list[Job]:
        return [job for job in self._jobs.values() if not job.state.is_final]

    def in_hand(self, job_id: str) -> bool:
        """Whether the job is being carried out, or about to be: its place in the queue is behind it."""
        return job_id in self._running

    def in_turn(self) -> list[Job]:
        """What waits for its turn, first to last, paused jobs included."""
        return in_turn(job for job in self.active() if job.id not in self._running)

    def kept(self) -> list[Job]:
        """What waits for the network and could leave if it were there, in turn."""
        waiting = [job for job in self.in_turn() if job.state is JobState.PAUSED and job.note == OFFLINE]
        return [job for job in waiting if self._can_send(job)]

    def batch_of(self, job: Job) -> list[Job]:
        """The jobs of one batch, finished ones too."""
        group = group_of(job)
        return [other for other in self._jobs.values() if group_of(other) == group]

    def usual_seconds(self, model: str) -> float | None:
        """The median time of the model's results in this session; None before the first."""
        return median(self._times[model]) if self._times.get(model) else None

    def seconds_left(self, jobs: Sequence[Job]) -> float | None:
        """About how long until all of these jobs, of one model, are done; None before the first result."""
        left = [job for job in jobs if not job.state.is_final]
        each = self.usual_seconds(left[0].model) if left else None
        if each is None:
            return None
        now = datetime.now(UTC)
        spent = [(now - job.sent_at).total_seconds() for job in left if job.sent_at and self.in_hand(job.id)]
        begun = min(sum(spent) / len(spent), each * 0.9) if spent else 0.0
        return max(1.0, self._pace.seconds_for(left, each) - begun)

    def waiting(self, job: Job) -> Waiting | None:
        """Why a job that waits for its turn does not leave yet, as far as the pace is the reason."""
        stands = bool(self.paused_because) or job.state not in (JobState.QUEUED, JobState.WAITING)
        return None if stands or job.id in self._running else self._pace.waiting(job)

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    # ------------------------------------------------------------------ commands

    async def recover(self) -> None:
        """Take up what an earlier session left in the journal, and what waits for the service now connected.

        Call it at the start and whenever a service was connected; jobs in hand are left alone.
        """
        async with self._recovering:
            left = [job for job in await self._journal.unfinished() if job.id not in self._jobs]
            for batch in {job.batch for job in left if job.batch_size > 1}:
                # What is finished of a batch is part of what it costs, and of how far it is.
                for job in await self._journal.of_batch(batch):
                    if job.state.is_final:
                        self._jobs.setdefault(job.id, job)
            for job in left:
                await self._take_up(job)
            for job in self.active():
                if job.state is JobState.PAUSED and job.note == INTERRUPTED and self._can_send(job):
                    self._show(replace(job, state=JobState.WAITING, retry_at=datetime.now(UTC)))
        self._fill()

    async def _take_up(self, job: Job) -> None:
        """A job of an earlier session: finished, asked for again, or paused until the user says so."""
        found = await self._filed_before(job)
        if found is not None:
            job = replace(job, state=JobState.DONE, asset_id=found.id, cost=found.provenance.cost,
                          finished_at=datetime.now(UTC), retry_at=None, error=None, note="")  # fmt: skip
            await self._journal.update(job)
        elif job.state.was_sent:
            # The service may have finished it meanwhile, so it goes before what was never sent.
            job = replace(job, state=JobState.PAUSED, note=INTERRUPTED, retry_at=None)
        elif job.state is not JobState.PAUSED:
            job = replace(job, state=JobState.PAUSED, note="restart", retry_at=None)
            await self._journal.update(job)
        self._show(job)

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Write `jobs` down, then run them as places become free.

        Raises:
            StorageError: they could not be written down; nothing was sent.
        """
        jobs = [
            job.to(JobState.PAUSED, note=OFFLINE) if self._waits_for_network(job) else job
            for job in at_the_end(jobs, self._jobs.values())
        ]
        await self._journal.add(jobs)
        for job in jobs:
            self._show(job)
        self._fill()

    def _waits_for_network(self, job: Job) -> bool:
        return self._can_send(job) and (self.paused_because == OFFLINE or self.is_away(job))

    async def cancel(self, job_ids: Iterable[str]) -> None:
        """Stop waiting for these. What was sent already goes on at the service and may be billed.

        A result that is being stored is not thrown away: its job is done in a moment.
        """
        async with self._commanding:
            jobs = [job for job in self._known(job_ids) if not job.state.is_final]
            jobs = [job for job in jobs if job.state is not JobState.STORING]
            for job in jobs:
                # The task keeps its place until it has ended, so that no second one writes to the same file.
                if job.id in self._running:
                    self._running[job.id].cancel()
            now = datetime.now(UTC)
            await self._set_all([job.to(JobState.CANCELLED, finished_at=now, retry_at=None) for job in jobs])
        self._fill()

    async def retry(self, job_ids: Iterable[str]) -> None:
        """Queue failed or cancelled jobs again, with the identical request."""
        async with self._commanding:
            jobs = [job for job in self._known(job_ids) if job.state in (JobState.FAILED, JobState.CANCELLED)]
            await self._set_all(
                [job.to(JobState.QUEUED, error=None, finished_at=None, note="") for job in jobs]
            )
        self._fill()

    async def retry_failed(self) -> None:
        """Queue everything again that failed."""
        await self.retry([job.id for job in self._jobs.values() if job.state is JobState.FAILED])

    async def hold(self, job_ids: Iterable[str]) -> None:
        """Pause these alone, as far as they have not left; they stay so until `release`."""
        async with self._commanding:
            jobs = [job for job in self._known(job_ids) if job.id not in self._running]
            jobs = [job for job in jobs if job.state in (JobState.QUEUED, JobState.WAITING)]
            await self._set_all([job.to(JobState.PAUSED, note=BY_HAND, retry_at=None) for job in jobs])

    async def release(self, job_ids: Iterable[str]) -> None:
        """Let these go on, whatever they were paused for."""
        async with self._commanding:
            await self._release(self._known(job_ids))
        self._fill()

    async def _release(self, jobs: Iterable[Job], review: Review | None = None) -> None:
        self._pace.forgive()
        paused = [job for job in jobs if job.state is JobState.PAUSED and self._can_send(job)]
        freed = [job.to(JobState.QUEUED, error=None, note="") for job in paused]
        await self._set_all([review(job) for job in freed] if review is not None else freed)

    async def move(self, job_ids: Collection[str], step: Step) -> None:
        """Move what waits in the queue: one step, or to an end. What is under way stays."""
        async with self._commanding:
            await self._set_all(stepped(self.in_turn(), set(job_ids), step))
        self._fill()

    async def move_before(self, job_ids: Collection[str], before: str | None) -> None:
        """Move what waits in front of another waiting job; None: behind all."""
        async with self._commanding:
            await self._set_all(placed(self.in_turn(), set(job_ids), before))
        self._fill()

    async def resume(self, held_for: str = "", review: Review | None = None) -> None:
        """Let the queue go on, and everything paused that was not paused by hand, job by job; when there is
        nothing else to resume, that too.

        Args:
            held_for: only what was held for this reason ("offline", "account", "storage", …); what the user
                paused, or has yet to allow after a restart, stays.
            review: looks at each before it goes on; it may give it another price, or pause it for a reason.
        """
        async with self._commanding:
            because = self.paused_because
            if held_for and because not in ("", held_for):
                return
            paused = [job for job in self.active() if job.state is JobState.PAUSED]
            if held_for:
                paused = [job for job in paused if job.note == held_for]
            elif because or any(job.note != BY_HAND for job in paused):
                paused = [job for job in paused if job.note != BY_HAND]
            await self._release(paused, review)
        if self.paused_because == because:  # else it was paused anew while the journal was written
            self.paused_because = ""
        self.queue_changed.emit(self.paused_because)
        self._fill()

    def pause(self, because: str) -> None:
        """Start nothing new; what runs goes on.

        The user's own pause outlasts the program's reasons, and "offline", which ends by itself, replaces
        none that does not.
        """
        if self.paused_because == BY_HAND or (self.paused_because and because == OFFLINE):
            return
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
        """Start what may start: first what the service may hold already, then in turn."""
        if self.paused_because or self._closing:
            return
        waits: list[Wait] = []
        stopped: list[Job] = []
        for job in sorted(self.in_turn(), key=lambda job: not job.state.was_sent):
            if job.state is JobState.PAUSED or job.id in self._in_change or not self._can_send(job):
                continue
            wait = self._pace.wait(job)
            if wait is not None:
                waits.append(wait)
                if self._pace.full(job):
                    break
                continue
            budget = "" if job.attempts else self.stops(job)
            if budget:
                # Not journalled: nothing of it was sent, so a restart pauses it all the same.
                stopped.append(job.to(JobState.PAUSED, note=budget))
                self._show(stopped[-1])
            else:
                self._start(job)
        if self._pace.wake_after(waits):
            self.queue_changed.emit(self.paused_because)
        if stopped:
            self._notices.post(budget_notice(stopped))

    def _start(self, job: Job) -> None:
        self._pace.started(job)
        task = self._tasks.spawn(self._carry_out(job.id), name=f"job {job.id}", owner=self)
        self._running[job.id] = task
        task.add_done_callback(lambda _task: self._ended(job.id))

    def _ended(self, job_id: str) -> None:
        del self._running[job_id]
        self._pace.ended(job_id)
        self._fill()

    def _tell_end(self, job: Job) -> None:
        """A job ended; when it was the last of its batch, so did the batch."""
        self.finished.emit(job)
        batch = self.batch_of(job)
        if all(other.state.is_final for other in batch):
            self.batch_finished.emit(tuple(batch))

    async def _carry_out(self, job_id: str) -> None:
        try:
            await self._make(job_id)
        except _JournalError:
            # The job stays as it was and is taken up again when the queue goes on.
            return

    async def _make(self, job_id: str) -> None:
        started = time.monotonic()
        try:
            # An earlier request may have been answered and filed without its job being told.
            asset = await self._filed_before(self._jobs[job_id])
            if asset is None:
                job = await self._set_sent(self._jobs[job_id])
                asset = await self._runners[job.kind](job, ReportOf(self, job_id))
                self._pace.answered(job_id)
                self._learn(job.model, time.monotonic() - started)
        except _JournalError:
            raise
        except StudioError as error:
            await self._broke(self._jobs[job_id], error)
            return
        except Exception as error:  # noqa: BLE001 - a bug in one job must not take the queue with it
            await self._fail(self._jobs[job_id], StudioError(tr("Something went wrong in the program.")))
            self._notices.report(error, "carrying out a job")
            return
        job = await self._set(
            replace(
                self._jobs[job_id], state=JobState.DONE, asset_id=asset.id, cost=asset.provenance.cost,
                finished_at=datetime.now(UTC), retry_at=None, error=None, note="",
            )
        )  # fmt: skip
        self._tell_end(job)

    async def _filed_before(self, job: Job) -> Asset | None:
        return await self._find_result(job.id) if job.sent_at is not None else None

    async def _set_sent(self, job: Job) -> Job:
        """The journal knows that the request leaves before it does; a crash in between costs nothing."""
        return await self._set(
            replace(
                job, state=JobState.RUNNING, attempts=job.attempts + 1, sent_at=datetime.now(UTC),
                retry_at=None, error=None, note="",
            )
        )  # fmt: skip

    def _learn(self, model: str, seconds: float) -> None:
        times = self._times.setdefault(model, [])
        times.append(seconds)
        del times[:-TIMES_KEPT]

    async def _broke(self, job: Job, error: StudioError) -> None:
        """Money, key and network stop the queue and leave the job waiting; the rest fails the job."""
        if isinstance(error, ApiClosed) or (isinstance(error, ApiError) and not self._can_send(job)):
            await self._interrupt(job)
        elif isinstance(error, ApiRateLimited):
            await self._slow_down(job, error)
        elif isinstance(error, ApiPaymentError | ApiAuthError):
            await self._hold(job, error, "account")
            self.pause("account")
            if isinstance(error, ApiPaymentError):
                # A refused key is asked about once, whatever it was needed for (services/access.py).
                self._notices.report(error)
        elif isinstance(error, ApiOffline):
            await self._hold(job, error, OFFLINE)
            self.pause(OFFLINE)
            await self._keep_for_network()
        elif isinstance(error, StorageError):
            # If the service holds the result, the identical request fetches it unbilled once there is room.
            await self._hold(job, error, "storage")
            self.pause("storage")
            self._notices.report(error)
        else:
            await self._fail(job, error)

    async def _slow_down(self, job: Job, error: ApiRateLimited) -> None:
        """One too many: the job goes back to its place in the queue, and all of its lane waits."""
        useless = self._pace.refused(job.id, error)
        if not error.may_be_billed:
            # The service took nothing of this attempt, so it does not count.
            job = replace(job, attempts=job.attempts - 1)
        if useless:
            await self._hold(job, error, "busy")
            self.pause("busy")
            self._notices.report(error)
        elif job.attempts > 0:
            await self._set(replace(job, state=JobState.WAITING, retry_at=None, note=""))
        else:
            await self._set(job.to(JobState.QUEUED, sent_at=None, retry_at=None, note=""))

    async def _interrupt(self, job: Job) -> None:
        """Its service was left: it goes on when that one is connected again, at once if it is already."""
        state = JobState.WAITING if self._can_send(job) else JobState.PAUSED
        await self._set(replace(job, state=state, note=INTERRUPTED, retry_at=None))

    async def _hold(self, job: Job, error: StudioError, note: str) -> None:
        if job.state is JobState.STORING:
            job = job.to(JobState.RUNNING)
        await self._set(job.to(JobState.PAUSED, error=describe(error), note=note))

    async def _keep_for_network(self) -> None:
        """What stood behind it is kept in the same way, so that a restart does not tell them apart."""
        async with self._commanding:
            idle = [job for job in self.in_turn() if job.state is JobState.QUEUED]
            idle = [job for job in idle if self._waits_for_network(job)]
            await self._set_all([job.to(JobState.PAUSED, note=OFFLINE) for job in idle])

    async def _fail(self, job: Job, error: StudioError) -> None:
        job = await self._set(
            job.to(JobState.FAILED, error=describe(error), finished_at=datetime.now(UTC), retry_at=None)
        )
        self._tell_end(job)

    def report_waiting(self, job_id: str, notice: RetryNotice) -> None:
        """Shown, not journalled: for a restart, waiting to send again and running are the same."""
        job = self._jobs[job_id]
        if job.state is JobState.WAITING:
            job = job.to(JobState.RUNNING)
        if job.state is JobState.RUNNING:
            until = datetime.now(UTC) + timedelta(seconds=notice.delay)
            self._show(job.to(JobState.WAITING, retry_at=until, note=notice.reason))

    def report_progress(self, job_id: str, _progress: Progress) -> None:
        job = self._jobs[job_id]
        if job.state is JobState.WAITING:
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

    async def report_completed(self, job_id: str, request: dict[str, Any]) -> Job:
        return await self._set(replace(self._jobs[job_id], request=request))

    async def _set(self, job: Job) -> Job:
        """Journal first, then memory, then the listeners."""
        await self._write([job])
        self._show(job)
        return job

    async def _set_all(self, jobs: Sequence[Job]) -> None:
        """The same for several, all of them or none; nothing is started meanwhile that changes."""
        if not jobs:
            return
        ids = {job.id for job in jobs}
        self._in_change |= ids
        try:
            await self._write(jobs)
        finally:
            self._in_change -= ids
        for job in jobs:
            self._show(job)

    async def _write(self, jobs: Sequence[Job]) -> None:
        try:
            await self._journal.update(*jobs)
        except StorageError as error:
            log.exception("the journal could not be written")
            self._notices.tell(
                error.title, error.detail, severity=Severity.ERROR, topic="journal",
                actions=(Action("queue.resume", tr("Try again")),),
            )  # fmt: skip
            self.pause("storage")
            raise _JournalError(error.title, error.detail, error.actions) from error

    def _known(self, job_ids: Iterable[str]) -> list[Job]:
        return [self._jobs[job_id] for job_id in dict.fromkeys(job_ids) if job_id in self._jobs]

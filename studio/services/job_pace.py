"""Which jobs may leave now, and waking up when the next one may: the lanes, for jobs, with a clock."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from studio.api.errors import ApiRateLimited
from studio.core.clock import Clock
from studio.domain.job import Job
from studio.services.lanes import Lanes, Wait, WaitReason, rate_of
from studio.services.tasks import TaskSupervisor

Rpm = Callable[[Job], float | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a job does not leave yet; `seconds` until it may, None when that depends on others."""

    reason: WaitReason
    seconds: float | None = None


class Pace:
    """The lanes of all jobs.

    Args:
        parallel: the user's own limit on jobs at once.
        rpm: requests per minute that the service allows on a job's model, None when it names none.
        wake: called when a wait is over.
    """

    def __init__(
        self, tasks: TaskSupervisor, clock: Clock, parallel: int, rpm: Rpm, wake: Callable[[], None]
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._rpm = rpm
        self._wake = wake
        self._lanes = Lanes(parallel)
        self._under_way: dict[str, tuple[Job, float]] = {}
        self._waker: asyncio.Task[None] | None = None
        self._wakes_at = math.inf

    @property
    def parallel(self) -> int:
        return self._lanes.ceiling

    @parallel.setter
    def parallel(self, number: int) -> None:
        self._lanes.set_ceiling(number)

    def waiting(self, job: Job) -> Waiting | None:
        """Why a job does not leave yet, for the eye; None when nothing of the pace keeps it."""
        now = self._clock.now()
        wait = self.wait(job)
        if wait is None:
            return None
        return Waiting(wait.reason, None if wait.until is None else max(0.0, wait.until - now))

    def wait(self, job: Job) -> Wait | None:
        return self._lanes.wait(_key(job), job.model, self._clock.now(), rpm=self._rpm(job))

    def full(self, key_of: Job) -> bool:
        """Whether nothing at all may leave on a job's key, so that there is no need to look further."""
        return self._lanes.of(_key(key_of)).wait(self._clock.now()) is not None

    def seconds_for(self, jobs: Sequence[Job], each: float) -> float:
        """About how long `jobs` of one model take when one takes `each` seconds, the waits included."""
        if not jobs:
            return 0.0
        lane = self._lanes.of(_key(jobs[0]), jobs[0].model)
        seconds = math.ceil(len(jobs) / lane.places) * each
        rate = rate_of(self._rpm(jobs[0]))
        if rate is not None:
            count, minute = rate
            seconds = max(seconds, (len(jobs) - 1) // count * minute)
        return seconds + max(0.0, lane.held_until - self._clock.now(), self._held(jobs[0]))

    def _held(self, job: Job) -> float:
        return self._lanes.of(_key(job)).held_until - self._clock.now()

    # ------------------------------------------------------------------ what happens to jobs

    def started(self, job: Job) -> None:
        """The job's request is about to leave."""
        now = self._clock.now()
        self._under_way[job.id] = job, now
        self._lanes.sent(_key(job), job.model, now)

    def answered(self, job_id: str) -> None:
        """The service did the work."""
        found = self._under_way.pop(job_id, None)
        if found is not None:
            self._lanes.answered(_key(found[0]), found[0].model)

    def refused(self, job_id: str, error: ApiRateLimited) -> bool:
        """The service has too many requests; whether it is of no use to go on by oneself."""
        found = self._under_way.pop(job_id, None)
        if found is None:
            return False
        job, sent_at = found
        self._lanes.refused(
            _key(job), job.model, self._clock.now(), sent_at=sent_at, seconds=error.retry_after,
            whole_key=error.source != "model",
        )  # fmt: skip
        return self._lanes.is_stubborn(_key(job), job.model)

    def ended(self, job_id: str) -> None:
        """It is over in any other way, or was answered or refused before."""
        found = self._under_way.pop(job_id, None)
        if found is not None:
            self._lanes.ended(_key(found[0]), found[0].model)

    def forgive(self) -> None:
        """The user wants another try."""
        self._lanes.forgive()

    # ------------------------------------------------------------------ waking up

    def wake_after(self, waits: Iterable[Wait]) -> bool:
        """Call `wake` when the first of these waits is over; what depends on others wakes with them.

        Returns whether there is a wait that was not there before, which should be told.
        """
        until = min((wait.until for wait in waits if wait.until is not None), default=math.inf)
        if until >= self._wakes_at or math.isinf(until):
            return False
        if self._waker is not None:
            self._waker.cancel()
        self._wakes_at = until
        self._waker = self._tasks.spawn(self._sleep(until), name="wait for a place", owner=self)
        return True

    async def _sleep(self, until: float) -> None:
        await self._clock.sleep(max(0.0, until - self._clock.now()))
        self._waker, self._wakes_at = None, math.inf
        self._wake()


def _key(job: Job) -> str:
    """Whose requests the service counts together: all of one service go out with the one key in use."""
    return "sandbox" if job.sandbox else "cloud"


def rpm_of_order(job: Job) -> float | None:
    """What the catalogue said when the job was ordered (CONTRACT 2.1 `per_user_rpm`)."""
    rpm = job.model_info.get("per_user_rpm")
    return float(rpm) if isinstance(rpm, int | float) else None

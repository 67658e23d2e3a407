"""The queue in groups, as the tray shows it: one per batch, with how far it is, its price and its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobState
from studio.domain.job_order import of_one_batch
from studio.domain.money import pollen
from studio.qt_models.job_words import duration, pace_words, state_words
from studio.services.job_pace import Waiting
from studio.services.jobs import OFFLINE

_ORDER = {
    JobState.STORING: 0, JobState.RUNNING: 0, JobState.WAITING: 0, JobState.QUEUED: 1, JobState.PAUSED: 1,
    JobState.FAILED: 2, JobState.DONE: 3, JobState.CANCELLED: 3,
}  # fmt: skip
KEPT = 1.5
"""The place of what waits for the network: behind what waits for its turn."""


@dataclass(frozen=True, slots=True)
class JobGroup:
    """The jobs of one batch, in the order of the tray; a job that was ordered alone is a group of one."""

    key: str
    jobs: tuple[Job, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(job.id for job in self.jobs)

    @property
    def done(self) -> int:
        return sum(job.state is JobState.DONE for job in self.jobs)

    @property
    def failed(self) -> list[Job]:
        return [job for job in self.jobs if job.state is JobState.FAILED]

    @property
    def active(self) -> list[Job]:
        return [job for job in self.jobs if not job.state.is_final]

    @property
    def waiting(self) -> list[Job]:
        """What has not left: it can be moved and paused."""
        return [job for job in self.jobs if job.state in (JobState.QUEUED, JobState.PAUSED)]

    @property
    def is_paused(self) -> bool:
        return bool(self.active) and all(job.state is JobState.PAUSED for job in self.active)

    @property
    def is_kept(self) -> bool:
        """Whether all that is left of it waits for the network."""
        return bool(self.active) and all(is_kept(job) for job in self.active)

    @property
    def lead(self) -> Job:
        """The job that speaks for all: what runs, then what waits, then what failed."""
        return self.jobs[0]


def is_kept(job: Job) -> bool:
    """Whether a job waits for the network, and goes out by itself."""
    return job.state is JobState.PAUSED and job.note == OFFLINE


def in_order(jobs: Sequence[Job]) -> list[Job]:
    """What runs first, then what waits in its turn, then for the network, then what ended (newest first)."""

    def key(job: Job) -> tuple[float, ...]:
        place = KEPT if is_kept(job) else _ORDER[job.state]
        if place >= 2:
            moment = job.finished_at or job.created_at
            return place, -moment.timestamp()
        rank = job.rank if place else 0.0
        return place, rank, job.created_at.timestamp(), job.batch_index

    return sorted(jobs, key=key)


def in_groups(jobs: Sequence[Job]) -> list[JobGroup]:
    """The groups in the order of what is first in each."""
    return [JobGroup(key, tuple(group)) for key, group in of_one_batch(in_order(jobs)).items()]


def group_price(group: JobGroup) -> str:
    """What it cost so far and will probably cost: "≈ 0.016 pollen", without "≈" when all is billed."""
    counted = [job for job in group.jobs if job.cost is not None or not job.state.is_final]
    amounts = [job.cost if job.cost is not None else job.estimate for job in counted]
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return ""
    unit = tr("sandbox pollen") if group.lead.sandbox else tr("pollen")
    sign = "≈ " if any(job.cost is None for job in counted) else ""
    return f"{sign}{pollen(sum(known, Decimal(0)))} {unit}"


def group_words(group: JobGroup, seconds: float | None) -> str:
    """ "3 of 8 · ≈ 0.016 pollen · about 40 s left".

    Args:
        seconds: until all of it is done, if that is known.
    """
    left = tr("about {time} left", time=duration(seconds)) if seconds is not None and group.active else ""
    size = len(group.jobs)
    far = tr("{n} of {total}", n=group.done, total=size)
    return " · ".join(part for part in (far, group_price(group), left) if part)


def group_state(group: JobGroup, waiting: Callable[[Job], Waiting | None]) -> str:
    """One sentence on where it stands, when there is more to say than how far it is."""
    failed = len(group.failed)
    words = trn("{n} did not work.", "{n} did not work.", failed) if failed else ""
    lead = next(iter(group.active), None)
    if lead is None:
        return words or (tr("Done.") if group.done else tr("Cancelled."))
    if lead.state is JobState.RUNNING or lead.state is JobState.STORING:
        held = next((wait for job in group.waiting if (wait := _told(waiting(job)))), None)
        stands = pace_words(held) if held is not None else ""
        paused = sum(job.state is JobState.PAUSED for job in group.active)
        stands = stands or (trn("{n} is paused.", "{n} are paused.", paused) if paused else "")
    else:
        stands = state_words(lead, None, waiting(lead))
    return " ".join(part for part in (stands, words) if part)


def _told(wait: Waiting | None) -> Waiting | None:
    return wait if wait is not None and wait.reason != "place" else None

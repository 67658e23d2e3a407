"""A job: durable remote work, written down before its request is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from studio.core.errors import Action


class JobState(StrEnum):
    """Where a job stands.

    queued    written down, and nothing of it is at the service
    paused    written down, waiting for the user (after a restart, or when the balance ran out)
    running   sent; the service may be working on it, even when nobody listens
    waiting   sent and broken off; the identical request goes out again after `retry_at`
    storing   the bytes are here and are being checked and filed
    done, failed, cancelled   final
    """

    QUEUED = "queued"
    PAUSED = "paused"
    RUNNING = "running"
    WAITING = "waiting"
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)

    @property
    def was_sent(self) -> bool:
        """True while the service may hold or bill this job, so that only the identical request may follow."""
        return self in (JobState.RUNNING, JobState.WAITING, JobState.STORING)


_ALLOWED: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.PAUSED, JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {
            JobState.WAITING,
            JobState.STORING,
            JobState.QUEUED,
            JobState.PAUSED,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.WAITING: frozenset(
        {JobState.RUNNING, JobState.QUEUED, JobState.PAUSED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.STORING: frozenset({JobState.DONE, JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed, in words for the user. `code` is the service's own, `request_id` for bug reports;
    `kind` says which purse is empty, see `ApiPaymentError`."""

    title: str
    detail: str = ""
    code: str = ""
    status: int = 0
    request_id: str = ""
    actions: tuple[Action, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of remote work and where it stands.

    Args:
        kind: which runner carries it out: image, video, speech, ...
        request: the request as JSON (`codec.to_json` of the request dataclass); never changed once written.
        model_info: the catalogue's entry as it was, kept so that the result explains itself years later.
        template: the prompt as it was written, before its style, choices and wildcards; empty if that is what
            was sent. `style` is the text around it, with a `{prompt}` slot.
        estimate: pollen, before; `cost`: pollen, as billed, once known.
        batch: jobs made by one press of the button share it.
        parents: asset ids that went into the request.
        rank: where it stands among those that wait; the lowest leaves first.
        grid: the grid it is a cell of, see `studio.domain.grid.grid_json`; empty for none.
        sandbox: made on the stand-in service, so its price is pretended.
        sent_at: when the request last left; `retry_at`: when it leaves again.
    """

    id: str
    kind: str
    request: dict[str, Any]
    created_at: datetime
    state: JobState = JobState.QUEUED
    title: str = ""
    template: str = ""
    style: str = ""
    model: str = ""
    model_info: dict[str, Any] = field(default_factory=dict[str, Any])
    estimate: Decimal | None = None
    cost: Decimal | None = None
    batch: str = ""
    batch_index: int = 0
    batch_size: int = 1
    rank: float = 0.0
    parents: tuple[str, ...] = ()
    grid: dict[str, Any] = field(default_factory=dict[str, Any])
    sandbox: bool = False
    account: str = ""
    attempts: int = 0
    sent_at: datetime | None = None
    retry_at: datetime | None = None
    finished_at: datetime | None = None
    asset_id: str = ""
    error: JobError | None = None
    note: str = ""

    def to(self, state: JobState, **changes: Any) -> Job:
        """This job in another state.

        Raises:
            ValueError: the step is not one a job can take.
        """
        if state not in _ALLOWED[self.state]:
            raise ValueError(f"a job cannot go from {self.state} to {state}")
        return replace(self, state=state, **changes)

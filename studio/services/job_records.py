"""Money and provenance of jobs, in one place for every kind: what is read from the journal, what the ledger
says while a request is out and afterwards, and what a result is filed with."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from studio.api.errors import ApiError
from studio.api.retry import may_have_worked
from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.domain.asset import Asset, Provenance
from studio.domain.codec import from_json
from studio.domain.job import Job
from studio.domain.models import ModelInfo
from studio.domain.pricing import PricedRequest, billed
from studio.domain.service import Usage
from studio.services.profile import LedgerEntry, ProfileService

T = TypeVar("T")
Cost = tuple[Decimal | None, str]
"""Pollen, and where the amount comes from: "header", "usage" or "estimate"."""


class Answer(Protocol):
    """What every answer of the service tells beside its content."""

    @property
    def model_used(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...


class JobRecords:
    """The ledger's line of a job, from the moment its request leaves."""

    def __init__(self, profile: ProfileService) -> None:
        self._profile = profile

    async def sent(self, job: Job) -> None:
        """The request is about to leave: the estimate counts until the bill is known.

        Raises:
            StorageError: it could not be written down; do not send.
        """
        await self._profile.note_spending(ledger_line(job))

    async def broken(self, job: Job, error: StudioError) -> None:
        """The request failed: take the line back if nothing can have been billed for it."""
        # What was sent earlier may have been billed all the same.
        if job.attempts <= 1 and is_unbilled(error):
            await self._profile.forget_spending(job.id)

    async def filed(self, job: Job, asset: Asset) -> None:
        """The result is in the library: its cost takes the estimate's place."""
        await self._profile.note_spending(ledger_line(job, asset.provenance))


def ledger_line(job: Job, made: Provenance | None = None) -> LedgerEntry:
    """The ledger's line for a job: first the estimate, then the billed amount in its place where the service
    tells it."""
    source = made.cost_source if made is not None else "estimate"
    return LedgerEntry(
        id=job.id, time=job.sent_at or job.created_at, job_id=job.id, model=job.model,
        estimate=job.estimate, cost=made.cost if made is not None and source != "estimate" else None,
        cost_source=source, account=job.account, sandbox=job.sandbox,
    )  # fmt: skip


def is_unbilled(error: StudioError) -> bool:
    """True if the request did not leave, or was refused before any work was done (CONTRACT 9.2); the call may
    have been sent more than once."""
    if isinstance(error, ApiError):
        return not (error.may_be_billed or may_have_worked(error))
    return isinstance(error, InputError)


def request_of(job: Job, kind: type[T]) -> T:
    """The request, or the task it is part of, as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    try:
        return from_json(kind, job.request)
    except ValueError as error:
        raise StudioError(tr("This job cannot be read."), str(error)) from error


def cost_of(job: Job, request: PricedRequest, told: Decimal | None, usage: Usage) -> Cost:
    """The billed amount and where it comes from: the service's own word (`told`), its usage at catalogue
    prices, or the estimate (CONTRACT 9.4)."""
    if told is not None:
        return told, "header"
    try:
        model = from_json(ModelInfo, job.model_info)
    except ValueError:
        return job.estimate, "estimate"
    amount = billed(model, usage, request)
    return (amount, "usage") if amount is not None else (job.estimate, "estimate")


def provenance_of(
    job: Job,
    answer: Answer,
    cost: Cost,
    *,
    model: str,
    prompt: str = "",
    seed: int | None = None,
    parent_hashes: tuple[str, ...] = (),
    source_url: str = "",
) -> Provenance:
    """Where a result comes from, with everything needed to make it again.

    Args:
        model: as the request named it.
        prompt: what was sent, which is the template too unless the job says otherwise.
    """
    amount, source = cost
    return Provenance(
        job_id=job.id,
        batch=job.batch,
        request_kind=job.kind,
        request=job.request,
        template=job.template or prompt,
        style=job.style,
        model=model,
        model_title=str(job.model_info.get("title", "")),
        model_used=answer.model_used,
        model_info=job.model_info,
        seed=seed,
        parents=job.parents,
        grid=job.grid,
        parent_hashes=parent_hashes,
        request_id=answer.request_id,
        headers=dict(answer.headers),
        estimate=job.estimate,
        cost=amount,
        cost_source=source,
        sent_at=job.sent_at,
        received_at=datetime.now(UTC),
        sandbox=job.sandbox,
        source_url=source_url,
    )

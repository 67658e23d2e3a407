"""Carries out jobs for pictures and films: request out, bytes in, file kept, cost noted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from studio.api.client import ApiClient
from studio.api.errors import ApiError, ApiOffline, ApiUntrusted
from studio.core.errors import InputError, StudioError
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.codec import from_json
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.pricing import billed
from studio.domain.service import MediaResult
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.profile import LedgerEntry, ProfileService
from studio.services.references import ReferenceService

log = logging.getLogger(__name__)


class VisualRunner:
    """A `Runner` for the job kinds "image" and "video".

    Args:
        client: of the service a job belongs to; raises ApiClosed while another one is connected.
    """

    def __init__(
        self,
        client: Callable[[Job], ApiClient],
        library: LibraryService,
        profile: ProfileService,
        references: ReferenceService,
    ) -> None:
        self._references = references
        self._client = client
        self._library = library
        self._profile = profile

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the service refused, the result is no good, or the disk would not take it."""
        request = read_request(job)
        client = self._client(job)
        sent = await self._references.located(request)
        await self._note(job, None, "estimate")
        incoming = self._library.incoming_path(job.id)
        try:
            result = await client.images.make(
                sent, incoming, progress=report.progress, on_retry=report.waiting
            )
        except StudioError as error:
            # What was sent earlier may have been billed all the same.
            if job.attempts <= 1 and is_unbilled(error):
                await self._profile.forget_spending(job.id)
            raise
        await report.storing()
        asset = await self._library.store(Path(result.path), draft(job, request, result))
        made = asset.provenance
        await self._note(job, None if made.cost_source == "estimate" else made.cost, made.cost_source)
        return asset

    async def _note(self, job: Job, cost: Decimal | None, source: str) -> None:
        """The ledger's line for this job: first the estimate, then the billed amount in its place where the
        service tells it."""
        await self._profile.note_spending(
            LedgerEntry(
                id=job.id, time=job.sent_at or job.created_at, job_id=job.id, model=job.model,
                estimate=job.estimate, cost=cost, cost_source=source, account=job.account,
                sandbox=job.sandbox,
            )
        )  # fmt: skip


def is_unbilled(error: StudioError) -> bool:
    """True if the request did not leave, or was refused before any work was done (CONTRACT 9.2)."""
    if isinstance(error, ApiOffline | ApiUntrusted | InputError):
        return True
    return isinstance(error, ApiError) and 400 <= error.status < 500 and error.status != 408


def read_request(job: Job) -> ImageRequest | VideoRequest:
    """The request as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    try:
        return from_json(VideoRequest if job.kind == "video" else ImageRequest, job.request)
    except ValueError as error:
        raise StudioError("This job cannot be read.", str(error)) from error


def draft(job: Job, request: ImageRequest | VideoRequest, result: MediaResult) -> AssetDraft:
    """What is known of a result before the library has looked at its bytes."""
    cost, source = cost_of(job, request, result)
    return AssetDraft(
        kind=MediaKind.VIDEO if result.mime.startswith("video/") else MediaKind.IMAGE,
        created_at=datetime.now(UTC),
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        provenance=Provenance(
            job_id=job.id,
            batch=job.batch,
            request_kind=job.kind,
            request=job.request,
            template=job.template or request.prompt,
            style=job.style,
            model=request.model,
            model_title=str(job.model_info.get("title", "")),
            model_used=result.model_used,
            model_info=job.model_info,
            seed=request.seed,
            parents=job.parents,
            grid=job.grid,
            request_id=result.request_id,
            headers=dict(result.headers),
            estimate=job.estimate,
            cost=cost,
            cost_source=source,
            sent_at=job.sent_at,
            received_at=datetime.now(UTC),
            sandbox=job.sandbox,
            source_url=result.source_url,
        ),
    )


def cost_of(
    job: Job, request: ImageRequest | VideoRequest, result: MediaResult
) -> tuple[Decimal | None, str]:
    """The billed amount and where it comes from: the service's own word, its usage at catalogue prices, or
    the estimate (CONTRACT 9.4)."""
    if result.pollen_cost is not None:
        return result.pollen_cost, "header"
    try:
        model = from_json(ModelInfo, job.model_info)
    except ValueError:
        return job.estimate, "estimate"
    amount = billed(model, result.usage, request)
    return (amount, "usage") if amount is not None else (job.estimate, "estimate")

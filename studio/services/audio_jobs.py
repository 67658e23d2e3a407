"""Carries out jobs for sound: speech, music, transcription. Request out, file kept, cost noted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.errors import StudioError
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.codec import from_json
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.pricing import PricedRequest, billed
from studio.domain.service import MediaResult, Usage
from studio.domain.speech import SpeechRequest
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.profile import LedgerEntry, ProfileService
from studio.services.visual_jobs import is_unbilled

log = logging.getLogger(__name__)
KINDS = {"speech": MediaKind.SPEECH, "music": MediaKind.MUSIC}


class SoundRunner:
    """A `Runner` for the job kinds "speech" and "music".

    Args:
        client: of the service a job belongs to; raises ApiClosed while another one is connected.
    """

    def __init__(
        self, client: Callable[[Job], ApiClient], library: LibraryService, profile: ProfileService
    ) -> None:
        self._client = client
        self._library = library
        self._profile = profile

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the service refused, the result is no good, or the disk would not take it."""
        request = read_speech(job)
        client = self._client(job)
        await self._profile.note_spending(ledger_line(job))
        try:
            result = await client.audio.speak(
                request, self._library.incoming_path(job.id),
                progress=report.progress, on_retry=report.waiting,
            )  # fmt: skip
        except StudioError as error:
            # What was sent earlier may have been billed all the same.
            if job.attempts <= 1 and is_unbilled(error):
                await self._profile.forget_spending(job.id)
            raise
        await report.storing()
        asset = await self._library.store(Path(result.path), sound_draft(job, request, result))
        await self._profile.note_spending(ledger_line(job, asset.provenance))
        return asset


def ledger_line(job: Job, made: Provenance | None = None) -> LedgerEntry:
    """The ledger's line for a job: first the estimate, then the billed amount in its place where the service
    tells it."""
    source = made.cost_source if made is not None else "estimate"
    return LedgerEntry(
        id=job.id, time=job.sent_at or job.created_at, job_id=job.id, model=job.model,
        estimate=job.estimate, cost=made.cost if made is not None and source != "estimate" else None,
        cost_source=source, account=job.account, sandbox=job.sandbox,
    )  # fmt: skip


def read_speech(job: Job) -> SpeechRequest:
    """The request as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    try:
        return from_json(SpeechRequest, job.request)
    except ValueError as error:
        raise StudioError("This job cannot be read.", str(error)) from error


def sound_draft(job: Job, request: SpeechRequest, result: MediaResult) -> AssetDraft:
    """What is known of a sound before the library has looked at its bytes."""
    cost, source = cost_of(job, request, result.pollen_cost, result.usage)
    return AssetDraft(
        kind=KINDS[job.kind],
        created_at=datetime.now(UTC),
        prompt=request.input,
        negative_prompt=request.negative_prompt,
        provenance=Provenance(
            job_id=job.id,
            batch=job.batch,
            request_kind=job.kind,
            request=job.request,
            template=job.template or request.input,
            model=request.model,
            model_title=str(job.model_info.get("title", "")),
            model_used=result.model_used,
            model_info=job.model_info,
            seed=request.seed,
            parents=job.parents,
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
    job: Job, request: PricedRequest, told: Decimal | None, usage: Usage
) -> tuple[Decimal | None, str]:
    """The billed amount and where it comes from: the service's own word, its usage at catalogue prices, or
    the estimate (CONTRACT 9.4)."""
    if told is not None:
        return told, "header"
    try:
        model = from_json(ModelInfo, job.model_info)
    except ValueError:
        return job.estimate, "estimate"
    amount = billed(model, usage, request)
    return (amount, "usage") if amount is not None else (job.estimate, "estimate")

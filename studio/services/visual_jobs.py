"""Carries out jobs for pictures and films: request out, bytes in, file kept, cost noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.errors import StudioError
from studio.domain.asset import Asset, AssetDraft
from studio.domain.codec import to_json
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.service import MediaResult
from studio.services.job_records import JobRecords, cost_of, provenance_of, request_of
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.references import ReferenceService


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
        self._records = JobRecords(profile)

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the service refused, the result is no good, or the disk would not take it."""
        request = read_request(job)
        client = self._client(job)
        completed = await self._references.completed(request)
        if completed is not None:
            request, job = completed, await report.completed(to_json(completed))
        sent = await self._references.located(request)
        await self._records.sent(job)
        incoming = self._library.incoming_path(job.id)
        try:
            result = await client.images.make(
                sent, incoming, progress=report.progress, on_retry=report.waiting
            )
        except StudioError as error:
            await self._records.broken(job, error)
            raise
        await report.storing()
        asset = await self._library.store(Path(result.path), draft(job, request, result))
        await self._records.filed(job, asset)
        return asset


def read_request(job: Job) -> ImageRequest | VideoRequest:
    """The request as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    return request_of(job, VideoRequest) if job.kind == "video" else request_of(job, ImageRequest)


def draft(job: Job, request: ImageRequest | VideoRequest, result: MediaResult) -> AssetDraft:
    """What is known of a result before the library has looked at its bytes."""
    cost = cost_of(job, request, result.pollen_cost, result.usage)
    return AssetDraft(
        kind=MediaKind.VIDEO if result.mime.startswith("video/") else MediaKind.IMAGE,
        created_at=datetime.now(UTC),
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        provenance=provenance_of(
            job, result, cost, model=request.model, prompt=request.prompt, seed=request.seed,
            source_url=result.source_url,
        ),
    )  # fmt: skip

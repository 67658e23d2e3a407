"""Carries out jobs for speech and music: request out, file kept, cost noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.errors import StudioError
from studio.domain.asset import Asset, AssetDraft
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.service import MediaResult
from studio.domain.speech import SpeechRequest
from studio.services.job_records import JobRecords, cost_of, provenance_of, request_of
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.profile import ProfileService

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
        self._records = JobRecords(profile)

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the service refused, the result is no good, or the disk would not take it."""
        request = read_speech(job)
        client = self._client(job)
        await self._records.sent(job)
        try:
            result = await client.audio.speak(
                request, self._library.incoming_path(job.id),
                progress=report.progress, on_retry=report.waiting,
            )  # fmt: skip
        except StudioError as error:
            await self._records.broken(job, error)
            raise
        await report.storing()
        asset = await self._library.store(Path(result.path), sound_draft(job, request, result))
        await self._records.filed(job, asset)
        return asset


def read_speech(job: Job) -> SpeechRequest:
    """The request as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    return request_of(job, SpeechRequest)


def sound_draft(job: Job, request: SpeechRequest, result: MediaResult) -> AssetDraft:
    """What is known of a sound before the library has looked at its bytes."""
    cost = cost_of(job, request, result.pollen_cost, result.usage)
    return AssetDraft(
        kind=KINDS[job.kind],
        created_at=datetime.now(UTC),
        prompt=request.input,
        negative_prompt=request.negative_prompt,
        provenance=provenance_of(
            job, result, cost, model=request.model, prompt=request.input, seed=request.seed,
            source_url=result.source_url,
        ),
    )  # fmt: skip

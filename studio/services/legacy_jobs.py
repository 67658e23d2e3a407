"""Carries out legacy jobs over the websocket: status and log as they come, every file of the result kept.

A job is known to the service by its input (CONTRACT 12), so asking again after a break finds the one that
runs, or its kept result; nothing here ever changes an input. Its own troubles never stop the queue for the
others: a refused token, a dead host and a failed run fail this job alone, with a way on.
"""

from __future__ import annotations

import ipaddress
import logging
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from studio.api.client import ApiClient
from studio.api.downloads import save_bytes
from studio.api.errors import RETRY, ApiAuthError, ApiClosed, ApiError, ApiPermissionError
from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.asset import Asset, AssetDraft
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.service import LegacyRequest, LegacyUpdate, MediaResult
from studio.services.job_records import JobRecords, provenance_of, request_of
from studio.services.jobs import JobReport
from studio.services.legacy import OPEN_PAGE, LegacyConnector
from studio.services.library import LibraryService
from studio.services.profile import ProfileService

log = logging.getLogger(__name__)
PLACE = "x-legacy-file"
"""The header of a result that says which of how many it is: "2/3"."""
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class _Told:
    """The answer as provenance wants it: the service tells neither model nor usage."""

    request_id: str
    model_used: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the result that lies in `incoming`."""

    path: Path
    mime: str
    url: str
    place: str


class LegacyRunner:
    """A `Runner` for the job kind "legacy"."""

    def __init__(self, connector: LegacyConnector, library: LibraryService, profile: ProfileService) -> None:
        self._connector = connector
        self._library = library
        self._records = JobRecords(profile)

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the service refused or failed, or the disk would not take the result."""
        request = request_of(job, LegacyRequest)
        client, token = await self._connector.ready_for(job)
        await self._records.sent(job)
        try:
            final = await self._follow(client, token, job, request)
            files = await self._fetch(client, job, final, report)
        except StudioError as error:
            await self._records.broken(job, error)
            raise (_of_this_job(error) if isinstance(error, ApiError) else error) from error
        await report.storing()
        kept = {asset.provenance.headers.get(PLACE): asset for asset in await self._library.of_job(job.id)}
        for file in files:
            if file.place not in kept:
                draft = _draft(job, request, final, file)
                kept[file.place] = await self._library.store(file.path, draft)
        first = kept[files[0].place]
        await self._records.filed(job, first)
        return first

    async def _follow(
        self, client: ApiClient, token: Secret, job: Job, request: LegacyRequest
    ) -> LegacyUpdate:
        """Run it to its end; every message goes into the log."""
        final: LegacyUpdate | None = None
        async with aclosing(client.legacy.run(request, token)) as updates:
            async for final in updates:
                self._connector.logs.tell(job.id, final.status, final.queue_position, final.logs)
                if not self._connector.can_send(job):
                    # Turned off, or left for another service: it is asked for again when it is back.
                    raise ApiClosed(tr("Another service is in use now."))
        if final is None or not final.succeeded:
            told = self._connector.logs.of(job.id)
            reason = told.last_line[:LONGEST_REASON] if told is not None else ""
            raise LegacyFailed(tr("The model could not do it."), reason, (RETRY,))
        if not final.urls and not final.words.strip():
            raise LegacyFailed(tr("The model ended without a result."), "", (RETRY,))
        return final

    async def _fetch(
        self, client: ApiClient, job: Job, final: LegacyUpdate, report: JobReport
    ) -> list[_File]:
        """All files of a result, before the first is filed: half a result is none."""
        if not final.urls:
            path = self._library.incoming_path(job.id)
            await save_bytes(final.words.encode("utf-8", "replace"), path, "text/plain")
            return [_File(path, "text/plain", "", "1/1")]
        files: list[_File] = []
        for number, url in enumerate(final.urls):
            if not is_fetchable(url, self._connector.url):
                raise LegacyFailed(
                    tr("The result lies where this program does not look."), urlsplit(url).hostname or ""
                )
            path = self._library.incoming_path(job.id, number)
            result: MediaResult = await client.media.download(
                url, path, progress=report.progress, on_retry=report.waiting
            )
            files.append(_File(path, result.mime, url, f"{number + 1}/{len(final.urls)}"))
        return files


class LegacyFailed(StudioError):  # noqa: N818 - it says what happened, like the names of `studio.api.errors`
    """The run itself went wrong, which is no matter of the connection."""


def all_filed(assets: list[Asset]) -> bool:
    """Whether these are all the files of a job's result: a crash may have come between two of them."""
    places = {asset.provenance.headers.get(PLACE, "1/1") for asset in assets}
    return bool(places) and len(places) >= max(_total(place) for place in places)


def _total(place: str) -> int:
    total = place.partition("/")[2]
    return int(total) if total.isdigit() else 1


def is_fetchable(url: str, service: str) -> bool:
    """Whether a result's address may be fetched: on the web over https, or on the service's own machine. What
    a service sends must not make this program look around in the user's network."""
    try:
        parts, own = urlsplit(url), urlsplit(service)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or not host:
        return False
    if host == own.hostname and parts.scheme in ("http", "https"):
        return True
    if parts.scheme != "https" or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def _of_this_job(error: ApiError) -> StudioError:
    """The error as one of this job alone: the queue stands still for troubles of the account's service."""
    if isinstance(error, ApiClosed):
        return error
    if isinstance(error, ApiAuthError | ApiPermissionError):
        title = tr("The legacy service does not accept your token.")
        return LegacyFailed(title, tr("It is missing, wrong or expired."), (OPEN_PAGE,))
    return LegacyFailed(tr("Legacy service: {what}", what=error.title), error.detail, (RETRY,))


def _draft(job: Job, request: LegacyRequest, final: LegacyUpdate, file: _File) -> AssetDraft:
    answer = _Told(final.cid, headers={PLACE: file.place})
    seed: Any = request.input.get("seed", request.input.get("random_seed"))
    is_text = file.mime.startswith("text/plain")
    return AssetDraft(
        # Whatever it is: only what a text is cannot be told by its bytes.
        kind=MediaKind.TEXT if is_text else MediaKind.OTHER,
        mime=file.mime,
        created_at=datetime.now(UTC),
        prompt=_prompt(job, request),
        provenance=provenance_of(
            job, answer, (None, ""), model=f"{job.kind}:{request.image}",
            prompt=_prompt(job, request), seed=seed if type(seed) is int else None, source_url=file.url,
        ),
    )  # fmt: skip


def _prompt(job: Job, request: LegacyRequest) -> str:
    """The whole text whose beginning is the job's title."""
    texts = (value for value in request.input.values() if isinstance(value, str))
    return next((text for text in texts if " ".join(text.split()).startswith(job.title)), "")

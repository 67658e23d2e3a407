"""Media storage (CONTRACT 10): files the service can fetch. Whoever knows the address can fetch them too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx

from studio.api.downloads import MAX_FILE, save_response
from studio.api.errors import ApiBadAnswer
from studio.api.requests import encode_query
from studio.api.results import media_result
from studio.api.retry import GENERATION, ONCE_ONLY, RetryPolicy
from studio.api.transport import GENERATING, UPLOADING, Call, FilePart, OnProgress, OnRetry, Transport
from studio.api.wire import Obj, as_object, flag, integer, moment, objects, strings, text, to_moment
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.domain.service import MediaPage, MediaResult, ServiceHosts, UploadedMedia

MAX_BYTES = 100 * 1000 * 1000
LIFETIME = timedelta(days=14)


class MediaApi:
    """Uploads, looks up and fetches files."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def upload(
        self,
        path: Path,
        mime: str,
        *,
        tags: tuple[str, ...] = (),
        custom_id: str = "",
        on_retry: OnRetry | None = None,
    ) -> UploadedMedia:
        """POST /upload as multipart.

        Args:
            tags: publishes the file under them; only tagged files can be deleted.
            custom_id: refused by the service (409) when taken.

        Raises:
            InputError: the file is empty, missing or larger than 100 MB.
            ApiError: see `studio.api.errors`.
        """
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError as error:
            raise InputError(
                tr("{name} cannot be read.", name=path.name), error.strerror or "", field="file"
            ) from error
        if size == 0 or size > MAX_BYTES:
            fault = tr("{name} is empty.", name=path.name)
            if size:
                fault = tr("{name} is larger than 100 MB.", name=path.name)
            raise InputError(fault, tr("Choose another file."), field="file")
        form = tuple((name, value) for name, value in (("id", custom_id), ("tags", ",".join(tags))) if value)
        call = Call(
            method="POST",
            url=f"{self._hosts.media}/upload",
            form=form,
            files=(FilePart(name="file", path=path, mime=mime or "application/octet-stream"),),
            limits=UPLOADING,
            policy=GENERATION if not custom_id else RetryPolicy(retries=3, joins=False),
        )
        answer = await self._transport.json(call, on_retry)
        return parse_upload(as_object(answer.data), self._hosts.media, datetime.now(UTC))

    async def head(self, media_id: str) -> UploadedMedia:
        """HEAD /{id}: is it still there?

        Raises:
            ApiNotFound: no.
        """
        call = Call(method="HEAD", url=self._address(media_id), key=False, accept="*/*")

        async def consume(response: httpx.Response) -> UploadedMedia:
            return parse_head(media_id, response.headers, self._hosts.media)

        return await self._transport.run(call, consume)

    async def metadata(self, media_id: str) -> UploadedMedia:
        """GET /{id}/metadata."""
        answer = await self._transport.json(
            Call(method="GET", url=f"{self._address(media_id)}/metadata", key=False)
        )
        return parse_media(as_object(answer.data), self._hosts.media)

    async def tagged(self, tag: str, *, limit: int = 100, cursor: str = "") -> MediaPage:
        """GET /media?tag=: files published under a tag, at most 100 a page."""
        params = [("tag", tag), ("limit", str(limit))] + ([("cursor", cursor)] if cursor else [])
        answer = await self._transport.json(
            Call(method="GET", url=f"{self._hosts.media}/media?{encode_query(params)}")
        )
        return parse_page(as_object(answer.data), self._hosts.media)

    async def delete(self, media_id: str) -> None:
        """DELETE /media/{id}: works for tagged files of this account alone."""
        url = f"{self._hosts.media}/media/{quote(media_id, safe='')}"
        await self._transport.json(Call(method="DELETE", url=url, policy=ONCE_ONLY))

    async def download(
        self,
        url: str,
        into: Path,
        *,
        expect: tuple[str, ...] = (),
        limit: int = MAX_FILE,
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """Fetch any address into a file, without the key.

        Args:
            expect: media types that may come, as prefixes; empty means anything.
            limit: bytes.

        Raises:
            ApiError: see `studio.api.errors`.
            StorageError: `into` cannot be written.
        """
        call = Call(method="GET", url=url, key=False, accept="*/*", limits=GENERATING, policy=GENERATION)

        async def consume(response: httpx.Response) -> MediaResult:
            stored = await save_response(response, into, expect=expect, progress=progress, limit=limit)
            return media_result(stored, response, source_url=url)

        return await self._transport.run(call, consume, on_retry)

    def _address(self, media_id: str) -> str:
        return f"{self._hosts.media}/{quote(media_id, safe='')}"


# ---------------------------------------------------------------- reading


def parse_upload(data: Obj, media_host: str, now: datetime) -> UploadedMedia:
    """The answer to an upload.

    Raises:
        ApiBadAnswer: neither id nor address in it.
    """
    media = parse_media(data, media_host)
    if not media.url:
        raise ApiBadAnswer(tr("The upload's answer cannot be read."))
    return UploadedMedia(
        id=media.id,
        url=media.url,
        mime=media.mime,
        size=media.size,
        duplicate=flag(data, "duplicate"),
        tags=media.tags,
        uploaded_at=media.uploaded_at or now,
        expires_at=(media.uploaded_at or now) + LIFETIME,
    )


def parse_media(data: Obj, media_host: str) -> UploadedMedia:
    """One entry of media storage."""
    media_id = text(data, "id")
    uploaded = moment(data, "uploadedAt", "createdAt")
    return UploadedMedia(
        id=media_id,
        url=text(data, "url") or (f"{media_host}/{quote(media_id, safe='')}" if media_id else ""),
        mime=text(data, "contentType"),
        size=integer(data, "size") or 0,
        tags=strings(data, "tags"),
        uploaded_at=uploaded,
        expires_at=uploaded + LIFETIME if uploaded else None,
    )


def parse_page(data: Obj, media_host: str) -> MediaPage:
    return MediaPage(
        items=tuple(parse_media(item, media_host) for item in objects(data, "items")),
        next_cursor=text(data, "nextCursor"),
        has_more=flag(data, "hasMore"),
    )


def parse_head(media_id: str, headers: Mapping[str, str], media_host: str) -> UploadedMedia:
    """What a HEAD answer says. Header names are looked up in lower case."""
    length = headers.get("content-length") or headers.get("x-content-size") or "0"
    uploaded = to_moment(headers.get("x-uploaded-at"))
    return UploadedMedia(
        id=headers.get("x-content-id") or media_id,
        url=f"{media_host}/{quote(media_id, safe='')}",
        mime=headers.get("content-type", "").partition(";")[0].strip(),
        size=int(length) if length.isdigit() else 0,
        content_hash=headers.get("x-content-hash", ""),
        uploaded_at=uploaded,
        expires_at=uploaded + LIFETIME if uploaded else None,
    )

"""Media storage (CONTRACT 10), under `/media-host`."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studio.sandbox.access import optional_key
from studio.sandbox.account import Key
from studio.sandbox.errors import ApiError, media_error
from studio.sandbox.forms import read_form
from studio.sandbox.media import Upload
from studio.sandbox.service import service_of
from studio.sandbox.settings import Era
from studio.sandbox.work import FOREVER

PREFIX = "/media-host"
CUSTOM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
MOST_LISTED = 100

Handler = Callable[[Request], Awaitable[Response]]


def _in_media_shape(handler: Handler) -> Handler:
    """This host says `{"error": "text"}` for everything (CONTRACT 9.3)."""

    async def wrapped(request: Request) -> Response:
        try:
            return await handler(request)
        except ApiError as error:
            message = "Invalid or expired API key" if error.status == 401 else error.message
            raise media_error(error.status, message) from error

    return wrapped


def _required_key(request: Request) -> Key:
    key = optional_key(request)
    if key is None:
        raise media_error(401, "Invalid or expired API key")
    return key


def _tags(values: list[str]) -> tuple[str, ...]:
    tags = [tag.strip() for value in values for tag in value.split(",") if tag.strip()]
    return tuple(dict.fromkeys(tags))


class _Sent:
    """What an upload request carried."""

    def __init__(self, data: bytes, content_type: str, name: str) -> None:
        self.data, self.content_type, self.name = data, content_type, name
        self.tags: tuple[str, ...] = ()
        self.custom_id: str | None = None


async def _from_form(request: Request) -> _Sent:
    form = await read_form(request)
    file = form.file("file")
    if file is None:
        raise media_error(400, "No file provided")
    name = file.name or "file"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    sent = _Sent(file.data, file.content_type or guessed, name)
    sent.tags = _tags(form.texts("tags", "tag"))
    sent.custom_id = form.text("id") or None
    return sent


async def _from_json(request: Request) -> _Sent:
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise media_error(400, "Invalid JSON") from error
    fields = cast(dict[str, Any], body) if isinstance(body, dict) else {}
    encoded = fields.get("data")
    if not isinstance(encoded, str):
        raise media_error(400, "Missing data field")
    content_type = str(fields.get("contentType") or "application/octet-stream")
    inline = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", encoded, re.DOTALL)
    if inline:
        content_type, encoded = inline.group(1), inline.group(2)
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise media_error(400, "Invalid base64 data") from error
    sent = _Sent(data, content_type, str(fields.get("name") or "file"))
    tags: object = fields.get("tags")
    sent.tags = _tags([str(tag) for tag in cast(list[object], tags)] if isinstance(tags, list) else [])
    sent.custom_id = str(fields["id"]) if fields.get("id") else None
    return sent


async def _upload(request: Request) -> Response:
    _required_key(request)
    service = service_of(request)
    era = service.settings.era
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        sent = await _from_form(request)
    elif kind == "application/json":
        sent = await _from_json(request)
    elif era == "seed":
        sent = _Sent(await request.body(), kind or "application/octet-stream", "file")
    else:
        # Raw bodies were taken in the seed era alone (CONTRACT 10).
        raise media_error(400, "Expected multipart/form-data or application/json")
    if sent.custom_id is not None and (era == "seed" or not CUSTOM_ID.fullmatch(sent.custom_id)):
        raise media_error(400, "Invalid id")
    upload, duplicate = service.media.add(
        sent.data,
        sent.content_type,
        sent.name,
        tags=() if era == "seed" else sent.tags,
        custom_id=sent.custom_id,
    )
    answer: dict[str, Any] = {
        "id": upload.id,
        "url": f"{service.addresses.media_url}/{upload.id}",
        "contentType": upload.content_type,
        "size": upload.size,
    }
    if era == "seed":
        answer["duplicate"] = duplicate
    elif upload.tags:
        answer["tags"] = upload.tags
    return JSONResponse(answer)


def _headers(upload: Upload, era: Era) -> dict[str, str]:
    headers = {
        "Content-Type": upload.content_type,
        "Cache-Control": "no-store" if upload.tags or upload.custom else FOREVER,
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(upload.name, safe='')}",
    }
    if era == "seed":
        return {**headers, "X-Content-Hash": upload.id}
    return {
        **headers,
        "X-Content-Id": upload.id,
        "X-Content-Size": str(upload.size),
        "X-Uploaded-At": upload.uploaded_at,
    }


async def _read(request: Request) -> Response:
    """A file by id; results of the service are found here too, as `Content-Location` promises."""
    service = service_of(request)
    media_id = request.path_params["media_id"]
    found = service.media.open(media_id)
    if found is not None:
        upload, data = found
        return Response(data, headers=_headers(upload, service.settings.era))
    stored = service.generations.result_for_media(media_id)
    if stored is None:
        raise media_error(404, "Not found")
    return Response(stored.body, headers={"Cache-Control": FOREVER, "Content-Type": stored.content_type})


async def _metadata(request: Request) -> Response:
    upload = service_of(request).media.find(request.path_params["media_id"])
    if upload is None:
        raise media_error(404, "Not found")
    return JSONResponse(
        {
            "id": upload.id,
            "contentType": upload.content_type,
            "size": upload.size,
            "uploadedAt": upload.uploaded_at,
        }
    )


async def _list(request: Request) -> Response:
    service = service_of(request)
    query = request.query_params
    limit, cursor = query.get("limit", "50"), query.get("cursor", "0")
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_LISTED or not cursor.isdecimal():
        raise media_error(400, "Invalid limit or cursor")
    uploads = service.media.tagged(query.get("tag"))
    start, end = int(cursor), int(cursor) + int(limit)
    items = [
        {
            "id": upload.id,
            "url": f"{service.addresses.media_url}/{upload.id}",
            "contentType": upload.content_type,
            "size": upload.size,
            "tags": upload.tags,
            "createdAt": upload.uploaded_at,
        }
        for upload in uploads[start:end]
    ]
    more = end < len(uploads)
    return JSONResponse({"items": items, "nextCursor": str(end) if more else None, "hasMore": more})


async def _delete(request: Request) -> Response:
    if _required_key(request).type != "secret":
        raise media_error(403, "Deleting needs a secret key")
    media_id = request.path_params["media_id"]
    if not service_of(request).media.delete(media_id):
        raise media_error(404, "Not found")
    return JSONResponse({"deleted": True, "id": media_id})


async def _description(request: Request) -> Response:
    paths: dict[str, dict[str, str]] = {
        route.path.removeprefix(PREFIX): {} for route in routes(service_of(request).settings.era)
    }
    return JSONResponse(
        {"openapi": "3.1.0", "info": {"title": "Media storage", "version": "1"}, "paths": paths}
    )


def routes(era: Era) -> list[Route]:
    """Metadata, list and delete came after the seed era."""
    found = [Route(f"{PREFIX}/upload", _in_media_shape(_upload), methods=["POST"])]
    if era == "current":
        found += [
            Route(f"{PREFIX}/openapi.json", _description),
            Route(f"{PREFIX}/media", _in_media_shape(_list)),
            Route(f"{PREFIX}/media/{{media_id}}", _in_media_shape(_delete), methods=["DELETE"]),
            Route(f"{PREFIX}/{{media_id}}/metadata", _in_media_shape(_metadata)),
        ]
    found.append(Route(f"{PREFIX}/{{media_id}}", _in_media_shape(_read)))
    return found

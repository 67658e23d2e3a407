"""Pictures and films (CONTRACT 5): a request goes out exactly as written, the bytes come to a file."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from pathlib import Path

import httpx

from studio.api.downloads import save_bytes, save_response
from studio.api.errors import ApiBadAnswer, ApiNotFound, ApiRequestError
from studio.api.requests import Params, checked_prompt, encode_query, older_safe, path_prompt
from studio.api.results import media_result
from studio.api.retry import QUEUED
from studio.api.transport import GENERATING, Call, FilePart, OnProgress, OnRetry, Transport, read_json
from studio.api.wire import Obj, as_object, integer, objects, text, to_decimal
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.media import MediaInput
from studio.domain.service import MediaResult, ServiceHosts, Usage


class ImagesApi:
    """Makes pictures and films."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def make(
        self,
        request: ImageRequest | VideoRequest,
        into: Path,
        *,
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """Make one picture or film and write its bytes to `into`.

        After a break the identical request is sent again, which the service joins (CONTRACT 8). Inputs of
        the GET routes must have a `url`; files are uploaded to media storage first, and the address kept, so
        that a later repetition stays the same request.

        Raises:
            InputError: the request cannot be written as a URL.
            ApiError: see `studio.api.errors`.
            StorageError: `into` cannot be written. Nothing is left there after any failure.
        """
        try:
            return await self._make(request, into, progress, on_retry)
        except ApiRequestError as error:
            safe = older_safe(request.safe, error)
            if not safe:
                raise
            return await self._make(replace(request, safe=safe), into, progress, on_retry)

    async def _make(
        self,
        request: ImageRequest | VideoRequest,
        into: Path,
        progress: OnProgress | None,
        on_retry: OnRetry | None,
    ) -> MediaResult:
        if isinstance(request, ImageRequest) and request.route == "generations":
            return await self._post(self._generation(request), into, progress, on_retry)
        if isinstance(request, ImageRequest) and request.route == "edits":
            return await self._edit(request, into, progress, on_retry)
        try:
            return await self._get(request, request.route, into, progress, on_retry)
        except ApiNotFound:
            # Older servers make films on /image (CONTRACT 5.4).
            if request.route != "video":
                raise
            return await self._get(request, "image", into, progress, on_retry)

    async def _get(
        self,
        request: ImageRequest | VideoRequest,
        route: str,
        into: Path,
        progress: OnProgress | None,
        on_retry: OnRetry | None,
    ) -> MediaResult:
        is_image = isinstance(request, ImageRequest)
        params = image_params(request) if is_image else video_params(request)
        call = Call(
            method="GET",
            url=f"{self._hosts.gen}/{route}/{path_prompt(request.prompt)}?{encode_query(params)}",
            accept="image/*, video/*" if is_image else "video/*, image/*",
            limits=GENERATING,
            policy=QUEUED,
        )

        async def consume(response: httpx.Response) -> MediaResult:
            stored = await save_response(response, into, expect=("image/", "video/"), progress=progress)
            return media_result(stored, response)

        return await self._transport.run(call, consume, on_retry)

    # ------------------------------------------------------------ POST routes

    def _generation(self, request: ImageRequest) -> Call:
        body = generation_body(request)
        urls = _urls(request.image, "image")
        if urls:
            body["image"] = urls[0] if len(urls) == 1 else urls
        return self._json_call("/v1/images/generations", body, request)

    async def _edit(
        self, request: ImageRequest, into: Path, progress: OnProgress | None, on_retry: OnRetry | None
    ) -> MediaResult:
        """Files go as multipart, addresses as JSON; servers differ in the form of a list (CONTRACT 5.3)."""
        if not request.image:
            raise InputError(tr("Editing needs a picture."), tr("Add one as a reference."), field="image")
        if any(item.path and not item.url for item in request.image):
            return await self._post(self._multipart_edit(request), into, progress, on_retry)
        urls = _urls(request.image, "image")
        body = generation_body(request)
        body["image"] = urls[0] if len(urls) == 1 else [{"image_url": url} for url in urls]
        try:
            return await self._post(
                self._json_call("/v1/images/edits", body, request), into, progress, on_retry
            )
        except ApiRequestError as error:
            if error.status != 400 or len(urls) == 1 or error.code not in ("", "BAD_REQUEST"):
                raise
            body["image"] = urls
            return await self._post(
                self._json_call("/v1/images/edits", body, request), into, progress, on_retry
            )

    def _multipart_edit(self, request: ImageRequest) -> Call:
        fields = [(name, _as_text(value)) for name, value in generation_body(request).items()]
        fields += [("image", item.url) for item in request.image if item.url]
        files = tuple(
            FilePart(name="image", path=Path(item.path), mime=item.mime or "image/png")
            for item in request.image
            if not item.url
        )
        return Call(
            method="POST",
            url=f"{self._hosts.gen}/v1/images/edits{_no_cache(request)}",
            form=tuple(fields),
            files=files,
            limits=GENERATING,
            policy=QUEUED,
        )

    def _json_call(self, path: str, body: Obj, request: ImageRequest) -> Call:
        url = f"{self._hosts.gen}{path}{_no_cache(request)}"
        return Call(method="POST", url=url, json=body, limits=GENERATING, policy=QUEUED)

    async def _post(
        self, call: Call, into: Path, progress: OnProgress | None, on_retry: OnRetry | None
    ) -> MediaResult:
        async def consume(response: httpx.Response) -> MediaResult:
            answer = await read_json(response)
            item = single_item(as_object(answer.data))
            facts = body_facts(as_object(answer.data), item)
            usage = Usage.from_headers(response.headers)
            if usage:
                facts["usage"] = usage
            encoded = text(item, "b64_json")
            if encoded:
                stored = await save_bytes(await asyncio.to_thread(_decode, encoded), into, facts.pop("mime"))
                if not stored.mime.startswith(("image/", "video/")):
                    await asyncio.to_thread(into.unlink, missing_ok=True)
                    raise ApiBadAnswer(
                        tr("The service's answer is not a picture."), tr("It is {kind}.", kind=stored.mime)
                    )
                return media_result(stored, response, **facts)
            facts.pop("mime")
            return await self._fetch(text(item, "url"), into, facts, progress)

        return await self._transport.run(call, consume, on_retry)

    async def _fetch(self, url: str, into: Path, facts: Obj, progress: OnProgress | None) -> MediaResult:
        """The picture behind a `url` answer; such addresses are public, so no key goes there."""
        if self._hosts.gen.startswith("https:") and not url.startswith("https:"):
            # Else a service could have this program ask machines of the local network.
            raise ApiBadAnswer(tr("The service's answer names a picture at an address without encryption."))
        call = Call(method="GET", url=url, key=False, accept="image/*, video/*", limits=GENERATING)

        async def consume(response: httpx.Response) -> MediaResult:
            stored = await save_response(response, into, expect=("image/", "video/"), progress=progress)
            usage = Usage.from_headers(response.headers) or facts["usage"]
            return media_result(stored, response, **{**facts, "usage": usage, "source_url": url})

        return await self._transport.run(call, consume)


# ---------------------------------------------------------------- writing requests


def image_params(request: ImageRequest) -> Params:
    """The query of GET /image/{prompt} (CONTRACT 5.1); references stand last."""
    params = _shared_params(request)
    _add(params, "quality", request.quality)
    _add(params, "transparent", request.transparent)
    _add(params, "reasoning", request.reasoning)
    params += request.extra
    _add(params, "image", _joined(request.image, "image"))
    return params


def video_params(request: VideoRequest) -> Params:
    """The query of GET /video/{prompt} (CONTRACT 5.4). `audio` is always there: it costs (CONTRACT 3)."""
    params = _shared_params(request)
    _add(params, "duration", request.duration)
    params.append(("audio", "true" if request.audio else "false"))
    _add(params, "fps", request.fps)
    params += request.extra
    _add(params, "reference_images", _joined(request.reference_images, "reference_images"))
    _add(params, "reference_videos", _joined(request.reference_videos, "reference_videos"))
    _add(params, "reference_audios", _joined(request.reference_audios, "reference_audios"))
    _add(params, "image", _joined(request.image, "image"))
    return params


def _shared_params(request: ImageRequest | VideoRequest) -> Params:
    params: Params = [("model", request.model)]
    _add(params, "width", request.width)
    _add(params, "height", request.height)
    _add(params, "seed", request.seed)
    _add(params, "negative_prompt", request.negative_prompt)
    _add(params, "enhance", request.enhance)
    _add(params, "safe", request.safe)
    _add(params, "guidance_scale", request.guidance_scale)
    _add(params, "resolution", request.resolution)
    _add(params, "aspectRatio", request.aspectRatio)
    _add(params, "no-cache", request.no_cache)
    return params


def generation_body(request: ImageRequest) -> Obj:
    """The JSON of POST /v1/images/generations and …/edits, without the pictures (CONTRACT 5.2)."""
    body: Obj = {"prompt": checked_prompt(request.prompt), "model": request.model, "n": 1}
    if request.width and request.height:
        body["size"] = f"{request.width}x{request.height}"
    optional: Obj = {
        "quality": request.quality,
        "resolution": request.resolution,
        "safe": request.safe,
        "negative_prompt": request.negative_prompt,
        "enhance": request.enhance,
        "transparent": request.transparent,
        "reasoning": request.reasoning,
        "guidance_scale": request.guidance_scale,
        "aspectRatio": request.aspectRatio,
    }
    body["response_format"] = "b64_json"
    body["seed"] = request.seed
    body.update({name: value for name, value in optional.items() if value not in ("", None, False)})
    body.update(request.extra)
    return body


def _add(params: Params, name: str, value: object) -> None:
    """Add a parameter unless it is None, empty or False: a false boolean is left out (CONTRACT 3)."""
    if value is None or value == "" or value is False:
        return
    params.append((name, _as_text(value)))


def _as_text(value: object) -> str:
    if value is True:
        return "true"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _joined(items: tuple[MediaInput, ...], field: str) -> str:
    return "|".join(_urls(items, field))


def _urls(items: tuple[MediaInput, ...], field: str) -> list[str]:
    for item in items:
        if not item.url.startswith(("http://", "https://")):
            raise InputError(
                tr("A reference has no web address yet."), tr("It has to be uploaded first."), field=field
            )
        if "|" in item.url:
            raise InputError(
                tr("A reference's address holds a “|”."), tr("Upload the file instead."), field=field
            )
    return [item.url for item in items]


def _no_cache(request: ImageRequest) -> str:
    return "?no-cache=true" if request.no_cache else ""


# ---------------------------------------------------------------- reading answers


def single_item(data: Obj) -> Obj:
    items = objects(data, "data")
    if not items or not (text(items[0], "b64_json") or text(items[0], "url")):
        raise ApiBadAnswer(tr("The service's answer holds no picture."))
    return items[0]


def body_facts(data: Obj, item: Obj) -> Obj:
    counted = as_object(data.get("usage"))
    details = as_object(counted.get("input_tokens_details"))
    amounts = {
        "promptTextTokens": to_decimal(details.get("text_tokens")),
        "promptImageTokens": to_decimal(details.get("image_tokens")),
        "completionImageTokens": to_decimal(integer(counted, "output_tokens")),
    }
    return {
        "usage": Usage(amounts={key: amount for key, amount in amounts.items() if amount}),
        "revised_prompt": text(item, "revised_prompt"),
        "mime": text(item, "media_type"),
    }


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded.partition(",")[2] if encoded.startswith("data:") else encoded)
    except (binascii.Error, ValueError) as error:
        raise ApiBadAnswer(
            tr("The service's answer cannot be read."), tr("Its picture is damaged.")
        ) from error

"""Pictures and films (CONTRACT 5)."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from studio.sandbox import safety
from studio.sandbox.access import optional_key, required_key
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError, invalid
from studio.sandbox.forms import read_form
from studio.sandbox.generations import Product, identity_of
from studio.sandbox.imaging import (
    ASPECTS,
    MAX_SEED,
    QUALITIES,
    SEED_ASPECTS,
    Shot,
    check_references,
    concrete_seed,
    price,
    read_resolution,
    read_seconds,
    read_size,
    shoot,
)
from studio.sandbox.parameters import Parameters, json_object, path_text, safety_features, split_addresses
from studio.sandbox.service import Service, entry_of, service_of
from studio.sandbox.settings import Era
from studio.sandbox.work import Job, answer, response_of_product

CATEGORIES = ("image", "video")
OPENAI_QUALITIES = {"standard": "medium", "hd": "high", "low": "low", "medium": "medium", "high": "high"}
OPENAI_QUALITY_WORDS = (*OPENAI_QUALITIES, "auto")
SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
MAX_PROMPT = 32_000


# ------------------------------------------------------------------ GET /image and /video
def read_safe(parameters: Parameters, request: Request, era: Era) -> list[str]:
    """The safety features; the seed era knew a boolean alone and says so when it gets a word."""
    value = parameters.values.get("safe")
    if value is None:
        value = request.headers.get("pollinations-safe")
    if era == "seed":
        if str(value).lower() not in ("true", "false", "none", "0", "1"):
            parameters.wrong("safe", 'Invalid option: expected one of "true"|"false"')
            return []
        return ["sexual", "violence"] if str(value).lower() in ("true", "1") else []
    return safety_features(value)


def _aspect(parameters: Parameters, era: Era) -> str:
    allowed = SEED_ASPECTS if era == "seed" else ASPECTS
    return parameters.choice("aspectRatio", "", ("", *allowed))


def _audio(parameters: Parameters, model: Model, era: Era) -> bool:
    """Nothing said means yes in the current era, whatever the documents say (CONTRACT 3)."""
    if model.category != "video":
        return False
    makes_sound = era == "seed" or "audio_output" in model.video_capabilities
    return makes_sound and parameters.flag("audio", default=era == "current")


def _references(parameters: Parameters) -> tuple[str, ...]:
    addresses = split_addresses(parameters.text("image"))
    addresses += split_addresses(parameters.text("reference_images"))
    for address in addresses:
        if not address.lower().startswith(("http://", "https://")):
            parameters.wrong("image", "Invalid URL: only http and https addresses are accepted.")
    return tuple(addresses)


def _shot(prompt: str, model: Model, parameters: Parameters, era: Era) -> Shot:
    """A GET request's picture or film; 400 names every wrong field."""
    width, height = read_size(parameters, model)
    seed = parameters.integer("seed", -1, MAX_SEED)
    shot = Shot(
        model=model,
        prompt=prompt,
        seed=concrete_seed(0 if seed is None else seed),
        width=width,
        height=height,
        quality=parameters.choice("quality", "medium", QUALITIES),
        resolution=read_resolution(parameters, model),
        transparent=parameters.flag("transparent"),
        references=_references(parameters),
        reference_videos=len(split_addresses(parameters.text("reference_videos"))),
        seconds=read_seconds(parameters, model, era),
        aspect=_aspect(parameters, era),
        audio=_audio(parameters, model, era),
        fps=parameters.integer("fps", 1, 60) or 24,
    )
    parameters.check()
    check_references(model, len(shot.references))
    return shot


async def _get(request: Request, route: str, categories: tuple[str, ...], default: str) -> Response:
    service = service_of(request)
    era = service.settings.era
    prompt = path_text(request, route)
    query = dict(request.query_params)
    said = {"prompt": prompt, **query}
    endpoint = f"GET {route}"
    key = optional_key(request)
    if key is None:
        # Addresses that a `url` answer named are public: what is stored may be read without a key.
        stored = service.generations.result(identity_of(endpoint, said))
        if stored is None:
            raise ApiError(401)
        entry_of(request).outcome = "replayed"
        return response_of_product(service, stored, identity_of(endpoint, said), hit=True)
    parameters = Parameters(query)
    asked = parameters.text("model", default) or default
    model = service.catalogue.resolve(asked, categories, "image" if route == "/image/" else "video")
    features = read_safe(parameters, request, era)
    shot = _shot(prompt, model, parameters, era)
    checked = safety.check(prompt, features)
    return await answer(
        request,
        Job(
            key=key,
            model=model,
            asked=asked,
            kind="generate.image",  # films too: the service counts them as images (CONTRACT 7.1)
            endpoint=endpoint,
            said={**said, "safe": features} if features else dict(said),
            estimate=price(shot)[1],
            work=lambda: shoot(service, shot, headers=checked.headers),
            fresh=parameters.flag("no-cache"),
        ),
    )


async def _get_image(request: Request) -> Response:
    return await _get(request, "/image/", CATEGORIES, "zimage")


async def _get_video(request: Request) -> Response:
    return await _get(request, "/video/", ("video",), "veo")


# ------------------------------------------------------------------ POST /v1/images/*
def _size(parameters: Parameters) -> None:
    """`size` WIDTHxHEIGHT becomes width and height; both may also be given themselves."""
    size = parameters.text("size")
    if not size or size == "auto":
        return
    found = SIZE.fullmatch(size)
    if found is None:
        parameters.wrong("size", "Invalid string: must match pattern WIDTHxHEIGHT")
        return
    parameters.values["width"], parameters.values["height"] = int(found.group(1)), int(found.group(2))


def _posted_shot(
    parameters: Parameters,
    model: Model,
    references: tuple[str | bytes, ...],
    era: Era,
    *,
    reads_seed: bool = True,
) -> Shot:
    prompt = parameters.text("prompt", required=True, longest=MAX_PROMPT)
    count = parameters.integer("n", 1, 1)
    if count not in (None, 1):
        parameters.wrong("n", "Only n=1 is supported.")
    _size(parameters)
    quality = parameters.choice("quality", "medium", OPENAI_QUALITY_WORDS)
    width, height = read_size(parameters, model)
    seed = parameters.integer("seed", -1, MAX_SEED)
    shot = Shot(
        model=model,
        prompt=prompt,
        # Left out, the server draws one: the opposite of GET (CONTRACT 5.2).
        seed=concrete_seed(seed if reads_seed else None),
        width=width,
        height=height,
        quality=OPENAI_QUALITIES.get(quality, "medium"),
        resolution=read_resolution(parameters, model),
        transparent=parameters.flag("transparent"),
        references=references,
        seconds=read_seconds(parameters, model, era),
        aspect=_aspect(parameters, era),
        audio=_audio(parameters, model, era),
    )
    parameters.check()
    check_references(model, len(references))
    return shot


def _openai_usage(product: Product) -> dict[str, Any]:
    def tokens(kind: str) -> int:
        return int(product.usage.get(kind, 0))

    text, images = tokens("promptTextTokens"), tokens("promptImageTokens")
    output = tokens("completionImageTokens") or 1
    return {
        "input_tokens": text + images,
        "output_tokens": output,
        "total_tokens": text + images + output,
        "input_tokens_details": {"text_tokens": text, "image_tokens": images},
    }


def _wrapped(service: Service, shot: Shot, made: Product, address: str | None) -> Product:
    """The OpenAI-shaped answer around a picture."""
    item: dict[str, Any] = {"revised_prompt": shot.prompt}
    if address is None:
        item["b64_json"] = base64.b64encode(made.body).decode()
        if made.content_type == "image/svg+xml":
            item["media_type"] = made.content_type
    else:
        item["url"] = address
    answer: dict[str, Any] = {"created": int(time.time()), "data": [item]}
    if service.settings.era == "current":
        answer["usage"] = _openai_usage(made)
    headers = {name: value for name, value in made.headers.items() if name != "Content-Disposition"}
    return Product(
        content_type="application/json",
        body=json.dumps(answer).encode(),
        headers={**headers, "Cache-Control": "private, no-store"},
        model=made.model,
        usage=made.usage,
        cost=made.cost,
    )


def _public_address(service: Service, shot: Shot) -> tuple[str, dict[str, str]]:
    """The GET address of a picture and the query it is known by."""
    query = {
        "model": shot.model.name,
        "width": str(shot.width),
        "height": str(shot.height),
        "quality": shot.quality,
        "seed": str(shot.seed),
    }
    path = quote(shot.prompt, safe="")
    return f"{service.addresses.base_url}/image/{path}?{urlencode(query)}", query


async def _posted(
    request: Request,
    parameters: Parameters,
    references: tuple[str | bytes, ...],
    said: dict[str, object],
    *,
    endpoint: str,
    default: str,
    by_url: bool = False,
    reads_seed: bool = True,
) -> Response:
    service = service_of(request)
    key = required_key(request)
    asked = parameters.text("model", default) or default
    model = service.catalogue.resolve(asked, CATEGORIES, "image")
    features = read_safe(parameters, request, service.settings.era)
    shot = _posted_shot(parameters, model, references, service.settings.era, reads_seed=reads_seed)
    checked = safety.check(shot.prompt, features)
    if by_url and model.entry.get("community"):
        raise ApiError(400, "response_format 'url' is not supported for community models.")
    address, query = _public_address(service, shot) if by_url else (None, {})

    async def work() -> Product:
        made = await shoot(service, shot, headers=checked.headers)
        if address is not None:
            service.generations.publish(identity_of("GET /image/", {"prompt": shot.prompt, **query}), made)
        return _wrapped(service, shot, made, address)

    return await answer(
        request,
        Job(
            key=key,
            model=model,
            asked=asked,
            kind="generate.image",
            endpoint=endpoint,
            said=said,
            estimate=price(shot)[1],
            work=work,
        ),
    )


async def _generations(request: Request) -> Response:
    required_key(request)
    body = await json_object(request)
    parameters = Parameters(body, strict=True)
    # `safe` may be a boolean or a list of words; `image` one address or several.
    by_url = parameters.choice("response_format", "b64_json", ("url", "b64_json")) == "url"
    references = _addresses(parameters.values.pop("image", None), strict=False)
    return await _posted(
        request,
        parameters,
        references,
        dict(body),
        endpoint="POST /v1/images/generations",
        default="flux",
        by_url=by_url,
    )


def _addresses(value: object, *, strict: bool) -> tuple[str | bytes, ...]:
    """`image` in JSON: one address, or several. `strict` is the current edits route, which wants objects
    with `image_url` in an array and refuses plain strings there (CONTRACT 5.3)."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    addresses: list[str | bytes] = []
    for item in cast(list[object], value) if isinstance(value, list) else [value]:
        address = cast(Mapping[str, object], item).get("image_url") if isinstance(item, Mapping) else item
        if isinstance(address, Mapping):
            address = cast(Mapping[str, object], address).get("url")
        if not isinstance(address, str) or (strict and isinstance(item, str)):
            raise _wrong_image("Invalid input: expected object with image_url, received string")
        addresses.append(address)
    return tuple(addresses)


def _wrong_image(message: str) -> ApiError:
    return invalid({"image": [message]})


async def _edits(request: Request) -> Response:
    required_key(request)
    era = service_of(request).settings.era
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _multipart_edits(request)
    body = await json_object(request)
    parameters = Parameters(body, strict=True)
    references = _addresses(parameters.values.pop("image", None), strict=era == "current")
    if not references:
        raise _wrong_image("Invalid input: expected string, received undefined")
    return await _posted(
        request, parameters, references, dict(body), endpoint="POST /v1/images/edits", default="flux"
    )


async def _multipart_edits(request: Request) -> Response:
    form = await read_form(request)
    names = ("image", "image[]")
    fields: dict[str, Any] = {name: value for name, value in form.fields if name not in names}
    references: list[str | bytes] = [file.data for name, file in form.files if name in names]
    references += form.texts(*names)
    if not references:
        raise _wrong_image("Invalid input: expected at least one image")
    for reference in references:
        if isinstance(reference, bytes):
            check_picture(reference)
    digests = [sha256(item).hexdigest() if isinstance(item, bytes) else item for item in references]
    # This version of the service does not read `seed` from a form (CONTRACT 5.3).
    return await _posted(
        request,
        Parameters(fields),
        tuple(references),
        {**fields, "image": digests},
        endpoint="POST /v1/images/edits",
        default="flux",
        reads_seed=False,
    )


def check_picture(data: bytes) -> None:
    """400 with the image codes of CONTRACT 9.1 when a file is not a picture."""
    known = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"GIF8", b"BM")
    if not data.startswith(known) and b"ftyp" not in data[:16]:
        raise ApiError(400, "Unsupported image type.", code="unsupported_image_media_type")
    if len(data) > 20 * 1024 * 1024:
        raise ApiError(400, "The image is too large.", code="image_too_large")


def routes(era: Era) -> list[Route]:
    """`/video/{prompt}` came after the seed era."""
    found = [
        Route("/image/{prompt:path}", _get_image),
        Route("/v1/images/generations", _generations, methods=["POST"]),
        Route("/v1/images/edits", _edits, methods=["POST"]),
    ]
    if era == "current":
        found.append(Route("/video/{prompt:path}", _get_video))
    return found

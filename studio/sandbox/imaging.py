"""Pictures and films: what was asked, what it costs, and the making of it (CONTRACT 5)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from studio.sandbox import prices
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError
from studio.sandbox.generations import Product
from studio.sandbox.make.answers import count_tokens
from studio.sandbox.make.films import film
from studio.sandbox.make.pictures import picture
from studio.sandbox.parameters import Parameters
from studio.sandbox.service import Service
from studio.sandbox.settings import Era
from studio.sandbox.work import product

MAX_SEED = 2_147_483_647
MAX_SIDE = 4096
MIN_SIDE = 16
DEFAULT_SIDE = 1024
QUALITIES = ("low", "medium", "high", "hd")
RESOLUTIONS = ("1k", "2k", "360p", "480p", "720p", "768p", "1080p", "4k")
SEED_ASPECTS = ("16:9", "9:16")
ASPECTS = ("16:9", "9:16", "4:3", "1:1", "3:4", "21:9", "9:21", "adaptive")
FILM_HEIGHTS = {"360p": 360, "480p": 480, "720p": 720, "768p": 768, "1080p": 1080, "2k": 1440, "4k": 2160}
SEED_DURATIONS = {"veo": (4, 6, 8)}
SECONDS_OF_REFERENCE_VIDEO = Decimal(5)  # reference films are not opened; this is what one counts as
INSTANT_FILM_HEIGHT = 180  # an instant sandbox makes small films: they are for tests, and cost CPU time
BIG_FILM_HEIGHT = 720

PictureKind = Literal["jpeg", "png", "webp", "svg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture or film that was asked for. `references` are addresses or data URIs in order (for films:
    start frame, end frame); `seconds`, `aspect` and `audio` belong to films."""

    model: Model
    prompt: str
    seed: int
    width: int
    height: int
    quality: str = "medium"
    resolution: str = ""
    transparent: bool = False
    references: tuple[str | bytes, ...] = ()
    reference_videos: int = 0
    seconds: int = 0
    aspect: str = ""
    audio: bool = False
    fps: int = 24

    @property
    def is_film(self) -> bool:
        return self.model.category == "video"


def read_size(parameters: Parameters, model: Model) -> tuple[int, int]:
    """Width and height in pixels; 0 and nothing mean 1024."""
    sides: list[int] = []
    for name in ("width", "height"):
        side = parameters.integer(name, 0, 2**53 - 1) or DEFAULT_SIDE
        if model.is_a("flux.2-pro", "flux.2-flex") and side % 16:
            parameters.wrong(name, "Must be a multiple of 16 for this model.")
        sides.append(min(max(side, MIN_SIDE), MAX_SIDE))
    return sides[0], sides[1]


def read_seconds(parameters: Parameters, model: Model, era: Era) -> int:
    """Length of a film in seconds; a field error when the model cannot make it."""
    entry = model.entry
    asked = parameters.integer("duration", 1, 10 if era == "seed" else 120)
    if model.category != "video":
        return 0
    allowed: Sequence[int] = entry.get("allowed_durations") or SEED_DURATIONS.get(model.name, ())
    default = int(entry.get("default_duration") or (allowed[0] if allowed else 5))
    if asked is None:
        return default
    low, high = int(entry.get("min_duration") or 1), int(entry.get("max_duration") or 15)
    step = int(entry.get("duration_step") or 1)
    if asked > 30 and not model.is_a("nova-reel"):
        parameters.wrong("duration", "Duration above 30 seconds is only supported by nova-reel.")
    elif allowed and asked not in allowed:
        parameters.wrong(
            "duration", f"Duration must be one of {', '.join(map(str, allowed))} for this model."
        )
    elif not low <= asked <= high or (asked - low) % step:
        parameters.wrong("duration", f"Duration must be between {low} and {high} seconds in steps of {step}.")
    return asked


def read_resolution(parameters: Parameters, model: Model) -> str:
    """One of the model's resolutions; its first when none was asked for."""
    known: Sequence[str] = model.entry.get("resolutions") or ()
    asked = parameters.text("resolution").lower()
    if not asked:
        return known[0] if known else ""
    if asked not in RESOLUTIONS or (known and asked not in known):
        parameters.wrong("resolution", f"Invalid option: expected one of {', '.join(known or RESOLUTIONS)}")
    return asked


def concrete_seed(seed: int | None) -> int:
    """The seed to work with; -1 and nothing draw one."""
    return secrets.randbelow(MAX_SEED) if seed is None or seed < 0 else seed


def check_references(model: Model, count: int) -> None:
    """400 when the model takes no reference pictures, or not that many."""
    if not count:
        return
    if "image" not in model.inputs:
        raise ApiError(400, f"Model '{model.name}' does not accept image input.")
    most = model.entry.get("max_reference_images")
    if most and count > int(most):
        raise ApiError(400, f"Model '{model.name}' accepts at most {most} reference images; got {count}.")


def price(shot: Shot) -> tuple[prices.Usage, Decimal]:
    """Usage kinds and pollen of a shot."""
    model = shot.model
    if shot.is_film:
        frames, videos = len(shot.references), shot.reference_videos
        width, height = film_size(shot)
        usage = prices.video_usage(
            model,
            width=width,
            height=height,
            seconds=shot.seconds,
            fps=shot.fps,
            audio=shot.audio,
            frames=frames,
            video_seconds=SECONDS_OF_REFERENCE_VIDEO * videos,
        )
        names = prices.video_sheet(model, resolution=shot.resolution, frames=frames, videos=videos)
    else:
        inputs = len(shot.references)
        usage = prices.image_usage(
            model,
            width=shot.width,
            height=shot.height,
            quality=shot.quality,
            inputs=inputs,
            prompt_tokens=count_tokens(shot.prompt),
        )
        names = prices.image_sheet(
            model,
            resolution=shot.resolution,
            quality=shot.quality,
            width=shot.width,
            height=shot.height,
            inputs=inputs,
        )
    sheet = prices.variant_sheet(model, names)
    return usage, prices.cost(sheet, usage, prices.fees(model, Decimal(shot.seconds or 1)))


def film_size(shot: Shot) -> tuple[int, int]:
    """Width and height of a film: the height by resolution (720 when none), the shape by aspect ratio or by
    the asked width and height. Both are even, as H.264 wants."""
    short = FILM_HEIGHTS.get(shot.resolution, 720)
    if ":" in shot.aspect:
        across, down = (int(part) for part in shot.aspect.split(":"))
    elif (shot.width, shot.height) != (DEFAULT_SIDE, DEFAULT_SIDE):
        across, down = shot.width, shot.height
    else:
        across, down = 16, 9
    if across >= down:
        width, height = round(short * across / down), short
    else:
        width, height = short, round(short * down / across)
    return width // 2 * 2, height // 2 * 2


async def shoot(service: Service, shot: Shot, *, headers: dict[str, str] | None = None) -> Product:
    """Make the picture or film."""
    references = [await load_reference(service, reference) for reference in shot.references]
    usage, cost = price(shot)
    if shot.is_film:
        content_type, body = "video/mp4", await _film(service, shot, references)
    else:
        content_type, body = await _picture(service, shot, references)
    return product(
        service,
        shot.model,
        content_type=content_type,
        body=body,
        usage=usage,
        cost=cost,
        name=shot.prompt,
        headers=headers,
    )


def picture_kind(shot: Shot) -> PictureKind:
    """Which format the model answers with."""
    if shot.model.is_a("vector"):
        return "svg"
    if shot.transparent or shot.model.is_a("gpt-image", "gptimage"):
        return "png"
    return "jpeg"


async def _picture(service: Service, shot: Shot, references: list[bytes]) -> tuple[str, bytes]:
    kind = picture_kind(shot)
    await service.work_for(0.3 + (shot.seed % 1000) / 1000 * 1.2)
    body = await service.make(
        picture,
        shot.prompt,
        shot.seed,
        shot.width,
        shot.height,
        kind=kind,
        transparent=shot.transparent and shot.model.is_a("gpt-image", "gptimage"),
        references=tuple(references),
    )
    return {"svg": "image/svg+xml"}.get(kind, f"image/{kind}"), body


async def _film(service: Service, shot: Shot, frames: list[bytes]) -> bytes:
    width, height = film_size(shot)
    # A film larger than 720 lines would keep both makers busy for minutes; it is billed as asked.
    tallest = BIG_FILM_HEIGHT if service.settings.speed > 0 else INSTANT_FILM_HEIGHT
    scale = min(1.0, tallest / min(width, height))
    await service.work_for(1.5 + shot.seconds / 4)
    takes_end = not shot.model.video_capabilities or "end_frame" in shot.model.video_capabilities
    return await service.make(
        film,
        shot.prompt,
        shot.seed,
        round(width * scale) // 2 * 2,
        round(height * scale) // 2 * 2,
        shot.seconds,
        fps=shot.fps if service.settings.speed > 0 else min(shot.fps, 12),
        audio=shot.audio,
        start=frames[0] if frames else b"",
        end=frames[1] if len(frames) > 1 and takes_end else b"",
    )


def _unreachable(host: str, status: int) -> ApiError:
    return ApiError(
        400,
        f"Failed to download image: {host} returned {status}",
        code="failed_to_download_image",
        details={"name": "UpstreamError", "upstreamStatus": status, "upstreamHost": host},
    )


async def load_reference(service: Service, reference: str | bytes) -> bytes:
    """The bytes of a reference. The sandbox goes to no other host: an address elsewhere stands for a picture
    painted from the address itself; `.invalid` hosts and unknown ids cannot be downloaded."""
    if isinstance(reference, bytes):
        return reference
    if reference.startswith("data:"):
        return from_data_uri(reference)
    parts = urlsplit(reference)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ApiError(400, f"Invalid image URL: {reference[:100]}", code="invalid_image_url")
    if parts.netloc == urlsplit(service.addresses.base_url).netloc or "media.pollinations" in parts.netloc:
        media_id = parts.path.rstrip("/").rsplit("/", 1)[-1]
        upload = service.media.open(media_id)
        if upload is not None:
            return upload[1]
        stored = service.generations.result_for_media(media_id)
        if stored is None:
            raise _unreachable(parts.netloc, 404)
        return stored.body
    if parts.hostname.endswith(".invalid"):
        raise _unreachable(parts.hostname, 404)
    return await service.make(picture, reference, len(reference), 512, 512, kind="png")


def from_data_uri(uri: str) -> bytes:
    """The bytes of a `data:` URI with base64; 400 when it is damaged, 415-worthy kinds are named."""
    found = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,(.*)", uri, re.DOTALL)
    if found is None:
        raise ApiError(400, "Invalid image URL: expected base64 data", code="invalid_image_url")
    if found.group(1) and not found.group(1).startswith("image/"):
        raise ApiError(400, f"Unsupported image type: {found.group(1)}", code="unsupported_image_media_type")
    try:
        return base64.b64decode(found.group(2), validate=True)
    except binascii.Error as error:
        raise ApiError(400, "Invalid image URL: damaged base64 data", code="invalid_image_url") from error

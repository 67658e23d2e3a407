"""Requests for pictures and films: everything needed to make one again (CONTRACT 5).

Field names are the API's own, except `no_cache` (`no-cache` on the wire) and the `…_media` inputs, which
become URLs or multipart files when the request is sent. `seed` is always concrete: it is part of the
request's identity, and the identical request is what the service joins instead of billing again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from studio.domain.media import MediaInput

ImageRoute = Literal["image", "generations", "edits"]
VideoRoute = Literal["image", "video"]
SEED_MAX = 2_147_483_647


def random_seed() -> int:
    """A seed the service keeps apart from its defaults: 1 to 2^31-1."""
    return random.randint(1, SEED_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture. `None` and empty mean "not sent".

    Args:
        route: `image` = GET /image/{prompt}; `generations` = POST /v1/images/generations; `edits` = POST
            /v1/images/edits.
        width, height: pixels.
        image: references, in order.
        safe: comma list of safety features, or "true" (CONTRACT 4.8).
        reasoning: "true", or fast | balanced | pro.
        extra: further query parameters, sent as they are.
    """

    prompt: str
    model: str
    seed: int
    route: ImageRoute = "image"
    width: int | None = None
    height: int | None = None
    negative_prompt: str = ""
    enhance: bool = False
    safe: str = ""
    quality: str = ""
    transparent: bool = False
    reasoning: str = ""
    guidance_scale: float | None = None
    resolution: str = ""
    aspectRatio: str = ""  # noqa: N815 - the wire's spelling
    image: tuple[MediaInput, ...] = ()
    no_cache: bool = False
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """One film. `None` and empty mean "not sent", but `audio` is always sent (CONTRACT 3).

    Args:
        route: `video` = GET /video/{prompt} with a fall-back to /image on 404; `image` = GET /image/{prompt}.
        duration: seconds.
        image: start frame, then end frame where the model takes one.
    """

    prompt: str
    model: str
    seed: int
    route: VideoRoute = "video"
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    aspectRatio: str = ""  # noqa: N815 - the wire's spelling
    resolution: str = ""
    audio: bool = False
    fps: float | None = None
    negative_prompt: str = ""
    enhance: bool = False
    safe: str = ""
    guidance_scale: float | None = None
    image: tuple[MediaInput, ...] = ()
    reference_images: tuple[MediaInput, ...] = ()
    reference_videos: tuple[MediaInput, ...] = ()
    reference_audios: tuple[MediaInput, ...] = ()
    no_cache: bool = False
    extra: tuple[tuple[str, str], ...] = ()

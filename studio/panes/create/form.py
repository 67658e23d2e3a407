"""What the Create form holds, and the request it makes. Pure values; no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from studio.domain.image import ImageRequest
    from studio.domain.models import ModelInfo

STEP = 16
MIN_SIDE = 64
MAX_SIDE = 4096
BASE_PIXELS = 1024 * 1024
ASPECTS: tuple[str, ...] = ("1:1", "4:3", "3:2", "16:9", "9:16")
QUALITIES: tuple[str, ...] = ("low", "medium", "high", "hd")


class Form(NamedTuple):
    """The form's values. `count` results are made, with seeds that follow each other."""

    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    width: int = 1024
    height: int = 1024
    count: int = 1  # pyright: ignore[reportIncompatibleMethodOverride] - nobody counts in it
    seed: int = 1
    seed_locked: bool = False
    quality: str = ""
    transparent: bool = False
    safe: bool = False

    def request(self, model: ModelInfo | None) -> ImageRequest:
        """The request for the first result; what the model does not take is left out."""
        from studio.domain.image import ImageRequest

        return ImageRequest(
            prompt=self.prompt.strip(),
            model=self.model,
            seed=self.seed,
            width=self.width,
            height=self.height,
            negative_prompt=self.negative_prompt.strip() if takes_negative(model) else "",
            quality=self.quality if takes_quality(model) else "",
            transparent=self.transparent and takes_quality(model),
            safe="nsfw" if self.safe else "",
        )


def _names(model: ModelInfo) -> str:
    return " ".join((model.name, *model.aliases)).lower()


def takes_quality(model: ModelInfo | None) -> bool:
    """Quality and transparency belong to the GPT Image family (CONTRACT 5.1)."""
    return model is not None and ("gptimage" in _names(model) or "gpt-image" in _names(model))


def takes_negative(model: ModelInfo | None) -> bool:
    """Negative prompts are read by Flux and Z-Image (CONTRACT 5.1)."""
    return model is not None and any(word in _names(model) for word in ("flux", "zimage", "z-image"))


def size_of(aspect: str, pixels: int = BASE_PIXELS) -> tuple[int, int]:
    """Width and height of an aspect ratio like "3:2", about `pixels` in all, in steps of 16.

    >>> size_of("1:1")
    (1024, 1024)
    """
    wide, high = (int(part) for part in aspect.split(":"))
    height = round((pixels * high / wide) ** 0.5 / STEP) * STEP
    width = round(height * wide / (high * STEP)) * STEP
    return clamp(width), clamp(height)


def aspect_of(width: int, height: int) -> str:
    """The preset these sides came from, or "" for sides of one's own."""
    for aspect in ASPECTS:
        if size_of(aspect, width * height) == (width, height) or size_of(aspect) == (width, height):
            return aspect
    return ""


def clamp(side: int) -> int:
    """A side the service takes: 64 to 4096 pixels."""
    return min(max(side, MIN_SIDE), MAX_SIDE)

"""Models as lines of the picker: name, price, marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studio.core.i18n import tr
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.models import ModelInfo
from studio.domain.money import pollen_range
from studio.domain.pricing import estimate
from studio.ui.widgets.options import Option


def price_each(model: ModelInfo) -> str:
    """What one picture of 1024 × 1024 costs, or a film of the usual length without sound; "≈" where billing
    is by token, "" if there is no price."""
    if model.makes_videos:
        one = estimate(model, VideoRequest(prompt="", model=model.name, seed=1))
    else:
        one = estimate(model, ImageRequest(prompt="", model=model.name, seed=1, width=1024, height=1024))
    if one.low is None or one.high is None:
        return ""
    price = pollen_range(one.low, one.high)
    return tr("≈ {price} each", price=price) if one.approximate else tr("{price} each", price=price)


def options_of(models: Sequence[ModelInfo], favourites: Sequence[str]) -> list[Option]:
    """The lines of the picker, the favourites first under a heading of their own."""
    starred = [model for model in models if model.name in favourites]
    others = [model for model in models if model.name not in favourites]
    if not starred:
        return [option_of(model) for model in models]
    return [replace(option_of(model), group=tr("Favourites")) for model in starred] + [
        replace(option_of(model), group=tr("All others")) for model in others
    ]


def option_of(model: ModelInfo) -> Option:
    """One line of the picker."""
    notes = _film_marks(model) if model.makes_videos else []
    if model.takes_images and not model.makes_videos:
        notes.append(tr("takes pictures"))
    if model.paid_only:
        notes.append(tr("paid pollen only"))
    if model.community:
        notes.append(tr("run by the community"))
    if model.health.status in ("degraded", "down"):
        notes.append(tr("has trouble now") if model.health.status == "degraded" else tr("down now"))
    return Option(
        value=model.name,
        label=model.title or model.name,
        detail=price_each(model),
        note=" · ".join(([model.publisher] if model.publisher else []) + notes),
        icon="video" if model.makes_videos else "model",
        keywords=" ".join((model.name, *model.aliases, model.publisher, model.description)),
    )


def _film_marks(model: ModelInfo) -> list[str]:
    """What a model for films can do beside making one of words."""
    marks: list[str] = []
    if "end_frame" in model.video_capabilities:
        marks.append(tr("start and end frame"))
    elif "start_frame" in model.video_capabilities:
        marks.append(tr("start frame"))
    if "audio_output" in model.video_capabilities:
        marks.append(tr("sound"))
    return marks

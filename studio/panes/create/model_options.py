"""Models as lines of the picker: name, price, marks."""

from __future__ import annotations

from studio.core.i18n import tr
from studio.domain.image import ImageRequest
from studio.domain.models import ModelInfo
from studio.domain.money import pollen_range
from studio.domain.pricing import estimate
from studio.ui.widgets.options import Option


def price_each(model: ModelInfo) -> str:
    """What one picture of 1024 × 1024 costs, "≈" where billing is by token; "" if there is no price."""
    request = ImageRequest(prompt="", model=model.name, seed=1, width=1024, height=1024)
    one = estimate(model, request)
    if one.low is None or one.high is None:
        return ""
    price = pollen_range(one.low, one.high)
    return tr("≈ {price} each", price=price) if one.approximate else tr("{price} each", price=price)


def option_of(model: ModelInfo) -> Option:
    """One line of the picker."""
    notes: list[str] = []
    if model.takes_images:
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
        icon="model",
        keywords=" ".join((model.name, *model.aliases, model.publisher, model.description)),
    )

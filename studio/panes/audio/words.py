"""Words of the Audio pane: models, voices, prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from studio.core.i18n import tr
from studio.domain.models import ModelInfo
from studio.domain.money import pollen, pollen_range
from studio.domain.pricing import Estimate, estimate
from studio.domain.speech import SpeechRequest
from studio.qt_models.money_words import leaves_words
from studio.services.audio import AudioPlan
from studio.ui.widgets.options import Option

THOUSAND = 1000


def voice_words(voice: str) -> str:
    """A voice's name for people.

    >>> voice_words("nova"), voice_words("de-female_1")
    ('Nova', 'De female 1')
    """
    words = voice.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def takes_instructions(model: ModelInfo | None) -> bool:
    """Whether a model can be told how to speak (CONTRACT 6.1)."""
    if model is None:
        return False
    names = " ".join((model.name, *model.aliases)).lower()
    return "instruct" in names or "instructions" in model.supported_parameters


def model_option(model: ModelInfo, price: str) -> Option:
    """One line of a model picker."""
    notes = [model.publisher] if model.publisher else []
    if model.paid_only:
        notes.append(tr("paid pollen only"))
    if model.health.status in ("degraded", "down"):
        notes.append(tr("has trouble now") if model.health.status == "degraded" else tr("down now"))
    return Option(
        value=model.name, label=model.title or model.name, detail=price, note=" · ".join(notes), icon="model",
        keywords=" ".join((model.name, *model.aliases, model.publisher, model.description)),
    )  # fmt: skip


def speech_price(model: ModelInfo) -> str:
    """What a thousand characters cost, or "" where the catalogue does not say."""
    words = price_words(estimate(model, SpeechRequest(input="a" * THOUSAND, model=model.name)))
    return tr("{price} per 1,000 letters", price=words) if words else ""


def price_words(price: Estimate | None) -> str:
    """An estimate in pollen, or "" where there is none."""
    if price is None or price.low is None or price.high is None:
        return ""
    return f"≈ {pollen_range(price.low, price.high)}"


def note_of(plan: AudioPlan, unit: str) -> str:
    """The price on a button: "· ≈ 0.008 pollen"; without the last word where `unit` is empty."""
    if plan.high is None or plan.low is None:
        return ""
    return f"· ≈ {pollen_range(plan.low, plan.high)} {unit}".rstrip()


def under_button(plan: AudioPlan, unit: str) -> str:
    """The line under a button: what is wrong, or what is left afterwards."""
    if plan.problem:
        return plan.problem
    leaves = leaves_words(plan.quote, unit)
    return tr("{leaves} · Ctrl+Enter", leaves=leaves) if leaves else tr("Ctrl+Enter")


def spent_words(costs: Sequence[Decimal | None]) -> str:
    """What was paid for several results, or "" where nobody knows."""
    known = [cost for cost in costs if cost is not None]
    return pollen(sum(known, Decimal(0))) if known else ""

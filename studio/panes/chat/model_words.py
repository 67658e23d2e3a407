"""What the picker says about a chat model: its price, its context, what it can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from studio.core.i18n import as_number, tr
from studio.domain.models import ModelInfo
from studio.domain.money import pollen

MILLION = 1_000_000
NEW_DAYS = 30


class Mark(NamedTuple):
    """Something a model can do: an icon and its words."""

    icon: str
    words: str


def count_words(tokens: int) -> str:
    """A number of tokens, short.

    >>> count_words(980), count_words(3_100), count_words(200_000), count_words(1_048_576)
    ('980', '3.1k', '200k', '1M')
    """
    if tokens < 1000:
        return str(tokens)
    for size, letter in ((MILLION, "M"), (1000, "k")):
        if tokens >= size:
            amount = tokens / size
            return (
                as_number(f"{amount:.0f}" if amount >= 100 else f"{amount:.1f}".removesuffix(".0")) + letter
            )
    return str(tokens)


def price_words(model: ModelInfo) -> str:
    """The price in words: "0.15 in, 0.94 out per million tokens", "0.002 per answer", "no price"."""
    rates = model.pricing.rates
    asked, answered = rates.get("promptTextTokens"), rates.get("completionTextTokens")
    if asked is None and answered is None:
        flat = sum(rates.values(), Decimal(0))
        return tr("{amount} per answer", amount=pollen(flat)) if flat else tr("no price known")
    if not asked and not answered:
        return tr("free")
    return tr(
        "{asked} in, {answered} out per million tokens",
        asked=_per_million(asked), answered=_per_million(answered),
    )  # fmt: skip


def _per_million(rate: Decimal | None) -> str:
    if not rate:
        return "0"
    amount = rate * MILLION
    # Four figures of a price say more than its thousandths.
    return as_number(f"{amount:.2f}") if amount >= Decimal("0.1") else pollen(amount)


def context_words(model: ModelInfo) -> str:
    """ "200k context", or "" where the catalogue does not say."""
    return tr("{n} context", n=count_words(model.context_length)) if model.context_length else ""


def marks(model: ModelInfo) -> Sequence[Mark]:
    """What it takes and can do beside text."""
    takes, gives = model.input_modalities, model.output_modalities
    return [
        mark
        for mark, holds in (
            (Mark("picture", tr("sees pictures")), "image" in takes),
            (Mark("video", tr("watches video")), "video" in takes),
            (Mark("microphone", tr("hears sound")), "audio" in takes),
            (Mark("speaker", tr("speaks")), "audio" in gives),
            (Mark("tool", tr("uses tools")), model.calls_tools),
            (Mark("brain", tr("reasons")), model.reasons),
            (Mark("globe", tr("searches the web")), "web_search" in model.capabilities),
            (Mark("code", tr("answers as JSON")), model.supports_structured_output),
        )
        if holds
    ]


def health_words(model: ModelInfo) -> str:
    """How well it answers, where that is worth a word."""
    return {"degraded": tr("slow or failing now"), "down": tr("not answering now")}.get(
        model.health.status, ""
    )


def is_new(model: ModelInfo, now: datetime) -> bool:
    """Whether it came into the catalogue lately."""
    return model.added_date is not None and timedelta(0) <= now - model.added_date < timedelta(days=NEW_DAYS)


def is_offered(model: ModelInfo) -> bool:
    """Whether it can be chatted with."""
    return model.is_chat and (
        not model.output_modalities or "text" in model.output_modalities or "audio" in model.output_modalities
    )


def in_order(models: Iterable[ModelInfo], favourites: Sequence[str]) -> list[ModelInfo]:
    """Favourites first, in the order they were chosen; then as the catalogue orders them."""
    offered = [model for model in models if is_offered(model)]
    place = {name: at for at, name in enumerate(favourites)}
    first = sorted((m for m in offered if m.name in place), key=lambda m: place[m.name])
    return first + [model for model in offered if model.name not in place]


def matches(model: ModelInfo, words: Sequence[str]) -> bool:
    """Whether every word (lower case) occurs in its names, its maker, or what it can do."""
    able = " ".join(mark.words for mark in marks(model))
    names = (model.title, model.name, *model.aliases, model.publisher)
    text = " ".join((*names, able, model.description)).lower()
    return all(word in text for word in words)

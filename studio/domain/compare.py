"""What tells a few assets apart: their parameters side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from studio.core.i18n import date_and_time, tr
from studio.domain.asset import Asset
from studio.domain.money import pollen
from studio.domain.parameters import BY_NAME

MOST = 4
"""So many can be looked at beside each other."""
_SHOWN_ALREADY = frozenset({"prompt", "negative_prompt", "model", "seed"})


@dataclass(frozen=True, slots=True)
class Compared:
    """One parameter of all assets, in their order; an empty text where an asset does not have it."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compare(assets: Sequence[Asset]) -> list[Compared]:
    """Every parameter that at least one of the assets has."""
    columns = [parameters(asset) for asset in assets]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = (Compared(name, tuple(column.get(name, "") for column in columns)) for name in names)
    return [row for row in rows if any(row.values)]


def parameters(asset: Asset) -> dict[str, str]:
    """How an asset was made, by name; what the form has no words for keeps the API's name (CONTRACT 5)."""
    made = asset.provenance
    out = {
        tr("Prompt"): asset.prompt,
        tr("Without"): asset.negative_prompt,
        tr("Model"): made.model_title or made.model,
        tr("Seed"): "" if made.seed is None else str(made.seed),
        tr("Size"): f"{asset.width} × {asset.height}" if asset.width and asset.height else "",
    }
    as_asked = (made.request.get("width"), made.request.get("height")) == (asset.width, asset.height)
    for name, value in made.request.items():
        if name in _SHOWN_ALREADY or (as_asked and name in ("width", "height")):
            continue
        known = BY_NAME.get(name)
        words = known.words.get(str(value)) if known is not None else None
        if text := words or _text(value):
            out[known.label if known is not None else name] = text
    if made.cost is not None:
        unit = tr("sandbox pollen") if made.sandbox else tr("pollen")
        out[tr("Cost")] = f"{pollen(made.cost)} {unit}"
    out[tr("Made")] = date_and_time(asset.created_at.astimezone())
    return out


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return ", ".join(f"{key}: {text}" for key, one in pairs if (text := _text(one)))
    if isinstance(value, Sequence):
        return ", ".join(text for one in cast("Sequence[Any]", value) if (text := _text(one)))
    return ""

"""The model catalogue of both eras (CONTRACT 2): what exists, what it is called, who may see it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

from studio.sandbox.errors import ApiError
from studio.sandbox.settings import Era

ENDPOINT_WORDS = {"text": "text", "image": "image", "video": "image", "audio": "audio"}
V1_FIELDS = (
    "input_modalities",
    "output_modalities",
    "supported_endpoints",
    "pricing",
    "capabilities",
    "tools",
    "reasoning",
    "context_length",
    "agent",
    "base_model",
    "per_user_rpm",
)
SEED_CREATED = 1772020000


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue. `entry` is exactly what the wire shows; `listed` is false for models that
    can be called but are not in any list (seed era transcription and music)."""

    entry: Mapping[str, Any]
    category: str
    listed: bool = True

    @property
    def name(self) -> str:
        return str(self.entry["name"])

    @property
    def aliases(self) -> tuple[str, ...]:
        return tuple(self.entry.get("aliases") or ())

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.name, *self.aliases))

    @property
    def paid_only(self) -> bool:
        return bool(self.entry.get("paid_only"))

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(self.entry.get("input_modalities") or ())

    @property
    def outputs(self) -> frozenset[str]:
        return frozenset(self.entry.get("output_modalities") or ())

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset(self.entry.get("capabilities") or ())

    @property
    def video_capabilities(self) -> frozenset[str]:
        return frozenset(self.entry.get("video_capabilities") or ())

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(self.entry.get("voices") or ())

    @property
    def reasons(self) -> bool:
        return bool(self.entry.get("reasoning")) or "reasoning" in self.capabilities

    @property
    def pricing(self) -> dict[str, Decimal]:
        return rates(self.entry["pricing"])

    @property
    def flat_rate(self) -> bool:
        """Priced per picture rather than per token (CONTRACT 2.3)."""
        stated = self.entry.get("flat_rate")
        return bool(stated) if stated is not None else "promptTextTokens" not in self.entry["pricing"]

    @property
    def rpm(self) -> int | None:
        return self.entry.get("per_user_rpm")

    def is_a(self, *words: str) -> bool:
        """Whether one of the words is part of the name or of an alias."""
        return any(word in name for word in words for name in self.names)


def rates(sheet: Mapping[str, Any]) -> dict[str, Decimal]:
    """A price map without its currency, as decimals."""
    return {kind: Decimal(str(price)) for kind, price in sheet.items() if kind != "currency"}


# Callable in the seed era (S1 names them) although no list of that time shows them.
_SEED_UNLISTED: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "audio",
        {
            "name": "whisper-large-v3",
            "aliases": ["whisper-1", "whisper"],
            "pricing": {"promptAudioSeconds": 0.00004, "currency": "pollen"},
            "input_modalities": ["audio"],
            "output_modalities": ["text"],
        },
    ),
    (
        "audio",
        {
            "name": "scribe",
            "aliases": ["scribe-v2"],
            "pricing": {"promptAudioSeconds": 0.0001, "currency": "pollen"},
            "input_modalities": ["audio"],
            "output_modalities": ["text"],
        },
    ),
    (
        "audio",
        {
            "name": "elevenmusic",
            "aliases": ["music"],
            "pricing": {"completionAudioSeconds": 0.005, "currency": "pollen"},
            "input_modalities": ["text"],
            "output_modalities": ["audio"],
        },
    ),
)


def _read(name: str) -> list[dict[str, Any]]:
    return json.loads(files("studio.sandbox").joinpath("data", name).read_text("utf-8"))


def _seed_models() -> Iterable[Model]:
    for kind in ("image", "text", "audio"):
        for entry in _read(f"{kind}_models.seed_era.json"):
            yield Model(entry, "video" if "video" in entry["output_modalities"] else kind)
    for kind, entry in _SEED_UNLISTED:
        yield Model(entry, kind, listed=False)


class Catalogue:
    """All models of one era."""

    def __init__(self, era: Era) -> None:
        self.era = era
        if era == "seed":
            self.models = tuple(_seed_models())
        else:
            self.models = tuple(Model(entry, str(entry["category"])) for entry in _read("models.json"))
        self._by_name: dict[str, Model] = {}
        for model in self.models:
            self._by_name[model.name] = model
        for model in self.models:
            for alias in model.aliases:
                self._by_name.setdefault(alias, model)

    def find(self, name: str) -> Model | None:
        """The model with this name or alias."""
        return self._by_name.get(name)

    def resolve(self, name: str, categories: Collection[str], endpoint: str) -> Model:
        """The model asked for; 400 when there is none or it belongs to another endpoint (CONTRACT 9.2)."""
        model = self._by_name.get(name)
        if model is None:
            raise ApiError(400, f"Invalid model: {name}")
        if model.category not in categories:
            right = ENDPOINT_WORDS.get(model.category, model.category)
            raise ApiError(
                400,
                f'Model "{name}" is a {model.category} model and cannot be used on the {endpoint} endpoint. '
                f"Use the {right} endpoint instead.",
            )
        return model

    def visible(
        self, categories: Collection[str] | None, *, allowed: Collection[str] | None, paid: bool
    ) -> list[Model]:
        """What a caller sees: the key's models only, no paid models without paid pollen (CONTRACT 2)."""
        return [
            model
            for model in self.models
            if model.listed
            and (categories is None or model.category in categories)
            and (allowed is None or not model.names.isdisjoint(allowed))
            and (paid or not model.paid_only)
        ]

    def openai_item(self, model: Model) -> dict[str, Any]:
        """One item of `/v1/models`; `created` is milliseconds now, in the seed era seconds (CONTRACT 2.2)."""
        if self.era == "seed":
            return {"id": model.name, "object": "model", "created": SEED_CREATED}
        entry = model.entry
        optional = {
            name: entry[name]
            for name in V1_FIELDS
            if entry.get(name) is not None and not (name in ("tools", "reasoning") and not entry[name])
        }
        return {"id": model.name, "object": "model", "created": time.time_ns() // 1_000_000, **optional}

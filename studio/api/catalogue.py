"""The model catalogue (CONTRACT 2): every era's entries become `ModelInfo`."""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal
from typing import Any, Literal

from studio.api.errors import ApiBadAnswer, ApiError
from studio.api.transport import Call, Transport
from studio.api.wire import (
    Obj,
    as_list,
    as_object,
    decimal,
    flag,
    integer,
    line,
    maybe_flag,
    moment,
    number,
    objects,
    strings,
    text,
    to_decimal,
)
from studio.core.i18n import tr
from studio.domain.models import (
    Health,
    ModelInfo,
    PendingChange,
    Pricing,
    PricingAdjustment,
    PricingVariant,
)
from studio.domain.service import ServiceHosts

log = logging.getLogger(__name__)

MOST_MODELS = 5000
LONGEST_NAME = 200

CatalogueKind = Literal["image", "text", "audio", "video", "3d", "embeddings", "all"]
_SEED_KINDS: tuple[CatalogueKind, ...] = ("image", "text", "audio")
_CATEGORIES = {"image": "image", "text": "text", "audio": "audio", "video": "video", "3d": "3d"}


class CatalogueApi:
    """Asks for models. With a key the service leaves out what the key may not use."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def models(self, kind: CatalogueKind) -> tuple[ModelInfo, ...]:
        """GET /{kind}/models, or /models for `all`.

        `image` holds videos too. Only image, text and audio exist on every server.

        Raises:
            ApiNotFound: the server does not have this list.
            ApiBadAnswer: the answer is not a list.
        """
        path = "/models" if kind == "all" else f"/{kind}/models"
        answer = await self._transport.json(Call(method="GET", url=self._hosts.gen + path))
        if not (as_list(answer.data) or answer.data == [] or "data" in as_object(answer.data)):
            raise ApiBadAnswer(tr("The list of models cannot be read."), request_id=answer.request_id)
        # In a thread: a long list would hold the window up.
        return await asyncio.to_thread(parse_models, answer.data, _CATEGORIES.get(kind, ""))

    async def all(self) -> tuple[ModelInfo, ...]:
        """Pictures, films, text and sound in one list, each model once, in the service's order.

        A list that cannot be had is left out as long as another one can.

        Raises:
            ApiError: none of the lists can be had.
        """
        lists = await asyncio.gather(*(self._maybe(kind) for kind in _SEED_KINDS))
        found: dict[str, ModelInfo] = {}
        failure: ApiError | None = None
        for models in lists:
            if isinstance(models, ApiError):
                failure = failure or models
                continue
            for model in models:
                found.setdefault(model.name, model)
        if not found and failure is not None:
            raise failure
        return tuple(found.values())

    async def openai_models(self) -> tuple[ModelInfo, ...]:
        """GET /v1/models: the OpenAI-style list. Entries without modalities are text models."""
        answer = await self._transport.json(Call(method="GET", url=f"{self._hosts.gen}/v1/models"))
        return parse_models(answer.data, "text")

    async def _maybe(self, kind: CatalogueKind) -> tuple[ModelInfo, ...] | ApiError:
        try:
            return await self.models(kind)
        except ApiError as error:
            log.info("the list of %s models cannot be had: %s", kind, error)
            return error


# ---------------------------------------------------------------- parsing


def parse_models(data: Any, fallback_category: str = "") -> tuple[ModelInfo, ...]:
    """Entries of any of the lists, bare or under `data`; entries without a usable name are dropped."""
    entries = as_list(data) or as_list(as_object(data).get("data"))
    models = [parse_model(as_object(entry), fallback_category) for entry in entries[:MOST_MODELS]]
    return tuple(model for model in models if _is_name(model.name))


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def parse_model(entry: Obj, fallback_category: str = "") -> ModelInfo:
    """One entry (CONTRACT 2.1, 2.2). Unknown keys are ignored, missing ones keep their defaults."""
    name = text(entry, "name", "id")
    title, description = _title(entry, name)
    outputs = strings(entry, "output_modalities")
    inputs = strings(entry, "input_modalities")
    return ModelInfo(
        name=name,
        aliases=strings(entry, "aliases"),
        title=title,
        description=description,
        category=text(entry, "category") or _category(inputs, outputs, fallback_category),
        publisher=text(entry, "publisher", "brand"),
        brand_icon_url=text(entry, "brand_icon_url"),
        community=flag(entry, "community"),
        agent=flag(entry, "agent"),
        base_model=text(entry, "base_model"),
        per_user_rpm=number(entry, "per_user_rpm"),
        input_modalities=inputs,
        output_modalities=outputs,
        required_safety=strings(entry, "required_safety"),
        supported_endpoints=strings(entry, "supported_endpoints"),
        capabilities=strings(entry, "capabilities"),
        supported_parameters=strings(entry, "supported_parameters"),
        tools=flag(entry, "tools"),
        reasoning=flag(entry, "reasoning"),
        is_specialized=flag(entry, "is_specialized"),
        supports_structured_output=flag(entry, "supports_structured_output"),
        max_completion_tokens=integer(entry, "max_completion_tokens"),
        context_length=integer(entry, "context_length", "context_window"),
        voices=strings(entry, "voices"),
        alpha=flag(entry, "alpha"),
        # /v1/models fills `created` with the server's clock, so only the catalogue's own date counts.
        added_date=moment(entry, "added_date"),
        health=_health(as_object(entry.get("health"))),
        **_prices(entry),
        **_media_limits(entry),
    )


def _title(entry: Obj, name: str) -> tuple[str, str]:
    """Title and description; the seed era wrote "Title - text" into the description."""
    title, description = line(entry, "title"), line(entry, "description", limit=2000)
    if not title and " - " in description:
        title, _, description = description.partition(" - ")
    return title or name.rpartition("/")[2], description


def _category(inputs: tuple[str, ...], outputs: tuple[str, ...], fallback: str) -> str:
    if "video" in outputs:
        return "video"
    if "image" in outputs and "text" not in outputs:
        return "image"
    if "audio" in outputs and "text" not in outputs:
        return "audio"
    if outputs == ("text",) and inputs == ("audio",):
        return "audio"
    return fallback or "text"


def _prices(entry: Obj) -> dict[str, Any]:
    pending = as_object(entry.get("pending_change"))
    return {
        "pricing": _pricing(as_object(entry.get("pricing"))),
        "pricing_variants": tuple(
            PricingVariant(
                name=text(variant, "name"),
                label=text(variant, "label"),
                description=text(variant, "description"),
                pricing=_pricing(as_object(variant.get("pricing"))),
            )
            for variant in objects(entry, "pricing_variants")
        ),
        "pricing_default_label": text(entry, "pricing_default_label"),
        "pricing_adjustments": tuple(_adjustment(item) for item in objects(entry, "pricing_adjustments")),
        "paid_only": flag(entry, "paid_only"),
        "flat_rate": maybe_flag(entry, "flat_rate"),
        "pending_change": PendingChange(
            effective_at=moment(pending, "effective_at"),
            paid_only=maybe_flag(pending, "paid_only"),
            pricing=_pricing(as_object(pending.get("pricing"))),
        )
        if pending
        else None,
    }


def _media_limits(entry: Obj) -> dict[str, Any]:
    durations = (to_decimal(value) for value in as_list(entry.get("allowed_durations")))
    return {
        "resolutions": strings(entry, "resolutions"),
        "video_capabilities": strings(entry, "video_capabilities"),
        "min_duration": number(entry, "min_duration"),
        "max_duration": number(entry, "max_duration"),
        "default_duration": number(entry, "default_duration"),
        "allowed_durations": tuple(float(value) for value in durations if value is not None),
        "duration_step": number(entry, "duration_step"),
        "max_reference_images": integer(entry, "max_reference_images"),
        "max_reference_videos": integer(entry, "max_reference_videos"),
    }


def _pricing(sheet: Obj) -> Pricing:
    rates = {key: to_decimal(value) for key, value in sheet.items() if key != "currency"}
    known = {key: rate for key, rate in rates.items() if rate is not None and rate >= 0}
    return Pricing(rates=known, currency=text(sheet, "currency") or "pollen")


def _adjustment(item: Obj) -> PricingAdjustment:
    option = as_object(item.get("option"))
    return PricingAdjustment(
        name=text(item, "name"),
        label=text(item, "label"),
        kind=text(item, "kind"),
        price=decimal(item, "price") or Decimal(0),
        quantity=decimal(item, "quantity") or Decimal(1),
        unit=text(item, "unit"),
        suffix=text(item, "suffix"),
        option_group=text(option, "group"),
        option_value=text(option, "value"),
        option_label=text(option, "label"),
        option_default=flag(option, "default"),
    )


def _health(data: Obj) -> Health:
    return Health(
        status=text(data, "status") or "unknown",
        success_rate=number(data, "success_rate"),
        requests=integer(data, "requests", "sample_size"),
        stale=flag(data, "stale"),
    )

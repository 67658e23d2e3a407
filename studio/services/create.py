"""From the form to jobs: what it would cost, and writing it down when the button is pressed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.codec import Json, to_json
from studio.domain.image import SEED_MAX, ImageRequest, VideoRequest, random_seed
from studio.domain.job import Job
from studio.domain.models import ModelInfo
from studio.domain.pricing import Estimate, estimate
from studio.services.catalogue import CatalogueService
from studio.services.ordering import WAYS_ON, Order, Ordering, Planned
from studio.services.profile import ProfileService
from studio.services.references import ReferenceService

log = logging.getLogger(__name__)
MAX_BATCH = 64
DEFAULTS_KEY = "create.defaults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Planned):
    """What one press of the button would do.

    Args:
        price: pollen for all requests together; None if the catalogue has no price.
    """

    requests: tuple[ImageRequest | VideoRequest, ...]
    model: ModelInfo | None
    price: Estimate | None = None


class CreateService:
    """Plans and submits pictures and films."""

    def __init__(
        self,
        ordering: Ordering,
        catalogue: CatalogueService,
        profile: ProfileService,
        references: ReferenceService,
    ) -> None:
        self._references = references
        self._ordering = ordering
        self._catalogue = catalogue
        self._profile = profile
        self._defaults: dict[str, Json] = {}

    def plan(self, request: ImageRequest | VideoRequest, count: int, *, prompts: Sequence[str] = ()) -> Plan:
        """What `count` results of `request` would be and cost. The first keeps the seed, the rest follow it,
        so that the same form gives the same pictures again. Pure; call it at every key press.

        Args:
            prompts: variants of the prompt; `count` results are made of each, all with the same seeds, so
                that the words alone make the difference.
        """
        model = self._catalogue.find(request.model)
        variants = [replace(request, prompt=prompt) for prompt in prompts] or [request]
        total = len(variants) * count
        requests = tuple(
            replace(variant, seed=(variant.seed - 1 + index) % SEED_MAX + 1)
            for variant in variants[:MAX_BATCH]
            for index in range(min(count, MAX_BATCH))
        )[:MAX_BATCH]
        plan = Plan(requests=requests, model=model, sandbox=self._ordering.is_sandbox)
        if model is not None and model.pricing:
            price = _sum([estimate(model, variant).times(count) for variant in variants])
            quote = self._ordering.quote(price.high)
            plan = replace(plan, price=price if price.high is not None else None, quote=quote)
        problem, field = self._problem(variants, total, plan)
        return replace(plan, problem=problem, field=field, actions=WAYS_ON.get(field, ()))

    def _problem(
        self, variants: Sequence[ImageRequest | VideoRequest], count: int, plan: Plan
    ) -> tuple[str, str]:
        unready = self._ordering.unready()
        if unready is not None:
            return unready
        if not all(request.prompt.strip().strip("./ \n") for request in variants):
            return tr("Write a prompt first."), "prompt"
        if not all(_is_unicode(request.prompt + request.negative_prompt) for request in variants):
            return tr("The prompt holds a damaged character. Type it again."), "prompt"
        if plan.model is None and not self._catalogue.models:
            return tr("The list of models comes when the service answers."), "model"
        if plan.model is None:
            return tr("Choose a model."), "model"
        if not 1 <= count <= MAX_BATCH:
            return tr("Choose 1 to {most} images.", most=MAX_BATCH), "count"
        return self._ordering.too_dear(plan.quote)

    async def submit(
        self,
        plan: Plan,
        *,
        parents: Sequence[str] = (),
        template: str = "",
        style: str = "",
        batch: str = "",
    ) -> list[Job]:
        """Upload what the requests need at an address, write the jobs of a plan down and start them.

        The addresses are in the journal, so that a repetition is the identical request (CONTRACT 8).

        Args:
            parents: assets it is made from, beside the files of the requests.
            template, style: the prompt as it was written and the text around it, see `Job`.
            batch: what the jobs share; a new id when it is not given.

        Raises:
            InputError: the plan has a problem, a file is gone, or today's budget does not cover it.
            ApiError: a file could not be uploaded; nothing else was sent.
            StorageError: the jobs could not be written down; nothing was sent.
        """
        if plan.problem or plan.model is None:
            raise InputError(plan.problem or "Choose a model.", field=plan.field, actions=plan.actions)
        batch = batch or new_id()
        whole = plan.price.high if plan.price is not None else None
        await self._ordering.check_day(whole or Decimal(0), plan.sandbox)
        prices = [estimate(plan.model, request) if whole is not None else None for request in plan.requests]
        # Without a network, files are uploaded when the job leaves (visual_jobs.py).
        requests = await self._references.prepare(plan.requests, upload=not self._ordering.is_away)
        lineage = tuple(dict.fromkeys((*parents, *_assets_of(plan.requests[0]))))
        orders = [
            Order(
                kind="video" if isinstance(request, VideoRequest) else "image",
                request=to_json(request),
                model=plan.model,
                title=request.prompt,
                price=price,
                template="" if (template, style) == (request.prompt, "") else template,
                style=style,
                batch=batch,
                batch_index=index,
                batch_size=len(requests),
                parents=lineage,
            )
            for index, (request, price) in enumerate(zip(requests, prices, strict=True))
        ]
        await self._profile.remember_prompt(template or plan.requests[0].prompt)
        return await self._ordering.submit(orders, sandbox=plan.sandbox)

    def fresh_seed(self) -> int:
        return random_seed()

    async def open(self) -> None:
        """Read what was kept as the defaults of models."""
        kept = await self._profile.draft(DEFAULTS_KEY)
        found = cast("Json", kept) if isinstance(kept, dict) else {}
        self._defaults = {
            model: {name: value for name, value in cast("Json", values).items() if _is_plain(value)}
            for model, values in found.items()
            if isinstance(values, dict)
        }

    def defaults_of(self, model: str) -> Json:
        """Fields of the form with what the user kept for a model; empty for most."""
        return self._defaults.get(model, {})

    def all_defaults(self) -> dict[str, Json]:
        """What is kept, by model."""
        return dict(self._defaults)

    async def keep_defaults(self, model: str, values: Json) -> None:
        """Keep these as the model's defaults, or forget them when there are none.

        Raises:
            StorageError: they could not be written down.
        """
        kept = {**self._defaults, model: values}
        kept = {name: fields for name, fields in kept.items() if fields}
        await self._profile.set_draft(DEFAULTS_KEY, kept)
        self._defaults = kept

    async def keep_draft(self, text: str) -> None:
        """Remember what stands in the prompt field, so that a crash does not cost it."""
        try:
            await self._profile.set_draft("create.prompt", text)
        except StudioError as error:
            log.warning("the draft could not be kept: %s", error)

    async def keep_parts(self, parts: Json) -> None:
        """Remember what else is in the form and not in the preferences: style, files, negative prompt."""
        try:
            await self._profile.set_draft("create.parts", parts)
        except StudioError as error:
            log.warning("the form could not be kept: %s", error)

    async def parts(self) -> Json:
        """What `keep_parts` kept; empty when there is nothing."""
        kept = await self._profile.draft("create.parts")
        return cast("Json", kept) if isinstance(kept, dict) else {}

    async def draft(self) -> str:
        kept = await self._profile.draft("create.prompt")
        return kept if isinstance(kept, str) else ""


def _sum(prices: Sequence[Estimate]) -> Estimate:
    """The price of all of them; nothing when one has none."""
    if len(prices) == 1 or any(price.low is None or price.high is None for price in prices):
        return prices[0]
    low = sum((price.low or Decimal(0) for price in prices), Decimal(0))
    high = sum((price.high or Decimal(0) for price in prices), Decimal(0))
    return replace(
        prices[0], low=low, high=high, lines=tuple(line for price in prices for line in price.lines)
    )


def _assets_of(request: ImageRequest | VideoRequest) -> tuple[str, ...]:
    """The assets that go into a request, in its order."""
    items = request.image
    if isinstance(request, VideoRequest):
        items += request.reference_images + request.reference_videos + request.reference_audios
    return tuple(item.asset_id for item in items if item.asset_id)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_unicode(text: str) -> bool:
    """False for halves of characters, which a paste from another program may leave."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)

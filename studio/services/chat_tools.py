"""Pictures from chat: `generate_image`, a tool of the program that a model may ask for.

A call becomes one batch of the job queue, so it is journalled before it is sent, asked for again after a
crash and never paid twice. The batch is named after the call (`batch_of`), which is how an asset leads back
to its message (`studio.domain.chat_origin`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from studio.core.errors import InputError
from studio.core.i18n import tr, trn
from studio.core.settings import Settings
from studio.domain.asset import Asset
from studio.domain.chat_origin import batch_name
from studio.domain.conversation import AttachmentPiece, Conversation, Message, ToolCallPiece, ToolState
from studio.domain.image import SEED_MAX, ImageRequest, random_seed
from studio.domain.job import Job, JobState
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.parameters import size_step
from studio.services.catalogue import CatalogueService
from studio.services.chat_attachments import piece_of
from studio.services.create import CreateService, Plan
from studio.services.jobs import JobService
from studio.services.library import LibraryService
from studio.services.profile import ProfileService

GENERATE_IMAGE = "generate_image"
MOST_PICTURES = 4
MODELS_NAMED = 12
SIDES = (64, 2048)
NOT_AVAILABLE = "This tool is not available here."
REFUSED = "The user does not want this."
WENT_ON = "The user went on without it."
SWITCHED_OFF = "The user has switched pictures off in this conversation."


@dataclass(frozen=True, slots=True)
class Order:
    """A call that was understood: what it would make and cost."""

    plan: Plan
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a call. `cost` is pollen; `text` is told to the model."""

    state: ToolState
    text: str
    attachments: tuple[AttachmentPiece, ...] = ()
    cost: Decimal | None = None
    seconds: float | None = field(default=None, compare=False)


def batch_of(message: Message, call: ToolCallPiece) -> str:
    """The name of the call's batch of jobs."""
    calls = [piece.id for piece in message.pieces if isinstance(piece, ToolCallPiece)]
    return batch_name(message.id, calls.index(call.id))


class PictureTool:
    """Understands, prices and carries out calls of `generate_image`."""

    def __init__(
        self,
        create: CreateService,
        jobs: JobService,
        library: LibraryService,
        profile: ProfileService,
        catalogue: CatalogueService,
        settings: Settings,
    ) -> None:
        self._create = create
        self._jobs = jobs
        self._library = library
        self._profile = profile
        self._catalogue = catalogue
        self._settings = settings
        self._cancelled: set[str] = set()

    def schema(self, conversation: Conversation, model: ModelInfo | None) -> tuple[dict[str, Any], ...]:
        """The tool as the API defines it, where the conversation offers it and the model can call tools."""
        if not conversation.parameters.image_tool or model is None or not model.calls_tools:
            return ()
        if self._permission(conversation) == "never":
            return ()
        names = [found.name for found in self._catalogue.models if found.makes_images]
        default = self._default_model()
        names = [default, *(name for name in names if name != default)][:MODELS_NAMED]
        side = {"type": "integer", "minimum": SIDES[0], "maximum": SIDES[1]}
        properties: dict[str, Any] = {
            "prompt": {"type": "string", "description": "What the picture shows, in detail, in English."},
            "model": {"type": "string", "enum": names, "description": f"Left out, it is {default}."},
            "width": {**side, "description": "Pixels; 1024 when left out."},
            "height": {**side, "description": "Pixels; 1024 when left out."},
            "count": {"type": "integer", "minimum": 1, "maximum": MOST_PICTURES},
            "seed": {"type": "integer", "minimum": 1, "maximum": SEED_MAX},
        }
        function = {
            "name": GENERATE_IMAGE,
            "description": "Make pictures for the user, who sees them beside the answer. Each costs money: "
            "call it only when the user asks for a picture.",
            "parameters": {"type": "object", "properties": properties, "required": ["prompt"]},
        }
        return ({"type": "function", "function": function},)

    def _default_model(self) -> str:
        chosen = self._catalogue.find(self._settings.values.create.model)
        if chosen is not None and chosen.makes_images:
            return chosen.name
        for name in ("flux", "zimage"):
            known = self._catalogue.find(name)
            if known is not None and known.makes_images:
                return known.name
        return next((found.name for found in self._catalogue.models if found.makes_images), "flux")

    def _permission(self, conversation: Conversation) -> str:
        return conversation.image_permission or self._settings.values.chat.image_tool

    def look_at(
        self, conversation: Conversation, call: ToolCallPiece, *, may_run: bool = True
    ) -> ToolCallPiece:
        """Where a call that just came stands: asked (its `result` says what it would make and cost),
        running (it is allowed), refused, or failed with the reason."""
        if call.name != GENERATE_IMAGE or not conversation.parameters.image_tool:
            return replace(call, state=ToolState.FAILED, result=NOT_AVAILABLE)
        if self._permission(conversation) == "never":
            return replace(call, state=ToolState.REFUSED, result=SWITCHED_OFF)
        try:
            order = self.order(call)
        except InputError as error:
            return replace(call, state=ToolState.FAILED, result=str(error))
        if may_run and self._permission(conversation) == "always" and not order.plan.ask_first:
            return replace(call, state=ToolState.RUNNING, result="")
        return replace(call, state=ToolState.ASKED, result=order_words(order))

    def order(self, call: ToolCallPiece) -> Order:
        """What the call would make and cost.

        Raises:
            InputError: the arguments cannot be used, or it cannot be made now; the words are for the model as
                well as for the user.
        """
        arguments = _arguments(call.arguments)
        prompt = arguments.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise InputError("The arguments hold no prompt.")
        model = arguments.get("model") or self._default_model()
        found = self._catalogue.find(str(model))
        if found is None or not found.makes_images:
            raise InputError(f"There is no picture model called {str(model)[:60]}.")
        # A model that writes does not know what a model that draws takes: some want sides of whole steps.
        step = size_step(found)
        width, height = (
            (_whole(arguments, side, SIDES) or 1024) // step * step for side in ("width", "height")
        )
        request = ImageRequest(
            prompt=prompt.strip(),
            model=found.name,
            seed=_whole(arguments, "seed", (1, SEED_MAX)) or random_seed(),
            width=width,
            height=height,
        )
        plan = self._create.plan(request, _whole(arguments, "count", (1, MOST_PICTURES)) or 1)
        if plan.problem:
            raise InputError(plan.problem)
        return Order(plan, request.prompt)

    async def carry_out(self, message: Message, call: ToolCallPiece) -> Outcome:
        """Make the pictures and wait for them. Called again after a crash, it goes on with what was ordered.

        Raises:
            StorageError: the jobs could not be written down; nothing was sent.
        """
        batch = batch_of(message, call)
        jobs = await self._profile.of_batch(batch)
        if not jobs:
            try:
                order = self.order(call)
                # Concrete from here on: it is in the journal, and a restart asks for the same again.
                jobs = await self._create.submit(order.plan, batch=batch, template=order.prompt)
            except InputError as error:
                return Outcome(state=ToolState.FAILED, text=str(error))
        if batch in self._cancelled:
            # Stop was pressed before there was anything to cancel.
            self._cancelled.discard(batch)
            await self._jobs.cancel([job.id for job in jobs])
        return await self._outcome(await self._finished(jobs))

    async def cancel(self, message: Message, call: ToolCallPiece) -> None:
        """Stop waiting for the pictures of a call; what is not ordered yet is not made."""
        batch = batch_of(message, call)
        jobs = await self._profile.of_batch(batch)
        if not jobs:
            self._cancelled.add(batch)
        await self._jobs.cancel([job.id for job in jobs])

    async def _finished(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs in their final state; one that is paused is waited for."""
        current = {job.id: self._jobs.get(job.id) or job for job in jobs}
        done = asyncio.Event()

        def look(job: Job) -> None:
            if job.id in current:
                current[job.id] = job
                if all(known.state.is_final for known in current.values()):
                    done.set()

        connection = self._jobs.changed.connect(look)
        try:
            for job in tuple(current.values()):
                look(self._jobs.get(job.id) or job)
            await done.wait()
        finally:
            connection.disconnect()
        return list(current.values())

    async def _outcome(self, jobs: Sequence[Job]) -> Outcome:
        made: list[Asset] = []
        for job in jobs:
            asset = await self._library.asset(job.asset_id) if job.state is JobState.DONE else None
            if asset is not None:
                made.append(asset)
        costs = [job.cost for job in jobs if job.cost is not None]
        cost = sum(costs, Decimal(0)) if costs else None
        if not made:
            reason = next((job.error.title for job in jobs if job.error is not None), "It was cancelled.")
            return Outcome(state=ToolState.FAILED, text=f"No picture was made. {reason}", cost=cost)
        facts = [
            {"width": asset.width, "height": asset.height, "seed": asset.provenance.seed} for asset in made
        ]
        missing = len(jobs) - len(made)
        told = {"pictures": facts, "shown_to_user": True} | ({"failed": missing} if missing else {})
        return Outcome(
            state=ToolState.DONE,
            text=json.dumps(told),
            attachments=tuple(piece_of(asset, source="tool") for asset in made),
            cost=cost,
        )


def order_words(order: Order) -> str:
    """What a call would make and cost, for the user who is asked."""
    request = order.plan.requests[0]
    model = order.plan.model
    count = len(order.plan.requests)
    what = trn("1 picture", "{n} pictures", count)
    title = (model.title or model.name) if model is not None else request.model
    price = order.plan.price
    cost = (
        tr("about {amount} pollen", amount=pollen(price.high))
        if price is not None and price.high is not None
        else tr("price unknown")
    )
    return tr(
        "{pictures} with {model}, {width} × {height}, {cost}.",
        pictures=what, model=title, width=request.width, height=request.height, cost=cost,
    )  # fmt: skip


def _arguments(text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InputError("The arguments are not valid JSON.") from error
    if not isinstance(found, dict):
        raise InputError("The arguments are not a JSON object.")
    return cast("dict[str, Any]", found)


def _whole(arguments: dict[str, Any], name: str, limits: tuple[int, int]) -> int | None:
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not limits[0] <= value <= limits[1]:
        raise InputError(f"{name} must be a whole number from {limits[0]} to {limits[1]}.")
    return value

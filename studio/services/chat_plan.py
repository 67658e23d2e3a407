"""What Send would do and cost. Pure but for what it reads of the services; called at every key press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from studio.api.errors import CHOOSE_MODEL
from studio.core.errors import Action
from studio.core.i18n import tr
from studio.core.settings import Settings
from studio.domain.chat import ChatRequest
from studio.domain.conversation import ChatDraft, Conversation, Message, TextPiece
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.pricing import Estimate, Known, estimate
from studio.services.account import AccountService
from studio.services.catalogue import CatalogueService
from studio.services.chat_attachments import by_link, placeholder, refusal
from studio.services.chat_context import (
    TOKENS_PER_MESSAGE,
    TOOL_TOKENS,
    PathWeights,
    Ratios,
    Selection,
    Weight,
    attachment_tokens,
    text_weight,
)
from studio.services.chat_request import chat_request, preview
from studio.services.chat_words import ChatPlan
from studio.services.ordering import WAYS_ON, amount_of
from studio.services.session import Session

ROOM_FOR_ANSWER = 4096
"""Tokens that are left free for the answer when nobody says how long it may be."""
PATHS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """How a request lies in the model's context. `selection` is what goes along of the path, `weight` of
    everything that is sent, `limit` the tokens earlier messages may fill."""

    selection: Selection
    weight: Weight
    tokens: int
    draft_tokens: int
    context_length: int | None
    limit: int | None


class Planner:
    """Weighs and prices requests.

    Args:
        tools: the program's own tools for a conversation, as the API defines them.
    """

    def __init__(
        self,
        session: Session,
        account: AccountService,
        catalogue: CatalogueService,
        settings: Settings,
        tools: Callable[[Conversation, ModelInfo | None], Sequence[dict[str, Any]]],
    ) -> None:
        self.ratios = Ratios()
        self._session = session
        self._account = account
        self._catalogue = catalogue
        self._settings = settings
        self._tools = tools
        self._paths: dict[str, PathWeights] = {}

    def plan(
        self, conversation: Conversation, path: Sequence[Message], draft: ChatDraft, *, busy: bool = False
    ) -> ChatPlan:
        """What Send would do with `draft` after `path`."""
        model = self._catalogue.find(conversation.model)
        measure = self.measure(conversation, path, draft, model)
        price = self.price(conversation, model, measure.tokens)
        plan = self._priced(
            ChatPlan(
                model=model, tokens=measure.tokens, draft_tokens=measure.draft_tokens,
                context_length=measure.context_length, limit=measure.limit, kept=measure.selection.kept,
                dropped=measure.selection.dropped, public=_public(conversation, path, draft, model, measure),
                sandbox=self._session.state.is_sandbox,
                body=lambda: self._preview(conversation, path, draft, model, measure),
            ),
            price,
        )  # fmt: skip
        problem, field, actions = self._problem(conversation, draft, plan, measure, busy)
        return replace(plan, problem=problem, field=field, actions=actions or WAYS_ON.get(field, ()))

    def again(self, conversation: Conversation, path: Sequence[Message]) -> ChatPlan:
        """What another answer to `path` would cost, which ends with what is to be answered."""
        model = self._catalogue.find(conversation.model)
        measure = self.measure(conversation, path, ChatDraft(), model)
        plan = self._priced(
            ChatPlan(
                model=model, tokens=measure.tokens, context_length=measure.context_length,
                limit=measure.limit, kept=measure.selection.kept, dropped=measure.selection.dropped,
                sandbox=self._session.state.is_sandbox,
            ),
            self.price(conversation, model, measure.tokens),
        )  # fmt: skip
        problem, field, actions = self.unready(model, busy=False) or self._money_problem(plan)
        return replace(plan, problem=problem, field=field, actions=actions or WAYS_ON.get(field, ()))

    def measure(
        self, conversation: Conversation, path: Sequence[Message], draft: ChatDraft, model: ModelInfo | None
    ) -> Measure:
        """Which messages fit, and how much everything is."""
        ratio = self.ratios.of(conversation.model)
        draft_weight = Weight()
        if draft:
            fixed = TOKENS_PER_MESSAGE + sum(attachment_tokens(piece) for piece in draft.attachments)
            draft_weight = Weight(text_weight(draft.text), fixed)
        around = Weight(text_weight(conversation.system_prompt), TOKENS_PER_MESSAGE)
        if self._tools(conversation, model):
            around += Weight(0, TOOL_TOKENS)
        fixed_tokens = (draft_weight + around).tokens(ratio)
        length = model.context_length if model is not None else None
        limit = self._limit(conversation, model, length, fixed_tokens)
        weights = self._paths.pop(conversation.id, None) or PathWeights()
        self._paths[conversation.id] = weights
        while len(self._paths) > PATHS_KEPT:
            del self._paths[next(iter(self._paths))]
        selection = weights.select(path, limit, ratio, answers_last=not draft)
        weight = selection.weight + draft_weight + around
        return Measure(selection, weight, weight.tokens(ratio), draft_weight.tokens(ratio), length, limit)

    def _limit(
        self, conversation: Conversation, model: ModelInfo | None, length: int | None, fixed: int
    ) -> int | None:
        limits: list[int] = []
        if length:
            most = conversation.parameters.max_tokens or min(
                ROOM_FOR_ANSWER, (model.max_completion_tokens if model else None) or ROOM_FOR_ANSWER
            )
            limits.append(max(length - fixed - min(most, length // 2), 0))
        if conversation.parameters.context_limit is not None:
            limits.append(max(conversation.parameters.context_limit, 0))
        return min(limits, default=None)

    def price(self, conversation: Conversation, model: ModelInfo | None, tokens: int) -> Estimate | None:
        """What an answer to `tokens` of conversation costs; None without a price in the catalogue."""
        if model is None or not model.pricing:
            return None
        parameters = conversation.parameters
        request = ChatRequest(
            messages=(), model=model.name, max_tokens=parameters.max_tokens,
            modalities=("text", "audio") if parameters.spoken and "audio" in model.output_modalities else (),
        )  # fmt: skip
        found = estimate(model, request, Known(prompt_tokens=tokens))
        return found if found.high is not None else None

    def _priced(self, plan: ChatPlan, price: Estimate | None) -> ChatPlan:
        above = self._settings.values.money.confirm_above
        high = price.high if price is not None else None
        return replace(
            plan, price=price, ask_first=above > 0 and high is not None and high > amount_of(above)
        )

    def _problem(
        self, conversation: Conversation, draft: ChatDraft, plan: ChatPlan, measure: Measure, busy: bool
    ) -> tuple[str, str, tuple[Action, ...]]:
        unready = self.unready(plan.model, busy=busy)
        if unready is not None:
            return unready
        if not draft.text.strip() and not draft.attachments:
            return tr("Write a message first."), "message", ()
        if not _is_unicode(draft.text + conversation.system_prompt):
            return tr("The message holds a damaged character. Type it again."), "message", ()
        for piece in draft.attachments:
            if reason := refusal(plan.model, piece):
                return reason, "attachments", (CHOOSE_MODEL,)
        if measure.context_length and measure.tokens >= measure.context_length:
            return tr("This is longer than the model can take."), "message", (CHOOSE_MODEL,)
        return self._money_problem(plan)

    def unready(self, model: ModelInfo | None, *, busy: bool) -> tuple[str, str, tuple[Action, ...]] | None:
        """What keeps any request from being sent, whatever it says: (sentence, field, ways on)."""
        if not self._session.connected or not self._account.state.signed_in:
            if self._session.state.connecting:
                return tr("Connecting."), "", ()
            return tr("Sign in or open the sandbox to chat."), "session", WAYS_ON["session"]
        if busy:
            return tr("Wait for the answer, or stop it first."), "busy", ()
        if model is None:
            if not self._catalogue.models:
                return tr("The list of models comes when the service answers."), "model", ()
            return tr("Choose a model."), "model", (CHOOSE_MODEL,)
        return None

    def _money_problem(self, plan: ChatPlan) -> tuple[str, str, tuple[Action, ...]]:
        if plan.price is None or plan.price.high is None or plan.price.low is None:
            return "", "", ()
        spendable = self._account.state.spendable
        # The high end supposes a long answer, which most are not; the service has the last word.
        if spendable is not None and plan.price.low > spendable:
            return tr("This costs more than you have left."), "balance", ()
        most = self._settings.values.money.batch_budget
        if most > 0 and plan.price.high > amount_of(most):
            return (
                tr("Your budget for one request is {most} pollen.", most=pollen(amount_of(most))),
                "budget",
                (),
            )
        return "", "", ()

    def _preview(
        self,
        conversation: Conversation,
        path: Sequence[Message],
        draft: ChatDraft,
        model: ModelInfo | None,
        measure: Measure,
    ) -> str:
        messages = [message for message in path if message.id in measure.selection.kept]
        if draft:
            messages.append(question_of(draft, conversation.id, ""))
        tools = self._tools(conversation, model)
        linked = by_link(messages, model)
        request = chat_request(
            conversation, messages, model,
            lambda piece: placeholder(piece, linked=piece.asset_id in linked), tools=tools,
        )  # fmt: skip
        return preview(request)


def question_of(draft: ChatDraft, conversation_id: str, message_id: str, parent_id: str = "") -> Message:
    """The draft as a message of the user's."""
    text = draft.text.strip("\n")
    words = (TextPiece(text=text),) if text.strip() else ()
    return Message(
        id=message_id, conversation_id=conversation_id, role="user", created_at=datetime.now(UTC),
        parent_id=parent_id, pieces=(*words, *draft.attachments),
    )  # fmt: skip


def _public(
    conversation: Conversation,
    path: Sequence[Message],
    draft: ChatDraft,
    model: ModelInfo | None,
    measure: Measure,
) -> frozenset[str]:
    """The attachments of the draft that have to be uploaded. Those sent before were told of before."""
    if not draft.attachments:
        return frozenset()
    before = [message for message in path if message.id in measure.selection.kept and message.attachments]
    mine = {piece.asset_id for piece in draft.attachments}
    return by_link([*before, question_of(draft, conversation.id, "")], model) & mine


def _is_unicode(text: str) -> bool:
    """False for halves of characters, which a paste from another program may leave."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)

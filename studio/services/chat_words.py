"""The values that pass between the chat service and whoever shows it, and the store it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from studio.core.errors import Action, StudioError
from studio.domain.chat import BalanceNotice
from studio.domain.conversation import ConversationRow, Message, MessageError, MessageNode
from studio.domain.models import ModelInfo
from studio.domain.pricing import Estimate

PermitChoice = Literal["once", "always", "never", "not now"]


@dataclass(frozen=True, slots=True)
class RowsChanged:
    """Conversations of the list that are new or different, and ids of those that left it."""

    upserted: tuple[ConversationRow, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeOf:
    """A request to top up came instead of an answer (CONTRACT 4.6)."""

    conversation_id: str
    notice: BalanceNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPlan:
    """What Send would do now.

    Args:
        problem: why it cannot be done, in one sentence; empty if it can.
        field: what keeps it from being done: message, model, attachments, session, budget, parameters.
        actions: ways on beside the problem.
        model: None while the catalogue does not know it.
        price: pollen for the next answer; None if the catalogue has no price.
        tokens: of everything that will be sent, the draft and the system prompt included; an estimate.
        draft_tokens: of the draft alone.
        context_length: tokens the model takes; None if unknown. `limit` is what earlier messages may fill.
        kept: ids of the messages that go along; `dropped`: those that fall out because room is short.
        public: ids of the draft's assets that are uploaded when it is sent, because they are too large to go
            along: anybody who knows the address can fetch them for about two weeks.
        ask_first: it costs more than the user wants to spend without a question.
        body: see `preview`.
    """

    problem: str = ""
    field: str = ""
    actions: tuple[Action, ...] = ()
    model: ModelInfo | None = None
    price: Estimate | None = None
    tokens: int = 0
    draft_tokens: int = 0
    context_length: int | None = None
    limit: int | None = None
    kept: frozenset[str] = frozenset()
    dropped: tuple[str, ...] = ()
    public: frozenset[str] = frozenset()
    ask_first: bool = False
    sandbox: bool = False
    body: Preview | None = None

    def preview(self) -> str:
        """The request as JSON, as it would be sent: no key, base64 shortened. Made when it is asked for."""
        return self.body() if self.body is not None else ""


class Preview(Protocol):
    """Makes the text of `ChatPlan.preview`."""

    def __call__(self) -> str: ...


def message_error(error: StudioError, *more: Action) -> MessageError:
    """An error as a message keeps it. `more` are ways on beside the error's own."""
    actions = {(action.id, action.argument): action for action in (*error.actions, *more)}
    return MessageError(
        title=error.title,
        detail=error.detail,
        actions=tuple((action.id, action.label, action.argument) for action in actions.values()),
        kind=type(error).__name__,
    )


def node_of(message: Message) -> MessageNode:
    """The message's place in its tree."""
    return MessageNode(
        message.id,
        message.parent_id,
        message.role,
        message.state,
        len(message.text),
        message.cost,
        message.included,
        message.pinned,
    )


def title_from(text: str) -> str:
    """A conversation's title: the first line that says something, without Markdown's marks, 80 characters."""
    for line in text.splitlines():
        words = " ".join(line.strip().lstrip("#>*-`~ ").split())
        if any(character.isalnum() for character in words):
            return words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
    return ""

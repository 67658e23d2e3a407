"""The values that pass between the chat service and whoever shows it, and the store it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from studio.core.errors import Action, StudioError
from studio.domain.chat import BalanceNotice
from studio.domain.conversation import (
    ChatDraft,
    ChatFolder,
    ChatPreset,
    Conversation,
    ConversationRow,
    JournalPiece,
    Message,
    MessageError,
    MessageHit,
    MessageNode,
)
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
    ask_first: bool = False
    sandbox: bool = False
    body: Preview | None = None

    def preview(self) -> str:
        """The request as JSON, as it would be sent: no key, base64 shortened. Made when it is asked for."""
        return self.body() if self.body is not None else ""


class Preview(Protocol):
    """Makes the text of `ChatPlan.preview`."""

    def __call__(self) -> str: ...


class ChatStorage(Protocol):
    """Where conversations are kept (`studio.services.chat_store.ChatStore`).

    Raises (from every method): StorageError.
    """

    async def rows(self, *, archived: bool = False) -> list[ConversationRow]: ...
    async def row(self, conversation_id: str) -> ConversationRow | None: ...
    async def conversation(self, conversation_id: str) -> Conversation | None: ...
    async def put_conversation(self, conversation: Conversation) -> None: ...
    async def folders(self) -> list[ChatFolder]: ...
    async def put_folder(self, folder: ChatFolder) -> None: ...
    async def remove_folder(self, folder_id: str) -> None: ...
    async def nodes(self, conversation_id: str) -> list[MessageNode]: ...
    async def messages(self, ids: Sequence[str]) -> list[Message]: ...
    async def add(self, messages: Sequence[Message], conversation: Conversation | None = None) -> None: ...
    async def update(self, message: Message) -> None: ...
    async def journal(self, message_id: str, pieces: Sequence[JournalPiece]) -> None: ...
    async def recover(self) -> list[Message]: ...
    async def remove_messages(self, ids: Sequence[str]) -> None: ...
    async def delete(self, conversation_ids: Sequence[str]) -> None: ...
    async def restore(self, conversation_ids: Sequence[str]) -> None: ...
    async def purge(self, conversation_ids: Sequence[str]) -> None: ...
    async def search(self, query: str, limit: int = 50, *, archived: bool = True) -> list[MessageHit]: ...
    async def titles(self, query: str) -> list[ConversationRow]: ...
    async def presets(self) -> list[ChatPreset]: ...
    async def put_preset(self, preset: ChatPreset) -> None: ...
    async def remove_preset(self, preset_id: str) -> None: ...
    async def draft(self, conversation_id: str) -> ChatDraft: ...
    async def keep_draft(self, conversation_id: str, draft: ChatDraft) -> None: ...


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

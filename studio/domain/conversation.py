"""Conversations as they are kept: a tree of messages, each with ordered parts.

A message is one message of the wire (CONTRACT 4): an answer that called a tool, the tool's result, and the
answer after it are three messages in a row, which the window shows as one. Editing a question or asking again
adds a sibling; nothing is overwritten. A conversation remembers which leaf was looked at last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from studio.domain.chat import ChatUsage
from studio.domain.media import MediaKind

MessageRole = Literal["user", "assistant", "tool"]
"""The system prompt belongs to the conversation and is no message."""


class MessageState(StrEnum):
    """How a message ended. Only STREAMING goes on; the others offer to continue or to try again."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    """The user pressed Stop."""
    FAILED = "failed"
    """The service refused or gave up; `Message.error` says why."""
    INTERRUPTED = "interrupted"
    """The connection broke or the program ended before the answer did."""


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    """Markdown."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPiece:
    """What the model thought before it answered, Markdown. `seconds` it took; None while it goes on."""

    text: str
    seconds: float | None = None
    type: Literal["reasoning"] = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentPiece:
    """A file: what the user attached, or what the model or a tool made. It is an asset of the library.

    Args:
        asset_id: of the library; "" only while it is being filed.
        name: file name for display; mime, size (bytes), sha256: of the file as it was attached.
        transcript: what is said in a spoken answer.
        source: user | answer | tool.
    """

    asset_id: str
    kind: MediaKind
    mime: str
    name: str = ""
    size: int = 0
    sha256: str = ""
    transcript: str = ""
    source: Literal["user", "answer", "tool"] = "user"
    type: Literal["attachment"] = "attachment"


class ToolState(StrEnum):
    """Where a tool call stands."""

    ASKED = "asked"
    """The user is asked whether it may run."""
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    """The user said no."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPiece:
    """The model wants a tool called, or the provider ran one of its own.

    Args:
        id: of the call on the wire; arguments: JSON text, which may be broken.
        state, result, seconds: how it went; the result as text, also kept as the `tool` message after it.
    """

    id: str
    name: str
    arguments: str = ""
    state: ToolState = ToolState.DONE
    result: str = ""
    seconds: float | None = None
    type: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPiece:
    """A content block of the wire that is neither text nor picture (code that ran, …), as JSON."""

    block: dict[str, Any]
    type: Literal["block"] = "block"


Piece = TextPiece | ReasoningPiece | AttachmentPiece | ToolCallPiece | BlockPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageError:
    """Why an answer ended early: one sentence, more of it, and ways on as (command, label, argument)."""

    title: str
    detail: str = ""
    actions: tuple[tuple[str, str, str], ...] = ()
    kind: str = ""
    """The class of the error, `ApiPaymentError` for one; or `UNSENT`."""


UNSENT = "unsent"
"""The kind of an error that only says that the question is still to be sent: there was no connection."""


# ---------------------------------------------------------------- messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One node of the tree.

    Args:
        parent_id: "" for a first question.
        pieces: in the order they came.
        model, model_title: what was asked for; `model_used`: what answered.
        citations: addresses; `[1]` in the text is the first.
        usage, cost, cost_source: of an answer; cost in pollen (usage | header | catalogue | estimate).
        estimate: highest price told before it was sent.
        tool_call_id, name: of a tool's result.
        first_token_s, total_s: seconds from sending.
        included: False when the user took it out of what is sent; `pinned` keeps it in when room is short.
        sandbox: pretended money.
    """

    id: str
    conversation_id: str
    role: MessageRole
    created_at: datetime
    parent_id: str = ""
    state: MessageState = MessageState.COMPLETE
    pieces: tuple[Piece, ...] = ()
    model: str = ""
    model_title: str = ""
    model_used: str = ""
    citations: tuple[str, ...] = ()
    finish_reason: str = ""
    usage: ChatUsage | None = None
    estimate: Decimal | None = None
    cost: Decimal | None = None
    cost_source: str = ""
    error: MessageError | None = None
    request_id: str = ""
    tool_call_id: str = ""
    name: str = ""
    finished_at: datetime | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    included: bool = True
    pinned: bool = False
    sandbox: bool = False

    @property
    def text(self) -> str:
        """The words of the message itself: no reasoning, no results of tools."""
        return "\n\n".join(piece.text for piece in self.pieces if isinstance(piece, TextPiece))

    @property
    def attachments(self) -> tuple[AttachmentPiece, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, AttachmentPiece))


@dataclass(frozen=True, slots=True)
class MessageNode:
    """A message's place in its tree, without its contents: all of a conversation's are held in memory."""

    id: str
    parent_id: str
    role: MessageRole
    state: MessageState
    length: int = 0
    """Characters of its text: the first guess at its height and tokens."""
    cost: Decimal | None = None
    included: bool = True
    pinned: bool = False


class MessageTree:
    """The shape of one conversation: who answers whom. Siblings stand in the order they were written."""

    def __init__(self, nodes: Iterable[MessageNode] = ()) -> None:
        self._nodes: dict[str, MessageNode] = {}
        self._children: dict[str, list[str]] = {"": []}
        for node in nodes:
            self.put(node)

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._nodes

    def __getitem__(self, message_id: str) -> MessageNode:
        return self._nodes[message_id]

    def put(self, node: MessageNode) -> None:
        """Add a node under its parent, or replace the one of the same id in its place.

        Raises:
            ValueError: the parent is not in the tree, or the node would move.
        """
        old = self._nodes.get(node.id)
        if old is None:
            if node.parent_id and node.parent_id not in self._nodes:
                raise ValueError(f"message {node.id} answers {node.parent_id}, which is not there")
            self._children[node.parent_id].append(node.id)
            self._children[node.id] = []
        elif old.parent_id != node.parent_id:
            raise ValueError(f"message {node.id} cannot move")
        self._nodes[node.id] = node

    def nodes(self) -> Sequence[MessageNode]:
        """Every node, parents before children."""
        return tuple(self._nodes.values())

    def children(self, message_id: str) -> Sequence[str]:
        """Answers to a message, oldest first; "" asks for the first questions."""
        return tuple(self._children[message_id])

    def siblings(self, message_id: str) -> Sequence[str]:
        """The versions of a message, itself included, oldest first."""
        return self.children(self._nodes[message_id].parent_id)

    def path(self, leaf_id: str) -> list[str]:
        """Message ids from the first question down to `leaf_id`; empty for ""."""
        found: list[str] = []
        at = leaf_id
        while at:
            found.append(at)
            at = self._nodes[at].parent_id
        found.reverse()
        return found

    def leaf_below(self, message_id: str, seen: Mapping[str, str] | None = None) -> str:
        """The end of the branch through `message_id`: the child looked at last (`seen`: parent to child), or
        the newest one."""
        at = message_id
        while children := self._children[at]:
            chosen = (seen or {}).get(at, "")
            at = chosen if chosen in children else children[-1]
        return at


# ---------------------------------------------------------------- conversations


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParameters:
    """What goes along with every request of a conversation (CONTRACT 4.1). None and empty are not sent.

    Args:
        json_schema: for `response_format` json_schema: the object the API takes, schema included.
        response_format: text | json_object | json_schema; "" does not say.
        built_in_tools: types the provider runs itself (google_search, …).
        image_tool: whether the model may ask for pictures.
        spoken: ask for a spoken answer in `voice` and `audio_format`.
        context_limit: most tokens of earlier messages to send; None: as much as the model takes.
        extra: further fields of the body, sent as they are.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    response_format: Literal["", "text", "json_object", "json_schema"] = ""
    json_schema: dict[str, Any] | None = None
    built_in_tools: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: str = ""
    parallel_tool_calls: bool | None = None
    image_tool: bool = False
    reasoning_effort: str = ""
    thinking_budget: int | None = None
    spoken: bool = False
    voice: str = ""
    audio_format: str = ""
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str = ""
    safe: str = ""
    search_context_size: str = ""
    context_limit: int | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation without its messages.

    Args:
        title: from the first line of the first question, unless `titled` by the user.
        leaf_id: end of the branch that is shown; `seen`: parent to child, for branches left earlier.
        temporary: kept in memory alone.
        unread: an answer ended while nobody looked.
        forked_from: (conversation id, message id) it was copied from.
        image_permission: "" asks each time, always and never do not.
        deleted_at: set while it can be brought back.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    title: str = ""
    titled: bool = False
    folder_id: str = ""
    pinned: bool = False
    archived: bool = False
    temporary: bool = False
    unread: bool = False
    model: str = ""
    system_prompt: str = ""
    parameters: ChatParameters = ChatParameters()
    leaf_id: str = ""
    seen: dict[str, str] = field(default_factory=dict[str, str])
    forked_from: tuple[str, str] | None = None
    image_permission: Literal["", "always", "never"] = ""
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """A conversation as the list shows it.

    Args:
        state: of the newest answer; None before there is one.
        cost: everything it cost so far; `messages` counts all branches.
    """

    id: str
    title: str
    updated_at: datetime
    folder_id: str = ""
    pinned: bool = False
    archived: bool = False
    temporary: bool = False
    unread: bool = False
    model: str = ""
    state: MessageState | None = None
    cost: Decimal | None = None
    messages: int = 0
    has_draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFolder:
    """A folder of conversations; folders may lie in folders."""

    id: str
    name: str
    parent_id: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPreset:
    """A model with a system prompt and parameters, under a name."""

    id: str
    name: str
    model: str = ""
    system_prompt: str = ""
    parameters: ChatParameters = ChatParameters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatDraft:
    """What stands in the composer of a conversation."""

    text: str = ""
    attachments: tuple[AttachmentPiece, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.attachments)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHit:
    """A message found by a search. `snippet` is text around the hit; `marks` are (start, end) within it."""

    conversation_id: str
    message_id: str
    title: str
    role: MessageRole
    created_at: datetime
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    archived: bool = False

"""The branch of a conversation that is shown: its messages, what is known of them, and what comes in now.

A row is a turn as it is drawn: a question, or an answer with all its rounds of tools. The shape of a branch
is always known; the contents are asked for when they come into view, and forgotten when there are too many.
What streams in is only kept here, in the pieces it came in; whoever draws it asks at its own pace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from studio.core.i18n import tr
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Message,
    MessageNode,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)

AnyIndex = QModelIndex | QPersistentModelIndex
KEPT_CHARACTERS = 32 << 20
"""Contents held beyond what is streaming: more than a conversation of 5,000 messages usually has."""
NO_VERSIONS = (1, 1)


class TranscriptRole(IntEnum):
    """What `TranscriptModel.data` answers beside Qt's own roles."""

    TURN = Qt.ItemDataRole.UserRole + 1  # Turn
    ID = Qt.ItemDataRole.UserRole + 2  # of its first message


@dataclass(frozen=True, slots=True)
class Turn:
    """A row: `ids` of its messages. A question is one; an answer may go on after what its tools returned."""

    ids: tuple[str, ...]
    question: bool
    length: int = 0
    """Characters of its messages: the first guess at its height."""

    @property
    def id(self) -> str:
        """The message whose versions the turn is one of."""
        return self.ids[0]

    @property
    def last(self) -> str:
        """The message that the conversation goes on from."""
        return self.ids[-1]


class LiveText:
    """Text that grows, in the chunks it came in."""

    __slots__ = ("_chunks", "_starts", "kind", "length")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.length = 0
        self._chunks: list[str] = []
        self._starts: list[int] = []

    def append(self, text: str) -> None:
        if text:
            self._chunks.append(text)
            self._starts.append(self.length)
            self.length += len(text)

    def text_from(self, offset: int = 0) -> str:
        """Everything from character `offset` on; costs as much as it returns."""
        if offset >= self.length:
            return ""
        at = bisect_right(self._starts, offset) - 1
        return "".join((self._chunks[at][offset - self._starts[at] :], *self._chunks[at + 1 :]))


@dataclass(slots=True)
class LiveMessage:
    """What came of a streaming message beyond what was put: text by piece, and pieces that came whole;
    `waiting` says why nothing comes yet."""

    texts: dict[int, LiveText] = field(default_factory=dict[int, LiveText])
    whole: dict[int, Piece] = field(default_factory=dict[int, Piece])
    waiting: str = ""


def _made(text: LiveText) -> Piece:
    words = text.text_from(0)
    if text.kind == "reasoning":
        return ReasoningPiece(text=words)
    if text.kind == "tool_call":
        return ToolCallPiece(id="", name="", arguments=words, state=ToolState.RUNNING)
    return TextPiece(text=words)


def turns_of(nodes: Sequence[MessageNode]) -> list[Turn]:
    """A path of the tree as rows: everything up to the next question is one answer."""
    turns: list[Turn] = []
    run: list[MessageNode] = []

    def close() -> None:
        if run:
            turns.append(Turn(tuple(node.id for node in run), False, sum(node.length for node in run)))
            run.clear()

    for node in nodes:
        if node.role == "user":
            close()
            turns.append(Turn((node.id,), True, node.length))
        else:
            run.append(node)
    close()
    return turns


class TranscriptModel(QAbstractListModel):
    """The rows of one branch.

    Signals:
        needed(list[str]): ids whose contents will be shown; answer with `put`, or `forget` them.
        streamed(str): a message id: more of it is there (no row changed in shape).
    """

    needed = Signal(object)
    streamed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turns: list[Turn] = []
        self._rows: dict[str, int] = {}
        self._nodes: dict[str, MessageNode] = {}
        self._versions: dict[str, tuple[int, int]] = {}
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._characters = 0
        self._live: dict[str, LiveMessage] = {}
        self._asked: set[str] = set()
        self._wanted: dict[str, None] = {}
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.timeout.connect(self._ask)

    # ------------------------------------------------------------------ Qt's questions

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._turns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._turns):
            return None
        turn = self._turns[index.row()]
        if role == TranscriptRole.TURN:
            return turn
        if role == TranscriptRole.ID:
            return turn.id
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.author(index.row())}: {self.text(index.row())}"
        return None

    # ------------------------------------------------------------------ what is shown

    @property
    def turns(self) -> Sequence[Turn]:
        return self._turns

    def row_of(self, message_id: str) -> int:
        """The row a message is in; -1 when it is not on this branch."""
        return self._rows.get(message_id, -1)

    def node(self, message_id: str) -> MessageNode:
        return self._nodes[message_id]

    def version(self, message_id: str) -> tuple[int, int]:
        """Which of how many versions, from 1."""
        return self._versions.get(message_id, NO_VERSIONS)

    def message(self, message_id: str) -> Message | None:
        """The contents as they were put last, or None."""
        found = self._messages.get(message_id)
        if found is not None:
            self._messages.move_to_end(message_id)
        return found

    def live(self, message_id: str) -> LiveMessage | None:
        """What streams into a message, or None when nothing does."""
        return self._live.get(message_id)

    def pieces(self, message_id: str) -> tuple[Piece, ...]:
        """The pieces of a message with everything that came in since it was put."""
        message = self.message(message_id)
        known = message.pieces if message is not None else ()
        live = self._live.get(message_id)
        if live is None:
            return known
        pieces: dict[int, Piece] = {**dict(enumerate(known)), **live.whole}
        for at, text in live.texts.items():
            old = pieces.get(at)
            if old is None or text.length > len(getattr(old, "text", "")):
                made = _made(text)
                if isinstance(old, ToolCallPiece) and isinstance(made, ToolCallPiece):
                    made = (
                        old if len(old.arguments) >= text.length else replace(old, arguments=made.arguments)
                    )
                pieces[at] = made
        return tuple(pieces[at] for at in sorted(pieces))

    def streamed_length(self, message_id: str, piece_index: int) -> int:
        """Characters of a piece that `stream` was told so far: where the next pull goes on."""
        live = self._live.get(message_id)
        text = live.texts.get(piece_index) if live is not None else None
        return text.length if text is not None else 0

    def state(self, row: int) -> MessageState:
        """How the turn's last message stands."""
        last = self._turns[row].last
        message = self._messages.get(last)
        return message.state if message is not None else self._nodes[last].state

    def is_loaded(self, row: int) -> bool:
        """Whether the contents of the whole turn are here."""
        return all(i in self._messages or i in self._live for i in self._turns[row].ids)

    def text(self, row: int) -> str:
        """The words of a turn: Markdown, without reasoning and results. "" while they are not here."""
        parts = [
            piece.text
            for message_id in self._turns[row].ids
            if self._nodes[message_id].role != "tool"
            for piece in self.pieces(message_id)
            if isinstance(piece, TextPiece)
        ]
        return "\n\n".join(parts)

    def author(self, row: int) -> str:
        """Who speaks: "You", or the model by its title."""
        turn = self._turns[row]
        if turn.question:
            return tr("You")
        for message_id in turn.ids:
            message = self._messages.get(message_id)
            if message is not None and (message.model_title or message.model):
                return message.model_title or message.model
        return tr("Answer")

    # ------------------------------------------------------------------ changes

    def reset(self, nodes: Sequence[MessageNode], versions: Mapping[str, tuple[int, int]]) -> None:
        """Show the branch `nodes`, first question first. Rows it shares with the one before stay.

        Args:
            versions: of messages that have several: (which, of how many), from 1.
        """
        turns = turns_of(nodes)
        keep = 0
        while keep < min(len(turns), len(self._turns)) and turns[keep].ids == self._turns[keep].ids:
            keep += 1
        fresh = {node.id: node for node in nodes}
        old_nodes, old_versions = self._nodes, self._versions
        touched = [
            row
            for row, turn in enumerate(turns[:keep])
            for i in turn.ids
            if fresh[i] != old_nodes.get(i) or versions.get(i) != old_versions.get(i)
        ]
        if keep < len(self._turns):
            self.beginRemoveRows(QModelIndex(), keep, len(self._turns) - 1)
            self._take(turns[:keep], fresh, versions)
            self.endRemoveRows()
        if keep < len(turns):
            self.beginInsertRows(QModelIndex(), keep, len(turns) - 1)
            self._take(turns, fresh, versions)
            self.endInsertRows()
        else:
            self._take(turns, fresh, versions)
        self._asked.intersection_update(fresh)
        for row in dict.fromkeys(touched):
            self._tell(row)

    def _take(
        self, turns: list[Turn], nodes: dict[str, MessageNode], versions: Mapping[str, tuple[int, int]]
    ) -> None:
        self._turns = list(turns)
        self._rows = {message_id: row for row, turn in enumerate(turns) for message_id in turn.ids}
        self._nodes = nodes
        self._versions = {i: pair for i, pair in versions.items() if i in nodes}

    def put(self, messages: Iterable[Message]) -> None:
        """Take the contents of messages, on this branch or not. One that no longer streams is final."""
        rows: dict[int, None] = {}
        for message in messages:
            self._characters += _size(message) - _size(self._messages.pop(message.id, None))
            self._messages[message.id] = message
            self._asked.discard(message.id)
            if message.state is not MessageState.STREAMING:
                self._live.pop(message.id, None)
            row = self._rows.get(message.id, -1)
            if row >= 0:
                rows[row] = None
        self._forget_old()
        for row in rows:
            self._tell(row)

    def stream(self, message_id: str, piece_index: int, kind: str, text: str) -> None:
        """More of a streaming message; `kind` is text, reasoning or tool_call (its arguments)."""
        live = self._live.setdefault(message_id, LiveMessage())
        piece = live.texts.get(piece_index)
        if piece is None:
            piece = live.texts[piece_index] = LiveText(kind)
        piece.append(text)
        self.streamed.emit(message_id)

    def stream_piece(
        self, message_id: str, piece_index: int, piece: AttachmentPiece | BlockPiece | ToolCallPiece
    ) -> None:
        """A piece of a streaming message that comes whole, or a newer state of it."""
        self._live.setdefault(message_id, LiveMessage()).whole[piece_index] = piece
        self.streamed.emit(message_id)

    def stream_waiting(self, message_id: str, words: str) -> None:
        """Why nothing of a streaming message comes yet, in one sentence; "" when there is nothing to say."""
        live = self._live.get(message_id)
        if words == (live.waiting if live is not None else ""):
            return
        self._live.setdefault(message_id, LiveMessage()).waiting = words
        self.streamed.emit(message_id)

    def want(self, message_ids: Iterable[str]) -> None:
        """Ask for contents that are not here; gathered into one `needed`."""
        for message_id in message_ids:
            if message_id in self._messages or message_id in self._asked or message_id in self._live:
                continue
            self._wanted[message_id] = None
        if self._wanted and not self._ask_soon.isActive():
            self._ask_soon.start(0)

    def forget(self, message_ids: Iterable[str]) -> None:
        """Contents that could not be had: they are asked for again when they come into view."""
        self._asked.difference_update(message_ids)

    def _ask(self) -> None:
        wanted = [i for i in self._wanted if i in self._nodes and i not in self._messages]
        self._wanted.clear()
        self._asked.update(wanted)
        if wanted:
            self.needed.emit(wanted)

    def _tell(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _forget_old(self) -> None:
        """Let go of the contents looked at longest ago."""
        for message_id in list(self._messages):
            if self._characters <= KEPT_CHARACTERS or len(self._messages) == 1:
                return
            if message_id not in self._live:
                self._characters -= _size(self._messages.pop(message_id))


def _size(message: Message | None) -> int:
    if message is None:
        return 0
    return sum(
        len(getattr(piece, "text", "")) + len(getattr(piece, "result", "")) for piece in message.pieces
    )

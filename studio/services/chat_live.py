"""An answer while it comes: pieces of text that grow, read by whoever draws them, in their own time.

Nothing is told per token. `version` grows with every change; a view that polls it sees at once whether there
is something new and takes only the text behind the offset it has drawn.
"""

from __future__ import annotations

import base64
import binascii
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from studio.domain.chat import (
    AudioDelta,
    BalanceNotice,
    ChatAudio,
    ChatEvent,
    ChatUsage,
    Citations,
    ContentBlock,
    Finished,
    Notice,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    UsageEvent,
)
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.journal import JournalPiece, whole_piece
from studio.domain.media import MediaKind
from studio.domain.service import RetryNotice

LiveKind = Literal["text", "reasoning", "tool_call", "attachment", "block"]
Clock = Callable[[], float]
MOST_CALLS = 32
"""Tool calls of one answer; the rest of a model that calls without end is left out."""
MOST_PIECES = 400
"""Stretches of words and of thoughts; later ones go on where the last of their kind ended."""
MOST_COMPARED = 20_000_000
_ID_CHARACTERS = 200


class LivePiece:
    """One piece of an answer that comes.

    `text` are the chunks as they came: words, reasoning, arguments of a tool call, or what is said in a
    spoken answer. `id` and `name` are those of a tool call.
    """

    __slots__ = (
        "_starts", "block", "ended", "id", "kind", "length", "name", "number", "said_id", "started", "text"
    )  # fmt: skip

    def __init__(self, kind: LiveKind, now: float, *, number: int = 0) -> None:
        self.kind: LiveKind = kind
        self.number = number
        self.text: list[str] = []
        self.length = 0
        self.id = ""
        self.said_id = ""
        self.name = ""
        self.block: dict[str, Any] = {}
        self.started = now
        self.ended: float | None = None
        self._starts: list[int] = []

    def add(self, text: str) -> None:
        self._starts.append(self.length)
        self.text.append(text)
        self.length += len(text)

    def text_from(self, offset: int) -> str:
        """The text behind `offset` characters; costs what it gives back, not what came before."""
        if offset >= self.length:
            return ""
        at = max(bisect_right(self._starts, offset) - 1, 0)
        tail = "".join(self.text[at:])
        return tail[offset - self._starts[at] :]

    def piece(self) -> Piece:
        """The piece as it stands now."""
        words = "".join(self.text)
        match self.kind:
            case "text":
                return TextPiece(text=words)
            case "reasoning":
                seconds = None if self.ended is None else round(self.ended - self.started, 1)
                return ReasoningPiece(text=words, seconds=seconds)
            case "tool_call":
                return ToolCallPiece(
                    id=self.id or f"call_{self.number}", name=self.name, arguments=words,
                    state=ToolState.RUNNING,
                )  # fmt: skip
            case "attachment":
                return AttachmentPiece(
                    asset_id="", kind=MediaKind.SPEECH, mime="audio/wav", transcript=words, source="answer"
                )
            case "block":
                return BlockPiece(block=self.block)


@dataclass(slots=True)
class Sound:
    """The spoken part of an answer: base64 in the pieces it came in."""

    id: str = ""
    format: str = ""
    pieces: list[str] = field(default_factory=list[str])

    def data(self) -> bytes:
        """The bytes, b"" when they are not base64. Providers cut either bytes or characters."""
        try:
            return b"".join(base64.b64decode(piece, validate=True) for piece in self.pieces)
        except (binascii.Error, ValueError):
            pass
        try:
            joined = "".join(self.pieces)
            return base64.b64decode(joined + "=" * (-len(joined) % 4), validate=True)
        except (binascii.Error, ValueError):
            return b""


class LiveAnswer:
    """Takes the events of a stream; how they were cut makes no difference to what comes of them.

    Args:
        message_id: of the answer.
        lead: text the answer begins with, when an earlier one is continued.
    """

    def __init__(self, message_id: str, *, lead: Sequence[Piece] = (), clock: Clock = time.monotonic) -> None:
        self.message_id = message_id
        self.version = 0
        self.pieces: list[LivePiece] = []
        self.lead = tuple(lead)
        self.usage: ChatUsage | None = None
        self.citations: tuple[str, ...] = ()
        self.finish_reason = ""
        self.notice: BalanceNotice | None = None
        self.sound: Sound | None = None
        self.head = Started()
        self.model = ""
        self.first_token_at: float | None = None
        self.started_at = clock()
        self.left_out = 0
        """Tool calls and blocks that were too many."""
        self.waiting_for = ""
        """Why the request has not gone out yet or goes out again, in one sentence; "" once text comes."""
        self._retry: tuple[RetryNotice, float] | None = None
        self._clock = clock
        self._calls: dict[int, LivePiece] = {}
        self._call_count = 0
        self._compared = 0
        self._journalled: list[int] = []

    # ------------------------------------------------------------ waiting

    def wait(self, notice: RetryNotice) -> None:
        """The request goes out again after a while."""
        self._retry = notice, self._clock()
        self.waiting_for = notice.reason
        self.version += 1

    @property
    def retry(self) -> RetryNotice | None:
        """When the request goes out again, `delay` counted from now; None when it does not wait for that."""
        if self._retry is None or not self.waiting_for:
            return None
        notice, since = self._retry
        return replace(notice, delay=max(0.0, notice.delay - (self._clock() - since)))

    # ------------------------------------------------------------ taking events

    def take(self, events: Sequence[ChatEvent]) -> None:
        """What came next. Text deltas are by far the most, so they are asked for first."""
        if not events:
            return
        now = self._clock()
        for event in events:
            if type(event) is TextDelta:
                self._grow("text", event.text, now)
            elif type(event) is ReasoningDelta:
                self._grow("reasoning", event.text, now)
            else:
                self._take_other(event, now)
        self.version += 1

    def _take_other(self, event: ChatEvent, now: float) -> None:
        match event:
            case Started():
                self.head = event
                self.waiting_for = ""
            case ToolCallDelta():
                self._grow_call(event, now)
            case AudioDelta():
                self._grow_sound(event.audio, now)
            case ContentBlock():
                self._add_block(event.block, now)
            case Citations():
                self.citations = event.urls
            case UsageEvent():
                self.usage = event.usage
            case Notice():
                self.notice = event.notice
            case Finished():
                self.finish_reason, self.model = event.reason, event.model
                self._end_piece(now)
            case _:
                pass

    def _grow(self, kind: LiveKind, text: str, now: float) -> None:
        if not text:
            return
        last = self.pieces[-1] if self.pieces else None
        if (last is None or last.kind != kind) and len(self.pieces) >= MOST_PIECES:
            last = next((piece for piece in reversed(self.pieces) if piece.kind == kind), None)
        if last is None or last.kind != kind:
            last = self._open(kind, now)
        last.add(text)

    def _open(self, kind: LiveKind, now: float, number: int = 0) -> LivePiece:
        self._end_piece(now)
        if self.first_token_at is None:
            self.first_token_at = now
        piece = LivePiece(kind, now, number=number)
        self.pieces.append(piece)
        return piece

    def _end_piece(self, now: float) -> None:
        if self.pieces and self.pieces[-1].ended is None:
            self.pieces[-1].ended = now

    def _grow_call(self, delta: ToolCallDelta, now: float) -> None:
        piece = self._calls.get(delta.index)
        if piece is None or _is_another(piece, delta):
            if self._call_count >= MOST_CALLS:
                self.left_out += 1
                return
            piece = self._calls[delta.index] = self._open("tool_call", now, self._call_count)
            self._call_count += 1
        if delta.id and not piece.id:
            piece.id = self._own_id(delta.id[:_ID_CHARACTERS], piece.number)
            piece.said_id = delta.id
        piece.name = piece.name or delta.name[:_ID_CHARACTERS]
        if delta.arguments:
            piece.add(delta.arguments)

    def _own_id(self, wanted: str, number: int) -> str:
        """Results are found by the id of their call, so that no two calls of an answer may share one."""
        taken = any(piece.kind == "tool_call" and piece.id == wanted for piece in self.pieces)
        return f"{wanted}_{number}" if taken else wanted

    def _grow_sound(self, audio: ChatAudio, now: float) -> None:
        if self.sound is None:
            self.sound = Sound()
        self.sound.id = self.sound.id or audio.id
        self.sound.format = self.sound.format or audio.format
        if audio.data:
            self.sound.pieces.append(audio.data)
        if audio.transcript or audio.data:
            piece = next((piece for piece in self.pieces if piece.kind == "attachment"), None)
            piece = piece or self._open("attachment", now)
            if audio.transcript:
                piece.add(audio.transcript)

    def _add_block(self, block: dict[str, Any], now: float) -> None:
        """Text and thinking are words; providers send some twice, as deltas and as a block."""
        for key, kind in (("thinking", "reasoning"), ("text", "text")):
            words = block.get(key)
            if isinstance(words, str) and block.get("type", key) == key:
                if not self._has(kind, words):
                    self._grow(cast(LiveKind, kind), words, now)
                return
        if len(self.pieces) >= MOST_PIECES:
            self.left_out += 1
            return
        self._open("block", now).block = block

    def _has(self, kind: str, words: str) -> bool:
        # Each block would be compared with all that came before it.
        self._compared += self.characters
        if self._compared > MOST_COMPARED:
            return False
        said = (text for piece in self.pieces if piece.kind == kind for text in piece.text)
        return words in "".join(said)

    # ------------------------------------------------------------ what there is

    def contents(self) -> tuple[Piece, ...]:
        """The pieces as they stand now. A text that is continued is one piece with its beginning."""
        pieces = [piece.piece() for piece in self.pieces]
        if not self.lead:
            return tuple(pieces)
        last = self.lead[-1]
        if pieces and isinstance(last, TextPiece) and isinstance(pieces[0], TextPiece):
            return (*self.lead[:-1], TextPiece(text=last.text + pieces[0].text), *pieces[1:])
        return (*self.lead, *pieces)

    @property
    def is_empty(self) -> bool:
        return not self.pieces

    @property
    def characters(self) -> int:
        """How much came, for an estimate of what it costs."""
        return sum(piece.length for piece in self.pieces)

    def unjournalled(self) -> list[JournalPiece]:
        """What came since this was last asked for, laid onto the message as it was when it began."""
        pieces: list[JournalPiece] = []
        first = self._lead_offset()
        for number, piece in enumerate(self.pieces):
            is_new = number >= len(self._journalled)
            if is_new:
                self._journalled.append(0)
            done = self._journalled[number]
            # The id and the name of a tool call may come after the first of its arguments.
            size = piece.length + len(piece.id) + len(piece.name)
            if not is_new and size == done:
                continue
            if piece.kind in ("text", "reasoning"):
                pieces.append(JournalPiece(number + first, piece.kind, piece.text_from(done)))
            else:
                pieces.append(whole_piece(number + first, piece.piece()))
            self._journalled[number] = size
        return pieces

    @property
    def journal_mark(self) -> tuple[int, ...]:
        """How far `unjournalled` has come, for `rewind_journal`."""
        return tuple(self._journalled)

    def rewind_journal(self, mark: tuple[int, ...]) -> None:
        """What was given out since `mark` could not be written: `unjournalled` gives it out again."""
        self._journalled = list(mark)

    def _lead_offset(self) -> int:
        if not self.lead:
            return 0
        joins = self.pieces and self.pieces[0].kind == "text" and isinstance(self.lead[-1], TextPiece)
        return len(self.lead) - (1 if joins else 0)


def _is_another(piece: LivePiece, delta: ToolCallDelta) -> bool:
    """Whether a delta begins another call than the one with its index: some providers leave the index out."""
    return bool(delta.id and delta.name and piece.said_id and delta.id != piece.said_id)

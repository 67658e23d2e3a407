"""Which messages go along with a request, and how many tokens they are. Pure; cheap at every key press.

Tokens are counted by bytes of UTF-8: four to a token until the model's own answers tell better (`Ratios`).
A path is weighed once; after that a key press costs the comparison of its messages and a search in sums.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

from studio.domain.conversation import AttachmentPiece, Message, TextPiece, ToolCallPiece
from studio.domain.media import MediaKind

BYTES_PER_TOKEN = 4.0
TOKENS_PER_MESSAGE = 4
PICTURE_TOKENS = 800
TOOL_TOKENS = 300
_RATIOS = (1.5, 8.0)
# Bytes of a file per token, roughly: speech at 128 kbit/s and 25 tokens a second, films at 2 Mbit/s and 290,
# pages of 60 kB and 1,500, text as it is.
_FILE_BYTES = {
    MediaKind.SPEECH: 640, MediaKind.MUSIC: 640, MediaKind.VIDEO: 860, MediaKind.OTHER: 40, MediaKind.TEXT: 4,
    MediaKind.TRANSCRIPT: 4,
}  # fmt: skip
_WAV_BYTES = 1900


@dataclass(frozen=True, slots=True)
class Weight:
    """What a message weighs: `text` bytes of UTF-8, and `fixed` tokens that are none of text."""

    text: int = 0
    fixed: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.text + other.text, self.fixed + other.fixed)

    def tokens(self, ratio: float) -> int:
        return int(self.text / ratio) + self.fixed


def text_weight(text: str) -> int:
    """Bytes of UTF-8, without making them for plain ASCII."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def attachment_tokens(piece: AttachmentPiece) -> int:
    """A guess at what a file costs to read."""
    if piece.kind is MediaKind.IMAGE:
        return PICTURE_TOKENS
    per_token = _WAV_BYTES if piece.mime.endswith("wav") else _FILE_BYTES.get(piece.kind, 40)
    return piece.size // per_token


def weigh(message: Message) -> Weight:
    """What is sent of a message: its words, files of the user's, tool calls and results; no reasoning."""
    text, fixed = 0, TOKENS_PER_MESSAGE
    for piece in message.pieces:
        if isinstance(piece, TextPiece):
            text += text_weight(piece.text)
        elif isinstance(piece, ToolCallPiece):
            text += text_weight(piece.arguments) + len(piece.name)
        elif isinstance(piece, AttachmentPiece):
            if message.role == "user":
                fixed += attachment_tokens(piece)
            text += text_weight(piece.transcript)
    return Weight(text, fixed)


class Ratios:
    """Bytes per token by model, learned from the usage that answers carry."""

    def __init__(self, known: dict[str, float] | None = None) -> None:
        self.known = dict(known or {})

    @classmethod
    def read(cls, kept: object) -> Ratios:
        """What was kept of `known`; anything else is nothing."""
        found = cast("dict[str, object]", kept) if isinstance(kept, dict) else {}
        return cls({name: float(value) for name, value in found.items() if isinstance(value, int | float)})

    def of(self, model: str) -> float:
        return self.known.get(model, BYTES_PER_TOKEN)

    def learn(self, model: str, weight: Weight, prompt_tokens: int) -> None:
        """Take in what a request of this weight was counted as. Short ones and such with files say little."""
        tokens = prompt_tokens - weight.fixed
        if weight.text < 400 or tokens <= 50 or weight.fixed > prompt_tokens // 3:
            return
        seen = min(max(weight.text / tokens, _RATIOS[0]), _RATIOS[1])
        self.known[model] = round(0.7 * self.of(model) + 0.3 * seen, 3)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with everything that answers it: messages `start` to `end` of the path. Turns fall out
    whole, so a tool call is never parted from its result; `pinned` are those that stay all the same."""

    start: int
    end: int
    weight: Weight
    pinned: Weight


@dataclass(slots=True)
class Selection:
    """What goes along.

    Args:
        kept: ids that go along; `dropped`: ids that fall out because room is short, oldest first.
        weight: of what is kept.
    """

    kept: frozenset[str] = frozenset()
    dropped: tuple[str, ...] = ()
    weight: Weight = field(default_factory=Weight)


class PathWeights:
    """A path, weighed. Asking the same messages again costs next to nothing."""

    def __init__(self) -> None:
        self._path: list[Message] = []
        self._weights: dict[str, tuple[Message, Weight]] = {}
        self._turns: list[Turn] = []
        self._from: list[Weight] = []
        self._pinned_before: list[Weight] = []
        self._selected: dict[int, Selection] = {}

    def select(
        self, path: Sequence[Message], room: int | None, ratio: float, *, answers_last: bool = False
    ) -> Selection:
        """The newest turns that fit into `room` tokens, and the pinned messages of older ones.

        Args:
            answers_last: the last turn is what is to be answered, so it stays in any case.
        """
        self._set_path(path)
        turns = self._turns
        if not turns:
            return Selection()
        cut = 0
        if room is not None:
            cut = bisect_left(
                range(len(turns) - answers_last),
                True,
                key=lambda at: (self._from[at] + self._pinned_before[at]).tokens(ratio) <= room,
            )
        return self._selection(cut)

    def _set_path(self, path: Sequence[Message]) -> None:
        if len(path) == len(self._path) and all(map(operator.is_, path, self._path)):
            return
        same = _same_until(path, self._path)
        self._path = list(path)
        self._selected.clear()
        self._weights = {message.id: (message, self._weigh(message)) for message in path}
        # A turn ends where the next one begins, so the last one of those that are the same may go on now.
        kept = [turn for turn in self._turns if turn.end < same]
        start = kept[-1].end if kept else 0
        self._turns = kept + _turns(path, start, self._weights)
        self._from = [Weight()]
        for turn in reversed(self._turns):
            self._from.append(self._from[-1] + turn.weight)
        self._from.reverse()
        self._pinned_before = [Weight()]
        for turn in self._turns:
            self._pinned_before.append(self._pinned_before[-1] + turn.pinned)

    def _weigh(self, message: Message) -> Weight:
        known = self._weights.get(message.id)
        return known[1] if known is not None and known[0] is message else weigh(message)

    def _selection(self, cut: int) -> Selection:
        if cut not in self._selected:
            kept: set[str] = set()
            dropped: list[str] = []
            for number, turn in enumerate(self._turns):
                inside = self._path[turn.start : turn.end]
                stays = _included(inside) if number >= cut else _pinned(inside)
                kept |= stays
                dropped += [message.id for message in inside if message.included and message.id not in stays]
            weight = self._from[cut] + self._pinned_before[cut]
            self._selected[cut] = Selection(frozenset(kept), tuple(dropped), weight)
        return self._selected[cut]


def _same_until(one: Sequence[Message], other: Sequence[Message]) -> int:
    """The first place where two paths differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a is not b), min(len(one), len(other)))


def _turns(path: Sequence[Message], first: int, weights: dict[str, tuple[Message, Weight]]) -> list[Turn]:
    """The turns from message `first` on, where one begins."""
    starts = [at for at in range(first, len(path)) if at == first or path[at].role == "user"]
    turns: list[Turn] = []
    for start, end in pairwise([*starts, len(path)]):
        inside = path[start:end]
        sums = [
            Weight(sum(w.text for w in chosen), sum(w.fixed for w in chosen))
            for ids in (_included(inside), _pinned(inside))
            for chosen in [[weights[name][1] for name in ids]]
        ]
        turns.append(Turn(start, end, sums[0], sums[1]))
    return turns


def _included(messages: Sequence[Message]) -> set[str]:
    if all(message.included for message in messages):
        return {message.id for message in messages}
    return {message.id for group in _groups(messages) if all(m.included for m in group) for message in group}


def _pinned(messages: Sequence[Message]) -> set[str]:
    if not any(message.pinned for message in messages):
        return set()
    groups = (group for group in _groups(messages) if all(m.included for m in group))
    return {message.id for group in groups if any(m.pinned for m in group) for message in group}


def _groups(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages, an answer that called tools in one group with the results."""
    groups: list[list[Message]] = []
    for message in messages:
        if message.role == "tool" and groups:
            groups[-1].append(message)
        else:
            groups.append([message])
    return groups

"""An answer on its way, as blocks: text is appended as it arrives, blocks are taken as often as they are
drawn.

A block is parsed when its last line is complete and never again. What is shown below the closed blocks, the
tail, is made from a copy of the parser that reads the unfinished line too and closes what is open; the copy
is thrown away. So the same lines reach the same parser however the text was cut, and a whole text
(`markdown_parser.parse`) gives the same blocks as one that came letter by letter.

The cost of an appended character does not grow with the text: a line is cut at `LONG_LINE` characters, an
open paragraph at `LONG_PARAGRAPH`, code is appended to and not read again, a table's rows are parsed once
each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.domain.markdown import Block
from studio.domain.markdown_blocks import BlockParser
from studio.domain.markdown_parser import LineCutter, resolve


@dataclass(frozen=True, slots=True)
class Change:
    """What is new since the last change was taken.

    Attributes:
        settled_from: the first block that may differ; those before it are what they were.
        blocks: all blocks from `settled_from` on. They take the place of what was there.
        stable: how many blocks from the beginning will not change any more, except by `finish`, which may
            turn references into links and footnotes when their definition stood further down.
    """

    settled_from: int
    blocks: Sequence[Block]
    stable: int


class MarkdownStream:
    """Markdown that grows.

    `feed` takes text and parses its complete lines; `changes` makes the tail and says what is different;
    `append` is both. `finish` when no more will come. `text` is everything so far.
    """

    def __init__(self) -> None:
        self._parser = BlockParser()
        self._cutter = LineCutter(self._parser)
        self._fresh = False
        self._chunks: list[str] = []
        self._blocks: list[Block] = []
        self._stable = 0
        self._finished = False

    @property
    def blocks(self) -> Sequence[Block]:
        """All blocks as of the last change taken. The list itself, not a copy: do not keep it."""
        return self._blocks

    @property
    def stable(self) -> int:
        """How many blocks from the beginning are closed."""
        return self._stable

    @property
    def text(self) -> str:
        if len(self._chunks) > 1:
            self._chunks = ["".join(self._chunks)]
        return self._chunks[0] if self._chunks else ""

    def feed(self, text: str) -> None:
        """Take text. What it changes can be asked for later, and less often.

        Raises:
            RuntimeError: the stream is finished.
        """
        if self._finished:
            raise RuntimeError("this text is finished")
        if text:
            self._cutter.feed(text)
            self._chunks.append(text)
            self._fresh = True

    def append(self, text: str) -> Change:
        """Take text and say what it changes."""
        self.feed(text)
        return self.changes()

    def changes(self) -> Change:
        """What is different since the last call."""
        if not self._fresh:
            return Change(len(self._blocks), (), self._stable)
        self._fresh = False
        return self._take(self._tail())

    def finish(self) -> Change:
        """The text ends here: its last line is complete, and references to later definitions are resolved."""
        if self._finished:
            return Change(len(self._blocks), (), self._stable)
        self._fresh = False
        self._cutter.finish()
        self._parser.close()
        self._finished = True
        change = self._take([])
        first = min(resolve(self._blocks, self._parser), change.settled_from)
        return Change(first, self._blocks[first:], self._stable)

    def _tail(self) -> list[Block]:
        fork = self._parser.fork()
        self._cutter.show_rest(fork)
        fork.close(unfinished=True)
        return fork.blocks

    def _take(self, tail: list[Block]) -> Change:
        first = self._stable
        closed = self._parser.blocks
        self._blocks[first:] = closed[first:]
        self._blocks.extend(tail)
        self._stable = len(closed)
        return Change(first, self._blocks[first:], self._stable)

"""Texts on their way to blocks: parsed a slice at a time, so that no text is too long for one frame."""

from __future__ import annotations

from collections import OrderedDict
from time import perf_counter

from studio.domain.markdown import Block
from studio.domain.markdown_stream import Change, MarkdownStream

SLICE = 4096
"""Characters parsed in one go: a few milliseconds at the most."""
KEPT_CHARACTERS = 4 << 20
"""Of texts whose blocks are kept after they scrolled away."""


class Document:
    """One text of a message as blocks; it may still grow.

    `blocks` lags behind the text until `advance` has caught up, and never takes back what `advance` did not
    name.
    """

    def __init__(self, text: str = "", *, ended: bool = False) -> None:
        self.blocks: list[Block] = []
        self._chunks = [text] if text else []
        self.length = len(text)
        self._ended = ended
        self._parsed = 0
        self._finished = False
        self._stream: MarkdownStream | None = None

    @classmethod
    def of_blocks(cls, text: str, blocks: list[Block]) -> Document:
        """A text that was parsed before."""
        made = cls(text, ended=True)
        made.blocks = blocks
        made._parsed, made._finished = len(text), True
        return made

    @property
    def text(self) -> str:
        if len(self._chunks) != 1:
            self._chunks = ["".join(self._chunks)]
        return self._chunks[0]

    @property
    def finished(self) -> bool:
        """Everything is parsed and no more will come."""
        return self._finished

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def waiting(self) -> int:
        """Characters that are not in the blocks yet."""
        return self.length - self._parsed

    @property
    def behind(self) -> bool:
        """Whether `advance` has something to do."""
        return self._parsed < self.length or (self._ended and not self._finished)

    def append(self, text: str) -> None:
        self._chunks.append(text)
        self.length += len(text)

    def end(self) -> None:
        """No more will come."""
        self._ended = True

    def become(self, text: str, *, ended: bool) -> bool:
        """Go on to `text` where it begins with what is here; False where it does not."""
        if len(text) < self.length or (self._ended and len(text) > self.length):
            return False
        if len(text) == self.length and self._ended:
            return text == self.text
        if not text.startswith(self.text):
            return False
        if len(text) > self.length:
            self.append(text[self.length :])
        if ended:
            self.end()
        return True

    def advance(self, seconds: float) -> int | None:
        """Parse for about so long, one slice at least; the first block that is new or changed, or None.

        Blocks before it are the same objects as before.
        """
        if not self.behind:
            return None
        until = perf_counter() + seconds
        first: int | None = None
        stream = self._stream
        if stream is None:
            stream = self._stream = MarkdownStream()
        text = self.text if self.waiting > SLICE else None
        while self._parsed < self.length:
            upto = min(self._parsed + SLICE, self.length)
            piece = text[self._parsed : upto] if text is not None else self._tail()
            self._parsed += len(piece)
            stream.feed(piece)
            # What is unfinished is drawn only where the text stops for now.
            if self._parsed == self.length or perf_counter() >= until:
                first = self._take(stream.changes(), first)
                if perf_counter() >= until:
                    return first
        if self._ended and not self._finished:
            first = self._take(stream.finish(), first)
            self._finished = True
            self._stream = None
        return first

    def _tail(self) -> str:
        """What was not parsed yet, without joining everything."""
        missing = self.waiting
        parts: list[str] = []
        for chunk in reversed(self._chunks):
            if missing <= 0:
                break
            parts.append(chunk[-missing:] if len(chunk) > missing else chunk)
            missing -= len(chunk)
        return "".join(reversed(parts))

    def _take(self, change: Change, first: int | None) -> int | None:
        if not change.blocks and change.settled_from >= len(self.blocks):
            return first
        self.blocks[change.settled_from :] = change.blocks
        return change.settled_from if first is None else min(first, change.settled_from)


class DocumentCache:
    """Parsed texts by content, the ones looked at last."""

    def __init__(self, limit: int = KEPT_CHARACTERS) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, list[Block]] = OrderedDict()
        self._characters = 0

    def open(self, text: str, *, ended: bool) -> Document:
        """The document of a text, parsed already where it was kept."""
        blocks = self._kept.get(text) if ended else None
        if blocks is None:
            return Document(text, ended=ended)
        self._kept.move_to_end(text)
        return Document.of_blocks(text, blocks)

    def keep(self, document: Document) -> None:
        """Keep the blocks of a finished document that is let go."""
        if not document.finished or document.text in self._kept:
            return
        self._kept[document.text] = document.blocks
        self._characters += document.length
        while self._characters > self._limit and len(self._kept) > 1:
            text, _blocks = self._kept.popitem(last=False)
            self._characters -= len(text)

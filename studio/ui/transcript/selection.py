"""What is selected in a transcript: from one place to another, across blocks and messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from studio.ui.transcript.sections import START, Section, Spot, TextSection

if TYPE_CHECKING:
    from studio.ui.transcript.canvas import TranscriptCanvas


class Place(NamedTuple):
    """A caret position: row, section of its item, block of the section, position in the block's text."""

    row: int
    section: int
    block: int
    offset: int

    @property
    def spot(self) -> Spot:
        return self.block, self.offset


LAST = 1 << 30
"""A section or block that is after all others."""


class Selection:
    """From `anchor`, which stays, to `head`, which the pointer or the keys move."""

    def __init__(self, anchor: Place, head: Place | None = None) -> None:
        self.anchor = anchor
        self.head = head or anchor

    @property
    def empty(self) -> bool:
        return self.anchor == self.head

    @property
    def start(self) -> Place:
        return min(self.anchor, self.head)

    @property
    def end(self) -> Place:
        return max(self.anchor, self.head)

    def span(self, row: int, section: int) -> tuple[Spot, Spot] | None:
        """What of a section is selected; the end may be beyond its last block."""
        start, end = self.start, self.end
        here = (row, section)
        if self.empty or here < start[:2] or here > end[:2]:
            return None
        first = start.spot if here == start[:2] else START
        last = end.spot if here == end[:2] else (LAST, 0)
        return first, last


def copied(canvas: TranscriptCanvas, selection: Selection, *, plain: bool) -> str:
    """The selected text, as Markdown or plain. Where several messages are, each is headed by its author."""
    model = canvas.model()
    start, end = selection.start, selection.end
    rows = range(start.row, min(end.row, len(model.turns) - 1) + 1)
    parts: list[str] = []
    for row in rows:
        text = "\n\n".join(part for part in _of_row(canvas, selection, row, plain=plain) if part.strip())
        if not text:
            continue
        if len(rows) > 1:
            author = model.author(row)
            text = f"{author}:\n\n{text}" if plain else f"**{author}:**\n\n{text}"
        parts.append(text)
    return "\n\n".join(parts)


def _of_row(canvas: TranscriptCanvas, selection: Selection, row: int, *, plain: bool) -> Iterator[str]:
    whole = selection.start.row < row < selection.end.row
    item = canvas.item(row) if not whole or plain else None
    if item is None:
        # A message in between is taken as it is, without being laid out.
        yield canvas.model().text(row)
        return
    for at, section in enumerate(item.sections):
        span = selection.span(row, at)
        if span is None or not isinstance(section, TextSection):
            continue
        stop = None if span[1][0] >= section.count else span[1]
        yield section.plain(span[0], stop) if plain else section.markdown(span[0], stop)


def first_text(sections: list[Section], at: int, step: int) -> int:
    """The text section at or beside `at` in a direction; -1 when there is none."""
    while 0 <= at < len(sections):
        section = sections[at]
        if isinstance(section, TextSection) and section.count:
            return at
        at += step
    return -1

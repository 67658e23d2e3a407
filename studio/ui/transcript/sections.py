"""The parts a message is made of, one under another: runs of text blocks, of which only those near the window
are laid out, and single parts (cards, rows of buttons).

Coordinates are the section's own: the view translates. A place in a section is (block, offset).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.domain.markdown import (
    Block,
    CodeBlock,
    Formula,
    Heading,
    HtmlBlock,
    Inline,
    MathBlock,
    NoteRef,
    Paragraph,
    Rule,
    Run,
    Table,
)
from studio.domain.markdown_citations import link_citations
from studio.domain.markdown_text import block_text
from studio.ui.theme import Space
from studio.ui.transcript.box import Box, gap
from studio.ui.transcript.boxes import make_box
from studio.ui.transcript.document import Document
from studio.ui.transcript.heights import HeightIndex
from studio.ui.transcript.look import Look
from studio.ui.transcript.parts import LOCAL, Control, PaintState, Part
from studio.ui.transcript.runs import OBJECT
from studio.ui.transcript.style import TextStyle

Spot = tuple[int, int]
"""Block and caret position in it."""
START: Spot = (0, 0)
Marks = Callable[[Hashable, int, Box], Sequence[tuple[int, int]]]
"""What a search found in a box: section key, block, box."""


@dataclass(slots=True)
class PaintJob:
    """What a section is told when it paints: the window in its own coordinates, and what is marked."""

    clip: QRectF
    state: PaintState
    selection: tuple[Spot, Spot] | None = None
    marks: Marks | None = None
    caret: bool = False
    """The text goes on streaming at its end."""
    cursor: Spot | None = None
    """The keyboard's caret."""


class Section:
    """Common ground. `x` and `y` are set by the item; `gap` is the room it wants above."""

    gap: float = Space.MD

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.x = 0.0
        self.y = 0.0
        self.indent = 0.0
        self.width = 0.0
        self.message_id = ""

    @property
    def height(self) -> float:
        raise NotImplementedError

    @property
    def count(self) -> int:
        """Blocks in it."""
        raise NotImplementedError

    def set_width(self, width: float) -> None:
        raise NotImplementedError

    def block_top(self, block: int) -> float:
        """Where the content of a block begins."""
        return 0.0

    def block_at(self, y: float) -> int:
        return 0

    def box(self, block: int) -> Box | None:
        """The laid-out text of a block; None where there is no text to select."""
        return None

    def lay_out(self, top: float, bottom: float) -> bool:
        """Make and lay out what lies between; whether a height changed."""
        return False

    def release(self, top: float, bottom: float) -> None:
        """Let go of what lies outside."""

    def paint(self, painter: QPainter, job: PaintJob) -> None:
        raise NotImplementedError

    def controls(self, block: int) -> Sequence[Control]:
        """What can be pressed, rectangles in the section's coordinates."""
        return ()

    def control_at(self, x: float, y: float) -> Control | None:
        return None

    def markdown(self, start: Spot, end: Spot | None) -> str:
        """Markdown of a stretch; `end` None means to the end."""
        return ""

    def plain(self, start: Spot, end: Spot | None) -> str:
        """The same as plain text."""
        return ""


class PartSection(Section):
    """One part."""

    def __init__(self, key: Hashable, part: Part) -> None:
        super().__init__(key)
        self.part = part
        self.gap = part.gap

    @property
    def height(self) -> float:
        return self.part.height

    @property
    def count(self) -> int:
        return 1

    def set_width(self, width: float) -> None:
        self.width = width
        self.part.set_width(width)

    def paint(self, painter: QPainter, job: PaintJob) -> None:
        self.part.paint(painter, job.state)

    def controls(self, block: int) -> Sequence[Control]:
        return self.part.controls()

    def control_at(self, x: float, y: float) -> Control | None:
        return self.part.control_at(x, y)


class TextSection(Section):
    """A document's blocks."""

    def __init__(self, key: Hashable, document: Document, look: Look, style: TextStyle) -> None:
        super().__init__(key)
        self._changed_from: int | None = None
        self.document = document
        self._look = look
        self._style = style
        self._boxes: dict[int, Box] = {}
        self._heights = HeightIndex()
        self._laid: set[int] = set()
        self._views: dict[int, object] = {}
        self._citations: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        rest = self.document.waiting
        guess = self._lines(rest) * self._style.text.pitch if rest > 0 else 0.0
        return self._heights.total + guess

    @property
    def count(self) -> int:
        return len(self._heights)

    # ------------------------------------------------------------------ growing

    def advance(self, seconds: float) -> bool:
        """Parse more of the text; whether something changed."""
        first = self.document.advance(seconds)
        if first is None:
            return False
        before = self._changed_from
        self._changed_from = first if before is None else min(first, before)
        self.sync(first)
        return True

    def take_changed(self) -> float | None:
        """From which height on it looks different than when this was asked last; None when it does not. The
        caret stood at most at the end of the block above."""
        first, self._changed_from = self._changed_from, None
        if first is None or not self.count:
            return None
        return max(self.block_top(min(first, self.count - 1)) - 2 * self._look.line, 0.0)

    def sync(self, first: int) -> None:
        """Blocks from `first` on are new or other ones."""
        blocks, known = self.document.blocks, len(self._heights)
        for at in range(first, min(known, len(blocks))):
            box = self._boxes.get(at)
            if box is not None and (box.block is blocks[at] or box.grow(self._shown(at))):
                if at in self._laid:
                    self._heights.set(at, self._gap(at) + box.height)
                continue
            self._boxes.pop(at, None)
            self._laid.discard(at)
            if not (box is not None and at == known - 1):
                self._heights.set(at, self._guess(at))
        if len(blocks) < known:
            self._heights.truncate(len(blocks))
            for at in range(len(blocks), known):
                self._boxes.pop(at, None)
                self._laid.discard(at)
        for at in range(known, len(blocks)):
            self._heights.append(self._guess(at))

    def set_citations(self, urls: tuple[str, ...]) -> None:
        """Where `[1]`, `[2]`, … in the text lead."""
        if urls == self._citations:
            return
        self._citations = urls
        for at in [at for at in self._boxes if self._shown(at) is not self._boxes[at].block]:
            del self._boxes[at]
            self._laid.discard(at)

    def _shown(self, at: int) -> Block:
        return link_citations(self.document.blocks[at], self._citations)

    def set_width(self, width: float) -> None:
        if width == self.width and len(self._heights) == len(self.document.blocks):
            return
        self.width = width
        self._laid.clear()
        self._heights = HeightIndex(self._guess(at) for at in range(len(self.document.blocks)))

    # ------------------------------------------------------------------ places

    def block_top(self, block: int) -> float:
        return self._heights.top(block) + self._gap(block)

    def block_at(self, y: float) -> int:
        return max(self._heights.find(y), 0)

    def box(self, block: int) -> Box | None:
        if not 0 <= block < len(self.document.blocks) or block >= len(self._heights):
            return None
        box = self._boxes.get(block)
        if box is None:
            box = self._boxes[block] = make_box(self._shown(block), self._style)
            if block in self._views:
                box.restore_view(self._views.pop(block))
        if block not in self._laid:
            box.above(self.document.blocks[block - 1] if block else None)
            box.set_width(self.width)
            self._laid.add(block)
            self._heights.set(block, self._gap(block) + box.height)
        return box

    def lay_out(self, top: float, bottom: float) -> bool:
        before = self._heights.total
        if not len(self._heights):
            return False
        at = self.block_at(max(top, 0.0))
        y = self._heights.top(at)
        while at < len(self._heights) and y < bottom:
            self.box(at)
            y += self._heights[at]
            at += 1
        return self._heights.total != before

    def release(self, top: float, bottom: float) -> None:
        if not self._boxes:
            return
        first, last = self.block_at(top), self.block_at(bottom)
        for at in [at for at in self._boxes if not first <= at <= last]:
            view = self._boxes.pop(at).view_state()
            if view is not None:
                self._views[at] = view
            self._laid.discard(at)

    def refresh(self) -> bool:
        """Take up formulas that were drawn; whether something looks different."""
        changed = False
        for at, box in self._boxes.items():
            if box.waiting and box.refresh():
                changed = True
                if at in self._laid:
                    self._heights.set(at, self._gap(at) + box.height)
        return changed

    def press(self, block: int, key: str) -> bool:
        """Press a control that changes the box itself; whether the height may have changed."""
        box = self.box(block)
        if box is None or not box.activate(key):
            return False
        self._heights.set(block, self._gap(block) + box.height)
        return True

    # ------------------------------------------------------------------ painting

    def paint(self, painter: QPainter, job: PaintJob) -> None:
        if not len(self._heights):
            return
        clip = job.clip
        at = self.block_at(max(clip.top(), 0.0))
        y = self._heights.top(at)
        while at < len(self._heights) and y < clip.bottom():
            box = self.box(at)
            if box is not None:
                marks = job.marks(self.key, at, box) if job.marks is not None else ()
                box.paint(painter, 0.0, y + self._gap(at), clip, self._chosen(job, at, box), marks)
            y += self._heights[at]
            at += 1
        if job.caret:
            self._paint_caret(painter, clip)
        if job.cursor is not None:
            self._paint_cursor(painter, job.cursor)
        focus = job.state.focus
        if focus is not None and focus.verb == LOCAL + "box" and focus.argument[0] == self.key:
            now = next((c for c in self.controls(focus.argument[1]) if c == focus), focus)
            self._look.ring(painter, now.rect.adjusted(-Space.HAIR, -Space.HAIR, Space.HAIR, Space.HAIR))

    def _chosen(self, job: PaintJob, at: int, box: Box) -> tuple[int, int] | None:
        if job.selection is None:
            return None
        (first, start), (last, end) = job.selection
        if not first <= at <= last:
            return None
        span = (start if at == first else 0, end if at == last else box.length)
        return span if span[0] < span[1] else None

    def _paint_caret(self, painter: QPainter, clip: QRectF) -> None:
        last = len(self._heights) - 1
        box = self._boxes.get(last)
        if box is None:
            return
        place = box.rect_at(box.length).translated(0, self.block_top(last))
        look = self._look
        high = min(place.height(), look.line * 0.8)
        caret = QRectF(place.right() + 1, place.center().y() - high / 2, look.px(7), high)
        if caret.right() > self.width:
            caret.moveRight(self.width)
        painter.fillRect(caret, look.tokens.accent)

    def _paint_cursor(self, painter: QPainter, cursor: Spot) -> None:
        box = self.box(cursor[0])
        if box is not None:
            place = box.rect_at(cursor[1]).translated(0, self.block_top(cursor[0]))
            line = QRectF(place.left() - 1, place.top(), Space.HAIR, place.height())
            painter.fillRect(line, self._look.tokens.text)

    # ------------------------------------------------------------------ controls

    def controls(self, block: int) -> Sequence[Control]:
        box = self.box(block)
        if box is None:
            return ()
        top = self.block_top(block)
        return tuple(
            Control(name, rect.translated(0, top), LOCAL + "box", (self.key, block, key))
            for key, name, rect in box.controls()
        )

    def control_at(self, x: float, y: float) -> Control | None:
        """The control under a point; links in running text are not among them, see `Box.link_at`."""
        if not len(self._heights):
            return None
        block = self.block_at(y)
        box = self.box(block)
        key = box.control_at(x, y - self.block_top(block)) if box is not None else ""
        if box is None or not key:
            return None
        found = next(
            (c for c in self.controls(block) if c.argument[2] == key and c.rect.contains(x, y)), None
        )
        return found or Control("", QRectF(), LOCAL + "box", (self.key, block, key))

    # ------------------------------------------------------------------ taking away

    def markdown(self, start: Spot, end: Spot | None) -> str:
        source, blocks = self.document.text, self.document.blocks
        if not blocks:
            return source if start == START and end is None else ""
        (first, begin), (last, stop) = start, end or (len(blocks) - 1, -1)
        head, tail = self.box(first), self.box(last)
        if head is None or tail is None:
            return ""
        stop = tail.length if stop < 0 else stop
        if first == last:
            return head.markdown(begin, stop)
        # Between the two ends the source is taken as it stands, with its blank lines and markers.
        parts = [source[_begin_of(source, blocks[first].start) : blocks[first].end]]
        if begin > 0:
            parts = [head.markdown(begin, head.length)]
        middle = blocks[first].end
        if stop >= tail.length:
            parts.append(source[middle : blocks[last].end])
        else:
            parts.append(source[middle : _begin_of(source, blocks[last].start)])
            parts.append(tail.markdown(0, stop) if stop else "")
        return "".join(parts)

    def plain(self, start: Spot, end: Spot | None) -> str:
        last_block = len(self.document.blocks) - 1
        (first, begin), (last, stop) = start, end or (last_block, -1)
        lines: list[str] = []
        for at in range(first, last + 1):
            box = self._boxes.get(at) or make_box(self._shown(at), self._style)
            upto = box.length if at < last or stop < 0 else stop
            text = box.text[begin if at == first else 0 : upto]
            tight = at > first and self._gap(at) <= Space.XS
            lines.append(("\n" if tight else "\n\n") * (at > first) + text)
        return "".join(lines)

    def texts(self) -> Iterator[tuple[int, str]]:
        """The plain text of each block, without laying anything out."""
        for at, block in enumerate(self.document.blocks):
            box = self._boxes.get(at)
            yield at, (box.text if box is not None else make_box(block, self._style).text)

    def spoken(self) -> str:
        """What a screen reader says: the formulas and numbers of notes that are drawn are words here."""
        return "\n".join(
            block_text(self.document.blocks[at]) if OBJECT in text else text for at, text in self.texts()
        )

    # ------------------------------------------------------------------ guesses

    def _gap(self, at: int) -> float:
        blocks = self.document.blocks
        return gap(blocks[at - 1] if at else None, blocks[at], self._style)

    def _lines(self, characters: int) -> int:
        per_line = max(self.width / (self._style.code_advance * 0.82), 8.0)
        return max(1, math.ceil(characters / per_line))

    def _guess(self, at: int) -> float:
        return self._gap(at) + self._guess_height(self.document.blocks[at])

    def _guess_height(self, block: Block) -> float:
        pitch = self._style.text.pitch
        if isinstance(block, CodeBlock):
            return (block.text.count("\n") + 1) * self._style.code.pitch + self._look.px(56)
        if isinstance(block, Table):
            return (len(block.rows) + 1) * self._look.px(37)
        if isinstance(block, Paragraph | Heading):
            return self._lines(sum(map(_size, block.inlines))) * pitch
        if isinstance(block, HtmlBlock):
            return (block.text.count("\n") + 1) * pitch
        if isinstance(block, MathBlock):
            return 2 * pitch
        return float(Space.LG) if isinstance(block, Rule) else pitch


def _size(inline: Inline) -> int:
    if isinstance(inline, Run):
        return len(inline.text)
    if isinstance(inline, Formula):
        return len(inline.source) // 2 + 1
    return 2 if isinstance(inline, NoteRef) else 20


def _begin_of(source: str, start: int) -> int:
    """The beginning of the line that a block's source begins in: its marker belongs to it."""
    return source.rfind("\n", 0, start) + 1

"""Paragraphs and headings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.domain.markdown import Block, Heading, Paragraph, Run
from studio.domain.markdown_source import block_source
from studio.ui.transcript.box import BaseBox, Control
from studio.ui.transcript.flow import Flow
from studio.ui.transcript.runs import build
from studio.ui.transcript.style import TextLook, TextStyle

BULK = 50_000
"""Characters of a paragraph from which on it is shown as plain text of one width, whose lines are arithmetic:
setting it properly would take 20 ms and more at once."""


def is_bulk(block: Paragraph | Heading) -> bool:
    """Whether a block is too long to be set properly."""
    return sum(len(inline.text) for inline in block.inlines if isinstance(inline, Run)) > BULK


class TextBox(BaseBox):
    """A paragraph or a heading."""

    def __init__(self, block: Paragraph | Heading, style: TextStyle) -> None:
        super().__init__(block, style)
        self._block = block
        self._look = text_look(block, style)
        runs = build(block.inlines, self._look, style)
        self._flow = Flow(runs, self._look, style)
        self.waiting = runs.waiting
        self.rtl = self._flow.rtl

    @property
    def text(self) -> str:
        return self._flow.text

    def grow(self, block: Block) -> bool:
        if not isinstance(block, Paragraph | Heading) or type(block) is not type(self.block):
            return False
        if block.within != self.block.within:
            return False
        if text_look(block, self.style) is not self._look or is_bulk(block):
            return False
        runs = build(block.inlines, self._look, self.style)
        if not self._flow.grow(runs):
            return False
        self._shown = self._block = block
        self.waiting = runs.waiting
        self.height = self._flow.height
        return True

    def refresh(self) -> bool:
        if not self.waiting:
            return False
        runs = build(self._block.inlines, self._look, self.style)
        changed = len(runs.atoms) != len(self._flow.runs.atoms)
        self.waiting = runs.waiting
        if changed:
            self._flow = Flow(runs, self._look, self.style)
            if self.width:
                self.set_width(self.width)
        return changed

    def _lay_out(self, width: float) -> float:
        if width != self._flow.width:
            self._flow.lay_out(width)
        return self._flow.height

    def _marker_line(self) -> tuple[float, TextLook]:
        return self._flow.first_baseline(), self._look

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        flow, colors = self._flow, self.style.colors
        for mark in marks:
            flow.paint_range(painter, x, y, clip, mark, colors.mark)
        if selection is not None:
            flow.paint_range(painter, x, y, clip, selection, colors.selection)
        flow.paint(painter, x, y, clip)
        if self._hovered_link:
            flow.underline(painter, x, y, clip, self._hovered_link)

    def position_at(self, x: float, y: float) -> int:
        return self._flow.position_at(x - self._left, y)

    def rect_at(self, position: int) -> QRectF:
        return self._flow.caret(position).translated(self._left, 0)

    def word_at(self, position: int) -> tuple[int, int]:
        return self._flow.runs.word_at(position)

    def markdown(self, start: int, end: int) -> str:
        if start <= 0 and end >= self.length:
            return block_source(self.block)
        return self._flow.runs.markdown(start, end)

    def link_at(self, x: float, y: float) -> str:
        if not self._flow.runs.links:
            return ""
        return self._flow.runs.link_at(self._flow.character_at(x - self._left, y))

    def controls(self) -> list[Control]:
        return link_controls(self._flow, self._left, 0.0)


def text_look(block: Paragraph | Heading, style: TextStyle) -> TextLook:
    """The look of a block where it stands."""
    if isinstance(block, Heading):
        return style.headings[min(max(block.level, 1), 6) - 1]
    kinds = {container.kind for container in block.within}
    if "note" in kinds:
        return style.note
    return style.quote if "quote" in kinds else style.text


def link_controls(flow: Flow, left: float, top: float) -> list[Control]:
    """The links of a flow for the keyboard and screen readers, with their words as names."""
    made: list[Control] = []
    for start, end, link in flow.runs.links:
        rects = flow.rects(start, end)
        name = " ".join(atom.word for atom in flow.runs.atoms if start <= atom.position < end)
        name = name or flow.text[start:end]
        if rects:
            made.append(Control(link, name, rects[0].translated(left, top)))
    return made

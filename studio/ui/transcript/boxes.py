"""Boxes: blocks of Markdown laid out, painted and pointed at.

`make_box` is cheap; the layout happens in `set_width`, and of long code only for what is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.domain.markdown import (
    Block,
    CodeBlock,
    Heading,
    HtmlBlock,
    MathBlock,
    Paragraph,
    Rule,
    Table,
)
from studio.ui.theme import BORDER, Space
from studio.ui.transcript.box import BaseBox, Box, Control
from studio.ui.transcript.code_box import CodeBox, PlainBox
from studio.ui.transcript.math_box import MathBox
from studio.ui.transcript.style import TextStyle
from studio.ui.transcript.table_box import TableBox
from studio.ui.transcript.text_box import TextBox, is_bulk

__all__ = ["Box", "Control", "TextStyle", "make_box"]


class RuleBox(BaseBox):
    """A line across."""

    def _lay_out(self, width: float) -> float:
        return float(Space.LG)

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        line = QRectF(x, y + round(self.height / 2), self.width - self._inset, BORDER)
        painter.fillRect(line, self.style.colors.border_strong)


_BOXES: dict[type, Callable[[Any, TextStyle], Box]] = {
    Paragraph: TextBox,
    Heading: TextBox,
    CodeBlock: CodeBox,
    MathBlock: MathBox,
    Table: TableBox,
    Rule: RuleBox,
    HtmlBlock: PlainBox,
}


def make_box(block: Block, style: TextStyle) -> Box:
    """The box of a block, not laid out yet."""
    if isinstance(block, Paragraph | Heading) and is_bulk(block):
        return PlainBox(block, style)
    return _BOXES[type(block)](block, style)

"""Formulas on lines of their own: drawn, or as their source until then and when that is not possible."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from studio.domain.markdown import Block, MathBlock
from studio.domain.markdown_source import block_source
from studio.ui.theme import BORDER, CODE_SPACING, Size, Space
from studio.ui.transcript.box import BaseBox, Sideways
from studio.ui.transcript.formulas import Drawing
from studio.ui.transcript.mono import MonoText, columns_in, word_at
from studio.ui.transcript.runs import OBJECT
from studio.ui.transcript.style import TextLook, TextStyle, look_of


class MathBox(BaseBox):
    """A formula, one caret position wide when it is drawn."""

    def __init__(self, block: MathBlock, style: TextStyle) -> None:
        super().__init__(block, style)
        self._formula = block
        self._scroll = Sideways()
        look = look_of(style.code.font, style.colors.text2, CODE_SPACING)
        self._mono = MonoText(block.raw, look, style)
        self._drawing = self._find()
        self.waiting = self._pending()

    def _pending(self) -> bool:
        formulas = self.style.formulas
        size = self.style.text.formula_size
        return formulas is not None and formulas.pending(self._formula.source, size, True)

    def _find(self) -> Drawing | None:
        formulas = self.style.formulas
        if formulas is None:
            return None
        return formulas.find(self._formula.source, self.style.text.formula_size, True)

    @property
    def text(self) -> str:
        return OBJECT if self._drawing is not None else self._formula.raw

    def refresh(self) -> bool:
        if not self.waiting:
            return False
        self._drawing = self._find()
        self.waiting = self._pending()
        if self._drawing is None:
            return False
        if self.width:
            self.set_width(self.width)
        return True

    def grow(self, block: Block) -> bool:
        return block == self.block

    # ------------------------------------------------------------ layout

    def _lay_out(self, width: float) -> float:
        if self._drawing is None:
            self._mono.set_wrap(columns_in(width, self.style))
            return self._mono.height
        self._scroll.fit(width, self._drawing.width)
        bar = Space.MD if self._scroll.range else 0
        return self._drawing.ascent + self._drawing.descent + 2 * Space.XS + bar

    def _drawing_left(self, drawing: Drawing) -> float:
        return max((self.width - self._inset - drawing.width) / 2, 0.0) - self._scroll.offset

    def _marker_line(self) -> tuple[float, TextLook]:
        drawing = self._drawing
        return (Space.XS + drawing.ascent if drawing else self.style.code.above), self.style.text

    # ------------------------------------------------------------ painting

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        spans = [(mark, self.style.colors.mark) for mark in marks]
        if selection is not None and selection[0] < selection[1]:
            spans.append((selection, self.style.colors.selection))
        if self._drawing is None:
            for span, color in spans:
                self._mono.paint_range(painter, x, y, clip, span, color)
            self._mono.paint(painter, x, y, clip)
            return
        drawing = self._drawing
        panel = QRectF(x, y, self.width - self._inset, self.height)
        if not panel.intersects(clip):
            return
        left = x + self._drawing_left(drawing)
        painter.save()
        if self._scroll.range:
            painter.setClipRect(panel, Qt.ClipOperation.IntersectClip)
        for _span, color in spans:
            tall = drawing.ascent + drawing.descent + 2 * Space.XS
            painter.fillRect(QRectF(left - Space.XS, y, drawing.width + 2 * Space.XS, tall), color)
        drawing.paint(painter, left, y + Space.XS + drawing.ascent, self.style.text.color)
        painter.restore()
        track = self._track().translated(x - self._left, y)
        self._scroll.paint_bar(painter, track, self.style, self._hovered == "scroll")

    def _track(self) -> QRectF:
        return QRectF(self._left, self.height - Space.SM, self.width - self._inset, Size.BAR)

    # ------------------------------------------------------------ geometry

    def position_at(self, x: float, y: float) -> int:
        if self._drawing is None:
            return self._mono.position_at(x - self._left, y)
        return int(x - self._left > self._drawing_left(self._drawing) + self._drawing.width / 2)

    def rect_at(self, position: int) -> QRectF:
        if self._drawing is None:
            return self._mono.caret(position).translated(self._left, 0)
        left = self._left + self._drawing_left(self._drawing) + (self._drawing.width if position else 0)
        return QRectF(left, 0, BORDER, self.height)

    def word_at(self, position: int) -> tuple[int, int]:
        return (0, 1) if self._drawing is not None else word_at(self.text, position)

    def markdown(self, start: int, end: int) -> str:
        if start <= 0 and end >= self.length:
            return block_source(self.block)
        return self.text[start:end] if self._drawing is None else ""

    def control_at(self, x: float, y: float) -> str:
        grip = self._track().adjusted(0, -Space.XS, 0, Space.XS)
        return "scroll" if self._scroll.range and grip.contains(QPointF(x, y)) else ""

    def scroll_by(self, dx: float) -> bool:
        return self._scroll.move(dx)

    def drag_scroll(self, dx: float) -> bool:
        return self._scroll.drag(dx)

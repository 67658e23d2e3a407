"""A grid as one picture with headers on both sides. Call `grid_picture` in a thread.

Other programs refuse large grids, or die of them; here the cells become smaller until the sheet has a size
that every program opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from studio.domain.grid import Axis, Grid
from studio.qt_models.grid_table import heading
from studio.qt_models.picture import read_picture

CELL, SMALLEST_CELL = 512, 48
MOST_SIDE = 16_000
MOST_PIXELS = 100_000_000
GAP = 8
SHARE = 18
"""So many letters' heights are a cell's width."""
SMALLEST_LINE = 14
LINES = 3
WIDEST_SIDE = 0.6
"""Of a cell's width: what stands left of the rows."""


class SheetLook(NamedTuple):
    """Colours and font of the sheet."""

    paper: QColor
    text: QColor
    soft: QColor
    font: QFont


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes in the font of the program, enlarged by `scale`."""

    painter: QPainter
    font: QFont
    scale: float

    def width(self, text: str) -> float:
        return QFontMetricsF(self.font).horizontalAdvance(text) * self.scale

    def write(self, box: QRect, text: str, color: QColor, lines: int, *, middle: bool = True) -> None:
        """Text in a box, cut where it needs more than `lines` (roughly: words wrap)."""
        room = box.width() / self.scale
        cut = QFontMetricsF(self.font).elidedText(
            " ".join(text.split()), Qt.TextElideMode.ElideRight, room * lines * 0.85
        )
        side = Qt.AlignmentFlag.AlignCenter if middle else Qt.AlignmentFlag.AlignLeft
        self.painter.save()
        self.painter.setFont(self.font)
        self.painter.setPen(color)
        self.painter.translate(box.topLeft())
        self.painter.scale(self.scale, self.scale)
        inside = QRectF(0, 0, room, box.height() / self.scale)
        self.painter.drawText(inside, int(side | Qt.TextFlag.TextWordWrap), cut)
        self.painter.restore()


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything lies, in pixels of the sheet."""

    wide: int
    high: int
    side: int
    line: int
    columns: int
    rows: int
    foot: int

    @property
    def top(self) -> int:
        """Of the first row: under the title and the columns' names."""
        return self.line + 2 * GAP + LINES * self.line + GAP

    @property
    def width(self) -> int:
        return self.side + self.columns * (self.wide + GAP) + GAP

    @property
    def height(self) -> int:
        return self.top + self.rows * (self.high + GAP) + GAP + self.foot

    def cell(self, column: int, row: int) -> QRect:
        left = self.side + GAP + column * (self.wide + GAP)
        return QRect(left, self.top + row * (self.high + GAP), self.wide, self.high)


def grid_picture(
    grid: Grid, files: Sequence[Path | None], look: SheetLook, *, aspect: float = 1.0, words: str = ""
) -> QImage:
    """The sheet; a null image when there is no memory for it.

    Args:
        files: of the cells in the order of `Grid.places`; None stays empty.
        aspect: width through height of the cells.
        words: under the table: the prompt.
    """
    plan, scale = _planned(grid, aspect, look.font, bool(words))
    image = QImage(plan.width, plan.height, QImage.Format.Format_RGB32)
    if image.isNull():
        return image
    image.fill(look.paper)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        _write_headers(_Pen(painter, look.font, scale), grid, plan, look, words)
        for place in grid.places():
            _paint_cell(painter, plan.cell(place.column, place.row), files[grid.number(place)], look)
    finally:
        painter.end()
    return image


def _planned(grid: Grid, aspect: float, font: QFont, foot: bool) -> tuple[_Plan, float]:
    """The sheet's parts, and how much its letters are larger than on the screen."""
    cell = _cell_size(grid, aspect)
    metrics = QFontMetricsF(font)
    line = max(round(cell / SHARE), SMALLEST_LINE)
    scale = line / metrics.lineSpacing()
    side = 0
    if grid.y is not None:
        widest = max(metrics.horizontalAdvance(text) for text in _headings(grid.y)) * scale
        side = round(min(widest + 3 * GAP, cell * WIDEST_SIDE))
    high = max(round(cell / aspect), 1)
    beneath = 2 * line + 2 * GAP if foot else 0
    return _Plan(round(cell), high, side, line, grid.columns, grid.rows, beneath), scale


def _cell_size(grid: Grid, aspect: float) -> float:
    """So large that the sheet stays within what other programs open."""
    cell = float(CELL)
    while cell > SMALLEST_CELL:
        width = (grid.columns + 1) * (cell + GAP)
        height = (grid.rows + 1) * (cell / aspect + GAP)
        if width <= MOST_SIDE and height <= MOST_SIDE and width * height <= MOST_PIXELS:
            return cell
        cell *= 0.9
    return cell


def _headings(axis: Axis) -> list[str]:
    return [heading(axis, number) for number in range(len(axis.values))]


def _write_headers(pen: _Pen, grid: Grid, plan: _Plan, look: SheetLook, words: str) -> None:
    inner = plan.width - 2 * GAP
    pen.write(QRect(GAP, GAP, inner, plan.line), grid.title, look.soft, 1, middle=False)
    for column, text in enumerate(_headings(grid.x)):
        cell = plan.cell(column, 0)
        above = LINES * plan.line
        pen.write(QRect(cell.left(), cell.top() - above - GAP, cell.width(), above), text, look.text, LINES)
    if grid.y is not None:
        for row, text in enumerate(_headings(grid.y)):
            cell = plan.cell(0, row)
            lines = max(cell.height() // plan.line, 1)
            pen.write(QRect(GAP, cell.top(), plan.side - GAP, cell.height()), text, look.text, lines)
    if plan.foot:
        box = QRect(GAP, plan.height - plan.foot + GAP, inner, 2 * plan.line)
        pen.write(box, words, look.soft, 2, middle=False)


def _paint_cell(painter: QPainter, at: QRect, file: Path | None, look: SheetLook) -> None:
    picture = read_picture(file, at.width()) if file is not None else QImage()
    if picture.isNull():
        painter.setPen(look.soft)
        painter.drawRect(at.adjusted(0, 0, -1, -1))
        return
    size = picture.size().scaled(at.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(0, 0, size.width(), size.height())
    place.moveCenter(at.center())
    painter.drawImage(place, picture)

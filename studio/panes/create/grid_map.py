"""A grid before it is made: one small square for each cell, by what happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.domain.grid import Grid
from studio.ui.theme import Radius, Space, Theme, Tokens
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for

LARGEST, SMALLEST = 20, 5
MOST_WIDE, MOST_HIGH = 300, 88


class MapCell(NamedTuple):
    """`at_hand`: it is in the library already; `problem`: why it is left out."""

    at_hand: bool = False
    problem: str = ""


class GridMap(Themed, QWidget):
    """Honey for what is made, green for what is there, an empty frame for what is left out; the tip tells."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Cells"))
        self._grid: Grid | None = None
        self._cells: Sequence[MapCell] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_cells(self, grid: Grid | None, cells: Sequence[MapCell]) -> None:
        """Show these cells, in the order of `Grid.places`."""
        self._grid, self._cells = grid, cells
        self.updateGeometry()
        self.update()

    def _side(self) -> int:
        """Of a square with its gap."""
        if self._grid is None:
            return LARGEST
        theme = Theme.current()
        room = min(
            theme.px(MOST_WIDE) // max(self._grid.columns, 1), theme.px(MOST_HIGH) // max(self._grid.rows, 1)
        )
        return min(max(room, SMALLEST), theme.px(LARGEST))

    def sizeHint(self) -> QSize:
        height = Theme.current().px(MOST_HIGH)
        if self._grid is None or not self._cells:
            return QSize(0, height)
        return QSize(self._side() * self._grid.columns, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        if self._grid is None:
            return
        for place, cell in zip(self._grid.places(), self._cells, strict=False):
            side = self._side()
            gap = Space.HAIR if side > 2 * SMALLEST else 1
            box = QRectF(place.column * side, place.row * side, side - gap, side - gap)
            self._paint(painter, box, cell, t)

    def _paint(self, painter: QPainter, box: QRectF, cell: MapCell, t: Tokens) -> None:
        if cell.problem:
            paint_box(painter, box, None, t.border_strong, Radius.SMALL)
        else:
            paint_box(painter, box, t.ok if cell.at_hand else t.honey, None, Radius.SMALL)

    def words_at(self, point: QPoint) -> str:
        """What is to be told about the cell at a point."""
        if self._grid is None:
            return ""
        side = self._side()
        for place, cell in zip(self._grid.places(), self._cells, strict=False):
            if QRectF(place.column * side, place.row * side, side, side).contains(point):
                what = cell.problem or (tr("In the library already") if cell.at_hand else tr("Is made"))
                return f"{self._grid.words(place)}: {what}"
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tip(self.words_at(event.pos())), self)
            return True
        return super().event(event)

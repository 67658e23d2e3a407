"""Lists whose rows are painted: one set-up, one look of the row in focus."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.mirror import MIRRORED, upright
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Theme
from studio.ui.widgets.base import clear_viewport, name_widget, paint_box


class PaintedList(QListView):
    """A list without a frame or a background of its own, that scrolls by pixels and only up and down."""

    def __init__(
        self,
        model: QAbstractItemModel,
        name: str,
        parent: QWidget | None = None,
        *,
        uniform: bool = False,
        follow_pointer: bool = False,
    ) -> None:
        """
        Args:
            model: belongs to the list unless it has another owner. `name`: for screen readers.
            uniform: all rows are of one height.
            follow_pointer: `entered` tells which row the pointer is over.
        """
        super().__init__(parent)
        if model.parent() is None:
            model.setParent(self)
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(uniform)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        clear_viewport(self)
        self.setMouseTracking(follow_pointer)
        name_widget(self, name)


class RowDelegate(QStyledItemDelegate):
    """Paints the rows of its view: `paint_row` what is in them, this the one in focus."""

    turned = False
    """Whether rows are painted from the right in languages that are read from there, see `ui/mirror.py`."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self.view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRectF(option.rect)  # type: ignore[attr-defined]  # the stubs lack it
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        with upright(painter, rect) if MIRRORED and self.turned else nullcontext():  # two turns are none
            self.paint_box_of(painter, rect, index)
            self.paint_row(painter, rect, index.data(KeyedListModel.ItemRole), index.row())
        painter.restore()

    def paint_box_of(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """The box behind the row in focus. What it takes off `rect` is not the row's any more."""
        view = self.view
        if index == view.currentIndex():
            t = Theme.current().tokens
            ring = t.focus if view.hasFocus() else None
            box = rect.adjusted(BORDER, BORDER, -BORDER, -BORDER)
            paint_box(painter, box, t.raised, ring, Radius.LARGE, FOCUS_BORDER)

    def paint_row(self, painter: QPainter, rect: QRectF, item: Any, row: int) -> None:
        """Paint what is in a row."""
        raise NotImplementedError

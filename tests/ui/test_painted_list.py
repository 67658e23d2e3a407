"""A painted list: its set-up, and the box of the row in focus."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QStyleOptionViewItem

from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.theme import Theme


class Rows(RowDelegate):
    """Remembers what it was asked to paint."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self.painted: list[tuple[str, int]] = []

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 20)

    def paint_row(self, painter: QPainter, rect: QRectF, item: str, row: int) -> None:
        self.painted.append((item, row))


def test_rows_are_painted_and_the_one_in_focus_has_a_box(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    model: KeyedListModel[str] = KeyedListModel(lambda item: item)
    view = PaintedList(model, "Things", uniform=True)
    assert model.parent() is view
    rows = Rows(view)
    view.setItemDelegate(rows)
    model.show(["a", "b", "c"])
    view.resize(120, 90)
    view.setCurrentIndex(model.index(0))
    image = view.grab().toImage()
    assert rows.painted[:3] == [("a", 0), ("b", 1), ("c", 2)]
    assert image.pixelColor(60, 10) != image.pixelColor(60, 30)
    assert view.accessibleName() == "Things"
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    view.deleteLater()

"""Collections and saved searches in the side bar: rows that take drops, are dragged, and have a menu."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.core.i18n import number, tr, trn
from studio.domain.library import SavedSearch, Shelves
from studio.domain.shelves import can_move, tree
from studio.qt_models.asset_list import ROWS_MIME
from studio.ui.tab_order import OneStop
from studio.ui.theme import FOCUS_BORDER, Radius, Space
from studio.ui.widgets.base import paint_box, painter_for
from studio.ui.widgets.buttons import IconButton, TabButton
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.text import SectionHeader

SHELF_MIME = "application/x-nectary-collection"
DEEPEST = 6
"""From this depth on rows are indented no further: names need the room."""


def row_numbers(data: QMimeData) -> list[int]:
    """The row numbers that a gallery put into a drag; empty for anything else."""
    if not data.hasFormat(ROWS_MIME):
        return []
    return [int(number) for number in json.loads(bytes(data.data(ROWS_MIME).data()))]


class ShelfRow(TabButton):
    """A collection or a saved search.

    Signals:
        menu_wanted(QPoint): where on the screen.
        rename_wanted(), remove_wanted(): F2 and Delete.
        rows_dropped(list), shelf_dropped(str): row numbers of a gallery, or the id of a collection.
    """

    menu_wanted = Signal(QPoint)
    rename_wanted = Signal()
    remove_wanted = Signal()
    rows_dropped = Signal(list)
    shelf_dropped = Signal(str)

    def __init__(self, name: str, icon: str, identity: str, depth: int = 0) -> None:
        super().__init__(name, icon, wide=True, indent=min(depth, DEEPEST))
        self.identity = identity
        self.level = depth
        self.takes_shelf = False
        self._over = False
        self._press: QPoint | None = None
        self.setAutoExclusive(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.rename_wanted.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------------ dragging it

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is not None and self.takes_shelf:
            way = (event.position().toPoint() - self._press).manhattanLength()
            if way >= QApplication.startDragDistance():
                self._press = None
                self.setDown(False)
                self._drag()
                return
        super().mouseMoveEvent(event)

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(shelf_data(self.identity))
        drag.setPixmap(self.grab())
        drag.setHotSpot(QPoint(Space.MD, self.height() // 2))
        drag.exec(Qt.DropAction.MoveAction)

    # ------------------------------------------------------------------ dropping on it

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasFormat(ROWS_MIME) or (self.takes_shelf and data.hasFormat(SHELF_MIME)):
            event.acceptProposedAction()
            self._light(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._light(False)
        numbers = row_numbers(event.mimeData())
        event.acceptProposedAction()
        if numbers:
            self.rows_dropped.emit(numbers)
        elif event.mimeData().hasFormat(SHELF_MIME):
            self.shelf_dropped.emit(bytes(event.mimeData().data(SHELF_MIME).data()).decode())

    def _light(self, over: bool) -> None:
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._over:
            painter, _theme, t = painter_for(self)
            paint_box(painter, self.rect().toRectF(), None, t.accent, Radius.CONTROL, FOCUS_BORDER)


def shelf_data(identity: str) -> QMimeData:
    """What a dragged collection carries."""
    data = QMimeData()
    data.setData(SHELF_MIME, QByteArray(identity.encode()))
    return data


class TopHeader(SectionHeader):
    """The heading over the collections: a collection dropped on it lies at the top again."""

    shelf_dropped = Signal(str)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(SHELF_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.shelf_dropped.emit(bytes(event.mimeData().data(SHELF_MIME).data()).decode())


class ShelfList(QWidget):
    """Rows under a heading; rows that stay are kept, so that the focus stays too.

    Signals:
        chosen(str): an id.
        verb(str, str): what the menu says ("new", "rename", "move", "remove") and the id.
    """

    chosen = Signal(str)
    verb = Signal(str, str)

    def __init__(self, header: SectionHeader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, ShelfRow] = {}
        self._one_stop = OneStop(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        header.setContentsMargins(Space.MD, 0, Space.SM, Space.XS)
        self._column.addWidget(header)

    def _show(self, wanted: Sequence[tuple[str, str, int]], icon: str) -> None:
        """Rows of (id, name, depth), in this order."""
        ids = {identity: depth for identity, _name, depth in wanted}
        for gone in [key for key, row in self.rows.items() if ids.get(key) != row.level]:
            row = self.rows.pop(gone)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, (identity, name, depth) in enumerate(wanted, start=1):
            row = self.rows.get(identity)
            if row is None:
                row = self.rows[identity] = ShelfRow(name, icon, identity, depth)
                self._join(row)
            if row.text() != name:
                row.rename(name)
            if self._column.indexOf(row) != place:
                self._column.removeWidget(row)
                self._column.insertWidget(place, row)
        self._one_stop.hold([self.rows[identity] for identity, _name, _depth in wanted])

    def _join(self, row: ShelfRow) -> None:
        identity = row.identity
        row.clicked.connect(lambda _on=False: self.chosen.emit(identity))
        row.rename_wanted.connect(lambda: self.verb.emit("rename", identity))
        row.remove_wanted.connect(lambda: self.verb.emit("remove", identity))
        row.menu_wanted.connect(lambda at: self._menu(identity).popup(at))

    def _menu(self, identity: str) -> Menu:
        menu = Menu(self)
        for verb, words, icon, keys in self._verbs():
            menu.add(
                words, lambda verb=verb: self.verb.emit(verb, identity), icon, shortcut=keys,
                danger=verb == "remove",
            )  # fmt: skip
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _verbs(self) -> list[tuple[str, str, str, str]]:
        return [
            ("rename", tr("Rename…"), "edit", "F2"),
            ("remove", tr("Remove"), "trash", "Del"),
        ]


class CollectionList(ShelfList):
    """The tree of collections.

    Signals:
        rows_dropped(str, list): pictures of a gallery, by row number, belong into a collection.
        moved(str, str): a collection belongs into another one, or to the top (empty).
        verb(str, str): also "new" (in this one; empty id: at the top) and "move".
    """

    rows_dropped = Signal(str, list)
    moved = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        header = TopHeader(tr("Collections"))
        super().__init__(header, parent)
        self._shelves = Shelves()
        self.add = IconButton("add", tr("New collection"))
        self.add.clicked.connect(lambda: self.verb.emit("new", ""))
        header.add_action(self.add)
        header.shelf_dropped.connect(lambda identity: self._drop(identity, ""))

    def show_shelves(self, shelves: Shelves, counts: Mapping[str, int], chosen: str) -> None:
        """The collections with their counts; `chosen` is the id of the one that is looked at."""
        self._shelves = shelves
        self._show([(one.id, one.name, depth) for one, depth in tree(shelves)], "folder")
        for identity, row in self.rows.items():
            count = counts.get(identity, 0)
            row.set_detail(number(count))
            row.setAccessibleDescription(trn("one thing, level {level}", "{n} things, level {level}",
                                             count, level=row.level + 1))  # fmt: skip
            row.setChecked(identity == chosen)

    def _join(self, row: ShelfRow) -> None:
        super()._join(row)
        row.takes_shelf = True
        row.setAcceptDrops(True)
        row.rows_dropped.connect(lambda numbers: self.rows_dropped.emit(row.identity, numbers))
        row.shelf_dropped.connect(lambda identity: self._drop(identity, row.identity))

    def _drop(self, identity: str, parent: str) -> None:
        if can_move(self._shelves, identity, parent):
            self.moved.emit(identity, parent)

    def _verbs(self) -> list[tuple[str, str, str, str]]:
        rename, remove = super()._verbs()
        return [
            ("new", tr("New collection inside…"), "folder-add", ""),
            rename,
            ("move", tr("Move to…"), "arrow-right", ""),
            remove,
        ]


class SearchList(ShelfList):
    """The saved searches; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SectionHeader(tr("Saved searches")), parent)
        self.hide()

    def show_searches(self, searches: Sequence[SavedSearch], counts: Mapping[str, int], chosen: str) -> None:
        """The searches with how many each finds now."""
        self._show([(one.id, one.name, 0) for one in searches], "search")
        for identity, row in self.rows.items():
            row.set_detail(number(counts[identity]) if identity in counts else "")
            row.setChecked(identity == chosen)
        self.setVisible(bool(searches))

"""The files of Transcribe: what waits, what is under way, what is done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.i18n import tr
from studio.panes.audio.transcribe_presenter import FileItem
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import clear_viewport, name_widget, paint_box, paint_text
from studio.ui.widgets.popover import Menu

Index = QModelIndex | QPersistentModelIndex
UNKNOWN_SHARE = 0.5


class FileListModel(QAbstractListModel):
    """The files."""

    ItemRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: Sequence[FileItem] = ()

    def set_items(self, items: Sequence[FileItem]) -> None:
        """Show these; while they are the same files only their words change."""
        if [one.key for one in items] == [one.key for one in self._items]:
            self._items = list(items)
            if items:
                self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
            return
        self.beginResetModel()
        self._items = list(items)
        self.endResetModel()

    def item(self, number: int) -> FileItem | None:
        return self._items[number] if 0 <= number < len(self._items) else None

    def number_of(self, key: str) -> int:
        """Where a file stands; -1 when it is not there."""
        return next((number for number, one in enumerate(self._items) if one.key == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.item(index.row())
        if item is None:
            return None
        if role == self.ItemRole:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.title}, {item.words}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.words if item.state == "failed" else ""
        return None


class FileDelegate(QStyledItemDelegate):
    """Two lines and a bar."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = Theme.current()
        return QSize(120, theme.line_height() + theme.line_height("caption") + 3 * Space.SM + Space.XS)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: FileItem = index.data(FileListModel.ItemRole)
        theme, rect = Theme.current(), QRectF(option.rect)  # type: ignore[attr-defined]  # the stubs lack it
        t = theme.tokens
        view: FileList = self.parent()  # type: ignore[assignment]  # it made this
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index == view.currentIndex():
            ring = t.focus if view.hasFocus() else None
            paint_box(
                painter,
                rect.adjusted(BORDER, BORDER, -BORDER, -BORDER),
                t.raised,
                ring,
                Radius.LARGE,
                FOCUS_BORDER,
            )
        inner = rect.adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
        line, small = theme.line_height(), theme.line_height("caption")
        head = QRectF(inner.x(), inner.y(), inner.width(), line)
        paint_text(painter, head, item.title, theme.font(weight=Weight.MEDIUM), t.text)
        under = QRectF(inner.x(), inner.y() + line, inner.width(), small)
        ink = t.bad if item.state == "failed" else t.text2
        paint_text(painter, under, item.words, theme.font("caption", tabular=True), ink)
        if item.state == "working":
            bar = QRectF(inner.x(), under.bottom() + Space.XS, inner.width(), Size.BAR)
            paint_box(painter, bar, t.border, None, Radius.SMALL)
            share = item.share if item.share is not None else UNKNOWN_SHARE
            done = QRectF(bar.x(), bar.y(), bar.width() * share, bar.height())
            paint_box(
                painter, done, t.accent if item.share is not None else t.accent_soft, None, Radius.SMALL
            )
        painter.restore()


class FileList(QListView):
    """The list. Signals: chosen(FileItem), dropped_off(key), again(key)."""

    chosen = Signal(object)
    dropped_off = Signal(str)
    again = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items = FileListModel(self)
        self.setModel(self.items)
        self.setItemDelegate(FileDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        clear_viewport(self)
        name_widget(self, tr("Files"))
        self.activated.connect(self._choose)
        self.clicked.connect(self._choose)

    def show_items(self, items: Sequence[FileItem], current: str) -> None:
        """Show these, the current one marked."""
        self.items.set_items(items)
        number = self.items.number_of(current)
        if number >= 0 and self.currentIndex().row() != number:
            self.setCurrentIndex(self.items.index(number))

    def _choose(self, index: Index) -> None:
        item = self.items.item(index.row())
        if item is not None:
            self.chosen.emit(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.items.item(self.currentIndex().row())
        if event.key() == Qt.Key.Key_Delete and item is not None and item.state != "done":
            self.dropped_off.emit(item.key)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.items.item(self.indexAt(event.pos()).row())
        if item is None:
            return
        menu = Menu(self)
        if item.state == "done":
            menu.add(tr("Open"), lambda: self.chosen.emit(item))
        else:
            if item.state == "failed":
                menu.add(tr("Try again"), lambda: self.again.emit(item.key))
            words = tr("Cancel") if item.state == "working" else tr("Take off the list")
            menu.add(words, lambda: self.dropped_off.emit(item.key))
        menu.popup(event.globalPos())

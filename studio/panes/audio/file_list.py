"""The files of Transcribe: what waits, what is under way, what is done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.panes.audio.transcribe_presenter import FileItem
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.theme import Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import paint_box, paint_text
from studio.ui.widgets.popover import Menu

UNKNOWN_SHARE = 0.5


class FileListModel(KeyedListModel[FileItem]):
    """The files."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(lambda item: item.key, parent)

    def text(self, item: FileItem) -> str:
        return item.title

    def spoken(self, item: FileItem) -> str:
        return f"{item.title}, {item.words}"

    def tip(self, item: FileItem) -> str:
        return plain_tip(item.tip or item.words) if item.state == "failed" else ""


class FileDelegate(RowDelegate):
    """Two lines and a bar."""

    turned = True

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = Theme.current()
        return QSize(120, theme.line_height() + theme.line_height("caption") + 3 * Space.SM + Space.XS)

    def paint_row(self, painter: QPainter, rect: QRectF, item: FileItem, row: int) -> None:
        theme = Theme.current()
        t = theme.tokens
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
            color = t.honey if item.share is not None else t.accent_soft
            paint_box(painter, done, color, None, Radius.SMALL)


class FileList(PaintedList):
    """The list. Signals: chosen(FileItem), dropped_off(key), again(key)."""

    chosen = Signal(object)
    dropped_off = Signal(str)
    again = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        items = FileListModel()
        super().__init__(items, tr("Files"), parent, uniform=True)
        self.items = items
        self.setItemDelegate(FileDelegate(self))
        self.activated.connect(self._choose)
        self.clicked.connect(self._choose)

    def show_items(self, items: Sequence[FileItem], current: str) -> None:
        """Show these, the current one marked."""
        self.items.show(items)
        number = self.items.row_of(current)
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

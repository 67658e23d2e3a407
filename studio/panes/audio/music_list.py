"""The takes of music under each other, each with its outline."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from studio.core.i18n import tr
from studio.panes.audio.music_presenter import MusicItem
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_strip import StripHit, paint_strip, strip_height, strip_hit
from studio.ui.theme import BORDER, Radius, Space, Theme, Weight
from studio.ui.widgets.base import paint_box, paint_text, text_width
from studio.ui.widgets.popover import Menu


class MusicListModel(KeyedListModel[MusicItem]):
    """The takes."""

    def __init__(self, parent: QObject | None = None) -> None:
        # A take stays the row that its job was.
        super().__init__(lambda item: item.job_id or item.key, parent)

    def text(self, item: MusicItem) -> str:
        return item.title

    def spoken(self, item: MusicItem) -> str:
        return ", ".join(part for part in (item.title, item.facts, item.words) if part)


class MusicDelegate(RowDelegate):
    """Paints a take: what was asked for, by whom it was made, and its sound or its state."""

    def __init__(self, deck: SoundDeck, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._deck = deck

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, Theme.current().line_height() + strip_height() + 4 * Space.SM)

    def strip_rect(self, rect: QRectF) -> QRectF:
        """Where the strip of a row lies."""
        top = rect.y() + 2 * Space.SM + Theme.current().line_height()
        return QRectF(rect.x() + Space.MD, top, rect.width() - 2 * Space.MD, strip_height())

    def paint_row(self, painter: QPainter, rect: QRectF, item: MusicItem, row: int) -> None:
        theme = Theme.current()
        t = theme.tokens
        line = QRectF(
            rect.x() + Space.MD, rect.y() + Space.SM, rect.width() - 2 * Space.MD, theme.line_height()
        )
        font = theme.font("caption", tabular=True)
        room = text_width(item.facts, font) + Space.SM
        paint_text(painter, line, item.facts, font, t.text2, Qt.AlignmentFlag.AlignRight)
        words = line.adjusted(0, 0, -room, 0)
        paint_text(painter, words, item.title, theme.font(weight=Weight.MEDIUM), t.text)
        box = self.strip_rect(rect)
        if item.path is not None:
            self._deck.want_peaks(item.path, item.sha256)
            paint_strip(painter, box, self._deck.status(item.path, item.duration))
        else:
            paint_box(painter, box, None, t.border, Radius.LARGE, BORDER)
            ink = t.bad if item.state == "failed" else t.text2
            inner = box.adjusted(Space.MD, 0, -Space.MD, 0)
            paint_text(painter, inner, item.words, theme.font("caption"), ink)


class MusicList(PaintedList):
    """The list. Space plays; a press on an outline goes there; another take goes on where the last one was.

    Signals:
        chosen(MusicItem): it is the current one.
        command(str, str): "settings", "transcribe", "retry" or "cancel" for a key.
    """

    chosen = Signal(object)
    command = Signal(str, str)

    def __init__(self, deck: SoundDeck, parent: QWidget | None = None) -> None:
        items = MusicListModel()
        super().__init__(items, tr("Music takes"), parent, uniform=True)
        self.items = items
        self._deck = deck
        self._delegate = MusicDelegate(deck, self)
        self.setItemDelegate(self._delegate)
        deck.changed.connect(lambda _path: self.viewport().update() if self.isVisible() else None)

    def show_items(self, items: Sequence[MusicItem]) -> None:
        """Show these; the current one stays current, and a first one becomes it."""
        self.items.show(items)
        if items and not self.currentIndex().isValid():
            self.setCurrentIndex(self.items.index(0))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)  # type: ignore[arg-type]  # a QModelIndex
        item = self.items.item(current.row()) if current.isValid() else None
        if item is not None:
            self.chosen.emit(item)

    def play(self, item: MusicItem) -> None:
        """Play or pause a take. While another one is heard, it goes on at the same place: to compare them."""
        if item.path is None:
            return
        heard = self._deck.current
        if heard is not None and heard != item.path and self._deck.player.playing:
            at = self._deck.player.current_position
            self._deck.play(item.path, min(at, max(item.duration - 1.0, 0.0)))
        else:
            self._deck.toggle(item.path)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        item = self.items.item(index.row())
        if item is None or item.path is None or event.button() != Qt.MouseButton.LeftButton:
            return
        hit = self._hit(index, item, event.position())
        if hit.part == "play":
            self.play(item)
        elif hit.part == "line":
            self._deck.seek(item.path, hit.seconds)

    def _hit(self, index: Index, item: MusicItem, at: QPointF) -> StripHit:
        box = self._delegate.strip_rect(QRectF(self.visualRect(index)))  # type: ignore[arg-type]  # a QModelIndex
        return strip_hit(box, at, self._deck.status(item.path, item.duration)) if item.path else StripHit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.items.item(self.currentIndex().row())
        if event.key() == Qt.Key.Key_Space and item is not None:
            self.play(item)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.items.item(self.indexAt(event.pos()).row())
        if item is None:
            return
        menu = Menu(self)
        if item.state == "ready":
            menu.add(tr("Use its settings"), lambda: self.command.emit("settings", item.key))
            menu.add(tr("Transcribe"), lambda: self.command.emit("transcribe", item.key))
        else:
            if item.state == "failed":
                menu.add(tr("Try again"), lambda: self.command.emit("retry", item.key))
            words = tr("Cancel") if item.state == "working" else tr("Take off the list")
            menu.add(words, lambda: self.command.emit("cancel", item.key))
        menu.popup(event.globalPos())

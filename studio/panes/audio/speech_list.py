"""The paragraphs of a script with their sound: a painted list, so that a book is as quick as a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.panes.audio.speech_presenter import Row
from studio.panes.audio.words import voice_words
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.icons import paint_icon
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.sound_deck import SoundStatus
from studio.ui.sound_strip import StripHit, paint_strip, strip_height, strip_hit
from studio.ui.theme import BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import paint_box, paint_text, text_width

NUMBER_WIDTH = 36
NO_HIT = StripHit("")
_ICONS = {"missing": "speech", "working": "clock", "failed": "error"}


class Heard(NamedTuple):
    """What is heard of a paragraph: its file when there is one, and what the strip shows."""

    path: Path | None
    status: SoundStatus


class RowListModel(KeyedListModel[Row]):
    """The paragraphs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(lambda row: row.number, parent)

    def text(self, item: Row) -> str:
        return item.text

    def spoken(self, item: Row) -> str:
        said = item.words or tr("Rendered.")
        return f"{item.number + 1}. {voice_words(item.reading.voice)}. {item.text} {said}"


class ParagraphDelegate(RowDelegate):
    """Paints a paragraph: its number, words, voice and price, and its sound or its state."""

    def __init__(self, heard: Callable[[Row], Heard], view: QAbstractItemView) -> None:
        super().__init__(view)
        self._heard = heard
        self.over: tuple[int, str] = (-1, "")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, Theme.current().line_height() + strip_height() + 4 * Space.SM)

    def strip_rect(self, rect: QRectF) -> QRectF:
        """Where the strip of a row lies."""
        left = Theme.current().px(NUMBER_WIDTH)
        top = rect.y() + 2 * Space.SM + Theme.current().line_height()
        return QRectF(rect.x() + left, top, rect.width() - left - Space.MD, strip_height())

    def paint_row(self, painter: QPainter, rect: QRectF, item: Row, row: int) -> None:
        theme = Theme.current()
        t = theme.tokens
        line = QRectF(rect.x(), rect.y() + Space.SM, rect.width() - Space.MD, theme.line_height())
        left = theme.px(NUMBER_WIDTH)
        number = QRectF(line.x(), line.y(), left - Space.SM, line.height())
        paint_text(
            painter, number, str(item.number + 1), theme.font("caption", tabular=True), t.text3,
            Qt.AlignmentFlag.AlignRight,
        )  # fmt: skip
        facts = voice_words(item.reading.voice)
        if item.cost is not None:
            facts += f" · {pollen(item.cost)}"
        font = theme.font("caption", tabular=True)
        room = text_width(facts, font) + Space.SM
        paint_text(painter, line, facts, font, t.text2, Qt.AlignmentFlag.AlignRight)
        words = QRectF(line.x() + left, line.y(), line.width() - left - room, line.height())
        paint_text(painter, words, item.text, theme.font(weight=Weight.MEDIUM), t.text)
        self._paint_sound(painter, self.strip_rect(rect), item, row, theme)

    def _paint_sound(self, painter: QPainter, box: QRectF, row: Row, place: int, theme: Theme) -> None:
        heard = self._heard(row)
        if heard.path is not None:
            paint_strip(painter, box, heard.status, self.over[1] if self.over[0] == place else "")
            return
        t = theme.tokens
        paint_box(painter, box, None, t.border, Radius.LARGE, BORDER)
        ink = t.bad if row.state == "failed" else t.text2
        side = theme.px(Size.ICON)
        icon = QRectF(box.x() + Space.MD, box.center().y() - side / 2, side, side)
        paint_icon(painter, _ICONS.get(row.state, "speech"), icon, ink)
        words = box.adjusted(Space.MD + side + Space.SM, 0, -Space.MD, 0)
        paint_text(painter, words, row.words, theme.font("caption"), ink)


class SpeechList(PaintedList):
    """The list. Space plays the paragraph, a press on its outline goes there.

    Signals:
        play_requested(Row), seek_requested(Row, seconds).
        chosen(): another paragraph is the current one.
    """

    play_requested = Signal(object)
    seek_requested = Signal(object, float)
    chosen = Signal()

    def __init__(self, heard: Callable[[Row], Heard], parent: QWidget | None = None) -> None:
        rows = RowListModel()
        super().__init__(rows, tr("Takes"), parent, uniform=True, follow_pointer=True)
        self.rows = rows
        self._heard = heard
        self._delegate = ParagraphDelegate(heard, self)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def current(self) -> Row | None:
        """The paragraph in focus."""
        return self.rows.item(self.currentIndex().row())

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)  # type: ignore[arg-type]  # a QModelIndex
        self.chosen.emit()

    def _hit(self, at: QPointF) -> tuple[Row | None, StripHit, int]:
        index = self.indexAt(at.toPoint())
        row = self.rows.item(index.row()) if index.isValid() else None
        if row is None:
            return None, NO_HIT, -1
        heard = self._heard(row)
        if heard.path is None:
            return row, NO_HIT, index.row()
        box = self._delegate.strip_rect(QRectF(self.visualRect(index)))
        return row, strip_hit(box, at, heard.status), index.row()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row, hit, _place = self._hit(event.position())
        if row is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if hit.part == "play":
            self.play_requested.emit(row)
        elif hit.part == "line":
            self.seek_requested.emit(row, hit.seconds)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        _row, hit, place = self._hit(event.position())
        if self._delegate.over != (place, hit.part):
            self._delegate.over = (place, hit.part)
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._delegate.over = (-1, "")
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current()
        if event.key() == Qt.Key.Key_Space and row is not None:
            self.play_requested.emit(row)
            return
        super().keyPressEvent(event)

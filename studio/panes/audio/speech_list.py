"""The paragraphs of a script with their sound: a painted list, so that a book is as quick as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.panes.audio.speech_presenter import Row
from studio.panes.audio.words import voice_words
from studio.ui.icons import paint_icon
from studio.ui.sound_deck import SoundStatus
from studio.ui.sound_strip import StripHit, paint_strip, strip_height, strip_hit
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import clear_viewport, name_widget, paint_box, paint_text, text_width

NUMBER_WIDTH = 36
NO_HIT = StripHit("")
_ICONS = {"missing": "speech", "working": "clock", "failed": "error"}
Index = QModelIndex | QPersistentModelIndex


class Heard(NamedTuple):
    """What is heard of a paragraph: its file when there is one, and what the strip shows."""

    path: Path | None
    status: SoundStatus


class RowListModel(QAbstractListModel):
    """The paragraphs."""

    RowRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Row] = ()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these; what is the same stays untouched."""
        before, count = self._rows, min(len(rows), len(self._rows))
        if len(rows) < len(before):
            self.beginRemoveRows(QModelIndex(), len(rows), len(before) - 1)
            self._rows = list(before[: len(rows)])
            self.endRemoveRows()
        elif len(rows) > len(before):
            self.beginInsertRows(QModelIndex(), len(before), len(rows) - 1)
            self._rows = [*before, *rows[len(before) :]]
            self.endInsertRows()
        changed = [number for number in range(count) if before[number] != rows[number]]
        self._rows = list(rows)
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def row(self, number: int) -> Row | None:
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row())
        if row is None:
            return None
        if role == self.RowRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = row.words or tr("Rendered.")
            return f"{row.number + 1}. {voice_words(row.reading.voice)}. {row.text} {said}"
        return None


class RowDelegate(QStyledItemDelegate):
    """Paints a paragraph: its number, words, voice and price, and its sound or its state."""

    def __init__(self, heard: Callable[[Row], Heard], parent: QObject) -> None:
        super().__init__(parent)
        self._heard = heard
        self.over: tuple[int, str] = (-1, "")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, Theme.current().line_height() + strip_height() + 4 * Space.SM)

    def strip_rect(self, rect: QRectF) -> QRectF:
        """Where the strip of a row lies."""
        left = Theme.current().px(NUMBER_WIDTH)
        top = rect.y() + 2 * Space.SM + Theme.current().line_height()
        return QRectF(rect.x() + left, top, rect.width() - left - Space.MD, strip_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(RowListModel.RowRole)
        theme, rect = Theme.current(), QRectF(option.rect)  # type: ignore[attr-defined]  # the stubs lack it
        t = theme.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view: SpeechList = self.parent()  # type: ignore[assignment]  # it made this
        if index == view.currentIndex():
            box = rect.adjusted(BORDER, BORDER, -BORDER, -BORDER)
            paint_box(
                painter, box, t.raised, t.focus if view.hasFocus() else None, Radius.LARGE, FOCUS_BORDER
            )
        line = QRectF(rect.x(), rect.y() + Space.SM, rect.width() - Space.MD, theme.line_height())
        left = theme.px(NUMBER_WIDTH)
        number = QRectF(line.x(), line.y(), left - Space.SM, line.height())
        paint_text(
            painter, number, str(index.row() + 1), theme.font("caption", tabular=True), t.text3,
            Qt.AlignmentFlag.AlignRight,
        )  # fmt: skip
        facts = voice_words(row.reading.voice)
        if row.cost is not None:
            facts += f" · {pollen(row.cost)}"
        font = theme.font("caption", tabular=True)
        room = text_width(facts, font) + Space.SM
        paint_text(painter, line, facts, font, t.text2, Qt.AlignmentFlag.AlignRight)
        words = QRectF(line.x() + left, line.y(), line.width() - left - room, line.height())
        paint_text(painter, words, row.text, theme.font(weight=Weight.MEDIUM), t.text)
        self._paint_sound(painter, self.strip_rect(rect), row, index.row(), theme)
        painter.restore()

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


class SpeechList(QListView):
    """The list. Space plays the paragraph, a press on its outline goes there.

    Signals:
        play_requested(Row), seek_requested(Row, seconds).
        chosen(): another paragraph is the current one.
    """

    play_requested = Signal(object)
    seek_requested = Signal(object, float)
    chosen = Signal()

    def __init__(self, heard: Callable[[Row], Heard], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heard = heard
        self.rows = RowListModel(self)
        self._delegate = RowDelegate(heard, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        clear_viewport(self)
        name_widget(self, tr("Takes"))

    def current(self) -> Row | None:
        """The paragraph in focus."""
        return self.rows.row(self.currentIndex().row())

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)  # type: ignore[arg-type]  # a QModelIndex
        self.chosen.emit()

    def _hit(self, at: QPointF) -> tuple[Row | None, StripHit, int]:
        index = self.indexAt(at.toPoint())
        row = self.rows.row(index.row()) if index.isValid() else None
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

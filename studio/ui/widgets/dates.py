"""A field for a day: typed as 2026-11-20, stepped with the arrow keys, or picked from a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.moments import calendar_day, month_in_words
from studio.ui.theme import Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import Focusable, name_widget, painter_for
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.text import Label

DAY: Final = timedelta(days=1)
WEEKDAYS: Final = (tr("Mo"), tr("Tu"), tr("We"), tr("Th"), tr("Fr"), tr("Sa"), tr("Su"))
CELL: Final = 32
ROWS: Final = 7
STEPS: Final = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7,
    Qt.Key.Key_PageUp: -28, Qt.Key.Key_PageDown: 28,
}  # fmt: skip


class MonthGrid(Focusable, QWidget):
    """The days of one month, Monday first; one of them is chosen."""

    chosen = Signal(object)
    month_changed = Signal(object)

    def __init__(self, day: date, first: date, last: date) -> None:
        super().__init__()
        self._first, self._last = first, last
        self._day = min(max(day, first), last)
        self._month = self._day.replace(day=1)
        self._over: date | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_widget(self, tr("Days"))
        self._tell()

    @property
    def month(self) -> date:
        """The first day of the month that is shown."""
        return self._month

    def show_month(self, months: int) -> None:
        """Go some months forward or back."""
        number = self._month.year * 12 + self._month.month - 1 + months
        month = date(number // 12, number % 12 + 1, 1)
        if self._first.replace(day=1) <= month <= self._last:
            self._month = month
            self.month_changed.emit(month)
            self.update()

    def sizeHint(self) -> QSize:
        cell = Theme.current().px(CELL)
        return QSize(cell * 7, cell * ROWS)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _start(self) -> date:
        return self._month - timedelta(days=self._month.weekday())

    def _at(self, event: QMouseEvent) -> date | None:
        cell = Theme.current().px(CELL)
        column, row = int(event.position().x() // cell), int(event.position().y() // cell) - 1
        if not (0 <= column < 7 and 0 <= row < ROWS - 1):
            return None
        day = self._start() + timedelta(days=row * 7 + column)
        return day if self._first <= day <= self._last else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._at(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._over = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        day = self._at(event)
        if day is not None:
            self.chosen.emit(day)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._day)
            return
        if key not in STEPS:
            super().keyPressEvent(event)
            return
        self._day = min(max(self._day + timedelta(days=STEPS[key]), self._first), self._last)
        if self._day.replace(day=1) != self._month:
            self._month = self._day.replace(day=1)
            self.month_changed.emit(self._month)
        self._tell()
        self.update()

    def _tell(self) -> None:
        self.setAccessibleDescription(calendar_day(self._day, date.min))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        cell = theme.px(CELL)
        painter.setFont(theme.font("caption"))
        painter.setPen(t.text3)
        for column, text in enumerate(WEEKDAYS):
            painter.drawText(QRectF(column * cell, 0, cell, cell), Qt.AlignmentFlag.AlignCenter, text)
        start = self._start()
        for place in range((ROWS - 1) * 7):
            box = QRectF(place % 7 * cell, (place // 7 + 1) * cell, cell, cell)
            self._paint_day(painter, theme, box, start + timedelta(days=place))

    def _paint_day(self, painter: QPainter, theme: Theme, box: QRectF, day: date) -> None:
        t = theme.tokens
        is_chosen, inside = day == self._day, self._first <= day <= self._last
        back = t.accent if is_chosen else t.hover if day == self._over else None
        if back is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(back)
            painter.drawRoundedRect(
                box.adjusted(Space.HAIR, Space.HAIR, -Space.HAIR, -Space.HAIR), Radius.CONTROL, Radius.CONTROL
            )
        ink = t.on_accent if is_chosen else t.text if day.month == self._month.month else t.text3
        painter.setFont(theme.font(weight=Weight.MEDIUM if is_chosen else None, tabular=True))
        painter.setOpacity(1.0 if inside else 0.35)
        painter.setPen(ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(day.day))
        painter.setOpacity(1.0)


class CalendarPopover(Popover):
    """A month with arrows to the next ones; `chosen` tells the day and it closes."""

    chosen = Signal(object)

    def __init__(self, anchor: QWidget, day: date, first: date, last: date) -> None:
        super().__init__(anchor, padding=Space.MD)
        self.grid = MonthGrid(day, first, last)
        self._title = Label("", "body")
        before = IconButton("chevron-left", tr("The month before"))
        after = IconButton("chevron-right", tr("The month after"))
        before.clicked.connect(lambda: self.grid.show_month(-1))
        after.clicked.connect(lambda: self.grid.show_month(1))
        head = QHBoxLayout()
        head.addWidget(before)
        head.addWidget(self._title, 1, Qt.AlignmentFlag.AlignCenter)
        head.addWidget(after)
        self.body.addLayout(head)
        self.body.addWidget(self.grid)
        self.grid.month_changed.connect(self._name)
        self.grid.chosen.connect(self._choose)
        self._name(self.grid.month)

    def open(self) -> None:
        """Show it; it deletes itself when it goes."""
        self.dismissed.connect(self.deleteLater)
        self.present(self.grid)

    def _name(self, month: date) -> None:
        self._title.setText(month_in_words(month, date.min))

    def _choose(self, day: date) -> None:
        self.dismiss()
        self.chosen.emit(day)


class DateField(TextField):
    """A day between `first` and `last`. `changed` tells days that can be used."""

    changed = Signal(object)

    def __init__(self, name: str, day: date, first: date, last: date) -> None:
        super().__init__(name, "2026-01-31", text=day.isoformat())
        self._day, self._first, self._last = day, first, last
        self.popover: CalendarPopover | None = None
        self._open = IconButton("calendar", tr("Open the calendar"))
        self._open.clicked.connect(self.open)
        self.add_trailing(self._open)
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._settle_text)

    @property
    def day(self) -> date:
        """The last day that could be used."""
        return self._day

    def set_day(self, day: date) -> None:
        """Show a day without telling."""
        self._day = min(max(day, self._first), self._last)
        self.setText(self._day.isoformat())
        self.set_error("")

    def open(self) -> None:
        """Open the calendar."""
        self.popover = CalendarPopover(self, self._day, self._first, self._last)
        self.popover.chosen.connect(self._take)
        self.popover.dismissed.connect(self._closed)
        self.popover.open()

    def _closed(self) -> None:
        self.popover = None

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.LABEL_COLUMN * 2 - Space.LG), theme.px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: DAY, Qt.Key.Key_Down: -DAY}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._take(min(max(self._day + step, self._first), self._last))

    def _typed(self, text: str) -> None:
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            self.set_error(tr("Write a day as {example}.", example=self._last.isoformat()))
            return
        if not self._first <= day <= self._last:
            self.set_error(tr("Choose a day from {first} to {last}.", first=self._first, last=self._last))
            return
        self.set_error("")
        if day != self._day:
            self._day = day
            self.changed.emit(day)

    def _settle_text(self) -> None:
        self.set_day(self._day)

    def _take(self, day: date) -> None:
        moved = day != self._day
        self.set_day(day)
        if moved:
            self.changed.emit(day)

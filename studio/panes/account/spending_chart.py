"""Spending by day as bars, stacked by model. The same figures stand in the table below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.panes.account.presenter import Day
from studio.ui.moments import calendar_day, day_in_words
from studio.ui.theme import Radius, Size, Space, Theme, Tokens
from studio.ui.widgets.base import Focusable, name_widget, painter_for

NAMED: Final = 3
"""Models with a colour of their own; the rest share one."""
HEIGHT: Final = 180
WIDEST_BAR: Final = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, and what each of the series cost on it."""

    day: date
    parts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.parts, Decimal(0))


@dataclass(frozen=True, slots=True)
class ChartData:
    """The series' names, dearest first, and one bar for each day, also for days without spending."""

    series: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()

    @property
    def highest(self) -> Decimal:
        return max((bar.total for bar in self.bars), default=Decimal(0))

    def sum_of(self, series: int) -> Decimal:
        return sum((bar.parts[series] for bar in self.bars), Decimal(0))


def chart_of(rows: Sequence[Day], last: date, days: int) -> ChartData:
    """The bars of `days` local days that end with `last`."""
    sums: dict[str, Decimal] = {}
    cells: dict[tuple[date, str], Decimal] = {}
    for row in rows:
        sums[row.model] = sums.get(row.model, Decimal(0)) + row.amount
        cells[row.day, row.model] = cells.get((row.day, row.model), Decimal(0)) + row.amount
    by_cost = sorted(sums, key=lambda model: (-sums[model], model))
    named, others = by_cost[:NAMED], by_cost[NAMED:]
    bars: list[Bar] = []
    for ago in range(days - 1, -1, -1):
        day = last - timedelta(days=ago)
        parts = [cells.get((day, model), Decimal(0)) for model in named]
        if others:
            parts.append(sum((cells.get((day, model), Decimal(0)) for model in others), Decimal(0)))
        bars.append(Bar(day, tuple(parts)))
    return ChartData((*named, *([tr("Others")] if others else [])), tuple(bars))


class SpendingChart(Focusable, QWidget):
    """The chart. Pointing at a day, or going to it with the arrow keys, tells what it cost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = ChartData()
        self._at = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_widget(self, tr("Spending by day"))

    def show_data(self, data: ChartData) -> None:
        """Show other figures."""
        if data == self.data:
            return
        self.data, self._at = data, -1
        self.setAccessibleDescription("")
        self.update()

    def words_of(self, index: int) -> str:
        """What a day cost, in all and by series."""
        bar = self.data.bars[index]
        today = self.data.bars[-1].day
        lines = [tr("{day}: {amount} pollen", day=day_in_words(bar.day, today), amount=pollen(bar.total))]
        lines += [
            f"{name} {pollen(amount)}"
            for name, amount in zip(self.data.series, bar.parts, strict=True) if amount
        ]  # fmt: skip
        return " · ".join(lines)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.DIALOG), theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.POPOVER_MIN), Theme.current().px(HEIGHT))

    # ------------------------------------------------------------------ pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot, step = self._plot(), self._step()
        index = int((event.position().x() - plot.left()) // step) if step else -1
        inside = 0 <= index < len(self.data.bars) and event.position().y() <= plot.bottom()
        self._go_to(index if inside else -1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._go_to(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.data.bars) - 1
        to = {
            Qt.Key.Key_Left: max(self._at - 1, 0) if self._at >= 0 else last,
            Qt.Key.Key_Right: min(self._at + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if to is None or last < 0:
            super().keyPressEvent(event)
            return
        self._go_to(to)

    def _go_to(self, index: int) -> None:
        if index == self._at:
            return
        self._at = index
        self.setAccessibleDescription(self.words_of(index) if index >= 0 else "")
        self.update()

    # ------------------------------------------------------------------ painting

    def _plot(self) -> QRectF:
        """Where the bars are: below a line for the scale, above two for days and series."""
        line = _metrics(Theme.current()).height()
        return QRectF(self.rect()).adjusted(0, line + Space.SM, 0, -2 * (line + Space.SM))

    def _step(self) -> float:
        return self._plot().width() / len(self.data.bars) if self.data.bars else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        highest = self.data.highest
        if not highest:
            return
        painter.setFont(theme.font("caption", tabular=True))
        plot = self._plot()
        # The line above tells of one day while one is pointed at: nothing pops up, nothing covers a bar.
        told = self.words_of(self._at) if self._at >= 0 else ""
        words = told or tr("At most {amount} pollen a day", amount=pollen(highest))
        painter.setPen(t.text if told else t.text3)
        painter.drawText(
            QRectF(self.rect()), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
            _metrics(theme).elidedText(words, Qt.TextElideMode.ElideRight, self.width()),
        )  # fmt: skip
        painter.fillRect(QRectF(plot.left(), plot.bottom(), plot.width(), 1), t.border)
        for index, bar in enumerate(self.data.bars):
            self._paint_bar(painter, t, plot, index, bar, highest)
        self._paint_days(painter, t, plot)
        self._paint_series(painter, theme, t, plot)

    def _paint_bar(
        self, painter: QPainter, t: Tokens, plot: QRectF, index: int, bar: Bar, highest: Decimal
    ) -> None:
        step = self._step()
        if index == self._at:
            painter.fillRect(QRectF(plot.left() + index * step, plot.top(), step, plot.height()), t.hover)
        width = min(step * 0.8, WIDEST_BAR)
        left = plot.left() + index * step + (step - width) / 2
        bottom = plot.bottom()
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, part in zip(self._colours(t), bar.parts, strict=False):
            height = float(part / highest) * plot.height()
            if height <= 0:
                continue
            # A hair of surface between two series, unless the part itself is no thicker.
            box = QRectF(left, bottom - height, width, max(height - Space.HAIR, 1))
            painter.setBrush(colour)
            radius = min(Radius.SMALL, box.height() / 2, width / 2)
            painter.drawRoundedRect(box, radius, radius)
            bottom -= height

    def _paint_days(self, painter: QPainter, t: Tokens, plot: QRectF) -> None:
        first, last = self.data.bars[0].day, self.data.bars[-1].day
        line = QRectF(plot.left(), plot.bottom() + Space.XS, plot.width(), plot.top() + Space.SM)
        painter.setPen(t.text3)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, calendar_day(first, last))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, calendar_day(last, last))

    def _paint_series(self, painter: QPainter, theme: Theme, t: Tokens, plot: QRectF) -> None:
        metrics = _metrics(theme)
        top = self.height() - metrics.height()
        left, square = plot.left(), metrics.height() / 2
        for index, (colour, name) in enumerate(zip(self._colours(t), self.data.series, strict=False)):
            text = f"{name} {pollen(self.data.sum_of(index))}"
            painter.fillRect(QRectF(left, top + square / 2, square, square), colour)
            left += square + Space.XS
            width = metrics.horizontalAdvance(text) + 1
            painter.setPen(t.text2)
            painter.drawText(QRectF(left, top, width, metrics.height()), Qt.AlignmentFlag.AlignLeft, text)
            left += width + Space.LG

    @staticmethod
    def _colours(t: Tokens) -> tuple[QColor, ...]:
        return (t.accent, t.ok, t.info, t.text3)


def _metrics(theme: Theme) -> QFontMetricsF:
    return QFontMetricsF(theme.font("caption", tabular=True))

"""Spending as bars, stacked by model or kind. The same figures stand in the table below it.

Painting takes as long as there are bars, at most 120 of them, however many requests they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr, trn
from studio.domain.money import pollen
from studio.domain.spending import Bar, ChartData, DaySpan, moved, zoomed
from studio.ui.moments import calendar_day, day_in_words
from studio.ui.theme import Radius, Size, Space, Theme, Tokens, Weight, faded, mix
from studio.ui.widgets.base import Focusable, name_widget, painter_for
from studio.ui.widgets.roles import Role, set_role

HEIGHT: Final = 240
WIDEST_BAR: Final = 40
SCALE_WIDTH: Final = 56
DAY_WIDTH: Final = 96
ZOOM: Final = 0.7
DRAG_PIXELS: Final = 6
LINES: Final = 4
_ROUND: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


class SpendingChart(Focusable, QWidget):
    """The chart. Pointing at a bar, or going to it with the arrow keys, tells what it cost.

    Dragging over days zooms to them; Ctrl and the wheel, and the keys + and -, zoom around the pointer or the
    chosen bar; Shift and the arrow keys, and the wheel sideways, move; 0, Escape and a double click show
    everything again.
    """

    span_wanted = Signal(object)
    """A `DaySpan` to zoom to."""
    series_chosen = Signal(str)
    """The name of a series that was clicked in the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = ChartData()
        self.names: tuple[str, ...] = ()
        self.whole = DaySpan(date.min, date.min)
        self._at = -1
        self._drag: tuple[float, float] | None = None
        self._legend: list[tuple[QRectF, int]] = []
        self._layer: QPixmap | None = None
        """Everything but what follows the pointer, painted once for its data, size and theme."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_widget(self, tr("Spending by day"))
        set_role(self, Role.Chart)

    @property
    def span(self) -> DaySpan:
        """The days that are shown."""
        bars = self.data.bars
        return DaySpan(bars[0].first, bars[-1].last) if bars else self.whole

    def show_data(self, data: ChartData, whole: DaySpan, names: tuple[str, ...] = ()) -> None:
        """Show other figures.

        Args:
            whole: how far one can zoom out. `names`: of the series for people, where those of `data` are ids.
        """
        if (data, whole, names) == (self.data, self.whole, self.names):
            return
        self.data, self.whole, self.names = data, whole, names or data.series
        self._at, self._drag, self._layer = -1, None, None
        self.setAccessibleDescription("")
        self.update()

    def retheme(self) -> None:
        self._layer = None
        super().retheme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._layer = None
        super().resizeEvent(event)

    def words_of(self, index: int) -> str:
        """What a bar stands for, in all and by series."""
        bar = self.data.bars[index]
        head = tr("{days}: {amount} pollen", days=self._days_of(bar), amount=pollen(bar.total))
        if bar.requests:
            head += f" · {trn('{n} request', '{n} requests', bar.requests)}"
        parts = [
            f"{name} {pollen(amount)}" for name, amount in zip(self.names, bar.parts, strict=True) if amount
        ]
        return " · ".join([head, *parts])

    def _days_of(self, bar: Bar) -> str:
        last = self.whole.last
        if bar.first == bar.last:
            return day_in_words(bar.first, last)
        return tr("{first} to {last}", first=calendar_day(bar.first, last), last=calendar_day(bar.last, last))

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.DIALOG), theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.POPOVER_MIN), Theme.current().px(HEIGHT))

    # ------------------------------------------------------------------ pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self._drag = (self._drag[0], event.position().x())
            self.update()
        inside = self._plot().top() <= event.position().y() <= self._plot().bottom()
        self._go_to(self._index_at(event.position().x()) if inside else -1)
        over = any(box.contains(event.position()) for box, _ in self._legend)
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._plot().contains(event.position()):
            self._drag = (event.position().x(), event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        self.update()
        if drag is not None and abs(drag[1] - drag[0]) > DRAG_PIXELS:
            first, last = sorted((self._clamped(drag[0]), self._clamped(drag[1])))
            self._want(DaySpan(self.data.bars[first].first, self.data.bars[last].last))
            return
        for box, series in self._legend:
            if box.contains(event.position()) and not self._is_rest(series):
                self.series_chosen.emit(self.data.series[series])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self._want(self.whole)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._go_to(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Plain turning scrolls the page, as everywhere."""
        turn, aside = event.angleDelta().y(), event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turn and self.data.bars:
            around = self.data.bars[self._clamped(event.position().x())].first
            self._want(zoomed(self.span, around, ZOOM if turn > 0 else 1 / ZOOM, self.whole))
        elif aside and self.data.bars:
            step = max(self.span.days // 10, 1)
            self._want(moved(self.span, step if aside < 0 else -step, self.whole))
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (self.data.bars and (self._zoom_key(event) or self._step_key(event))):
            super().keyPressEvent(event)

    def _zoom_key(self, event: QKeyEvent) -> bool:
        key, span = Qt.Key(event.key()), self.span
        around = self.data.bars[self._at if self._at >= 0 else -1].last
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._want(zoomed(span, around, ZOOM, self.whole))
        elif key == Qt.Key.Key_Minus:
            self._want(zoomed(span, around, 1 / ZOOM, self.whole))
        elif key == Qt.Key.Key_0 or (key == Qt.Key.Key_Escape and span != self.whole):
            self._want(self.whole)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key in (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
        ):
            step = max(span.days // 4, 1)
            self._want(moved(span, step if key == Qt.Key.Key_Right else -step, self.whole))
        else:
            return False
        return True

    def _step_key(self, event: QKeyEvent) -> bool:
        last = len(self.data.bars) - 1
        to = {
            Qt.Key.Key_Left: max(self._at - 1, 0) if self._at >= 0 else last,
            Qt.Key.Key_Right: min(self._at + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if to is None:
            return False
        self._go_to(to)
        return True

    def _want(self, span: DaySpan) -> None:
        if span != self.span:
            self.span_wanted.emit(span)

    def _go_to(self, index: int) -> None:
        if index == self._at:
            return
        self._at = index
        self.setAccessibleDescription(self.words_of(index) if index >= 0 else "")
        self.update()

    def _index_at(self, x: float) -> int:
        plot, step = self._plot(), self._step()
        index = int((x - plot.left()) // step) if step else -1
        return index if 0 <= index < len(self.data.bars) else -1

    def _clamped(self, x: float) -> int:
        plot, step = self._plot(), self._step()
        return min(max(int((x - plot.left()) // step), 0), len(self.data.bars) - 1) if step else 0

    # ------------------------------------------------------------------ painting

    def _plot(self) -> QRectF:
        """Where the bars are: right of the scale, below a line of words, above two for days and series."""
        theme = Theme.current()
        line = _metrics(theme).height()
        return QRectF(self.rect()).adjusted(theme.px(SCALE_WIDTH), line + Space.LG, 0, -2 * (line + Space.MD))

    def _step(self) -> float:
        return self._plot().width() / len(self.data.bars) if self.data.bars else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        if not self.data.bars:
            self._legend = []
            return
        plot, step = self._plot(), self._step()
        if self._at >= 0:
            painter.fillRect(QRectF(plot.left() + self._at * step, plot.top(), step, plot.height()), t.hover)
        if self._layer is None or self._layer.devicePixelRatio() != self.devicePixelRatio():
            self._layer = self._painted(theme, plot)
        painter.drawPixmap(0, 0, self._layer)
        self._paint_drag(painter, t, plot)
        self._paint_words(painter, theme)

    def _painted(self, theme: Theme, plot: QRectF) -> QPixmap:
        """Scale, bars, days and names."""
        ratio = self.devicePixelRatio()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("caption", tabular=True))
        top, colours = self._paint_scale(painter, theme, plot), self._colours(theme.tokens)
        step = self._step()
        width = max(min(step * 0.8, theme.px(WIDEST_BAR)), 1)
        for index, bar in enumerate(self.data.bars):
            left = plot.left() + index * step + (step - width) / 2
            _paint_bar(painter, plot, left, width, [float(part / top) for part in bar.parts], colours)
        self._paint_days(painter, theme, plot)
        self._legend = self._paint_series(painter, theme, colours)
        painter.end()
        return layer

    def _paint_words(self, painter: QPainter, theme: Theme) -> None:
        """The line above tells of one bar while one is pointed at: nothing pops up, nothing covers a bar."""
        t, told = theme.tokens, self._at >= 0
        words = self.words_of(self._at) if told else self._rest()
        painter.setFont(theme.font("caption", Weight.MEDIUM if told else None, tabular=True))
        painter.setPen(t.text if told else t.text3)
        painter.drawText(
            QRectF(self.rect()), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
            _metrics(theme).elidedText(words, Qt.TextElideMode.ElideRight, self.width()),
        )  # fmt: skip
        painter.setFont(theme.font("caption", tabular=True))

    def _rest(self) -> str:
        most = {
            "day": tr("At most {amount} pollen a day"),
            "week": tr("At most {amount} pollen a week"),
            "month": tr("At most {amount} pollen a month"),
        }[self.data.step].format(amount=pollen(self.data.highest))
        if self.span != self.whole:
            return tr("{most}. Escape shows all days.", most=most)
        return tr("{most}. Drag over days to look closer.", most=most)

    def _paint_scale(self, painter: QPainter, theme: Theme, plot: QRectF) -> Decimal:
        """Lines at round amounts; the amount at the top of the plot."""
        t = theme.tokens
        step = round_step(self.data.highest, LINES)
        top = max(self.data.highest, step) if step else Decimal(1)
        amount = Decimal(0)
        height = _metrics(theme).height()
        while step and amount <= top:
            y = plot.bottom() - float(amount / top) * plot.height()
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), t.border if amount else t.border_strong)
            painter.setPen(t.text3)
            box = QRectF(0, y - height / 2, plot.left() - Space.SM, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pollen(amount))
            amount += step
        return top

    def _paint_drag(self, painter: QPainter, t: Tokens, plot: QRectF) -> None:
        if self._drag is None or abs(self._drag[1] - self._drag[0]) <= DRAG_PIXELS:
            return
        step = self._step()
        first, last = sorted((self._clamped(self._drag[0]), self._clamped(self._drag[1])))
        box = QRectF(plot.left() + first * step, plot.top(), (last - first + 1) * step, plot.height())
        painter.fillRect(box, faded(t.accent, 0.18))

    def _paint_days(self, painter: QPainter, theme: Theme, plot: QRectF) -> None:
        """Days below the bars, as many as there is room for."""
        bars, step = self.data.bars, self._step()
        every = max(round(theme.px(DAY_WIDTH) / step), 1)
        height = _metrics(theme).height()
        painter.setPen(theme.tokens.text3)
        for index in range(0, len(bars), every):
            text = calendar_day(bars[index].first, self.whole.last)
            left = plot.left() + index * step
            width = _metrics(theme).horizontalAdvance(text) + 1
            if left + width > plot.right() + 1:
                break
            painter.drawText(QPointF(left, plot.bottom() + Space.XS + height), text)

    def _paint_series(
        self, painter: QPainter, theme: Theme, colours: Sequence[QColor]
    ) -> list[tuple[QRectF, int]]:
        """The names with their sums, as far as there is room; where each stands."""
        metrics, found = _metrics(theme), list[tuple[QRectF, int]]()
        top = self.height() - metrics.height() - Space.XS
        left, square = 0.0, metrics.height() * 0.6
        texts = [f"{name} {pollen(self.data.sum_of(index))}" for index, name in enumerate(self.names)]
        if sum(metrics.horizontalAdvance(x) + square + Space.SM + Space.LG for x in texts) > self.width():
            texts = list(self.names)
        for index, text in enumerate(texts):
            width = square + Space.SM + metrics.horizontalAdvance(text) + 1
            if left + width > self.width():
                break
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours[index])
            painter.drawRoundedRect(
                QRectF(left, top + (metrics.height() - square) / 2, square, square),
                Radius.SMALL / 2, Radius.SMALL / 2,
            )  # fmt: skip
            painter.setPen(theme.tokens.text2)
            box = QRectF(left + square + Space.SM, top, width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
            found.append((QRectF(left, top, width, metrics.height()), index))
            left += width + Space.LG
        return found

    def _is_rest(self, series: int) -> bool:
        return self.data.others and series == len(self.data.series) - 1

    def _colours(self, t: Tokens) -> list[QColor]:
        """One for each of the series; what is put together is grey."""
        colours = (t.honey, t.info, t.ok, mix(t.info, t.bad, 0.55), mix(t.ok, t.info, 0.5))
        return [
            t.text3 if self._is_rest(series) else colours[series % len(colours)]
            for series in range(len(self.data.series))
        ]


def _paint_bar(
    painter: QPainter,
    plot: QRectF,
    left: float,
    width: float,
    shares: Sequence[float],
    colours: Sequence[QColor],
) -> None:
    """One bar of flat parts, rounded at its top; `shares` are of the plot's height."""
    bottom, whole = plot.bottom(), sum(shares) * plot.height()
    if whole <= 0:
        return
    radius = min(Radius.SMALL, width / 2)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(left, bottom - whole, width, whole + 2 * radius), radius, radius)
    painter.save()
    painter.setClipRect(QRectF(left, plot.top(), width, plot.height()))
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    for share, colour in zip(shares, colours, strict=True):
        height = share * plot.height()
        if height > 0:
            # A hair of surface between two series, unless the part itself is no thicker.
            gap = 1 if height > 2 * Space.HAIR else 0
            painter.fillRect(QRectF(left, bottom - height, width, height - gap), colour)
            bottom -= height
    painter.restore()


def round_step(highest: Decimal, lines: int) -> Decimal:
    """The smallest round amount of which `lines` reach as high as `highest`; 0 for nothing."""
    if highest <= 0:
        return Decimal(0)
    wanted = highest / lines
    unit = Decimal(1).scaleb(wanted.adjusted())
    return next(unit * factor for factor in _ROUND if unit * factor >= wanted)


def _metrics(theme: Theme) -> QFontMetricsF:
    return QFontMetricsF(theme.font("caption", tabular=True))

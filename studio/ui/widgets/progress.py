"""Signs of work under way: a thin bar, a spinner, and the grey shapes of what is still loading."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui.theme import SPIN_MS, STROKE, Radius, Size, Theme, Tone, mix
from studio.ui.widgets.base import Glide, Themed, name_widget, paint_box, painter_for
from studio.ui.widgets.roles import Role, set_role

FRAME_MS = 33


class SpinClock(QObject):
    """Turns for a spinning mark: ticks only while told to, while the widget is visible, and never when
    motion is reduced."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._wanted = False
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(widget.update)
        widget.installEventFilter(self)

    @property
    def running(self) -> bool:
        """Whether it was told to run; it may be standing still for a hidden widget."""
        return self._wanted

    @property
    def ticking(self) -> bool:
        return self._timer.isActive()

    @property
    def turn(self) -> float:
        """How far round it is now, 0 to 1."""
        if not self._timer.isActive():
            return 0.0
        return (self._since.elapsed() % SPIN_MS) / SPIN_MS

    def run(self, wanted: bool) -> None:
        self._wanted = wanted
        self._settle()

    def _settle(self) -> None:
        ticks = self._wanted and self._widget.isVisible() and not Theme.current().reduced_motion
        if ticks and not self._timer.isActive():
            self._since.start()
            self._timer.start()
        elif not ticks:
            self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.StyleChange):
            self._settle()
        return False


def paint_spinner(painter: QPainter, box: QRectF, color: QColor, turn: float) -> None:
    """Three quarters of a circle, starting `turn` (0 to 1) of the way round."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    inset = STROKE
    sixteenths = 16
    start = round((60 - turn * 360) * sixteenths)
    painter.drawArc(box.adjusted(inset, inset, -inset, -inset), start, -270 * sixteenths)


class Spinner(Themed, QWidget):
    """A turning circle; it stops when hidden and stands still when motion is reduced."""

    def __init__(
        self,
        name: str = tr("Working"),
        tone: Tone = "text2",
        size: int = Size.SPINNER,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone: Tone = tone
        self._size = size
        self.clock = SpinClock(self)
        self.clock.run(True)
        set_role(self, Role.Indicator)
        name_widget(self, name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = Theme.current().px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        side = min(self.width(), self.height())
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_spinner(painter, box, t.tone(self._tone), self.clock.turn)


class ProgressBar(Themed, QProgressBar):
    """A thin honey bar. `set_share(None)` means that nobody knows how long: a part wanders along it."""

    def __init__(self, name: str = tr("Progress"), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = SpinClock(self)
        self._glide = Glide(self, self.update)
        self._tone: Tone = "accent"
        self.setRange(0, 1000)
        self.setTextVisible(False)
        name_widget(self, name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float | None) -> None:
        """How much is done, 0 to 1, or None when it is not known."""
        self._clock.run(share is None)
        if share is None:
            self.setRange(0, 0)
        else:
            self.setRange(0, 1000)
            self.setValue(round(min(max(share, 0.0), 1.0) * 1000))
            self._glide.to(self.value() / 1000)
        self.update()

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(Size.POPOVER_MIN, Size.BAR)

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL, Size.BAR)

    def hideEvent(self, event: QHideEvent) -> None:
        self._glide.stop()
        self._glide.at = self.value() / 1000
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        top = (self.height() - Size.BAR) / 2
        whole = QRectF(0, top, self.width(), Size.BAR)
        paint_box(painter, whole, t.raised, None, Size.BAR)
        fill = t.honey if self._tone == "accent" else t.tone(self._tone)
        if self.maximum() == 0:
            part = self.width() * 0.3
            left = (
                (self._clock.turn * (self.width() + part)) - part
                if self._clock.ticking
                else self.width() * 0.35
            )
            painter.setClipRect(whole)
            paint_box(painter, QRectF(left, top, part, Size.BAR), fill, None, Size.BAR)
        elif self._glide.at > 0:
            width = max(Size.BAR, self.width() * self._glide.at)
            paint_box(painter, QRectF(0, top, width, Size.BAR), fill, None, Size.BAR)


class Skeleton(Themed, QWidget):
    """Grey shapes where text or a picture will be: `lines` rows, or one block for `lines=0`."""

    def __init__(self, lines: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._clock = SpinClock(self)
        name_widget(self, tr("Loading"))

    def showEvent(self, event: QShowEvent) -> None:
        self._clock.run(True)
        super().showEvent(event)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        row = theme.line_height()
        return QSize(theme.px(Size.POPOVER_MIN), max(self._lines, 4) * row)

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL, self._lines * Theme.current().line_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        swing = abs(self._clock.turn * 2 - 1) if self._clock.ticking else 0.5
        fill = mix(t.raised, t.border, 0.2 + 0.5 * swing)
        if not self._lines:
            paint_box(painter, QRectF(self.rect()), fill, None, Radius.LARGE)
            return
        row = theme.line_height()
        for line in range(self._lines):
            share = 0.6 if line == self._lines - 1 else 1.0 - 0.08 * (line % 3)
            rect = QRectF(0, line * row + row * 0.2, self.width() * share, row * 0.6)
            paint_box(painter, rect, fill, None, Radius.SMALL)

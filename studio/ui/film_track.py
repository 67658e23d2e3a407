"""The bar under a film: where it is, and what its sound track looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui.sound_bars import GAP, PITCH, bar_rects, gain_for, overview, paint_bars
from studio.ui.theme import FOCUS_BORDER, Theme, faded
from studio.ui.widgets.base import paint_box, painter_for
from studio.ui.widgets.choice import Slider

if TYPE_CHECKING:
    from studio.domain.peaks import Columns, Peaks

HEIGHT: Final = 32
NEEDLE: Final = 3


class FilmTrack(Slider):
    """A slider that shows the outline of a film's sound, where it has one."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, 0, 1000, parent=parent)
        self._peaks: Peaks | None = None
        self._columns: Columns | None = None

    @property
    def peaks(self) -> Peaks | None:
        """What is shown."""
        return self._peaks

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Show the outline of a sound; None for a plain bar."""
        if peaks is not self._peaks:
            self._peaks, self._columns = peaks, None
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), Theme.current().px(HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._columns = None

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._peaks is None or not self._peaks.loudest:
            super().paintEvent(event)
            return
        painter, _theme, t = painter_for(self, turned=False)
        knob = self._knob()
        # The places of the plain bar's knob, so that a press means the same.
        room = QRectF(knob / 2, 0, self.width() - knob, self.height())
        if self._columns is None:
            self._columns = overview(self._peaks, room.width() + GAP, PITCH)
        bars = bar_rects(self._columns, room, gain=gain_for(self._peaks), left=room.x(), pitch=PITCH)
        at = room.x() + self._share() * room.width()
        paint_bars(painter, bars, at, t.honey, faded(t.text3, 0.8))
        color = t.focus if self.ring_visible else t.text
        needle = QRectF(at - NEEDLE / 2, 0, NEEDLE, self.height())
        paint_box(painter, needle, color, None, NEEDLE, FOCUS_BORDER)

"""A meter for what a microphone hears: how loud it is, the loudest of the last moment, and whether it was too
loud."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.domain.pcm import QUIETEST, Level, decibels, meter_share
from studio.ui.theme import Radius, Size, Space, Theme, Tokens, faded
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for

HEIGHT: Final = 12
LOUD: Final = -12.0
"""dBFS above which speech has little room left."""
FALL: Final = 0.06
"""How much of the meter's length a level falls back per frame, so that syllables do not flicker."""
HELD_MS: Final = 1200
CLIP_MS: Final = 3000
SPOKEN_MS: Final = 1000
"""Screen readers are told the value no more often than this."""


class LevelMeter(Themed, QProgressBar):
    """A bar from -60 dBFS to full scale: the mean loudness filled, the peak paler, a line where the peak of
    the last moment stands, and a mark at the end that turns red when the sound was clipped.

    Its accessible value is the peak in dBFS.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rms = self._peak = self._held = 0.0
        self._held_since = QElapsedTimer()
        self._clipped_since = QElapsedTimer()
        self._spoken = QElapsedTimer()
        self.setRange(round(QUIETEST), 0)
        self.setValue(round(QUIETEST))
        self.setTextVisible(False)
        name_widget(self, tr("Level"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def clipped(self) -> bool:
        """Whether the mark is red now."""
        return self._clipped_since.isValid() and self._clipped_since.elapsed() < CLIP_MS

    def show_level(self, level: Level) -> None:
        """Show how loud it is now."""
        self._rms = max(meter_share(level.rms), self._rms - FALL)
        self._peak = max(meter_share(level.peak), self._peak - FALL)
        if self._peak >= self._held or not self._held_since.isValid() or self._held_since.elapsed() > HELD_MS:
            self._held = self._peak
            self._held_since.start()
        if level.clipped:
            self._clipped_since.start()
        if not self._spoken.isValid() or self._spoken.elapsed() >= SPOKEN_MS:
            self._spoken.start()
            self.setValue(round(decibels(level.peak)))
            self.setAccessibleDescription(tr("too loud") if self.clipped else "")
        self.update()

    def clear(self) -> None:
        """Show silence."""
        self._rms = self._peak = self._held = 0.0
        self._clipped_since.invalidate()
        self.setValue(round(QUIETEST))
        self.setAccessibleDescription("")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(Size.POPOVER_MIN, Theme.current().px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL, Theme.current().px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self, turned=False)
        height = self.height()
        mark = QRectF(self.width() - height, 0, height, height)
        paint_box(painter, mark, t.bad if self.clipped else t.raised, None, Radius.SMALL)
        track = QRectF(0, 0, self.width() - height - Space.XS, height)
        paint_box(painter, track, t.raised, None, Radius.SMALL)
        round_track = QPainterPath()
        round_track.addRoundedRect(track, Radius.SMALL, Radius.SMALL)
        painter.save()
        painter.setClipPath(round_track)
        _fill(painter, track, self._peak, t, 0.4)
        _fill(painter, track, self._rms, t, 1.0)
        painter.restore()
        if self._held > 0:
            at = track.left() + self._held * (track.width() - 2)
            painter.fillRect(QRectF(round(at), track.top(), 2, height), t.text)


def _fill(painter: QPainter, track: QRectF, share: float, t: Tokens, alpha: float) -> None:
    """Fill a part of the track, in another colour where it gets loud."""
    loud = 1 - LOUD / QUIETEST
    painter.setPen(Qt.PenStyle.NoPen)
    for start, end, color in ((0.0, min(share, loud), t.ok), (loud, share, t.warn)):
        if end > start:
            box = QRectF(
                track.left() + start * track.width(), track.top(), (end - start) * track.width(),
                track.height(),
            )  # fmt: skip
            painter.fillRect(box, _ink(color, alpha))


def _ink(color: QColor, alpha: float) -> QColor:
    return faded(color, alpha) if alpha < 1 else color

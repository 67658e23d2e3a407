"""The bars of a waveform, and times as they stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.qt_models.asset_list import clock

if TYPE_CHECKING:
    from studio.domain.peaks import Columns, Peaks

BAR: Final = 2
GAP: Final = 2
PITCH: Final = BAR + GAP
LARGEST_GAIN: Final = 8.0
"""A quiet recording is drawn larger, so that it can be seen; its noise does not fill the height."""


def gain_for(peaks: Peaks) -> float:
    """How much larger than life to draw a sound."""
    loudest = peaks.loudest
    return min(1 / loudest, LARGEST_GAIN) if loudest > 0 else 1.0


def overview(peaks: Peaks, width: float, pitch: float = PITCH) -> Columns:
    """One column per bar over the whole sound."""
    count = max(int((width + GAP) // pitch), 1)
    return peaks.columns(0, max(peaks.frames, 1) / count, count)


def bar_lines(columns: Columns, box: QRectF, *, gain: float, left: float, pitch: float) -> list[QLineF]:
    """The bars of columns whose first one is centred at `left`; silence is a dot."""
    middle = box.center().y()
    half = (box.height() - BAR) / 2
    highs = (columns[:, 1] * gain).clip(0, 1) * half
    lows = (columns[:, 0] * gain).clip(-1, 0) * half
    x = left
    lines: list[QLineF] = []
    for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
        # Nothing at all is drawn for a line of no length, so a dot gets a little.
        lines.append(QLineF(x, middle - high, x, middle - low + 0.01))
        x += pitch
    return lines


def paint_bars(
    painter: QPainter,
    lines: list[QLineF],
    split: float,
    before: QColor,
    after: QColor,
    width: float = BAR,
) -> None:
    """Draw bars in one colour left of `split` (in pixels) and in another from there on."""
    at = len(lines)
    if lines:
        pitch = lines[1].x1() - lines[0].x1() if len(lines) > 1 else 1.0
        at = min(max(int((split - lines[0].x1()) / pitch + 1), 0), len(lines))
    for part, colour in ((lines[:at], before), (lines[at:], after)):
        if part:
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLines(part)


def time_text(seconds: float, whole: float = 0.0) -> str:
    """A position with the length behind it: "0:12 / 4:05"; the position alone where no length is known."""
    return f"{clock(seconds)} / {clock(whole)}" if whole else clock(seconds)


def precise_time(seconds: float) -> str:
    """A position to the tenth: "00:17.9", "1:02:03.4"."""
    tenths = max(int(seconds * 10 + 1e-6), 0)
    whole, tenth = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}.{tenth}" if hours else f"{minute:02}:{second:02}.{tenth}"

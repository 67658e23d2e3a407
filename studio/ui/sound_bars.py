"""The bars of a waveform, and times as they stand beside it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

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


def bar_rects(columns: Columns, box: QRectF, *, gain: float, left: float, pitch: float) -> list[QRect]:
    """The bars of columns, the first one at `left`, on whole pixels; silence is a dot."""
    middle = box.center().y()
    half = (box.height() - BAR) / 2
    tops = np.rint(middle - (columns[:, 1] * gain).clip(0, 1) * half - BAR / 2).astype(np.int32)
    ends = np.rint(middle - (columns[:, 0] * gain).clip(-1, 0) * half + BAR / 2).astype(np.int32)
    lefts = np.floor(left + np.arange(len(columns)) * pitch).astype(np.int32)
    heights = np.maximum(ends - tops, BAR)
    return [
        QRect(x, top, BAR, height)
        for x, top, height in zip(lefts.tolist(), tops.tolist(), heights.tolist(), strict=True)
    ]


def paint_bars(painter: QPainter, bars: list[QRect], split: float, before: QColor, after: QColor) -> None:
    """Draw bars in one colour left of `split` (in pixels) and in another from there on.

    As plain rectangles: hundreds of lines with round ends take the rasteriser 30 ms, these take none.
    """
    at = bisect_left(bars, split, key=QRect.left)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for part, colour in ((bars[:at], before), (bars[at:], after)):
        if part:
            painter.setBrush(colour)
            painter.drawRects(part)
    painter.restore()


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

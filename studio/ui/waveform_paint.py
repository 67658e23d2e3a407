"""Painting of the waveform: bars, single samples, ruler, selection, markers, playhead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.domain.peaks import BASE, Columns, Peaks, Samples, sample_columns
from studio.domain.sound import Span
from studio.ui.sound_bars import BAR, PITCH, bar_rects, paint_bars
from studio.ui.theme import Space, Theme, Tokens, faded, mix
from studio.ui.time_axis import TimeAxis
from studio.ui.widgets.base import paint_box, paint_text, text_width

RULER: Final = 18
TICK_ROOM: Final = 72
HEAD: Final = 4.0
THUMB: Final = 3
LINE_FROM: Final = 1.0
"""From this many pixels per sample on, the samples are joined by a line."""
DOTS_FROM: Final = 6.0


class Marker(NamedTuple):
    """A named place of a sound."""

    seconds: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fine:
    """Single samples around what is seen; `first` is the number of the first one."""

    samples: Samples
    first: int

    def covers(self, start: float, end: float) -> bool:
        """Whether the frames from `start` to `end` are among them."""
        return self.first <= max(start, 0) and end <= self.first + len(self.samples)


@dataclass(slots=True)
class Scene:
    """Everything a waveform shows."""

    peaks: Peaks | None = None
    fine: Fine | None = None
    gain: float = 1.0
    playhead: float = 0.0
    selection: Span | None = None
    markers: Sequence[Marker] = ()


def wave_box(width: float, height: float) -> QRectF:
    """Where the sound itself lies: all but the ruler."""
    ruler = Theme.current().px(RULER)
    return QRectF(0, 0, width, max(height - ruler, 1))


def paint_scene(painter: QPainter, axis: TimeAxis, height: float, scene: Scene) -> None:
    """Paint all of it into (0, 0) to (axis.width, height)."""
    theme = Theme.current()
    t = theme.tokens
    box = wave_box(axis.width, height)
    _paint_ruler(painter, axis, QRectF(0, box.bottom(), axis.width, height - box.bottom()), theme)
    if scene.selection is not None:
        left, right = axis.x_of(scene.selection.start), axis.x_of(scene.selection.end)
        painter.fillRect(QRectF(left, box.y(), right - left, box.height()), t.accent_soft)
    if scene.peaks is not None:
        _paint_sound(painter, axis, box.adjusted(0, Space.XS, 0, -Space.XS), scene, scene.peaks, t)
    _paint_markers(painter, axis, box, scene.markers, theme)
    if scene.selection is not None:
        painter.setPen(QPen(t.accent, 1))
        for seconds in scene.selection:
            x = axis.x_of(seconds)
            painter.drawLine(QLineF(x, box.y(), x, box.bottom()))
    _paint_head(painter, axis, box, scene.playhead, t)
    if not axis.fitted:
        _paint_thumb(painter, axis, box, t)


def _paint_sound(
    painter: QPainter, axis: TimeAxis, box: QRectF, scene: Scene, peaks: Peaks, t: Tokens
) -> None:
    rate = peaks.rate
    per_pixel = axis.scale * rate
    # Opaque, because blending each bar takes ten times as long.
    rest, done = mix(t.surface, t.text3, 0.75), t.honey
    # What is selected stands out, else what was played.
    lit = scene.selection or Span(0.0, scene.playhead)
    if per_pixel * LINE_FROM < 1 and scene.fine is not None:
        _paint_samples(painter, axis, box, scene.fine, rate, scene.gain, rest)
        return
    per_column = per_pixel * PITCH
    # Columns lie on a grid of the sound's own time, so that they do not flicker while it scrolls.
    first = int(axis.start * rate / per_column)
    count = int(axis.width / PITCH) + 2
    columns = _columns(peaks, scene.fine, first * per_column, per_column, count)
    ends = min(int(np.ceil(peaks.frames / per_column)) - first, count)
    left = first * per_column / per_pixel - axis.start / axis.scale
    bars = bar_rects(columns[: max(ends, 0)], box, gain=scene.gain, left=left, pitch=PITCH)
    begin, end = axis.x_of(lit.start), axis.x_of(lit.end)
    cut = bisect_left(bars, begin, key=QRect.left) if lit.start > 0 else 0
    paint_bars(painter, bars[:cut], -PITCH, rest, rest)
    paint_bars(painter, bars[cut:], end, done, rest)


def _columns(peaks: Peaks, fine: Fine | None, start: float, per_column: float, count: int) -> Columns:
    end = min(start + per_column * (count - 2), peaks.frames)
    if per_column < BASE and fine is not None and fine.covers(start, end):
        return sample_columns(fine.samples, fine.first, start, per_column, count)
    return peaks.columns(start, per_column, count)


def _paint_samples(
    painter: QPainter, axis: TimeAxis, box: QRectF, fine: Fine, rate: int, gain: float, ink: QColor
) -> None:
    """The curve itself, with a dot for each sample where there is room."""
    first = max(int(axis.start * rate) - 1, fine.first, 0)
    last = min(int(axis.end * rate) + 2, fine.first + len(fine.samples))
    values = fine.samples[first - fine.first : max(last - fine.first, 0)]
    middle, half = box.center().y(), box.height() / 2
    heights = (values * gain).clip(-1, 1) * half
    points = [
        QPointF(axis.x_of((first + number) / rate), middle - value)
        for number, value in enumerate(heights.tolist())
    ]
    painter.setPen(QPen(ink, 1))
    painter.drawLine(QLineF(box.left(), middle, box.right(), middle))
    painter.setPen(QPen(ink, BAR - 0.5))
    painter.drawPolyline(QPolygonF(points))
    if 1 / (axis.scale * rate) >= DOTS_FROM:
        painter.setPen(QPen(ink, 2 * BAR, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF(points))


def _paint_ruler(painter: QPainter, axis: TimeAxis, box: QRectF, theme: Theme) -> None:
    t = theme.tokens
    font = theme.font("caption", tabular=True)
    painter.setPen(QPen(t.border_strong, 1))
    ticks = axis.ticks(theme.px(TICK_ROOM))
    painter.drawLines(
        [
            QLineF(round(x) + 0.5, box.y(), round(x) + 0.5, box.y() + (6 if tick.text else 3))
            for tick, x in ((tick, axis.x_of(tick.seconds)) for tick in ticks)
        ]
    )
    painter.setFont(font)
    painter.setPen(t.text3)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for tick in ticks:
        x = axis.x_of(tick.seconds)
        if tick.text and -TICK_ROOM < x < axis.width:
            rect = QRectF(x + Space.XS, box.y() + 2, theme.px(TICK_ROOM), box.height() - 2)
            if rect.x() + theme.px(TICK_ROOM) / 2 < axis.width:
                painter.drawText(rect, flags, tick.text)


def _paint_markers(
    painter: QPainter, axis: TimeAxis, box: QRectF, markers: Sequence[Marker], theme: Theme
) -> None:
    t = theme.tokens
    font = theme.font("caption")
    seen = [marker for marker in markers if axis.start <= marker.seconds <= axis.end]
    for number, marker in enumerate(seen):
        x = axis.x_of(marker.seconds)
        painter.setPen(QPen(t.info, 1))
        painter.drawLine(QLineF(x, box.y(), x, box.bottom()))
        following = axis.x_of(seen[number + 1].seconds) if number + 1 < len(seen) else axis.width
        room = min(following, axis.width) - x - Space.SM
        if marker.label and room > 2 * Space.LG:
            rect = QRectF(x + Space.XS, box.y(), room, theme.line_height("caption"))
            plate = min(text_width(marker.label, font) + Space.XS, room)
            painter.fillRect(QRectF(x + 1, rect.y(), plate + Space.XS, rect.height()), t.info_soft)
            paint_text(painter, rect, marker.label, font, t.info)


def _paint_head(painter: QPainter, axis: TimeAxis, box: QRectF, seconds: float, t: Tokens) -> None:
    x = axis.x_of(seconds)
    if not -HEAD <= x <= axis.width + HEAD:
        return
    x = min(max(x, 0.5), axis.width - 0.5)
    painter.setPen(QPen(t.text, 1))
    painter.drawLine(QLineF(x, box.y(), x, box.bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.text)
    painter.drawPolygon(
        QPolygonF([QPointF(x - HEAD, box.y()), QPointF(x + HEAD, box.y()), QPointF(x, box.y() + HEAD * 1.4)])
    )


def _paint_thumb(painter: QPainter, axis: TimeAxis, box: QRectF, t: Tokens) -> None:
    """Which part of the whole is seen."""
    width = max(axis.span / axis.duration * axis.width, 4 * THUMB)
    left = axis.start / max(axis.duration - axis.span, 1e-9) * (axis.width - width)
    paint_box(painter, QRectF(left, box.bottom() - THUMB, width, THUMB), faded(t.text3, 0.6), None, THUMB)

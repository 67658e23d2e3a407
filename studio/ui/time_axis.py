"""Where seconds lie on a widget: zoom, pan, and the marks of a ruler."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from studio.qt_models.asset_list import clock

WIDEST_SAMPLE: Final = 12.0
"""Pixels that one sample takes at the largest zoom."""
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


class Tick(NamedTuple):
    """A mark of the ruler; the small ones have no text."""

    seconds: float
    text: str


class TimeAxis:
    """The part of a sound that is seen.

    `start` is the second at the left edge, `scale` how many seconds a pixel covers. The whole sound is always
    in reach and never smaller than the width.
    """

    def __init__(self) -> None:
        self.duration = 0.0
        self.rate = 48_000
        self.width = 1.0
        self.start = 0.0
        self.scale = 0.0

    @property
    def end(self) -> float:
        """The second at the right edge."""
        return self.start + self.scale * self.width

    @property
    def span(self) -> float:
        """Seconds in sight."""
        return self.scale * self.width

    @property
    def fitted(self) -> bool:
        """Whether the whole sound is in sight."""
        return self.scale >= self._largest()

    def set_sound(self, duration: float, rate: int) -> None:
        """Another sound, or its length became known; it is fitted unless it is only a little longer."""
        fitted = self.fitted or not self.duration
        self.duration, self.rate = duration, max(rate, 1)
        if fitted:
            self.fit()
        else:
            self._clamp()

    def set_width(self, width: float) -> None:
        """The widget's width changed: what was fitted stays fitted, else the left edge and the scale stay."""
        fitted = self.fitted
        self.width = max(width, 1.0)
        if fitted:
            self.fit()
        else:
            self._clamp()

    def fit(self) -> None:
        self.start, self.scale = 0.0, self._largest()

    def zoom(self, factor: float, at: float) -> None:
        """Zoom in (more than 1) or out; the second `at` stays where it is."""
        x = self.x_of(at)
        self.scale = min(max(self.scale / factor, 1 / (self.rate * WIDEST_SAMPLE)), self._largest())
        self.start = at - x * self.scale
        self._clamp()

    def show_span(self, start: float, end: float, margin: float = 0.05) -> None:
        """Zoom so that a stretch fills the width but for `margin` on each side."""
        length = max(end - start, 1 / self.rate)
        self.scale = length * (1 + 2 * margin) / self.width
        self.scale = min(max(self.scale, 1 / (self.rate * WIDEST_SAMPLE)), self._largest())
        self.start = start - length * margin
        self._clamp()

    def pan(self, pixels: float) -> None:
        """Move what is seen; positive goes towards the end."""
        self.start += pixels * self.scale
        self._clamp()

    def reveal(self, seconds: float) -> bool:
        """Turn the page if a second is out of sight; True if it was."""
        if self.start <= seconds <= self.end or self.fitted:
            return False
        self.start = seconds - self.span * 0.05
        self._clamp()
        return True

    def x_of(self, seconds: float) -> float:
        return (seconds - self.start) / self.scale if self.scale else 0.0

    def seconds_at(self, x: float) -> float:
        """The second under a pixel, inside the sound."""
        return min(max(self.start + x * self.scale, 0.0), self.duration)

    def ticks(self, room: float) -> list[Tick]:
        """The ruler's marks in sight, with texts at least `room` pixels apart."""
        if not self.scale or not self.duration:
            return []
        step = self._step(room * self.scale)
        small = step / 5 if step >= 5 and step % 5 == 0 and step not in (15, 900) else step / 4
        first = math.floor(self.start / small)
        last = math.ceil(min(self.end, self.duration) / small)
        per = round(step / small)
        return [
            Tick(number * small, _label(number * small, step) if number % per == 0 else "")
            for number in range(max(first, 0), last + 1)
        ]

    def _step(self, least: float) -> float:
        for step in _STEPS:
            if step >= least and least > 0.5:
                return step
        if least > _STEPS[-1]:
            return math.ceil(least / 3600) * 3600.0
        size = 10.0 ** math.floor(math.log10(least))
        return next(size * nice for nice in (1, 2, 5, 10) if size * nice >= least * (1 - 1e-9))

    def _largest(self) -> float:
        return self.duration / self.width

    def _clamp(self) -> None:
        self.scale = min(self.scale, self._largest())
        self.start = min(max(self.start, 0.0), max(self.duration - self.span, 0.0))


def _label(seconds: float, step: float) -> str:
    """A time with as many decimals as the step needs."""
    if step >= 1:
        return clock(seconds)
    digits = min(max(math.ceil(-math.log10(step) - 1e-9), 1), 6)
    whole = int(seconds + 10.0**-7)
    return clock(whole) + f"{max(seconds - whole, 0.0):.{digits}f}"[1:]

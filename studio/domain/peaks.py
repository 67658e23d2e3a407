"""The outline of a sound at many scales: what a waveform is painted from.

Level 0 holds the lowest and the highest sample of each bucket of `BASE` frames, over all channels; each level
above it summarises `FACTOR` buckets of the one below. So any stretch of a sound of any length is outlined
from a few values per column, whatever the zoom.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

BASE = 512
FACTOR = 4
SCALE = 32767.0
SMALLEST_LEVEL = 64
"""A level with no more buckets than this is the last one."""

Level = npt.NDArray[np.int16]
"""Shape (buckets, 2): lowest and highest sample, full scale is ±32767."""
Samples = npt.NDArray[np.float32]
"""Mono samples, full scale is ±1."""
Columns = npt.NDArray[np.float32]
"""Shape (columns, 2): lowest and highest sample, full scale is ±1."""


class Peaks:
    """The outline of one sound.

    Args:
        rate: frames per second of the sound itself.
        frames: its length.
        levels: from the finest to the coarsest; may lie in a mapped file, so that a long sound costs little.
    """

    __slots__ = ("frames", "levels", "rate")

    def __init__(self, rate: int, frames: int, levels: Sequence[Level]) -> None:
        self.rate = rate
        self.frames = frames
        self.levels = tuple(levels)

    @classmethod
    def of_samples(cls, samples: npt.NDArray[np.float32], rate: int) -> Peaks:
        """The outline of mono samples in ±1 that are in memory already."""
        return cls(rate, len(samples), levels_above(base_level(samples)))

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate if self.rate else 0.0

    @property
    def loudest(self) -> float:
        """The largest sample, 0 to 1; 0 for a silent file."""
        if not self.levels or not len(self.levels[-1]):
            return 0.0
        return float(np.abs(self.levels[-1].astype(np.int32)).max()) / SCALE

    def columns(self, start: float, per_column: float, count: int) -> Columns:
        """The outline of `count` columns side by side.

        Args:
            start: the first column's first frame, 0 or more.
            per_column: frames that a column covers; below `BASE` neighbours share a bucket.

        Returns:
            Zeros where the sound has ended.
        """
        out = np.zeros((count, 2), np.float32)
        if not self.levels or count <= 0 or per_column <= 0:
            return out
        number = self._level_for(per_column)
        level, bucket = self.levels[number], BASE * FACTOR**number
        edges = np.floor((start + np.arange(count + 1) * per_column) / bucket).astype(np.int64)
        seen = int(np.searchsorted(edges[:-1], len(level)))
        if not seen:
            return out
        first = int(edges[0])
        last = min(max(int(edges[seen]), int(edges[seen - 1]) + 1), len(level))
        part, at = level[first:last], edges[:seen] - first
        out[:seen, 0] = np.minimum.reduceat(part[:, 0], at)
        out[:seen, 1] = np.maximum.reduceat(part[:, 1], at)
        out /= SCALE
        return out

    def _level_for(self, per_column: float) -> int:
        """The coarsest level that still has a bucket for each column."""
        number = 0
        while number + 1 < len(self.levels) and BASE * FACTOR ** (number + 1) <= per_column:
            number += 1
        return number


def base_level(samples: npt.NDArray[np.float32]) -> Level:
    """Level 0 of mono samples; the last bucket may cover fewer frames."""
    whole = len(samples) // BASE * BASE
    level = np.zeros(((len(samples) + BASE - 1) // BASE, 2), np.int16)
    if whole:
        buckets = samples[:whole].reshape(-1, BASE)
        level[: len(buckets), 0] = to_int16(buckets.min(axis=1))
        level[: len(buckets), 1] = to_int16(buckets.max(axis=1))
    if whole < len(samples):
        level[-1] = to_int16(np.array([samples[whole:].min(), samples[whole:].max()], np.float32))
    return level


def to_int16(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Samples in ±1 as 16-bit numbers; what is louder is clipped, what is no number is silent."""
    return np.round(np.clip(np.nan_to_num(values), -1, 1) * SCALE).astype(np.int16)


def coarser(level: Level) -> Level:
    """The level above one: `FACTOR` buckets become one."""
    at = np.arange(0, len(level), FACTOR)
    return np.stack([np.minimum.reduceat(level[:, 0], at), np.maximum.reduceat(level[:, 1], at)], axis=1)


def levels_above(base: Level) -> list[Level]:
    """All levels from the finest one on."""
    levels = [base]
    while len(levels[-1]) > SMALLEST_LEVEL:
        levels.append(coarser(levels[-1]))
    return levels


def sample_columns(
    samples: npt.NDArray[np.float32], first: int, start: float, per_column: float, count: int
) -> Columns:
    """The outline of columns that are finer than any level, from the samples themselves.

    Args:
        first: the number of the first of `samples`; the others as in `Peaks.columns`.

    Returns:
        Zeros where there are no samples.
    """
    out = np.zeros((count, 2), np.float32)
    edges = np.floor(start + np.arange(count + 1) * per_column).astype(np.int64) - first
    seen = np.flatnonzero((edges[:-1] >= 0) & (edges[:-1] < len(samples)))
    if not len(seen):
        return out
    at = edges[:-1][seen]
    last = min(max(int(edges[seen[-1] + 1]), int(at[-1]) + 1), len(samples))
    part = samples[int(at[0]) : last]
    out[seen, 0] = np.minimum.reduceat(part, at - at[0])
    out[seen, 1] = np.maximum.reduceat(part, at - at[0])
    return out

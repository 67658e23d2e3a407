"""Raw sound as a device gives it: to 16-bit samples, and how loud a stretch of them is."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FULL = 32768.0
CLIPPED = 32767
"""A sample at either end of the scale: the device could not tell how loud it was."""
QUIETEST = -60.0
"""dBFS at the left end of a meter."""


class SampleKind(StrEnum):
    """How one sample is written, in the machine's byte order."""

    U8 = "u8"
    S16 = "s16"
    S32 = "s32"
    F32 = "f32"

    @property
    def width(self) -> int:
        """Bytes of one sample."""
        return {"u8": 1, "s16": 2, "s32": 4, "f32": 4}[self.value]


class Level(NamedTuple):
    """How loud a stretch of sound is; 1 is full scale.

    Args:
        peak: the largest sample. `rms`: the root of the mean square.
        clipped: a sample stood at the end of the scale.
    """

    peak: float = 0.0
    rms: float = 0.0
    clipped: bool = False


class PcmConverter:
    """Turns a device's chunks into mono or stereo 16-bit little-endian samples.

    Chunks may end anywhere, also inside a sample; what is left over comes with the next one.

    Args:
        kind, channels: of the device. `into`: channels that come out, 1 or 2, or as many as the device has.
    """

    def __init__(self, kind: SampleKind, channels: int, into: int = 1) -> None:
        self._kind = kind
        self._channels = max(channels, 1)
        self._into = into
        self._frame = kind.width * self._channels
        self._rest = b""

    def feed(self, chunk: bytes) -> bytes:
        """Whole frames as far as they have come."""
        data = self._rest + chunk
        whole = len(data) // self._frame * self._frame
        self._rest = data[whole:]
        if not whole:
            return b""
        if self._kind is SampleKind.S16 and self._channels == self._into:
            return data[:whole]
        frames = self._floats(data[:whole]).reshape(-1, self._channels)
        if self._into == 1:
            frames = frames.mean(axis=1)
        elif self._into != self._channels:
            frames = np.repeat(frames[:, :1], self._into, axis=1) if self._channels == 1 else frames[:, :2]
        return np.rint(frames * FULL).clip(-FULL, FULL - 1).astype("<i2").tobytes()

    def _floats(self, data: bytes) -> npt.NDArray[np.float32]:
        if self._kind is SampleKind.U8:
            return ((np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128).astype(np.float32)
        if self._kind is SampleKind.S16:
            return (np.frombuffer(data, np.int16) / FULL).astype(np.float32)
        if self._kind is SampleKind.S32:
            return (np.frombuffer(data, np.int32) / 2.0**31).astype(np.float32)
        return np.nan_to_num(np.frombuffer(data, np.float32)).astype(np.float32)


def level_of(pcm: bytes) -> Level:
    """How loud 16-bit samples are, over all channels."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int32)
    if not len(samples):
        return Level()
    peak = int(np.abs(samples).max())
    mean_square = float(np.mean(np.square(samples, dtype=np.float64)))
    return Level(min(peak / CLIPPED, 1.0), math.sqrt(mean_square) / FULL, peak >= CLIPPED)


def decibels(amplitude: float) -> float:
    """dBFS of an amplitude; nothing is quieter than `QUIETEST`."""
    return max(20 * math.log10(amplitude), QUIETEST) if amplitude > 0 else QUIETEST


def meter_share(amplitude: float) -> float:
    """How far a meter goes for an amplitude: 0 at `QUIETEST`, 1 at full scale, even in decibels."""
    return min(max(1 - decibels(amplitude) / QUIETEST, 0.0), 1.0)

"""Facts about sound files: what is in them, how loud it is, where it is silent, what it can be written as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LOUDNESS_TARGET = -16.0
"""LUFS of spoken word for listening on anything (EBU R128 s2 asks -16 to -20 for streaming)."""
PEAK_CEILING = -1.5
"""dBTP: what lossy encoders need as headroom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundInfo:
    """What a sound or video file says about itself.

    Args:
        duration: seconds; None where the file does not say.
        rate: frames per second. `layout`: as FFmpeg names it ("mono", "5.1").
        bit_rate: bits per second, 0 when not known.
        has_video: it has moving pictures (a cover is none).
        size: bytes.
    """

    duration: float | None
    rate: int
    channels: int
    layout: str
    codec: str
    container: str
    bit_rate: int = 0
    has_video: bool = False
    size: int = 0


class Span(NamedTuple):
    """A stretch of a sound in seconds."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        return self.end - self.start


class PcmFormat(NamedTuple):
    """Raw 16-bit samples: frames per second, and channels side by side."""

    rate: int
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        return 2 * self.channels


class Loudness(NamedTuple):
    """EBU R128 figures. Silence has none: `integrated` is -inf.

    Args:
        integrated: LUFS over the whole. `range`: LU. `true_peak`: dBTP.
    """

    integrated: float
    range: float
    true_peak: float


class SoundFormat(StrEnum):
    """What sounds are written as; the value is the file's extension."""

    MP3 = "mp3"
    WAV = "wav"
    FLAC = "flac"
    OPUS = "opus"
    M4A = "m4a"

    @property
    def extension(self) -> str:
        return f".{self.value}"

    @property
    def mime(self) -> str:
        return {"mp3": "audio/mpeg", "m4a": "audio/mp4", "opus": "audio/ogg"}.get(
            self.value, f"audio/{self.value}"
        )

    @property
    def has_chapters(self) -> bool:
        """Whether players find chapters in such a file."""
        return self in (SoundFormat.MP3, SoundFormat.OPUS, SoundFormat.M4A)

    @property
    def lossless(self) -> bool:
        return self in (SoundFormat.WAV, SoundFormat.FLAC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeOptions:
    """How to write a sound.

    Args:
        rate: frames per second; None keeps the source's (Opus makes it 48,000, MP3 at most 48,000).
        channels: 1 or 2; None keeps mono as mono and makes everything else stereo.
        bit_rate: bits per second, for lossy formats.
        quick: write an MP3 in less time and a little worse, for what a machine listens to.
    """

    format: SoundFormat = SoundFormat.MP3
    rate: int | None = None
    channels: int | None = None
    bit_rate: int = 128_000
    quick: bool = False


class Part(NamedTuple):
    """A piece of a joined sound: a file, whole or from `start` to `end` seconds, then silence.

    Args:
        gain: decibels to add.
        pause: seconds of silence after it.
    """

    path: str
    start: float = 0.0
    end: float | None = None
    gain: float = 0.0
    pause: float = 0.0


class Chapter(NamedTuple):
    """A part of a sound that players can jump to; seconds."""

    title: str
    start: float
    end: float


class Joined(NamedTuple):
    """A joined file: where each part begins and ends in it, without its pause, and its length in frames."""

    spans: tuple[Span, ...]
    frames: int
    rate: int


def gain_to(loudness: Loudness, target: float = LOUDNESS_TARGET, ceiling: float = PEAK_CEILING) -> float:
    """Decibels that bring a sound to `target` LUFS without its true peak passing `ceiling`; 0 for silence."""
    if loudness.integrated == float("-inf"):
        return 0.0
    return min(target - loudness.integrated, ceiling - loudness.true_peak)

"""Sound files for tests, made by PyAV: tones, silence, odd shapes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

CODECS = {
    ".mp3": ("libmp3lame", "s16p"), ".wav": ("pcm_s16le", "s16"), ".flac": ("flac", "s16"),
    ".opus": ("libopus", "s16"), ".ogg": ("libopus", "s16"), ".m4a": ("aac", "fltp"), ".mp4": ("aac", "fltp"),
}  # fmt: skip


def tone(seconds: float, *, rate: int = 44100, hertz: float = 440.0, level: float = 0.5) -> np.ndarray:
    """Mono float samples of a sine."""
    return (np.sin(np.arange(round(seconds * rate)) * (2 * np.pi * hertz / rate)) * level).astype(np.float32)


def silence(seconds: float, *, rate: int = 44100) -> np.ndarray:
    return np.zeros(round(seconds * rate), np.float32)


def noise(seconds: float, *, rate: int = 44100, level: float = 0.3, seed: int = 1) -> np.ndarray:
    made = np.random.default_rng(seed).uniform(-level, level, round(seconds * rate))
    return made.astype(np.float32)


def write_sound(path: Path, samples: np.ndarray, *, rate: int = 44100, layout: str = "mono") -> Path:
    """Write mono samples to every channel of a file whose format its extension names."""
    codec, sample_format = CODECS[path.suffix]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        stream.format = sample_format
        encode(container, stream, samples, rate, layout)
    return path


def encode(container: Any, stream: Any, samples: np.ndarray, rate: int, layout: str) -> None:
    channels = av.AudioLayout(layout).nb_channels
    resampler = av.AudioResampler(
        stream.format.name, layout, stream.rate, stream.codec_context.frame_size or 1024
    )
    for start in range(0, len(samples), rate):
        block = np.repeat(samples[start : start + rate], channels)[None].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(block, "flt", layout)
        frame.sample_rate = rate
        for made in resampler.resample(frame):
            container.mux(stream.encode(made))
    for made in resampler.resample(None):
        container.mux(stream.encode(made))
    container.mux(stream.encode(None))


def write_film(path: Path, seconds: float, sound: np.ndarray | None = None, *, rate: int = 44100) -> Path:
    """A small grey film, with a sound track or without."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        track: Any = None
        if sound is not None:
            track = container.add_stream("aac", rate=rate, layout="mono")
        for number in range(round(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 90, np.uint8), "rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            encode(container, track, sound, rate, "mono")
    return path


def read_mono(path: Path) -> tuple[np.ndarray, int]:
    """All samples of a file, decoded by PyAV alone."""
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler("flt", "mono", rate)
        for frame in container.decode(stream):
            frame.pts = None
            parts += [made.to_ndarray()[0] for made in resampler.resample(frame)]
        parts += [made.to_ndarray()[0] for made in resampler.resample(None)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32), rate


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(parts))

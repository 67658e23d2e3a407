"""Sounds in memory, and the files they are kept in."""

# PyAV's stubs leave the type arguments of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

SoundKind = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
Samples = NDArray[np.float32]

# Bare PCM has no header: this is what the service sends (CONTRACT, audio/speech `response_format`).
PCM_RATE = 24_000
_FILES: dict[str, tuple[str, str, dict[str, str]]] = {
    # kind: container, codec, the container's options
    "mp3": ("mp3", "libmp3lame", {}),
    "opus": ("ogg", "libopus", {}),
    # ADTS has no tags of its own; an ID3 tag in front is what players expect there.
    "aac": ("adts", "aac", {"write_id3v2": "1"}),
    "flac": ("flac", "flac", {}),
    "wav": ("wav", "pcm_s16le", {}),
}
# Bits a second for each channel.
_BIT_RATES = {"mp3": 64_000, "opus": 48_000, "aac": 64_000}


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples within -1 to 1, shape (channels, length), at `rate` a second."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.rate

    @property
    def mono(self) -> Samples:
        return self.samples.mean(axis=0, dtype=np.float32)


def frame_of(sound: Sound) -> AudioFrame:
    """The whole sound as one frame; encoders cut and convert it as they need."""
    layout = "stereo" if sound.samples.shape[0] == 2 else "mono"
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples), "fltp", layout)
    frame.sample_rate = sound.rate
    frame.pts = 0
    return frame


def write_sound(sound: Sound, kind: SoundKind, comment: str = "") -> bytes:
    """The sound's file. The comment is kept as a tag wherever the format has tags (all but pcm)."""
    if kind == "pcm":
        return _bare(sound)
    container_name, codec, options = _FILES[kind]
    rate = 48_000 if kind == "opus" and sound.rate not in (48_000, 24_000) else sound.rate
    layout = "stereo" if sound.samples.shape[0] == 2 else "mono"
    out = io.BytesIO()
    # "bitexact" leaves out the encoder's version, so that the same sound is the same file.
    with av.open(out, "w", format=container_name, options={"fflags": "+bitexact", **options}) as container:
        if comment:
            container.metadata["comment"] = comment
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=layout))
        if kind in _BIT_RATES:
            stream.bit_rate = _BIT_RATES[kind] * sound.samples.shape[0]
        container.mux(stream.encode(frame_of(sound)))
        container.mux(stream.encode(None))
    return out.getvalue()


def _bare(sound: Sound) -> bytes:
    """16-bit little-endian mono at PCM_RATE."""
    mono = sound.mono
    if sound.rate != PCM_RATE:
        step = sound.rate // PCM_RATE
        if step * PCM_RATE != sound.rate:
            raise ValueError(f"PCM needs a multiple of {PCM_RATE} samples a second, not {sound.rate}")
        mono = mono[: mono.size // step * step].reshape(-1, step).mean(axis=1)
    return np.clip(mono * 32767, -32768, 32767).round().astype("<i2").tobytes()


def read_sound(data: bytes) -> Sound:
    """The sound in a file of any common kind; bytes no container claims are taken for bare PCM.

    Raises ValueError when there is no sound in it.
    """
    if not is_container(data):
        if len(data) < 2 or b"\0" not in data:
            raise ValueError("this is not a sound file")
        whole = (np.frombuffer(data[: len(data) // 2 * 2], "<i2") / 32768).astype(np.float32)
        return Sound(whole[None, :], PCM_RATE)
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if not container.streams.audio:
                raise ValueError("this file has no sound in it")
            return _decoded(container)
    except (FFmpegError, UnicodeDecodeError) as error:
        raise ValueError("this is not a sound file") from error


def _decoded(container: InputContainer) -> Sound:
    stream = container.streams.audio[0]
    layout = "mono" if stream.channels == 1 else "stereo"
    resampler = av.AudioResampler("fltp", layout, stream.rate)
    parts = [ready.to_ndarray() for frame in container.decode(stream) for ready in resampler.resample(frame)]
    parts.extend(ready.to_ndarray() for ready in resampler.resample(None))
    if not parts:
        raise ValueError("this file has no sound in it")
    return Sound(np.concatenate(parts, axis=1).astype(np.float32), stream.rate)


def comment_of(data: bytes) -> str:
    """The file's comment tag, or nothing."""
    if not is_container(data):
        return ""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            found = dict(container.metadata)
            for stream in container.streams:
                found = {**stream.metadata, **found}
    except (FFmpegError, UnicodeDecodeError):
        return ""
    return next((value for key, value in found.items() if key.lower() == "comment"), "")


def is_container(data: bytes) -> bool:
    """Whether the first bytes are those of a media file."""
    starts = (b"RIFF", b"fLaC", b"OggS", b"ID3", b"\x1a\x45\xdf\xa3", b"FORM", b".snd", b"caff")
    mpeg = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] != 0xFF
    return data.startswith(starts) or data[4:8] == b"ftyp" or mpeg

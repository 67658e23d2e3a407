"""Sound files for the sandbox: speech, music and effects, and what can be told from a given file.

The same arguments always give the same bytes (for one version of FFmpeg and NumPy).
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

from studio.sandbox.make.audio_files import Sound, SoundKind, comment_of, read_sound, write_sound
from studio.sandbox.make.effects import effect_sound
from studio.sandbox.make.tunes import tune
from studio.sandbox.make.voice import spoken

# Spans are told from silence by the level of windows this long.
_WINDOW_SECONDS = 0.02
_SHORTEST_PAUSE = 0.12
_QUIET = 0.03
# Stem name and its band in Hz; together the four add up to the whole.
_STEMS = (("bass", 0.0, 200.0), ("other", 200.0, 900.0), ("vocals", 900.0, 4500.0), ("drums", 4500.0, 1e9))


def speech(text: str, voice: str, seed: int, *, kind: SoundKind = "mp3", speed: float = 1.0) -> bytes:
    """The text as speech-like sound, about 14 characters a second times `speed`, mono at 24 kHz.

    All kinds but pcm also keep the text itself, for `spoken_text`.
    """
    return write_sound(spoken(text, voice, seed, speed), kind, comment=text)


def music(
    prompt: str, seed: int, seconds: float, *, instrumental: bool = False, kind: SoundKind = "mp3"
) -> bytes:
    """Stereo music of `seconds`; unless instrumental, a voice sings along without words."""
    return write_sound(tune(prompt, seed, seconds, instrumental=instrumental), kind)


def effect(prompt: str, seed: int, seconds: float, *, kind: SoundKind = "mp3") -> bytes:
    """A sound effect of `seconds`, its family chosen by the prompt's words."""
    return write_sound(effect_sound(prompt, seed, seconds), kind)


def seconds_of(data: bytes) -> float:
    """The length of a sound file. Raises ValueError when it is none."""
    return read_sound(data).seconds


def spoken_text(data: bytes) -> str:
    """The text that `speech` kept in the file, or nothing."""
    return comment_of(data)


def segments_of(data: bytes) -> list[tuple[float, float]]:
    """Start and end in seconds of each stretch that is not silent, in order.

    Raises ValueError when the file has no sound in it.
    """
    sound = read_sound(data)
    window = max(1, round(_WINDOW_SECONDS * sound.rate))
    mono = sound.mono
    count = mono.size // window
    levels = np.sqrt((mono[: count * window].reshape(count, window) ** 2).mean(axis=1))
    loud = levels > max(1e-4, _QUIET * float(levels.max(initial=0.0)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    spans: list[tuple[float, float]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begin, finish = start * _WINDOW_SECONDS, min(sound.seconds, end * _WINDOW_SECONDS)
        if spans and begin - spans[-1][1] < _SHORTEST_PAUSE:
            spans[-1] = (spans[-1][0], finish)
        else:
            spans.append((begin, finish))
    return [(round(begin, 3), round(finish, 3)) for begin, finish in spans]


def stems_zip(data: bytes) -> bytes:
    """A ZIP of four MP3s (bass, other, vocals, drums) that together make the given sound.

    Raises ValueError when the file has no sound in it.
    """
    sound = read_sound(data)
    size = 1 << max(1, (sound.samples.shape[1] - 1).bit_length())
    spectrum = np.fft.rfft(sound.samples, size, axis=1)
    frequency = np.fft.rfftfreq(size, 1 / sound.rate)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, low, high in _STEMS:
            band = spectrum * ((frequency >= low) & (frequency < high))
            part = np.fft.irfft(band, size, axis=1)[:, : sound.samples.shape[1]].astype(np.float32)
            # A fixed date: the same sound gives the same archive.
            entry = zipfile.ZipInfo(f"{name}.mp3", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, write_sound(Sound(part, sound.rate), "mp3"))
    return out.getvalue()

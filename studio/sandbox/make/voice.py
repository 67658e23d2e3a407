"""Speech for the sandbox: letters become rough phonemes, and phonemes become sums of harmonics.

Each 5 ms frame has a pitch, a voiced and a breathy level and three formants. The voiced part is a sum of the
pitch's harmonics, as loud as the formants let them be; the breath is noise shaped by the same formants.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sandbox.make.audio_files import Sound
from studio.sandbox.make.dice import dice, word_set

RATE = 24_000
CHARACTERS_A_SECOND = 14.0
_HOP = 120
_FRAME_SECONDS = _HOP / RATE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phone:
    """One speech sound: formants in Hz, levels 0 to 1, length in seconds before the tempo is set."""

    formants: tuple[float, float, float]
    voiced: float
    breath: float
    seconds: float
    hiss: float = 0.0
    """Where hissing noise is centred, in Hz; 0 leaves the breath to the formants."""


_VOWELS = {
    "a": (800, 1300, 2600), "e": (560, 1850, 2550), "i": (330, 2250, 2950), "o": (520, 920, 2500),
    "u": (360, 870, 2350), "y": (350, 2150, 2850), "ee": (300, 2350, 3050), "oo": (330, 850, 2300),
    "ou": (600, 1000, 2500), "ai": (560, 1950, 2600), "ay": (560, 1950, 2600), "ea": (360, 2250, 2900),
    "ow": (620, 1000, 2500), "au": (620, 950, 2500), "oi": (520, 1100, 2500), "er": (490, 1350, 1700),
}  # fmt: skip
_CONSONANTS = {
    # formants, voiced, breath, seconds, hiss
    "b": ((300, 900, 2300), 0.35, 0.1, 0.06, 0), "d": ((300, 1700, 2600), 0.35, 0.15, 0.06, 0),
    "g": ((300, 1900, 2400), 0.35, 0.15, 0.065, 0), "p": ((400, 900, 2300), 0.0, 0.35, 0.07, 1200),
    "t": ((400, 1700, 2600), 0.0, 0.5, 0.065, 4200), "k": ((400, 1900, 2400), 0.0, 0.45, 0.07, 2200),
    "c": ((400, 1900, 2400), 0.0, 0.45, 0.07, 2200), "q": ((400, 1200, 2400), 0.0, 0.4, 0.07, 1800),
    "f": ((400, 1300, 2500), 0.0, 0.3, 0.085, 6200), "v": ((300, 1300, 2500), 0.4, 0.15, 0.065, 5200),
    "s": ((400, 1700, 2600), 0.0, 0.5, 0.095, 6800), "z": ((300, 1700, 2600), 0.35, 0.3, 0.075, 6200),
    "x": ((400, 1800, 2500), 0.0, 0.5, 0.1, 5600), "h": ((600, 1500, 2500), 0.0, 0.35, 0.055, 0),
    "j": ((300, 1900, 2500), 0.3, 0.35, 0.08, 3200), "l": ((360, 1150, 2700), 0.65, 0.0, 0.065, 0),
    "r": ((420, 1250, 1650), 0.65, 0.0, 0.065, 0), "m": ((270, 1050, 2200), 0.55, 0.0, 0.07, 0),
    "n": ((270, 1550, 2500), 0.55, 0.0, 0.065, 0), "w": ((320, 720, 2200), 0.6, 0.0, 0.06, 0),
    "sh": ((400, 1800, 2500), 0.0, 0.5, 0.095, 3400), "ch": ((400, 1800, 2500), 0.0, 0.5, 0.09, 3700),
    "th": ((400, 1400, 2500), 0.15, 0.25, 0.075, 5800), "ng": ((270, 1900, 2500), 0.5, 0.0, 0.07, 0),
    "ph": ((400, 1300, 2500), 0.0, 0.3, 0.085, 6200), "ck": ((400, 1900, 2400), 0.0, 0.45, 0.07, 2200),
}  # fmt: skip
_SOUNDS = {
    **{
        name: Phone((float(f[0]), float(f[1]), float(f[2])), 1.0, 0.02, 0.1 + 0.03 * (len(name) - 1))
        for name, f in _VOWELS.items()
    },
    **{
        name: Phone((float(f[0]), float(f[1]), float(f[2])), voiced, breath, seconds, float(hiss))
        for name, (f, voiced, breath, seconds, hiss) in _CONSONANTS.items()
    },
}
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PAUSES = {".": 0.34, "!": 0.34, "?": 0.34, ":": 0.24, ";": 0.24, ",": 0.2, "\n": 0.36, "—": 0.22, "–": 0.22}
_CONTEXT = re.compile(r"[.!?:;,\n—–。！？、，]+|[^.!?:;,\n—–。！？、，]+")


@dataclass(frozen=True, slots=True)
class Voice:
    """`pitch` in Hz; `size` scales the formants (smaller heads sound brighter)."""

    pitch: float
    size: float
    lilt: float
    breath: float


# Registers listeners expect of the service's best known voices; every other name gets its own by chance.
_LOW = word_set("echo onyx ash ballad verse adam antoni arnold josh sam brian daniel george will eric")
_HIGH = word_set("nova shimmer coral sage alloy rachel bella elli domi charlotte sarah lily jessica")


def voice_named(name: str) -> Voice:
    """The same name always has the same voice."""
    rng = dice("voice", name.lower())
    base = name.lower().strip()
    low = base in _LOW or (base not in _HIGH and rng.random() < 0.5)
    pitch = float(rng.uniform(95, 130) if low else rng.uniform(175, 225))
    size = float(rng.uniform(0.94, 1.02) if low else rng.uniform(1.1, 1.2))
    return Voice(pitch, size, float(rng.uniform(0.7, 1.25)), float(rng.uniform(0.6, 1.6)))


def spoken(text: str, voice: str, seed: int, speed: float = 1.0) -> Sound:
    """The text spoken at about CHARACTERS_A_SECOND times `speed`, peaking near -3 dBFS, mono at RATE."""
    speaker = voice_named(voice)
    rng = dice(text, voice, seed, "speech")
    phrases = list(_phrases(text))
    raw = sum(sum(p.seconds for p in phones) + pause for phones, pause, _ in phrases)
    wanted = max(0.3, len(text.strip()) / CHARACTERS_A_SECOND / max(0.25, speed))
    stretch = wanted / max(raw, 1e-6)
    parts: list[Floats] = []
    for phones, pause, mark in phrases:
        if phones:
            parts.append(_say(phones, stretch, speaker, mark, rng))
        parts.append(np.zeros(round(pause * stretch * RATE)))
    whole = np.concatenate(parts) if parts else np.zeros(round(wanted * RATE))
    peak = float(np.abs(whole).max(initial=0.0))
    if peak > 0:
        whole *= 0.7 / peak
    return Sound(whole.astype(np.float32)[None, :], RATE)


def _phrases(text: str) -> Iterator[tuple[list[Phone], float, str]]:
    """Runs of speech, each with the pause after it and the mark that ends it."""
    phones: list[Phone] = []
    for piece in _CONTEXT.findall(text.strip()):
        if piece[0] in _PAUSES or piece[0] in "。！？、，":
            yield phones, max(_PAUSES.get(mark, 0.3) for mark in piece), piece[0]
            phones = []
        else:
            phones = [phone for word in piece.split() for phone in _phones(word.lower())]
    if phones:
        yield phones, 0.06, "."


def _phones(word: str) -> list[Phone]:
    """The sounds of a word, the last of its vowels slightly longer."""
    if any(c.isdigit() for c in word):
        word = "".join(_DIGITS[int(c)] if c.isdecimal() and c.isascii() else c for c in word)
    phones: list[Phone] = []
    i = 0
    while i < len(word):
        two = word[i : i + 2]
        if two in _SOUNDS:
            phones.append(_SOUNDS[two])
            i += 2
            continue
        if word[i] in _SOUNDS:
            silent = word[i] == "e" and i == len(word) - 1 and len(word) > 3
            doubled = i > 0 and word[i] == word[i - 1]
            if not silent and not doubled:
                phones.append(_SOUNDS[word[i]])
        elif word[i].isalpha():
            # Letters of other scripts: a consonant and a vowel picked by the letter.
            code = ord(word[i])
            phones.append(_SOUNDS["bdgktsmnlrwh"[code % 12]])
            phones.append(_SOUNDS["aeiou"[code // 12 % 5]])
        i += 1
    return [*phones, Phone((500, 1500, 2500), 0.0, 0.0, 0.018)] if phones else phones


def _say(phones: list[Phone], stretch: float, voice: Voice, mark: str, rng: np.random.Generator) -> Floats:
    lengths = np.array([phone.seconds for phone in phones]) * stretch * rng.uniform(0.9, 1.1, len(phones))
    lengths *= sum(phone.seconds for phone in phones) * stretch / lengths.sum()
    ends = np.cumsum(lengths)
    count = max(3, round(float(ends[-1]) / _FRAME_SECONDS))
    which = np.minimum(np.searchsorted(ends, (np.arange(count) + 0.5) * _FRAME_SECONDS), len(phones) - 1)
    table = np.array([(*p.formants, p.voiced, p.breath, p.hiss) for p in phones])[which]
    formants = _smooth(table[:, :3], 7) * voice.size
    levels = _smooth(table[:, 3:5], 5)
    edge = np.minimum(1, np.minimum(np.arange(count) + 1, count - np.arange(count)) / 6)
    levels *= edge[:, None]
    pitch = _melody(count, ends, voice, mark, rng)
    voiced = _harmonics(pitch, formants, levels[:, 0])
    breath = _noise(formants, levels[:, 1], levels[:, 0] * 0.02 * voice.breath, table[:, 5], rng)
    return voiced + breath


def _smooth(values: Floats, width: int) -> Floats:
    """Each column averaged over `width` frames with a rounded window."""
    window = np.hanning(width + 2)[1:-1]
    window /= window.sum()
    padded = np.pad(values, ((width // 2, width // 2), (0, 0)), mode="edge")
    smoothed = np.empty_like(values)
    for i in range(values.shape[1]):
        smoothed[:, i] = np.convolve(padded[:, i], window, "valid").real
    return smoothed


def _melody(count: int, ends: Floats, voice: Voice, mark: str, rng: np.random.Generator) -> Floats:
    """The phrase's pitch: it falls slowly, stresses some syllables, and rises at a question's end."""
    at = np.linspace(0, 1, count)
    line = 1.1 - 0.2 * at
    beats = np.linspace(0, 1, max(3, len(ends) // 4 + 2))
    stress = rng.normal(0, 0.055 * voice.lilt, len(beats))
    line += np.interp(at, beats, stress)
    if mark in "?？":
        line += 0.28 * np.clip((at - 0.75) / 0.25, 0, 1) ** 1.5
    elif mark in ",:;、，":
        line += 0.07 * np.clip((at - 0.8) / 0.2, 0, 1)
    else:
        line -= 0.1 * np.clip((at - 0.8) / 0.2, 0, 1)
    wobble = 0.008 * np.sin(np.arange(count) * _FRAME_SECONDS * 2 * np.pi * 5.2)
    return voice.pitch * (_smooth(line[:, None], 9)[:, 0] + wobble)


def _envelope(frequency: NDArray[np.floating], formants: Floats) -> Floats:
    """How loud the mouth lets each frequency be: three resonances over a falling slope."""
    total = np.full(np.broadcast_shapes(frequency.shape, formants[..., 0].shape), 0.012)
    for i, (width, gain) in enumerate(((90.0, 1.0), (120.0, 0.55), (180.0, 0.28))):
        total = total + gain / (1 + ((frequency - formants[..., i]) / width) ** 2)
    return total / (1 + (frequency / 2400.0) ** 2)


def _harmonics(pitch: Floats, formants: Floats, level: Floats) -> Floats:
    """The voiced part: every harmonic below 5 kHz, its loudness following the formants."""
    frames = len(pitch)
    samples = np.arange(frames * _HOP)
    middles = (np.arange(frames) + 0.5) * _HOP
    phase: Floats = 2 * np.pi * np.cumsum(np.interp(samples, middles, pitch)) / RATE
    total: Floats = np.zeros_like(phase)
    for number in range(1, int(5000 / float(pitch.min())) + 1):
        loud = _envelope(number * pitch, formants) * level / math.pow(number, 0.35)
        loud[number * pitch > 5200] = 0
        # The offsets spread the harmonics' peaks, which a common phase would pile up.
        turns: Floats = np.multiply(phase, number) + 0.7 * number**2
        total += np.interp(samples, middles, loud) * np.sin(turns)
    return total


def _noise(
    formants: Floats, breath: Floats, aspiration: Floats, hiss: Floats, rng: np.random.Generator
) -> Floats:
    """The unvoiced part, shaped frame by frame in the frequency domain and overlapped."""
    frames = len(breath)
    size = 2 * _HOP
    white = rng.normal(0, 1, (frames, size))
    spectrum = np.fft.rfft(white)
    frequency = np.fft.rfftfreq(size, 1 / RATE)[None, :]
    mouth = _envelope(frequency, formants[:, None, :])
    centre = hiss[:, None]
    hissing = np.exp(-(((frequency - centre) / (0.28 * np.maximum(centre, 1))) ** 2))
    shape = np.where(centre > 0, hissing * 0.45, mouth * 1.4)
    spectrum *= shape * breath[:, None] * 0.55 + mouth * aspiration[:, None]
    pieces: Floats = np.fft.irfft(spectrum, size).astype(np.float64) * np.hanning(size)
    whole: Floats = np.zeros((frames + 1) * _HOP)
    whole[: frames * _HOP] += pieces[:, :_HOP].ravel()
    whole[_HOP:] += pieces[:, _HOP:].ravel()
    return whole[: frames * _HOP]

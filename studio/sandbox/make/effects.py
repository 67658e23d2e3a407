"""Sound effects for the sandbox: a few families of noise, bells, knocks and sweeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from studio.sandbox.make.audio_files import Sound
from studio.sandbox.make.dice import dice, words_of

RATE = 48_000
Floats = NDArray[np.float64]


def _band(rng: np.random.Generator, count: int, low: float, high: float, slope: float = 0.0) -> Floats:
    """Noise between two frequencies in Hz, falling by `slope` (1 is pink); its level is 1."""
    # Shaped in blocks of a power of two: transforms of odd lengths are slow.
    size = 1 << max(1, (count - 1).bit_length())
    spectrum = np.fft.rfft(rng.normal(0, 1, size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    gain = 1 / (1 + (low / frequency) ** 4) / (1 + (frequency / high) ** 4) / frequency ** (slope / 2)
    rough = np.fft.irfft(spectrum * gain, size)[:count]
    return rough / max(1e-9, float(rough.std()))


def _swell(rng: np.random.Generator, count: int, each: float, low: float = 0.25) -> Floats:
    """A level that wanders between `low` and 1, turning about every `each` seconds."""
    knots = max(4, int(count / RATE / each) + 3)
    turns = rng.uniform(low, 1, knots)
    at = np.linspace(0, knots - 1.001, count)
    cell = at.astype(int)
    part = 0.5 - 0.5 * np.cos(np.pi * (at - cell))
    return turns[cell] * (1 - part) + turns[cell + 1] * part


def _place(whole: Floats, at: float, sound: Floats, gain: float = 1.0) -> None:
    start = int(at * RATE)
    length = min(len(sound), len(whole) - start)
    if length > 0:
        whole[start : start + length] += sound[:length] * gain


def _falling(seconds: float, rate: float) -> tuple[Floats, Floats]:
    """Time, and a level that falls at `rate` a second."""
    t = np.arange(int(seconds * RATE)) / RATE
    return t, np.exp(-t * rate)


def _rain(rng: np.random.Generator, count: int) -> Floats:
    whole = _band(rng, count, 900, 9000, 0.6) * 0.2 * _swell(rng, count, 1.5, 0.7)
    whole += _band(rng, count, 120, 700, 1) * 0.06
    for _ in range(int(count / RATE * 45)):
        t, fall = _falling(0.02, 260)
        drop = np.sin(2 * np.pi * float(rng.uniform(1800, 5200)) * t) * fall
        _place(whole, float(rng.uniform(0, count / RATE)), drop, float(rng.uniform(0.05, 0.35)))
    return whole


def _wind(rng: np.random.Generator, count: int) -> Floats:
    low = _band(rng, count, 90, 420, 0.8) * _swell(rng, count, 1.2, 0.15)
    return low + _band(rng, count, 500, 1100) * 0.35 * _swell(rng, count, 0.8, 0.0) ** 2


def _waves(rng: np.random.Generator, count: int) -> Floats:
    roll = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / RATE / 4.2)
    return _band(rng, count, 80, 900, 1) * (0.25 + roll) + _band(rng, count, 1500, 7000) * 0.3 * roll**3


def _thunder(rng: np.random.Generator, count: int) -> Floats:
    t = np.arange(count) / RATE
    rumble = _band(rng, count, 30, 170, 1) * _swell(rng, count, 0.25, 0.1)
    crack = _band(rng, count, 300, 5000, 0.6) * np.exp(-t * 7)
    return rumble * np.exp(-t / max(1.0, count / RATE / 2.5)) * (1 - np.exp(-t * 9)) + crack * 0.5


def _bells(rng: np.random.Generator, count: int) -> Floats:
    whole = np.zeros(count)
    base = float(rng.choice([523.25, 587.33, 659.25, 783.99]))
    at = 0.0
    while at < count / RATE:
        t, fall = _falling(2.2, 1.0)
        note = base * float(rng.choice([1, 1.25, 1.5, 2]))
        bell = sum(
            gain * np.sin(2 * np.pi * note * part * t) * fall**rate
            for part, gain, rate in (
                (1, 1, 1.6),
                (2.01, 0.5, 2.4),
                (2.76, 0.35, 3.4),
                (5.4, 0.2, 6),
                (8.93, 0.08, 9),
            )
        )
        _place(whole, at, np.asarray(bell), 0.5)
        at += float(rng.choice([0.35, 0.5, 0.7]))
    return whole


def _knocks(rng: np.random.Generator, count: int) -> Floats:
    whole = np.zeros(count)
    at = 0.08
    beat = 0
    while at < count / RATE:
        t, fall = _falling(0.16, 34)
        body = np.sin(2 * np.pi * float(rng.uniform(115, 150)) * t) + 0.6 * np.sin(2 * np.pi * 310 * t) * fall
        _place(
            whole,
            at,
            (body + _band(rng, len(t), 200, 2600) * fall**3 * 0.5) * fall,
            float(rng.uniform(0.75, 1)),
        )
        beat += 1
        at += 0.24 if beat % 3 else 0.85
    return whole


def _steps(rng: np.random.Generator, count: int) -> Floats:
    whole = np.zeros(count)
    at = 0.1
    while at < count / RATE:
        t, fall = _falling(0.14, 30)
        heel = np.sin(2 * np.pi * 82 * t) * fall**1.6
        grit = _band(rng, len(t), 700, 5200) * fall * (1 - np.exp(-t * 220)) * 0.35
        _place(whole, at, heel + grit, float(rng.uniform(0.6, 0.9)))
        at += float(rng.uniform(0.5, 0.57))
    return whole


def _sweep(rng: np.random.Generator, count: int) -> Floats:
    """A whoosh: noise whose pitch rises and falls as it passes."""
    t = np.arange(count) / RATE
    middle = count / RATE / 2
    near = np.exp(-(((t - middle) / (0.34 * middle)) ** 2))
    bright = _band(rng, count, 900, 5200, 0.5) * near**2
    return bright + _band(rng, count, 140, 800, 0.8) * near


def _zap(rng: np.random.Generator, count: int) -> Floats:
    whole = np.zeros(count)
    at = 0.02
    while at < count / RATE:
        t, fall = _falling(0.34, 9)
        high, low = float(rng.uniform(1700, 2600)), float(rng.uniform(140, 240))
        phase = 2 * np.pi * (low * t + (high - low) / 12 * (1 - np.exp(-12 * t)))
        _place(whole, at, (np.sin(phase) + 0.35 * np.sin(2 * phase)) * fall, 0.6)
        at += float(rng.uniform(0.4, 0.8))
    return whole


def _chirps(rng: np.random.Generator, count: int) -> Floats:
    whole = _band(rng, count, 200, 1200, 1) * 0.012
    at = 0.1
    while at < count / RATE:
        base = float(rng.uniform(2600, 4300))
        for i in range(int(rng.integers(2, 6))):
            t, _ = _falling(0.085, 1)
            level = np.sin(np.pi * t / 0.085) ** 2
            bend = base * t + float(rng.uniform(-7000, 9000)) * t * t / 2
            _place(whole, at + i * 0.115, np.sin(2 * np.pi * bend) * level, 0.45)
        at += float(rng.uniform(0.5, 1.1))
    return whole


def _engine(rng: np.random.Generator, count: int) -> Floats:
    turn = 42 + 26 * _swell(rng, count, 1.4, 0.0)
    phase = 2 * np.pi * np.cumsum(turn) / RATE
    hum = sum(np.sin(part * phase + part) / part**0.9 for part in (1, 2, 3, 4, 6, 8))
    return np.asarray(hum) * 0.5 + _band(rng, count, 100, 1400, 1) * 0.12


def _fire(rng: np.random.Generator, count: int) -> Floats:
    whole = _band(rng, count, 60, 600, 1) * 0.16 * _swell(rng, count, 0.4, 0.5)
    for _ in range(int(count / RATE * 16)):
        t, fall = _falling(0.03, float(rng.uniform(90, 320)))
        _place(
            whole,
            float(rng.uniform(0, count / RATE)),
            _band(rng, len(t), 900, 8000) * fall,
            float(rng.uniform(0.05, 0.5)),
        )
    return whole


_FAMILIES: tuple[tuple[Callable[[np.random.Generator, int], Floats], str], ...] = (
    (_rain, "rain drizzle shower static applause crowd"),
    (_wind, "wind breeze storm blizzard air desert ghost"),
    (_waves, "wave sea ocean water surf beach river stream"),
    (_thunder, "thunder explosion boom blast rumble earthquake avalanche"),
    (_bells, "bell chime notification magic sparkle glass coin success alert music"),
    (_knocks, "knock door drum hit thud punch wood hammer"),
    (_steps, "footstep step walk walking run gravel leaves snow"),
    (_sweep, "whoosh swoosh sword pass transition fly rocket arrow swing"),
    (_zap, "laser zap game beep robot scifi electric power jump arcade"),
    (_chirps, "bird chirp forest morning insect cricket nature garden gull"),
    (_engine, "engine car motor machine plane train truck spaceship hum traffic"),
    (_fire, "fire campfire crackle fireplace burn candle vinyl"),
)


def effect_sound(prompt: str, seed: int, seconds: float) -> Sound:
    """A mono effect of exactly `seconds` at RATE, peaking near -2 dBFS, its edges softened."""
    words = words_of(prompt)
    rng = dice(prompt, seed, "effect")
    votes = [sum(word in known.split() for word in words) for _, known in _FAMILIES]
    best = max(votes)
    makers = [make for (make, _), count in zip(_FAMILIES, votes, strict=True) if count == best]
    count = max(1, round(seconds * RATE))
    whole = makers[int(rng.integers(len(makers)))](rng, count)
    edge = min(count // 2, round(0.02 * RATE))
    if edge:
        whole[:edge] *= np.linspace(0, 1, edge)
        whole[-edge:] *= np.linspace(1, 0, edge)
    whole *= 0.8 / max(1e-9, float(np.abs(whole).max(initial=0.0)))
    return Sound(whole.astype(np.float32)[None, :], RATE)

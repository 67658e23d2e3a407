"""Music for the sandbox: chords, bass, a melody and soft percussion, by the words of the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sandbox.make.audio_files import Sound
from studio.sandbox.make.dice import dice, word_set, words_of

RATE = 48_000
Floats = NDArray[np.float32]

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Degrees of the scale, counted from 0; each lasts a bar.
_MAJOR_CHORDS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 2, 3, 4), (3, 0, 4, 5), (0, 3, 0, 4))
_MINOR_CHORDS = ((0, 5, 2, 6), (0, 3, 5, 6), (0, 6, 5, 6), (0, 2, 5, 3), (0, 5, 3, 4))
_SAD = word_set(
    "sad dark melancholy melancholic minor lonely rain night somber blue noir tense mystery moody"
)
_SLOW = word_set("slow ambient calm sleep lullaby ballad chill lofi relaxing meditation peaceful soft")
_FAST = word_set("fast energetic dance techno house rock upbeat happy drum edm party punk trance disco")
_STILL = word_set("ambient meditation sleep lullaby drone classical piano solo peaceful")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the words and the dice decided before the first note."""

    root: int
    """MIDI number of the key's tonic, near 57."""
    scale: tuple[int, ...]
    chords: tuple[int, ...]
    beat: float
    """Seconds a beat; four make a bar."""
    drums: bool
    busy: float

    def note(self, degree: int, octave: int = 0) -> float:
        """The frequency in Hz of a degree of the scale."""
        step = self.scale[degree % 7] + 12 * (degree // 7 + octave)
        return 440.0 * 2 ** ((self.root + step - 69) / 12)


def _plan(prompt: str, rng: np.random.Generator) -> _Plan:
    words = frozenset(words_of(prompt))
    minor = bool(words & _SAD) or (not words & _FAST and rng.random() < 0.45)
    if words & _FAST:
        tempo = float(rng.uniform(112, 128))
    elif words & _SLOW:
        tempo = float(rng.uniform(62, 76))
    else:
        tempo = float(rng.uniform(80, 102))
    table = _MINOR_CHORDS if minor else _MAJOR_CHORDS
    return _Plan(
        root=int(rng.integers(53, 61)),
        scale=_MINOR if minor else _MAJOR,
        chords=table[int(rng.integers(len(table)))],
        beat=60 / tempo,
        drums=not words & _STILL,
        busy=0.75 if words & _FAST else 0.55,
    )


class _Mix:
    """A stereo buffer that notes are added to."""

    def __init__(self, seconds: float) -> None:
        self.samples: Floats = np.zeros((2, max(1, round(seconds * RATE))), np.float32)

    def add(self, at: float, note: Floats, gain: float, pan: float = 0.0) -> None:
        """Add a note at a time in seconds; `pan` runs from -1 (left) to 1 (right)."""
        start = round(at * RATE)
        length = min(len(note), self.samples.shape[1] - start)
        if start < 0 or length <= 0:
            return
        self.samples[0, start : start + length] += note[:length] * np.float32(gain * (1 - max(0.0, pan)))
        self.samples[1, start : start + length] += note[:length] * np.float32(gain * (1 + min(0.0, pan)))


def _time(seconds: float) -> Floats:
    return np.arange(max(1, round(seconds * RATE)), dtype=np.float32) / np.float32(RATE)


def _tone(frequency: float, seconds: float, partials: Sequence[tuple[float, float]]) -> Floats:
    """A sum of (multiple, gain) sine partials."""
    t = _time(seconds)
    total = np.zeros_like(t)
    for multiple, gain in partials:
        if frequency * multiple < RATE / 2.5:
            total += np.float32(gain) * np.sin(np.float32(2 * np.pi * frequency * multiple) * t)
    return total


def _shaped(tone: Floats, attack: float, release: float, decay: float = 0.0) -> Floats:
    """The tone with a soft start and end; `decay` is the time constant of its fall, 0 for none."""
    envelope = np.ones_like(tone)
    if decay:
        envelope *= np.exp(-_time(len(tone) / RATE)[: len(tone)] / np.float32(decay))
    rise, fall = min(len(tone), round(attack * RATE)), min(len(tone), round(release * RATE))
    if rise:
        envelope[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    if fall:
        envelope[-fall:] *= np.linspace(1, 0, fall, dtype=np.float32)
    return tone * envelope


def _pad(frequency: float, seconds: float) -> Floats:
    partials = ((0.9985, 0.5), (1.0015, 0.5), (2.001, 0.22), (3.0, 0.09), (4.0, 0.04))
    return _shaped(_tone(frequency, seconds, partials), 0.35, 0.45)


def _bass(frequency: float, seconds: float) -> Floats:
    return _shaped(_tone(frequency, seconds, ((1, 0.9), (2, 0.3), (3, 0.1))), 0.012, 0.08, decay=0.9)


def _keys(frequency: float, seconds: float) -> Floats:
    partials = ((1, 0.8), (2, 0.26), (3, 0.1), (4.01, 0.05), (7.02, 0.025))
    return _shaped(_tone(frequency, seconds, partials), 0.004, 0.12, decay=0.5)


def _voice(frequency: float, seconds: float) -> Floats:
    """A sung "ah": harmonics as loud as that vowel's formants make them."""
    partials = [
        (
            float(n),
            (
                1 / (1 + ((n * frequency - 780) / 160) ** 2)
                + 0.5 / (1 + ((n * frequency - 1250) / 180) ** 2)
                + 0.06
            )
            / n**0.4,
        )
        for n in range(1, int(3600 / frequency) + 1)
    ]
    slow = 1 + 0.12 * np.sin(np.float32(2 * np.pi * 5.1) * _time(seconds))
    return _shaped(_tone(frequency, seconds, partials) * slow.astype(np.float32), 0.09, 0.16)


def _kick() -> Floats:
    t = _time(0.28)
    return np.sin(2 * np.pi * (46 * t + 5.2 * (1 - np.exp(-t * 26)))).astype(np.float32) * np.exp(-t * 13)


def _hat(rng: np.random.Generator) -> Floats:
    rough = np.diff(rng.normal(0, 1, round(0.09 * RATE) + 2), n=2).astype(np.float32)
    return rough * np.exp(-_time(0.09) * 55) * np.float32(0.3)


def _brush(rng: np.random.Generator) -> Floats:
    rough = np.convolve(rng.normal(0, 1, round(0.2 * RATE) + 7), np.ones(8) / 8, "valid")
    return rough.astype(np.float32) * np.exp(-_time(0.2) * 20)


def tune(prompt: str, seed: int, seconds: float, *, instrumental: bool = False) -> Sound:
    """Stereo music of exactly `seconds` at RATE, peaking near -2 dBFS, with a fade at its end."""
    rng = dice(prompt, seed, "music")
    plan = _plan(prompt, rng)
    mix = _Mix(seconds)
    bars = int(np.ceil(seconds / (plan.beat * 4))) + 1
    _play_chords(mix, plan, bars)
    _play_melody(mix, plan, bars, rng, _keys, voice=False)
    if not instrumental:
        _play_melody(mix, plan, bars, rng, _voice, voice=True)
    if plan.drums:
        _play_drums(mix, plan, bars, rng)
    return Sound(_mastered(mix.samples, plan), RATE)


def _play_chords(mix: _Mix, plan: _Plan, bars: int) -> None:
    bar = plan.beat * 4
    pads: dict[int, Floats] = {}
    for number in range(bars):
        chord = plan.chords[number % len(plan.chords)]
        if chord not in pads:
            # Inverted so that no chord lies far above the others.
            low = -1 if chord > 3 else 0
            tones = [_pad(plan.note(chord + third, low), bar * 1.12) for third in (0, 2, 4)]
            pads[chord] = tones[0] + tones[1] + tones[2]
        mix.add(number * bar, pads[chord], 0.085)
        for at, degree, long in ((0, chord, 1.4), (1.5, chord, 0.5), (2, chord, 1.0), (3, chord + 4, 0.9)):
            octave = -2 if chord < 4 else -3
            mix.add(
                number * bar + at * plan.beat,
                _bass(plan.note(degree, octave + 1) / 1, long * plan.beat),
                0.17,
            )


def _play_melody(
    mix: _Mix,
    plan: _Plan,
    bars: int,
    rng: np.random.Generator,
    instrument: Callable[[float, float], Floats],
    *,
    voice: bool,
) -> None:
    """A two-bar motif, answered and varied: chord tones on the beat, steps in between."""
    step = plan.beat if voice else plan.beat / 2
    slots = 8 if voice else 16
    motif = [
        (slot, int(rng.integers(-1, 3)))
        for slot in range(slots)
        if slot == 0 or rng.random() < plan.busy * 0.75
    ]
    cache: dict[tuple[int, int], Floats] = {}
    for pair in range(0, bars, 2):
        # Every fourth pair of bars the line rests, so that the chords are heard.
        if pair // 2 % 4 == (3 if not voice else 1):
            continue
        for i, (slot, move) in enumerate(motif):
            chord = plan.chords[(pair + slot * 2 // slots) % len(plan.chords)]
            turn = move if rng.random() < 0.8 else -move
            degree = chord % 7 + (0, 2, 4)[(i + pair) % 3] + (turn if slot % 2 else 0)
            degree = degree - 7 if degree > 9 else degree
            gap = motif[i + 1][0] - slot if i + 1 < len(motif) else slots - slot
            long = min(gap, 4) * step
            key = (degree, min(gap, 4))
            if key not in cache:
                cache[key] = instrument(plan.note(degree, 0 if voice else 1), long * (0.95 if voice else 1.6))
            at = pair * 4 * plan.beat + slot * step + float(rng.uniform(0, 0.008))
            mix.add(
                at,
                cache[key],
                float(rng.uniform(0.13, 0.18)) * (0.5 if voice else 1),
                -0.25 if voice else 0.3,
            )


def _play_drums(mix: _Mix, plan: _Plan, bars: int, rng: np.random.Generator) -> None:
    kick, hat, brush = _kick(), _hat(rng), _brush(rng)
    for number in range(1, bars):
        start = number * 4 * plan.beat
        for at in (0, 2) if plan.busy < 0.7 else (0, 1, 2, 3):
            mix.add(start + at * plan.beat, kick, 0.3)
        for at in (1, 3):
            mix.add(start + at * plan.beat, brush, 0.11, 0.1)
        for eighth in range(8):
            accent = 0.05 if eighth % 2 else 0.085
            mix.add(start + eighth * plan.beat / 2, hat, accent * float(rng.uniform(0.7, 1)), 0.35)


def _mastered(samples: Floats, plan: _Plan) -> Floats:
    """With an echo for room, a soft limit and a fade."""
    wet = samples.copy()
    for part, gain in ((0.75, 0.2), (1.5, 0.09)):
        delay = round(plan.beat * part * RATE)
        if 0 < delay < samples.shape[1]:
            wet[:, delay:] += samples[::-1, :-delay] * np.float32(gain)
    peak = float(np.abs(wet).max(initial=1e-6))
    wet = np.tanh(wet * np.float32(1.25 / peak)).astype(np.float32)
    wet *= np.float32(0.8 / float(np.abs(wet).max(initial=1e-6)))
    fade = min(wet.shape[1], round(min(2.0, wet.shape[1] / RATE * 0.2) * RATE))
    if fade:
        wet[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** 1.5
    return wet

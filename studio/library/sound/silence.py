"""Where a sound is silent, and where it can be cut without hurting a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.domain.sound import Span
from studio.library.sound.opening import mono_blocks

_RATE = 8000
_STEP = 80  # samples; 10 ms


def find_silences(path: Path, *, below: float = -40.0, longer: float = 0.3) -> list[Span]:
    """The stretches in which no 10 ms are louder than `below`.

    Args:
        below: dBFS of the mean power. `longer`: seconds; shorter stretches are no silence.

    Raises:
        SoundError: see `open_sound`.
    """
    import numpy as np

    limit = 10 ** (below / 10)
    rest = np.zeros(0, np.float32)
    quiet: list[bool] = []
    for block in mono_blocks(path, rate=_RATE):
        samples = np.concatenate([rest, block])
        whole = len(samples) // _STEP * _STEP
        power = np.square(samples[:whole].reshape(-1, _STEP)).mean(axis=1)
        quiet.extend((power < limit).tolist())
        rest = samples[whole:]
    if len(rest):
        quiet.append(bool(np.square(rest).mean() < limit))
    return _spans(quiet, longer)


def _spans(quiet: Sequence[bool], longer: float) -> list[Span]:
    spans: list[Span] = []
    began: int | None = None
    step = _STEP / _RATE
    for number, still in enumerate([*quiet, False]):
        if still and began is None:
            began = number
        elif not still and began is not None:
            if (number - began) * step >= longer:
                spans.append(Span(began * step, number * step))
            began = None
    return spans

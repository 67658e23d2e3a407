from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.peaks import BASE, FACTOR, Peaks, sample_columns
from tests.fakes.sounds import silence


@settings(max_examples=60)
@given(st.integers(0, 40 * BASE * FACTOR), st.floats(0, 30_000), st.floats(0.2, 50_000), st.integers(1, 200))
def test_columns_hold_what_lies_under_them(frames: int, start: float, per_column: float, count: int) -> None:
    samples = np.random.default_rng(frames).uniform(-1, 1, frames).astype(np.float32)
    peaks = Peaks.of_samples(samples, 1000)
    columns = peaks.columns(start, per_column, count)
    assert columns.shape == (count, 2)
    scaled = np.round(samples * 32767) / 32767
    for number in range(0, count, 7):
        first, last = start + number * per_column, start + (number + 1) * per_column
        inside = scaled[int(np.ceil(first)) : max(int(last), 0)]
        low, high = columns[number]
        if first >= frames:
            assert low == high == 0 or first < frames + BASE * FACTOR**6
        elif len(inside) and per_column >= BASE:
            # A bucket may reach over an edge, never stop short of it by more than itself.
            bucket = BASE * FACTOR ** peaks._level_for(per_column)
            core = scaled[int(np.ceil(first)) : int(last // bucket * bucket)]
            if len(core):
                assert low <= core.min() + 1e-4
                assert high >= core.max() - 1e-4


def test_an_empty_and_a_silent_outline() -> None:
    empty = Peaks.of_samples(silence(0), 44100)
    assert (empty.duration, empty.loudest) == (0, 0)
    assert not empty.columns(0, 100, 5).any()
    assert Peaks.of_samples(silence(1), 44100).loudest == 0


@given(st.integers(0, 3000), st.integers(0, 500), st.floats(0, 2000), st.floats(0.1, 60), st.integers(1, 80))
def test_columns_of_samples(frames: int, first: int, start: float, per_column: float, count: int) -> None:
    samples = np.random.default_rng(frames).uniform(-1, 1, frames).astype(np.float32)
    columns = sample_columns(samples, first, start, per_column, count)
    for number in range(count):
        begin = int(np.floor(start + number * per_column)) - first
        end = int(np.floor(start + (number + 1) * per_column)) - first
        if 0 <= begin < frames:
            part = samples[begin : max(end, begin + 1)]
            assert (columns[number] == (part.min(), part.max())).all()
        else:
            assert not columns[number].any()

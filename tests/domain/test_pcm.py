from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.pcm import Level, PcmConverter, SampleKind, decibels, level_of, meter_share

SAMPLES = st.lists(st.integers(-32768, 32767), max_size=60)


@given(SAMPLES, st.lists(st.integers(1, 7), max_size=30), st.sampled_from(["s16", "s32", "f32"]))
def test_chunks_may_end_anywhere(values: list[int], sizes: list[int], kind: str) -> None:
    """However a device cuts what it hears, the samples that come out are the ones that went in."""
    exact = np.array(values, "<i2")
    data = {
        "s16": exact.tobytes(),
        "s32": (exact.astype(np.int32) << 16).tobytes(),
        "f32": (exact / np.float32(32768)).astype(np.float32).tobytes(),
    }[kind]
    converter = PcmConverter(SampleKind(kind), 1)
    out, rest = b"", data
    for size in sizes:
        out += converter.feed(rest[:size])
        rest = rest[size:]
    out += converter.feed(rest)
    assert out == exact.tobytes()


@given(SAMPLES)
def test_stereo_becomes_mono_and_back(values: list[int]) -> None:
    mono = np.array(values, "<i2")
    both = np.repeat(mono[:, None], 2, axis=1).tobytes()
    assert PcmConverter(SampleKind.S16, 2).feed(both) == mono.tobytes()
    assert PcmConverter(SampleKind.S16, 1, 2).feed(mono.tobytes()) == both


def test_more_channels_and_bytes() -> None:
    five = np.array([[100, 200, 9, 9, 9]], "<i2").tobytes()
    assert np.frombuffer(PcmConverter(SampleKind.S16, 5, 2).feed(five), "<i2").tolist() == [100, 200]
    assert np.frombuffer(PcmConverter(SampleKind.U8, 1).feed(b"\x80\xff\x00"), "<i2").tolist() == [
        0, 32512, -32768,
    ]  # fmt: skip
    broken = np.array([np.nan, 2.0, -2.0], np.float32).tobytes()
    assert np.frombuffer(PcmConverter(SampleKind.F32, 1).feed(broken), "<i2").tolist() == [0, 32767, -32768]


def test_levels() -> None:
    assert level_of(b"") == Level()
    sine = (np.sin(np.arange(4800) * 2 * math.pi / 48) * 16384).astype("<i2").tobytes()
    level = level_of(sine)
    assert level.peak == pytest.approx(0.5, abs=0.001)
    assert level.rms == pytest.approx(0.5 / math.sqrt(2), abs=0.001)
    assert not level.clipped
    assert level_of(np.array([0, -32768], "<i2").tobytes()).clipped
    assert level_of(np.array([32767], "<i2").tobytes()).peak == 1


def test_a_meter_is_even_in_decibels() -> None:
    assert decibels(0) == -60
    assert decibels(0.5) == pytest.approx(-6.02, abs=0.01)
    assert [meter_share(value) for value in (0.0, 0.001, 1.0, 2.0)] == [0, 0, 1, 1]
    assert meter_share(10 ** (-30 / 20)) == pytest.approx(0.5)

"""Whatever lies in a file: it is decoded as far as it goes, or one sentence says why not. Nothing hangs."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.library.sound.opening import SoundError, probe, sample_blocks
from studio.library.sound.silence import find_silences
from tests.fakes.sounds import tone, write_sound

SUFFIXES = (".mp3", ".m4a", ".wav", ".flac", ".opus")


@cache
def good(suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        return write_sound(Path(folder) / f"good{suffix}", tone(1.0, rate=48_000), rate=48_000).read_bytes()


def look(path: Path) -> str:
    """What is said of a file; empty when it can be decoded."""
    try:
        info = probe(path)
        assert info.rate > 0
        for block in sample_blocks(path, rate=16_000, layout="mono"):
            assert np.isfinite(block).all()
    except SoundError as error:
        said = error.title
    else:
        return ""
    assert said.endswith(".")
    assert ". " not in said
    return said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(SUFFIXES),
    label=st.sampled_from(SUFFIXES),
    keep=st.floats(0, 1),
    holes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), max_size=4),
)
def test_torn_and_scribbled_files(
    tmp_path: Path, suffix: str, label: str, keep: float, holes: list[tuple[float, bytes]]
) -> None:
    data = bytearray(good(suffix))
    for place, scribble in holes:
        at = round(place * len(data))
        data[at : at + len(scribble)] = scribble
    path = tmp_path / f"strange{label}"
    path.write_bytes(data[: round(keep * len(data))])
    look(path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000), st.sampled_from(SUFFIXES))
def test_bytes_that_are_no_sound(tmp_path: Path, data: bytes, label: str) -> None:
    path = tmp_path / f"bytes{label}"
    path.write_bytes(data)
    look(path)


@pytest.mark.parametrize("mark", [b"drms", b"enca", b"aavd"])
def test_what_is_copy_protected_says_so(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "bought.m4a"
    path.write_bytes(good(".m4a").replace(b"mp4a", mark, 1))
    assert look(path) == "This file is copy-protected."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    assert look(path) == "This is not a file."
    assert look(tmp_path) == "This is not a file."


@pytest.mark.parametrize(
    ("rate", "layout"), [(7_350, "mono"), (37_800, "stereo"), (96_000, "7.1"), (8_000, "5.1")]
)
def test_odd_rates_and_many_channels_keep_their_length(tmp_path: Path, rate: int, layout: str) -> None:
    path = write_sound(tmp_path / "odd.wav", tone(2.0, rate=rate), rate=rate, layout=layout)
    info = probe(path)
    assert info.rate == rate
    frames = sum(len(block) for block in sample_blocks(path, rate=16_000, layout="mono"))
    assert frames / 16_000 == pytest.approx(2.0, abs=0.05)
    assert find_silences(path) == []

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.domain.peaks import Peaks
from studio.library.sound import outline
from studio.library.sound.outline import (
    OutlineStopped,
    foreign_key,
    make_outline,
    read_outline,
    remove_old_outlines,
    remove_orphan_outlines,
)
from tests.fakes.sounds import noise, read_mono, tone, write_sound


def same(first: Peaks, second: Peaks) -> bool:
    return (first.rate, first.frames, len(first.levels)) == (
        second.rate,
        second.frames,
        len(second.levels),
    ) and (all(np.array_equal(one, other) for one, other in zip(first.levels, second.levels, strict=True)))


@pytest.mark.parametrize("seconds", [0.001, 0.5, 30, 31.234])
@pytest.mark.parametrize("is_long", [False, True])
def test_the_file_is_what_the_samples_say(
    tmp_path: Path, seconds: float, is_long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_long:
        monkeypatch.setattr(outline, "READ_WHOLE", 0)
    file = write_sound(tmp_path / "a.flac", noise(seconds))
    shares: list[float] = []
    made = make_outline(file, tmp_path / "out" / "a.peaks", progress=shares.append)
    samples, rate = read_mono(file)
    assert same(made, Peaks.of_samples(samples, rate))
    kept = read_outline(tmp_path / "out" / "a.peaks")
    assert kept is not None
    assert same(kept, made)
    mapped = [level for level in kept.levels if isinstance(level, np.memmap)]
    assert bool(mapped) is is_long, "only a long one keeps its file open"
    assert sorted(shares) == shares
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.peaks"]


def test_all_channels_count(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "a.wav", tone(1, level=0.9), layout="stereo")
    # Opposite phases cancel in a mono mix; the outline must show both.
    data = bytearray(file.read_bytes())
    samples = np.frombuffer(data, np.int16, offset=len(data) - 44100 * 4).reshape(-1, 2)
    turned = samples.copy()
    turned[:, 1] = -turned[:, 0]
    file.write_bytes(bytes(data[: len(data) - 44100 * 4]) + turned.tobytes())
    assert make_outline(file, tmp_path / "a.peaks").loudest == pytest.approx(0.9, abs=0.02)


def test_damaged_and_foreign_outlines_are_made_again(tmp_path: Path) -> None:
    place = tmp_path / "a.peaks"
    make_outline(write_sound(tmp_path / "a.wav", noise(3)), place)
    good = place.read_bytes()
    for bad in (b"", b"NPK0" + good[4:], good[:-2], good + b"xx", good[:20]):
        place.write_bytes(bad)
        assert read_outline(place) is None
    assert read_outline(tmp_path / "none.peaks") is None


def test_it_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.library.sound.outline._TELL_EVERY", 0.0)
    with pytest.raises(OutlineStopped):
        make_outline(write_sound(tmp_path / "a.wav", noise(3)), tmp_path / "a.peaks", stopped=lambda: True)
    assert not list(tmp_path.glob("*peaks*"))


def test_what_is_not_needed_goes(tmp_path: Path) -> None:
    for name in ("aa", "bb"):
        path = tmp_path / name / f"{name}.peaks"
        path.parent.mkdir()
        path.write_bytes(b"x")
    assert remove_orphan_outlines(tmp_path, {"aa"}) == 1
    assert remove_old_outlines(tmp_path) == 0
    assert remove_old_outlines(tmp_path, now=path.parent.stat().st_mtime + 40 * 86400) == 1
    assert not list(tmp_path.glob("*/*.peaks"))


def test_a_changed_file_has_another_key(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"1")
    before = foreign_key(file)
    assert foreign_key(file) == before
    file.write_bytes(b"12")
    assert foreign_key(file) != before

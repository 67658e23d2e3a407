"""Chapters around a sound that stays what it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.domain.sound import Chapter, SoundFormat
from studio.library.sound.chapters import read_chapters, write_chapters
from studio.library.sound.opening import SoundError
from tests.fakes.sounds import read_mono, tone, write_sound

CHAPTERS = [Chapter("One", 0.0, 1.25), Chapter("Zwölf · 十二", 1.25, 2.5), Chapter("", 2.5, 3.0)]
TITLES = ["One", "Zwölf · 十二", "3"]


@pytest.mark.parametrize("form", [form for form in SoundFormat if form.has_chapters])
def test_they_are_found_again_and_the_sound_is_the_same(tmp_path: Path, form: SoundFormat) -> None:
    path = write_sound(tmp_path / f"a{form.extension}", tone(3.0, rate=48_000), rate=48_000)
    before, rate = read_mono(path)
    write_chapters(path, form, CHAPTERS)
    after, rate_after = read_mono(path)
    assert rate == rate_after
    assert abs(len(after) - len(before)) < 0.06 * rate
    count = min(len(before), len(after)) - rate // 4
    assert np.allclose(np.abs(before[:count]).mean(), np.abs(after[:count]).mean(), atol=0.01)
    found = read_chapters(path)
    assert [one.title for one in found] == TITLES
    for one, wanted in zip(found, CHAPTERS, strict=True):
        assert one.start == pytest.approx(wanted.start, abs=0.002)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_formats_without_chapters_say_so(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(0.2))
    with pytest.raises(SoundError, match="no chapters"):
        write_chapters(path, SoundFormat.WAV, CHAPTERS)

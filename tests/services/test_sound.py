from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.sound import EncodeOptions, SoundFormat, Span
from studio.library.files import LibraryFolder
from studio.library.sound.outline import OutlineStopped
from studio.services.sound import SoundService
from tests.fakes.sounds import noise, tone, write_sound


class Places:
    """The places of a library's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = LibraryFolder(folder)

    def outline_path(self, sha256: str) -> Path:
        return self._folder.outline(sha256)


async def test_outlines_are_computed_once_and_kept(tmp_path: Path) -> None:
    library, cache = tmp_path / "library", tmp_path / "cache"
    sounds = SoundService(Places(library), cache)
    try:
        file = write_sound(tmp_path / "a.wav", noise(2))
        first, second = await asyncio.gather(sounds.peaks(file, "ab" * 32), sounds.peaks(file, "ab" * 32))
        assert first is second
        kept = library / ".nectary" / "peaks" / "ab" / f"{'ab' * 32}.peaks"
        stamp = kept.stat().st_mtime_ns
        assert (await sounds.peaks(file, "ab" * 32)).frames == first.frames
        assert kept.stat().st_mtime_ns == stamp
        assert (await sounds.peaks(file)).frames == first.frames
        assert len(list(cache.glob("*/*.peaks"))) == 1
    finally:
        await sounds.close()


async def test_everything_is_awaitable(tmp_path: Path) -> None:
    sounds = SoundService(Places(tmp_path), tmp_path / "cache")
    try:
        file = write_sound(tmp_path / "a.wav", tone(3))
        assert (await sounds.probe(file)).duration == pytest.approx(3)
        assert (await sounds.loudness(file)).true_peak == pytest.approx(-6, abs=0.3)
        assert await sounds.silences(file) == []
        samples, first = await sounds.samples(file, 2, 100)
        assert (len(samples), first) == (100, 88200)
        options = EncodeOptions(format=SoundFormat.MP3)
        assert (await sounds.encode(file, tmp_path / "a.mp3", options)).frames == 3 * 44100
        spans = await sounds.cut(file, [Span(0, 1), Span(1, 3)],
                                 [tmp_path / "1.mp3", tmp_path / "2.mp3"], options)  # fmt: skip
        assert spans == [Span(0, 1), Span(1, 3)]
    finally:
        await sounds.close()


async def test_a_bad_file_is_told_to_everyone_who_asks(tmp_path: Path) -> None:
    sounds = SoundService(Places(tmp_path), tmp_path / "cache")
    try:
        answers = await asyncio.gather(
            sounds.peaks(tmp_path / "gone.wav"), sounds.peaks(tmp_path / "gone.wav"), return_exceptions=True
        )
        assert all(isinstance(answer, StudioError) for answer in answers)
    finally:
        await sounds.close()


async def test_closing_gives_up_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.library.sound.outline._TELL_EVERY", 0.0)
    sounds = SoundService(Places(tmp_path), tmp_path / "cache")
    file = write_sound(tmp_path / "a.wav", noise(20))
    began = asyncio.Event()
    sounds.outlining.connect(lambda _share: began.set())
    asking = asyncio.ensure_future(sounds.peaks(file))
    await began.wait()
    await sounds.close()
    assert not list((tmp_path / "cache").glob("*/*"))
    with pytest.raises(OutlineStopped):
        await asking

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.domain.peaks import Peaks
from studio.services.sound import SoundService
from studio.ui.player import PlayerState
from studio.ui.sound_bars import bar_rects, gain_for, overview, precise_time, time_text
from studio.ui.sound_deck import SoundDeck, SoundStatus
from studio.ui.sound_strip import SoundStrip, paint_strip, spoken, strip_hit, strip_parts
from studio.ui.theme import Theme
from tests.fakes.assets import Tasks
from tests.fakes.sounds import silence, tone, write_sound


class NoLibrary:
    """Nothing here belongs to a library."""

    def outline_path(self, sha256: str) -> Path:
        raise AssertionError(sha256)


@asynccontextmanager
async def deck_for(tmp_path: Path) -> AsyncIterator[tuple[SoundDeck, Tasks]]:
    tasks = Tasks()
    sounds = SoundService(NoLibrary(), tmp_path / "cache")
    deck = SoundDeck(sounds, tasks)
    try:
        yield deck, tasks
    finally:
        deck.stop()
        await tasks.settled()
        await sounds.close()


def some_peaks(seconds: float = 10) -> Peaks:
    return Peaks.of_samples(tone(seconds, rate=8000), 8000)


def painted(status: SoundStatus, width: int = 400) -> QImage:
    image = QImage(width, 48, QImage.Format.Format_RGB32)
    image.fill(Theme.current().tokens.bg)
    painter = QPainter(image)
    paint_strip(painter, QRectF(0, 0, width, 48), status)
    painter.end()
    return image


async def test_a_strip_shows_outline_length_and_why_it_is_not_heard(qapp, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "a.wav", np.concatenate([tone(3), silence(2)]))
    async with deck_for(tmp_path) as (deck, tasks):
        window = QWidget()
        strip = SoundStrip(deck, window)
        strip.resize(400, 48)
        window.show()
        strip.show_sound(file, duration=5.0, name="Anna, take 2")
        assert strip.status.duration == 5.0
        assert strip.status.peaks is None
        await tasks.settled()
        assert strip.status.peaks is not None
        assert abs(strip.status.duration - 5) < 0.01
        assert (strip.accessibleName(), strip.accessibleDescription()) == ("Anna, take 2", "0:05")
        QTest.keyClick(strip.line, Qt.Key.Key_Right)
        assert strip.status.position == strip.status.duration == 5.0
        QTest.keyClick(strip.line, Qt.Key.Key_Home)
        assert strip.status.position == 0
        window.close()
        window.deleteLater()
        await asyncio.sleep(0)


async def test_a_damaged_file_is_one_sentence(qapp, tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_text("<html><body>busy</body></html>")
    async with deck_for(tmp_path) as (deck, tasks):
        strip = SoundStrip(deck)
        strip.show_sound(page)
        await tasks.settled()
        assert strip.status.problem == "This file is not what its name says."
        assert strip.accessibleDescription() == strip.status.problem
        assert not strip.line.isEnabled()
        strip.deleteLater()


@pytest.mark.qt_log_ignore("PulseAudio", extend=True)
async def test_each_sound_remembers_where_it_was_left(qapp, tmp_path: Path) -> None:
    files = [write_sound(tmp_path / name, tone(4)) for name in ("a.wav", "b.wav")]
    async with deck_for(tmp_path) as (deck, _tasks):
        loaded = asyncio.Event()
        deck.player.state.connect(lambda state: loaded.set() if state == "stopped" else None)
        for file in files:
            loaded.clear()
            deck.cue(file)
            await loaded.wait()
            deck.seek(file, 1.5)
        assert deck.current == files[1]
        assert [deck.status(file).position for file in files] == [1.5, 1.5]
        assert deck.status(files[0]).state is PlayerState.STOPPED


def test_parts_and_hits(qapp) -> None:
    status = SoundStatus(duration=100.0, peaks=some_peaks())
    rect = QRectF(10, 20, 400, 48)
    parts = strip_parts(rect, status.duration)
    assert rect.contains(parts.disc)
    assert parts.disc.right() < parts.line.left() < parts.line.right() < parts.time.left()
    assert strip_hit(rect, parts.disc.center(), status).part == "play"
    hit = strip_hit(rect, parts.line.center(), status)
    assert hit.part == "line"
    assert abs(hit.seconds - 50) < 0.01
    assert strip_hit(rect, QPointF(0, 0), status).part == ""
    problem = SoundStatus(duration=100.0, problem="It cannot be played.")
    assert strip_hit(rect, parts.line.center(), problem).part == ""


def test_what_was_played_is_in_honey(qapp) -> None:
    colour = Theme.current().tokens.honey
    half = painted(SoundStatus(PlayerState.PAUSED, 5.0, 10.0, "", some_peaks()))
    parts = strip_parts(QRectF(0, 0, 400, 48), 10.0)

    def honey(image: QImage, left: float, right: float) -> int:
        return sum(
            image.pixelColor(x, y) == colour for x in range(int(left), int(right)) for y in range(8, 40)
        )

    middle = parts.line.center().x()
    assert honey(half, parts.line.left(), middle - 4) > 100
    assert honey(half, middle + 4, parts.line.right()) == 0
    rest = painted(SoundStatus(duration=10.0, peaks=some_peaks()))
    assert honey(rest, parts.line.left(), parts.line.right()) == 0


def test_bars_of_quiet_and_silent_sounds() -> None:
    quiet = Peaks.of_samples(tone(1, level=0.05), 44100)
    assert gain_for(quiet) == 8.0
    silent = Peaks.of_samples(silence(1), 44100)
    assert gain_for(silent) == 1.0
    bars = bar_rects(overview(silent, 100), QRectF(0, 0, 100, 32), gain=1.0, left=1, pitch=4)
    assert len(bars) == 25
    assert all((bar.width(), bar.height()) == (2, 2) for bar in bars)


def test_words() -> None:
    assert time_text(12.3, 245) == "0:12 / 4:05"
    assert precise_time(17.9) == "00:17.9"
    assert precise_time(3723.45) == "1:02:03.4"
    assert spoken(SoundStatus(PlayerState.PAUSED, 61.0, 245.0)) == "paused at 1:01, 4:05"
    assert spoken(SoundStatus(PlayerState.PLAYING, 61.0, 245.0)) == "playing, 4:05"

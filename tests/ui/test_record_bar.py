"""The recorder's controls without a device: fed through the recording as a microphone would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout

from studio.core.settings import Settings
from studio.domain.pcm import Level
from studio.domain.sound import PcmFormat
from studio.services.recording import RecordingState
from studio.ui.device_options import USUAL, options_of
from studio.ui.level_meter import LevelMeter
from studio.ui.loudspeaker import SoundDevice
from studio.ui.record_bar import RecordBar
from studio.ui.recorder import Recorder
from tests.services.studio import Studio, opened
from tests.shell.support import make_window, until

SECOND = np.full(8000, 9000, "<i2").tobytes()


@asynccontextmanager
async def bar(tmp_path: Path, qapp: QApplication) -> AsyncIterator[tuple[RecordBar, Studio]]:
    async with opened(tmp_path, {}) as studio:
        window = make_window(qapp, (320, 300))
        recorder = Recorder(studio.services.recording, studio.services.tasks, window)
        made = RecordBar(recorder, Settings(tmp_path / "settings.toml"), window)
        QVBoxLayout(window).addWidget(made)
        await until(made.isVisible)
        try:
            yield made, studio
        finally:
            recorder.close()
            window.close()
            window.deleteLater()


async def begin(at: RecordBar, studio: Studio) -> None:
    """As the recorder does it once a microphone answered."""
    at.recorder._mine = True
    await studio.services.recording.start(PcmFormat(8000))
    studio.services.recording.feed(SECOND * 3)
    await until(at.pause.isVisible)


async def test_its_states(tmp_path: Path, qapp: QApplication) -> None:
    async with bar(tmp_path, qapp) as (at, studio):
        finished: list[Any] = []
        at.recorder.finished.connect(finished.append)
        assert at.record.isVisible()
        assert not at.meter.isVisible()
        await begin(at, studio)
        assert not at.record.isVisible()
        at.recorder.ticked.emit(Level(0.5, 0.2))
        assert at.time.text() == "0:03"
        # Space pauses: the button has the focus.
        await until(at.pause.hasFocus)
        QTest.keyClick(at.pause, Qt.Key.Key_Space)
        assert at.recorder.state is RecordingState.PAUSED
        await until(lambda: at.pause.accessibleName() == "Resume recording")
        QTest.mouseClick(at.stop, Qt.MouseButton.LeftButton)
        await until(lambda: finished)
        await until(at.record.isVisible)
        assert at.record.hasFocus()
        assert finished[0].duration == 3


async def test_discarding(tmp_path: Path, qapp: QApplication) -> None:
    async with bar(tmp_path, qapp) as (at, studio):
        steps: list[Any] = []
        at.recorder.discarded.connect(steps.append)
        await begin(at, studio)
        QTest.mouseClick(at.discard, Qt.MouseButton.LeftButton)
        await until(lambda: steps)
        await until(at.record.isVisible)


async def test_another_one_records_already(tmp_path: Path, qapp: QApplication) -> None:
    async with bar(tmp_path, qapp) as (at, studio):
        await studio.services.recording.start(PcmFormat(8000))
        at.toggle()
        assert at.note.text() == "Another recording is under way."
        assert at.record.isVisible()


async def test_the_chosen_microphone_is_remembered(tmp_path: Path, qapp: QApplication) -> None:
    async with bar(tmp_path, qapp) as (at, _studio):
        at.device.set_options(
            options_of([SoundDevice("a", "Desk"), SoundDevice("b", "Headset", True)]), USUAL
        )
        at.device._take("a")
        assert at.recorder.chosen == "a"
        kept = Settings(tmp_path / "settings.toml").values.sound
        assert (kept.input, kept.input_name) == ("a", "Desk")
        at.device._take(USUAL)
        assert Settings(tmp_path / "settings.toml").values.sound.input == ""


def test_the_default_is_named() -> None:
    labels = [
        option.label for option in options_of([SoundDevice("a", "Desk"), SoundDevice("b", "Mic", True)])
    ]
    assert labels == ["Default · Mic", "Desk", "Mic"]
    assert [option.label for option in options_of([])] == ["Default"]


def test_the_meter_tells_what_it_shows(qapp: QApplication) -> None:
    window = make_window(qapp, (300, 60))
    meter = LevelMeter(window)
    meter.resize(272, 12)
    meter.show()
    meter.show_level(Level(0.5, 0.1))
    face = QAccessible.queryAccessibleInterface(meter)
    assert face is not None
    assert face.valueInterface().currentValue() == -6
    assert not meter.clipped
    meter.show_level(Level(1.0, 0.9, True))
    assert meter.clipped
    picture = meter.grab().toImage()
    assert picture.pixelColor(265, 6).red() > 150
    meter.clear()
    assert not meter.clipped
    assert face.valueInterface().currentValue() == -60
    window.close()
    window.deleteLater()

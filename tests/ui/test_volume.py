"""Mute and volume: one loudspeaker for the program, which every control of it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.ui.loudspeaker import Loudspeaker
from studio.ui.volume import VolumeControl

pytestmark = pytest.mark.qt_log_ignore("PulseAudioService", extend=True)


@pytest.fixture
def speaker(qapp: object) -> Iterator[Loudspeaker]:
    shared = Loudspeaker.shared()
    shared.set_all("", 0.8, False)
    yield shared
    shared.set_all("", 1.0, False)


def test_one_control_moves_the_other(speaker: Loudspeaker, window: Callable[..., QWidget]) -> None:
    first, second = VolumeControl(), VolumeControl()
    window(first, second)
    assert first.slider.value() == 80
    first.slider.setFocus()
    QTest.keyClick(first.slider, Qt.Key.Key_Home)
    assert speaker.volume == 0.0
    assert second.slider.value() == 0


def test_mute_keeps_the_volume_and_is_heard(speaker: Loudspeaker, window: Callable[..., QWidget]) -> None:
    control = VolumeControl()
    window(control)
    mute, slider = control.stops()
    QTest.mouseClick(mute, Qt.MouseButton.LeftButton)
    assert (speaker.muted, speaker.volume) == (True, 0.8)
    assert slider.accessibleDescription() == "muted"
    speaker.set_muted(False)
    assert not control.mute.isChecked()
    assert slider.accessibleDescription() == ""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.ui.loudspeaker import Loudspeaker
from studio.ui.volume import VolumeControl


@pytest.fixture
def speaker() -> Generator[Loudspeaker]:
    made = Loudspeaker.shared()
    before = made.volume, made.muted
    yield made
    made.set_volume(before[0])
    made.set_muted(before[1])


def test_every_control_shows_the_one_volume(speaker: Loudspeaker, window: Callable[..., QWidget]) -> None:
    one, other = VolumeControl(), VolumeControl()
    window(one, other)
    one.slider.setValue(40)
    assert speaker.volume == pytest.approx(0.4)
    assert other.slider.value() == 40
    other.mute.setFocus()
    QTest.keyClick(other.mute, Qt.Key.Key_Space)
    assert speaker.muted
    assert one.mute.isChecked()
    assert one.slider.accessibleDescription() == "muted"
    one.slider.setValue(60)
    assert not speaker.muted, "whoever turns it up wants to hear something"
    assert not other.mute.isChecked()

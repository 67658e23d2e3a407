from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.domain.peaks import Peaks
from studio.ui.film_track import FilmTrack

RATE = 8000


def test_the_bar_shows_where_there_is_sound(window: Callable[..., QWidget]) -> None:
    """The first half of the film is silent, the second is not."""
    track = FilmTrack("Position")
    window(track, width=600)
    plain = track.grab().toImage()
    samples = np.zeros(10 * RATE, np.float32)
    samples[5 * RATE :] = 0.8
    track.set_peaks(Peaks.of_samples(samples, RATE))
    shown = track.grab().toImage()
    assert shown != plain
    high = round(track.height() * 0.25)

    def inked(left: float, right: float) -> bool:
        background = shown.pixel(2, 1)
        columns = range(round(track.width() * left), round(track.width() * right))
        return any(shown.pixel(x, high) != background for x in columns)

    assert not inked(0.1, 0.45)
    assert inked(0.55, 0.9)
    track.set_peaks(Peaks.of_samples(np.zeros(RATE, np.float32), RATE))
    assert track.grab().toImage() == plain, "a silent film has a plain bar"


def test_a_press_means_the_same_with_and_without_sound(window: Callable[..., QWidget]) -> None:
    track = FilmTrack("Position")
    window(track, width=600)
    place = QPoint(track.width() // 3, track.height() // 2)
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=place)
    before = track.value()
    track.setValue(0)
    track.set_peaks(Peaks.of_samples(np.full(RATE, 0.5, np.float32), RATE))
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=place)
    assert track.value() == before > 0

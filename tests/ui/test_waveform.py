from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.media import MediaKind
from studio.domain.peaks import Peaks
from studio.domain.sound import Span
from studio.services.sound import SoundService
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_panel import SoundPanel
from studio.ui.theme import Theme
from studio.ui.time_axis import TimeAxis
from studio.ui.waveform import WaveformView
from studio.ui.waveform_paint import Marker
from tests.fakes.assets import Tasks
from tests.fakes.sounds import silence, tone, write_sound
from tests.panes.support import desk
from tests.panes.test_library import Pane, press
from tests.shell.support import until
from tests.ui.test_sound_strip import deck_for

RATE = 8000
Keys, Mods = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def view(window: Callable[..., QWidget]) -> WaveformView:
    made = WaveformView()
    window(made)
    made.setFixedSize(600, 150)
    made.set_peaks(Peaks.of_samples(tone(60, rate=RATE), RATE))
    made.setFocus()
    return made


def wheel(view: WaveformView, at: QPointF, turn: QPoint) -> None:
    event = QWheelEvent(at, at, QPoint(), turn, Qt.MouseButton.NoButton, Mods.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(view, event)


def test_press_seeks_and_drag_selects(view: WaveformView) -> None:
    sought: list[float] = []
    selected: list[Span | None] = []
    view.seek_requested.connect(sought.append)
    view.selection_changed.connect(selected.append)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 50))
    assert sought == [30.0]
    assert view.playhead == 30.0
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 50))
    QTest.mouseMove(view, QPoint(150, 50))
    QTest.mouseMove(view, QPoint(200, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 50))
    assert view.selection == Span(10, 20)
    assert selected[-1] == Span(10, 20)
    assert sought[-1] == 10
    # An edge can be moved.
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 50))
    QTest.mouseMove(view, QPoint(250, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(250, 50))
    assert view.selection == Span(10, 25)
    assert "selected 00:10.0 to 00:25.0" in view.accessibleDescription()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(500, 50))
    assert view.selection is None


def test_the_wheel_zooms_to_the_pointer_down_to_samples(view: WaveformView) -> None:
    asked: list[tuple[float, int]] = []
    view.samples_needed.connect(lambda start, count: asked.append((start, count)))
    before = view.axis.seconds_at(150)
    for _ in range(6):
        wheel(view, QPointF(150, 50), QPoint(0, 120))
    assert view.axis.seconds_at(150) == pytest.approx(before)
    for _ in range(60):
        wheel(view, QPointF(150, 50), QPoint(0, 120))
    assert view.axis.seconds_at(150) == pytest.approx(before)
    assert view.axis.span * RATE == pytest.approx(50)
    assert asked
    start, count = asked[-1]
    assert start <= view.axis.start
    assert start + count / RATE >= view.axis.end
    samples = tone(60, rate=RATE)
    view.set_samples(samples[: RATE * 50], 0)
    asked.clear()
    view.pan(10)
    assert not asked
    assert view.grab().toImage().pixelColor(150, 60) is not None
    wheel(view, QPointF(150, 50), QPoint(-120, 0))
    view.fit()
    assert view.axis.fitted


def test_keys(view: WaveformView) -> None:
    sought: list[float] = []
    marks: list[float] = []
    view.seek_requested.connect(sought.append)
    view.marker_requested.connect(marks.append)
    QTest.keyClick(view, Keys.Key_Right)
    QTest.keyClick(view, Keys.Key_Right, Mods.ShiftModifier)
    QTest.keyClick(view, Keys.Key_Right, Mods.ShiftModifier)
    assert view.selection == Span(3, 9)
    QTest.keyClick(view, Keys.Key_Left, Mods.ShiftModifier)
    assert view.selection == Span(3, 6)
    QTest.keyClick(view, Keys.Key_M)
    assert marks == [6.0]
    QTest.keyClick(view, Keys.Key_Z)
    assert view.axis.span == pytest.approx(3.3)
    QTest.keyClick(view, Keys.Key_PageDown)
    assert view.axis.start > 5
    QTest.keyClick(view, Keys.Key_0)
    assert view.axis.fitted
    QTest.keyClick(view, Keys.Key_Plus)
    assert not view.axis.fitted
    QTest.keyClick(view, Keys.Key_End)
    assert sought[-1] == 60
    assert view.axis.end == pytest.approx(60)
    QTest.keyClick(view, Keys.Key_A, Mods.ControlModifier)
    assert view.selection == Span(0, 60)
    QTest.keyClick(view, Keys.Key_Escape)
    assert view.selection is None


def test_a_screen_reader_moves_it(view: WaveformView) -> None:
    sought: list[float] = []
    view.seek_requested.connect(sought.append)
    view.setValue(12_500)
    assert sought == [12.5]
    view.set_playhead(20)
    assert (view.value(), view.maximum(), sought) == (20_000, 60_000, [12.5])


def test_the_page_turns_with_the_playhead(view: WaveformView) -> None:
    view.show_span(Span(0, 10))
    view.set_playhead(9.9)
    view.set_playhead(view.axis.end + 0.1)
    assert view.axis.start > 9
    view.set_follows(False)
    here = view.axis.start
    view.set_playhead(50)
    assert view.axis.start == here


def test_states(view: WaveformView) -> None:
    view.clear()
    view.show_loading(0.34)
    assert view.accessibleDescription() == "Reading the sound… 34%"
    view.show_failure("This video has no sound.")
    assert view.accessibleDescription() == "This video has no sound."
    view.grab()
    view.set_peaks(Peaks.of_samples(silence(2), 44100))
    assert view.accessibleDescription() == "This recording is silent., 0:02 long"
    view.set_markers([Marker(1.5, "b"), Marker(0.5, "a")])
    assert [marker.label for marker in view.markers] == ["a", "b"]
    view.grab()


def test_light_and_dark_differ(view: WaveformView, qapp: QApplication) -> None:
    light = view.grab().toImage()
    Theme("dark", reduced_motion=True).apply(qapp)
    assert view.grab().toImage() != light


@given(
    st.floats(0.01, 20_000),
    st.floats(50, 4000),
    st.lists(
        st.tuples(st.sampled_from(["zoom", "pan", "width", "span"]), st.floats(0.001, 1000)), max_size=12
    ),
)
def test_the_axis_never_leaves_the_sound(
    duration: float, width: float, moves: list[tuple[str, float]]
) -> None:
    axis = TimeAxis()
    axis.set_sound(duration, 44100)
    axis.set_width(width)
    for move, amount in moves:
        if move == "zoom":
            axis.zoom(amount, axis.seconds_at(amount % axis.width))
        elif move == "pan":
            axis.pan(amount - 500)
        elif move == "width":
            axis.set_width(amount + 1)
        else:
            axis.show_span(duration * 0.3, duration * 0.3 + amount)
        assert axis.start >= 0
        assert axis.end <= duration * (1 + 1e-6) + 1e-6
        middle = axis.start + axis.span / 2
        assert axis.seconds_at(axis.x_of(middle)) == pytest.approx(middle, abs=1e-6)
        texts = [tick for tick in axis.ticks(72) if tick.text]
        gaps = np.diff([axis.x_of(tick.seconds) for tick in texts])
        assert (gaps >= 71).all()
        assert len({tick.text for tick in texts}) == len(texts)


async def test_the_panel_loops_speeds_up_and_shows_samples(qapp: QApplication, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "a.wav", tone(20))
    async with deck_for(tmp_path) as (deck, tasks):
        sounds = deck._sounds
        assert isinstance(sounds, SoundService)
        panel = SoundPanel(deck, sounds, tasks)
        panel.resize(700, 300)
        panel.show()
        panel.show_sound(file, name="Anna")
        await tasks.settled()
        assert panel.waveform.peaks is not None
        assert (panel.at.text(), panel.length.text()) == ("00:00.0", "/ 0:20")
        panel.waveform.seek_requested.emit(7.25)
        assert panel.at.text() == "00:07.2"
        panel.waveform.set_selection(Span(3, 5))
        panel.loop.click()
        assert deck.player.loop == (3, 5)
        panel.loop.click()
        assert deck.player.loop is False
        panel._set_speed(1.5)
        assert (deck.player.rate, panel.speed.text()) == (1.5, "1.5×")
        panel.waveform.show_span(Span(3, 3.01))
        await tasks.settled()
        assert panel.waveform._scene.fine is not None
        panel.leave()
        assert panel.waveform.peaks is None
        panel.hide()
        panel.deleteLater()


def test_keys_go_from_mark_to_mark(view: WaveformView) -> None:
    view.set_markers([Marker(20.0, "2"), Marker(10.0, "1")])
    for key, at in ((Keys.Key_Right, 10), (Keys.Key_Right, 20), (Keys.Key_Right, 60), (Keys.Key_Left, 20)):
        QTest.keyClick(view, key, Mods.ControlModifier)
        assert view.playhead == at
    assert view.marker_near(20.3) == Marker(20.0, "2")
    assert view.marker_near(25.0) is None


class Memory:
    """Drafts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    async def draft(self, key: str) -> object:
        return self.kept.get(key)

    async def set_draft(self, key: str, value: object) -> None:
        self.kept[key] = value


class Peaked:
    """A library whose outlines lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def outline_path(self, sha256: str) -> Path:
        return self._folder / sha256


async def test_marks_are_set_kept_and_taken_away(qapp: QApplication, tmp_path: Path) -> None:
    file, memory, sha256 = write_sound(tmp_path / "a.wav", tone(20)), Memory(), "ab" * 32
    sounds = SoundService(Peaked(tmp_path), tmp_path / "cache", memory)
    tasks = Tasks()
    deck = SoundDeck(sounds, tasks)
    panel = SoundPanel(deck, sounds, tasks)
    panel.resize(700, 300)
    panel.show()
    panel.show_sound(file, sha256)
    await tasks.settled()
    wave = panel.waveform
    for at in (7.5, 3.0):
        wave._scene.playhead = at
        QTest.keyClick(wave, Keys.Key_M)
    await tasks.settled()
    assert [(one.seconds, one.label) for one in wave.markers] == [(3.0, "1"), (7.5, "2")]
    panel.leave()
    assert not wave.markers
    panel.show_sound(file, sha256)
    await tasks.settled()
    assert [one.seconds for one in wave.markers] == [3.0, 7.5]
    panel.mark(3.02)
    await tasks.settled()
    assert await sounds.marks(sha256) == [7.5]
    memory.kept[f"sound.marks.{sha256}"] = ["x", -1, 2]
    assert await sounds.marks(sha256) == [2.0]
    assert await sounds.marks("") == []
    panel.leave()
    panel.hide()
    panel.deleteLater()
    deck.stop()
    await sounds.close()


async def test_sounds_play_in_the_viewer_and_the_inspector(tmp_path: Path, qapp: QApplication) -> None:
    from studio.domain.asset import AssetDraft

    async with desk(tmp_path, qapp, pictures=1) as at:
        incoming = at.services.library.incoming_path("sound")
        write_sound(tmp_path / "s.mp3", tone(3)).rename(incoming)
        asset = await at.services.library.store(incoming, AssetDraft(kind=MediaKind.SPEECH, prompt="Hello"))
        pane = Pane(at)
        await pane.shows(2)
        pane.browser.select_row(await at.services.library.row_of(asset.id) or 0)
        await until(lambda: pane.inspector.asset is not None and pane.inspector.asset.id == asset.id)
        strip = pane.inspector._strip
        assert strip is not None
        assert strip.isVisible()
        await until(lambda: strip.status.peaks is not None)
        assert at.services.library.outline_path(asset.sha256).is_file()
        pane.browser.show_large()
        viewer = pane.browser.viewer
        assert viewer is not None
        panel = viewer._sound
        assert panel is not None
        assert panel.isVisible()
        await until(lambda: panel.waveform.peaks is not None)
        QTest.keyClick(viewer, Keys.Key_Tab)
        assert panel.play.hasFocus()
        QTest.keyClick(viewer, Keys.Key_Right)
        assert not panel.isVisible()
        QTest.keyClick(viewer, Keys.Key_Escape)
        await until(lambda: not strip.isVisible())
        press(pane.inspector, "Show large")
        QTest.keyClick(viewer, Keys.Key_Escape)

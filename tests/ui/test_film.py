"""Films in the viewer: frames painted, scrubbed, stepped, looped; a frame is taken into the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.asset import AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.services.context import Services
from studio.ui.film_panel import FilmPanel
from studio.ui.film_track import FilmTrack
from studio.ui.player import PlayerState
from tests.fakes.sounds import tone, write_film
from tests.panes.support import desk
from tests.panes.test_library import Pane
from tests.shell.support import until

FRAMES, RATE = 10, 10
# Said once per process on machines without a sound server or a graphics card; the film plays all the same.
first_film = pytest.mark.qt_log_ignore("PulseAudioService", "No RHI backend")


def write_steps(path: Path, codec: str = "libx264") -> Path:
    """A film of a second whose frames get brighter, by 20 each."""
    with av.open(str(path), "w", format="mp4") as container:
        video: Any = container.add_stream(codec, rate=RATE)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        for number in range(FRAMES):
            shades = np.full((64, 96, 3), 20 + 20 * number, np.uint8)
            shades[:8, ::2] = 255  # a picture of one colour is no result
            frame = av.VideoFrame.from_ndarray(shades, "rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


async def file_film(services: Services, codec: str = "libx264") -> str:
    incoming = write_steps(services.library.incoming_path("film"), codec)
    draft = AssetDraft(
        kind=MediaKind.VIDEO, prompt="the sun rises",
        provenance=Provenance(job_id="film", model="seedance", seed=3),
    )  # fmt: skip
    return (await services.library.store(incoming, draft)).id


def shade(panel: FilmPanel) -> int:
    return panel._image.pixelColor(40, 30).red()


@first_film
async def test_a_film_is_stepped_scrubbed_and_gives_a_frame(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        film = await file_film(at.services)
        pane = Pane(at)
        await pane.shows(1)
        pane.browser.show_large(pane.browser.model.index(0))
        viewer = pane.browser.viewer
        panel = await until(lambda: viewer._film_shown)
        await until(lambda: not panel._poster and panel.player.current_state is PlayerState.PAUSED)
        assert shade(panel) == pytest.approx(20, abs=6)
        QTest.keyClick(viewer, Qt.Key.Key_Period)
        await until(lambda: abs(shade(panel) - 40) < 6)
        panel.scrub.setValue(550)
        await until(lambda: abs(shade(panel) - 120) < 6)
        QTest.keyClick(viewer, Qt.Key.Key_Comma)
        await until(lambda: abs(shade(panel) - 100) < 6)
        viewer.grab()
        assert not viewer.controls.external.isVisible()
        QTest.keyClick(viewer, Qt.Key.Key_F)
        await pane.shows(2)
        children = await at.services.library.children(film)
        assert [(c.kind, c.width, c.height, c.prompt) for c in children] == [
            (MediaKind.IMAGE, 96, 64, "the sun rises")
        ]
        assert children[0].provenance.request == {"frame_at": pytest.approx(0.425, abs=0.03)}
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
        assert panel.player.path is None


@first_film
async def test_speed_loop_and_play_to_the_end(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        await file_film(at.services)
        pane = Pane(at)
        await pane.shows(1)
        pane.browser.show_large(pane.browser.model.index(0))
        panel = await until(lambda: pane.browser.viewer._film_shown)
        await until(lambda: not panel._poster)
        panel.set_speed(2.0)
        assert panel.speed.text() == "2×"
        QTest.keyClick(pane.browser.viewer, Qt.Key.Key_Space)
        await until(lambda: shade(panel) > 150)
        await until(lambda: panel.player.current_state is PlayerState.STOPPED)
        QTest.keyClick(pane.browser.viewer, Qt.Key.Key_L)
        assert panel.player.loop is True
        assert not panel.mute.isEnabled()


@first_film
async def test_a_film_without_a_decoder_is_offered_to_other_programs(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp) as at:
        await file_film(at.services, "libaom-av1" if "libaom-av1" in av.codecs_available else "libsvtav1")
        pane = Pane(at)
        await pane.shows(1)
        pane.browser.show_large(pane.browser.model.index(0))
        viewer = pane.browser.viewer
        panel = await until(lambda: viewer._film_shown)
        await until(lambda: panel.problem)
        assert panel.problem == "This film cannot be shown here. Open it in another program."
        assert viewer.controls.external.isVisible()
        viewer.grab()


async def test_the_bar_shows_the_sound_track(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        incoming = at.services.library.incoming_path("loud")
        write_film(tmp_path / "loud.mp4", 2, tone(2)).rename(incoming)
        await at.services.library.store(incoming, AssetDraft(kind=MediaKind.VIDEO, adopted=True))
        pane = Pane(at)
        await pane.shows(1)
        pane.browser.show_large(pane.browser.model.index(0))
        panel = await until(lambda: pane.browser.viewer._film_shown)
        assert isinstance(panel.scrub, FilmTrack)
        plain = panel.scrub.grab().toImage()
        await until(lambda: panel.scrub.peaks is not None)
        assert panel.scrub.peaks.duration == pytest.approx(2, abs=0.1)
        assert panel.scrub.grab().toImage() != plain
        QTest.mouseClick(panel.scrub, Qt.MouseButton.LeftButton, pos=panel.scrub.rect().center())
        assert panel.scrub.value() == pytest.approx(500, abs=5)
        panel.leave()
        assert panel.scrub.peaks is None

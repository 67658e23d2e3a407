"""What the self-check says of files that cannot be played. That it plays good ones: `test_self_check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.core.errors import StudioError
from studio.domain.models import ModelInfo
from studio.shell import check_media
from studio.ui.player import FilmPlayer
from tests.fakes.sounds import tone, write_film


async def test_a_film_that_cannot_be_played_is_told_in_words(tmp_path: Path, qapp: QApplication) -> None:
    damaged = tmp_path / "film.mp4"
    damaged.write_bytes(b"no film at all")
    with pytest.raises(StudioError, match="cannot be"):
        await check_media._runs(FilmPlayer(), damaged)
    with pytest.raises(StudioError, match="not there any more"):
        await check_media._runs(FilmPlayer(), tmp_path / "gone.mp4")


@pytest.mark.qt_log_ignore("No RHI backend", extend=True)
async def test_a_film_shorter_than_asked_for_is_played_to_its_end(tmp_path: Path, qapp: QApplication) -> None:
    film = write_film(tmp_path / "film.mp4", 0.4, tone(0.4))
    assert await check_media._runs(FilmPlayer(), film)


def test_the_shortest_film_is_asked_for() -> None:
    assert check_media._shortest(ModelInfo(name="a", allowed_durations=(8.0, 4.0))) == 4
    assert check_media._shortest(ModelInfo(name="b", min_duration=2.0, default_duration=5.0)) == 2
    assert check_media._shortest(ModelInfo(name="c")) == 5

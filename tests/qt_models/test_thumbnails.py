import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage, QPixmap

from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.thumbnails import State, ThumbnailLoader, ThumbnailSpec, read_scaled, store
from tests.fakes.assets import MemoryAssets, landscape, make_row

SPEC = ThumbnailSpec(120, 120, 10)


@contextmanager
def opened(source: MemoryAssets, **options: object) -> Iterator[ThumbnailLoader]:
    loader = ThumbnailLoader(source, **options)
    try:
        yield loader
    finally:
        loader.stop()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("thumbnails")]


async def answer(
    loader: ThumbnailLoader, row: AssetRow, spec: ThumbnailSpec = SPEC
) -> tuple[State, QPixmap | None]:
    """Ask until the loader has said what it knows."""
    arrived = asyncio.Event()

    def hear(numbers: list[int]) -> None:
        if row.row in numbers:
            arrived.set()

    loader.ready.connect(hear)
    state, pixmap = loader.get(row, spec)
    if state is State.PENDING:
        await arrived.wait()
        state, pixmap = loader.get(row, spec)
    loader.ready.disconnect(hear)
    return state, pixmap


def special(source: MemoryAssets, name: str, number: int = 1, **changes: object) -> AssetRow:
    (source.folder / "special").mkdir(exist_ok=True)
    return make_row(number, path=f"special/{name}", width=None, height=None, **changes)


async def test_a_picture_fills_its_cell_and_is_cached(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(3)
    with opened(source) as loader:
        assert loader.get(row, SPEC) == (State.PENDING, None)
        state, pixmap = await answer(loader, row)
        assert state is State.READY
        image = pixmap.toImage()
        assert (image.width(), image.height()) == (120, 120)
        assert image.pixelColor(0, 0).alpha() == 0
        assert image.pixelColor(60, 60).alpha() == 255
        assert loader.used_bytes == 120 * 120 * 4
    cached = QImage(str(source.thumbnail_path(row)))
    assert (cached.width(), cached.height()) == (384, 288)
    assert not list(source.thumbnail_path(row).parent.glob("*.part"))


async def test_the_cached_file_is_enough(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(3, path="special/gone.jpg")
    store(landscape(1, 400, 400), source.thumbnail_path(row))
    with opened(source) as loader:
        assert (await answer(loader, row))[0] is State.READY


async def test_a_damaged_cached_file_is_made_again(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(3)
    cached = source.thumbnail_path(row)
    cached.parent.mkdir()
    cached.write_bytes(b"not a picture")
    with opened(source) as loader:
        assert (await answer(loader, row))[0] is State.READY
    assert not QImage(str(cached)).isNull()


async def test_a_large_cell_is_decoded_from_the_original(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path, size=(1600, 1600))
    row = make_row(3, width=1600, height=1600)
    with opened(source) as loader:
        small, _ = await answer(loader, row)
        state, scaled = loader.get(row, ThumbnailSpec(900, 900, 10))
        assert (small, state) == (State.READY, State.PENDING)
        assert scaled is not None  # the small one meanwhile
        state, pixmap = await answer(loader, row, ThumbnailSpec(900, 900, 10))
        assert pixmap.width() == 900
        assert loader.used_bytes == 900 * 900 * 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path: Path, orientation: int, qapp: object) -> None:
    upright = Image.new("RGB", (400, 200), "blue")
    upright.paste("red", (0, 0, 100, 100))  # upper left corner
    back = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for turn in back.get(orientation, []):
        upright = upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    upright.save(path, exif=exif, quality=95)
    image = read_scaled(path, (100, 100))
    assert (image.width(), image.height()) == (200, 100)
    assert image.pixelColor(20, 20).red() > 200
    assert image.pixelColor(180, 80).blue() > 200


async def test_transparency_survives_the_cache(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = special(source, "clear.png")
    image = QImage(500, 500, QImage.Format.Format_ARGB32)
    image.fill(QColor(255, 0, 0, 100))
    assert image.save(str(source.file_path(row)))
    solid = special(source, "solid.png", 2)
    image.fill(QColor(255, 0, 0, 255))
    assert image.save(str(source.file_path(solid)))
    with opened(source) as loader:
        _, pixmap = await answer(loader, row)
        assert 95 < pixmap.toImage().pixelColor(60, 60).alpha() < 105
        await answer(loader, solid)
    assert source.thumbnail_path(row).read_bytes().startswith(b"\x89PNG")
    assert source.thumbnail_path(solid).read_bytes().startswith(b"\xff\xd8")


async def test_damaged_files_are_tried_once(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = special(source, "broken.jpg")
    source.file_path(row).write_bytes(b"<html>busy</html>")
    with opened(source) as loader:
        told: list[list[int]] = []
        loader.ready.connect(told.append)
        assert await answer(loader, row) == (State.BROKEN, None)
        assert loader.get(row, SPEC) == (State.BROKEN, None)
        assert told == [[1]]
        assert landscape(1, 300, 300).save(str(source.file_path(row)))
        loader.forget_failure(1)
        assert (await answer(loader, row))[0] is State.READY


async def test_videos_show_a_poster_when_there_is_one(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = special(source, "film.mp4", kind=MediaKind.VIDEO)
    with opened(source) as loader:
        assert await answer(loader, row) == (State.NONE, None)
    asked: list[Path] = []

    def poster(path: Path) -> QImage:
        asked.append(path)
        return landscape(2, 640, 360)

    with opened(source, poster=poster) as loader:
        assert (await answer(loader, row))[0] is State.READY
    with opened(source, poster=poster) as loader:
        assert (await answer(loader, row))[0] is State.READY
    assert asked == [source.file_path(row)]


def test_sounds_and_texts_have_no_picture(tmp_path: Path, qapp: object) -> None:
    with opened(MemoryAssets(tmp_path)) as loader:
        assert loader.get(make_row(1, kind=MediaKind.SPEECH), SPEC) == (State.NONE, None)


async def test_pixmaps_stay_within_their_budget(tmp_path: Path, qapp: object) -> None:
    budget = 5 * 120 * 120 * 4
    with opened(MemoryAssets(tmp_path), cache_bytes=budget) as loader:
        for number in range(1, 12):
            await answer(loader, make_row(number))
            assert loader.used_bytes <= budget
        assert loader.peek(1) is None
        assert loader.peek(11) is not None
        loader.clear()
        assert loader.used_bytes == 0


async def test_the_newest_wish_comes_first_and_others_are_dropped(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    held, made = threading.Event(), []

    class Held(MemoryAssets):
        """Lets the thread go on when the test has put in all its wishes."""

        def thumbnail_path(self, row: AssetRow) -> Path:
            assert held.wait(10)
            made.append(row.row)
            return super().thumbnail_path(row)

    source = Held(tmp_path)
    with opened(source, threads=1) as loader:
        done = asyncio.Event()
        loader.ready.connect(lambda numbers: 7 in numbers and done.set())
        for number in (1, 2, 3, 4, 5, 6):
            loader.get(make_row(number), SPEC)
        loader.prefetch(make_row(7), SPEC)
        while 1 not in loader._pool._queue.taken and not loader._pool._queue.taken:
            await asyncio.sleep(0)
        taken = next(iter(loader._pool._queue.taken))
        loader.get(make_row(3), SPEC)  # looked at again
        loader.retain({3, 5, 6, 7})
        held.set()
        await done.wait()
        assert [number for number in made if number != taken] == [n for n in (3, 6, 5, 7) if n != taken]


async def test_another_content_is_decoded_again(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    with opened(source) as loader:
        await answer(loader, make_row(1))
        state, old = loader.get(make_row(1, sha256="f" * 64), SPEC)
        assert state is State.PENDING
        assert old is not None


async def test_stopping_while_busy_leaves_nothing_behind(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path, size=(2000, 2000))
    with opened(source, threads=2) as loader:
        for number in range(50):
            loader.get(make_row(number), SPEC)
    assert loader.get(make_row(99), SPEC) == (State.PENDING, None)  # asked too late: nothing happens
    loader.stop()

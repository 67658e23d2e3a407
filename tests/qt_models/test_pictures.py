import asyncio
from pathlib import Path

from PySide6.QtGui import QColor

from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.pictures import Picture, PictureLoader, decode
from tests.fakes.assets import MemoryAssets, landscape, make_row

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>while(true){}</script>'
    b'<rect width="40" height="20" fill="#ff0000"/></svg>'
)


async def get(loader: PictureLoader, row: AssetRow) -> Picture:
    """Ask, and wait for the answer."""
    arrived = asyncio.Event()
    connection = loader.ready.connect(lambda number: number == row.row and arrived.set())
    if (picture := loader.get(row)) is None:
        await arrived.wait()
        picture = loader.get(row)
    loader.ready.disconnect(connection)
    assert picture is not None
    return picture


async def test_pictures_are_kept_within_a_budget(tmp_path: Path, qapp: object) -> None:
    loader = PictureLoader(MemoryAssets(tmp_path), kept_bytes=3 * 640 * 480 * 4)
    try:
        for number in range(1, 6):
            assert (await get(loader, make_row(number))).size.width() == 640
        assert list(loader._kept) == [3, 4, 5]
        loader.clear()
        assert not loader._kept
    finally:
        loader.stop()


async def test_one_picture_is_kept_however_large(tmp_path: Path, qapp: object) -> None:
    loader = PictureLoader(MemoryAssets(tmp_path), kept_bytes=1)
    try:
        await get(loader, make_row(1))
        await get(loader, make_row(2))
        assert list(loader._kept) == [2]
    finally:
        loader.stop()


def test_a_video_is_seen_by_its_poster(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(1, kind=MediaKind.VIDEO)
    assert decode(source, row).levels == ()
    source.thumbnail_path(row).parent.mkdir()
    assert landscape(1, 320, 180).save(str(source.thumbnail_path(row)))
    assert decode(source, row).size.width() == 320


def test_damaged_and_missing_files_have_no_levels(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(1, path="special/page.jpg")
    assert decode(source, row).levels == ()
    source.file_path(row).parent.mkdir()
    source.file_path(row).write_bytes(b"<html>busy</html>")
    assert decode(source, row).levels == ()


def test_drawings_are_still_pictures(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path)
    row = make_row(1, path="special/drawing.svg")
    source.file_path(row).parent.mkdir()
    source.file_path(row).write_bytes(SVG)
    picture = decode(source, row)
    assert (picture.size.width(), picture.size.height()) == (2048, 1024)
    assert picture.levels[0].pixelColor(1000, 500) == QColor("#ff0000")


def test_large_pictures_have_smaller_copies(tmp_path: Path, qapp: object) -> None:
    source = MemoryAssets(tmp_path, size=(4000, 3000))
    picture = decode(source, make_row(1))
    assert [level.width() for level in picture.levels] == [4000, 2000, 1000]
    assert picture.level(1.0).width() == 4000
    assert picture.level(0.5).width() == 2000
    assert picture.level(0.3).width() == 2000
    assert picture.level(0.1).width() == 1000

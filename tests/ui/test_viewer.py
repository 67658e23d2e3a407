import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.pictures import PictureLoader
from studio.ui.viewer import PictureViewer
from tests.fakes.assets import MemoryAssets, Tasks, make_row
from tests.fakes.style import gallery_style


@dataclass
class Scene:
    source: MemoryAssets
    tasks: Tasks
    model: AssetListModel
    viewer: PictureViewer
    pictures: PictureLoader

    async def open(self, position: int) -> None:
        self.viewer.show_index(self.model.index(position))
        await self.decoded()

    async def decoded(self) -> None:
        while self.viewer._picture is None:
            arrived = asyncio.Event()
            self.pictures.ready.connect(lambda _number, arrived=arrived: arrived.set())
            self.model.dataChanged.connect(lambda *_, arrived=arrived: arrived.set())
            await arrived.wait()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.viewer, key, held)


@asynccontextmanager
async def scene(source: MemoryAssets) -> AsyncIterator[Scene]:
    tasks = Tasks()
    model, pictures, window = AssetListModel(source, tasks), PictureLoader(source), QWidget()
    window.resize(900, 700)
    window.show()
    viewer = PictureViewer(model, pictures, gallery_style(), window)
    model.set_query(LibraryQuery())
    await tasks.settled()
    try:
        yield Scene(source, tasks, model, viewer, pictures)
    finally:
        window.close()
        pictures.stop()
        model.close()
        await tasks.settled()
        window.deleteLater()
        await asyncio.sleep(0)


async def test_a_picture_is_fitted_and_never_enlarged(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 5, size=(3000, 1500))) as stage:
        await stage.open(1)
        assert stage.viewer.geometry() == stage.viewer.parentWidget().rect()
        assert stage.viewer.scale == pytest.approx(0.3)
        image = stage.viewer.grab().toImage()
        assert image.pixelColor(450, 120) == gallery_style().backdrop
        assert image.pixelColor(450, 600 - 48) != gallery_style().backdrop
    async with scene(MemoryAssets(tmp_path / "small", 5, size=(200, 100))) as stage:
        await stage.open(1)
        assert stage.viewer.scale == 1.0


async def test_the_wheel_zooms_to_the_pointer(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 5, size=(3000, 2000))) as stage:
        await stage.open(0)
        at = QPointF(300, 250)
        before = stage.viewer.picture_point(at)
        for notches in (2, 1, 3):
            QApplication.sendEvent(
                stage.viewer,
                QWheelEvent(
                    at, at, QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
                    Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
                ),
            )  # fmt: skip
        after = stage.viewer.picture_point(at)
        assert (after.x(), after.y()) == (pytest.approx(before.x()), pytest.approx(before.y()))
        assert stage.viewer.scale == pytest.approx(0.3 * 1.25**6)
        stage.viewer.grab()


async def test_keys_zoom_and_pan(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 5, size=(3000, 2000))) as stage:
        await stage.open(0)
        stage.key(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert stage.viewer.scale == 1.0
        middle = QPointF(450, 350)
        assert stage.viewer.picture_point(middle) == QPointF(1500, 1000)
        stage.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        assert stage.viewer.picture_point(middle) == QPointF(1580, 1000)
        for _ in range(100):
            stage.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        assert stage.viewer.picture_point(QPointF(900, 350)).x() == 3000
        stage.key(Qt.Key.Key_Plus)
        assert stage.viewer.scale == 1.25
        stage.key(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
        assert stage.viewer.scale == pytest.approx(0.3)
        stage.key(Qt.Key.Key_Z)
        assert stage.viewer.scale == 1.0
        for _ in range(20):
            stage.key(Qt.Key.Key_Minus)
        assert stage.viewer.scale == pytest.approx(0.3)
        stage.viewer.zoom_to(1000)
        assert stage.viewer.scale == 16.0
        stage.key(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        assert stage.viewer.scale == pytest.approx(604 / 2000), "its height fills the room between the bars"


async def test_single_pixels_are_squares_beyond_200_percent(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 1, size=(64, 48))) as stage:
        await stage.open(0)
        picture = stage.viewer._picture
        assert picture is not None
        image = picture.levels[0]
        image.setPixelColor(32, 24, QColor("white"))
        for scale, shades in ((8.0, 1), (2.0, 2)):
            stage.viewer.zoom_to(scale)
            seen = stage.viewer.grab().toImage()
            edge = stage.viewer.picture_point(QPointF(450, 350))
            assert edge == QPointF(32, 24)
            inside = {seen.pixelColor(450 + n, 351).name() for n in range(int(scale))}
            assert (len(inside) == 1) == (shades == 1)


async def test_the_mouse_drags_a_zoomed_picture(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 5, size=(3000, 2000))) as stage:
        await stage.open(0)
        QTest.mouseDClick(stage.viewer, Qt.MouseButton.LeftButton, pos=QPoint(450, 350))
        assert stage.viewer.scale == 1.0
        grabbed = stage.viewer.picture_point(QPointF(450, 350))
        QTest.mousePress(stage.viewer, Qt.MouseButton.LeftButton, pos=QPoint(450, 350))
        QTest.mouseMove(stage.viewer, QPoint(500, 300))
        QTest.mouseRelease(stage.viewer, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
        assert stage.viewer.picture_point(QPointF(500, 300)) == grabbed


async def test_walking_through_the_gallery(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 5)) as stage:
        seen: list[int] = []
        closed: list[bool] = []
        stage.viewer.current_changed.connect(lambda index: seen.append(index.row()))
        stage.viewer.closed.connect(lambda: closed.append(True))
        await stage.open(1)
        keys = Qt.Key
        for key in (
            keys.Key_Right,
            keys.Key_Left,
            keys.Key_End,
            keys.Key_Right,
            keys.Key_Home,
            keys.Key_Left,
        ):
            stage.key(key)
            await stage.decoded()
        assert seen == [1, 2, 1, 4, 0]
        stage.key(Qt.Key.Key_Escape)
        assert closed == [True]
        assert not stage.viewer.isVisible()


async def test_rating_and_trashing_from_the_viewer(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 3)) as stage:
        heard: list[object] = []
        stage.viewer.rate_requested.connect(heard.append)
        stage.viewer.trash_requested.connect(lambda: heard.append("trash"))
        await stage.open(1)
        stage.key(Qt.Key.Key_4)
        stage.key(Qt.Key.Key_Delete)
        assert heard == [4, "trash"]
        stage.source.remove(2)
        await asyncio.sleep(0.02)
        await stage.tasks.settled()
        await stage.decoded()
        assert stage.viewer.row == stage.source.row(1)
        stage.source.remove(1, 3)
        await asyncio.sleep(0.02)
        await stage.tasks.settled()
        assert not stage.viewer.isVisible()


async def test_transparency_lies_on_a_checkerboard(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 1)
    image = QImage(400, 400, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    source.all[1] = make_row(1, path="special/clear.png")
    source.file_path(source.all[1]).parent.mkdir()
    assert image.save(str(source.file_path(source.all[1])))
    async with scene(source) as stage:
        await stage.open(0)
        shown = stage.viewer.grab().toImage()
        colours = {shown.pixelColor(450 + n, 350).name() for n in range(0, 32, 4)}
        assert colours == {colour.name() for colour in gallery_style().checker}


async def test_what_cannot_be_shown_says_so(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 2)
    source.all[1] = make_row(1, path="special/none.jpg")
    source.all[2] = make_row(2, kind=MediaKind.VIDEO, duration=5.0)
    async with scene(source) as stage:
        asked: list[object] = []
        stage.viewer.open_externally.connect(asked.append)
        await stage.open(1)
        button = stage.viewer.findChild(QPushButton, "open_in_another_program")
        assert button.isHidden()
        stage.viewer.grab()
        await stage.open(0)
        assert not button.isHidden()
        stage.viewer.grab()
        button.click()
        assert asked == [source.all[2]]


async def test_a_slideshow_goes_round(tmp_path: Path) -> None:
    async with scene(MemoryAssets(tmp_path, 3)) as stage:
        seen: list[int] = []
        await stage.open(1)
        stage.viewer.current_changed.connect(lambda index: seen.append(index.row()))
        stage.key(Qt.Key.Key_P)
        assert stage.viewer.controls.slides.isChecked()
        stage.viewer._slides.setInterval(1)
        async with asyncio.timeout(10):
            while len(seen) < 3:
                await asyncio.sleep(0.001)
        assert seen[:3] == [2, 0, 1]
        stage.key(Qt.Key.Key_Escape)
        assert not stage.viewer._slides.isActive()

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.delegates import AssetDelegate, glyph
from tests.fakes.assets import MemoryAssets, Tasks, make_row
from tests.fakes.style import gallery_style

State = QStyle.StateFlag
CELL = QRect(20, 20, 160, 160)


async def painted(folder: Path, state: State = State.State_Enabled, **changes: object) -> QImage:
    """One cell on a page of 200 pixels, after its thumbnail has come."""
    source, tasks = MemoryAssets(folder, 1), Tasks()
    source.all[1] = make_row(1, **changes)
    model, loader, host = AssetListModel(source, tasks), ThumbnailLoader(source), QWidget()
    delegate = AssetDelegate(gallery_style(), loader, host)
    page = QImage(200, 200, QImage.Format.Format_RGB32)
    try:
        model.set_query(LibraryQuery())
        await tasks.settled()
        model.prefetch([0])
        await tasks.settled()
        arrived = asyncio.Event()
        loader.ready.connect(lambda _numbers: arrived.set())
        for _ in range(2):
            page.fill(gallery_style().background)
            painter = QPainter(page)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            option = QStyleOptionViewItem()
            option.rect, option.state = CELL, state
            delegate.paint(painter, option, model.index(0))
            painter.end()
            if loader._asked:
                await arrived.wait()
        assert delegate.sizeHint(option, model.index(0)) == QSize(160, 160)
        return page
    finally:
        loader.stop()
        model.close()
        await tasks.settled()


def ring(page: QImage) -> QColor:
    """What is painted just outside the upper edge."""
    return page.pixelColor(100, 17)


async def test_the_ring_tells_selection_from_focus(tmp_path: Path, qapp: object) -> None:
    look = gallery_style()
    assert ring(await painted(tmp_path)) == look.background
    assert ring(await painted(tmp_path, State.State_Selected)) == look.accent
    focused = ring(await painted(tmp_path, State.State_HasFocus))
    assert focused not in (look.background, look.accent)
    one_of_many = State.State_Selected | State.State_HasFocus | State.State_KeyboardFocusChange
    assert (await painted(tmp_path, one_of_many)).pixelColor(100, 21) == look.text


async def test_badges_stand_at_the_lower_edge(tmp_path: Path, qapp: object) -> None:
    await painted(tmp_path)  # from now on the thumbnail comes from its file
    plain = await painted(tmp_path)
    starred = await painted(tmp_path, rating=4)
    stacked = await painted(tmp_path, rating=4, stack=12)
    right, left = QRect(100, 140, 75, 36), QRect(24, 140, 60, 36)
    assert plain.copy(right) != starred.copy(right) != stacked.copy(right)
    assert plain.copy(left) == starred.copy(left)
    spoken = await painted(tmp_path, kind=MediaKind.SPEECH, duration=12.0, title="Good evening")
    assert spoken.copy(left) != plain.copy(left)


@pytest.mark.parametrize("name", [*MediaKind, "play", "star", "stack", "broken", "close", "fit", "unknown"])
def test_every_sign_draws_something(name: str, qapp: object) -> None:
    page = QImage(32, 32, QImage.Format.Format_RGB32)
    page.fill(Qt.GlobalColor.white)
    blank = page.copy()
    painter = QPainter(page)
    glyph(painter, name, QRectF(4, 4, 24, 24), QColor("black"))
    painter.end()
    assert page != blank

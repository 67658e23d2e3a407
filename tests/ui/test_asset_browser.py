"""Gallery, viewer and inspector as one, in the Library pane."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from studio.ui.viewer_controls import ViewerControls
from tests.panes.support import desk
from tests.panes.test_library import Pane, press
from tests.shell.support import until


async def test_the_viewer_opens_over_the_window_and_the_gallery_follows(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        await until(lambda: pane.inspector.asset is not None)
        press(pane.inspector, "Show large")
        assert isinstance(pane.browser, AssetBrowser)
        assert isinstance(pane.inspector, AssetInspector)
        viewer = pane.browser.viewer
        assert viewer is not None
        assert isinstance(viewer.controls, ViewerControls)
        assert viewer.geometry() == at.window.rect()
        await until(lambda: viewer._picture is not None)
        QTest.keyClick(viewer, Qt.Key.Key_Right)
        assert pane.gallery.currentIndex().row() == 1
        QTest.keyClick(viewer, Qt.Key.Key_5)
        await until(lambda: viewer.row is not None and viewer.row.rating == 5)
        assert viewer.controls.stars.value() == 5
        QTest.keyClick(viewer, Qt.Key.Key_Delete)
        await pane.shows(2)
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
        assert not viewer.isVisible()
        QTest.keyClick(pane.gallery, Qt.Key.Key_Space)
        assert viewer.isVisible()


async def test_the_size_of_the_cells_is_kept_and_follows_the_preferences(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        at.services.settings.change("look", thumbnail_size=240)
        await until(lambda: pane.gallery.cell_size == 240)
        pane.gallery.set_cell_size(300)
        await until(lambda: at.services.settings.values.look.thumbnail_size == 300)

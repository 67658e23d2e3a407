from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from studio.panes.library.view import LibraryView
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from tests.panes.support import Desk, desk
from tests.shell.support import until


class Pane:
    """The Library pane and what a user sees of it."""

    def __init__(self, at: Desk) -> None:
        self.view: Any = at.window.pane("library")
        assert isinstance(self.view, LibraryView)
        self.browser = part(self.view, AssetBrowser)
        self.inspector = part(self.view, AssetInspector)
        self.gallery = self.browser.view

    async def shows(self, count: int) -> None:
        await until(lambda: self.browser.model.rowCount() == count and not self.browser.model.loading)


def part(parent: QWidget, kind: type[Any]) -> Any:
    found = parent.findChild(kind)
    assert found is not None
    return found


def press(parent: QWidget, name: str) -> None:
    """Press the button with this accessible name that shows."""
    buttons = [b for b in parent.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible()]
    QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)


async def test_trash_undo_restore_and_delete_for_good(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=4) as at:
        pane = Pane(at)
        await pane.shows(4)
        await until(lambda: pane.inspector.asset is not None)
        pane.gallery.setFocus()
        QTest.keyClick(pane.gallery, Qt.Key.Key_Delete)
        await pane.shows(3)
        at.commands.run("edit.undo")
        await pane.shows(4)

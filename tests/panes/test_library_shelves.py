"""Collections and saved searches in the window: by menu, by key and by dragging."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from studio.domain.library import LibraryQuery
from studio.panes.library.shelf_commands import ShelfCommands
from studio.panes.library.shelf_rows import CollectionList, ShelfRow, shelf_data
from tests.panes.support import Desk, desk
from tests.panes.test_library import Pane, part, press, sheet
from tests.shell.support import until


def drop(target: QWidget, data: QMimeData) -> bool:
    """Drag something onto a widget and let it go; False when the widget does not take it."""
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), actions, data, buttons, keys)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), actions, data, buttons, keys))
    return enter.isAccepted()


async def answer(at: Desk, text: str, button: str) -> None:
    """Write into the sheet that stands before the window, and press a button of it."""
    asked = await sheet(at)
    part(asked, QLineEdit).setText(text)
    press(asked, button)


def row(pane: Pane, name: str) -> ShelfRow | None:
    bar = pane.view.side_bar
    return next((r for r in bar.findChildren(ShelfRow) if r.text() == name and r.isVisible()), None)


async def there(pane: Pane, name: str) -> Any:
    return await until(lambda: row(pane, name))


async def test_collections_by_dragging(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=4) as at:
        pane = Pane(at)
        await pane.shows(4)
        bar = pane.view.side_bar
        assert isinstance(bar.collections, CollectionList)
        assert isinstance(pane.view._shelf_commands, ShelfCommands)
        bar.collections.add.click()
        await answer(at, "Coast", "Create")
        coast = await there(pane, "Coast")
        await pane.shows(0)  # it opens, empty
        coast.click()
        await pane.shows(4)
        indexes = [pane.browser.model.index(at) for at in (0, 1, 3)]
        assert drop(coast, pane.browser.model.mimeData(indexes))
        await until(lambda: coast._detail == "3")
        assert not drop(coast, QMimeData())
        bar.collections.add.click()
        await answer(at, "Lighthouses", "Create")
        lights = await there(pane, "Lighthouses")
        assert drop(coast, shelf_data(lights.identity))
        lights = await until(lambda: (r := row(pane, "Lighthouses")) is not None and r.level == 1 and r)
        assert drop(lights, shelf_data(coast.identity))  # a loop: nothing happens
        coast = await there(pane, "Coast")
        coast.click()
        await pane.shows(3)
        QTest.keyClick(coast, Qt.Key.Key_Delete)
        await until(lambda: row(pane, "Coast") is None and row(pane, "Lighthouses") is None)
        await pane.shows(4)
        at.commands.run("edit.undo")
        coast = await there(pane, "Coast")
        await until(lambda: coast._detail == "3")
        QTest.keyClick(coast, Qt.Key.Key_F2)
        await answer(at, "Shore", "Rename")
        await there(pane, "Shore")
        header = pane.view.side_bar.collections._column.itemAt(0).widget()
        drop(header, shelf_data(lights.identity))
        await until(lambda: (r := row(pane, "Lighthouses")) is not None and r.level == 0)


async def test_many_are_added_by_the_panel_and_taken_out_by_the_inspector(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        pane.gallery.selectAll()
        press(pane.inspector, "Add all to a collection…")
        await answer(at, "Series", "Create and add")
        series = await there(pane, "Series")
        await until(lambda: series._detail == "3")
        pane.gallery.setCurrentIndex(pane.browser.model.index(0))
        await until(lambda: pane.inspector.collections.ids == (series.identity,))
        press(pane.inspector.collections, "Take out of Series")
        await until(lambda: series._detail == "2")
        await until(lambda: pane.inspector.collections.ids == ())
        series.click()
        await pane.shows(2)
        pane.gallery.selectAll()
        pane.inspector._carry_out_all("uncollect")
        await pane.shows(0)


async def test_a_search_is_saved_asked_again_and_removed(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        pane.view.search.setText("reeds seed:>1")
        await pane.shows(2)
        press(pane.view, "Save this search")
        await answer(at, "Later ones", "Save")
        saved = await there(pane, "Later ones")
        await until(lambda: saved._detail == "2" and saved.isChecked())
        saved.click()
        await pane.shows(3)
        assert pane.view.search.text() == ""
        saved.click()
        await pane.shows(2)
        assert pane.view.search.text() == "reeds seed:>1"
        QTest.keyClick(saved, Qt.Key.Key_Delete)
        await until(lambda: row(pane, "Later ones") is None)
        at.commands.run("edit.undo")
        await there(pane, "Later ones")
        assert await at.services.library.count(LibraryQuery()) == 3

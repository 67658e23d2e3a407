"""Results that differ in nothing but their seed: one cell, unfolded by a press or a key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.asset import Asset
from studio.domain.library import LibraryQuery
from tests.panes.support import Desk, desk, fill
from tests.panes.test_library import Pane, press
from tests.shell.support import until


async def test_stacks_fold_and_unfold(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await pane.shows(2)
        await fill(at.services, 4, prompt="fog over the sea")
        await pane.shows(6)
        press(pane.view, "Stack what differs only in its seed")
        await pane.shows(3)
        model, view = pane.browser.model, pane.gallery
        await until(lambda: (row := model.row_at(0)) is not None and row.stack == 4)
        assert [(s.count, s.detail) for s in view._layout.sections] == [(3, "3 · 0.012 pollen")]
        view.grab()
        badge = view._cells.stack_badge(view.visualRect(model.index(0)), model.row_at(0))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=badge.center())
        await pane.shows(6)
        await until(lambda: (row := model.row_at(2)) is not None and row.stack == 4)
        view.setCurrentIndex(model.index(2))
        QTest.keyClick(view, Qt.Key.Key_S)
        await pane.shows(3)
        view.setCurrentIndex(model.index(2))  # no stack: nothing to unfold
        QTest.keyClick(view, Qt.Key.Key_S)
        await pane.shows(3)
        assert at.services.settings.values.library.stacks
        press(pane.view, "Stack what differs only in its seed")
        await pane.shows(6)
        await until(lambda: all(model.row_at(n) is not None and model.row_at(n).stack == 1 for n in range(6)))


async def stacked(at: Desk, count: int) -> Pane:
    """A library with one stack and one picture beside it, folded, the stack in focus."""
    pane = Pane(at)
    at.services.settings.change("library", stacks=True)
    pane.view._stacks.setChecked(True)
    await fill(at.services, 1)
    await fill(at.services, count, prompt="fog over the sea")
    await pane.shows(2)
    await until(lambda: (row := pane.browser.model.row_at(0)) is not None and row.stack == count)
    pane.gallery.setFocus()
    pane.gallery.setCurrentIndex(pane.browser.model.index(0))
    return pane


async def all_of(at: Desk) -> list[Asset]:
    rows = await at.services.library.rows(await at.services.library.row_ids(LibraryQuery(order="oldest")))
    found = [await at.services.library.asset(row.id) for row in rows]
    return [asset for asset in found if asset is not None]


async def test_what_is_done_to_a_folded_stack_is_done_to_all_of_it(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp) as at:
        pane = await stacked(at, 3)
        inspector = pane.view._inspector
        await until(inspector._stack.isVisible)
        assert inspector._stack.text().startswith("A stack of 3.")
        QTest.keyClick(pane.gallery, Qt.Key.Key_4)
        await until_rated(at, [0, 4, 4, 4])
        inspector.tags_added.emit(["sea"])
        await until_tagged(at, [(), ("sea",), ("sea",), ("sea",)])
        inspector.tag_removed.emit("sea")
        await until_tagged(at, [(), (), (), ()])
        QTest.keyClick(pane.gallery, Qt.Key.Key_Delete)
        await pane.shows(1)
        assert len(await all_of(at)) == 1
        at.commands.run("edit.undo")
        await pane.shows(2)
        assert len(await all_of(at)) == 4


async def test_one_of_an_unfolded_stack_is_itself(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        pane = await stacked(at, 3)
        QTest.keyClick(pane.gallery, Qt.Key.Key_S)
        await pane.shows(4)
        await until(lambda: (row := pane.browser.model.row_at(1)) is not None and row.stack == 3)
        pane.gallery.setCurrentIndex(pane.browser.model.index(1))
        await until(lambda: not pane.view._inspector._stack.isVisible())
        QTest.keyClick(pane.gallery, Qt.Key.Key_Delete)
        await pane.shows(3)
        QTest.keyClick(pane.gallery, Qt.Key.Key_S)
        await pane.shows(2)
        await until(lambda: (row := pane.browser.model.row_at(0)) is not None and row.stack == 2)


async def test_all_of_many_stacks_are_found(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path, qapp) as at:
        pane = await stacked(at, 3)
        numbers = [pane.browser.model.number_at(n) for n in range(2)]
        few = await pane.browser.ids_of(numbers)
        monkeypatch.setattr("studio.ui.asset_browser.MANY_STACKS", 0)
        assert len(few) == 4
        assert sorted(await pane.browser.ids_of(numbers)) == sorted(few)


async def until_rated(at: Desk, ratings: list[int]) -> None:
    async with asyncio.timeout(20):
        while [asset.rating for asset in await all_of(at)] != ratings:
            await asyncio.sleep(0.01)


async def until_tagged(at: Desk, tags: list[tuple[str, ...]]) -> None:
    async with asyncio.timeout(20):
        while [asset.tags for asset in await all_of(at)] != tags:
            await asyncio.sleep(0.01)

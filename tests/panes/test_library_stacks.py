"""Results that differ in nothing but their seed: one cell, unfolded by a press or a key."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.panes.support import desk, fill
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


async def test_a_stack_counts_down_when_one_of_it_goes(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        pane = Pane(at)
        at.services.settings.change("library", stacks=True)
        pane.view._stacks.setChecked(True)
        await fill(at.services, 3, prompt="fog over the sea")
        await pane.shows(1)
        await until(lambda: (row := pane.browser.model.row_at(0)) is not None and row.stack == 3)
        pane.gallery.setCurrentIndex(pane.browser.model.index(0))
        QTest.keyClick(pane.gallery, Qt.Key.Key_Delete)
        await until(
            lambda: (
                pane.browser.model.rowCount() == 1
                and (row := pane.browser.model.row_at(0)) is not None
                and row.stack == 2
            )
        )

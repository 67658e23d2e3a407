"""Dialogs: answers, default buttons, Escape, and that other tasks go on behind them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from studio.ui import dialogs
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.options import Option, OptionList


class Window:
    """A shown window for the time of a test."""

    async def __aenter__(self) -> QWidget:
        self.widget = QWidget()
        self.widget.resize(900, 600)
        self.before = Button("Before", parent=self.widget)
        self.widget.show()
        self.widget.activateWindow()
        while not self.widget.isActiveWindow():
            await asyncio.sleep(0)
        self.before.setFocus()
        return self.widget

    async def __aexit__(self, *_error: object) -> None:
        self.widget.hide()
        self.widget.deleteLater()
        QApplication.sendPostedEvents(None, 0)


async def shown(window: QWidget) -> Sheet:
    while not (found := [s for s in window.findChildren(Sheet) if s.isVisible()]):
        await asyncio.sleep(0)
    return found[0]


def button(sheet: Sheet, text: str) -> QPushButton:
    return next(b for b in sheet.findChildren(QPushButton) if b.text() == text)


async def test_confirm_answers_by_button_enter_and_escape(qapp) -> None:
    async with Window() as window:
        for press, answer in (
            (lambda s: QTest.mouseClick(button(s, "Delete"), Qt.MouseButton.LeftButton), True),
            (lambda s: QTest.mouseClick(button(s, "Cancel"), Qt.MouseButton.LeftButton), False),
            (lambda s: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return), True),
            (lambda s: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape), False),
        ):
            task = asyncio.ensure_future(dialogs.confirm(window, "Delete?", action="Delete"))
            press(await shown(window))
            assert await task is answer


async def test_a_dangerous_question_has_the_safe_default(qapp) -> None:
    async with Window() as window:
        task = asyncio.ensure_future(dialogs.confirm(window, "Delete?", action="Delete", danger=True))
        sheet = await shown(window)
        assert button(sheet, "Cancel").hasFocus()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert await task is False


async def test_the_focus_comes_back_and_nothing_is_left(qapp) -> None:
    async with Window() as window:
        before = window.findChild(Button)
        task = asyncio.ensure_future(dialogs.message(window, "Saved", "In the library."))
        sheet = await shown(window)
        assert sheet.geometry() == window.rect()
        assert sheet.accessibleName() == "Saved"
        sheet.dismiss()
        await task
        QApplication.sendPostedEvents(None, 0)
        assert before.hasFocus()
        assert not window.findChildren(Sheet)


async def test_other_tasks_go_on_while_a_sheet_waits(qapp) -> None:
    async with Window() as window:
        task = asyncio.ensure_future(dialogs.confirm(window, "Delete?", action="Delete"))
        sheet = await shown(window)
        ticks = 0
        for _ in range(50):
            await asyncio.sleep(0)
            ticks += 1
        assert ticks == 50
        assert not task.done()
        sheet.finish(True)
        assert await task


async def test_a_cancelled_question_goes_away(qapp) -> None:
    async with Window() as window:
        task = asyncio.ensure_future(dialogs.confirm(window, "Delete?", action="Delete"))
        await shown(window)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        QApplication.sendPostedEvents(None, 0)
        assert not window.findChildren(Sheet)


async def test_a_window_that_goes_answers_no(qapp) -> None:
    async with Window() as window:
        panel = QWidget(window)
        task = asyncio.ensure_future(dialogs.confirm(panel, "Delete?", action="Delete"))
        sheet = await shown(window)
        sheet.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        assert await task is False


async def test_text_is_asked_checked_and_trimmed(qapp) -> None:
    def check(text: str) -> str:
        return "A name cannot have a slash." if "/" in text else ""

    async with Window() as window:
        task = asyncio.ensure_future(
            dialogs.ask_text(window, "New collection", label="Name", action="Create", check=check)
        )
        sheet = await shown(window)
        field = sheet.findChild(TextField)
        create = button(sheet, "Create")
        assert field.hasFocus()
        assert not create.isEnabled()
        QTest.keyClicks(field, "a/b")
        assert not create.isEnabled()
        assert field.error
        field.setText("  Coast ")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert await task == "Coast"


async def test_text_can_be_cancelled(qapp) -> None:
    async with Window() as window:
        task = asyncio.ensure_future(
            dialogs.ask_text(window, "Rename", label="Name", action="Rename", value="x")
        )
        QTest.keyClick((await shown(window)).findChild(TextField), Qt.Key.Key_Escape)
        assert await task is None


async def test_a_choice_is_taken_by_keys(qapp) -> None:
    options = [Option("a", "First"), Option("b", "Second", note="With a note")]
    async with Window() as window:
        task = asyncio.ensure_future(dialogs.ask_choice(window, "Which account?", options=options))
        shown_list = (await shown(window)).findChild(OptionList)
        QTest.keyClick(shown_list, Qt.Key.Key_Down)
        QTest.keyClick(shown_list, Qt.Key.Key_Return)
        assert await task == "b"


async def file_dialog(window: QWidget) -> QFileDialog:
    while not (found := [d for d in window.findChildren(QFileDialog) if d.isVisible()]):
        await asyncio.sleep(0)
    return found[0]


async def test_files_and_folders_are_picked(qapp, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    async with Window() as window:
        task = asyncio.ensure_future(
            dialogs.pick_files(window, "Add pictures", [("Pictures", ("*.png",))], folder=tmp_path)
        )
        dialog = await file_dialog(window)
        dialog.selectFile(str(picture))
        dialog.accept()
        assert await task == [picture]
        QApplication.sendPostedEvents(None, 0)
        task = asyncio.ensure_future(dialogs.pick_folder(window, "Library", folder=tmp_path))
        (await file_dialog(window)).reject()
        assert await task is None
        QApplication.sendPostedEvents(None, 0)
        task = asyncio.ensure_future(dialogs.pick_save(window, "Export", tmp_path / "sheet.png"))
        (await file_dialog(window)).accept()
        assert await task == tmp_path / "sheet.png"

"""The Help menu (studio/shell/help_menu.py) and the sheet about the program (studio/shell/about.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio import __version__
from studio.shell.about import about_rows, about_sheet
from studio.shell.help_menu import LISTED, help_menu
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.popover import Menu
from tests.panes.support import desk
from tests.shell.support import until


@pytest.mark.qt_log_ignore("does not support (raise|grabbing|propagate)")
async def test_the_button_opens_what_exists(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        at.window.top_bar.help.click()
        menu = next(menu for menu in at.window.findChildren(Menu) if menu.isVisible())
        texts = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
        known = {command.id: command.title for command in at.commands.all()}
        assert texts == [known[name] for group in LISTED for name in group if name in known]
        assert {"Take the tour", "Keyboard shortcuts", "About Nectary"} <= set(texts)
        menu.close()


async def test_each_entry_runs_its_command(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        ran: list[str] = []

        class Table:
            def all(self) -> object:
                return at.commands.all()

            def run(self, command_id: str, _argument: str = "") -> None:
                ran.append(command_id)

        menu = help_menu(at.window, Table())  # type: ignore[arg-type]
        for action in menu.actions():
            action.trigger()
        assert ran == [
            name for group in LISTED for name in group if name in {c.id for c in at.commands.all()}
        ]
        menu.deleteLater()


async def test_about_says_what_it_is_and_where_the_files_are(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        paths = at.services.paths
        rows = dict(about_rows(paths))
        assert rows["Version"] == __version__
        assert rows["Library"] == str(paths.library)
        opened: list[Path] = []
        sheet = about_sheet(at.window, paths, opened.append)
        sheet.seal()
        sheet.present()
        buttons = {button.text(): button for button in sheet.findChildren(Button)}
        buttons["Open the library's folder"].click()
        buttons["Copy"].click()
        assert opened == [paths.library]
        assert f"Version: {__version__}" in QGuiApplication.clipboard().text()
        assert sheet.isVisible(), "it stays until it is closed"
        buttons["Close"].click()
        await until(lambda: not sheet.isVisible())

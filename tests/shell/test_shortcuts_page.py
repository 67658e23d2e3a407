from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.services.context import Services
from studio.shell.commands import Commands
from studio.shell.main_window import MainWindow
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.shell.shortcuts import fixed_keys, groups, is_usable, keys_in_use
from studio.shell.shortcuts_page import KeyButton, ShortcutsPage
from studio.shell.window_keys import PALETTE
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button, IconButton
from tests.shell.support import running, until
from tests.shell.test_preferences import named


class Desk:
    """A window with its commands and the page of the keys."""

    def __init__(self, services: Services, qapp: QApplication) -> None:
        theme = Theme("light", 1.0, True)
        theme.apply(qapp)
        self.services = services
        self.window = MainWindow(theme, services.settings, window_state=services.paths.window_state, first="")
        self.window.show()
        self.commands = Commands(services, self.window, quit=_stay)
        self.window._commands = self.commands
        self.window._services = services
        self.window._add_shortcuts(self.commands)
        self.sheet = open_preferences(self.window, services, self.commands, "shortcuts")
        page = self.sheet.pages["shortcuts"]
        assert isinstance(page, ShortcutsPage)
        self.page = page

    def button(self, title: str) -> KeyButton:
        return next(b for b in self.page.findChildren(KeyButton) if b._title == title and not b.isHidden())

    def press(self, title: str, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
        button = self.button(title)
        button.click()
        assert button.waits
        QTest.keyClick(button, key, held)

    def keys(self, command: str) -> str:
        return next(one.shortcut for one in self.commands.all() if one.id == command)

    async def close(self) -> None:
        for sheet in self.window.findChildren(PreferencesSheet):
            sheet.dismiss()
        await until(lambda: not self.window.findChildren(PreferencesSheet))
        self.window.hide()
        self.window.deleteLater()


async def _stay(_services: Services) -> None:
    return None


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


async def test_new_keys_hold_everywhere_at_once(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        desk.press("Show jobs", Qt.Key.Key_U, CTRL | SHIFT)
        assert desk.keys("queue.show") == "Ctrl+Shift+U"
        everywhere = dict(groups(desk.commands)[0][1])
        assert everywhere["Show jobs"] == ("Ctrl+Shift+U",)
        assert services.settings.values.shortcuts.changed == "queue.show Ctrl+Shift+U"
        assert desk.keys(PALETTE) == "Ctrl+K"
        # The usual ones again, for this one alone.
        named(desk.page, IconButton, "Usual keys of Show jobs").click()
        assert desk.keys("queue.show") == "Ctrl+J"
        assert services.settings.values.shortcuts.changed == ""
        await desk.close()


async def test_keys_of_another_command_are_asked_for(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        for answer, taken in (("Leave it", False), ("Take it", True)):
            desk.press("Show jobs", Qt.Key.Key_I, CTRL)
            sheet = await until(lambda: _question(desk.window))
            assert isinstance(sheet, Sheet)
            assert "Add files to the library" in sheet.text.text
            named(sheet, Button, answer).click()
            await until(lambda: _question(desk.window) is None)
            await until(lambda taken=taken: (desk.keys("queue.show") == "Ctrl+I") is taken)
        assert desk.keys("library.add_files") == ""
        await desk.close()


def _question(window: QWidget) -> Sheet | None:
    return next((s for s in window.findChildren(Sheet) if s.isVisible()), None)


@pytest.mark.parametrize(
    ("key", "held", "words"),
    [(Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "Hold Ctrl"), (Qt.Key.Key_C, CTRL, "fixed"),
     (Qt.Key.Key_F, CTRL, "fixed")],
)  # fmt: skip
async def test_keys_that_cannot_be_used_are_refused_in_words(
    tmp_path: Path, qapp: QApplication, key: Qt.Key, held: Qt.KeyboardModifier, words: str
) -> None:
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        desk.press("Show jobs", key, held)
        assert words in desk.page.said.text()
        assert desk.keys("queue.show") == "Ctrl+J"
        await desk.close()


async def test_escape_leaves_and_backspace_takes_away(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        none = Qt.KeyboardModifier.NoModifier
        desk.press("Show jobs", Qt.Key.Key_Escape, none)
        assert desk.keys("queue.show") == "Ctrl+J"
        assert desk.sheet.isVisible()
        desk.press("Show jobs", Qt.Key.Key_Backspace, none)
        assert desk.keys("queue.show") == ""
        desk.page.search.setText("show jobs")
        shown = [line.command.id for line in desk.page._lines if not line.box.isHidden()]
        assert shown == ["queue.show"]
        await desk.close()


async def test_the_window_listens_to_the_new_keys(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        desk.press("Keyboard shortcuts", Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier)
        desk.sheet.dismiss()
        await until(lambda: not desk.window.findChildren(PreferencesSheet))
        await until(lambda: any(s.key().toString() == "F9" for s in desk.window.findChildren(QShortcut)))
        desk.window.activateWindow()
        await until(lambda: QApplication.activeWindow() is desk.window)
        QTest.keyClick(desk.window, Qt.Key.Key_F9)
        sheet = await until(lambda: _question(desk.window))
        assert isinstance(sheet, Sheet)
        sheet.dismiss()
        await desk.close()


@pytest.mark.parametrize(
    "keys",
    ["", "A", "Tab", "Esc", "Return", "Space", "Shift+A", "Shift+Tab", "nonsense", "Ctrl+", "Ctrl+C",
     "Ctrl+K, A", "\u00e4", "F6", "Alt+F4"],
)  # fmt: skip
def test_keys_that_would_lock_the_user_out_are_not_believed(qapp: QApplication, keys: str) -> None:
    assert not is_usable(keys)
    usual = {"one": "Ctrl+K", "two": ""}
    assert keys_in_use(usual, {"one": keys})["one"] == ("Ctrl+K" if keys else "")
    assert keys_in_use(usual, {"two": keys})["two"] == ""


def test_no_keys_are_given_twice(qapp: QApplication) -> None:
    usual = {"one": "Ctrl+K", "two": "Ctrl+J", "three": "F9"}
    assert keys_in_use(usual, {}) == usual
    assert keys_in_use(usual, {"two": "ctrl+k"}) == {"one": "", "two": "ctrl+k", "three": "F9"}
    both = keys_in_use(usual, {"one": "Alt+1", "two": "Alt+1", "gone": "Alt+2"})
    assert both == {"one": "Alt+1", "two": "", "three": "F9"}
    for fixed in fixed_keys():
        assert keys_in_use(usual, {"one": fixed.keys}) == usual


async def test_a_file_edited_by_hand_takes_no_key_from_writing(tmp_path: Path, qapp: QApplication) -> None:
    (tmp_path / "settings.toml").write_text(
        f'[shortcuts]\nchanged = "{PALETTE} Tab\\napp.change_keys A\\napp.shortcuts Ctrl+Shift+Y\\n"\n'
    )
    async with running(tmp_path) as services:
        desk = Desk(services, qapp)
        assert desk.keys("app.shortcuts") == "Ctrl+Shift+Y"
        assert desk.keys(PALETTE) == "Ctrl+K"
        assert desk.keys("app.change_keys") == ""
        await desk.close()

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core import assets
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.guide import INDEX
from studio.services.context import Services
from studio.shell.commands import Commands
from studio.shell.help_window import HelpWindow, Stop
from studio.shell.main_window import MainWindow
from studio.shell.notice_view import NoticeView
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from tests.shell.support import make_window, running, until


@asynccontextmanager
async def opened(tmp_path: Path, qapp: QApplication, place: str = "") -> AsyncIterator[HelpWindow]:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        help_window = HelpWindow(services, window)
        help_window.open(place)
        try:
            await until(lambda: help_window.shown or help_window.findChildren(Sheet))
            yield help_window
        finally:
            help_window.close()
            help_window.deleteLater()


def at(window: HelpWindow) -> tuple[str, str]:
    assert isinstance(window.shown, Stop)
    return window.shown.page, window.shown.anchor


async def showing(window: HelpWindow, title: str) -> None:
    await until(lambda: window.windowTitle().startswith(title))


async def test_pages_links_and_the_way_back(tmp_path: Path, qapp: QApplication) -> None:
    async with opened(tmp_path, qapp, "create") as window:
        await showing(window, "Create")
        assert at(window) == ("guide/create.md", "")
        assert "seed" in window.page.toPlainText()
        window.page.link_wanted.emit("guide/preferences.md#money")
        await showing(window, "Preferences")
        assert window.page.place > 0
        assert window.contents.currentIndex().data() == "Preferences"
        QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        await showing(window, "Create")
        QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        await showing(window, "Preferences")
        window.contents.chosen.emit(INDEX)
        await showing(window, "Nectary Help")
        window.open("no such page")
        await showing(window, "Nectary Help")
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert not window.isVisible()


async def test_every_page_is_shown_with_its_pictures(tmp_path: Path, qapp: QApplication) -> None:
    async with opened(tmp_path, qapp) as window:
        await showing(window, "Nectary Help")
        count = 0
        for page in window.guide.pages.values():
            window.open(page.id)
            await until(lambda page=page: window.page.accessibleDescription() == page.title)
            html = window.page.toHtml()
            assert html.count("<img ") == len(page.pictures)
            assert set(window.pictures) == set(page.pictures)
            count += len(page.pictures)
        assert count > 10


async def test_search_finds_opens_and_marks(tmp_path: Path, qapp: QApplication) -> None:
    async with opened(tmp_path, qapp) as window:
        await showing(window, "Nectary Help")
        contents = window.contents.options.rowCount()
        QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(window.search, "keyring locked")
        QTest.keyClick(window.search, Qt.Key.Key_Return)
        await showing(window, "When something goes wrong")
        assert at(window) == ("guide/trouble.md", "the-keyring")
        assert window.page.extraSelections()
        window.search_for("zzzz")
        assert window.contents.options.rowCount() == 0
        assert "Nothing found" in window.message
        QTest.keyClick(window.search, Qt.Key.Key_Escape)
        await until(lambda: window.contents.options.rowCount() == contents)
        assert window.message == ""


async def test_links_to_other_sites_are_asked_about(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(webbrowser, "open", seen.append)
    async with opened(tmp_path, qapp) as window:
        await showing(window, "Nectary Help")
        window.page.link_wanted.emit("https://example.org/page")
        sheet = await until(lambda: next(iter(window.findChildren(Sheet)), None))
        assert isinstance(sheet, Sheet)
        assert seen == []
        next(b for b in sheet.findChildren(Button) if b.text() == "Open in the browser").click()
        await until(lambda: seen)
        assert seen == ["https://example.org/page"]


async def test_the_dark_look_has_dark_pictures(tmp_path: Path, qapp: QApplication) -> None:
    async with opened(tmp_path, qapp, "create") as window:
        await showing(window, "Create")
        name = "screenshots/create-light.webp"
        light = window.pictures[name].pixelColor(5, 100).lightness()
        Theme("dark", 1.0, True).apply(qapp)
        await until(lambda: window.pictures[name].pixelColor(5, 100).lightness() < light / 2)


async def test_missing_pages_are_told(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    (tmp_path / "_docs").mkdir()
    window = make_window(qapp)
    async with running(tmp_path / "profile") as services:
        help_window = HelpWindow(services, window)
        help_window.open("create")
        await until(lambda: "cannot be read" in help_window.message)
        help_window.close()
        help_window.deleteLater()


async def press_f1(window: MainWindow) -> None:
    window.activateWindow()
    await until(window.isActiveWindow)
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_F1)


async def test_f1_opens_the_page_of_what_shows(tmp_path: Path, qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    paths = portable_paths(tmp_path / "window")
    async with running(tmp_path) as services:
        theme = Theme.current()
        window = MainWindow(theme, Settings(paths.settings), window_state=paths.window_state, first="create")
        window.show()

        async def leave(_services: Services) -> None:
            """Nobody quits here."""

        commands = Commands(services, window, quit=leave)
        window.attach(services, commands, NoticeView(window, services.notices, commands.run))
        for pane, title in (("library", "Library"), ("audio", "Audio")):
            window.open_pane(pane)
            await press_f1(window)
            assert window.help is not None
            await showing(window.help, title)
        window.open_preferences()
        await press_f1(window)
        await showing(window.help, "Preferences")
        commands.run("help.open", "trouble#the-disk")
        await until(lambda: window.help is not None and at(window.help)[1] == "the-disk")
        window.show_welcome()
        commands.run("help.open")
        await asyncio.sleep(0)
        window.detach()
        assert not window.help.isVisible()
        window.deleteLater()

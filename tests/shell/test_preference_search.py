from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.settings import Look
from studio.shell.preference_index import entries, keywords
from studio.shell.preference_page import Page
from studio.shell.preference_pages import PAGES
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.ui.theme import Theme
from tests.shell.support import make_window, running, until
from tests.shell.test_preferences import Table


def test_every_entry_has_words_of_its_own() -> None:
    names = [entry[:2] for entry in entries()]
    assert len(set(names)) == len(names)
    assert "socks" in keywords("network", "Proxy")
    assert keywords("network", "Nonsense") == ""


async def test_every_single_preference_is_where_the_palette_says(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table())
        for entry in entries():
            row = sheet.pages[entry.section].row_of(entry.title)
            assert row is not None, f"no row {entry.title} on {entry.section}"
        listed = {entry[:2] for entry in entries()}
        own = ("look", "files", "money", "defaults", "chat", "sound", "connection", "network", "legacy")
        for section in own:
            for row in sheet.pages[section].rows:
                assert (section, row.title) in listed, f"{row.title} is not in the index"
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


@pytest.mark.parametrize(
    ("typed", "section", "title"),
    [("proxy", "network", "Proxy"), ("dark", "look", "Theme"), ("budget day", "money", "Most for one day"),
     ("socks", "network", "Proxy"), ("timeout", "network", "Time to connect")],
)  # fmt: skip
async def test_typing_finds_the_row_and_enter_goes_there(
    tmp_path: Path, qapp: QApplication, typed: str, section: str, title: str
) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table(), "chat")
        QTest.keyClicks(sheet.search, typed)
        assert title in [hit.row.title for hit in sheet.hits(typed)][:3]
        line = next(line for line in sheet.found.lines if line.text() == title)
        line.click()
        assert sheet.section == section
        assert sheet.search.text() == ""
        row = sheet.pages[section].row_of(title)
        assert row is not None
        focused = QApplication.focusWidget()
        assert focused is not None
        assert row.box.isAncestorOf(focused)
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_nothing_found_is_said_and_escape_clears_first(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table())
        QTest.keyClicks(sheet.search, "zzqq")
        assert not sheet.found.lines
        QTest.keyClick(sheet.search, Qt.Key.Key_Escape)
        assert sheet.search.text() == ""
        assert sheet.isVisible()
        QTest.keyClick(sheet.search, Qt.Key.Key_Escape)
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_opening_twice_goes_there_and_lays_no_second_sheet(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        first = open_preferences(window, services, Table())
        second = open_preferences(window, services, Table(), "network/Proxy address")
        assert first is second
        assert first.section == "network"
        assert len(window.findChildren(PreferencesSheet)) == 1
        first.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_arrows_go_from_section_to_section(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table())
        QTest.keyClick(sheet.tabs["look"], Qt.Key.Key_Down)
        assert sheet.section == PAGES[1].id
        QTest.keyClick(sheet.tabs[PAGES[1].id], Qt.Key.Key_Up)
        QTest.keyClick(sheet.tabs["look"], Qt.Key.Key_Up)
        assert sheet.section == PAGES[-1].id
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_a_page_is_put_back(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        services.settings.change("look", theme="dark", font_scale=1.5, density="compact")
        services.settings.change("money", day_budget=3.0)
        theme = Theme.current()
        theme.set_font_scale(1.5)
        theme.set_density("compact")
        sheet = open_preferences(window, services, Table())
        before: Page = sheet.pages["look"]
        QTest.keyClick(before.reset, Qt.Key.Key_Space)
        assert services.settings.values.look == Look()
        assert services.settings.values.money.day_budget == 3.0
        assert (theme.font_scale, theme.density) == (1.0, "comfortable")
        await until(lambda: sheet.pages["look"] is not before)
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.asset import Asset, AssetDraft
from studio.domain.media import MediaKind
from studio.services.context import Services
from studio.shell import fuzzy
from studio.shell.commands import Commands
from studio.shell.finding import Finder
from studio.shell.host import CommandTable
from studio.shell.main_window import MainWindow
from studio.shell.palette import find_commands, open_palette, with_newest
from studio.shell.preferences import PreferencesSheet
from studio.ui.theme import Theme
from tests.shell.support import make_window, running, until


@dataclass(frozen=True)
class Entry:
    id: str
    title: str
    icon: str = ""
    shortcut: str = ""


class Table:
    """Commands that only remember that they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.arguments: list[str] = []

    def all(self) -> list[Entry]:
        return [
            Entry("pane.create", "Go to Create", "create", "Ctrl+1"),
            Entry("look.dark", "Use the dark look", "moon"),
            Entry("hidden", ""),
            Entry("queue.pause", "Pause the queue", "an icon nobody drew"),
        ]

    def run(self, command_id: str, argument: str = "") -> None:
        self.ran.append(command_id)
        self.arguments.append(argument)


async def store(services: Services, prompt: str) -> Asset:
    path = services.library.incoming_path(prompt.split(maxsplit=1)[0])
    Image.effect_noise((64, 64), 60).convert("RGB").save(path, "PNG")
    return await services.library.store(path, AssetDraft(kind=MediaKind.IMAGE, prompt=prompt, title=prompt))


def test_commands_without_a_title_stay_out_and_the_best_comes_first() -> None:
    commands = Table().all()
    assert [c.id for c in find_commands("", commands)] == ["pane.create", "look.dark", "queue.pause"]
    assert [c.id for c in find_commands("queue pau", commands)] == ["queue.pause"]
    assert find_commands("dark", commands)[0].id == "look.dark"
    assert find_commands("xyzzy", commands) == []


def test_the_newest_is_first_and_there_once() -> None:
    assert with_newest([], "a") == ["a"]
    assert with_newest(["a", "b", "c"], "b") == ["b", "a", "c"]
    assert with_newest(list("abcde"), "f") == list("fabcd")


async def test_what_was_used_last_stands_first(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    async with running(tmp_path) as services:
        services.settings.change("window", recent="gone look.dark hidden")
        palette = open_palette(window, services, table, Finder(services))
        assert [(line.id, line.group) for line in palette.found.lines] == [
            ("look.dark", "Used last"), ("pane.create", "Commands"), ("queue.pause", "Commands"),
        ]  # fmt: skip
        QTest.keyClick(palette.field, Qt.Key.Key_Up)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert table.ran == ["queue.pause"]
        assert services.settings.values.window.recent == "queue.pause gone look.dark hidden"
        palette = open_palette(window, services, table, Finder(services))
        assert [line.id for line in palette.found.lines] == ["queue.pause", "look.dark", "pane.create"]
        QTest.keyClicks(palette.field, "go")
        assert [line.group for line in palette.found.lines][:1] == ["Commands"]
        palette.dismiss()


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [("pa", "Paste a key", "Open the space"), ("look", "Use the dark look", "Overlooked"),
     ("gtc", "Go to Create", "Quiet thing"), ("key", "Paste a key", "Sign in")],
)  # fmt: skip
def test_beginnings_of_words_win(typed: str, better: str, worse: str) -> None:
    assert fuzzy.score(typed, better) > fuzzy.score(typed, worse)


@given(st.text(max_size=40), st.text(max_size=12))
def test_a_part_of_a_title_is_always_found(title: str, typed: str) -> None:
    points = fuzzy.score(typed, title)
    assert points >= 0
    for word in title.split():
        assert fuzzy.score(word, title) > 0


async def test_keys_alone_find_and_run(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    commands: CommandTable = table
    async with running(tmp_path) as services:
        palette = open_palette(window, services, commands, Finder(services))
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
        QTest.keyClick(palette.field, Qt.Key.Key_Up)
        QTest.keyClick(palette.field, Qt.Key.Key_Up)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert table.ran == ["queue.pause"]
        assert not palette.isVisible()
        palette = open_palette(window, services, table, Finder(services))
        QTest.keyClicks(palette.field, "dark")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert table.ran == ["queue.pause", "look.dark"]
        palette = open_palette(window, services, table, Finder(services))
        QTest.keyClicks(palette.field, "x")
        QTest.keyClick(palette.field, Qt.Key.Key_Escape)
        assert not palette.isVisible()
        await until(lambda: services.tasks.names() == [])
    window.close()


async def test_the_library_is_searched_from_two_letters_on(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    async with running(tmp_path) as services:
        crane = await store(services, "paper cranes over a harbour")
        await store(services, "moss on stones")
        palette = open_palette(window, services, table, Finder(services))
        QTest.keyClicks(palette.field, "cr")
        found = await until(lambda: [line for line in palette.found.lines if line.is_asset])
        assert [line.id for line in found] == [crane.id]
        line = await until(
            lambda: next((x for x in palette.found.lines if x.is_asset and x.image is not None), None)
        )
        assert line.image.width() == line.image.height()
        while not palette.found.lines[palette.list.currentIndex().row()].is_asset:
            QTest.keyClick(palette.field, Qt.Key.Key_Down)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert (table.ran, table.arguments) == (["library.show"], [crane.id])
        assert services.settings.values.window.recent == ""
        await until(lambda: services.tasks.names() == [])
    window.close()


async def test_single_preferences_are_found_when_looked_for(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path) as services:
        window = MainWindow(
            Theme("light", 1.0, True), services.settings, window_state=services.paths.window_state, first=""
        )

        async def stay(_services: object) -> None:
            return None

        commands = Commands(services, window, quit=stay)
        window._commands, window._services = commands, services
        window.show()
        palette = open_palette(window, services, commands, Finder(services))
        assert not any(line.id.startswith("preferences.") for line in palette.found.lines)
        palette.field.setText("proxy")
        line = palette.found.lines[0]
        assert line.title == "Preferences: Proxy"
        palette._take(line)
        sheet = await until(lambda: next(iter(window.findChildren(PreferencesSheet)), None))
        assert isinstance(sheet, PreferencesSheet)
        assert sheet.section == "network"
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
        window.hide()
        window.deleteLater()

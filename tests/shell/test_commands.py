"""The table of commands, what joins it to the window, and the page of its shortcuts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QApplication

from studio.services.session import SessionState
from studio.shell.commands import Commands
from studio.shell.dropped import picture_in
from studio.shell.joints import away_words
from studio.shell.pane_registry import find_panes
from studio.shell.shortcuts import groups
from studio.shell.top_bar import TopBar
from studio.ui.icons import PHOSPHOR
from tests.panes.support import desk
from tests.shell.support import until


async def test_shortcuts_are_unique_and_icons_exist(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        assert isinstance(at.commands, Commands)
        keys = Counter(command.shortcut for command in at.commands.all() if command.shortcut)
        assert [key for key, count in keys.items() if count > 1] == []
        assert {command.icon for command in at.commands.all()} <= {"", *PHOSPHOR}
        listed = [words for _title, lines in groups(at.commands) for words, _keys in lines]
        assert {"Undo", "Preferences", "Generate", "Show large"} <= set(listed)


async def test_undo_says_when_there_is_nothing(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        at.commands.run("no such command")
        at.commands.run("edit.undo")
        await until(lambda: [n for n in at.services.notices.recent if n.topic == "undo"])
        assert at.services.notices.recent[-1].text == "There is nothing to undo."


async def test_a_service_that_does_not_answer_is_told_in_a_banner(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        assert isinstance(at.window.top_bar, TopBar)
        since = datetime(2026, 3, 4, 9, 5).astimezone()
        words = away_words(SessionState(mode="cloud", away_since=since), since)
        assert words[0] == "No connection since 09:05."
        assert away_words(SessionState(mode="cloud", away_since=since), since + timedelta(days=1))[0] == (
            "No connection since 2026-03-04 09:05."
        )
        assert away_words(SessionState(mode="cloud", online=True), since) == ("", "")
        at.window.show_banner(*words)
        assert at.window._banner.isVisible()
        assert at.window._banner.accessibleName() == " ".join(words)


def test_panes_are_found_in_the_order_of_their_tabs() -> None:
    found = find_panes()
    assert [spec.order for spec in found] == sorted(spec.order for spec in found)
    assert {"create", "library", "account"} <= {spec.id for spec in found}


def test_only_picture_files_of_this_machine_are_taken() -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/x/notes.txt")])
    assert picture_in(data) is None
    data.setUrls([*data.urls(), QUrl.fromLocalFile("/x/A.PNG")])
    assert picture_in(data) == Path("/x/A.PNG")

"""What the pages with a list share (`panes/account/shown_page.py`)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTreeView
from pytestqt.qtbot import QtBot

from studio.panes.account.shown_page import ShownPage, add_key
from studio.ui.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


class Told:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def open(self) -> None:
        self.words.append("open")

    def leave(self) -> None:
        self.words.append("leave")

    def stop(self) -> None:
        self.words.append("stop")


def test_it_asks_while_it_is_shown_and_a_key_works_where_the_focus_is(
    qtbot: QtBot, qapp: QApplication
) -> None:
    Theme("light", reduced_motion=True).apply(qapp)
    told = Told()
    page = ShownPage()
    qtbot.addWidget(page)
    page.begin(told, lambda: told.words.append("tick"))
    first, second = QTreeView(), QTreeView()
    page.stack(first, second)
    add_key(first, Qt.Key.Key_F7, lambda: told.words.append("key"))
    assert told.words == []
    page.show()
    qtbot.waitExposed(page)
    assert told.words == ["open"]
    with qtbot.waitActive(page):
        page.activateWindow()
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_F7)
    second.setFocus()
    qtbot.keyClick(second, Qt.Key.Key_F7)
    assert told.words == ["open", "key"]
    page.hide()
    assert told.words[-1] == "leave"
    page.stop()
    assert told.words[-1] == "stop"

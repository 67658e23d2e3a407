from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.shell.welcome import WelcomePage
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import Card

COMMANDS = [
    "account.sign_in",
    "session.sandbox",
    "account.paste_key",
    "account.sign_in_code",
    "session.offline",
]


def shown(qtbot: QtBot, qapp: QApplication, scale: float = 1.0, size: tuple[int, int] = (1280, 800)):
    Theme("light", scale, True).apply(qapp)
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(*size)
    with qtbot.waitExposed(page):
        page.show()
    return page


def test_every_way_in_runs_its_command_by_keyboard_alone(qtbot: QtBot, qapp: QApplication) -> None:
    page = shown(qtbot, qapp)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    heard: list[str] = []
    page.chosen.connect(heard.append)
    for _ in COMMANDS:
        widget = qapp.focusWidget()
        assert isinstance(widget, Button)
        QTest.keyClick(widget, Qt.Key.Key_Return)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert heard == COMMANDS


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_all_of_it_fits_a_small_window(qtbot: QtBot, qapp: QApplication, scale: float) -> None:
    page = shown(qtbot, qapp, scale)
    for card in page.findChildren(Card):
        box = card.rect().translated(card.mapTo(page, card.rect().topLeft()))
        assert page.rect().contains(box)
    for button in page.findChildren(Button):
        assert button.width() >= button.sizeHint().width()


def test_cards_stand_one_above_the_other_when_there_is_no_room(qtbot: QtBot, qapp: QApplication) -> None:
    page = shown(qtbot, qapp, 1.5, (700, 900))
    first, second = page.findChildren(Card)
    assert first.geometry().bottom() < second.geometry().top()


def test_the_chosen_way_spins_and_the_others_wait(qtbot: QtBot, qapp: QApplication) -> None:
    page = shown(qtbot, qapp)
    page.set_busy("session.sandbox")
    enabled = {str(b.property("command")): b.isEnabled() for b in page.findChildren(Button)}
    assert [command for command, on in enabled.items() if on] == ["session.sandbox"]
    page.set_busy("")
    assert all(button.isEnabled() and not button.loading for button in page.findChildren(Button))

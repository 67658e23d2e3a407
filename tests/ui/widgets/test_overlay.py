from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

from studio.ui.widgets.overlay import Overlay


def test_it_covers_the_window_keeps_the_focus_and_gives_it_back(qtbot, window) -> None:
    field = QLineEdit()
    page = window(field)
    field.setFocus()
    overlay = Overlay(page)
    first, second = QPushButton("first", overlay), QPushButton("second", overlay)
    gone: list[bool] = []
    overlay.dismissed.connect(lambda: gone.append(True))
    overlay.present()
    assert overlay.geometry() == page.rect()
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    qtbot.keyClick(second, Qt.Key.Key_Tab)
    assert first.hasFocus(), "Tab stays inside"
    page.resize(500, 400)
    assert overlay.size() == page.size()
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert gone == [True]
    assert field.hasFocus()
    overlay.dismiss()
    assert gone == [True], "told once"

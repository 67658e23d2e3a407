"""Text that is read, selected and copied, not written."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.theme import Theme
from studio.ui.widgets.plain_text import PlainText


def test_it_is_read_and_not_written(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    shown = PlainText("one\ntwo", "Preview")
    QTest.keyClick(shown, Qt.Key.Key_X)
    assert shown.toPlainText() == "one\ntwo"
    assert shown.accessibleName() == "Preview"
    shown.selectAll()
    assert "two" in shown.textCursor().selectedText()
    shown.deleteLater()

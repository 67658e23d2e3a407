from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.ui.secret_clipboard import SecretClipboard
from tests.shell.support import until


async def test_a_secret_leaves_the_clipboard_but_nothing_else_does(qapp: QApplication) -> None:
    board = SecretClipboard(qapp)
    clipboard = QGuiApplication.clipboard()
    board.copy(Secret("sk_first12345"), 60)
    assert "x-kde-passwordManagerHint" in clipboard.mimeData().formats()
    board._timer.start(0)
    await until(lambda: not clipboard.text())
    board.copy(Secret("sk_second12345"), 60)
    clipboard.setText("a shopping list")
    board.clear()
    assert clipboard.text() == "a shopping list"
    board.copy(Secret("sk_third12345"), 0)
    assert not board.holds
    board.deleteLater()

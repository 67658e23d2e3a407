"""Copies a secret, and takes it off the clipboard again: after a while, and when the program ends."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from studio.core.secrets import Secret

KEEPS_SECONDS: Final = 60
# What keeps clipboard histories and their synchronisation away: KDE, Windows, macOS.
_HINTS: Final = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"1",
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': b"\0\0\0\0",
    "application/x-nspasteboard-concealed-type": b"1",
}


class SecretClipboard(QObject):
    """One secret at a time. Its parent is the window: the sheet may be gone before the time is up.

    Only the digest is kept, so that nothing else that was copied meanwhile is taken away.
    """

    cleared = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._digest = b""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        application = QGuiApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.clear)

    def copy(self, secret: Secret, seconds: int = KEEPS_SECONDS) -> None:
        """Put it on the clipboard for this long; 0 leaves it there until something else is copied."""
        data = QMimeData()
        data.setText(secret.reveal())
        for kind, value in _HINTS.items():
            data.setData(kind, value)
        QGuiApplication.clipboard().setMimeData(data)
        self._digest = _digest(secret.reveal()) if seconds else b""
        if seconds:
            self._timer.start(seconds * 1000)
        else:
            self._timer.stop()

    def clear(self) -> None:
        """Take it away now, if it is still there."""
        self._timer.stop()
        wanted, self._digest = self._digest, b""
        board = QGuiApplication.clipboard()
        if wanted and hmac.compare_digest(_digest(board.text()), wanted):
            board.clear()
            self.cleared.emit()

    @property
    def holds(self) -> bool:
        """Whether a secret waits to be taken away."""
        return bool(self._digest)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

"""Files dragged over a pane: what they are, and a veil that says what letting go would do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space
from studio.ui.widgets.base import Themed, paint_text, painter_for

TAKE_IN = "library.take_in"


def files_in(data: QMimeData) -> list[Path]:
    """The files and folders that something dragged or copied names."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


def wanted(paths: Sequence[Path], collection: str = "") -> str:
    """The argument of the command `TAKE_IN`: take these in, into this collection."""
    return json.dumps({"paths": [str(path) for path in paths], "collection": collection})


class DropVeil(Themed, QWidget):
    """Lies over `host` while files from outside are dragged over it; `dropped` has their paths."""

    dropped = Signal(list)

    def __init__(self, host: QWidget, words: str) -> None:
        super().__init__(host)
        self._host = host
        self._words = words
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        host.setAcceptDrops(True)
        host.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            # What comes out of the own gallery is in the library already.
            if event.source() is None and files_in(event.mimeData()):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self.setGeometry(self._host.rect())
                self.show()
                self.raise_()
                return True
        elif kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent) and not self.isHidden():
            self.hide()
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(files_in(event.mimeData()))
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.scrim)
        side, line = theme.px(Size.ICON_HERO), theme.line_height()
        width = min(self.width() - 4 * Space.XL, theme.px(Size.DIALOG))
        height = side + line + 3 * Space.XL
        box = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        pen = QPen(t.accent, FOCUS_BORDER)
        pen.setDashPattern([Space.XS, Space.XS])
        painter.setPen(pen)
        painter.setBrush(t.surface)
        painter.drawRoundedRect(box, Radius.LARGE, Radius.LARGE)
        middle = box.center().x()
        paint_icon(
            painter, "download", QRectF(middle - side / 2, box.top() + Space.XL, side, side), t.accent_text
        )
        words = QRectF(box.left(), box.bottom() - Space.XL - line, width, line)
        paint_text(painter, words, self._words, theme.font(), t.text, Qt.AlignmentFlag.AlignHCenter)

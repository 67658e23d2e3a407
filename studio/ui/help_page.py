"""A page of the documentation: text, tables and pictures, laid out by Qt in the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QImage,
    QImageReader,
    QKeyEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import Themed, ink_palette, name_widget

__all__ = ["COLUMN", "HelpPage", "load_pictures"]
COLUMN: Final = 720
"""The widest line of text in pixels at 100 % font size: longer ones are hard to read."""
WAIT_MS: Final = 120
"""How long a width must last before the page is laid out for it."""


def load_pictures(files: Mapping[str, Path], width: int, ratio: float) -> dict[str, QImage]:
    """The pictures of a page, no wider than `width` pixels on a screen with `ratio`; for a thread.

    A file that cannot be read is left out.
    """
    found: dict[str, QImage] = {}
    for name, path in files.items():
        reader = QImageReader(str(path))
        image = reader.read()
        if image.isNull():
            continue
        # Pictures of a window are taken at one pixel per pixel, and shown no larger than they are.
        wanted = min(round(width * ratio), image.width())
        if wanted < image.width():
            image = image.scaledToWidth(wanted, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(max(wanted / width, 1.0))
        found[name] = image
    return found


class HelpPage(Themed, QTextBrowser):
    """Shows one page; where its links lead is the window's business.

    Tab goes from link to link, Enter follows one. `link_wanted` has the address, `width_changed` says that
    the pictures should be made for another width.
    """

    link_wanted = Signal(str)
    width_changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the pages are in English
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPalette(ink_palette(self))
        self.anchorClicked.connect(lambda url: self.link_wanted.emit(url.toString()))
        self._html = ""
        self._pictures: dict[str, QImage] = {}
        self._words: Sequence[str] = ()
        self._width = 0
        """What the page's pictures were made for."""
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._take_width)

    @property
    def column(self) -> int:
        """The width of the text in pixels."""
        room = self.width() - 2 * Space.XL - self.verticalScrollBar().sizeHint().width()
        return max(min(room, Theme.current().px(COLUMN)), 1)

    def show_page(self, title: str, html: str, pictures: dict[str, QImage]) -> None:
        """Another page, at its top."""
        self._html, self._pictures, self._words = html, pictures, ()
        self.setAccessibleDescription(title)
        self._render()
        self.verticalScrollBar().setValue(0)

    def show_pictures(self, pictures: dict[str, QImage]) -> None:
        """The same page with its pictures for another width or look; what was read stays in sight."""
        at = self.place
        self._pictures = pictures
        self._render()
        self.go_to(at)

    @property
    def place(self) -> float:
        """How far down the page one is, 0 to 1."""
        bar = self.verticalScrollBar()
        return bar.value() / bar.maximum() if bar.maximum() else 0.0

    def go_to(self, place: float) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(round(place * bar.maximum()))

    def go_to_anchor(self, anchor: str) -> None:
        """Bring a heading to the top, and the text cursor there, where a screen reader goes on reading."""
        if not anchor:
            return
        block = self.document().begin()
        while block.isValid():
            for each in block.textFormats():
                if anchor in each.format.anchorNames():
                    cursor = self.textCursor()
                    cursor.setPosition(block.position())
                    self.setTextCursor(cursor)
                    top = self.document().documentLayout().blockBoundingRect(block).top()
                    self.verticalScrollBar().setValue(round(top))
                    return
            block = block.next()

    def mark(self, words: Sequence[str]) -> None:
        """Mark every place where one of these words stands."""
        self._words = words
        marks: list[QTextEdit.ExtraSelection] = []
        look = QTextCharFormat()
        look.setBackground(Theme.current().tokens.mark)
        for word in words:
            cursor = self.document().find(word)
            while not cursor.isNull():
                selection = QTextEdit.ExtraSelection()
                selection.cursor, selection.format = cursor, look  # type: ignore[attr-defined]
                marks.append(selection)
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(marks)

    # ------------------------------------------------------------------ Qt

    def _render(self) -> None:
        document = self.document()
        document.setDefaultStyleSheet(Theme.current().page_sheet())
        document.setDefaultFont(Theme.current().font("reading"))
        document.setDocumentMargin(Space.NONE)
        self._width = self.column
        self._center()
        document.clear()
        for name, image in self._pictures.items():
            document.addResource(int(QTextDocument.ResourceType.ImageResource.value), QUrl(name), image)
        self.setHtml(f"<body>{self._html}</body>")
        self.mark(self._words)

    def _center(self) -> None:
        """The text stands in a column in the middle."""
        room = self.width() - self.verticalScrollBar().sizeHint().width() - self.column
        side = max(room // 2, 0)
        self.setViewportMargins(side, Space.XL, room - side, Space.NONE)

    def _take_width(self) -> None:
        if self.column != self._width:
            self.width_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._center()
        if self.column != self._width:
            self._wait.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the browser that lead through its own history are the window's."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier or event.key() == Qt.Key.Key_Backspace:
            event.ignore()
            return
        super().keyPressEvent(event)

    def retheme(self) -> None:
        super().retheme()
        self.setPalette(ink_palette(self))
        self.width_changed.emit()

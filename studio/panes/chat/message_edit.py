"""The field a message is written in: grows with the text, sends with Enter or Ctrl+Enter, takes files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QScrollBar, QSizePolicy, QTextEdit, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import Themed, ink_palette, name_widget

LONG_PASTE = 3000
"""Characters from which on pasted text becomes an attachment."""
STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
LINES = 2
"""Lines the empty field is high."""


def files_in(data: QMimeData) -> list[Path]:
    """Local files that something dragged or copied names."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def takes(data: QMimeData) -> bool:
    """Whether something dragged or copied can become an attachment."""
    return bool(files_in(data)) or (data.hasImage() and not data.hasText())


class MessageEdit(Themed, QTextEdit):
    """Plain text in and out. Up to `set_most` pixels high; then it scrolls.

    Signals:
        submitted: the key that sends was pressed.
        cancelled: Escape.
        files_given(paths), image_given(PNG bytes), long_text_given(text): pasted or dropped.
        recall_wanted: the up arrow in an empty field.
        step_wanted(-1 or 1): Ctrl with an arrow, to the chat above or below.
    """

    submitted = Signal()
    cancelled = Signal()
    files_given = Signal(object)
    image_given = Signal(object)
    long_text_given = Signal(str)
    recall_wanted = Signal()
    step_wanted = Signal(int)
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = Size.PROMPT_MAX
        self._composing = False
        self._placeholder = tr("Message")
        self.enter_sends = True
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBar(QScrollBar(Qt.Orientation.Vertical, self))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.updateGeometry())
        name_widget(self, tr("Message"))
        self.retheme()

    # ------------------------------------------------------------------ text

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the text as one step that Ctrl+Z takes back; the cursor goes to its end."""
        if text == self.text():
            return
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.End)

    def show_text(self, text: str) -> None:
        """Show another conversation's text: what was undone there stays there."""
        if text != self.text():
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)

    def insert(self, text: str) -> None:
        """Put text at the cursor, in place of what is selected."""
        self.textCursor().insertText(text)

    def set_placeholder(self, words: str) -> None:
        self._placeholder = words
        self.viewport().update()

    @property
    def composing(self) -> bool:
        """Whether an input method is composing characters: Enter belongs to it then."""
        return self._composing

    # ------------------------------------------------------------------ size

    def set_most(self, pixels: int) -> None:
        """Grow up to this height."""
        if pixels != self._most:
            self._most = pixels
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        least = theme.line_height("reading") * LINES
        wanted = round(self.document().size().height()) + Space.XS
        return QSize(theme.px(Size.POPOVER_MIN), max(least, min(wanted, self._most)))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.LABEL_COLUMN), self.sizeHint().height())

    def retheme(self) -> None:
        self.setPalette(ink_palette(self))
        self.setFont(Theme.current().font("reading"))
        self.updateGeometry()

    # ------------------------------------------------------------------ keys

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self._composing:
            # Enter accepts what is composed: it neither sends nor breaks the line.
            if not enter:
                super().keyPressEvent(event)
        elif enter:
            self._enter(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.modifiers() == Qt.KeyboardModifier.ControlModifier and event.key() in STEPS:
            self.step_wanted.emit(STEPS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Up and self.document().isEmpty() and not event.modifiers():
            self.recall_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _enter(self, event: QKeyEvent) -> None:
        """Shift+Enter is a new line always; of Enter and Ctrl+Enter one sends and the other is a new line."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not shift and (ctrl or self.enter_sends):
            if not event.isAutoRepeat():
                self.submitted.emit()
            return
        self.textCursor().insertText("\n")
        self.ensureCursorVisible()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._composing = False
        self.focused.emit(False)

    # ------------------------------------------------------------------ paste and drop

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return takes(source) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files become attachments, long text too; a picture only where there is no text beside it."""
        paths = files_in(source)
        if paths:
            self.files_given.emit(paths)
        elif source.hasText():
            text = source.text()
            if len(text) > LONG_PASTE:
                self.long_text_given.emit(text)
            else:
                self.textCursor().insertText(text)
                self.ensureCursorVisible()
        elif source.hasImage():
            self._give_image(source.imageData())

    def take(self, data: QMimeData) -> None:
        """Take what was dropped somewhere else in the pane."""
        self.insertFromMimeData(data)

    def _give_image(self, image: object) -> None:
        if not isinstance(image, QImage) or image.isNull():
            return
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt a string
        self.image_given.emit(bytes(buffer.data().data()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if takes(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return
        super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if takes(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return
        super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if takes(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.insertFromMimeData(event.mimeData())
            return
        super().dropEvent(event)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.document().isEmpty() and not self._composing:
            theme = Theme.current()
            painter = QPainter(self.viewport())
            painter.setFont(theme.font("reading"))
            painter.setPen(theme.tokens.text3)
            line = QRect(0, 0, self.viewport().width(), theme.line_height("reading"))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self._placeholder)

"""Text to read, to select and to copy, in the font of code."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from studio.ui.theme import Radius, Size, Space, Theme
from studio.ui.widgets.base import Themed, ink_palette, name_widget, paint_box


class PlainText(Themed, QPlainTextEdit):
    """Lines that are not broken; arrows and the wheel move through them."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(Space.SM)
        self.setPalette(ink_palette(self))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(Theme.current().mono("caption"))
        self.setTabChangesFocus(True)
        name_widget(self, name)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.TOAST), theme.px(Size.POPOVER_MIN))

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL, Theme.current().px(Size.LABEL_COLUMN))

    def retheme(self) -> None:
        self.setPalette(ink_palette(self))
        self.setFont(Theme.current().mono("caption"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = Theme.current().tokens
        paint_box(painter, QRectF(self.viewport().rect()), t.field, t.border, Radius.CONTROL)
        painter.end()
        super().paintEvent(event)

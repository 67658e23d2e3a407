"""Text to read, to select and to copy, in the font of code."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPlainTextEdit

from studio.ui.theme import Size, Theme
from studio.ui.widgets.base import name_widget


class PlainText(QPlainTextEdit):
    """Lines that are not broken; arrows and the wheel move through them."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(Theme.current().mono("caption"))
        self.setTabChangesFocus(True)
        name_widget(self, name)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.TOAST), theme.px(Size.POPOVER_MIN))

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL, Theme.current().px(Size.LABEL_COLUMN))

"""The widgets of the Chat pane in their places; what they do comes from the desk."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from studio.panes.chat.composer import Composer
from studio.panes.chat.empty import EmptyChat
from studio.panes.chat.header import Header
from studio.panes.chat.side_bar import SideBar
from studio.qt_models.conversations import ConversationListModel
from studio.ui.pane import Pane
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.surfaces import Surface

COLUMN = 736
"""Width at 100 % of the composer, its shadow included; the transcript's column is as wide."""


class ChatFrame(Pane):
    """List, header, conversation, composer. It is painted before the services are there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.list_model = ConversationListModel(self)
        self.side_bar = SideBar(self.list_model, self)
        self.middle = Surface("bg", parent=self)
        self.header = Header()
        self.empty = EmptyChat()
        self.composer = Composer()
        self.stack = QStackedLayout()
        self.row = QHBoxLayout(self)
        self._build()

    def _build(self) -> None:
        self.row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self.row.setSpacing(Space.NONE)
        self.row.addWidget(self.middle, 1)
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.MD)
        column.setSpacing(Space.NONE)
        column.addWidget(self.header)
        holder = QWidget()
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        holder.setLayout(self.stack)
        self.stack.addWidget(self.empty)
        column.addWidget(holder, 1)
        foot = QHBoxLayout()
        # In line with the transcript's column, which leaves room for its scroll bar.
        bar = Theme.current().px(Size.SCROLL_BAR)
        foot.setContentsMargins(Space.LG, Space.NONE, Space.LG + bar, Space.NONE)
        foot.addStretch(1)
        foot.addWidget(self.composer, 1000)
        foot.addStretch(1)
        column.addLayout(foot)
        self._limit()

    def _limit(self) -> None:
        self.composer.setMaximumWidth(Theme.current().px(COLUMN))

    # ------------------------------------------------------------------ size

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.set_room(self.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._limit()

    def below_header(self) -> int:
        """Where what lies over the conversation begins."""
        return self.header.mapTo(self, QPoint(0, self.header.height())).y()

"""Widgets of the Chat pane: the list, the conversation, the composer, the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from studio.panes.chat.composer import Composer
from studio.panes.chat.empty import EmptyChat
from studio.panes.chat.header import Header
from studio.panes.chat.side_bar import SideBar
from studio.qt_models.conversations import ConversationListModel
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.surfaces import Surface

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.chat.desk import ChatDesk

COLUMN = 736
"""Width at 100 % of the composer, its shadow included; the transcript's column is as wide."""


class ChatView(Pane):
    """The frame. It is painted at once; `ChatDesk` brings it to life when the services are there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._desk: ChatDesk | None = None
        self._wanted: tuple[str, Asset] | None = None
        self.list_model = ConversationListModel(self)
        self.side_bar = SideBar(self.list_model, self)
        self.middle = Surface("bg", parent=self)
        self.header = Header()
        self.empty = EmptyChat()
        self.composer = Composer()
        self.stack = QStackedLayout()
        self.row = QHBoxLayout(self)
        self._build()
        self.setAcceptDrops(True)

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

    # ------------------------------------------------------------------ life

    def load(self) -> None:
        import studio.panes.chat.desk  # noqa: F401

    def attach(self, context: PaneContext) -> None:
        from studio.panes.chat.desk import ChatDesk

        typed = self.composer.edit.text()
        self._desk = ChatDesk(context, self)
        self._add_shortcuts(self._desk)
        self._desk.start(typed)
        if self.isVisible():
            self._desk.presenter.set_visible(True)

    def take(self, verb: str, asset: Asset) -> None:
        """Something made elsewhere goes along with the next message."""
        if self._desk is not None:
            self._desk.take(verb, asset)

    def act(self, verb: str) -> None:
        """A command of the palette: new, temporary, search, find, choose_model, parameters, focus."""
        if self._desk is not None:
            self._desk.act(verb)

    def shown(self) -> None:
        self.composer.focus()
        if self._desk is not None:
            self._desk.presenter.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._desk is not None and not event.spontaneous():
            self._desk.presenter.set_visible(False)

    def detach(self) -> None:
        if self._desk is not None:
            self._desk.stop()

    # ------------------------------------------------------------------ keys

    def _add_shortcuts(self, desk: ChatDesk) -> None:
        for keys, run in (
            ("Ctrl+N", lambda: desk.act("new")),
            ("Ctrl+L", lambda: desk.act("focus")),
            ("Ctrl+F", lambda: desk.act("find")),
            ("Ctrl+Shift+F", lambda: desk.act("search")),
            ("Ctrl+Up", lambda: desk.step(-1)),
            ("Ctrl+Down", lambda: desk.step(1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape stops the answer, wherever in the pane the keyboard is."""
        if event.key() == Qt.Key.Key_Escape and self._desk is not None and self._desk.presenter.streaming:
            self._desk.presenter.stop_answer()
            return
        super().keyPressEvent(event)

    # ------------------------------------------------------------------ drops anywhere in the pane

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from studio.panes.chat.message_edit import takes

        if takes(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.composer.show_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.composer.show_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.composer.show_drop(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.composer.edit.take(event.mimeData())

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

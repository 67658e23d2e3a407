"""The Chat pane: its life, its keys, and what is dropped on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QWidget

from studio.panes.chat.frame import ChatFrame
from studio.panes.chat.message_edit import takes
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.chat.desk import ChatDesk


class ChatView(ChatFrame):
    """The frame; `ChatDesk` brings it to life when the services are there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._desk: ChatDesk | None = None
        self.setAcceptDrops(True)

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
        """Something made elsewhere goes along with the next message, or shows the one it came with."""
        if self._desk is not None:
            self._desk.take(verb, asset)

    def act(self, verb: str) -> None:
        """A command of the palette: new, temporary, search, find, choose_model, parameters, focus."""
        if self._desk is not None:
            self._desk.act(verb)

    def show_found(self, kind: str, handle: str) -> None:
        """A "message" (ids of conversation and message, and the words; or the first alone), a "model", or an
        "unsent" question, by the id of its answer, to be sent now."""
        if self._desk is not None:
            self._desk.show_found(kind, handle)

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

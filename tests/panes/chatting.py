"""The Chat pane in the program's window, signed in to a sandbox, and what a user does with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from studio.core.secrets import Secret
from studio.panes.chat.conversation_list import ConversationList
from studio.panes.chat.desk import ChatDesk
from studio.panes.chat.drafts import DraftKeeper
from studio.panes.chat.feed import TranscriptFeed
from studio.panes.chat.frame import ChatFrame
from studio.panes.chat.list_presenter import ListPresenter
from studio.panes.chat.presenter import ChatPresenter
from studio.panes.chat.sounds import Sounds
from studio.panes.chat.transcript import Transcript
from studio.panes.chat.view import ChatView
from studio.qt_models.conversations import EntryKind
from studio.sandbox.server import SandboxServer
from studio.ui.dialogs import Sheet
from tests.panes.support import Desk, desk
from tests.shell.support import until


class Chat:
    """The pane, and what a user does with it."""

    def __init__(self, at: Desk, server: SandboxServer) -> None:
        self.at = at
        self.server = server
        view = at.window.pane("chat")
        assert isinstance(view, ChatView)
        assert isinstance(view, ChatFrame)
        self.view = view
        assert isinstance(view._desk, ChatDesk)
        self.desk = view._desk
        assert isinstance(self.desk.presenter, ChatPresenter)
        assert isinstance(self.desk.chats, ListPresenter)
        assert isinstance(view.side_bar.list, ConversationList)
        assert isinstance(self.desk.presenter.drafts, DraftKeeper)
        assert isinstance(self.desk.presenter.feed, TranscriptFeed)
        assert isinstance(self.desk.transcript, Transcript)
        assert isinstance(self.desk.transcript.sounds, Sounds)
        self.presenter = self.desk.presenter
        self.service = at.services.chat
        self.composer = view.composer
        self.model = self.desk.transcript.model

    def write(self, text: str) -> None:
        self.composer.focus()
        QTest.keyClicks(self.composer.edit, text)

    async def ask(self, text: str) -> None:
        """Type, press Enter, wait for the whole answer."""
        count = self.model.rowCount()
        self.write(text)
        await until(lambda: not self.presenter.plan().problem)
        QTest.keyClick(self.composer.edit, Qt.Key.Key_Return)
        await until(lambda: self.model.rowCount() >= count + 2)
        await self.answered()

    async def answered(self) -> None:
        await until(lambda: not self.presenter.streaming and not self.service.streaming)
        await until(lambda: self.model.rowCount() and self.model.is_loaded(self.model.rowCount() - 1))

    def titles(self) -> list[str]:
        return [entry.text for entry in self.view.list_model.entries if entry.kind is EntryKind.CHAT]

    def sheet(self) -> Sheet | None:
        """What stands before the window."""
        return next((s for s in self.at.window.findChildren(Sheet) if s.isVisible()), None)


@asynccontextmanager
async def chatting(tmp_path: Path, qapp: QApplication, **how: Any) -> AsyncIterator[Chat]:
    """The pane, signed in to a sandbox that plays the cloud."""
    with SandboxServer() as server:
        async with chatting_to(server, tmp_path, qapp, **how) as chat:
            yield chat


@asynccontextmanager
async def chatting_to(
    server: SandboxServer, tmp_path: Path, qapp: QApplication, **how: Any
) -> AsyncIterator[Chat]:
    """The same with a sandbox that outlives the program."""
    async with desk(tmp_path, qapp, server=server, first="chat", **how) as at:
        services = at.services
        services.account.keep_in_memory(Secret(server.key), "default")
        await services.session.use_cloud("default")
        chat = Chat(at, server)
        await until(lambda: services.catalogue.models and services.account.state.signed_in)
        yield chat


def press(parent: QWidget, name: str) -> None:
    buttons = [b for b in parent.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible()]
    QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)

"""The list of chats in the window: keys from the field, folders by dragging, search to the last hit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.panes.chat import list_presenter
from studio.panes.chat.conversation_list import ConversationList, snippet_layout
from studio.qt_models.conversations import EntryKind
from studio.ui.theme import Theme
from tests.panes.chatting import Chat, chatting
from tests.shell.support import until


def drop(view: ConversationList, data: QMimeData, at: QPoint) -> None:
    """Drag something of the list to a place and let it go."""
    move, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    port = view.viewport()
    QApplication.sendEvent(port, QDragEnterEvent(at, move, data, left, none))
    QApplication.sendEvent(port, QDragMoveEvent(at, move, data, left, none))
    QApplication.sendEvent(port, QDropEvent(QPointF(at), move, data, left, none))


async def begin(chat: Chat, title: str) -> None:
    """Another chat, with a question and its answer."""
    if not chat.presenter.is_empty:
        chat.desk.act("new")
        await until(lambda: chat.presenter.is_empty and not chat.model.rowCount())
    await chat.ask(title)


def row(chat: Chat, text: str) -> int:
    return next(at for at, entry in enumerate(chat.view.list_model.entries) if entry.text == text)


async def test_ctrl_and_arrows_in_the_field_go_to_the_next_chat(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        for title in ("first", "second", "third"):
            await begin(chat, title)
        chat.composer.focus()
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: chat.view.header.title.text() == "second")
        drafts, presenter = chat.presenter.drafts, chat.presenter
        await until(lambda: drafts.conversation_id == presenter.conversation_id)
        chat.write("half")
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: chat.view.header.title.text() == "third" and not chat.composer.edit.text())
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: chat.composer.edit.text() == "half")


async def test_chats_are_dragged_into_a_folder_and_out_of_it(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        for title in ("inside", "beside"):
            await begin(chat, title)
        chat.desk.chats.add_folder("Coast")
        await until(lambda: any(entry.folder for entry in chat.view.list_model.entries))
        view, model = chat.view.side_bar.list, chat.view.list_model

        def middle(text: str) -> QPoint:
            return view.visualRect(model.index(row(chat, text))).center()

        def depths() -> dict[str, int]:
            return {entry.text: entry.depth for entry in model.entries if entry.chat}

        # A press and a move of the pointer begin a drag of the row that was pressed.
        assert model.flags(model.index(row(chat, "inside"))) & Qt.ItemFlag.ItemIsDragEnabled
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle("inside"))
        assert view.currentIndex().row() == row(chat, "inside")
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle("inside"))
        drop(view, model.mimeData([model.index(row(chat, "inside"))]), middle("Coast"))
        await until(lambda: depths() == {"inside": 1, "beside": 0})
        # Between the chats of a folder means into it as well.
        near = QPoint(middle("inside").x(), view.visualRect(model.index(row(chat, "inside"))).bottom() - 2)
        drop(view, model.mimeData([model.index(row(chat, "beside"))]), near)
        await until(lambda: depths() == {"inside": 1, "beside": 1})
        far = QPoint(40, view.viewport().height() - 4)
        drop(view, model.mimeData([model.index(row(chat, "inside"))]), far)
        await until(lambda: depths() == {"inside": 0, "beside": 1})


async def test_every_hit_is_reached_marked_and_found_in_the_archive(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with chatting(tmp_path, qapp) as chat:
        list_presenter.HITS, before = 2, list_presenter.HITS
        try:
            await chat.ask("heron one in the reeds")
            await chat.ask("heron two")
            question = chat.model.turns[2].id
            chat.presenter.act("edit", question)
            await until(lambda: chat.presenter.drafts.edited is not None)
            chat.composer.edit.set_text("heron three on another branch")
            await until(lambda: not chat.presenter.plan().problem)
            QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
            await until(lambda: chat.model.turns[2].id != question)
            await chat.answered()
            entry = next(e for e in chat.view.list_model.entries if e.chat)
            chat.view.side_bar.act.emit("archive", [entry])
            await until(lambda: chat.titles() == [] and chat.presenter.conversation_id == "")
            side = chat.view.side_bar
            side.search.setText("heron")

            def hits() -> list[str]:
                kinds = chat.view.list_model.entries
                return [e.hit.message_id for e in kinds if e.hit is not None]

            await until(lambda: len(hits()) == 2)
            last = chat.view.list_model.entries[-1]
            assert last.kind is EntryKind.MORE
            # The keyboard reaches it, too.
            side.list.setCurrentIndex(chat.view.list_model.index(row(chat, last.text)))
            QTest.keyClick(side.list, Qt.Key.Key_Return)
            await until(lambda: question in hits())
            hit = next(e for e in chat.view.list_model.entries if e.hit and e.hit.message_id == question)
            assert [hit.detail[start:end].lower() for start, end in hit.marks] == ["heron"]
            layout = snippet_layout(hit, Theme.current(), 200)
            assert [(f.start, f.length) for f in layout.formats()] == [(0, 5)]
            side.list.opened.emit(hit)
            await until(lambda: len(chat.model.turns) > 2 and chat.model.turns[2].id == question)
            conversation = chat.presenter.conversation
            assert conversation is not None
            assert conversation.archived, "looking at it does not take it out of the archive"
            view = chat.desk.transcript.view
            await until(lambda: 2 in view.visible_rows())
        finally:
            list_presenter.HITS = before


async def test_a_deleted_temporary_chat_comes_back(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        chat.desk.act("temporary")
        await until(lambda: chat.presenter.will_be_temporary)
        await chat.ask("only for now")
        entry = next(e for e in chat.view.list_model.entries if e.chat)
        chat.view.side_bar.act.emit("delete", [entry])
        await until(lambda: chat.titles() == [])
        await until(lambda: any(one.text == "Chat deleted." for one in chat.at.services.notices.recent))
        chat.at.commands.run("edit.undo")
        await until(lambda: chat.titles() == ["only for now"])
        chat.presenter.open(entry.conversation_id)
        await until(lambda: chat.model.rowCount() == 2)

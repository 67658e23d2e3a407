"""What happens when two things are done at the same moment in the Chat pane."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.conversation import ChatDraft, Conversation
from studio.domain.service import RetryNotice
from studio.panes.chat.feed import wait_words
from studio.qt_models.conversations import Entry, EntryKind
from studio.sandbox.server import SandboxServer
from studio.ui.transcript.sections import PartSection
from studio.ui.transcript.view import TranscriptView
from tests.panes.chatting import Chat, chatting, chatting_to, press
from tests.shell.support import until


def entry(chat: Chat, conversation_id: str) -> Entry:
    return next(
        e for e in chat.view.list_model.entries
        if e.kind is EntryKind.CHAT and e.conversation_id == conversation_id
    )  # fmt: skip


async def test_what_is_sent_goes_to_the_chat_it_was_written_in(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("one")
        first = chat.presenter.conversation_id
        chat.desk.act("new")
        await until(lambda: chat.presenter.is_empty)
        await chat.ask("two")
        second = chat.presenter.conversation_id
        chat.write("about two")

        def send_while_it_opens(conversation: Conversation) -> None:
            if conversation.id == first:
                chat.presenter.send()

        chat.presenter.opened.connect(send_while_it_opens)
        chat.presenter.open(first)
        await until(lambda: chat.presenter.conversation_id == first and not chat.service.streaming)
        await until(lambda: not chat.presenter._sending)
        await until(lambda: not chat.service.streaming)
        there = await chat.service.path(await chat.service.conversation(second))
        here = await chat.service.path(await chat.service.conversation(first))
        assert [m.text for m in there if m.role == "user"] == ["two", "about two"]
        assert [m.text for m in here if m.role == "user"] == ["one"]
        assert not await chat.service.draft(second), "it is sent, and no draft any more"


async def test_typing_while_a_draft_is_read_keeps_both(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("one")
        first = chat.presenter.conversation_id
        await chat.service.keep_draft(first, ChatDraft(text="half a thought"))
        chat.desk.act("new")
        await until(lambda: chat.presenter.conversation_id == "")
        chat.presenter.feed.loaded.connect(lambda: chat.write("!"))
        chat.presenter.open(first)
        await until(lambda: chat.composer.edit.text() == "half a thought\n!")


async def test_asking_again_tells_the_price_like_asking(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("one")
        answer = chat.model.turns[1].last
        chat.at.services.settings.change("money", confirm_above=0.000001)
        chat.presenter.act("regenerate", answer)
        await until(lambda: chat.sheet() is not None)
        sheet = chat.sheet()
        assert sheet is not None
        press(sheet, "Cancel")
        await until(lambda: chat.sheet() is None)
        assert chat.model.version(answer) == (1, 1), "nothing was asked"
        chat.presenter.act("regenerate", answer)
        await until(lambda: chat.sheet() is not None)
        sheet = chat.sheet()
        assert sheet is not None
        press(sheet, "Send")
        await until(lambda: len(chat.presenter.feed.tree.siblings(answer)) == 2)
        await chat.answered()


async def test_a_chat_deleted_in_a_search_leaves_the_hits(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("the tide table")
        deleted = chat.presenter.conversation_id
        chat.view.side_bar.search.setText("tide")
        await until(lambda: any(e.kind is EntryKind.HIT for e in chat.view.list_model.entries))
        chat.desk.chats.act("delete", [entry(chat, deleted)])
        await until(lambda: not chat.view.list_model.entries)


async def test_what_was_typed_as_the_program_ends_is_kept(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer() as server:
        async with chatting_to(server, tmp_path, qapp) as chat:
            await chat.ask("one")
            first = chat.presenter.conversation_id
            # A write is under way, and what comes after it waits for its turn.
            chat.write("half")
            chat.presenter.drafts._save_soon()
            chat.write(" a thought")
        async with chatting_to(server, tmp_path, qapp) as chat:
            assert (await chat.service.draft(first)).text == "half a thought"


async def test_a_wait_that_the_service_asks_for_is_told(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        refused = {"path": "/v1/chat", "status": 429, "count": 1, "headers": {"Retry-After": "2"}}
        chat.server.faults([refused])
        chat.write("one")
        await until(lambda: not chat.presenter.plan().problem)
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
        view = chat.desk.transcript.view
        told = await until(lambda: [words for words in spoken(view) if "asks to wait" in words])
        assert told[0] in ("The service asks to wait 2 s.", "The service asks to wait 1 s.")
        await chat.answered()
        assert not [words for words in spoken(view) if "wait" in words]


def spoken(view: TranscriptView) -> list[str]:
    """What the parts of all answers say."""
    sections = [section for item in view._items.values() for section in item.sections]
    return [section.part.spoken() for section in sections if isinstance(section, PartSection)]


def test_waits_in_words() -> None:
    assert wait_words("", None) == ""
    assert wait_words("Sign in again.", None) == "Sign in again."
    busy = RetryNotice(attempt=2, delay=4.2, reason="The model failed.")
    assert wait_words(busy.reason, busy) == "The model failed. Trying again in 4 s."
    asked = RetryNotice(attempt=2, delay=12.4, reason="Too many requests at once.", crowded=True)
    assert wait_words(asked.reason, asked) == "The service asks to wait 12 s."

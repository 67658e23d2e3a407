"""The Chat pane in the program's window, against the real sandbox."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.api import retry
from studio.domain.chat import BalanceNotice
from studio.domain.chat_pages import PageOptions
from studio.domain.conversation import MessageState
from studio.panes.chat.context_popover import ContextPopover, open_request
from studio.panes.chat.empty import EmptyChat, standing_of
from studio.panes.chat.find_bar import FindBar
from studio.panes.chat.header import Header
from studio.panes.chat.model_picker import ModelPicker
from studio.panes.chat.transcript import call_words
from studio.qt_models.conversations import EntryKind
from studio.services.chat_words import NoticeOf
from studio.ui.dialogs import Sheet
from tests.panes.chatting import chatting, chatting_to, press
from tests.services.test_outbox import line_to
from tests.shell.support import until

QUESTION = "Explain the tide table of the coast"


async def test_a_question_is_asked_answered_and_found_again(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        view = chat.view
        assert isinstance(view.empty, EmptyChat)
        assert isinstance(view.header, Header)
        assert view.stack.currentWidget() is view.empty
        assert standing_of(chat.at.services).kind == "ready"
        view.empty.examples[0].click()
        assert chat.composer.edit.text() == view.empty.examples[0].prompt
        chat.composer.edit.selectAll()
        await chat.ask(QUESTION)
        assert view.stack.currentWidget() is chat.desk.transcript.view
        assert chat.composer.edit.text() == ""
        assert chat.titles() == [QUESTION]
        assert view.header.title.text() == QUESTION
        assert chat.model.state(1) is MessageState.COMPLETE
        assert "context" in chat.composer.context.text()
        # Another one, and back to the first by a search that lands on the message.
        chat.desk.act("new")
        await until(lambda: chat.presenter.is_empty)
        await chat.ask("Something else entirely")
        view.side_bar.search.setText("tide")
        await until(lambda: any(e.kind is EntryKind.HIT for e in view.list_model.entries))
        QTest.keyClick(view.side_bar.search, Qt.Key.Key_Return)
        await until(lambda: view.header.title.text() == QUESTION)
        hit = next(e for e in view.list_model.entries if e.kind is EntryKind.HIT)
        view.side_bar.opened.emit(hit)
        view.side_bar.search.clear()
        await until(lambda: len(chat.titles()) == 2)
        chat.desk.step(-1)
        await until(lambda: view.header.title.text() == "Something else entirely")


async def test_a_draft_stays_with_its_conversation(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("one")
        first = chat.presenter.conversation_id
        chat.write("half a thought")
        chat.desk.act("new")
        await until(lambda: chat.presenter.conversation_id == "" and chat.composer.edit.text() == "")
        assert (await chat.service.draft(first)).text == "half a thought"
        chat.write("a second beginning")
        await until(lambda: chat.presenter.conversation_id != "")
        second = chat.presenter.conversation_id
        chat.presenter.open(first)
        await until(lambda: chat.composer.edit.text() == "half a thought")
        shown = chat.view.list_model
        await until(lambda: any(e.chat and e.chat.id == second and e.chat.has_draft for e in shown.entries))
        assert (await chat.service.draft(second)).text == "a second beginning"
        # One that nothing was written in leaves no trace.
        chat.presenter.open(second)
        await until(lambda: chat.composer.edit.text() == "a second beginning")
        chat.composer.edit.set_text("")
        chat.desk.act("new")
        await until(lambda: second not in chat.desk.chats.rows)


async def test_stop_keeps_what_came_and_edit_keeps_the_old_branch(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("first words")
        question = chat.model.turns[0].id
        chat.presenter.act("edit", question)
        await until(lambda: chat.composer.edit.text() == "first words" and chat.composer.edit_bar.isVisible())
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Escape)
        assert chat.composer.edit.text() == ""
        chat.presenter.edit_last()
        await until(lambda: chat.presenter.drafts.edited is not None)
        chat.composer.edit.set_text("other words")
        await until(lambda: not chat.presenter.plan().problem)
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
        await until(lambda: chat.model.turns and chat.model.turns[0].id != question)
        await until(lambda: chat.presenter.streaming or chat.model.rowCount() == 2)
        chat.presenter.stop_answer()
        await chat.answered()
        edited = chat.model.turns[0].id
        assert chat.model.version(edited) == (2, 2)
        chat.presenter.act("version", edited, -1)
        await until(lambda: chat.model.turns[0].id == question)
        chat.presenter.act("fork", chat.model.turns[1].last)
        await until(lambda: len(chat.titles()) == 2)


async def test_files_are_attached_shown_and_refused_with_a_reason(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp, pictures=1) as chat:
        notes = tmp_path / "notes.txt"
        notes.write_text("a b c")
        chat.presenter.drafts.add_files([notes])
        chat.presenter.drafts.add_text("word " * 900)
        await until(lambda: len(chat.presenter.drafts.draft.attachments) == 2)
        await until(chat.composer.way_on.isVisible)
        assert chat.composer.way_on.text() == "Paste as text instead"
        chat.composer.way_on.click()
        assert chat.composer.edit.text().startswith("word word")
        (asset,) = [
            await chat.at.services.library.asset(row.id)
            for row in await chat.at.services.library.rows(
                await chat.at.services.library.row_ids(_pictures())
            )
        ]
        assert asset is not None
        chat.view.take("chat", asset)
        await until(lambda: len(chat.composer.chips.chips) == 2 and chat.composer.chips.chips[1].has_picture)
        blind = next(
            m for m in chat.at.services.catalogue.models
            if m.is_chat and m.output_modalities == ("text",) and "image" not in m.input_modalities
        )  # fmt: skip
        chat.presenter.set_options(model=blind.name)
        await until(lambda: any(chip.attached.refusal for chip in chat.composer.chips.chips))
        await until(lambda: chat.composer.way_on.text() == "Choose another model")
        chat.composer.way_on.click()
        picker = next(p for p in chat.at.window.findChildren(ModelPicker) if p.isVisible())
        QTest.keyClicks(picker.search, "sees pictures")
        QTest.keyClick(picker.search, Qt.Key.Key_Return)
        await until(lambda: not any(chip.attached.refusal for chip in chat.composer.chips.chips))


def _pictures() -> Any:
    from studio.domain.library import LibraryQuery
    from studio.domain.media import MediaKind

    return LibraryQuery(kinds=(MediaKind.IMAGE,))


async def test_deleting_is_taken_back_and_the_archive_has_its_own_list(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("to be deleted")
        await until(lambda: chat.titles() == ["to be deleted"])
        entry = next(e for e in chat.view.list_model.entries if e.chat)
        chat.view.side_bar.act.emit("delete", [entry])
        await until(lambda: chat.titles() == [] and chat.presenter.conversation_id == "")
        chat.at.commands.run("edit.undo")
        await until(lambda: chat.titles() == ["to be deleted"])
        chat.view.side_bar.act.emit("pin", [entry])
        await until(lambda: chat.view.list_model.entries[0].text == "Pinned")
        chat.desk.chats.add_folder("Coast")
        await until(lambda: any(e.folder for e in chat.view.list_model.entries))
        folder = next(e for e in chat.view.list_model.entries if e.folder)
        chat.view.list_model.setData(
            chat.view.list_model.index(chat.view.list_model.row_of(folder.key)), "Sea"
        )
        await until(lambda: any(e.text == "Sea" for e in chat.view.list_model.entries))
        chat.view.side_bar.act.emit("archive", [entry])
        await until(lambda: chat.titles() == [])
        chat.view.side_bar.archived_wanted.emit(True)
        await until(lambda: chat.titles() == ["to be deleted"])
        assert chat.view.side_bar.back.isVisible()


async def test_options_presets_and_a_temporary_chat(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        panel = chat.desk.parameters
        chat.view.header.parameters.click()
        assert panel.isVisible()
        panel.prompt.field.set_text("Answer like a lighthouse keeper.")
        panel.prompt.tell()
        await until(lambda: chat.presenter.draft_conversation().system_prompt)
        chat.presenter.keep_preset("Keeper")
        await until(chat.presenter.preset_in_use)
        chat.desk.act("temporary")
        await until(lambda: chat.presenter.will_be_temporary)
        chat.presenter.use_preset(chat.presenter.presets[0].id)
        await until(lambda: chat.presenter.draft_conversation().system_prompt)
        assert chat.presenter.conversation is not None
        assert chat.presenter.conversation.temporary
        assert chat.view.header.temporary.isVisible()
        chat.presenter.rename("Lamp")
        await until(lambda: chat.view.header.title.text() == "Lamp")
        chat.presenter.remove_preset(chat.presenter.presets[0].id)
        await until(lambda: not chat.presenter.presets)


async def test_a_balance_notice_is_a_sheet_and_the_request_can_be_read(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("hello there")
        notice = BalanceNotice(text="Top up to go on.", url="https://example.com/top-up")
        chat.service.balance_notice.emit(NoticeOf(chat.presenter.conversation_id, notice))
        sheet = await until(chat.sheet)
        assert isinstance(sheet, Sheet)
        assert sheet.accessibleDescription() == "Top up to go on."
        press(sheet, "Not now")
        await until(lambda: chat.sheet() is None)
        chat.write("and more")
        chat.composer.context.click()
        popover = next(p for p in chat.at.window.findChildren(ContextPopover) if p.isVisible())
        popover.dismiss()
        asked = open_request(chat.view, chat.presenter.plan())
        assert '"hello there"' in chat.presenter.plan().preview()
        asked.dismiss()


async def test_find_in_the_chat_and_take_it_away(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("needle in the hay")
        chat.desk.act("find")
        bar = chat.desk.find
        assert isinstance(bar, FindBar)
        assert bar.isVisible()
        bar.field.setText("needle")
        await until(lambda: bar.count.text().startswith("1 of"))
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)
        assert not bar.isVisible()
        where = tmp_path / "out"
        where.mkdir()
        for kind in ("md", "html", "json"):
            await chat.desk.takeaway.write(
                chat.presenter.conversation_id, kind, where / f"chat.{kind}", PageOptions()
            )
            assert "needle" in (where / f"chat.{kind}").read_text(encoding="utf-8")
        await chat.desk.takeaway.read([where / "chat.json"])
        await until(lambda: len(chat.titles()) == 2)


async def test_commands_keys_and_places(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp, size=(1024, 720)) as chat:
        view = chat.view
        assert not view.side_bar.isVisible(), "folded where there is no room"
        view.header.list.click()
        assert view.side_bar.isVisible()
        chat.desk.act("new")
        await asyncio.sleep(0)
        assert not view.side_bar.isVisible()
        chat.at.commands.run("chat.search")
        assert view.side_bar.search.hasFocus()
        chat.at.commands.run("chat.choose_model")
        picker = next(p for p in chat.at.window.findChildren(ModelPicker) if p.isVisible())
        picker.dismiss()
        QTest.keyClick(view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        assert view.composer.edit.hasFocus()
        names = {w.accessibleName() for w in view.findChildren(QWidget)}
        assert {"Message", "Send", "Conversation", "Chats", "Model"} <= names


def test_a_call_that_asks_says_what_it_would_make() -> None:
    from studio.domain.conversation import ToolCallPiece, ToolState

    call = ToolCallPiece(
        id="1", name="generate_image", arguments='{"prompt": "a lamp", "count": 2}', state=ToolState.ASKED,
        result="2 pictures with Flux, about 0.004 pollen.",
    )  # fmt: skip
    title, detail = call_words("m", call)
    assert title == "Wants to make 2 pictures"
    assert detail == "2 pictures with Flux, about 0.004 pollen · “a lamp”"


async def test_a_question_without_a_connection_is_sent_from_the_notice(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "BACKOFF", (0.01,))
    with line_to(tmp_path / "service") as line:
        async with chatting_to(line.server, tmp_path / "home", qapp) as chat:
            line.pull()
            await chat.ask("How deep is the harbour?")
            assert chat.at.window._banner.isVisible(), "the window says that there is no connection"
            answer = chat.presenter.feed.path[-1]
            chat.at.window.open_pane("library")
            line.mend()
            await chat.at.services.session.refresh()
            notice = next(n for n in chat.at.services.notices.recent if n.topic == "unsent")
            chat.at.commands.run(notice.actions[0].id, notice.actions[0].argument)
            assert chat.at.window.current_pane == "chat"
            await until(lambda: not chat.at.services.unsent.is_waiting(answer))
            await chat.answered()
            (message,) = await chat.service.messages([answer])
            assert message.state is MessageState.COMPLETE
            asked = len([r for r in line.server.requests() if r["path"] == "/v1/chat/completions"])
            chat.at.commands.run(notice.actions[0].id, notice.actions[0].argument)
            await until(lambda: "open chat" not in chat.at.services.tasks.names())
            again = len([r for r in line.server.requests() if r["path"] == "/v1/chat/completions"])
            assert (asked, again) == (1, 1), "an old notice sends nothing twice"

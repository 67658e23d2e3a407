"""Chats out of the window and back in: every kind, a name that is taken, a temporary chat, a bad file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from studio.domain.chat_pages import PageOptions
from studio.panes.chat.context_popover import facts, spent_on
from studio.ui.transcript.words import cost_words
from tests.panes.chatting import Chat, chatting, press
from tests.shell.support import until


async def choose(chat: Chat, *paths: Path) -> None:
    """Answer the file dialog that is open."""
    dialogs = chat.at.window.findChildren
    dialog = await until(lambda: next((d for d in dialogs(QFileDialog) if d.isVisible()), None))
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.setText(" ".join(f'"{path}"' for path in paths) if len(paths) > 1 else str(paths[0]))
    dialog.accept()


def told(chat: Chat) -> list[str]:
    return [notice.text for notice in chat.at.services.notices.recent]


@pytest.mark.parametrize("kind", ["md", "html", "json"])
async def test_a_chat_leaves_the_window_and_json_comes_back(
    tmp_path: Path, qapp: QApplication, kind: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    async with chatting(tmp_path / "studio", qapp) as chat:
        await chat.ask("needle in the hay")
        entry = await until(lambda: next((e for e in chat.view.list_model.entries if e.chat), None))
        chat.view.side_bar.act.emit(f"export:{kind}", [entry])
        if kind != "json":
            sheet = await until(chat.sheet)
            press(sheet, "Export")  # type: ignore[arg-type]  # a sheet
        await choose(chat, out / f"chat.{kind}")
        await until(lambda: f"Exported to chat.{kind}." in told(chat))
        assert "needle in the hay" in (out / f"chat.{kind}").read_text(encoding="utf-8")
        if kind == "json":
            chat.view.side_bar.import_wanted.emit()
            await choose(chat, out / "chat.json")
            await until(lambda: len(chat.titles()) == 2)
            await until(lambda: chat.presenter.conversation_id != entry.conversation_id)
            await until(lambda: chat.model.rowCount() == 2)


async def test_a_name_that_is_taken_is_asked_about(tmp_path: Path, qapp: QApplication) -> None:
    target = tmp_path / "chat.md"
    async with chatting(tmp_path / "studio", qapp) as chat:
        await chat.ask("needle in the hay")
        target.write_text("mine")

        def writes() -> Awaitable[None]:
            work = chat.desk.takeaway.write(chat.presenter.conversation_id, "md", target, PageOptions())
            return asyncio.ensure_future(work)

        writing = writes()
        sheet = await until(chat.sheet)
        press(sheet, "Cancel")  # type: ignore[arg-type]  # a sheet
        await writing
        assert target.read_text() == "mine"
        await until(lambda: chat.sheet() is None)
        writing = writes()
        sheet = await until(chat.sheet)
        press(sheet, "Replace")  # type: ignore[arg-type]  # a sheet
        await writing
        assert "needle" in target.read_text(encoding="utf-8")


async def test_a_temporary_chat_can_be_taken_away(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path / "studio", qapp) as chat:
        chat.desk.act("temporary")
        await until(lambda: chat.presenter.will_be_temporary)
        await chat.ask("only for now")
        assert chat.presenter.conversation is not None
        assert chat.presenter.conversation.temporary
        chat.view.header.export_wanted.emit("json")
        await choose(chat, tmp_path / "now.json")
        await until(lambda: "Exported to now.json." in told(chat))
        assert "only for now" in (tmp_path / "now.json").read_text(encoding="utf-8")


async def test_a_bad_file_is_one_sentence(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path / "studio", qapp) as chat:
        bad = tmp_path / "bad.json"
        bad.write_text('{"messages": 5')
        before = len(told(chat))
        chat.view.side_bar.import_wanted.emit()
        await choose(chat, bad)
        await until(lambda: len(told(chat)) > before)
        assert len(told(chat)) == before + 1
        sentence = told(chat)[-1]
        assert sentence.endswith(".")
        assert "bad.json" in sentence
        assert chat.titles() == []


async def test_costs_of_answer_branch_and_chat_and_the_cut_follow_the_plan(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with chatting(tmp_path / "studio", qapp) as chat:
        await chat.ask("the first question about tides")
        await chat.ask("the second question about tides")
        once = spent_on(chat.presenter.feed.tree, chat.presenter.feed.path)
        assert once.branch == once.whole > 0
        answer = chat.model.turns[3].id
        chat.presenter.act("regenerate", answer)
        await until(lambda: chat.model.turns[3].id != answer)
        await chat.answered()
        twice = spent_on(chat.presenter.feed.tree, chat.presenter.feed.path)
        assert twice.whole > once.whole
        assert twice.branch < twice.whole
        rows, here = chat.desk.chats.rows, chat.presenter.conversation_id
        await until(lambda: rows[here].cost == twice.whole)
        lines = dict(facts(chat.presenter.plan(), twice))
        assert {"This branch cost", "All branches cost"} <= set(lines)
        message = chat.model.message(chat.model.turns[3].id)
        assert message is not None
        assert "pollen" in cost_words([message])
        # A limit makes the oldest fall out: dimmed, with a line before what goes along.
        view = chat.desk.transcript.view
        assert not view.dropped
        parameters = chat.presenter.draft_conversation().parameters
        chat.presenter.set_options(parameters=replace(parameters, context_limit=1))
        await until(lambda: view.dropped)
        assert chat.model.turns[0].id in view.dropped
        chat.presenter.set_options(parameters=replace(parameters, context_limit=None))
        await until(lambda: not view.dropped)

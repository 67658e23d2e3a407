"""Pictures from chat in the window: asked about, made, found again from the library, and over a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.chat_origin import message_of
from studio.domain.conversation import ToolState
from studio.panes.chat.view import ChatView
from studio.panes.library.view import LibraryView
from studio.sandbox.server import SandboxServer
from studio.services.chat_rounds import AT_WORK
from studio.ui.transcript.parts import Control
from studio.ui.transcript.sections import PartSection, Section
from tests.panes.chatting import Chat, chatting, chatting_to
from tests.services.talk import CHAT
from tests.services.test_chat_tools import calls, tool_stream
from tests.shell.support import until

CALL = {"prompt": "a heron in the reeds", "width": 96, "height": 96, "seed": 7}


async def ask_for_a_picture(chat: Chat) -> str:
    """The model wants to make a picture; the id of its message."""
    parameters = replace(chat.presenter.draft_conversation().parameters, image_tool=True)
    chat.presenter.set_options(parameters=parameters)
    await until(lambda: chat.presenter.draft_conversation().parameters.image_tool)
    chat.server.faults(
        [
            {
                "path": CHAT, "says": tool_stream(("generate_image", json.dumps(CALL))),
                "content_type": "text/event-stream; charset=utf-8",
            }
        ]
    )  # fmt: skip
    await chat.ask("Draw a heron")
    return chat.model.turns[-1].ids[0]


def controls(chat: Chat) -> dict[str, tuple[int, Section, Control]]:
    """What can be pressed in the last answer, by name."""
    row = chat.model.rowCount() - 1
    view = chat.desk.transcript.view
    item = view.item(row)
    if item is None:
        return {}
    parts = [section for section in item.sections if isinstance(section, PartSection)]
    return {control.name: (row, part, control) for part in parts for control in part.controls(0)}


def spoken(chat: Chat) -> str:
    item = chat.desk.transcript.view.item(chat.model.rowCount() - 1)
    assert item is not None
    return "\n".join(part.part.spoken() for part in item.sections if isinstance(part, PartSection))


async def press_control(chat: Chat, name: str) -> None:
    """Press a control of the last answer with the mouse, once it is there."""
    await until(lambda: name in controls(chat))
    row, section, control = controls(chat)[name]
    view = chat.desk.transcript.view
    at = view.section_rect(row, section, control.rect).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def billed(server: SandboxServer) -> int:
    return sum(float(r["billed"]) > 0 and r["path"].startswith("/image/") for r in server.requests())


async def test_a_picture_is_asked_about_made_and_leads_back_to_its_message(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with chatting(tmp_path, qapp) as chat:
        asked = await ask_for_a_picture(chat)
        await until(lambda: "Allow once" in controls(chat))
        assert {"Not now", "Always in this chat", "Never in this chat"} <= set(controls(chat))
        assert "Wants to make a picture. “a heron in the reeds”" in spoken(chat)
        assert "about 0.00" in spoken(chat)
        assert billed(chat.server) == 0
        await press_control(chat, "Allow once")
        await until(lambda: len(chat.model.turns[-1].ids) == 3)
        await chat.answered()
        (result,) = await chat.service.messages([chat.model.turns[-1].ids[1]])
        (piece,) = result.attachments
        assert any(piece.name in name for name in controls(chat)), controls(chat)
        asset = await chat.at.services.library.asset(piece.asset_id)
        assert asset is not None
        assert message_of(asset) == asked
        assert billed(chat.server) == 1
        # Away, and back from the library by what its inspector offers.
        chat.desk.act("new")
        await until(lambda: chat.presenter.is_empty)
        chat.at.window.open_asset(asset.id)
        library = chat.at.window.pane("library")
        assert isinstance(library, LibraryView)
        inspector = await until(lambda: library._inspector)
        await until(lambda: inspector.asset is not None and inspector.asset.id == asset.id)
        await until(inspector.origin.isVisible)
        QTest.mouseClick(inspector.origin, Qt.MouseButton.LeftButton)
        await until(lambda: chat.presenter.conversation_id == result.conversation_id)
        assert isinstance(chat.at.window.pane("chat"), ChatView)
        await until(chat.view.isVisible)


async def test_no_and_never_are_told_to_the_model(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        asked = await ask_for_a_picture(chat)
        await press_control(chat, "Never in this chat")
        await until(lambda: len(chat.model.turns[-1].ids) == 3)
        await chat.answered()
        (message,) = await chat.service.messages([asked])
        assert calls(message)[0].state is ToolState.REFUSED
        assert chat.presenter.draft_conversation().image_permission == "never"
        assert billed(chat.server) == 0


async def test_asked_before_a_restart_is_asked_after_it(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer() as server:
        async with chatting_to(server, tmp_path, qapp) as chat:
            await ask_for_a_picture(chat)
        async with chatting_to(server, tmp_path, qapp) as chat:
            await press_control(chat, "Allow once")
            await until(lambda: len(chat.model.turns[-1].ids) == 3)
            await chat.answered()
            last = chat.model.turns[-1].last
            asked = chat.model.turns[-1].ids[0]
            # The disk of a program that died before the next request left.
            await chat.service.remove_messages(last)
            await chat.at.services.profile.set_draft(AT_WORK, [[asked, "call_0"]])
        async with chatting_to(server, tmp_path, qapp) as chat:
            await press_control(chat, "Continue")
            await until(lambda: len(chat.model.turns[-1].ids) == 3)
            await chat.answered()
            assert "Continue" not in controls(chat)
            assert billed(server) == 1

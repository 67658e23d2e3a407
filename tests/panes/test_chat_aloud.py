"""An answer is read aloud: asked about with its price, rendered once, free the second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from studio.panes.chat.read_aloud import ReadAloud, spoken_text
from studio.ui.dialogs import Sheet
from studio.ui.transcript.menu import message_menu
from tests.panes.chatting import Chat, chatting
from tests.shell.support import until

ANSWER = "The lamp burns.\n\n```python\nprint(1)\n```\n\nShe **watched** the fog."
ROUTE = "/v1/audio/speech"


def asked(chat: Chat) -> int:
    return len([one for one in chat.server.requests() if one["path"] == ROUTE])


def test_code_and_marks_are_not_read() -> None:
    assert spoken_text(ANSWER) == "The lamp burns.\n\nShe watched the fog."


@pytest.mark.qt_log_ignore("PulseAudio", extend=True)
async def test_an_answer_is_priced_and_then_read(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("Tell me about lamps")
        row = len(chat.model.turns) - 1
        words = [action.text() for action in message_menu(chat.desk.transcript.view, row).actions()]
        assert "Read aloud" in words
        aloud: ReadAloud = chat.desk.transcript.aloud
        chat.desk.transcript.view.order("read_aloud", row, ANSWER)
        sheet: Any = await until(lambda: chat.at.window.findChild(Sheet))
        said = sheet.accessibleDescription()
        assert "voice" in said
        assert "About" in said
        assert asked(chat) == 0
        sheet._default.click()
        await until(lambda: asked(chat) == 2)
        await until(lambda: not chat.at.services.audio.at_work())
        aloud.stop()
        chat.desk.transcript.view.order("read_aloud", row, ANSWER)
        await until(lambda: aloud.active or aloud._deck.current is not None)
        assert asked(chat) == 2
        aloud.stop()
        assert not chat.desk.transcript.view.reads_aloud


async def test_nothing_is_sent_when_the_price_is_declined(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        chat.desk.transcript.aloud.toggle(ANSWER)
        sheet: Any = await until(lambda: chat.at.window.findChild(Sheet))
        sheet.finish(False)
        await until(lambda: not [name for name in chat.at.services.tasks.names() if name == "read aloud"])
        assert asked(chat) == 0
        assert not chat.desk.transcript.aloud.active

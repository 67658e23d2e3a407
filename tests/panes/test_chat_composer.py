"""The composer in the window: in line with the text, and quiet while an answer comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.theme import Space
from tests.panes.chatting import chatting
from tests.services.talk import CHAT
from tests.shell.support import until

SHORT = 'data: {"choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize("questions", [1, 4])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 720)])
async def test_the_card_stands_under_the_text(
    tmp_path: Path, qapp: QApplication, size: tuple[int, int], questions: int
) -> None:
    async with chatting(tmp_path, qapp, size=size) as chat:
        if questions == 1:
            chat.server.faults([{"path": CHAT, "says": SHORT, "content_type": "text/event-stream"}])
        for number in range(questions):
            await chat.ask(f"question {number} about the tides of the coast")
        view = chat.desk.transcript.view
        assert bool(view.verticalScrollBar().maximum()) == (questions > 1)
        column = view.viewport().mapTo(chat.view, QPoint(view.column_left(), 0)).x()
        card = chat.composer.mapTo(chat.view, QPoint(Space.SM, 0)).x()
        right = chat.composer.mapTo(chat.view, QPoint(chat.composer.width() - Space.SM, 0)).x()
        assert abs(card - column) <= 1, (card, column)
        assert abs(right - (column + view.column_width())) <= 1, (right, column, view.column_width())


async def test_busy_is_said_only_to_who_tries_to_send(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        chat.server.faults([{"path": CHAT, "latency": 60}])
        chat.write("a question that takes its time")
        await until(lambda: not chat.presenter.plan().problem)
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
        await until(lambda: chat.presenter.streaming and chat.composer.streaming)
        await until(lambda: not chat.composer.edit.text())
        chat.write("more")
        await until(lambda: chat.presenter.plan().field == "busy")
        await until(lambda: chat.desk._plan.field == "busy")
        assert chat.composer.problem.text() == ""
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
        assert chat.composer.problem.text() == "Wait for the answer, or stop it first."
        assert chat.composer.edit.text() == "more"
        chat.presenter.stop_answer()
        await until(lambda: not chat.presenter.streaming)
        await until(lambda: not chat.composer.problem.text())
        await until(lambda: not chat.desk._plan.problem)
        assert chat.composer.send.isEnabled()

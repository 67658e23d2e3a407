"""The whole program with its window on the Chat pane, doing one thing in place of a user.

    python chat_errand.py PROFILE ask|look

`ask` types a question, presses Send and prints "SECONDS CHARACTERS" (monotonic clock) whenever more of the
answer is drawn, until it is killed. `look` opens the pane, prints the state and the words of the last answer
that is shown, and ends.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from PySide6.QtTest import QTest

from studio.panes.chat.view import ChatView
from studio.services.context import Services
from studio.shell.main_window import MainWindow
from tests.end_to_end.errand import start, tell


def pane(window: MainWindow) -> ChatView:
    window.open_pane("chat")
    view = window.pane("chat")
    assert isinstance(view, ChatView)
    return view


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def ask(window: MainWindow, _services: Services) -> int:
    view = pane(window)
    presenter, model = view._desk.presenter, view._desk.transcript.model
    view.composer.focus()
    QTest.keyClicks(view.composer.edit, "Tell me everything about herons")
    await until(lambda: not presenter.plan().problem and view.composer.send.isEnabled())
    view.composer.send.click()
    await until(lambda: model.rowCount() == 2)
    told = 0
    while True:
        drawn = len(model.text(1))
        if drawn > told:
            told = drawn
            print(time.monotonic(), told, flush=True)
        await asyncio.sleep(0.02)


async def look(window: MainWindow, _services: Services) -> int:
    model = pane(window)._desk.transcript.model
    await until(lambda: model.rowCount() == 2 and model.is_loaded(1))
    tell(state=model.state(1), words=model.text(1))
    return 0


if __name__ == "__main__":
    sys.exit(start(sys.argv[1], {"ask": ask, "look": look}[sys.argv[2]]))

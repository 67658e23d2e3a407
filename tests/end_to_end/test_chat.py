"""What the service may send, played by the sandbox over a socket, as the window shows it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.conversation import MessageState
from studio.panes.chat.view import ChatView
from studio.sandbox.server import SandboxServer
from studio.ui.dialogs import Sheet
from studio.ui.transcript.sections import PartSection, TextSection
from tests.fakes.sounds import tone, write_sound
from tests.panes.support import desk
from tests.services.talk import CHAT, SAMPLES, sample
from tests.shell.support import until

ATTENTION_SECONDS = 6.0
SLOW_TURN_SECONDS = 0.25
"""A turn of the window's loop that a user notices, with room for a busy machine."""


@dataclass
class Window:
    """The Chat pane in the program's window."""

    view: ChatView
    server: SandboxServer
    window: Any

    @property
    def transcript(self) -> Any:
        return self.view._desk.transcript

    def plays(self, body: str, **more: object) -> None:
        """The next answer of the service, word for word."""
        kind = "application/json" if body.startswith("{") else "text/event-stream; charset=utf-8"
        self.server.faults([{"path": CHAT, "says": body, "content_type": kind, **more}])

    async def ask(self) -> None:
        """Type a question, press Enter, wait until the answer has ended and is laid out."""
        presenter, model = self.view._desk.presenter, self.transcript.model
        count = model.rowCount()
        self.view.composer.focus()
        for _ in range(3):
            QTest.keyClicks(self.view.composer.edit, "Tell me something")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ATTENTION_SECONDS):
                    await until(lambda: not presenter.plan().problem)
                    break
            # What is typed in the moment in which a chat opens stays in the draft of the one before.
        assert not presenter.plan().problem, presenter.plan().problem
        QTest.keyClick(self.view.composer.edit, Qt.Key.Key_Return)
        await until(lambda: model.rowCount() >= count + 2 and not presenter.streaming)
        row = model.rowCount() - 1
        await until(lambda: model.is_loaded(row) and model.state(row) is not MessageState.STREAMING)
        await until(lambda: not any(item.behind for item in self.transcript.view._items.values()))

    def shown(self) -> tuple[str, list[str]]:
        """The words of the last answer as they are drawn, and the names of its other parts."""
        view, row = self.transcript.view, self.transcript.model.rowCount() - 1
        view.to_end()
        assert not view.grab().isNull()
        item = view.item(row)
        words: list[str] = []
        parts: list[str] = []
        for section in item.sections:
            if isinstance(section, TextSection):
                boxes = (section.box(at) for at in range(section.count))
                words += [box.text for box in boxes if box is not None]
            elif isinstance(section, PartSection):
                parts.append(type(section.part).__name__)
        return "\n".join(words), parts

    @property
    def state(self) -> MessageState:
        return self.transcript.model.state(self.transcript.model.rowCount() - 1)


@asynccontextmanager
async def chatting(folder: Path, qapp: QApplication) -> AsyncIterator[Window]:
    """The pane, signed in to a sandbox that plays the cloud."""
    with SandboxServer(speed=0) as server:
        async with desk(folder, qapp, server=server, first="chat") as at:
            services = at.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            await until(lambda: services.catalogue.models and services.account.state.signed_in)
            view = at.window.pane("chat")
            assert isinstance(view, ChatView)
            yield Window(view, server, at.window)


def streamed(text: str) -> str:
    """An answer of these words as a stream."""
    pieces = [text[at : at + 4000] for at in range(0, len(text), 4000)]
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


SHOWN: dict[str, tuple[MessageState, str, set[str]]] = {
    "chat_completions.response.json": (MessageState.COMPLETE, "A small crimson square", set()),
    "chat_completions.stream.txt": (MessageState.COMPLETE, "One, two, three \N{HONEYBEE}", set()),
    "chat_completions.stream.single_chunk.txt": (MessageState.COMPLETE, "in one piece.", set()),
    "chat_completions.stream.gemini_search_rechunked.txt": (MessageState.COMPLETE, "there friend.", set()),
    "chat_completions.reasoning.response.json": (MessageState.COMPLETE, "51", {"FoldHead"}),
    "chat_completions.stream.reasoning.txt": (MessageState.COMPLETE, "51", {"FoldHead"}),
    "chat_completions.tools.response.json": (MessageState.COMPLETE, "", {"ToolCard"}),
    "chat_completions.stream.tools.txt": (MessageState.COMPLETE, "", {"ToolCard"}),
    "chat_completions.citations.response.json": (MessageState.COMPLETE, "PySide6 6.9", {"Citations"}),
    "chat_completions.content_blocks.response.json": (MessageState.COMPLETE, "the plot.", {"MediaGrid"}),
    # What they carry is no sound that could be kept: their words are shown all the same.
    "chat_completions.audio.response.json": (MessageState.COMPLETE, "Hello there.", set()),
    "chat_completions.stream.audio.txt": (MessageState.COMPLETE, "Hello.", set()),
    "chat_completions.stream.error_in_choice.txt": (MessageState.FAILED, "Partial", {"Status"}),
    "chat_completions.stream.error_midway.txt": (MessageState.FAILED, "Partial ans", {"Status"}),
    # It is cut inside its first words.
    "chat_completions.stream.truncated_no_done.txt": (MessageState.INTERRUPTED, "", {"Status"}),
}  # fmt: skip


def test_every_sample_is_looked_at() -> None:
    answers = {path.name for path in SAMPLES.glob("chat_completions.*") if ".request." not in path.name}
    assert answers - {name for name in answers if "balance_notice" in name} == set(SHOWN)


async def test_every_sample_shows(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as window:
        for name, (state, words, parts) in SHOWN.items():
            window.plays(sample(name))
            await window.ask()
            shown, other = window.shown()
            assert window.state is state, name
            assert words in shown, (name, shown)
            assert parts <= set(other), (name, other)
            assert "17*3" not in shown, "reasoning is folded"


async def test_a_spoken_answer_can_be_played(tmp_path: Path, qapp: QApplication) -> None:
    sound = write_sound(tmp_path / "said.wav", tone(0.5, rate=24_000), rate=24_000).read_bytes()
    said = json.loads(sample("chat_completions.audio.response.json"))
    said["choices"][0]["message"]["audio"]["data"] = base64.b64encode(sound).decode()
    async with chatting(tmp_path / "profile", qapp) as window:
        window.plays(json.dumps(said))
        await window.ask()
        shown, other = window.shown()
        assert "SoundStrip" in other
        assert "Hello there." in shown


@pytest.mark.parametrize("kind", ["stream", "http"])
async def test_a_balance_notice_opens_the_account(kind: str, tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as window:
        window.plays(sample(f"chat_completions.balance_notice.{kind}.txt"))
        await window.ask()
        await until(lambda: any(sheet.isVisible() for sheet in window.window.findChildren(Sheet)))
        shown, other = window.shown()
        assert "credits" not in shown, "it does not pose as an answer"
        assert "Status" in other
        assert window.state is MessageState.FAILED
        sheet = next(sheet for sheet in window.window.findChildren(Sheet) if sheet.isVisible())
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not sheet.isVisible())


@contextmanager
def listener() -> Generator[tuple[str, list[Any]]]:
    """An address on loopback, and who connected to it."""
    seen: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                seen.append(address)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        finally:
            ended.set()
            thread.join()


async def test_nothing_remote_is_fetched(tmp_path: Path, qapp: QApplication) -> None:
    with listener() as (address, seen):
        hostile = (
            f"![a]({address}/a.png)\n\n<img src='{address}/b.png' onerror='x()'>\n\n"
            f"<script src='{address}/c.js'></script>\n\n<iframe src='{address}/d'></iframe>\n\n"
            f"![e][e]\n\n[e]: {address}/e.png\n\n[f](file:///etc/passwd) [g](data:text/html,hi)\n\n"
            f"<style>@import url({address}/h.css)</style>\n\n| ![i]({address}/i.png) |\n|---|\n\n"
            "evil \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{POP DIRECTIONAL FORMATTING}\n"
        )
        async with chatting(tmp_path, qapp) as window:
            window.plays(streamed(hostile))
            await window.ask()
            shown, _parts = window.shown()
            assert "<script" in shown
            assert "onerror" in shown
            await asyncio.sleep(0.2)  # time for somebody to connect, if anybody wanted to
        assert seen == []


HUGE = {
    "ten thousand items": "".join(f"{'  ' * (n % 4)}- item {n}\n" for n in range(10_000)),
    "a line of a megabyte": "word " * 200_000,
    "a word of a megabyte": "x" * 1_000_000,
    "unbalanced": "```python\n" * 2_000 + "$$" * 2_000 + "**" * 5_000 + "[" * 5_000 + "> " * 5_000,
}


class Turns:
    """The longest turn of the window's loop."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def stop(self) -> float:
        self._timer.stop()
        return self.longest


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
async def test_nothing_freezes(text: str, tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as window:
        window.plays(sample("chat_completions.stream.txt"))
        await window.ask()
        window.plays(streamed(text))
        turns = Turns()
        await window.ask()
        assert turns.stop() < SLOW_TURN_SECONDS
        assert window.state is MessageState.COMPLETE

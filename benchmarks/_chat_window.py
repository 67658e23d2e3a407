"""The measured process of `benchmarks.chat`: the whole program in its window, with an errand for a user.

    python -m benchmarks._chat_window PROFILE ERRAND ARGUMENTS

ERRAND is a method of `Errands`; ARGUMENTS are JSON. Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea

from studio import app
from studio.domain.conversation import MessageState
from studio.panes.chat.view import ChatView
from studio.services.context import Services
from studio.shell import program
from studio.shell.main_window import MainWindow

PATIENCE_SECONDS = 30
SETTLE_SECONDS = 1.0
KEYS = 60


class Painted(QObject):
    """Tells when a widget has painted: the time is taken behind the painting, not at its beginning."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__()
        self.at = 0.0
        self.heard = asyncio.Event()
        self.area = area
        area.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._done)
        return False

    def _done(self) -> None:
        self.at = time.perf_counter()
        self.heard.set()

    async def next(self) -> float:
        """Wait for the next painting; when it ended."""
        self.heard.clear()
        await self.heard.wait()
        return self.at

    def stop(self) -> None:
        self.area.viewport().removeEventFilter(self)


class Ticker:
    """Asks the window's thread for a sign of life every millisecond."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.stalls = 0
        self._last = 0.0
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    @contextmanager
    def listening(self) -> Iterator[Ticker]:
        self._last = time.perf_counter()
        self._timer.start()
        yield self
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        gap = (now - self._last) * 1000
        self._last = now
        self.longest = max(self.longest, gap)
        self.stalls += gap > 16


class Errands:
    """What is measured; the window stands on its Chat pane."""

    def __init__(self, window: MainWindow, services: Services) -> None:
        window.open_pane("chat")
        view = window.pane("chat")
        assert isinstance(view, ChatView)
        assert view._desk is not None
        self.window, self.services, self.view, self.desk = window, services, view, view._desk
        self.chat = services.chat
        self.presenter = self.desk.presenter
        self.transcript = self.desk.transcript.view
        self.model = self.desk.transcript.model
        self.edit = view.composer.edit

    # ------------------------------------------------------------------ as a user does

    async def ask(self) -> str:
        """Begin a conversation and send a question; the id of the answer."""
        await until(lambda: not self.presenter._sending)
        before = self.presenter.conversation_id
        if before:
            self.desk.act("new")
            await until(lambda: self.presenter.conversation_id == "" and self.presenter.is_empty)
        self.edit.setFocus()
        QTest.keyClicks(self.edit, "Go on")
        await until(lambda: not self.presenter.plan().problem and self.view.composer.send.isEnabled())
        self.view.composer.send.click()
        await until(lambda: self.presenter.conversation_id not in ("", before))
        await until(lambda: len(self.presenter.feed.path) == 2)
        return self.presenter.feed.path[-1]

    async def come(self, answer: str, characters: int) -> None:
        """Wait until so much of an answer has come and is laid out."""

        def is_here() -> bool:
            live = self.chat.live(answer)
            return live is not None and live.characters >= characters

        await until(is_here)
        await until(lambda: not any(item.behind for item in self.transcript._items.values()))
        await asyncio.sleep(SETTLE_SECONDS)

    async def share(self, answers: Sequence[str], seconds: float) -> dict[str, float]:
        """How busy the window's thread is, and what a flush costs."""
        self.transcript.flush_seconds.clear()
        had = sum(self._characters(answer) for answer in answers)
        cpu, wall = time.thread_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        flushes = [one * 1000 for one in self.transcript.flush_seconds]
        assert flushes, "nothing was shown"
        came = sum(self._characters(answer) for answer in answers) - had
        return {
            "gui_share": round(cpu / wall, 4),
            "characters_per_s": round(came / wall),
            "flush_p95_ms": percentile(flushes, 95),
            "flush_max_ms": round(max(flushes), 2),
            "flushes": len(flushes),
        }

    def _characters(self, answer: str) -> int:
        live = self.chat.live(answer)
        return live.characters if live is not None else 0

    async def stop(self, answer: str) -> float:
        """Press Stop; ms until the window shows that the answer is stopped."""
        painted = Painted(self.transcript)
        began = time.perf_counter()
        self.view.composer.send.click()
        while self.model.live(answer) is not None or self.presenter.streaming:
            await painted.next()
        shown = await painted.next() if painted.at < began else painted.at
        painted.stop()
        return (shown - began) * 1000

    # ------------------------------------------------------------------ errands

    async def streams(self, lengths: Sequence[int], seconds: float) -> dict[str, Any]:
        """One answer at a time, at each length; the last one goes on while keys are pressed."""
        out: dict[str, Any] = {"gui_share": {}}
        flushes: list[dict[str, float]] = []
        stops: list[float] = []
        for length in lengths:
            answer = await self.ask()
            await self.come(answer, length)
            figures = await self.share([answer], seconds)
            out["gui_share"][str(length)] = figures.pop("gui_share")
            flushes.append(figures)
            if length == lengths[-1]:
                out |= await self.keys()
            stops.append(await self.stop(answer))
        out["flush_p95_ms"] = max(one["flush_p95_ms"] for one in flushes)
        out["flush_max_ms"] = max(one["flush_max_ms"] for one in flushes)
        out["characters_per_s"] = min(one["characters_per_s"] for one in flushes)
        out["stop_ms"] = round(max(stops), 2)
        return out

    async def keys(self) -> dict[str, float]:
        """Keys pressed by somebody else's clock while the answer streams: until the letter is painted."""
        painted = Painted(self.edit)
        taken: list[float] = []
        rng = random.Random(1)
        self.edit.setFocus()
        for _ in range(KEYS):
            length = len(self.edit.text())
            pressed: list[float] = []
            threading.Timer(rng.uniform(0.03, 0.09), self._press, (pressed,)).start()
            while len(self.edit.text()) == length:
                await painted.next()
            if painted.at < pressed[0]:
                await painted.next()
            taken.append((painted.at - pressed[0]) * 1000)
        painted.stop()
        return {"key_to_glyph_p95_ms": percentile(taken, 95), "key_to_glyph_max_ms": round(max(taken), 2)}

    def _press(self, pressed: list[float]) -> None:
        pressed.append(time.perf_counter())
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = QKeyEvent(kind, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier, "n")
            QCoreApplication.postEvent(self.edit, key)

    async def four(self, length: int, seconds: float) -> dict[str, Any]:
        """Four answers at once, one of them shown."""
        answers = [await self.ask() for _ in range(4)]
        for answer in answers:
            await self.come(answer, length)
        figures = await self.share(answers, seconds)
        return {
            "gui_share_four": figures["gui_share"],
            "four_characters_per_s": figures["characters_per_s"],
            "four_flush_p95_ms": figures["flush_p95_ms"],
        }

    async def flat_out(self, *, listen: bool) -> dict[str, float]:
        """A whole answer as fast as it comes, shown to its end: CPU of the process, or the stalls."""
        ticker = Ticker()
        await asyncio.sleep(2 * SETTLE_SECONDS)
        if listen:
            with ticker.listening():
                await self._whole_answer()
                await asyncio.sleep(SETTLE_SECONDS)
            return {"stall_max_ms": round(ticker.longest, 2), "stalls": ticker.stalls}
        cpu, gui, wall = time.process_time(), time.thread_time(), time.perf_counter()
        await self._whole_answer()
        wall = time.perf_counter() - wall
        await asyncio.sleep(SETTLE_SECONDS)  # colours of code may come a moment later
        return {
            "cpu_s_20k_tokens": round(time.process_time() - cpu, 3),
            "gui_s_20k_tokens": round(time.thread_time() - gui, 3),
            "shown_s_20k_tokens": round(wall, 3),
        }

    async def _whole_answer(self) -> None:
        answer = await self.ask()
        await until(lambda: self._is_complete(answer))
        await until(lambda: not any(item.behind for item in self.transcript._items.values()))

    def _is_complete(self, answer: str) -> bool:
        message = self.model.message(answer)
        return message is not None and message.state is MessageState.COMPLETE

    async def long(self, conversation: str, words: Sequence[str]) -> dict[str, float]:
        """Open a long conversation, walk through it, search all messages from the list."""
        await asyncio.sleep(SETTLE_SECONDS)
        painted = Painted(self.transcript)
        began = time.perf_counter()
        self.presenter.open(conversation)
        while not self._shows_contents(conversation):
            await painted.next()
        opened = (painted.at - began) * 1000
        await asyncio.sleep(SETTLE_SECONDS)
        rss = resident_mb()
        await self._walk()
        out = {"open_5000_ms": round(opened, 1), "rss_mb": rss, "rss_walked_mb": resident_mb()}
        out |= await self._search(words)
        return out | {"rss_peak_mb": peak_mb()}

    def _shows_contents(self, conversation: str) -> bool:
        rows = self.transcript.visible_rows()
        items = self.transcript._items
        return (
            self.presenter.conversation_id == conversation
            and self.view.stack.currentWidget() is self.transcript
            and len(rows) > 0
            and all(row in items and items[row].sections for row in rows)
        )

    async def _walk(self) -> None:
        bar = self.transcript.verticalScrollBar()
        for step in range(40):
            bar.setValue(bar.maximum() * step // 40)
            await asyncio.sleep(0.02)

    async def _search(self, words: Sequence[str]) -> dict[str, float]:
        painted = Painted(self.view.side_bar.list)
        taken: list[float] = []
        shown: list[int] = []
        self.desk.chats.entries_changed.connect(lambda entries, *_: shown.append(len(entries)))
        for word in words:
            shown.clear()
            began = time.perf_counter()
            self.desk.chats.search(word)
            await until(lambda: len(shown) >= 2)
            self.view.side_bar.list.viewport().update()  # the same hits as before paint nothing by themselves
            await painted.next()
            taken.append((painted.at - began) * 1000)
        painted.stop()
        return {"search_shown_p95_ms": percentile(taken, 95), "search_shown_max_ms": round(max(taken), 2)}


async def until(is_so: Callable[[], object]) -> None:
    """Wait for a state of the window."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - what it looks at tells nobody
            await asyncio.sleep(0.01)


def percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2) if ordered else 0.0


def resident_mb() -> float:
    """What the process holds now (Linux); its peak elsewhere."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return peak_mb()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def peak_mb() -> float:
    import resource

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def main(profile: str, errand: str, arguments: dict[str, Any]) -> int:
    async def run(window: MainWindow, services: Services) -> int:
        window.resize(1440, 900)
        window.open_pane("chat")
        await until(lambda: services.session.connected and services.catalogue.models)
        await until(lambda: services.account.state.signed_in)
        work = getattr(Errands(window, services), errand)
        print(json.dumps(await work(**arguments)), flush=True)
        return 0

    class Program(program.Program):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs | {"errand": run})

    program.Program = Program  # type: ignore[misc]
    return app.run(["--profile", profile])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))

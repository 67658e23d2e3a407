from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import eventloop


class Knot(QObject):
    """Holds itself, so that only the cyclic collector can let it go."""

    def __init__(self) -> None:
        super().__init__()
        self.me = self


def test_cycles_of_widgets_are_collected_on_the_gui_thread(qtbot: QtBot) -> None:
    gc.enable()
    collector = eventloop.GuiThreadCollector()
    try:
        assert not gc.isenabled()
        died: list[threading.Thread] = []
        knot = Knot()
        watch = weakref.finalize(knot, lambda: died.append(threading.current_thread()))
        del knot
        busy = threading.Thread(target=lambda: [[] for _ in range(200_000)])
        busy.start()
        busy.join()
        assert watch.alive, "a worker thread that allocates collects nothing"
        heap = [[] for _ in range(5_000)]
        qtbot.waitUntil(lambda: not watch.alive, timeout=5_000)
        assert died == [threading.main_thread()]
        del heap
    finally:
        collector.stop()
    assert gc.isenabled()
    gc.disable()  # as the whole run of the tests is


def test_run_returns_what_main_returns_and_reports_what_nobody_caught(qapp: QApplication) -> None:
    told: list[tuple[str, str]] = []

    async def main() -> int:
        import asyncio

        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)
        return 7

    code = eventloop.run(
        qapp,
        main,
        report=lambda error, where: told.append((type(error).__name__, where)),
        on_interrupt=lambda: None,
    )
    assert code == 7
    assert told == [("ZeroDivisionError", "the event loop")]


def test_a_termination_signal_wakes_an_idle_loop(qapp: QApplication) -> None:
    import asyncio
    import os
    import signal

    async def main() -> int:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(5):
            await woken.wait()
        return 0

    woken = asyncio.Event()
    assert eventloop.run(qapp, main, report=lambda *_: None, on_interrupt=woken.set) == 0


def test_what_was_to_run_later_is_gone_when_it_is_cancelled(qapp: QApplication) -> None:
    import asyncio

    async def main() -> int:
        loop = asyncio.get_running_loop()
        heard: list[str] = []
        for _ in range(100):
            async with asyncio.timeout(60):
                await asyncio.sleep(0)
        assert len(loop.timers) == 0
        loop.call_later(0.01, heard.append, "first")
        late = loop.call_later(0.01, heard.append, "cancelled")
        late.cancel()
        late.cancel()
        loop.call_at(loop.time() + 0.02, heard.append, "second")
        assert len(loop.timers) == 2
        await asyncio.sleep(0.1)
        assert heard == ["first", "second"]
        loop.call_later(0.001, lambda: 1 / 0)
        loop.call_later(60, heard.append, "never")
        await asyncio.sleep(0.05)
        assert len(loop.timers) == 1
        return 0

    told: list[BaseException] = []
    code = eventloop.run(qapp, main, report=lambda error, _where: told.append(error), on_interrupt=qapp.quit)
    assert code == 0
    assert [type(error) for error in told] == [ZeroDivisionError]

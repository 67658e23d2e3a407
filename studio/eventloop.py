"""The only file that knows qasync: one asyncio loop on the GUI thread.

`run` is called after the first paint. qasync and asyncio take 60 ms to import, so they load in a thread while
the window already answers.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QSocketNotifier, QTimer, QTimerEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    import asyncio

SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter when another wants it; Python's 5 ms are a third of a frame."""
ErrorSink = Callable[[BaseException, str], None]


def load_while_answering(application: QApplication, load: Callable[[], None]) -> None:
    """Run `load` (imports) in a thread and keep the window alive. Only before the asyncio loop runs."""
    thread = threading.Thread(target=load, name="imports", daemon=True)
    # Threads hold the interpreter for as long as they may, and the window needs it at every event.
    sys.setswitchinterval(SWITCH_SECONDS)
    thread.start()
    while thread.is_alive():
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, QDeadlineTimer(10))
        thread.join(0.004)


def run(
    application: QApplication,
    main: Callable[[], Coroutine[Any, Any, int]],
    *,
    report: ErrorSink,
    on_interrupt: Callable[[], None],
) -> int:
    """Run `main()` on a Qt-driven asyncio loop until it returns; its result is the exit code.

    Args:
        report: told of every error nobody caught, with a word on where.
        on_interrupt: called on Ctrl+C and on a termination signal.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    application.setQuitOnLastWindowClosed(False)
    executor = ThreadPoolExecutor(4, thread_name_prefix="work")

    def factory() -> Any:
        loop = _make_loop(application)
        # qasync's own default starts ten QThreads at the first DNS look-up.
        loop.set_default_executor(executor)
        return loop

    async def guarded() -> int:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: report(
                context.get("exception") or RuntimeError(str(context.get("message"))), "the event loop"
            )
        )
        _finish_generators(asyncio.get_running_loop())
        return await main()

    hooks = _install_hooks(report)
    collector = GuiThreadCollector()
    waker = _SignalWaker(on_interrupt)
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(guarded())
    finally:
        waker.stop()
        collector.stop()
        executor.shutdown(wait=True, cancel_futures=True)
        hooks()


def _make_loop(application: QApplication) -> Any:
    """qasync's loop, with timers that go when they are cancelled.

    Its own stay until their time comes. Every piece that is read from a connection sets one for the case that
    nothing more comes, a minute or more away, so that a few answers at once would hold thousands of them.
    """
    import asyncio

    import qasync

    class Later(asyncio.Handle):
        __slots__ = ("timer",)
        timer: int

        def cancel(self) -> None:
            if not self._cancelled:
                loop.timers.forget(self.timer)
            super().cancel()

    class Loop(qasync.QEventLoop):
        def __init__(self) -> None:
            super().__init__(application)
            self.timers = _Timers()

        def call_later(
            self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
        ) -> asyncio.Handle:
            if delay <= 0:
                return super().call_later(delay, callback, *args, context=context)
            later = Later(callback, args, self, context)
            later.timer = self.timers.add(delay, later)
            return later

        def close(self) -> None:
            self.timers.clear()
            super().close()

    loop = Loop()
    return loop


class _Timers(QObject):
    """What is to run later, by the number of its Qt timer."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, asyncio.Handle] = {}

    def add(self, seconds: float, handle: asyncio.Handle) -> int:
        number = self.startTimer(int(seconds * 1000))
        self._waiting[number] = handle
        return number

    def forget(self, number: int) -> None:
        if self._waiting.pop(number, None) is not None:
            self.killTimer(number)

    def clear(self) -> None:
        for number in list(self._waiting):
            self.forget(number)

    def __len__(self) -> int:
        return len(self._waiting)

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: N802 - Qt's name
        handle = self._waiting.get(event.timerId())
        self.forget(event.timerId())
        if handle is not None:
            handle._run()  # noqa: SLF001 - as asyncio and qasync do


def _finish_generators(loop: asyncio.AbstractEventLoop) -> None:
    """Let asynchronous generators that nobody finished clean up on the loop, as asyncio's own loops do and
    qasync does not: without it they are torn down wherever the last reference goes, and fail there."""

    def finish(generator: AsyncGenerator[Any, Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(loop.create_task, generator.aclose())

    sys.set_asyncgen_hooks(finalizer=finish)


def _install_hooks(report: ErrorSink) -> Callable[[], None]:
    """Errors in slots, threads and destructors reach the same report; returns what undoes it."""
    old = sys.excepthook, threading.excepthook, sys.unraisablehook

    def on_exception(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if not isinstance(error, KeyboardInterrupt):
            report(error, "the window")

    def on_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            report(arguments.exc_value, f"thread {arguments.thread.name if arguments.thread else '?'}")

    def on_unraisable(arguments: Any) -> None:
        if arguments.exc_value is not None:
            report(arguments.exc_value, "a destructor")

    sys.excepthook, threading.excepthook, sys.unraisablehook = on_exception, on_thread, on_unraisable

    def undo() -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = old

    return undo


class GuiThreadCollector:
    """Collects cyclic garbage on the GUI thread alone.

    Python starts its collector in whatever thread happens to allocate. A widget caught in a cycle would
    then be destroyed in a worker thread, or in the middle of its own event, and Qt crashes. So the automatic
    collector is off, and a timer does its work at a moment when no event of ours is being handled. What is
    there already, modules above all, is left out of every later round.
    """

    INTERVAL_MS = 500

    def __init__(self) -> None:
        self._thresholds = gc.get_threshold()
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.freeze()
        self._timer = QTimer()
        self._timer.setInterval(self.INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def _collect(self) -> None:
        """The youngest generation that is due, as Python itself would."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()


class _SignalWaker:
    """Python notices signals only while Python code runs; an idle Qt loop is woken through a socket."""

    def __init__(self, on_interrupt: Callable[[], None]) -> None:
        self._on_interrupt = on_interrupt
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._woken)

    def _woken(self) -> None:
        numbers = self._read.recv(64)
        if any(number in self._old for number in numbers):
            self._on_interrupt()

    def stop(self) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()


def _ignore(_number: int, _frame: object) -> None:
    """The wake-up socket carries the news."""

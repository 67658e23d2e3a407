"""Threads that decode pictures: newest request first, what is no longer wanted is dropped."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

log = logging.getLogger(__name__)

Work = Callable[[], Any]
COLLECT_MS = 8  # finished work is handed over at most this often: one repaint for many pictures
NICENESS = 5  # the window's thread goes first when the cores are busy


def decoding_threads() -> int:
    """How many threads decode: one core stays free for the window."""
    return max(1, (os.cpu_count() or 2) - 1)


class _Queue:
    """The part that the threads share. Knows no Qt object, so that those can go away first."""

    def __init__(self, limit: int, notify: Callable[[], None], prepare: Callable[[], None]) -> None:
        self.prepare = prepare
        self.condition = threading.Condition()
        self.waiting: OrderedDict[Hashable, Work] = OrderedDict()  # the last one is the next one
        self.taken: set[Hashable] = set()  # being decoded, or decoded and not handed over yet
        self.done: deque[tuple[Hashable, Any]] = deque()
        self.limit = limit
        self.notify = notify
        self.closed = False

    def close(self) -> None:
        with self.condition:
            self.closed = True
            self.waiting.clear()
            self.condition.notify_all()

    def run(self) -> None:
        """A thread's life."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        self.prepare()
        while True:
            with self.condition:
                while not self.waiting and not self.closed:
                    self.condition.wait()
                if self.closed:
                    return
                key, work = self.waiting.popitem()
                self.taken.add(key)
            try:
                result = work()
            except Exception:
                log.exception("decoding %r failed", key)
                result = None
            self.done.append((key, result))
            self.notify()


class DecodePool(QObject):
    """Runs work in its own threads and hands the results to the GUI thread in batches.

    The threads start with `start()` or the first request and end in `stop()`, which must be called before
    the program ends.

    Args:
        prepare: what each thread does first.

    Signals:
        finished(list[tuple[key, result]]): results in the order they were made; None where work raised.
    """

    finished = Signal(object)
    _woken = Signal()

    def __init__(
        self,
        name: str,
        *,
        threads: int | None = None,
        limit: int = 256,
        prepare: Callable[[], None] = lambda: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._count = threads or decoding_threads()
        self._threads: list[threading.Thread] = []
        self._queue = _Queue(limit, self._notify, prepare)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    def submit(self, key: Hashable, work: Work, *, urgent: bool = True) -> None:
        """Do `work` next, or last when not urgent. A waiting request of the same key is replaced.

        Beyond the limit the oldest request is dropped.
        """
        queue = self._queue
        with queue.condition:
            if queue.closed:
                return
            if not urgent and len(queue.waiting) >= queue.limit:
                return
            queue.waiting[key] = work
            queue.waiting.move_to_end(key, last=urgent)
            if len(queue.waiting) > queue.limit:
                queue.waiting.popitem(last=False)
            queue.condition.notify()
        self.start()

    def promote(self, key: Hashable) -> bool:
        """Make a waiting request the next one; false when it neither waits nor is being worked on."""
        queue = self._queue
        with queue.condition:
            if key in queue.waiting:
                queue.waiting.move_to_end(key)
                return True
            return key in queue.taken

    def retain(self, keys: Collection[Hashable]) -> None:
        """Drop every waiting request whose key is not among these."""
        queue = self._queue
        with queue.condition:
            for key in [key for key in queue.waiting if key not in keys]:
                del queue.waiting[key]

    def start(self) -> None:
        """Start the threads before there is work, unless they run already."""
        if self._threads or self._queue.closed:
            return
        for number in range(self._count):
            thread = threading.Thread(target=self._queue.run, name=f"{self._name}-{number}")
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Drop what waits, wait for what runs, end the threads. May be called twice."""
        self._queue.close()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._timer.stop()
        self._queue.done.clear()

    def _notify(self) -> None:
        with contextlib.suppress(RuntimeError):  # the program ends and the Qt object is gone
            self._woken.emit()

    @Slot()
    def _wake(self) -> None:
        """The first results go at once, those behind them together."""
        if not self._timer.isActive():
            self._collect()

    @Slot()
    def _collect(self) -> None:
        queue = self._queue
        batch = [queue.done.popleft() for _ in range(len(queue.done))]
        if not batch:
            return
        self._timer.start()
        with queue.condition:
            queue.taken.difference_update(key for key, _ in batch)
        self.finished.emit(batch)

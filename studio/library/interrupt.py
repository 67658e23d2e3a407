"""Ending a question in the middle: a search that nobody waits for any more must not keep a reader."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Generator


class InterruptedSearchError(Exception):
    """The question was called off; nobody waits for its answer."""


class Interrupt:
    """Calls off the statements of one question, from any thread.

    SQLite's own interrupt hits whatever runs on a connection at that moment. This one hits nothing but what
    runs inside `watching`, so that the next question on the same connection is safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._called = False

    def call(self) -> None:
        """End the question; a second call changes nothing."""
        with self._lock:
            self._called = True
            if self._connection is not None:
                self._connection.interrupt()

    def check(self) -> None:
        """Between statements. Raises InterruptedSearchError when the question was called off."""
        if self._called:
            raise InterruptedSearchError

    @contextlib.contextmanager
    def watching(self, connection: sqlite3.Connection) -> Generator[None]:
        """Statements on `connection` in this block end with InterruptedSearchError after `call`."""
        with self._lock:
            self.check()
            self._connection = connection
        try:
            yield
            self.check()  # an interrupt between two statements ends neither
        except sqlite3.OperationalError as error:
            if self._called:
                raise InterruptedSearchError from error
            raise
        finally:
            with self._lock:
                self._connection = None

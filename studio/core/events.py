"""A typed event: connect listeners, emit values. No Qt, no threads, no strings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


class Connection:
    """What `Event.connect` returns; `disconnect()` ends it and may be called twice."""

    __slots__ = ("_drop",)

    def __init__(self, drop: Callable[[], None]) -> None:
        self._drop: Callable[[], None] | None = drop

    def disconnect(self) -> None:
        if self._drop is not None:
            self._drop()
            self._drop = None


class Event(Generic[T]):
    """Something that happens, with one value.

    Listeners are called in the order they connected, on the thread that emits. A listener that fails is
    logged with its trace and does not keep the others from hearing.
    """

    __slots__ = ("_listeners", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._listeners: list[Callable[[T], object]] = []

    def connect(self, listener: Callable[[T], object]) -> Connection:
        self._listeners.append(listener)
        return Connection(lambda: self._remove(listener))

    def emit(self, value: T) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(value)
            except Exception:
                log.exception("a listener of %s failed", self._name)

    def _remove(self, listener: Callable[[T], object]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def __len__(self) -> int:
        return len(self._listeners)

    def __repr__(self) -> str:
        return f"Event({self._name!r}, {len(self._listeners)} listeners)"

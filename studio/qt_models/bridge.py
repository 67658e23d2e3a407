"""Service events cross into Qt here: whatever thread emits, the slot runs later on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.core.events import Connection, Event

T = TypeVar("T")


class EventBridge(QObject):
    """One service event as a queued Qt signal.

    Values travel as Python objects (`Signal(object)`), because typed signals copy dictionaries and overflow
    at 2^31. The bridge lets go of the event when it, or its parent, is destroyed.
    """

    received = Signal(object)
    _arrived = Signal(object)

    def __init__(self, event: Event[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._connection = event.connect(self._arrived.emit)
        # A partial keeps the connection alive, not this object: it works while we are torn down. (A bound
        # method would have to be weakly referenced, which a Connection with slots cannot be.)
        self.destroyed.connect(partial(_disconnect, self._connection))

    def disconnect_event(self) -> None:
        """Hear nothing more; may be called twice."""
        self._connection.disconnect()

    @Slot(object)
    def _deliver(self, value: object) -> None:
        self.received.emit(value)


def bridge(event: Event[T], slot: Callable[[T], object], parent: QObject) -> EventBridge:
    """Call `slot` on the GUI thread for every value of `event`, for as long as `parent` lives."""
    made = EventBridge(event, parent)
    made.received.connect(slot)
    return made


def _disconnect(connection: Connection, *_destroyed: Any) -> None:
    connection.disconnect()

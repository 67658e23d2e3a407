import asyncio
import threading

from PySide6.QtCore import QObject, QThread
from shiboken6 import delete

from studio.core.events import Event
from studio.qt_models.bridge import bridge


async def test_values_of_any_thread_arrive_later_on_the_gui_thread(qapp: object) -> None:
    event: Event[object] = Event("test")
    parent = QObject()
    heard: list[tuple[object, bool]] = []
    arrived = asyncio.Event()

    def hear(value: object) -> None:
        heard.append((value, QThread.currentThread() is parent.thread()))
        arrived.set()

    bridge(event, hear, parent)
    thread = threading.Thread(target=event.emit, args=({"big": 1 << 40},))
    thread.start()
    thread.join()
    assert heard == []
    await arrived.wait()
    assert heard == [({"big": 1 << 40}, True)]


def test_the_event_is_let_go_with_the_parent(qapp: object) -> None:
    event: Event[int] = Event("test")
    parent = QObject()
    heard: list[int] = []
    made = bridge(event, heard.append, parent)
    assert len(event) == 1
    event.emit(1)
    delete(parent)
    assert len(event) == 0
    made._connection.disconnect()
    event.emit(2)
    assert heard == []

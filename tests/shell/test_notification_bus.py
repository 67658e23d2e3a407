"""What cannot be told over the bus is given back. The bus itself: tests/end_to_end/test_notifications.py."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.shell.notification_bus import NotificationBus, has_bus
from tests.shell.support import until

TOLD = ("1 result is ready", "a heron", False)


def listening() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "notifications"]


async def test_where_nobody_answers_it_is_given_back(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    bus = NotificationBus()
    refused: list[object] = []
    bus.refused.connect(refused.append)
    bus.notify(*TOLD[:2], failed=TOLD[2])
    await until(lambda: refused)
    bus.close()
    assert refused == [TOLD]
    assert listening() == []


async def test_a_bus_that_talks_nonsense_costs_nothing(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "bus"))
        server.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(b"GET LOST\r\n" * 100)

        thread = threading.Thread(target=answer)
        thread.start()
        bus = NotificationBus()
        refused: list[object] = []
        bus.refused.connect(refused.append)
        bus.notify(*TOLD[:2], failed=TOLD[2])
        await until(lambda: refused)
        thread.join()
        bus.close()
        assert refused == [TOLD]


def test_without_an_address_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert not has_bus()

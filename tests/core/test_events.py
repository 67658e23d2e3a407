from __future__ import annotations

import logging

import pytest

from studio.core.events import Event


def test_listeners_hear_in_order_until_they_disconnect() -> None:
    event: Event[int] = Event("numbers")
    heard: list[str] = []
    first = event.connect(lambda n: heard.append(f"a{n}"))
    event.connect(lambda n: heard.append(f"b{n}"))
    event.emit(1)
    first.disconnect()
    first.disconnect()
    event.emit(2)
    assert heard == ["a1", "b1", "b2"]


def test_a_failing_listener_does_not_keep_the_others_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    event: Event[int] = Event("numbers")
    heard: list[int] = []

    def broken(_value: int) -> None:
        raise RuntimeError("no")

    event.connect(broken)
    event.connect(heard.append)
    with caplog.at_level(logging.ERROR):
        event.emit(3)
    assert heard == [3]
    assert "numbers" in caplog.text


def test_disconnecting_while_emitting_is_safe() -> None:
    event: Event[int] = Event("numbers")
    heard: list[int] = []
    connection = event.connect(lambda _n: connection.disconnect())
    event.connect(heard.append)
    event.emit(1)
    event.emit(2)
    assert heard == [1, 2]
    assert len(event) == 1

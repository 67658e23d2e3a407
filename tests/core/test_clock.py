from __future__ import annotations

import time

import pytest

from studio.core.clock import Clock, steady


async def test_the_clock_moves_on_while_one_sleeps() -> None:
    clock = Clock()
    before = clock.now()
    await clock.sleep(0.001)
    assert clock.now() > before


def test_it_goes_on_and_knows_nothing_of_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first = steady()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert first <= steady() < first + 3600


def test_a_system_without_a_clock_of_sleep_has_one_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert abs(steady() - time.monotonic()) < 3600

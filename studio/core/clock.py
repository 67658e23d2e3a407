"""Clocks that nobody sets: waits are measured with them, whatever happens to the time of day."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only grow, and sleeping by them; tests put one here that does not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


def steady() -> float:
    """Seconds since some moment before the program began; goes on while the machine sleeps where the system
    can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)

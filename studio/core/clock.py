"""A clock that nobody sets: seconds that went by, whatever happens to the time of day."""

from __future__ import annotations

import time


def steady() -> float:
    """Seconds since some moment before the program began; goes on while the machine sleeps where the system
    can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)

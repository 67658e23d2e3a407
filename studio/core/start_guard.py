"""Notices starts that did not come to a good end, so that the next one can offer something safer.

A small file in the profile says that a start is under way. It goes when the window has come to rest, and when
the program is quit; one that is found at a start tells that the one before crashed, or failed and was given
up.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NAME = "starting"
ENOUGH = 2
"""So many starts in a row that failed in words, and safe mode is offered; of crashes one is enough."""


class StartGuard:
    """The mark of one start.

    Args:
        folder: of the profile. A folder that cannot be written is no reason not to start.

    `crashed` says that the start before this one did not end; `failed` counts those that were given up.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._mine = False
        self.crashed = False
        self.failed = 0

    @property
    def offers_safe_mode(self) -> bool:
        return self.crashed or self.failed >= ENOUGH

    def begin(self) -> None:
        """The program starts. Does nothing while another one with the same profile is starting."""
        try:
            pid, failed, state = self._path.read_text(encoding="ascii").split()
            self.failed = min(max(int(failed), 0), ENOUGH)
            if state == "starting":
                if _is_alive(int(pid)):
                    return
                self.crashed = True
        except (OSError, ValueError):
            self.failed = 0
        self._mine = True
        self._write("starting")

    def settled(self) -> None:
        """The start went well, or the user quit."""
        if self._mine:
            self._mine = False
            with contextlib.suppress(OSError):
                self._path.unlink()

    def gave_up(self) -> None:
        """The program said why it cannot start, and was closed."""
        if self._mine:
            self._mine = False
            self.failed += 1
            self._write("failed")

    def _write(self, state: str) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(f"{os.getpid()} {self.failed} {state}\n", encoding="ascii")


def _is_alive(pid: int) -> bool:
    """Whether a process of this number runs that is not this one: a restart keeps its number."""
    if os.name == "nt" or pid == os.getpid() or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):  # gone, or a number that no process has
        return False
    return True

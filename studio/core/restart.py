"""Starting the program anew, with other arguments: in safe mode and back, or on another profile."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SAFE_MODE = "--safe-mode"
_OF_PROFILE = ("--profile", "--library")


class Again(NamedTuple):
    """How to start again.

    Args:
        profile: another one than now, or None.
    """

    safe_mode: bool = False
    profile: Path | None = None


def arguments_for(again: Again, arguments: Sequence[str]) -> list[str]:
    """The command line of the next start, from that of this one."""
    kept: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        option = [argument, rest.pop(0)] if argument in _OF_PROFILE and rest else [argument]
        moves = again.profile is not None and argument.split("=")[0] in _OF_PROFILE
        # Files that were handed over at this start are in the library by now.
        if argument.startswith("-") and argument != SAFE_MODE and not moves:
            kept += option
    if again.profile is not None:
        kept += ["--profile", str(again.profile)]
    return [*kept, SAFE_MODE] if again.safe_mode else kept


def command_for(again: Again, arguments: Sequence[str], original: Sequence[str] | None = None) -> list[str]:
    """The whole command: the interpreter, how it was told to start the program, and the arguments.

    Args:
        arguments: of this start; they are the end of `original`, which is the process's own command line.
    """
    line = list(sys.orig_argv if original is None else original)
    head = line[1 : len(line) - len(arguments)] if arguments else line[1:]
    return [sys.executable, *head, *arguments_for(again, arguments)]


def restart(again: Again, arguments: Sequence[str]) -> None:
    """Become the next start. On Windows, where a process cannot, it is started and this returns."""
    command = command_for(again, arguments)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - there is none without a console
            stream.flush()
    if os.name == "nt":
        import subprocess

        subprocess.Popen(command)
    else:
        os.execv(command[0], command)  # noqa: S606 - our own command line, no shell

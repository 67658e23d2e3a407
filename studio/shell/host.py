"""What the shell's parts ask of the table of commands, without knowing who keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Run = Callable[[str, str], object]
"""Carries out a command: id, argument."""


class CommandEntry(Protocol):
    """A command as the palette lists it; an empty title keeps it out, `shortcut` is in Qt's notation."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def icon(self) -> str: ...
    @property
    def shortcut(self) -> str: ...


class Panes(Protocol):
    """The panes of the window: which is in front, and bringing another one there."""

    @property
    def current_pane(self) -> str: ...
    def open_pane(self, pane_id: str) -> None: ...


class CommandTable(Protocol):
    """All commands, and a way to run one by its id."""

    def all(self) -> Sequence[CommandEntry]: ...
    def run(self, command_id: str, argument: str = "") -> None: ...


class CommandHolder(Protocol):
    """A sheet that knows the commands."""

    @property
    def commands(self) -> CommandTable: ...

"""Errors that are told to the user, apart from bugs.

    StudioError                 one clear sentence and a way on
    ├── StorageError            disk full, file locked, folder not writable, library too new
    │   └── DiskFullError       no room is left: there is no use in trying the next file
    ├── InputError              something the user entered cannot be used; `field` names it
    └── studio.api.errors.ApiError   what the service or the network said

Everything else that is raised is a bug and goes to the error report.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """A way on, offered beside a message. `id` names a command the shell knows; `label` is a verb."""

    id: str
    label: str
    argument: str = ""


class StudioError(Exception):
    """An error the user is meant to read.

    Args:
        title: one short sentence saying what happened.
        detail: what can be done about it, or more of the cause; may be empty.
        actions: ways on, most useful first.
    """

    help: str = ""
    """The place in Help that tells more, as "trouble#the-disk"."""

    def __init__(self, title: str, detail: str = "", actions: tuple[Action, ...] = ()) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.actions = actions

    def __str__(self) -> str:
        return f"{self.title} {self.detail}".strip()


class StorageError(StudioError):
    """The disk or a file on it would not do what was asked."""

    help = "trouble#the-disk"


class LibraryTakenError(StorageError):
    """Another program has the library."""


class DiskFullError(StorageError):
    """No room is left on the disk."""


class InputError(StudioError):
    """A value the user gave cannot be used.

    Args:
        field: the parameter's name on the wire, so that the form can point at it.
    """

    def __init__(
        self, title: str, detail: str = "", *, field: str = "", actions: tuple[Action, ...] = ()
    ) -> None:
        super().__init__(title, detail, actions)
        self.field = field

"""Keys that the user gave to commands, as the preferences keep them: a line of an id and its keys each."""

from __future__ import annotations

from collections.abc import Mapping


def read(text: str) -> dict[str, str]:
    """Keys by command, "" for a command that shall have none.

    >>> read("queue.show Ctrl+Shift+J\\npane.chat")
    {'queue.show': 'Ctrl+Shift+J', 'pane.chat': ''}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        command, _, keys = line.strip().partition(" ")
        if command:
            found[command] = keys.strip()
    return found


def write(changed: Mapping[str, str]) -> str:
    """The text that `read` reads, in the order of the ids."""
    return "\n".join(f"{command} {keys}".strip() for command, keys in sorted(changed.items()))


def keys_of(text: str, command: str, usual: str) -> str:
    """The keys of a command: its own, or the usual ones."""
    return read(text).get(command, usual)

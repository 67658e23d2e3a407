"""What a sandbox remembers: an append-only journal and content files.

One line of the journal is one step, written and synced at once: a charge and the result it pays for are the
same line, so an abrupt end can lose a step but never half of one. A torn last line is cut off at the next
start. Without a folder everything lives in a temporary one and goes with the sandbox.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Store:
    """The journal and the content files of one sandbox."""

    def __init__(self, folder: Path | None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="sandbox-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self._durable = folder is not None
        (self.folder / "content").mkdir(parents=True, exist_ok=True)
        self._journal_path = self.folder / "journal.ndjson"
        self._mended_length = self._whole_length()
        self._journal = self._journal_path.open("ab")
        self._journal.truncate(self._mended_length)

    def _whole_length(self) -> int:
        """Length of the journal up to its last whole line, in bytes."""
        if not self._journal_path.exists():
            return 0
        data = self._journal_path.read_bytes()
        return data.rfind(b"\n") + 1

    def events(self) -> list[Event]:
        """Every event so far, oldest first."""
        lines = self._journal_path.read_bytes().splitlines()
        return [event for line in lines for event in json.loads(line)]

    def append(self, *events: Event) -> None:
        """Write events as one step."""
        self._journal.write(json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._journal.flush()
        if self._durable:
            os.fsync(self._journal.fileno())

    def clear(self) -> None:
        """Forget everything."""
        self._journal.truncate(0)
        for path in (self.folder / "content").iterdir():
            path.unlink()

    def save(self, name: str, data: bytes) -> None:
        """Keep content under a name (hex digits and dashes), whole or not at all."""
        path = self.folder / "content" / name
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(data)
            if self._durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)

    def load(self, name: str) -> bytes:
        """The content kept under a name; FileNotFoundError when there is none."""
        return (self.folder / "content" / name).read_bytes()

    def remove(self, name: str) -> None:
        (self.folder / "content" / name).unlink(missing_ok=True)

    def close(self) -> None:
        self._journal.close()
        if self._temporary:
            self._temporary.cleanup()

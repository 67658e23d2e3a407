"""What a backup holds, as its manifest says, and what is to be put into one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FORMAT = 1
"""Of the archive: a higher number was written by a newer program and is refused."""
MANIFEST = "nectary-backup.json"
SUFFIX = ".nectary-backup.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a backup.

    Args:
        name: in the archive, with forward slashes: "profile/…" or "library/…".
        size: in bytes. `sha256` is of exactly these bytes.
        mtime_ns: when the file was changed last, in nanoseconds since 1970.
    """

    name: str
    size: int
    sha256: str
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The table of contents of a backup.

    Args:
        program: the version of Nectary that made it. `schema` counts the migrations of its profile database.
        library, trash: whether those are in it.
        counts: how many there are of what, for people: "conversations", "jobs", "files".
    """

    made_at: datetime
    program: str
    schema: int
    library: bool
    trash: bool
    parts: tuple[Part, ...]
    counts: dict[str, int] = field(default_factory=dict[str, int])
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Bytes of all files as they lie on the disk."""
        return sum(part.size for part in self.parts)

    @property
    def library_size(self) -> int:
        return sum(part.size for part in self.parts if part.name.startswith("library/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupWish:
    """What goes along beside the profile: the library with its sidecars and collections, and its trash."""

    library: bool = True
    trash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore or a repair did at the start.

    Args:
        kind: "restore", "snapshot" or "preferences".
        aside: folders where what was there before is kept.
        made_at: of what was put in place, in ISO 8601; "" where that says nothing.
    """

    kind: str
    aside: tuple[str, ...] = ()
    made_at: str = ""

"""What takes room on the disk, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LOW_SPACE = 1_000_000_000
"""Bytes; with less than that free the program says so before results have no place."""


class Place(StrEnum):
    """A kind of thing that lies on the disk."""

    PICTURES = "pictures"
    FILMS = "films"
    SOUND = "sound"
    TRANSCRIPTS = "transcripts"
    OTHER = "other"
    SIDECARS = "sidecars"
    TRASH = "trash"
    QUARANTINE = "quarantine"
    THUMBNAILS = "thumbnails"
    OUTLINES = "outlines"
    INDEX = "index"
    PIECES = "pieces"
    RECORDINGS = "recordings"
    CACHE = "cache"
    LOGS = "logs"
    SANDBOX = "sandbox"
    PROFILE = "profile"
    SNAPSHOTS = "snapshots"
    ASIDE = "aside"


OF_LIBRARY = (Place.PICTURES, Place.FILMS, Place.SOUND, Place.TRANSCRIPTS, Place.OTHER, Place.SIDECARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How much one kind takes.

    Args:
        folder: where it lies, or most of it.
        paid: how many things of it would have to be paid for again.
    """

    place: Place
    folder: Path
    files: int = 0
    bytes: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """Everything the program keeps, and how much room is left on the library's disk, in bytes; None where the
    disk does not say."""

    used: tuple[Used, ...]
    free: int | None

    def of(self, place: Place) -> Used:
        """KeyError when it was not measured."""
        for one in self.used:
            if one.place is place:
                return one
        raise KeyError(place)

    @property
    def total(self) -> int:
        return sum(one.bytes for one in self.used)

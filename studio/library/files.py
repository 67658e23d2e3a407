"""Where things lie in a library's folder, and what they are called.

    <library>/2026/11/<name>.jpg         a result, and beside it
    <library>/2026/11/<name>.jpg.json    its sidecar: `Asset` as JSON
    <library>/.nectary/incoming/         results that are not filed yet, and notes about moves under way
    <library>/.nectary/trash/            deleted files with their sidecars
    <library>/.nectary/quarantine/       what a crash left unfinished, kept for a look
    <library>/.nectary/thumbs/ab/<sha256>.jpg
    <library>/.nectary/index.sqlite      disposable
    <library>/.nectary/collections.json  names of collections, saved searches

The folder and everything in it may be moved, copied and backed up as files.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from datetime import datetime
from pathlib import Path, PurePosixPath

from studio.core.errors import StorageError
from studio.core.files import storage_error
from studio.domain.asset import Asset, AssetDraft

PRIVATE = ".nectary"
SIDECAR_SUFFIX = ".json"
DEFAULT_TEMPLATE = "{date}_{time}_{model}_{seed}_{prompt}"
_STEM_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_TOKEN = re.compile(r"\{(\w+)\}")


class LibraryFolder:
    """The places of one library.

    Args:
        root: the library's folder; made by `open()` when missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.private = root / PRIVATE
        self.incoming = self.private / "incoming"
        self.trash = self.private / "trash"
        self.quarantine = self.private / "quarantine"
        self.thumbs = self.private / "thumbs"
        self.index = self.private / "index.sqlite"
        self.shelves = self.private / "collections.json"
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folders and take the library for this program.

        Raises:
            StorageError: another program has it, or the folder cannot be written.
        """
        try:
            for folder in (self.incoming, self.trash, self.quarantine, self.thumbs):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = _take(self.private / "lock")
        except OSError as error:
            raise storage_error(error, self.private / "lock") from error

    def close(self) -> None:
        """Give the library back; may be called twice."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def file(self, asset: Asset) -> Path:
        """Where the asset's file lies: its `path`, or the trash while it is trashed."""
        if asset.trashed_at is not None:
            return self.trash / f"{asset.id}_{PurePosixPath(asset.path).name}"
        return self.root / asset.path

    def sidecar(self, asset: Asset) -> Path:
        return sidecar_of(self.file(asset))

    def relative(self, path: Path) -> str:
        """A path inside the library with forward slashes, as assets store it."""
        return path.relative_to(self.root).as_posix()

    def free_path(self, stem: str, extension: str, moment: datetime) -> str:
        """A relative path in the month's folder (local time) at which neither file nor sidecar exists."""
        local = moment.astimezone()
        folder = f"{local:%Y}/{local:%m}"
        for number in range(1, 100_000):
            name = f"{stem}{'' if number == 1 else f'-{number}'}{extension}"
            path = self.root / folder / name
            if not os.path.lexists(path) and not os.path.lexists(sidecar_of(path)):
                return f"{folder}/{name}"
        raise StorageError("No free file name was found.", f"{folder} holds too many files named {stem}.")

    def thumbnail(self, sha256: str) -> Path:
        return self.thumbs / sha256[:2] / f"{sha256}.jpg"


def sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR_SUFFIX)


def stem_from_template(template: str, draft: AssetDraft, moment: datetime, asset_id: str) -> str:
    """A file name without extension: tokens filled in, then made safe for every file system.

    Tokens: date, time, model, seed, prompt (its first words), kind, id. Unknown ones stay out, and parts
    that come out empty take their separator with them.
    """
    if draft.name:
        return safe_stem(draft.name) or asset_id
    local = moment.astimezone()
    values = {
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H%M%S}",
        "model": _slug(draft.provenance.model, 24),
        "seed": "" if draft.provenance.seed is None else str(draft.provenance.seed),
        "prompt": _slug(draft.prompt or draft.title, 48),
        "kind": draft.kind.value,
        "id": asset_id,
    }
    text = _TOKEN.sub(lambda found: values.get(found[1], ""), template)
    text = re.sub(r"([_\-. ])[_\-. ]*\1", r"\1", text).strip("_-. ")
    return safe_stem(text) or asset_id


def safe_stem(text: str) -> str:
    """`text` as a name that Linux, macOS, Windows and their archives all take; may come out empty."""
    text = unicodedata.normalize("NFC", text)
    # Control, format (direction marks, joiners), surrogate and private characters make names that lie.
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    text = " ".join(_FORBIDDEN.sub("-", text).split()).strip(". ")
    if _RESERVED.fullmatch(text):
        text = f"_{text}"
    return text.encode()[:_STEM_BYTES].decode(errors="ignore").strip(". ")


def _slug(text: str, length: int) -> str:
    """The first words, joined by hyphens, cut at a word's end where one is near."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    out = ""
    for word in words:
        longer = f"{out}-{word}" if out else word
        if len(longer) > length:
            return out or longer[:length]
        out = longer
    return out


def _take(path: Path) -> int:
    """Lock a file for as long as its descriptor is open; a crash frees it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StorageError(
            "This library is open in another window of Nectary.",
            "Close it there, or choose another library folder.",
        ) from error
    return descriptor

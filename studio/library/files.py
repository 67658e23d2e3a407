"""Where things lie in a library's folder, and what they are called.

    <library>/2026/11/<name>.jpg         a result, and beside it
    <library>/2026/11/<name>.jpg.json    its sidecar: `Asset` as JSON
    <library>/.nectary/incoming/         results that are not filed yet, and notes about moves under way
    <library>/.nectary/trash/            deleted files with their sidecars
    <library>/.nectary/quarantine/       what a crash left unfinished, kept for a look
    <library>/.nectary/recordings/       what the microphone hears now, and what a crash left of it
    <library>/.nectary/pieces/<job>/     of transcripts that are not finished; their answers were paid for
    <library>/.nectary/thumbs/ab/<sha256>.jpg
    <library>/.nectary/peaks/ab/<sha256>.peaks   outlines of sounds, disposable as thumbnails are
    <library>/.nectary/index.sqlite      disposable
    <library>/.nectary/collections.json  names of collections, saved searches

The folder and everything in it may be moved, copied and backed up as files.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeVar

from studio.core.errors import LibraryTakenError, StorageError
from studio.core.files import storage_error
from studio.core.i18n import tr
from studio.domain.asset import Asset, AssetDraft

N = TypeVar("N", int, float)
PRIVATE = ".nectary"
SIDECAR_SUFFIX = ".json"
DEFAULT_TEMPLATE = "{date}_{time}_{model}_{seed}_{prompt}"
_STEM_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_INSIDE = re.compile(r"[^./\x00][^/\x00]*(?:/[^./\x00][^/\x00]*)*")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_PATH = 1024
_LONGEST_HOLDER = 300
_LARGEST_MEASURE = 100_000_000  # pixels or seconds
MAX_RATING = 5
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
        self.recordings = self.private / "recordings"
        self.pieces = self.private / "pieces"
        self.thumbs = self.private / "thumbs"
        self.peaks = self.private / "peaks"
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
        """Where the asset's file lies: its `path`, or the trash while it is trashed.

        Raises:
            StorageError: that would be outside the library.
        """
        if asset.trashed_at is not None:
            return self.trashed(asset.id, asset.path)
        return self.place(asset.path)

    def place(self, path: str) -> Path:
        """The file at a stored path.

        Raises:
            StorageError: that would be outside the library.
        """
        if not is_inside(path):
            raise StorageError(tr("The library names a file outside its folder."), path[:200])
        return self.root / path

    def trashed(self, asset_id: str, path: str) -> Path:
        """Where a file lies while it is in the trash.

        Raises:
            StorageError: that would be outside the trash.
        """
        if not (is_id(asset_id) and is_inside(path)):
            raise StorageError(tr("The library names a file outside its folder."), path[:200])
        return self.trash / f"{asset_id}_{PurePosixPath(path).name}"

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
            path = f"{folder}/{stem}{'' if number == 1 else f'-{number}'}{extension}"
            place = f"{self.root}/{path}"  # text: a path object takes longer than the question
            if not os.path.lexists(place) and not os.path.lexists(place + SIDECAR_SUFFIX):
                return path
        raise StorageError(
            tr("No free file name was found."),
            tr("{folder} holds too many files named {stem}.", folder=folder, stem=stem),
        )

    def thumbnail(self, sha256: str) -> Path:
        """Raises StorageError: it is no SHA-256, so it could name any file."""
        if not _SHA256.fullmatch(sha256):
            raise StorageError(tr("The library names a thumbnail outside its folder."), sha256[:80])
        return self.thumbs / sha256[:2] / f"{sha256}.jpg"

    def outline(self, sha256: str) -> Path:
        """Where the outline of a sound is kept. Raises StorageError: it is no SHA-256."""
        if not _SHA256.fullmatch(sha256):
            raise StorageError(tr("The library names an outline outside its folder."), sha256[:80])
        return self.peaks / sha256[:2] / f"{sha256}.peaks"


def is_id(text: str) -> bool:
    """True for what may name an asset, and with it files."""
    return _ID.fullmatch(text) is not None


def is_inside(path: str) -> bool:
    """True for a stored path that stays in the library's folder and out of its private parts.

    Sidecars and the index come with the folder, wherever that comes from: what they say is not believed.
    """
    if not _INSIDE.fullmatch(path) or len(path) > _LONGEST_PATH:
        return False
    return os.name != "nt" or not re.search(r"[\\:]", path)


def checked_asset(asset: Asset) -> Asset:
    """An asset as read from a file, with measures that cannot be left out.

    Raises:
        ValueError: its id, path or hash would reach out of the library.
    """
    if not is_id(asset.id):
        raise ValueError(f"{asset.id[:80]!r} is no id")
    if not _SHA256.fullmatch(asset.sha256):
        raise ValueError(f"{asset.sha256[:80]!r} is no SHA-256")
    if not is_inside(asset.path):
        raise ValueError(f"{asset.path[:200]!r} does not lie in the library")
    return replace(
        asset,
        rating=min(max(asset.rating, 0), MAX_RATING),
        width=_measure(asset.width),
        height=_measure(asset.height),
        duration=_measure(asset.duration),
    )


def _measure(value: N | None) -> N | None:
    return value if value is not None and 0 <= value <= _LARGEST_MEASURE else None


def sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR_SUFFIX)


def stem_from_template(
    template: str, draft: AssetDraft, moment: datetime, asset_id: str, more: Mapping[str, str] | None = None
) -> str:
    """A file name without extension: tokens filled in, then made safe for every file system.

    Tokens: date, time, model, seed, prompt (its first words), kind, id. Unknown ones stay out, and parts
    that come out empty take their separator with them. `more` has further tokens.
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
        **(more or {}),
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
    # Never through a link: what it leads to would be written over.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, _LONGEST_HOLDER, 0) if hasattr(os, "pread") else b""
        os.close(descriptor)
        raise LibraryTakenError(
            tr("This library is open in another window of Nectary."), _who(holder)
        ) from error
    # Only to be told to others; the lock itself is what counts, and a crash frees it.
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n{socket.gethostname()}\n".encode(errors="replace"))
    return descriptor


def _who(holder: bytes) -> str:
    """Which program has the library, as it wrote into the lock file, and what can be done."""
    pid, _, host = holder.decode(errors="replace").partition("\n")
    host = "".join(c for c in host.strip() if c.isprintable())
    way_on = tr("Close it there, or choose another library folder.")
    if not pid.isdigit():
        return way_on
    if host and host != socket.gethostname():
        return tr("It runs on {computer} as process {pid}.", computer=host, pid=pid) + " " + way_on
    return tr("It is process {pid} on this computer.", pid=pid) + " " + way_on

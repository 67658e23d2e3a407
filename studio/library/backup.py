"""Everything but keys in one file: a ZIP64 archive with the profile, the library and a manifest.

    profile/studio.sqlite     a consistent copy, taken while the program runs
    profile/settings.toml     the preferences, with whatever looks like a key masked
    profile/wildcards/…
    library/2026/11/…         files with their sidecars
    library/.nectary/…        collections.json, pieces/, and trash/ when wanted
    nectary-backup.json       the manifest, last: version, counts, SHA-256 of every file

It is written under a temporary name and gets its own when all of it is flushed to the disk. Files are read
and written in pieces, so that its size costs no memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import sqlite3
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from studio import __version__
from studio.core.errors import DiskFullError, StorageError
from studio.core.files import PARTIAL_SUFFIX, storage_error, sync_folder
from studio.core.i18n import tr
from studio.core.secrets import MASK, redact
from studio.domain.backup import MANIFEST, SUFFIX, BackupWish, Manifest, Part
from studio.domain.codec import to_json
from studio.library.files import PRIVATE

log = logging.getLogger(__name__)
CHUNK = 1 << 20
ROOM = 64_000_000
"""Bytes that stay free on the disk beside the backup itself."""
_PACKED = frozenset({".json", ".sqlite", ".toml", ".txt", ".csv", ".wav"})
_SECRET_NAME = re.compile(r"(?i)key|token|secret|passw|pwd|cookie|credential|authori")
_USER = re.compile(r"(?i)(://)[^/\s:@\"']+@")
_TABLES = (
    ("conversations", "conversations"),
    ("messages", "messages"),
    ("jobs", "jobs"),
    ("ledger", "ledger"),
)
_OWN = frozenset({"pieces", "trash"})
"""Folders that the program makes: a link in their place leads to what is none of its business."""
Tell = Callable[[int, int], object]
"""Hears how many bytes of how many are done, in the thread that works."""


class BackupStoppedError(Exception):
    """The user called it off; nothing is left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where what belongs to a backup lies."""

    profile: Path
    wildcards: Path
    library: Path

    def files(self, wish: BackupWish) -> Iterator[tuple[str, Path]]:
        """Name in the archive and place of each file but the database and the preferences; links are left
        out, as are hidden files of other programs."""
        wildcards = _below(self.wildcards, "profile/wildcards")
        yield from ((name, path) for name, path in wildcards if name.endswith(".txt"))
        if not wish.library:
            return
        private = self.library / PRIVATE
        filed = _below(self.library, "library")
        yield from ((name, path) for name, path in filed if not name.endswith(SUFFIX))
        shelves = private / "collections.json"
        if shelves.is_file() and not shelves.is_symlink():
            yield f"library/{PRIVATE}/collections.json", shelves
        yield from _below(private / "pieces", f"library/{PRIVATE}/pieces")
        if wish.trash:
            yield from _below(private / "trash", f"library/{PRIVATE}/trash")


def measure(sources: Sources, wish: BackupWish) -> int:
    """Bytes of what would be put into the backup."""
    total = _size(sources.profile / "studio.sqlite") + _size(sources.profile / "studio.sqlite-wal")
    return total + sum(_size(path) for _name, path in sources.files(wish))


def make_backup(
    sources: Sources,
    target: Path,
    wish: BackupWish,
    *,
    tell: Tell = lambda _done, _all: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Write the backup; `target` is the old file or the whole new one, never half of it.

    Args:
        stopped: asked now and then whether to leave it.

    Raises:
        StorageError: the disk has no room for it, or a file cannot be read or written.
        BackupStoppedError: `stopped` said so.
    """
    if wish.library and target.resolve().is_relative_to((sources.library / PRIVATE).resolve()):
        raise StorageError(
            tr("A backup does not belong into the library's own folder."), tr("Choose another place for it.")
        )
    total = measure(sources, wish)
    _need_room(target.parent, total + _size(sources.profile / "studio.sqlite"))
    partial = target.with_name(f".{target.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    copy = target.with_name(f".{target.name}.{os.getpid()}.sqlite{PARTIAL_SUFFIX}")
    try:
        with partial.open("wb") as file:
            with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
                writer = _Writer(archive, total, tell, stopped, (partial, target))
                manifest = _write(writer, sources, wish, copy)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        for left in (partial, copy):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)
    return manifest


def _write(writer: _Writer, sources: Sources, wish: BackupWish, copy: Path) -> Manifest:
    schema, counts = copy_database(sources.profile / "studio.sqlite", copy)
    writer.check()
    writer.add("profile/studio.sqlite", copy)
    copy.unlink()
    writer.add_settings(sources.profile / "settings.toml")
    # What was moved while the first round read (a picture goes to the trash) is met by the second.
    for _round in (1, 2):
        for name, path in sources.files(wish):
            writer.add(name, path)
    counts["files"] = sum(1 for part in writer.parts.values() if _is_content(part.name))
    if writer.left_out:
        counts["left_out"] = len(writer.left_out)
    manifest = Manifest(
        made_at=datetime.now(UTC), program=__version__, schema=schema, library=wish.library,
        trash=wish.library and wish.trash, parts=tuple(writer.parts.values()), counts=counts,
    )  # fmt: skip
    text = json.dumps(to_json(manifest), ensure_ascii=False, indent=1)
    writer.archive.writestr(_info(MANIFEST, time.time()), text.encode(errors="replace"))
    return manifest


class _Writer:
    """Adds files to an archive, hashing what it writes."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        total: int,
        tell: Tell,
        stopped: Callable[[], bool],
        own: tuple[Path, ...],
    ) -> None:
        self.archive = archive
        self.parts: dict[str, Part] = {}
        self.left_out: set[str] = set()
        self._total = total
        self._done = 0
        self._tell = tell
        self._stopped = stopped
        self._own = frozenset(own)

    def check(self) -> None:
        """Raises BackupStoppedError: nobody wants it any more."""
        if self._stopped():
            raise BackupStoppedError

    def add(self, name: str, path: Path) -> None:
        """Copy a file in; what went meanwhile is left out, what is there already is not repeated."""
        if name in self.parts or path in self._own:
            return
        self.check()
        try:
            name.encode()
            source = path.open("rb")
        except FileNotFoundError:
            log.info("gone before it was copied: %s", name)
            return
        except (PermissionError, UnicodeEncodeError) as error:
            log.warning("left out of the backup: %r: %s", name, error)
            self.left_out.add(name)
            return
        with source:
            status = os.fstat(source.fileno())
            digest, size = hashlib.sha256(), 0
            info = _info(name, status.st_mtime)
            with self.archive.open(info, "w", force_zip64=True) as entry:
                while chunk := source.read(CHUNK):
                    self.check()
                    entry.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    self._done += len(chunk)
                    self._tell(self._done, max(self._total, self._done))
        self._note(name, size, digest.hexdigest(), status.st_mtime_ns)

    def add_settings(self, path: Path) -> None:
        """The preferences never hold a key; what somebody wrote in by hand does not go along."""
        try:
            text, moment = path.read_text(encoding="utf-8", errors="replace"), path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        data = without_keys(text).encode()
        self.archive.writestr(_info("profile/settings.toml", moment / 1e9), data)
        self._note("profile/settings.toml", len(data), hashlib.sha256(data).hexdigest(), moment)

    def _note(self, name: str, size: int, sha256: str, mtime_ns: int) -> None:
        self.parts[name] = Part(name=name, size=size, sha256=sha256, mtime_ns=mtime_ns)


def without_keys(text: str) -> str:
    """Preferences with whatever is named or looks like a key or a password masked, however it is quoted."""
    import tomli_w

    try:
        text = tomli_w.dumps(_masked(tomllib.loads(text)))
    except (ValueError, RecursionError):
        log.info("the preferences cannot be read; what looks like a key is masked")
    return redact(_USER.sub(rf"\1{MASK}@", text))


def _masked(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if isinstance(value, str) and value and _SECRET_NAME.search(name)
        else _masked(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for name, value in table.items()
    }  # fmt: skip


def copy_database(source: Path, target: Path) -> tuple[int, dict[str, int]]:
    """A consistent copy of a profile's database, also while it is written to; its schema and what it holds.

    Raises:
        StorageError: it cannot be read, or the disk is full.
    """
    try:
        target.unlink(missing_ok=True)
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(reading) as old, contextlib.closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("pragma journal_mode = delete")
            schema: int = new.execute("pragma user_version").fetchone()[0]
            return schema, {name: _count(new, table) for name, table in _TABLES}
    except sqlite3.Error as error:
        if "full" in str(error):
            raise DiskFullError(
                tr("The disk is full."), tr("Choose another place for the backup.")
            ) from error
        raise StorageError(tr("The profile could not be copied."), str(error)) from error


def _count(connection: sqlite3.Connection, table: str) -> int:
    try:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608 - our own names
    except sqlite3.OperationalError:
        return 0  # an older profile


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """The files of a folder and those below it, in order, without hidden ones and links."""
    if folder.is_symlink() and folder.name in _OWN:
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _below(folder / entry.name, name)
        elif entry.is_file():
            yield name, folder / entry.name


def _info(name: str, seconds: float) -> zipfile.ZipInfo:
    """The head of an entry; what is packed already is stored as it is."""
    moment = time.localtime(max(seconds, 315_619_200))[:6]  # a ZIP knows no time before 1980
    info = zipfile.ZipInfo(name, (min(moment[0], 2107), *moment[1:]))
    packed = Path(name).suffix.lower() in _PACKED
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info._compresslevel = 1  # pyright: ignore # noqa: SLF001 - `open` has no other way to say it
    info.external_attr = 0o600 << 16
    return info


def _is_content(name: str) -> bool:
    """Whether a file of the library is no sidecar and lies in no private folder."""
    inside = name.startswith("library/") and not name.startswith(f"library/{PRIVATE}/")
    return inside and not name.endswith(".json")


def _need_room(folder: Path, wanted: int) -> None:
    """Raises DiskFullError: there is not enough room; StorageError: there is no such folder."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise storage_error(error, folder / "backup") from error
    if free < wanted + ROOM:
        raise too_little(folder, wanted + ROOM, free)


def too_little(folder: Path, wanted: int, free: int) -> DiskFullError:
    """The sentence for a disk that has no room for what is to come."""
    return DiskFullError(
        tr("There is not enough room on this disk."),
        tr(
            "{wanted:.1f} GB are needed in {folder}, {free:.1f} GB are free.",
            wanted=max(wanted, 50_000_000) / 1e9,
            free=free / 1e9,
            folder=folder,
        ),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

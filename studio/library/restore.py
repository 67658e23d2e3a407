"""A backup is looked at, checked and unpacked beside what is there; `library/swap.py` puts it in place.

A backup comes from anywhere. Nothing it says is believed: names must lie where a backup puts them, there are
no links, every file has the size and the SHA-256 of the manifest, and no more is unpacked than it says.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError
from studio.core.files import storage_error, sync_folder
from studio.core.i18n import tr
from studio.core.json_text import parse_json
from studio.core.settings import Preferences, Settings
from studio.domain.backup import FORMAT, MANIFEST, Manifest, Part
from studio.domain.codec import from_json
from studio.domain.job import JobState
from studio.library.backup import CHUNK, ROOM, BackupStoppedError, Tell, too_little
from studio.library.database import MemoryDatabase
from studio.library.files import PRIVATE, is_inside
from studio.library.migrations import PROFILE
from studio.library.profile_store import ProfileStore
from studio.library.swap import DATABASE, PREFERENCES, SwapPlan, clear_incoming, incoming

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    UnicodeDecodeError,
)
_UNUSABLE = (sqlite3.Error, LookupError, ValueError, TypeError, RecursionError)
"""What a database does that has the right number and not the tables that belong to it."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LONGEST_VERSION = 40
_LARGEST_MANIFEST = 256 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PROFILE = re.compile(r"profile/(studio\.sqlite|settings\.toml|wildcards/(?P<inside>.+\.txt))")
_PRIVATE = re.compile(rf"library/{re.escape(PRIVATE)}/(collections\.json|(pieces|trash)/(?P<inside>.+))")


class BadBackupError(StorageError):
    """The file is no backup, or not one that may be unpacked."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What lies ready to be put in place, and the plan for it."""

    plan: SwapPlan
    manifest: Manifest


def look(path: Path) -> Manifest:
    """What a backup says that it holds; its files are not read yet.

    Raises:
        BadBackupError: it is no backup, was made by a newer program, or names what has no place in one.
        StorageError: it cannot be read.
    """
    with _opened(path) as archive:
        return _manifest(archive)


def stage(
    path: Path,
    profile: Path,
    library: Path,
    *,
    present: Preferences | None = None,
    tell: Tell = lambda _done, _all: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Staged:
    """Unpack and check everything beside what is there; nothing that is in use is touched.

    Args:
        profile, library: the folders whose contents are to be exchanged.
        present: the preferences of this machine; of them stays where the library lies and how services are
            reached.

    Raises:
        BadBackupError: something in it is damaged or not what it says.
        StorageError: the disk is full or cannot be written.
        BackupStoppedError: `stopped` said so.
    """
    clear_incoming(profile, library)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    rooms = {"profile": incoming(profile, stamp), "library": incoming(library / PRIVATE, stamp)}
    try:
        with _opened(path) as archive:
            manifest = _manifest(archive)
            _need_room(manifest, profile, library)
            _unpack(archive, manifest, rooms, tell, stopped)
        _check_database(rooms["profile"])
        _settle_preferences(rooms["profile"], present or Preferences())
    except OSError as error:
        _remove(rooms)
        raise storage_error(error, rooms["profile"]) from error
    except BaseException:
        _remove(rooms)
        raise
    plan = SwapPlan(
        kind="restore", stamp=stamp, profile=(*DATABASE, *PREFERENCES, "wildcards"),
        library=str(library) if manifest.library else "", made_at=manifest.made_at.isoformat(),
    )  # fmt: skip
    return Staged(plan, manifest)


def unpack_new(
    path: Path,
    folder: Path,
    *,
    tell: Tell = lambda _done, _all: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Make a new portable profile of a backup, to be opened with `--profile`.

    Args:
        folder: does not exist yet, or is empty.

    Raises:
        BadBackupError, StorageError, BackupStoppedError: as `stage`.
    """
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise StorageError(
            tr("{folder} is not empty.", folder=folder.name), tr("Choose an empty folder, or make a new one.")
        )
    half = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    rooms = {"profile": half, "library": half / "library"}
    try:
        with _opened(path) as archive:
            manifest = _manifest(archive)
            _need_room(manifest, folder.parent, folder.parent)
            _unpack(archive, manifest, rooms, tell, stopped)
        _check_database(half)
        _settle_preferences(half, Preferences())
        if folder.is_dir():
            folder.rmdir()
        half.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise storage_error(error, folder) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return manifest


def discard(staged: Staged, profile: Path) -> None:
    """Remove what was unpacked: the user thought better of it."""
    shutil.rmtree(incoming(profile, staged.plan.stamp), ignore_errors=True)
    if staged.plan.library:
        shutil.rmtree(incoming(Path(staged.plan.library) / PRIVATE, staged.plan.stamp), ignore_errors=True)


# ---------------------------------------------------------------- reading


@contextlib.contextmanager
def _opened(path: Path) -> Generator[zipfile.ZipFile]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise zipfile.BadZipFile  # a pipe would be waited for
        with _read(path) as archive:
            yield archive
    except _BROKEN as error:
        raise BadBackupError(
            tr("{name} is damaged or no backup of Nectary.", name=path.name),
            tr("Nothing was changed. Choose another file."),
        ) from error
    except FileNotFoundError as error:
        raise StorageError(tr("{name} is not there any more.", name=path.name)) from error


def _read(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) or error.errno == errno.EINVAL:
            raise zipfile.BadZipFile from error  # it points to places before its beginning
        raise StorageError(
            tr("{name} cannot be read.", name=path.name), error.strerror or str(error)
        ) from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, when everything in the archive is as it says."""
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()):
        raise _refused(tr("It holds two files of one name."))
    head = infos.pop(MANIFEST, None)
    if head is None:
        raise _refused(tr("It has no list of what is in it."))
    if head.compress_type not in _PACKINGS:
        raise _refused(tr("It is packed in a way that is not known here."), MANIFEST)
    if head.file_size > _LARGEST_MANIFEST:
        raise _refused(tr("Its list is too long."))
    with archive.open(head) as file:
        text = file.read(head.file_size + 1)
    try:
        data: Any = parse_json(text)
        if int(data["format"]) > FORMAT:
            raise _newer()
        manifest = from_json(Manifest, data)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        raise _refused(tr("Its list cannot be read.")) from error
    if len(manifest.program) > _LONGEST_VERSION or not manifest.program.isprintable():
        raise _refused(tr("Its list cannot be read."))
    if manifest.schema > len(PROFILE):
        raise _newer()
    names = [part.name for part in manifest.parts]
    if len(set(names)) != len(names) or set(names) != set(infos):
        raise _refused(tr("Its list does not fit what is in it."))
    for part in manifest.parts:
        _judge(part, infos[part.name], manifest)
    if "profile/studio.sqlite" not in infos:
        raise _refused(tr("The profile is missing in it."))
    return manifest


def _judge(part: Part, info: zipfile.ZipInfo, manifest: Manifest) -> None:
    """Raises BadBackupError: a name that leads elsewhere, a link, another size, something encrypted."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not _is_ours(part.name) or (part.name.startswith("library/") and not manifest.library):
        raise _refused(tr("It names a file that has no place in a backup."), part.name)
    if kind not in (0, stat.S_IFREG) or info.flag_bits & 1 or info.is_dir():
        raise _refused(tr("It holds something that is no plain file."), part.name)
    if info.compress_type not in _PACKINGS:
        raise _refused(tr("It is packed in a way that is not known here."), part.name)
    if info.file_size != part.size or part.size < 0 or not _SHA256.fullmatch(part.sha256):
        raise _refused(tr("A file in it is not as large as its list says."), part.name)


def _is_ours(name: str) -> bool:
    """Whether a backup may hold a file of this name."""
    found = _PROFILE.fullmatch(name) or _PRIVATE.fullmatch(name)
    if found is not None:
        inside = found["inside"]
        return inside is None or is_inside(inside)
    return name.startswith("library/") and is_inside(name.removeprefix("library/"))


def _unpack(
    archive: zipfile.ZipFile,
    manifest: Manifest,
    rooms: dict[str, Path],
    tell: Tell,
    stopped: Callable[[], bool],
) -> None:
    done, total = 0, manifest.size
    folders: set[Path] = set()
    for part in manifest.parts:
        room, _, inside = part.name.partition("/")
        target = rooms[room] / inside
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        digest, left = hashlib.sha256(), part.size
        with archive.open(part.name) as source, target.open("xb") as file:
            while chunk := source.read(min(CHUNK, left + 1)):
                if stopped():
                    raise BackupStoppedError
                left -= len(chunk)
                if left < 0:
                    raise _damaged(part)
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                tell(done, total)
            file.flush()
            os.fsync(file.fileno())
        if left or digest.hexdigest() != part.sha256:
            raise _damaged(part)
        if 0 < part.mtime_ns < 1 << 62:
            os.utime(target, ns=(part.mtime_ns, part.mtime_ns))
    for folder in folders:
        sync_folder(folder)


# ---------------------------------------------------------------- making it fit


def _check_database(folder: Path) -> None:
    """The profile must open, be whole, and be none of a newer program. Its unfinished jobs wait until the
    user goes on: they may have been paid for since.

    Raises:
        BadBackupError: it is not so.
    """
    path = folder / "studio.sqlite"
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            version: int = connection.execute("pragma user_version").fetchone()[0]
            verdict: str = connection.execute("pragma integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _refused(tr("The profile in it is damaged."), str(error)) from error
    if version > len(PROFILE):
        raise _newer()
    if verdict != "ok" or version < 1:
        raise _refused(tr("The profile in it is damaged."), verdict)
    try:
        _let_wait(folder)
        _refuse_programs(path)
    except _UNUSABLE as error:
        raise _refused(tr("The profile in it is damaged."), str(error)) from error
    shutil.rmtree(folder / "snapshots", ignore_errors=True)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _let_wait(folder: Path) -> None:
    store = ProfileStore(folder)
    try:
        sent = [job for job in store.jobs.unfinished() if job.state is not JobState.PAUSED]
        if sent:
            store.jobs.update(*(replace(job, state=JobState.PAUSED, retry_at=None) for job in sent))
    finally:
        store.close()


def _refuse_programs(path: Path) -> None:
    """Triggers and views run with every later write: only those that belong to a profile may come along.

    Raises:
        ValueError: there are others.
    """
    query = "select type, name, sql from sqlite_master where type in ('trigger', 'view')"
    usual = MemoryDatabase(PROFILE)
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            strange = set(connection.execute(query)) - set(usual.reader().execute(query))
    finally:
        usual.close()
    if strange:
        raise ValueError(", ".join(sorted(str(name) for _kind, name, _sql in strange)))


def _settle_preferences(folder: Path, present: Preferences) -> None:
    """Paths of the machine that the backup was made on mean nothing here. Addresses must not come along at
    all: a backup of somebody else could lead the key of this machine astray, or let a chat spend unasked.
    """
    settings = Settings(folder / "settings.toml")
    settings.saves_at_once = False
    settings.change("files", library=present.files.library)
    settings.change("network", **present.network._asdict())
    settings.change("legacy", url=present.legacy.url)
    settings.change("chat", image_tool="ask")
    settings.change("create", wildcards="")
    settings.save()


def _need_room(manifest: Manifest, profile: Path, library: Path) -> None:
    own = manifest.size - manifest.library_size
    wanted = {profile: own, library: manifest.library_size}
    disks: dict[int, tuple[Path, int]] = {}
    for folder, size in wanted.items():
        there = next(place for place in (folder, *folder.parents) if place.exists())
        place, before = disks.get(there.stat().st_dev, (there, ROOM))
        disks[there.stat().st_dev] = (place, before + size)
    for place, size in disks.values():
        free = shutil.disk_usage(place).free
        if free < size:
            raise too_little(place, size, free)


def _remove(rooms: dict[str, Path]) -> None:
    for room in rooms.values():
        shutil.rmtree(room, ignore_errors=True)


def _refused(why: str, what: str = "") -> BadBackupError:
    detail = f"{why} {what[:120]!r}" if what else why
    return BadBackupError(
        tr("This backup cannot be used."), detail + " " + tr("Nothing was changed. Choose another file.")
    )


def _newer() -> BadBackupError:
    return BadBackupError(
        tr("This backup was made by a newer version of Nectary."),
        tr("Update Nectary to restore it. Nothing was changed."),
    )


def _damaged(part: Part) -> BadBackupError:
    return _refused(tr("A file in it is damaged."), part.name)

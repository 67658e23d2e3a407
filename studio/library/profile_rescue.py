"""Opening a profile whose database is damaged: put aside, and the newest good snapshot in its place."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.core.errors import StorageError
from studio.core.files import storage_error
from studio.library.database import DamagedDatabaseError
from studio.library.profile_store import ProfileStore

log = logging.getLogger(__name__)
SNAPSHOT_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rescue:
    """What was done about a damaged database.

    Args:
        aside: where the damaged file lies now.
        restored: when the snapshot was taken that stands in for it; None when there was none.
    """

    aside: Path
    restored: datetime | None


def open_profile(folder: Path) -> tuple[ProfileStore, Rescue | None]:
    """The profile's store; a damaged one is replaced by its newest snapshot, or by an empty one.

    Raises:
        StorageError: it is newer than this program, or the folder cannot be written.
    """
    try:
        return _checked(folder), None
    except DamagedDatabaseError as error:
        log.warning("the profile's database is damaged: %s", error)
    aside = _put_aside(folder)
    for snapshot in sorted((folder / "snapshots").glob("studio-*.sqlite"), reverse=True):
        try:
            shutil.copyfile(snapshot, folder / "studio.sqlite")
            return _checked(folder), Rescue(aside, _taken_at(snapshot))
        except DamagedDatabaseError as error:
            log.warning("the snapshot %s is damaged too: %s", snapshot.name, error)
            _remove(folder)
        except OSError as error:
            raise storage_error(error, folder / "studio.sqlite") from error
    return _checked(folder), Rescue(aside, None)


def snapshots(folder: Path) -> list[tuple[Path, datetime]]:
    """The copies of a profile's database with the times they were taken, newest first."""
    found = [(path, _taken_at(path)) for path in (folder / "snapshots").glob("studio-*.sqlite")]
    return sorted(found, key=lambda one: one[1], reverse=True)


def check_file(path: Path) -> str:
    """What is wrong with a database, every page and every index of it; "" when all is right (seconds per
    gigabyte)."""
    try:
        reading = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(reading) as connection:
            found = [str(row[0]) for row in connection.execute("pragma integrity_check(20)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if found == ["ok"] else "\n".join(found)


def snapshot_if_due(store: ProfileStore, now: datetime | None = None) -> bool:
    """Copy the database unless its newest copy is younger than a day; whether it was done."""
    folder = store.database.path.parent / "snapshots"
    newest = max((_taken_at(path) for path in folder.glob("studio-*.sqlite")), default=None)
    if newest is not None and (now or datetime.now(UTC)) - newest < SNAPSHOT_AFTER:
        return False
    return store.snapshot() is not None


def _checked(folder: Path) -> ProfileStore:
    store = ProfileStore(folder)
    try:
        store.database.check()
    except StorageError:
        store.close()
        raise
    return store


def _put_aside(folder: Path) -> Path:
    """Rename the file and what belongs to it, so that a repair tool still finds everything."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = folder / f"studio-damaged-{stamp}.sqlite"
    try:
        for suffix in ("", "-wal", "-shm"):
            part = folder / f"studio.sqlite{suffix}"
            if part.exists():
                part.replace(folder / f"{aside.name}{suffix}")
    except OSError as error:
        raise storage_error(error, aside) from error
    return aside


def _remove(folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (folder / f"studio.sqlite{suffix}").unlink(missing_ok=True)


def _taken_at(snapshot: Path) -> datetime:
    """The time in a snapshot's name (`studio-20261120T104512345678[-label].sqlite`), else of the file."""
    stamp = snapshot.stem.split("-")[1]
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(snapshot.stat().st_mtime, UTC)

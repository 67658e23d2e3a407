"""A SQLite file: one writer, readers per thread, migrations with a guard and a snapshot.

WAL keeps readers going while the writer commits. `user_version` counts the migrations that ran; a file with
more of them than this program knows is refused, because writing to it would lose what the newer one added.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from studio.core.errors import StorageError
from studio.core.i18n import tr

log = logging.getLogger(__name__)

Migration = Callable[[sqlite3.Connection], None]
SNAPSHOTS_KEPT = 5
_BUSY_MS = 5_000


class DamagedDatabaseError(StorageError):
    """The file is no database, or its pages are damaged."""


class Storage(Protocol):
    """What a repository needs: transactions, and a connection to read from on this thread."""

    def write(self) -> contextlib.AbstractContextManager[sqlite3.Connection]: ...

    def reader(self) -> sqlite3.Connection: ...


class MemoryDatabase:
    """The same tables for what must not be written to a disk; gone with the process.

    There is one connection, so all calls come from one thread at a time.
    """

    def __init__(self, migrations: Sequence[Migration]) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma temp_store = memory")
        for step in migrations:
            step(self._connection)

    @contextlib.contextmanager
    def write(self) -> Generator[sqlite3.Connection]:
        """A transaction; rolled back when the block raises."""
        self._connection.execute("begin")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def reader(self) -> sqlite3.Connection:
        return self._connection

    def close(self) -> None:
        self._connection.close()


class Database:
    """One SQLite file.

    Args:
        path: made when missing, with its folder.
        migrations: every step since the first release, in order; never reordered, only appended to.
        durable: true flushes each commit to the disk (`synchronous=FULL`), for what cannot be rebuilt.
        snapshots: folder for copies, taken before a migration and on `snapshot()`; None takes none.

    Raises:
        StorageError: the file is newer than this program, damaged, or cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migration],
        *,
        durable: bool = False,
        snapshots: Path | None = None,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._durable = durable
        self._snapshots = snapshots
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._migrate()
        except (sqlite3.DatabaseError, OSError) as error:
            self.close()
            # OperationalError is about the disk and locks; its bare parent says the file is no database.
            kind = DamagedDatabaseError if type(error) is sqlite3.DatabaseError else StorageError
            raise kind(tr("{name} could not be opened.", name=path.name), str(error)) from error
        except StorageError:
            self.close()
            raise

    @contextlib.contextmanager
    def write(self) -> Generator[sqlite3.Connection]:
        """A transaction on the writing connection; rolled back when the block raises.

        Raises:
            StorageError: the disk is full or the file cannot be written.
        """
        with self._lock:
            try:
                self._writer.execute("begin immediate")
                yield self._writer
                self._writer.execute("commit")
            except BaseException as error:
                if self._writer.in_transaction:
                    self._writer.execute("rollback")
                if isinstance(error, sqlite3.OperationalError):
                    raise _storage_error(error, self.path) from error
                raise

    def reader(self) -> sqlite3.Connection:
        """This thread's reading connection. Close it nowhere: `close()` ends all of them."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("pragma query_only = on")
            self._local.connection = connection
            with self._lock:
                self._readers.append(connection)
        return connection

    def snapshot(self, label: str = "") -> Path | None:
        """Copy the whole database into the snapshot folder and drop the oldest copies beyond five."""
        if self._snapshots is None:
            return None
        self._snapshots.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        name = "-".join(part for part in (self.path.stem, stamp, label) if part)
        target = self._snapshots / f"{name}.sqlite"
        with self._lock:
            self._writer.execute("vacuum into ?", (str(target),))
        copies = sorted(self._snapshots.glob(f"{self.path.stem}-*.sqlite"))
        for old in copies[:-SNAPSHOTS_KEPT]:
            old.unlink(missing_ok=True)
        return target

    def check(self) -> None:
        """Read every page (2 s a gigabyte).

        Raises:
            DamagedDatabaseError: one of them is damaged.
        """
        with self._lock:
            try:
                (verdict,) = self._writer.execute("pragma quick_check(1)").fetchone()
            except sqlite3.DatabaseError as error:
                verdict = str(error)
        if verdict != "ok":
            raise DamagedDatabaseError(tr("{name} is damaged.", name=self.path.name), str(verdict))

    def close(self) -> None:
        """Close every connection; call it when no thread is in a query any more."""
        with self._lock:
            for connection in self._readers:
                connection.close()
            self._readers.clear()
            self._local = threading.local()
            if hasattr(self, "_writer"):
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("pragma optimize")
                self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        # The locks above keep each connection to one thread at a time; close() comes from another one.
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"pragma busy_timeout = {_BUSY_MS}")
            connection.execute("pragma journal_mode = wal")
            connection.execute(f"pragma synchronous = {'full' if self._durable else 'normal'}")
            connection.execute("pragma cache_size = -16384")
            connection.execute("pragma temp_store = memory")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        version: int = self._writer.execute("pragma user_version").fetchone()[0]
        known = len(self._migrations)
        if version > known:
            raise StorageError(
                tr("{name} was written by a newer version of Nectary.", name=self.path.name),
                tr("Update Nectary to open it. Nothing was changed."),
            )
        if 0 < version < known:
            self.snapshot(f"v{version}")
        for number in range(version, known):
            step = self._migrations[number]
            with self.write() as connection:
                # Two programs may start at the same moment; the other one was faster with this step.
                if connection.execute("pragma user_version").fetchone()[0] > number:
                    continue
                log.info("migrating %s: %s", self.path.name, step.__name__)
                step(connection)
                connection.execute(f"pragma user_version = {number + 1}")


def _storage_error(error: sqlite3.OperationalError, path: Path) -> StorageError:
    text = str(error)
    if "full" in text:
        return StorageError(
            tr("The disk is full."), tr("Free some space for {parent}; nothing was lost.", parent=path.parent)
        )
    return StorageError(tr("{name} could not be written.", name=path.name), text)

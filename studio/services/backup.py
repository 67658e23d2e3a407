"""Backup, restore and repair from asyncio. What replaces something is only prepared here: the next start puts
it in place, before anything is open."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from studio.core.errors import StorageError
from studio.core.files import storage_error
from studio.core.i18n import tr
from studio.core.paths import Paths
from studio.core.settings import Settings
from studio.domain.backup import BackupWish, Manifest, Restored
from studio.library import backup, restore, swap
from studio.library.profile_rescue import check_file, snapshots
from studio.services.profile import ProfileService
from studio.services.settings_writer import SettingsWriter

T = TypeVar("T")
Told = Callable[[int, int], object]
"""Hears how many bytes of how many are done, on the loop's thread."""
BETWEEN_TELLING = 0.05
Staged = restore.Staged


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the profile's database that the program took by itself."""

    path: Path
    taken_at: datetime


class BackupService:
    """Makes and takes in backups, and mends a profile.

    Args:
        wildcards: where those files lie now.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        writer: SettingsWriter,
        profile: ProfileService,
        wildcards: Callable[[], Path],
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._writer = writer
        self._profile = profile
        self._wildcards = wildcards

    # ------------------------------------------------------------------ backup

    async def measure(self, wish: BackupWish) -> int:
        """Bytes of what would be put into a backup."""
        return await asyncio.to_thread(backup.measure, self._sources(), wish)

    async def make(self, target: Path, wish: BackupWish, told: Told) -> Manifest:
        """Write everything but keys to one file; nothing is left of it when this is cancelled.

        Raises:
            StorageError: there is no room, or something cannot be read or written.
        """
        await self._writer.flush()
        sources = self._sources()
        return await _in_thread(
            lambda tell, stopped: backup.make_backup(sources, target, wish, tell=tell, stopped=stopped), told
        )

    # ------------------------------------------------------------------ restore

    async def look(self, path: Path) -> Manifest:
        """What a backup holds.

        Raises:
            StorageError: it is none, or must not be used.
        """
        return await asyncio.to_thread(restore.look, path)

    async def stage(self, path: Path, told: Told) -> Staged:
        """Check a backup and unpack it beside what is there.

        Raises:
            StorageError: it is damaged, or the disk is full.
        """
        present = self._settings.values
        place = (path, self._paths.profile, self._paths.library)
        return await _in_thread(
            lambda tell, stopped: restore.stage(*place, present=present, tell=tell, stopped=stopped), told
        )

    async def unpack_new(self, path: Path, folder: Path, told: Told) -> Manifest:
        """Make a new profile with its own library of a backup, in an empty folder.

        Raises:
            StorageError: the folder is not empty, the backup is damaged, or the disk is full.
        """
        return await _in_thread(
            lambda tell, stopped: restore.unpack_new(path, folder, tell=tell, stopped=stopped), told
        )

    async def decide(self, staged: Staged) -> None:
        """The next start puts it in place. Restart soon: what is done until then goes aside with the rest."""
        await asyncio.to_thread(swap.write_plan, self._paths.profile, staged.plan)

    async def discard(self, staged: Staged) -> None:
        """Nothing comes of it."""
        await asyncio.to_thread(restore.discard, staged, self._paths.profile)

    # ------------------------------------------------------------------ repair

    async def check_profile(self) -> str:
        """What is wrong with the profile's database; "" when every page and every index is right."""
        return await self._profile.run(check_file, self._paths.profile / "studio.sqlite")

    async def snapshots(self) -> list[Snapshot]:
        """Copies of the profile's database, newest first."""
        found = await asyncio.to_thread(snapshots, self._paths.profile)
        return [Snapshot(path, taken_at) for path, taken_at in found]

    async def use_snapshot(self, snapshot: Snapshot) -> None:
        """The next start puts this copy in the place of the database.

        Raises:
            StorageError: the copy is damaged, or the disk is full.
        """
        problem = await asyncio.to_thread(check_file, snapshot.path)
        if problem:
            raise StorageError(tr("This copy is damaged, too."), tr("Choose another one."))

        def copy(folder: Path) -> None:
            shutil.copyfile(snapshot.path, folder / "studio.sqlite")

        await self._plan("snapshot", swap.DATABASE, copy, snapshot.taken_at.isoformat())

    async def reset_preferences(self) -> None:
        """The next start has the usual preferences. Where the library lies is kept, as is the old file."""
        kept = self._settings.values

        def write(folder: Path) -> None:
            fresh = Settings(folder / "settings.toml")
            fresh.saves_at_once = False
            fresh.change("files", library=kept.files.library)
            fresh.change("create", wildcards=kept.create.wildcards)
            fresh.change("connection", account=kept.connection.account, accounts=kept.connection.accounts)
            fresh.save()

        await self._plan("preferences", swap.PREFERENCES, write)

    async def _plan(
        self, kind: str, names: tuple[str, ...], prepare: Callable[[Path], None], made_at: str = ""
    ) -> None:
        def work() -> None:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            folder = swap.incoming(self._paths.profile, stamp)
            try:
                folder.mkdir(parents=True)
                prepare(folder)
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise storage_error(error, folder) from error
            plan = swap.SwapPlan(kind=kind, stamp=stamp, profile=names, made_at=made_at)
            swap.write_plan(self._paths.profile, plan)

        await asyncio.to_thread(work)

    def _sources(self) -> backup.Sources:
        return backup.Sources(
            profile=self._paths.profile, wildcards=self._wildcards(), library=self._paths.library
        )


def has_pending(profile: Path) -> bool:
    """Whether something waits to be put in place by a start."""
    return (profile / swap.PLAN).exists()


async def finish_pending(profile: Path) -> None:
    """Put it in place; nothing of the profile and the library is open yet.

    Raises:
        StorageError: a file cannot be moved, or another program has the library.
    """
    await asyncio.to_thread(swap.carry_out, profile)


async def take_back(profile: Path) -> None:
    """Give it up: all is as it was before.

    Raises:
        StorageError: a file cannot be moved.
    """
    await asyncio.to_thread(swap.take_back, profile)


def told(profile: Path) -> Restored | None:
    """What this start put in place, told once."""
    return swap.told(profile)


async def _in_thread(work: Callable[[Callable[[int, int], object], Callable[[], bool]], T], told: Told) -> T:
    """Run `work(tell, stopped)` in a thread; when the caller is cancelled it is stopped and waited for."""
    loop = asyncio.get_running_loop()
    stop = threading.Event()
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= BETWEEN_TELLING or done == total:
            last = now
            loop.call_soon_threadsafe(told, done, total)

    running: asyncio.Future[Any] = loop.run_in_executor(None, lambda: work(tell, stop.is_set))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # it was told to stop, and did
        raise

"""What the program keeps on the disk: counted in a thread, cleared kind by kind, made again where it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.paths import Paths
from studio.domain.library import LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.storage import OF_LIBRARY, DiskUse, Place, Used
from studio.library import disk_use, swap
from studio.library.files import LibraryFolder
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.session import Session

CLEARABLE: Final = frozenset(
    {Place.TRASH, Place.QUARANTINE, Place.THUMBNAILS, Place.OUTLINES, Place.INDEX, Place.PIECES, Place.CACHE,
     Place.LOGS, Place.SANDBOX, Place.SNAPSHOTS, Place.ASIDE}
)  # fmt: skip
LOSING: Final = frozenset({Place.TRASH, Place.QUARANTINE, Place.PIECES, Place.SNAPSHOTS, Place.ASIDE})
"""What cannot be had back, so that it is asked about first."""
_ROWS: Final = 200
_PICTURES: Final = (MediaKind.IMAGE, MediaKind.VIDEO)


class StorageService:
    """Counts and clears."""

    def __init__(
        self,
        paths: Paths,
        library: LibraryService,
        profile: ProfileService,
        session: Session,
    ) -> None:
        self._paths = paths
        self._folder = LibraryFolder(paths.library)
        self._library = library
        self._profile = profile
        self._session = session

    async def measure(self, found: Callable[[int], object] = lambda _files: None) -> DiskUse:
        """Look at everything; the window goes on meanwhile.

        Args:
            found: hears on the loop's thread how many files were counted so far.
        """
        unfinished = await self._unfinished()
        loop = asyncio.get_running_loop()
        stopped = False
        count = 0

        def tell(files: int) -> None:
            nonlocal count
            if stopped:
                raise InterruptedError
            count += files
            loop.call_soon_threadsafe(pass_on, count)

        def pass_on(files: int) -> None:
            if not stopped:
                found(files)

        try:
            return await asyncio.to_thread(self._measure, unfinished, tell)
        finally:
            stopped = True  # nobody waits any more for a thread that still counts

    async def free_space(self) -> int | None:
        """Bytes that are free on the library's disk."""
        return await asyncio.to_thread(disk_use.free_space, self._paths.library)

    def folder_of(self, place: Place) -> Path:
        """The folder to open for a kind."""
        if place in OF_LIBRARY:
            return self._paths.library
        homes = {Place.CACHE: self._paths.cache, Place.INDEX: self._folder.private}
        homes |= dict.fromkeys((Place.ASIDE, Place.PROFILE), self._paths.profile)
        return homes.get(place) or self._lies(place)[0]

    async def clear(self, place: Place) -> None:
        """Remove everything of one kind; what can be made again is made again by itself.

        Raises:
            StudioError: it is in use just now.
            ValueError: this kind holds what nobody may lose.
        """
        if place not in CLEARABLE:
            raise ValueError(place)
        if place is Place.TRASH:
            await self._empty_trash()
        elif place is Place.INDEX:
            await self._library.rebuild()
        elif place is Place.PIECES:
            await self._clear_pieces()
        elif place is Place.SANDBOX:
            await self._clear_sandbox()
        elif place is Place.SNAPSHOTS:
            kept = sorted((self._paths.profile / "snapshots").glob("studio-*.sqlite"))
            await self._remove(kept[:-1])
        elif place is Place.ASIDE:
            await self._remove(self._lies(Place.ASIDE))
        elif place is Place.LOGS:
            await self._clear_logs()
        else:
            await asyncio.to_thread(lambda: [disk_use.empty(path) for path in self._lies(place)])
        if place is Place.THUMBNAILS:
            await self.make_thumbnails()
        if place is Place.CACHE and self._session.connected:
            await self._session.refresh()

    async def make_thumbnails(self) -> None:
        """Make those that are missing, newest first. The views are told at the end when a film is among them:
        of pictures they make their own."""
        rows = await self._library.row_ids(LibraryQuery(kinds=_PICTURES))
        films = False
        for start in range(0, len(rows), _ROWS):
            for row in await self._library.rows(rows[start : start + _ROWS]):
                asset = await self._library.asset(row.id)
                if asset is not None:
                    films |= await self._library.ensure_thumbnail(asset) and asset.kind is MediaKind.VIDEO
        if films:
            self._library.changed.emit(LibraryChange(reset=True))

    # ------------------------------------------------------------------ counting

    def _measure(self, unfinished: frozenset[str], tell: Callable[[int], None]) -> DiskUse:
        filed = disk_use.library_files(self._paths.library, tell)
        used = [
            Used(place=place, folder=self._paths.library, files=amount.files, bytes=amount.bytes)
            for place, amount in filed.items()
        ]
        for place in Place:
            if place not in OF_LIBRARY:
                files, size = disk_use.amount_of(self._lies(place), tell)
                used.append(Used(
                    place=place, folder=self.folder_of(place), files=files, bytes=size,
                    paid=_answers(self._folder.pieces, unfinished) if place is Place.PIECES else 0,
                ))  # fmt: skip
        return DiskUse(used=tuple(used), free=disk_use.free_space(self._paths.library))

    def _lies(self, place: Place) -> list[Path]:
        """Where a kind lies."""
        folder, paths = self._folder, self._paths
        cache = [path for path in paths.cache.glob("*") if path.name not in ("peaks", "transcription")]
        damaged = [*paths.profile.glob("studio-damaged-*"), *paths.profile.glob("settings.unreadable*.toml")]
        return {
            Place.TRASH: [folder.trash],
            Place.QUARANTINE: [folder.quarantine],
            Place.THUMBNAILS: [folder.thumbs],
            Place.OUTLINES: [folder.peaks, paths.cache / "peaks"],
            Place.INDEX: [folder.index.with_name(folder.index.name + end) for end in ("", "-wal", "-shm")],
            Place.PIECES: [folder.pieces],
            Place.RECORDINGS: [folder.recordings],
            Place.CACHE: cache,
            Place.LOGS: [paths.logs],
            Place.SANDBOX: [paths.sandbox],
            Place.PROFILE: [
                paths.profile / name for name in (*swap.DATABASE, *swap.PREFERENCES, "wildcards")
            ],
            Place.SNAPSHOTS: [paths.profile / "snapshots"],
            Place.ASIDE: [*swap.leftovers(paths.profile, paths.library), *damaged],
        }[place]

    async def _unfinished(self) -> frozenset[str]:
        return frozenset(job.id for job in await self._profile.unfinished())

    # ------------------------------------------------------------------ clearing

    async def _remove(self, paths: list[Path]) -> None:
        await asyncio.to_thread(lambda: [disk_use.remove(path) for path in paths])

    async def _empty_trash(self) -> None:
        rows = await self._library.row_ids(LibraryQuery(trash=True))
        await self._library.delete_forever([row.id for row in await self._library.rows(rows)])

    async def _clear_pieces(self) -> None:
        """All but those of jobs that run now."""
        if self._folder.pieces.is_symlink():
            return  # what it leads to is not the program's
        busy = {job.id for job in await self._profile.unfinished() if job.state.was_sent}
        paths = await asyncio.to_thread(
            lambda: [*self._folder.pieces.glob("*"), *self._folder.pieces.glob(".*")]
        )
        await self._remove([path for path in paths if path.name not in busy])

    async def _clear_sandbox(self) -> None:
        if self._session.state.is_sandbox:
            raise StudioError(
                tr("The sandbox is in use."), tr("Choose another service under Connection, then clear it.")
            )
        await self._session.stop_sandbox()
        await self._remove([self._paths.sandbox])

    async def _clear_logs(self) -> None:
        """The one that is written now is emptied, not removed: it stays open."""

        def work() -> None:
            for path in self._paths.logs.glob("nectary.log.*"):
                disk_use.remove(path)
            if (self._paths.logs / "nectary.log").exists():
                (self._paths.logs / "nectary.log").write_bytes(b"")

        await asyncio.to_thread(work)


def _answers(folder: Path, unfinished: frozenset[str]) -> int:
    """Answers that were paid for and that a transcript still waits for."""
    found = (path for path in folder.glob("*/*.json") if path.name != "pieces.json")
    return sum(1 for path in found if path.parent.name in unfinished)

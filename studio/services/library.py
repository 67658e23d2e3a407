"""The library for the rest of the program: awaitable, with one event that says what changed.

Blocking work runs on threads of its own: one that writes, two that read, two that decode, and three
while files are imported. The loop's default executor is never used.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from studio.core.errors import DiskFullError, StorageError, StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.domain.asset import Asset, AssetDraft, clean_tags
from studio.domain.export import Exported, ExportOptions
from studio.domain.intake import Imported
from studio.domain.library import (
    AssetRow,
    DayRun,
    Facets,
    LeadingRows,
    LibraryChange,
    LibraryQuery,
    Progress,
    Shelves,
    Sums,
)
from studio.domain.media import MediaKind
from studio.library import rebuild as rebuilding
from studio.library.files import DEFAULT_TEMPLATE, LibraryFolder, sidecar_of
from studio.library.interrupt import Interrupt
from studio.library.store import Library, Prepared

if TYPE_CHECKING:
    from studio.library import importing

P = ParamSpec("P")
T = TypeVar("T")
IMPORTERS = 3  # two read on two cores while one waits for the disk


class LibraryService:
    """One library, opened and closed with the program.

    `changed` is emitted on the loop's thread after every write, also when the write was told to by another
    part of the program. `rebuilding` tells how far `rebuild` has come, and None at its end.

    Args:
        root: the library's folder.
        template: for file names.
    """

    def __init__(self, root: Path, *, template: str = DEFAULT_TEMPLATE) -> None:
        self.changed: Event[LibraryChange] = Event("library.changed")
        self.rebuilding: Event[Progress | None] = Event("library.rebuilding")
        self._root = root
        self._folder = LibraryFolder(root)
        self._template = template
        self._embeds = True
        self._opened: Library | None = None
        # Kept here so that a cancelled caller does not stop them and `close` waits for them.
        self._writing: set[asyncio.Future[Any]] = set()
        self._writer = ThreadPoolExecutor(1, "library-write")
        self._readers = ThreadPoolExecutor(2, "library-read")
        self._workers = ThreadPoolExecutor(2, "library-work")
        self._importers = ThreadPoolExecutor(IMPORTERS, "library-import")

    @property
    def root(self) -> Path:
        return self._root

    # ------------------------------------------------------------ life

    async def open(self, asked_again: Collection[str] = ()) -> None:
        """Open the library and finish what a crash left.

        Args:
            asked_again: jobs that the journal has not finished; their half downloads are deleted.

        Raises:
            StorageError: another program has it, it is newer than this program, or cannot be written.
        """
        if self._opened is not None:
            return
        self._opened = await self._on(self._writer, lambda: Library(self._root, template=self._template))
        self._opened.embeds = self._embeds
        self._emit(await self._on(self._writer, self._opened.recover, asked_again))

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    @property
    def needs_rebuild(self) -> bool:
        """True when the index was missing or damaged though there are files; call `rebuild` then."""
        return self._library.index_was_lost

    async def warm(self) -> None:
        """Load what filters and facets need (0.4 s of a thread at 100,000); call it after the first paint."""
        await self._on(self._readers, self._library.index.warm)

    async def close(self) -> None:
        """Wait for what is being written, end the threads, give the library back; may be called twice."""
        while self._writing:
            await asyncio.gather(*self._writing, return_exceptions=True)
        library, self._opened = self._opened, None
        loop = asyncio.get_running_loop()
        for executor in (self._importers, self._workers, self._readers):
            # A thread joins them; joining here would stop the loop they may need.
            await loop.run_in_executor(self._writer, executor.shutdown) if library else executor.shutdown()
        if library is not None:
            await loop.run_in_executor(self._writer, library.close)
        self._writer.shutdown()

    # ------------------------------------------------------------ asking

    async def leading(self, query: LibraryQuery) -> LeadingRows | None:
        """The first rows of a query, where those can be had much sooner than all of them."""
        return await self._ask(self._library.index.leading, query)

    async def row_ids(self, query: LibraryQuery) -> array[int]:
        """All rows of a query as `array('q')`, newest first unless it says otherwise."""
        return await self._ask(self._library.index.row_ids, query)

    async def rows(self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None) -> list[AssetRow]:
        """The cells of these rows, in the order given; rows that are gone are left out.

        Args:
            stacked_in: count for each row how many of its stack this query has.
        """
        return await self._on(self._readers, self._library.index.rows, row_ids, stacked_in)

    async def asset(self, asset_id: str) -> Asset | None:
        return await self._on(self._readers, self._library.index.asset, asset_id)

    async def asset_by_row(self, row: int) -> Asset | None:
        return await self._on(self._readers, self._library.index.asset_by_row, row)

    async def row_of(self, asset_id: str) -> int | None:
        return await self._on(self._readers, self._library.index.row_of, asset_id)

    async def facets(self, query: LibraryQuery) -> Facets:
        return await self._ask(self._library.index.facets, query)

    async def sums(self, query: LibraryQuery) -> Sums:
        """What the assets of a query cost, by model, collection and day."""
        return await self._ask(self._library.index.sums, query)

    async def day_runs(self, query: LibraryQuery) -> list[DayRun]:
        """The days of a query in its order, with what was made and spent on each."""
        return await self._ask(self._library.index.day_runs, query)

    async def days_of(self, rows: Sequence[int]) -> list[DayRun]:
        """The days of a few rows, in the order given."""
        return await self._on(self._readers, self._library.index.days_of, rows)

    def set_filing(self, *, template: str, embeds: bool) -> None:
        """How results are named, and whether their parameters are written into them: from the next one on."""
        self._template, self._embeds = template, embeds
        if self._opened is not None:
            self._opened.template, self._opened.embeds = template, embeds

    async def count(self, query: LibraryQuery) -> int:
        return await self._ask(self._library.index.count, query)

    async def parents(self, asset: Asset) -> list[Asset]:
        """What the asset was made from, as far as it is still here."""
        return await self._on(self._readers, self._library.index.parents, asset)

    async def children(self, asset_id: str) -> list[Asset]:
        """What was made from the asset, oldest first."""
        return await self._on(self._readers, self._library.index.children, asset_id)

    async def with_hash(self, sha256: str) -> list[Asset]:
        """Assets whose file holds exactly this content."""
        return await self._on(self._readers, self._library.index.with_hash, sha256)

    async def of_job(self, job_id: str) -> list[Asset]:
        return await self._on(self._readers, self._library.index.of_job, job_id)

    def file_path(self, asset: Asset | AssetRow) -> Path:
        """Where the file lies; for a row of the trash ask with the `Asset`."""
        if isinstance(asset, Asset):
            return self._folder.file(asset)
        return self._folder.place(asset.path)

    def trashed_path(self, row: AssetRow) -> Path:
        """Where the file of a row of the trash lies."""
        return self._folder.trashed(row.id, row.path)

    def sidecar_path(self, asset: Asset) -> Path:
        return sidecar_of(self._folder.file(asset))

    def thumbnail_path(self, asset: Asset | AssetRow) -> Path:
        """Where the thumbnail lies, or will; sounds and texts have none."""
        return self._folder.thumbnail(asset.sha256)

    def outline_path(self, sha256: str) -> Path:
        """Where the outline of a sound lies, or will."""
        return self._folder.outline(sha256)

    def incoming_path(self, job_id: str, number: int = 0) -> Path:
        """Where the bytes of a job's result are to be written before `store`."""
        return self._library.incoming_path(job_id, number)

    @property
    def recordings(self) -> Path:
        """The folder for recordings under way: on the library's own disk, and nobody else's as long as the
        library is open."""
        return self._folder.recordings

    @property
    def pieces(self) -> Path:
        """The folder for what has come of transcripts that are not finished."""
        return self._folder.pieces

    # ------------------------------------------------------------ storing and changing

    async def store(self, incoming: Path, draft: AssetDraft) -> Asset:
        """Check, embed, file and index one complete download that lies at `incoming_path(...)`.

        When this returns the file is on the disk, flushed, with its sidecar and thumbnail. It runs to its end
        even when the caller is cancelled.

        Raises:
            StudioError: the result is damaged, blank, a stand-in, or another kind of thing than asked for.
            StorageError: the disk is full or cannot be written; the bytes stay where they are.
        """
        library = self._library
        return await self._file(library, lambda: library.prepare(incoming, draft))

    async def _file(self, library: Library, prepare: Callable[[], Prepared]) -> Asset:
        """One job of a worker from bytes to thumbnail, which a cancelled caller leaves running."""

        filed: list[Asset] = []

        def work() -> LibraryChange:
            asset, change = self._writer.submit(library.commit, prepare()).result()
            library.thumbnail(asset)
            filed.append(asset)
            return change

        await self._to_the_end(self._workers, work)
        return filed[0]

    async def _to_the_end(self, executor: ThreadPoolExecutor, work: Callable[[], LibraryChange]) -> None:
        """A change that happens, and is told, also when the caller is cancelled meanwhile."""
        writing = asyncio.get_running_loop().run_in_executor(executor, work)
        self._keep(writing)
        await asyncio.shield(writing)

    def _keep(self, writing: asyncio.Future[LibraryChange] | asyncio.Future[importing.Filed]) -> None:
        self._writing.add(writing)
        writing.add_done_callback(self._written)

    def _written(self, writing: asyncio.Future[Any]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled() and writing.exception() is None:
            result: LibraryChange | importing.Filed = writing.result()
            self._emit(result if isinstance(result, LibraryChange) else result.change)

    async def ensure_thumbnail(self, asset: Asset) -> bool:
        """Make the thumbnail if it is missing; False when the asset has none to show."""
        return await self._on(self._workers, self._library.thumbnail, asset)

    async def set_rating(self, asset_ids: Iterable[str], rating: int) -> None:
        """0 (none) to 5 stars."""
        await self._write(self._library.set_rating, tuple(asset_ids), rating)

    async def set_tags(self, asset_ids: Iterable[str], tags: Iterable[str]) -> None:
        wanted = clean_tags(tags)
        await self._edit(asset_ids, lambda asset: replace(asset, tags=wanted))

    async def add_tags(self, asset_ids: Iterable[str], tags: Iterable[str]) -> None:
        more = tuple(tags)
        await self._edit(asset_ids, lambda asset: replace(asset, tags=clean_tags((*asset.tags, *more))))

    async def remove_tags(self, asset_ids: Iterable[str], tags: Iterable[str]) -> None:
        less = frozenset(clean_tags(tags))
        await self._edit(
            asset_ids, lambda asset: replace(asset, tags=tuple(t for t in asset.tags if t not in less))
        )

    async def set_note(self, asset_ids: Iterable[str], note: str) -> None:
        await self._edit(asset_ids, lambda asset: replace(asset, note=note))

    async def set_title(self, asset_ids: Iterable[str], title: str) -> None:
        await self._edit(asset_ids, lambda asset: replace(asset, title=title))

    async def set_edited(self, asset_ids: Iterable[str], edited: str, words: str) -> None:
        """What the user made of a text.

        Args:
            edited: see `Asset.edited`. `words`: what is read and searched of it.
        """
        await self._edit(asset_ids, lambda asset: replace(asset, edited=edited, prompt=words))

    async def trash(self, asset_ids: Iterable[str]) -> None:
        await self._write(self._library.trash, tuple(asset_ids))

    async def restore(self, asset_ids: Iterable[str]) -> None:
        await self._write(self._library.restore, tuple(asset_ids))

    async def delete_forever(self, asset_ids: Iterable[str]) -> None:
        """Delete files that lie in the trash already; others are left alone."""
        await self._write(self._library.delete_forever, tuple(asset_ids))

    async def import_files(
        self,
        paths: Sequence[Path],
        collections: tuple[str, ...] = (),
        progress: Callable[[Progress], object] | None = None,
        *,
        again: bool = True,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Imported:
        """Copy files from elsewhere into the library, with what their metadata tell.

        One file that cannot be taken in does not keep the others out; `Imported.refused` says why. What was
        begun when the caller is cancelled is finished, the rest is left; a full disk ends it as well.

        Args:
            progress: called on the loop's thread after each batch, phase "import".
            again: file what is in the library already once more; else that is refused (`KnownFileError`).
            stopped: asked after each batch whether to leave the rest.
        """
        from studio.library import importing  # as `exporting` below: no start needs it

        library = self._library
        outcomes: list[Asset | StudioError] = []
        problem: StudioError | None = None
        known = None if again else importing.Known(library)
        left = deque(await self._on(self._workers, importing.batches, paths))
        begun: deque[Future[importing.Filed]] = deque()
        last: Future[importing.Filed] | None = None
        while left or begun:
            while left and len(begun) < IMPORTERS:
                last = self._take_in(library, left.popleft(), collections, known, last)
                begun.append(last)
            filed = await asyncio.shield(asyncio.wrap_future(begun.popleft()))
            outcomes.extend(filed.outcomes)
            for asset in filed.outcomes:
                # A view makes a picture's thumbnail when it first shows it; it cannot make a film's.
                if isinstance(asset, Asset) and asset.kind is MediaKind.VIDEO:
                    await self._on(self._workers, library.thumbnail, asset)
            if progress is not None:
                progress(Progress(phase="import", done=len(outcomes), total=len(paths)))
            problem = problem or next((one for one in filed.outcomes if isinstance(one, DiskFullError)), None)
            if problem is not None or stopped():
                left.clear()
        return Imported(files=tuple(zip(paths, outcomes, strict=False)), problem=problem)

    def _take_in(
        self,
        library: Library,
        paths: Sequence[Path],
        collections: tuple[str, ...],
        known: importing.Known | None,
        before: Future[importing.Filed] | None,
    ) -> Future[importing.Filed]:
        """Import a batch to its end, also when the caller is cancelled; filed behind the one `before`."""
        from studio.library import importing

        def write(call: Callable[[], T]) -> T:
            return self._writer.submit(call).result()

        def my_turn() -> None:
            if before is not None:
                wait((before,))

        def work() -> importing.Filed:
            return importing.take_in(library, paths, collections, write, known=known, my_turn=my_turn)

        filing = self._importers.submit(work)
        self._keep(asyncio.wrap_future(filing))
        return filing

    async def read_parameters(self, path: Path) -> AssetDraft:
        """What a picture file outside the library tells about how it was made; its prompt is empty when it
        tells nothing.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            return await self._on(self._workers, rebuilding.draft_of, path)
        except OSError as error:
            raise StorageError(tr("The file cannot be read."), str(error)) from error

    async def export(
        self,
        asset_ids: Iterable[str],
        target: Path,
        options: ExportOptions,
        progress: Callable[[int], object] | None = None,
    ) -> Exported:
        """Copies for the world outside, in the folder `target`, or in one archive when it ends in .zip.

        A copy that cannot be made does not keep the others out; `Exported.refused` says why.

        Args:
            progress: is told how many are done, on the loop's thread.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        from studio.library.exporting import export_to_folder, export_to_zip

        library = self._library
        assets = [asset for asset_id in asset_ids if (asset := await self.asset(asset_id)) is not None]
        sources = [(asset, library.folder.file(asset)) for asset in assets]
        loop = asyncio.get_running_loop()

        def tell(done: int) -> None:
            if progress is not None:
                loop.call_soon_threadsafe(progress, done)

        export = export_to_zip if target.suffix.lower() == ".zip" else export_to_folder
        return await self._on(self._workers, export, sources, target, options, tell)

    # ------------------------------------------------------------ collections

    @property
    def shelves(self) -> Shelves:
        """The collections and saved searches."""
        return self._library.shelves

    async def set_shelves(self, shelves: Shelves) -> None:
        """Replace the collections and saved searches; assets in removed collections leave them."""
        library = self._library
        kept = {collection.id for collection in shelves.collections}
        gone = [c.id for c in library.shelves.collections if c.id not in kept]
        await self._on(self._writer, library.set_shelves, shelves)
        for identity in gone:
            await self.remove_from_collection(await self.members(identity), identity)
        self.changed.emit(LibraryChange(reset=True))

    async def members(self, collection: str) -> list[str]:
        """Ids of the assets in a collection itself, without what is nested in it; those in the trash too."""
        return await self._on(self._readers, self._library.index.with_label, "members", collection)

    async def add_to_collection(self, asset_ids: Iterable[str], collection: str) -> None:
        await self._edit(
            asset_ids,
            lambda asset: replace(asset, collections=tuple(dict.fromkeys((*asset.collections, collection)))),
        )

    async def remove_from_collection(self, asset_ids: Iterable[str], collection: str) -> None:
        await self._edit(
            asset_ids,
            lambda asset: replace(
                asset, collections=tuple(name for name in asset.collections if name != collection)
            ),
        )

    # ------------------------------------------------------------ bringing in line with the files

    async def rebuild(self, progress: Callable[[Progress], object] | None = None) -> None:
        """Make the index again from the files; storing goes on meanwhile.

        Args:
            progress: called on the loop's thread, "scan" once and then "index" per batch.
        """
        library = self._library

        def tell(step: Progress) -> None:
            self.rebuilding.emit(step)
            if progress is not None:
                progress(step)

        try:
            await self._rebuild(library, tell)
        finally:
            self.rebuilding.emit(None)
        self.changed.emit(LibraryChange(reset=True))

    async def _rebuild(self, library: Library, tell: Callable[[Progress], object]) -> None:
        tell(Progress(phase="scan", done=0))
        files = await self._on(self._workers, rebuilding.scan, library.folder)
        await self._on(self._writer, library.index.clear)
        done = 0
        for batch in rebuilding.batches(files):
            await self._on(self._writer, rebuilding.apply, library.folder, library.index, batch)
            done += len(batch)
            tell(Progress(phase="index", done=done, total=len(files)))
        # What was filed between the listing and the clearing is in neither.
        await self._follow_files(library)
        library.index_was_lost = False

    async def reconcile(self) -> LibraryChange:
        """Follow files that were moved, changed, added or deleted outside the program.

        Lists the whole folder, so call it some time after the start.
        """
        library = self._library
        change = await self._follow_files(library)
        await self._on(self._writer, library.remove_orphans)
        self._emit(change)
        return change

    async def folder_stamps(self) -> frozenset[tuple[str, int]]:
        """The folders of the library with the times they last changed: other than before when a file was
        added, removed or renamed. A few folders, however many files."""
        return await self._on(self._workers, rebuilding.folder_stamps, self._library.folder)

    async def _follow_files(self, library: Library) -> LibraryChange:
        found = await self._on(self._workers, rebuilding.differences, library.folder, library.index)
        changes = [
            await self._on(self._writer, rebuilding.apply, library.folder, library.index, batch)
            for batch in rebuilding.batches(found.files)
        ]
        changes.append(
            await self._on(
                self._writer, rebuilding.forget_missing, library.folder, library.index, found.missing
            )
        )
        return rebuilding.merged(changes)

    # ------------------------------------------------------------ inside

    @property
    def _library(self) -> Library:
        if self._opened is None:
            raise StorageError(tr("The library is closed."))
        return self._opened

    async def _edit(self, asset_ids: Iterable[str], change: Callable[[Asset], Asset]) -> None:
        await self._write(self._library.edit, tuple(asset_ids), change)

    async def _write(self, call: Callable[P, LibraryChange], *args: P.args, **kwargs: P.kwargs) -> None:
        await self._to_the_end(self._writer, lambda: call(*args, **kwargs))

    async def _ask(self, call: Callable[[LibraryQuery, Interrupt], T], query: LibraryQuery) -> T:
        """A question that ends in its thread, too, when its caller is cancelled."""
        stop = Interrupt()
        try:
            return await self._on(self._readers, call, query, stop)
        except asyncio.CancelledError:
            stop.call()
            raise

    async def _on(
        self, executor: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(executor, lambda: call(*args, **kwargs))

    def _emit(self, change: LibraryChange) -> None:
        if change != LibraryChange():
            self.changed.emit(change)

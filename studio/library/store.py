"""The library as plain blocking calls: `services.library` runs them on the right threads.

`prepare` is the slow part of storing (decode, embed, hash) and may run in several threads; everything that
changes the library runs on one writing thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.core.errors import InputError, StorageError
from studio.core.files import storage_error, write_atomically
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.json_text import parse_json
from studio.domain.asset import Asset, AssetDraft
from studio.domain.codec import from_json, to_json
from studio.domain.library import LibraryChange, Shelves
from studio.domain.media import MediaKind
from studio.library import filing, import_batch, rebuild, sniff
from studio.library.database import DamagedDatabaseError
from studio.library.files import (
    DEFAULT_TEMPLATE,
    MAX_RATING,
    LibraryFolder,
    sidecar_of,
    stem_from_template,
)
from studio.library.index import Index, Record
from studio.library.thumbnails import make_thumbnail, remove_orphans

log = logging.getLogger(__name__)

CrashPoint = Callable[[str], None]
# SHA-256 of pictures that a busy service sends in place of the result. The sandbox has one of its own.
_CARRIERS = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.SPEECH, MediaKind.MUSIC})
STAND_INS = frozenset({"520a3405ba7f5f40820d0f2f0488c028a93cfd3aada08fb234a848d5eff6e88a"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A result that was checked and is ready to be filed; `stem` is the name it would like."""

    incoming: Path
    asset: Asset
    stem: str
    extension: str


class Library:
    """One library folder with its index.

    Args:
        root: the folder.
        template: for file names, see `files.stem_from_template`.
        crash_point: told where storing has come; tests end the process there.

    `index_was_lost` is true when there was no readable index but there are files: it needs a rebuild.

    Raises:
        StorageError: the folder is in use by another program, newer than this one, or cannot be written.
    """

    def __init__(
        self, root: Path, *, template: str = DEFAULT_TEMPLATE, crash_point: CrashPoint | None = None
    ) -> None:
        self.folder = LibraryFolder(root)
        self.template = template
        self.embeds = True
        self._crash_point = crash_point or _no_crash
        self.folder.open()
        try:
            self.index, self.index_was_lost = _open_index(self.folder)
        except StorageError:
            self.folder.close()
            raise
        self.shelves = self._read_shelves()
        self.index.set_shelves(self.shelves)

    def close(self) -> None:
        self.index.close()
        self.folder.close()

    # ------------------------------------------------------------ storing

    def incoming_path(self, job_id: str, number: int = 0) -> Path:
        """Where a download for a job goes; `number` tells several results of one job apart."""
        return self.folder.incoming / f"{job_id}{f'.{number}' if number else ''}.part"

    def prepare(self, incoming: Path, draft: AssetDraft) -> Prepared:
        """Check a complete file in `incoming/`, embed its parameters, and hash it.

        Raises:
            DamagedFileError: it is torn, blank, a stand-in, or the wrong kind of thing. It is moved to the
                quarantine.
            StorageError: the disk is full or cannot be written.
        """
        try:
            checked = sniff.check(incoming, draft.kind, draft.mime)
            content = filing.sha256_of(incoming)
            self._refuse_stand_in(draft, content)
        except sniff.DamagedFileError:
            with contextlib.suppress(OSError):
                filing.quarantine(self.folder, incoming)
            raise
        except OSError as error:
            raise storage_error(error, incoming) from error
        moment = draft.created_at or datetime.now(UTC)
        asset = draft.asset(
            id=new_id(),
            kind=checked.kind,
            path="",
            mime=checked.mime,
            size=incoming.stat().st_size,
            sha256=content,
            created_at=moment,
            width=checked.width,
            height=checked.height,
            duration=checked.duration,
        )
        try:
            asset = self._embed(incoming, asset, draft)
        except OSError as error:
            raise storage_error(error, incoming) from error
        stem = stem_from_template(self.template, draft, moment, asset.id)
        return Prepared(incoming, asset, stem, checked.extension)

    def commit(self, prepared: Prepared) -> tuple[Asset, LibraryChange]:
        """File a prepared result and index it; crash-safe at every point (see `filing`).

        Raises:
            StorageError: the disk is full or cannot be written; the result stays in `incoming/`.
        """
        asset = prepared.asset
        path = self.folder.free_path(prepared.stem, prepared.extension, asset.created_at)
        asset = replace(asset, path=path, added_at=datetime.now(UTC))
        filing.plan(prepared.incoming, asset, self._crash_point)
        asset = filing.place(self.folder, prepared.incoming, asset, self._crash_point)
        change = self.index.put([self.record(asset)])
        filing.finish(prepared.incoming, self._crash_point)
        return asset, change

    def import_file(self, path: Path, collections: tuple[str, ...] = ()) -> Prepared:
        """Copy a file from elsewhere into `incoming/` and prepare it, with what its metadata tell.

        Raises:
            DamagedFileError: it is not a file the library keeps, or it is torn.
            StorageError: it cannot be read, or the disk is full.
        """
        incoming = self.incoming_path(new_id())
        try:
            if not path.is_file():  # a pipe would keep whoever opens it
                raise sniff.DamagedFileError(tr("{name} is no picture, film or sound.", name=path.name))
            with path.open("rb") as file:
                if sniff.sniff(file.read(sniff.HEAD_BYTES)) is None:
                    raise sniff.DamagedFileError(tr("{name} is no picture, film or sound.", name=path.name))
            shutil.copyfile(path, incoming)
            draft = rebuild.draft_of(path)
        except OSError as error:
            incoming.unlink(missing_ok=True)
            raise storage_error(error, path) from error
        try:
            return self.prepare(incoming, replace(draft, name=path.stem, collections=collections))
        except StorageError:
            incoming.unlink(missing_ok=True)
            raise

    def thumbnail(self, asset: Asset) -> bool:
        """Make the asset's thumbnail unless it is there; False when it has none."""
        target = self.folder.thumbnail(asset.sha256)
        return target.exists() or make_thumbnail(self.folder.file(asset), target, asset.mime)

    def recover(self, asked_again: Collection[str] = ()) -> LibraryChange:
        """Finish, delete or quarantine what a crash left; a folder listing when there is nothing.

        Args:
            asked_again: jobs whose request is sent again, so that their half downloads may go.
        """
        imported = import_batch.finish(self.folder)
        recovered = filing.recover(self.folder, asked_again)
        change = LibraryChange()
        if imported or recovered.assets:
            change = self.index.put([self.record(asset) for asset in (*imported, *recovered.assets)])
        import_batch.clear(self.folder)
        filing.clear_plans(self.folder)
        return change

    # ------------------------------------------------------------ changing

    def edit(self, asset_ids: Iterable[str], change: Callable[[Asset], Asset]) -> LibraryChange:
        """Change what the user may change of these assets: the sidecars first, then the index."""
        records: list[Record] = []
        try:
            for asset in self._assets(asset_ids):
                edited = change(asset)
                if edited != asset:
                    filing.write_sidecar(self.folder, edited)
                    records.append(self.record(edited))
        finally:
            # When the disk fills up in the middle, the index still follows the sidecars.
            done = self.index.put(records) if records else LibraryChange()
        return done

    def set_rating(self, asset_ids: Iterable[str], rating: int) -> LibraryChange:
        """Raises InputError when the rating is not 0 to 5."""
        if not 0 <= rating <= MAX_RATING:
            raise InputError(tr("A rating is 0 to 5 stars."), field="rating")
        return self.edit(asset_ids, lambda asset: replace(asset, rating=rating))

    def trash(self, asset_ids: Iterable[str]) -> LibraryChange:
        """Move files and sidecars to the trash: for the library's views their rows are removed."""
        now = datetime.now(UTC)
        wanted = (asset for asset in self._assets(asset_ids) if asset.trashed_at is None)
        change = self._move(wanted, lambda asset: replace(asset, trashed_at=now))
        return LibraryChange(removed=change.updated)

    def restore(self, asset_ids: Iterable[str]) -> LibraryChange:
        """Bring files back from the trash, under another name when theirs is taken by now."""

        def back(asset: Asset) -> Asset:
            home = self.folder.place(asset.path)
            path = asset.path
            if home.exists() or sidecar_of(home).exists():
                path = self.folder.free_path(home.stem, home.suffix, asset.created_at)
            return replace(asset, path=path, trashed_at=None)

        wanted = (asset for asset in self._assets(asset_ids) if asset.trashed_at is not None)
        return LibraryChange(added=self._move(wanted, back).updated)

    def delete_forever(self, asset_ids: Iterable[str]) -> LibraryChange:
        """Delete files that lie in the trash, with sidecar and thumbnail; others are left alone."""
        gone: list[str] = []
        try:
            for asset in self._assets(asset_ids):
                if asset.trashed_at is None:
                    continue
                path = self.folder.file(asset)
                # The file first: a sidecar without a file means nothing to anybody.
                path.unlink(missing_ok=True)
                sidecar_of(path).unlink(missing_ok=True)
                gone.append(asset.id)
                if len(self.index.with_hash(asset.sha256)) == 1:
                    self.folder.thumbnail(asset.sha256).unlink(missing_ok=True)
                    self.folder.outline(asset.sha256).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.folder.trash / "file") from error
        finally:
            change = self.index.remove(gone) if gone else LibraryChange()
        return change

    def remove_orphans(self) -> int:
        """Delete thumbnails and outlines of content that is here no more (how many it were), and old
        quarantined files."""
        from studio.library.sound.outline import remove_orphan_outlines

        filing.empty_quarantine(self.folder)
        hashes = self.index.hashes()
        return remove_orphans(self.folder.thumbs, hashes) + remove_orphan_outlines(self.folder.peaks, hashes)

    # ------------------------------------------------------------ collections

    def set_shelves(self, shelves: Shelves) -> None:
        """Replace the collections and saved searches.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        text = json.dumps(to_json(shelves), ensure_ascii=False, indent=1)
        write_atomically(self.folder.shelves, text.encode(errors="replace"))
        self.shelves = shelves
        self.index.set_shelves(shelves)

    def _read_shelves(self) -> Shelves:
        try:
            data: Any = parse_json(self.folder.shelves.read_bytes())
            return from_json(Shelves, data)
        except FileNotFoundError:
            return Shelves()
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("the collections cannot be read: %s", error)
            with contextlib.suppress(OSError):
                filing.quarantine(self.folder, self.folder.shelves)
            return Shelves()

    # ------------------------------------------------------------ inside

    def record(self, asset: Asset) -> Record:
        """The asset with its file's times, which is what the index holds."""
        path = self.folder.file(asset)
        return Record(asset, _mtime_ns(path), _mtime_ns(sidecar_of(path)))

    def _assets(self, asset_ids: Iterable[str]) -> Sequence[Asset]:
        found = (self.index.asset(identity) for identity in dict.fromkeys(asset_ids))
        return [asset for asset in found if asset is not None]

    def _move(self, assets: Iterable[Asset], where: Callable[[Asset], Asset]) -> LibraryChange:
        notes: list[Path] = []
        records: list[Record] = []
        try:
            for asset in assets:
                moved = where(asset)
                notes.append(filing.move(self.folder, asset, moved, self._crash_point))
                records.append(self.record(moved))
        finally:
            change = self.index.put(records) if records else LibraryChange()
            for note in notes:
                note.unlink(missing_ok=True)
        return change

    def _embed(self, incoming: Path, asset: Asset, draft: AssetDraft) -> Asset:
        """Write a copy with embedded parameters beside `incoming`, where the format takes them."""
        # XML takes 50 ms to import, and no start needs it.
        from studio.library.metadata.containers import LARGEST
        from studio.library.metadata.embed import embed

        if draft.adopted or not self.embeds or asset.kind not in _CARRIERS or asset.size > LARGEST:
            filing.sync_file(incoming)
            return asset
        data = incoming.read_bytes()
        if asset.kind is MediaKind.IMAGE:
            asset = _with_upstream_comment(asset, data)
        embedded = embed(data, asset)
        if embedded is None:
            filing.sync_file(incoming)
            return asset
        # The plan, which is written next, flushes the folder.
        write_atomically(filing.embedded_of(incoming), embedded, sync_name=False)
        return replace(asset, size=len(embedded), sha256=hashlib.sha256(embedded).hexdigest())

    def _refuse_stand_in(self, draft: AssetDraft, content: str) -> None:
        """A busy service sends the same picture for every prompt: it is known, or the library has met it."""
        if draft.kind not in (MediaKind.IMAGE, MediaKind.VIDEO) or draft.adopted or not draft.prompt:
            return
        if content in STAND_INS:
            raise sniff.DamagedFileError(
                tr("The service sent a stand-in picture."), tr("It may be busy. Try again later.")
            )
        prompts = {asset.prompt for asset in self.index.with_content(content) if asset.prompt}
        if prompts and draft.prompt not in prompts:
            raise sniff.DamagedFileError(
                tr("The service sent a stand-in picture."),
                tr("The same one came for another prompt. It may be busy; try again later."),
            )


def _with_upstream_comment(asset: Asset, data: bytes) -> Asset:
    """Keep the UserComment the service wrote, which ours replaces in the file."""
    from studio.library.metadata.embed import read_embedded

    comment = read_embedded(data, asset.mime).infotext
    if not comment or asset.mime == "image/png":
        return asset
    headers = {**asset.provenance.headers, "exif-user-comment": comment}
    return replace(asset, provenance=replace(asset.provenance, headers=headers))


def _open_index(folder: LibraryFolder) -> tuple[Index, bool]:
    """The index, and whether it has to be rebuilt; a damaged one is put aside, a newer one is refused."""
    if folder.index.exists() and not folder.index.is_file():
        filing.quarantine(folder, folder.index)
    fresh = not folder.index.exists()
    try:
        index = Index(folder.index)
    except DamagedDatabaseError as error:
        log.warning("the index is damaged and is made again: %s", error)
        filing.quarantine(folder, folder.index)
        for suffix in ("-wal", "-shm"):
            folder.index.with_name(folder.index.name + suffix).unlink(missing_ok=True)
        return Index(folder.index), True
    has_files = fresh and any(
        entry.is_dir() and not entry.name.startswith(".") for entry in folder.root.iterdir()
    )
    return index, has_files


def _no_crash(_point: str) -> None:
    """Nothing happens at crash points outside tests."""


def _mtime_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0

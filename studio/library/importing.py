"""Taking many pictures of other programs in at once.

A result of the service is decoded to its end before it is shown: it was paid for, and may be anything. A
picture the user has chosen is looked at from the outside (header, size, whether its end is there), which
takes a tenth of the time; should its middle be damaged, its cell says so. All other files go the long way.

Filing is crash-safe as a whole (see `import_batch`): sidecars, and bytes under private names, are flushed
together before the first picture gets its own name. The original is untouched in any case.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Protocol, TypeVar

from studio.core.errors import StudioError
from studio.core.files import storage_error, sync_folder
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.library import LibraryChange
from studio.library import filing, rebuild, sniff
from studio.library.files import SIDECAR_SUFFIX, LibraryFolder, sidecar_of, stem_from_template
from studio.library.import_batch import ImportBatch, private_name
from studio.library.index import Record
from studio.library.metadata.jpeg import segments
from studio.library.store import Library, Prepared

log = logging.getLogger(__name__)

T = TypeVar("T")
BATCH = 128
LARGEST = 64 << 20  # bytes; larger pictures go the long way, which needs no memory for them
MOST_PIXELS = 300_000_000
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82", "image/gif": b";"}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers that carry the size
_END_WITHIN = 1 << 16  # other programs append thumbnails and notes behind a picture's end


_BINARY = getattr(os, "O_BINARY", 0)
_NO_WAITING = _BINARY | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Copied:
    """A picture under a private name in `incoming/`, not flushed yet; `stem` is the name it would like.

    Args:
        mtime_ns, sidecar_mtime_ns: the times of the written files; the latter 0 while there is none;
            `sidecar` is its text.
    """

    incoming: str
    asset: Asset
    stem: str
    extension: str
    mtime_ns: int
    sidecar_mtime_ns: int = 0
    sidecar: str = ""


Outcome = Copied | Prepared | StudioError
Named = dict[str, Asset | StudioError]  # by id


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a batch, in its order; `change` is what the index was told."""

    outcomes: tuple[Asset | StudioError, ...]
    change: LibraryChange


class KnownFileError(StudioError):
    """The same bytes are in the library; `asset_id` is what they are there, "" while they are being filed."""

    def __init__(self, asset_id: str) -> None:
        super().__init__(tr("It is in the library already."))
        self.asset_id = asset_id


class Known:
    """Refuses bytes that the library has, or that this import has met; any thread."""

    def __init__(self, library: Library) -> None:
        self._index = library.index
        self._lock = threading.Lock()
        self._met: set[str] = set()

    def refuse(self, content: str) -> None:
        """Raises KnownFileError."""
        found = (*self._index.with_content(content), *self._index.with_hash(content))
        there = next((asset for asset in found if asset.trashed_at is None), None)
        with self._lock:
            if there is not None or content in self._met:
                raise KnownFileError(there.id if there is not None else "")
            self._met.add(content)


class Writer(Protocol):
    """Runs a call on the library's writing thread and waits for it."""

    def __call__(self, call: Callable[[], T], /) -> T: ...


def batches(paths: Sequence[Path]) -> list[list[Path]]:
    """Files in groups that are read and filed together: many small ones, few large ones, so that one can
    stop soon and see how far it is."""
    out: list[list[Path]] = []
    room = 0
    for path in paths:
        try:
            size = path.stat().st_size
        except (OSError, ValueError):
            size = 0
        if not out or len(out[-1]) >= BATCH or size > room:
            out.append([])
            room = LARGEST
        out[-1].append(path)
        room -= size
    return out


def take_in(
    library: Library,
    paths: Sequence[Path],
    collections: tuple[str, ...],
    write: Writer,
    *,
    known: Known | None = None,
    my_turn: Callable[[], object] = lambda: None,
) -> Filed:
    """Copy, file and index a batch of files, with what their metadata tell; any thread but the writing one.

    Several batches may be under way: while one waits for the disk, another one reads.

    Args:
        known: what to refuse; None to file the same bytes as often as they come.
        my_turn: waits until the batch before this one is indexed, so that rows have the order of `paths`.
    """
    outcomes = [_read(library, path, collections, known) for path in paths]
    copied = [outcome for outcome in outcomes if isinstance(outcome, Copied)]
    batch = ImportBatch(library.folder)
    planned: list[Copied] = []
    failed: StudioError | None = None
    try:
        planned = write(lambda: [_write_sidecar(batch, library.folder, item) for item in copied])
        _flush(library.folder, planned)
    except StudioError as error:
        failed = error
    except OSError as error:
        failed = storage_error(error, batch.path)
    my_turn()
    if failed is not None:
        lost = dict.fromkeys((item.asset.id for item in copied), failed)
        return write(lambda: _told(library, outcomes, _taken_back(batch, copied, lost), []))
    return write(lambda: _file(library, batch, outcomes, planned))


def _taken_back(batch: ImportBatch, copied: Sequence[Copied], lost: Named) -> Named:
    with contextlib.suppress(OSError):  # the next start removes what is left
        batch.take_back()
        for item in copied:
            Path(item.incoming).unlink(missing_ok=True)
        batch.close()
    return lost


def _file(
    library: Library, batch: ImportBatch, outcomes: Sequence[Outcome], planned: Sequence[Copied]
) -> Filed:
    """Give the pictures their names and index them; the writing thread."""
    filed: Named = {item.asset.id: _place(library.folder, item) for item in planned}
    records = [
        Record(item.asset, item.mtime_ns, item.sidecar_mtime_ns, item.sidecar)
        for item in planned
        if isinstance(filed[item.asset.id], Asset)
    ]
    for place in {(library.folder.root / record.asset.path).parent for record in records}:
        sync_folder(place)
    changes = [library.index.put(records)] if records else []
    batch.close()
    return _told(library, outcomes, filed, changes)


def _told(library: Library, outcomes: Sequence[Outcome], filed: Named, changes: list[LibraryChange]) -> Filed:
    """What became of each file; those that went the long way are filed here."""
    out: list[Asset | StudioError] = []
    for outcome in outcomes:
        if isinstance(outcome, Prepared):
            try:
                asset, change = library.commit(outcome)
            except StudioError as error:
                out.append(error)
            else:
                out.append(asset)
                changes.append(change)
        else:
            out.append(filed[outcome.asset.id] if isinstance(outcome, Copied) else outcome)
    return Filed(tuple(out), rebuild.merged(changes))


# ---------------------------------------------------------------- reading


def _read(library: Library, path: Path, collections: tuple[str, ...], known: Known | None) -> Outcome:
    try:
        return _copy(library, path, collections, known) or _prepare(library, path, collections, known)
    except StudioError as error:
        return error
    except OSError as error:
        return storage_error(error, path)
    except Exception as error:  # noqa: BLE001 - a hostile file makes decoders raise whatever they like
        log.warning("%s could not be imported: %r", path.name, error)
        return sniff.DamagedFileError(tr("The picture is damaged."), tr("It could not be opened."))


def _prepare(library: Library, path: Path, collections: tuple[str, ...], known: Known | None) -> Prepared:
    """The long way."""
    prepared = library.import_file(path, collections)
    try:
        if known is not None:
            known.refuse(prepared.asset.content_sha256)
    except KnownFileError:
        prepared.incoming.unlink(missing_ok=True)
        raise
    return prepared


def _copy(library: Library, path: Path, collections: tuple[str, ...], known: Known | None) -> Copied | None:
    """The quick way, or None for what has to go the long one."""
    read = _bytes_of(path)
    if read is None:
        return None
    data, modified = read
    found = sniff.sniff(data[: sniff.HEAD_BYTES])
    if found is None or found.mime not in (*_ENDS, "image/webp") or not _is_whole(data, found.mime):
        return None
    size = _measure(data, found.mime)
    if size is None or min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        return None
    draft = rebuild.draft_of_bytes(path, data, found.mime, modified)
    draft = replace(draft, name=path.stem, collections=collections)
    content = hashlib.sha256(data).hexdigest()
    if known is not None:
        known.refuse(content)
    moment = draft.created_at or datetime.now(UTC)
    asset = draft.asset(
        id=new_id(),
        kind=found.kind,
        path="",
        mime=found.mime,
        size=len(data),
        sha256=content,
        created_at=moment,
        added_at=datetime.now(UTC),
        width=size[0],
        height=size[1],
    )
    stem = stem_from_template(library.template, draft, moment, asset.id)
    incoming = f"{library.folder.incoming}/{private_name(asset.id)}"
    return Copied(incoming, asset, stem, found.extension, _write_new(incoming, data))


def _bytes_of(path: Path) -> tuple[bytes, float] | None:
    """A file's bytes and its time; None when it is none, or too large for the quick way."""
    # Opening a pipe would wait for ever without this flag. Bare calls: each one lets go of the interpreter,
    # which the thread that files is waiting for, and a file object makes seven of them.
    descriptor = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        stat = os.fstat(descriptor)
        if not S_ISREG(stat.st_mode) or stat.st_size > LARGEST:
            return None
        data = os.read(descriptor, stat.st_size)
    finally:
        os.close(descriptor)
    # Less was read: it is being written, or on a file system that gives a little at a time.
    return (data, stat.st_mtime) if len(data) == stat.st_size else None


def _write_new(path: str, data: bytes) -> int:
    """Write a file that is not there yet; its time in nanoseconds.

    Raises:
        FileExistsError: it is there. Nothing was written.
        OSError: the disk is full or cannot be written. No file is left.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            return os.fstat(descriptor).st_mtime_ns
        finally:
            os.close(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            Path(path).unlink()
        raise


def _is_whole(data: bytes, mime: str) -> bool:
    """Whether a picture's end is there."""
    if mime == "image/webp":
        return len(data) >= int.from_bytes(data[4:8], "little") + 8
    return data.endswith(_ENDS[mime]) or _ENDS[mime] in data[-_END_WITHIN:]


def _measure(data: bytes, mime: str) -> tuple[int, int] | None:
    """Width and height from the header; None when it cannot be read."""
    if mime == "image/jpeg":
        try:
            frame = next((s.data for s in segments(data) if s.marker in _FRAMES and len(s.data) >= 5), None)
        except ValueError:
            return None
        return (int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])) if frame else None
    if mime == "image/png":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                return image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError):
        return None


# ---------------------------------------------------------------- filing


def _write_sidecar(batch: ImportBatch, folder: LibraryFolder, item: Copied) -> Copied:
    """Under the first free name, which nothing is overwritten for; the picture's name is reserved with it."""
    while True:
        path = folder.free_path(item.stem, item.extension, item.asset.created_at)
        asset = replace(item.asset, path=path)
        batch.note(asset)
        text = filing.sidecar_bytes(asset)
        try:
            modified = _write_new(f"{folder.root}/{path}{SIDECAR_SUFFIX}", text)
        except FileExistsError:  # a stranger's, made just now
            continue
        except FileNotFoundError:  # the first picture of its month
            (folder.root / path).parent.mkdir(parents=True, exist_ok=True)
            continue
        return replace(item, asset=asset, sidecar_mtime_ns=modified, sidecar=text.decode())


def _place(folder: LibraryFolder, item: Copied) -> Asset | StudioError:
    """Give the picture its name; its sidecar is there (see `filing` for the order)."""
    incoming, target = Path(item.incoming), folder.root / item.asset.path
    try:
        filing.link(incoming, target)
    except OSError as error:
        sidecar_of(target).unlink(missing_ok=True)
        return storage_error(error, target)
    finally:
        incoming.unlink(missing_ok=True)
    return item.asset


def _flush(folder: LibraryFolder, copied: Sequence[Copied]) -> None:
    """Make copies and sidecars durable: with one call for the whole file system where there is one."""
    syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if sys.platform == "linux" else None
    if copied and syncfs is not None:
        descriptor = os.open(folder.incoming, os.O_RDONLY)
        try:
            if syncfs(descriptor) == 0:
                return
        finally:
            os.close(descriptor)
    for item in copied:
        filing.sync_file(Path(item.incoming))
        filing.sync_file(folder.sidecar(item.asset))

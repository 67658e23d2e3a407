"""Taking many pictures of other programs in at once.

A result of the service is decoded to its end before it is shown: it was paid for, and may be anything. A
picture the user has chosen is looked at from the outside (header, size, whether its end is there), which
takes a tenth of the time; should its middle be damaged, its cell says so. All other files go the long way.

Filing is crash-safe as a whole: sidecars, and bytes under private names, are flushed together before the
first picture gets its own name. What a crash leaves half done is removed by the next start (private names),
means nothing (a sidecar without a file), or is indexed by the next comparison with the files. The original
is untouched in any case.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.files import storage_error, sync_folder
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.library import LibraryChange
from studio.library import filing, rebuild, sniff
from studio.library.files import LibraryFolder, sidecar_of, stem_from_template
from studio.library.index import Record
from studio.library.metadata.jpeg import segments
from studio.library.store import Library, Prepared, clean_tags

log = logging.getLogger(__name__)

BATCH = 128
LARGEST = 64 << 20  # bytes; larger pictures go the long way, which needs no memory for them
MOST_PIXELS = 300_000_000
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82", "image/gif": b";"}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers that carry the size
_END_WITHIN = 1 << 16  # other programs append thumbnails and notes behind a picture's end


@dataclass(frozen=True, slots=True)
class Copied:
    """A picture under a private name in `incoming/`, not flushed yet; `stem` is the name it would like."""

    incoming: Path
    asset: Asset
    stem: str
    extension: str


Outcome = Copied | Prepared | StudioError


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


def read_all(
    library: Library, paths: Sequence[Path], collections: tuple[str, ...], known: set[str] | None = None
) -> list[Outcome]:
    """Copy files into `incoming/`, with what their metadata tell; any thread. Raises nothing.

    Args:
        known: hashes that this import has met so far; None to file the same bytes as often as they come.
    """
    out: list[Outcome] = []
    for path in paths:
        read = _read(library, path, collections)
        if known is not None and not isinstance(read, StudioError):
            found = _known(library, read.asset.content_sha256, known)
            if found is not None:
                discard([read])
                read = found
        out.append(read)
    return out


def _known(library: Library, content: str, known: set[str]) -> KnownFileError | None:
    there = next((a for a in library.index.with_content(content) if a.trashed_at is None), None)
    there = there or next((a for a in library.index.with_hash(content) if a.trashed_at is None), None)
    if there is not None or content in known:
        return KnownFileError(there.id if there is not None else "")
    known.add(content)
    return None


def discard(outcomes: Iterable[Outcome]) -> None:
    """Remove copies that nobody files any more."""
    for outcome in outcomes:
        if not isinstance(outcome, StudioError):
            outcome.incoming.unlink(missing_ok=True)


def file_all(library: Library, outcomes: Sequence[Outcome]) -> Filed:
    """File and index what was read; the writing thread."""
    folder = library.folder
    copied = [outcome for outcome in outcomes if isinstance(outcome, Copied)]
    done: dict[str, Asset] = {}
    failed: dict[str, StudioError] = {}
    records: list[Record] = []
    changes: list[LibraryChange] = []
    try:
        planned = _plan(folder, copied)
        for item in planned:
            try:
                asset = _place(folder, item)
            except OSError as error:
                failed[item.asset.id] = storage_error(error, folder.root / item.asset.path)
                continue
            records.append(library.record(asset))
            done[asset.id] = asset
        for place in {(folder.root / asset.path).parent for asset in done.values()}:
            sync_folder(place)
    except (OSError, StudioError) as error:
        lost = error if isinstance(error, StudioError) else storage_error(error, folder.incoming / "file")
        failed |= {item.asset.id: lost for item in copied if item.asset.id not in done}
        discard(copied)
    if records:
        changes.append(library.index.put(records))
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
        elif isinstance(outcome, Copied):
            identity = outcome.asset.id
            out.append(done[identity] if identity in done else failed[identity])
        else:
            out.append(outcome)
    return Filed(tuple(out), rebuild.merged(changes))


# ---------------------------------------------------------------- reading


def _read(library: Library, path: Path, collections: tuple[str, ...]) -> Outcome:
    try:
        copied = _copy(library, path, collections)
        return library.import_file(path, collections) if copied is None else copied
    except StudioError as error:
        return error
    except OSError as error:
        return storage_error(error, path)
    except Exception as error:  # noqa: BLE001 - a hostile file makes decoders raise whatever they like
        log.warning("%s could not be imported: %r", path.name, error)
        return sniff.DamagedFileError("The picture is damaged.", "It could not be opened.")


def _copy(library: Library, path: Path, collections: tuple[str, ...]) -> Copied | None:
    """The quick way, or None for what has to go the long one."""
    if not path.is_file() or path.stat().st_size > LARGEST:  # a pipe would keep whoever opens it
        return None
    data = path.read_bytes()
    found = sniff.sniff(data[: sniff.HEAD_BYTES])
    if found is None or found.mime not in (*_ENDS, "image/webp") or not _is_whole(data, found.mime):
        return None
    size = _measure(data, found.mime)
    if size is None or min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        return None
    draft = replace(rebuild.draft_of(path, data), name=path.stem, collections=collections)
    content = hashlib.sha256(data).hexdigest()
    moment = draft.created_at or datetime.now(UTC)
    asset = Asset(
        id=new_id(),
        kind=found.kind,
        path="",
        mime=found.mime,
        size=len(data),
        sha256=content,
        content_sha256=content,
        created_at=moment,
        added_at=datetime.now(UTC),
        width=size[0],
        height=size[1],
        title=draft.title,
        prompt=draft.prompt,
        negative_prompt=draft.negative_prompt,
        note=draft.note,
        rating=draft.rating,
        tags=clean_tags(draft.tags),
        collections=draft.collections,
        provenance=draft.provenance,
        edited=draft.edited,
    )
    stem = stem_from_template(library.template, draft, moment, asset.id)
    incoming = library.folder.incoming / f".{asset.id}.part"  # the next start removes such names
    try:
        incoming.write_bytes(data)
    except OSError:
        incoming.unlink(missing_ok=True)
        raise
    return Copied(incoming, asset, stem, found.extension)


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


def _plan(folder: LibraryFolder, copied: Sequence[Copied]) -> list[Copied]:
    """Choose names, write the sidecars to their places, flush them and the copies."""
    planned = [_write_sidecar(folder, item) for item in copied]
    _flush([path for item in planned for path in (item.incoming, folder.sidecar(item.asset))])
    return planned


def _write_sidecar(folder: LibraryFolder, item: Copied) -> Copied:
    """Under the first free name, which nothing is overwritten for; the picture's name is reserved with it."""
    while True:
        path = folder.free_path(item.stem, item.extension, item.asset.created_at)
        asset = replace(item.asset, path=path)
        target = sidecar_of(folder.root / path)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("xb") as file:
                file.write(filing.sidecar_bytes(asset))
        except FileExistsError:  # a stranger's, made just now
            continue
        except OSError:
            target.unlink(missing_ok=True)
            raise
        return replace(item, asset=asset)


def _place(folder: LibraryFolder, item: Copied) -> Asset:
    """Give the picture its name; its sidecar is there (see `filing` for the order)."""
    target = folder.root / item.asset.path
    try:
        filing.link(item.incoming, target)
    except OSError:
        sidecar_of(target).unlink(missing_ok=True)
        raise
    finally:
        item.incoming.unlink(missing_ok=True)
    return item.asset


def _flush(paths: Sequence[Path]) -> None:
    """Make files durable: with one call for the whole file system where there is one."""
    if not paths:
        return
    syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if sys.platform == "linux" else None
    if syncfs is not None:
        descriptor = os.open(paths[0], os.O_RDONLY)
        try:
            if syncfs(descriptor) == 0:
                return
        finally:
            os.close(descriptor)
    for path in paths:
        filing.sync_file(path)

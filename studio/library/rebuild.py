"""Bring the index in line with the files: all of them after a loss, or what changed outside the program.

Both work the same way. `scan` lists the folder in a reading thread; `apply` then takes the files in batches,
each one short job of the writing thread, so that storing goes on in between.

A file is known by its sidecar; without one by what is embedded in it; without that by its SHA-256, when the
index still misses a file of that content (it was moved); else it is taken in as a stranger, with a sidecar of
its own, so that its id lasts.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from studio.core.errors import StorageError, StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.codec import from_json
from studio.domain.library import LibraryChange, Progress
from studio.domain.media import MediaKind
from studio.library import filing, sniff
from studio.library.files import SIDECAR_SUFFIX, LibraryFolder, checked_asset, sidecar_of
from studio.library.index import Index, Record, Stamp

if TYPE_CHECKING:
    from studio.library.metadata.embed import Embedded
    from studio.library.metadata.foreign import Foreign

log = logging.getLogger(__name__)

BATCH = 250
_WHEN = re.compile(rb'"(added_at|created_at)": "([^"]+)"')
_HEAD_BYTES = 4096  # the times stand at the beginning of a sidecar
_TORN = re.compile(r"\..*\.json\.\d+\.part")
_SOMEWHERE: Mapping[str, Any] = {"path": "x", "size": 0, "sha256": "0" * 64}
_EMBEDDING = frozenset({"image/png", "image/jpeg", "image/webp"})
_WHOLE_FILE_LIMIT = 256 << 20
_BESIDE_LIMIT = 1_000_000
_LONGEST_UNREAD = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the folder lists it; `sidecar_mtime_ns` is 0 when it has none, `when` its place in time.
    `touched`: the index knows a file of this name that was another one, or was written since."""

    path: Path
    size: int
    mtime_ns: int
    sidecar_mtime_ns: int
    when: str = ""
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """What a listing shows against the index: files to look at, and ids whose file is not at its place, or
    may be another's by now."""

    files: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()


def scan(folder: LibraryFolder) -> list[Found]:
    """Every file of the library and its trash, in the order they were filed."""
    found = [replace(item, when=_when(item)) for item in _listing(folder)]
    return sorted(found, key=lambda item: (item.when, item.path.name))


def differences(folder: LibraryFolder, index: Index) -> Differences:
    """What changed outside the program: a listing against the index, nothing is read or hashed."""
    known: dict[Path, Stamp] = {}
    for stamp in index.stamps():
        known[_place(folder, stamp)] = stamp
    files: list[Found] = []
    doubtful: list[str] = []
    for item in _listing(folder):
        stamp = known.pop(item.path, None)
        same = stamp is not None and (stamp.size, stamp.mtime_ns, stamp.sidecar_mtime_ns) == (
            item.size,
            item.mtime_ns,
            item.sidecar_mtime_ns,
        )
        if not same:
            touched = stamp is not None and (stamp.size, stamp.mtime_ns) != (item.size, item.mtime_ns)
            files.append(replace(item, touched=touched))
            if touched and stamp is not None:
                doubtful.append(stamp.id)
    return Differences(tuple(files), (*(stamp.id for stamp in known.values()), *doubtful))


def folder_stamps(folder: LibraryFolder) -> frozenset[tuple[str, int]]:
    """Every folder of the library with the time it last changed."""
    found: set[tuple[str, int]] = set()
    waiting = [str(folder.root)]
    while waiting:
        place = waiting.pop()
        try:
            found.add((place, os.stat(place).st_mtime_ns))  # noqa: PTH116 - of many, and without links
            with os.scandir(place) as entries:
                waiting += [
                    entry.path
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
                ]
        except OSError:
            continue
    return frozenset(found)


def apply(folder: LibraryFolder, index: Index, files: Sequence[Found]) -> LibraryChange:
    """Index these files; sidecars are written where they are missing or wrong about the file."""
    records: list[Record] = []
    taken: set[str] = set()
    for item in files:
        try:
            asset = _asset_at(folder, index, item, taken)
        except (StudioError, OSError) as error:
            log.warning("%s is not indexed: %s", item.path.name, error)
            continue
        taken.add(asset.id)
        path = folder.file(asset)
        # A sidecar that was there may have been written again just now.
        sidecar_mtime = _mtime_ns(sidecar_of(path))
        if path != item.path:
            raise ValueError(f"{item.path} was read as the asset of {path}")
        records.append(Record(asset, item.mtime_ns, sidecar_mtime))
    return index.put(records) if records else LibraryChange()


def forget_missing(folder: LibraryFolder, index: Index, asset_ids: Sequence[str]) -> LibraryChange:
    """Forget assets whose file is still nowhere; a sidecar left behind stays, should the file return."""
    gone: list[str] = []
    for identity in asset_ids:
        asset = index.asset(identity)
        if asset is not None and not _is_there(folder, asset):
            gone.append(identity)
    return index.remove(gone) if gone else LibraryChange()


def _is_there(folder: LibraryFolder, asset: Asset) -> bool:
    """Whether its file is at its place, and not another asset's that took the name."""
    try:
        path = folder.file(asset)
        return path.exists() and filing.read_sidecar(sidecar_of(path)).id == asset.id
    except StorageError:  # outside the library
        return False
    except (OSError, ValueError):  # no sidecar, or a damaged one, says nothing against it
        return True


def batches(files: Sequence[Found]) -> Iterator[Sequence[Found]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]


def rebuild(folder: LibraryFolder, index: Index, progress: Callable[[Progress], None] | None = None) -> int:
    """Empty the index and fill it from the files, on this thread; how many assets it has then."""
    files = scan(folder)
    index.clear()
    done = 0
    for batch in batches(files):
        done += len(apply(folder, index, batch).added)
        if progress is not None:
            progress(Progress(phase="index", done=done, total=len(files)))
    return done


def reconcile(folder: LibraryFolder, index: Index) -> LibraryChange:
    """Follow what happened to the files outside the program, on this thread."""
    found = differences(folder, index)
    changes = [apply(folder, index, batch) for batch in batches(found.files)]
    changes.append(forget_missing(folder, index, found.missing))
    return merged(changes)


def merged(changes: Sequence[LibraryChange]) -> LibraryChange:
    """One change out of several."""
    return LibraryChange(
        added=tuple(row for change in changes for row in change.added),
        updated=tuple(row for change in changes for row in change.updated),
        removed=tuple(row for change in changes for row in change.removed),
        reset=any(change.reset for change in changes),
    )


def draft_of(path: Path) -> AssetDraft:
    """What a file of another program, or an exported one of ours, tells about itself."""
    with path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    checked = sniff.sniff(head)
    stat = path.stat()
    mime = checked.mime if checked else ""
    return _draft_from(path, _embedded(path, mime, stat.st_size), mime, stat.st_mtime)


def draft_of_bytes(path: Path, data: bytes, mime: str, modified: float) -> AssetDraft:
    """As `draft_of`, of a picture that has been read already; `modified` in seconds since 1970."""
    from studio.library.metadata.embed import Embedded, read_embedded

    embedded = read_embedded(data, mime) if mime in _EMBEDDING else Embedded()
    return _draft_from(path, embedded, mime, modified, data)


def _draft_from(
    path: Path, embedded: Embedded, mime: str, modified: float, data: bytes | None = None
) -> AssetDraft:
    moment = datetime.fromtimestamp(modified, UTC)
    draft = AssetDraft(kind=MediaKind.OTHER, created_at=moment, adopted=True)
    own = _own_asset(embedded.own, {"path": "", "size": 0, "sha256": ""}) if embedded.own else None
    if own is not None:
        return replace(
            draft,
            title=own.title,
            prompt=own.prompt,
            negative_prompt=own.negative_prompt,
            rating=own.rating,
            tags=own.tags,
            created_at=own.created_at,
            provenance=own.provenance,
        )
    return _draft_from_foreign(draft, path, embedded, mime, data)


# ---------------------------------------------------------------- listing


def _listing(folder: LibraryFolder) -> Iterator[Found]:
    waiting = [folder.root, folder.trash]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                everything = {entry.name: entry for entry in entries}
        except OSError as error:
            log.warning("a folder cannot be listed: %s", error)
            continue
        _remove_torn(everything)
        listed = {name: entry for name, entry in everything.items() if _is_listed(name)}
        for name, entry in listed.items():
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False) and not _is_sidecar(name, listed):
                found = _found(entry, listed.get(name + SIDECAR_SUFFIX))
                if found is not None:
                    yield found


def _is_listed(name: str) -> bool:
    """Hidden files are nobody's; a name that is no text cannot be written down in an index."""
    if name.startswith("."):
        return False
    if not name.isascii() and name.encode(errors="ignore") != os.fsencode(name):
        log.warning("a file is left out, because its name is not UTF-8: %r", name)
        return False
    return True


def _remove_torn(entries: Mapping[str, os.DirEntry[str]]) -> None:
    """Delete half-written sidecars of a run that ended in the middle; this run's are still being written."""
    for name, entry in entries.items():
        if _TORN.fullmatch(name) and not name.endswith(f".{os.getpid()}.part"):
            Path(entry.path).unlink(missing_ok=True)


def _is_sidecar(name: str, listed: Mapping[str, object]) -> bool:
    """True for `x.json` beside `x`, and for what may be one whose file is gone."""
    if not name.endswith(SIDECAR_SUFFIX):
        return False
    base = name.removesuffix(SIDECAR_SUFFIX)
    return base in listed or ("." in base and name + SIDECAR_SUFFIX not in listed)


def _found(entry: os.DirEntry[str], sidecar: os.DirEntry[str] | None) -> Found | None:
    try:
        stat = entry.stat()
        # Only a plain file is a sidecar: not a link to somewhere else, nor a pipe that keeps its reader.
        plain = sidecar is not None and sidecar.is_file(follow_symlinks=False)
        sidecar_mtime = sidecar.stat().st_mtime_ns if sidecar is not None and plain else 0
    except OSError:
        return None
    return Found(Path(entry.path), stat.st_size, stat.st_mtime_ns, sidecar_mtime)


def _when(item: Found) -> str:
    """When a file was filed, as ISO 8601 in UTC: from its sidecar, else its own time."""
    if item.sidecar_mtime_ns:
        try:
            head = _head(sidecar_of(item.path))
            found = dict(_WHEN.findall(head))
            if b"added_at" not in found and len(head) == _HEAD_BYTES:
                found = dict(_WHEN.findall(_head(sidecar_of(item.path), filing.LONGEST_SIDECAR)))
            value = found.get(b"added_at") or found.get(b"created_at")
            if value:
                return value.decode()
        except (OSError, UnicodeDecodeError):
            pass
    return datetime.fromtimestamp(item.mtime_ns / 1e9, UTC).isoformat()


def _head(path: Path, size: int = _HEAD_BYTES) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def _place(folder: LibraryFolder, stamp: Stamp) -> Path:
    if stamp.trashed:
        return folder.trash / f"{stamp.id}_{stamp.path.rpartition('/')[2]}"
    return folder.root / stamp.path


# ---------------------------------------------------------------- one file


def _asset_at(folder: LibraryFolder, index: Index, item: Found, taken: set[str]) -> Asset:
    asset = _from_sidecar(folder, item) if item.sidecar_mtime_ns else None
    if asset is None:
        asset = _without_sidecar(folder, index, item)
        if item.path.parent == folder.trash:
            asset = _named_as_in_trash(asset, item.path.name)
        changed = True
    else:
        changed = False
        if asset.size != item.size or item.touched:
            asset, changed = _after_writing(folder, index, asset, item)
    in_trash = item.path.parent == folder.trash
    if in_trash != (asset.trashed_at is not None):
        asset, changed = replace(asset, trashed_at=datetime.now(UTC) if in_trash else None), True
    if asset.id in taken or (not item.touched and _is_copy(folder, index, asset, item)):
        asset, changed = replace(asset, id=new_id()), True
    if not in_trash and asset.path != folder.relative(item.path):
        asset, changed = replace(asset, path=folder.relative(item.path)), True
    if in_trash and folder.file(asset) != item.path:
        # A name that is not ours; give it the one its id asks for.
        if folder.file(asset).exists():
            asset = replace(asset, id=new_id())
        target = folder.file(asset)
        filing.write_sidecar(folder, asset)
        item.path.replace(target)
        sidecar_of(item.path).unlink(missing_ok=True)
        raise sniff.DamagedFileError(f"{item.path.name} was renamed to {target.name}; it is read next time.")
    if changed:
        filing.write_sidecar(folder, asset)
    return asset


def _named_as_in_trash(asset: Asset, name: str) -> Asset:
    """The asset of a file in the trash that lost its sidecar: its name tells id and old name."""
    identity, _, rest = name.partition("_")
    try:
        return checked_asset(replace(asset, id=identity, path=rest))
    except ValueError:
        return replace(asset, path=name)


def _from_sidecar(folder: LibraryFolder, item: Found) -> Asset | None:
    path = sidecar_of(item.path)
    try:
        return filing.read_sidecar(path)
    except ValueError as error:
        log.warning("the sidecar %s is damaged and was put into quarantine: %s", path.name, error)
        filing.quarantine(folder, path)
        return None


def _is_copy(folder: LibraryFolder, index: Index, asset: Asset, item: Found) -> bool:
    """True when the id belongs to another file that is still there: somebody copied file and sidecar."""
    other = index.place_of(asset.id)
    if other is None:
        return False
    place = folder.file(replace(asset, path=other[0], trashed_at=asset.created_at if other[1] else None))
    return place != item.path and place.exists()


def _without_sidecar(folder: LibraryFolder, index: Index, item: Found) -> Asset:
    content = filing.sha256_of(item.path)
    for known in index.with_hash(content):
        before = folder.file(known)
        if before == item.path:
            return known
        if not before.exists():
            sidecar_of(before).unlink(missing_ok=True)
            return known
    checked = sniff.check(item.path, MediaKind.OTHER)
    if checked.kind is MediaKind.OTHER:
        raise sniff.DamagedFileError(tr("its format is not one the library keeps."))
    path = folder.relative(item.path)
    file = {"path": path, "size": item.size, "sha256": content}
    embedded = _embedded(item.path, checked.mime, item.size)
    own = _own_asset(embedded.own, file) if embedded.own else None
    if own is not None:
        return own
    moment = datetime.fromtimestamp(item.mtime_ns / 1e9, UTC)
    draft = AssetDraft(kind=checked.kind, created_at=moment)
    draft = _draft_from_foreign(draft, item.path, embedded, checked.mime)
    return draft.asset(
        id=new_id(),
        kind=checked.kind,
        path=path,
        mime=checked.mime,
        size=item.size,
        sha256=content,
        created_at=moment,
        width=checked.width,
        height=checked.height,
        duration=checked.duration,
    )


def _after_writing(folder: LibraryFolder, index: Index, asset: Asset, item: Found) -> tuple[Asset, bool]:
    """What a file is after something wrote it: what it was, edited; or another asset that took its name."""
    content = filing.sha256_of(item.path)
    if content == asset.sha256 and item.size == asset.size:
        return asset, False
    for known in index.with_hash(content):
        before = folder.file(known)
        if known.id != asset.id and before != item.path and not _still_holds(before, content):
            return replace(known, trashed_at=asset.trashed_at), True
    return _measured_again(asset, item.path), True


def _still_holds(path: Path, content: str) -> bool:
    """Whether a file is where it was and what it was; when it is not, whatever has its bytes is it."""
    try:
        return filing.sha256_of(path) == content
    except OSError:
        return False


def _measured_again(asset: Asset, path: Path) -> Asset:
    """The asset after another program wrote its file."""
    is_text = asset.kind in sniff.TEXT_KINDS
    checked = sniff.check(path, asset.kind if is_text else MediaKind.OTHER, asset.mime)
    return replace(
        asset,
        size=path.stat().st_size,
        sha256=filing.sha256_of(path),
        mime=checked.mime,
        width=checked.width,
        height=checked.height,
        duration=checked.duration,
    )


def _embedded(path: Path, mime: str, size: int) -> Embedded:
    from studio.library.metadata import containers
    from studio.library.metadata.embed import Embedded, read_embedded, read_embedded_file

    if containers.knows(mime):
        return read_embedded_file(path, mime)
    if mime not in _EMBEDDING or size > _WHOLE_FILE_LIMIT:
        return Embedded()
    return read_embedded(path.read_bytes(), mime)


def _own_asset(own: Mapping[str, Any], file: Mapping[str, Any]) -> Asset | None:
    try:
        return replace(checked_asset(from_json(Asset, {**own, **_SOMEWHERE})), **file)
    except ValueError as error:
        log.info("embedded parameters are unreadable: %s", error)
        return None


def _beside(path: Path) -> Foreign | None:
    """What other programs put into a file next to the picture: `.swarm.json`, `.txt`, `.json`."""
    from studio.library.metadata.foreign import read_comment

    base = str(path)[: -len(path.suffix) or None]
    for beside in (f"{base}.swarm.json", f"{base}.txt", f"{base}.json"):
        try:
            stat = os.stat(beside)  # noqa: PTH116 - of ten thousand pictures in turn; a path object costs more
            if S_ISREG(stat.st_mode) and stat.st_size <= _BESIDE_LIMIT:
                found = read_comment(Path(beside).read_text("utf-8", "replace"), words_are_prompt=False)
                if found:
                    return found
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            log.info("%s could not be read: %s", beside, error)
    return None


def _draft_from_foreign(
    draft: AssetDraft, path: Path, embedded: Embedded, mime: str, data: bytes | None = None
) -> AssetDraft:
    """With what another program says about the file: in it, beside it, or hidden in its transparency."""
    from studio.library.metadata.foreign import Foreign

    foreign = embedded.foreign() or _beside(path) or _hidden(path, mime, data) or Foreign()
    request: dict[str, Any] = {}
    if foreign.parameters:
        request["parameters"] = dict(foreign.parameters)
    if foreign.program:
        request["program"] = foreign.program
    if not foreign and (unread := embedded.unread()):
        request["unreadable"] = unread[:_LONGEST_UNREAD]
    if signed := embedded.credentials():
        request["credentials"] = signed.generator or signed.source_type
    return replace(
        draft,
        prompt=foreign.prompt,
        negative_prompt=foreign.negative_prompt,
        provenance=Provenance(model=foreign.model, seed=foreign.seed, request=request),
    )


def _hidden(path: Path, mime: str, data: bytes | None) -> Foreign | None:
    """What lies in the lowest bits of a picture's transparency, which only decoding it shows."""
    from studio.library.metadata import foreign
    from studio.library.metadata.stealth import has_alpha, read_stealth

    if data is None:
        with path.open("rb") as file:
            if not has_alpha(file.read(sniff.HEAD_BYTES), mime) or path.stat().st_size > _WHOLE_FILE_LIMIT:
                return None
            file.seek(0)
            data = file.read()
    return foreign.read_texts(read_stealth(data)) if has_alpha(data, mime) else None


def _mtime_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise StorageError(tr("{name} could not be read.", name=path.name), str(error)) from error

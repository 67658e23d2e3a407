"""Putting a file and its sidecar in place so that a crash at any point loses nothing and shows nothing torn.

A new result passes five points:

1. its bytes lie complete and flushed in `incoming/` (`X.part`; `X.file` when parameters were embedded),
2. its sidecar is written and flushed there as `X.json`, with the final path and the SHA-256 of the bytes.
   This is the point of no return: from here on `recover()` finishes the job, before it quarantines it,
3. the sidecar is linked to its final place,
4. the file is linked to its final place, the folder is flushed,
5. the index is told; then `X.part`, `X.json` and `X.file` are removed, in this order.

The sidecar goes before the file. Whoever looks at the folder in between (a rebuild, another program, the
user) finds a sidecar without a file, which means nothing to anybody, and never a file without its
provenance, which a rebuild would take for a stranger's. The plan outlives the index's commit, so a file can
not end up stored and unindexed either. Every step may be repeated: a link that is already there is kept.

Moves (to the trash, back, to another name) leave a note `X.move` first and are repeated the same way.

Hard links make "never overwrite" one atomic step. Where the file system has none, the file is renamed after
a check, which is safe against this program itself, the only writer under the lock.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any, cast

from studio.core.files import storage_error, sync_folder, write_atomically
from studio.core.json_text import indented_json, parse_json
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.library.files import LibraryFolder, checked_asset, is_inside, sidecar_of

log = logging.getLogger(__name__)

CrashPoint = Callable[[str], None]
PLAN_SUFFIX = ".json"
EMBEDDED_SUFFIX = ".file"
MOVE_SUFFIX = ".move"
BATCH_SUFFIX = ".batch"  # see `import_batch`
LONGEST_SIDECAR = 16 << 20
QUARANTINE_SECONDS = 30 * 24 * 3600


def _no_crash(_point: str) -> None:
    """The point where a test may end the process; in the program nothing happens."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `recover()` did: assets whose filing or move it finished, and what it quarantined."""

    assets: tuple[Asset, ...] = ()
    quarantined: tuple[Path, ...] = ()


def sidecar_bytes(asset: Asset) -> bytes:
    """The sidecar's text: JSON, indented, UTF-8, one line break at the end."""
    return (indented_json(to_json(asset)) + "\n").encode(
        # A lone surrogate in a prompt is no reason to lose a paid result.
        errors="backslashreplace"
    )


def read_sidecar(path: Path) -> Asset:
    """The asset a sidecar describes.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a sidecar.
    """
    return checked_asset(from_json(Asset, _read_object(path)))


def _read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises OSError, ValueError."""
    # Opening a pipe would wait for ever without this flag.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        stat = os.fstat(descriptor)
        if not S_ISREG(stat.st_mode):
            raise ValueError(f"{path.name} is not a file")
        if stat.st_size > LONGEST_SIDECAR:
            raise ValueError(f"{path.name} is too long")
        text = os.read(descriptor, stat.st_size + 1)
        if len(text) != stat.st_size:
            raise ValueError(f"{path.name} is being written")
    finally:
        os.close(descriptor)
    data: object = parse_json(text)
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} is not an object")  # noqa: TRY004 - a damaged file, not a bug
    return cast("dict[str, Any]", data)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_file(path: Path) -> None:
    """Flush a file that somebody else wrote."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def plan(incoming: Path, asset: Asset, crash_point: CrashPoint = _no_crash) -> None:
    """Step 2: commit to filing `incoming` (or its embedded copy) as `asset`.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    crash_point("before plan")
    write_atomically(_plan_of(incoming), sidecar_bytes(asset))
    crash_point("planned")


def place(folder: LibraryFolder, incoming: Path, asset: Asset, crash_point: CrashPoint = _no_crash) -> Asset:
    """Steps 3 and 4, which may be repeated.

    Returns:
        The asset, under another name when a stranger took the planned one.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    while True:
        target = folder.root / asset.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _place_once(folder, incoming, asset, crash_point)
            return asset
        except FileExistsError:
            asset = replace(asset, path=folder.free_path(target.stem, target.suffix, asset.created_at))
            plan(incoming, asset)
        except OSError as error:
            raise storage_error(error, target) from error


def _place_once(folder: LibraryFolder, incoming: Path, asset: Asset, crash_point: CrashPoint) -> None:
    target = folder.root / asset.path
    source = embedded_of(incoming)
    if not source.exists():
        source = incoming
    link(_plan_of(incoming), sidecar_of(target), keep=True)
    crash_point("sidecar placed")
    if not (target.exists() and sha256_of(target) == asset.sha256):
        try:
            link(source, target)
        except FileExistsError:
            sidecar_of(target).unlink(missing_ok=True)
            raise
    crash_point("file placed")
    sync_folder(target.parent)


def finish(incoming: Path, crash_point: CrashPoint = _no_crash) -> None:
    """Step 5, after the index's commit: remove the copies in `incoming/` and, between them, the plan.

    What is left when the process ends in the middle is either named by the plan or has a second link.
    """
    crash_point("indexed")
    incoming.unlink(missing_ok=True)
    crash_point("part removed")
    _plan_of(incoming).unlink(missing_ok=True)
    crash_point("plan removed")
    embedded_of(incoming).unlink(missing_ok=True)


def _plan_of(incoming: Path) -> Path:
    return incoming.with_name(incoming.stem + PLAN_SUFFIX)


def embedded_of(incoming: Path) -> Path:
    return incoming.with_name(incoming.stem + EMBEDDED_SUFFIX)


def move(folder: LibraryFolder, old: Asset, new: Asset, crash_point: CrashPoint = _no_crash) -> Path:
    """Bring file and sidecar from where `old` has them to where `new` has them.

    Returns:
        The note that makes the move repeatable; remove it once the index knows.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    note = folder.incoming / f"{new.id}{MOVE_SUFFIX}"
    source = folder.file(old)
    write_atomically(
        note, json.dumps({"from": folder.relative(source), "asset": to_json(new)}, ensure_ascii=True).encode()
    )
    crash_point("move noted")
    _carry(folder, source, new, crash_point)
    return note


def write_sidecar(folder: LibraryFolder, asset: Asset) -> None:
    """Replace an asset's sidecar.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    write_atomically(folder.sidecar(asset), sidecar_bytes(asset))


def recover(folder: LibraryFolder, asked_again: Collection[str] = ()) -> Recovered:
    """Finish, delete or quarantine what a crash left in `incoming/`. Costs nothing when it is empty.

    The caller indexes `assets` and then calls `clear_plans()`; until then the plans stay.

    Args:
        asked_again: jobs whose request the journal sends again. Their downloads that came to no plan hold
            nothing that does not come again, so they are deleted; a stranger's bytes are put aside.
    """
    assets: list[Asset] = []
    quarantined: list[Path] = []
    kept: set[str] = set()
    for note in sorted(folder.incoming.glob(f"*{MOVE_SUFFIX}")):
        with _quarantining(folder, note, quarantined):
            assets.append(_finish_move(folder, note))
            kept.add(note.stem)
    for found in sorted(folder.incoming.glob(f"*{PLAN_SUFFIX}")):
        if found.name.startswith("."):
            continue
        with _quarantining(folder, found, quarantined):
            assets.append(_finish_plan(folder, found))
            kept.add(found.stem)
    for left in sorted(folder.incoming.iterdir()):
        if left.stem in kept or left.suffix == BATCH_SUFFIX or left.is_dir():
            continue
        job_id = left.name.partition(".")[0]
        if left.name.startswith(".") or left.lstat().st_nlink > 1 or job_id in asked_again:
            # A half-written plan, bytes that were filed and whose removal the crash cut off, or a download.
            left.unlink(missing_ok=True)
        else:
            quarantined.append(quarantine(folder, left))
    for path in quarantined:
        log.warning("an unfinished file was put into quarantine: %s", path.name)
    return Recovered(tuple(assets), tuple(quarantined))


def clear_plans(folder: LibraryFolder) -> None:
    """Remove the plans and notes `recover()` carried out, once the index knows their assets."""
    for note in folder.incoming.glob(f"*{MOVE_SUFFIX}"):
        note.unlink(missing_ok=True)
    for found in folder.incoming.glob(f"*{PLAN_SUFFIX}"):
        finish(found.with_suffix(".part"))


def quarantine(folder: LibraryFolder, path: Path) -> Path:
    """Put a file away for a look, under a name that was never used."""
    target = folder.quarantine / f"{time.time_ns():x}_{path.name.lstrip('.')}"
    path.replace(target)
    return target


def empty_quarantine(folder: LibraryFolder, now: float | None = None) -> None:
    """Delete what has lain in the quarantine for a month (by the time in its name)."""
    limit = (time.time() if now is None else now) - QUARANTINE_SECONDS
    for path in folder.quarantine.iterdir():
        stamp = path.name.partition("_")[0]
        with contextlib.suppress(ValueError, OSError):
            if int(stamp, 16) / 1e9 < limit:
                path.unlink()


@contextlib.contextmanager
def _quarantining(folder: LibraryFolder, path: Path, out: list[Path]) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("%s cannot be finished: %s", path.name, error)
        out.append(quarantine(folder, path))


def _finish_plan(folder: LibraryFolder, found: Path) -> Asset:
    asset = read_sidecar(found)
    incoming = found.with_suffix(".part")
    target = folder.root / asset.path
    if not (target.exists() and sha256_of(target) == asset.sha256):
        sources = [p for p in (embedded_of(incoming), incoming) if p.is_file()]
        source = next((p for p in sources if sha256_of(p) == asset.sha256), None)
        if source is None:
            raise ValueError("its bytes are missing or torn")
        if source == incoming:
            embedded_of(incoming).unlink(missing_ok=True)
    return place(folder, incoming, asset)


def _finish_move(folder: LibraryFolder, note: Path) -> Asset:
    data = _read_object(note)
    asset = checked_asset(from_json(Asset, data["asset"]))
    source = folder.root / str(data["from"])
    in_trash = source.parent == folder.trash and not source.name.startswith(".")
    if not in_trash and not is_inside(str(data["from"])):
        raise ValueError("it moves a file from outside the library")
    if not source.exists() and not folder.file(asset).exists():
        raise ValueError("the file is at neither place")
    _carry(folder, source, asset, _no_crash)
    return asset


def _carry(folder: LibraryFolder, source: Path, new: Asset, crash_point: CrashPoint) -> None:
    target = folder.file(new)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(sidecar_of(target), sidecar_bytes(new))
        crash_point("sidecar carried")
        if source != target and source.exists():
            link(source, target)
            crash_point("file linked")
            source.unlink(missing_ok=True)
            crash_point("file carried")
        if source != target:
            sidecar_of(source).unlink(missing_ok=True)
            sync_folder(target.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise storage_error(error, target) from error


def link(source: Path, target: Path, *, keep: bool = False) -> None:
    """Give `source` the further name `target`; without hard links copy (`keep`) or rename it there.

    Raises:
        FileExistsError: `target` is another file.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        if not _same(source, target):
            raise
    except FileNotFoundError:
        # Renamed by an earlier run, on a file system without links.
        if not target.exists():
            raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV):
            raise
        _link_by_copy(source, target, keep=keep)


def _link_by_copy(source: Path, target: Path, *, keep: bool) -> None:
    if os.path.lexists(target):
        if not _same(source, target):
            raise FileExistsError(errno.EEXIST, "the name is taken", str(target))
        return
    if keep:
        write_atomically(target, source.read_bytes())
    elif os.stat(source).st_dev == os.stat(target.parent).st_dev:  # noqa: PTH116 - a pair of descriptors' worth
        source.replace(target)
    else:
        shutil.move(source, target)


def _same(one: Path, other: Path) -> bool:
    if one.samefile(other):
        return True
    return one.stat().st_size == other.stat().st_size and sha256_of(one) == sha256_of(other)

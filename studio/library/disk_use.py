"""Counting what lies on the disk. Only names and sizes are read, and links are not followed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from studio.domain.storage import OF_LIBRARY, Place
from studio.library.files import SIDECAR_SUFFIX

_KINDS = {
    Place.PICTURES: "png jpg jpeg webp gif avif bmp tif tiff heic svg",
    Place.FILMS: "mp4 webm mov mkv avi m4v",
    Place.SOUND: "mp3 wav ogg oga opus flac m4a aac",
    Place.TRANSCRIPTS: "json srt vtt txt md",
}
_PLACE_OF = {f".{ending}": place for place, endings in _KINDS.items() for ending in endings.split()}
Found = Callable[[int], object]
"""Hears after each folder how many files it held."""


class Amount(NamedTuple):
    files: int = 0
    bytes: int = 0


def library_files(root: Path, found: Found = lambda _files: None) -> dict[Place, Amount]:
    """The filed things of a library by kind, with their sidecars apart; hidden folders are not looked at."""
    files: Counter[Place] = Counter()
    sizes: Counter[Place] = Counter()
    for entries in _folders(root):
        names = {entry.name for entry in entries}
        for entry in entries:
            partner = entry.name.removesuffix(SIDECAR_SUFFIX)
            if partner != entry.name and partner in names:
                place = Place.SIDECARS
            else:
                place = _PLACE_OF.get(os.path.splitext(entry.name)[1].lower(), Place.OTHER)  # noqa: PTH122 - of many
            files[place] += 1
            sizes[place] += _size(entry)
        found(len(entries))
    return {place: Amount(files[place], sizes[place]) for place in OF_LIBRARY}


def amount_of(paths: Sequence[Path], found: Found = lambda _files: None) -> Amount:
    """Files and folders, hidden ones too, with all that is below them; what is not there counts nothing."""
    files = size = 0
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            for entries in _folders(path, hidden=True):
                files += len(entries)
                size += sum(_size(entry) for entry in entries)
                found(len(entries))
        else:
            with contextlib.suppress(OSError):
                size += path.lstat().st_size
                files += 1
    return Amount(files, size)


def empty(path: Path) -> None:
    """Remove a file, or what a folder holds and not the folder. What will not go stays."""
    if path.is_dir() and not path.is_symlink():
        for entry in path.iterdir():
            remove(entry)
    else:
        remove(path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it. What will not go stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def free_space(folder: Path) -> int | None:
    """Bytes that are free where the folder is, or will be; None when that cannot be found out."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def _folders(root: Path, *, hidden: bool = False) -> Iterator[list[os.DirEntry[str]]]:
    """The files of each folder, one folder at a time."""
    waiting = [str(root)]
    while waiting:
        files: list[os.DirEntry[str]] = []
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_symlink() or (not hidden and entry.name.startswith(".")):
                        continue
                    waiting.append(entry.path) if entry.is_dir() else files.append(entry)
        except OSError:
            continue  # it went, or may not be read
        yield files


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0

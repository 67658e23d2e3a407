"""The files that somebody means by naming files and folders. Nothing is opened beyond its first bytes."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.library import sniff
from studio.library.files import PRIVATE

log = logging.getLogger(__name__)

MOST = 1_000_000
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found.

    Args:
        files: media, in the order of their names, folder by folder; and everything that was named itself.
        beside: what folders hold that is no medium.
        refused: what was named, and cannot be taken in whatever it holds.
    """

    files: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    refused: tuple[tuple[Path, StudioError], ...] = ()


def gather(paths: Iterable[Path], library: Path, stopped: Callable[[], bool] = lambda: False) -> Gathered:
    """Look through folders, and those in them; any thread.

    Links to folders are not followed; hidden files are left out, and so is the library itself.
    """
    out = _Gathering(library, stopped)
    for path in dict.fromkeys(paths):
        out.look_at(path)
    return Gathered(tuple(dict.fromkeys(out.files)), tuple(out.beside), tuple(out.refused))


class _Gathering:
    def __init__(self, library: Path, stopped: Callable[[], bool]) -> None:
        self.files: list[Path] = []
        self.beside: list[Path] = []
        self.refused: list[tuple[Path, StudioError]] = []
        self._library = _real(library)
        self._stopped = stopped

    def look_at(self, path: Path) -> None:
        """Something that was named: a folder, or a file whatever it is."""
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            gone = isinstance(error, FileNotFoundError)
            why = tr("It is not there.") if gone else tr("It cannot be opened.")
            self.refused.append((path, StudioError(why)))
            return
        if self._is_own(path):
            self.refused.append((path, StudioError(tr("It is in the library already."))))
        elif stat.S_ISDIR(mode):
            self._walk(path, 0)
        elif stat.S_ISREG(mode):
            self.files.append(path)
        else:
            self.refused.append((path, StudioError(tr("It is no file, but a device or a pipe."))))

    def _walk(self, folder: Path, depth: int) -> None:
        if depth > _DEEPEST or self._stopped() or len(self.files) + len(self.beside) > MOST:
            return
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            log.info("%s is not looked through: %s", folder.name, error)
            self.refused.append((folder, StudioError(tr("The folder cannot be opened."))))
            return
        for entry in listed:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name == PRIVATE:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not self._is_own(path):
                        self._walk(path, depth + 1)
                elif entry.is_file() and _is_medium(path):
                    self.files.append(path)
                elif not entry.is_dir():
                    self.beside.append(path)
            except OSError as error:
                log.info("%s cannot be read: %s", path.name, error)
                self.refused.append((path, StudioError(tr("It cannot be opened."))))

    def _is_own(self, path: Path) -> bool:
        place = _real(path)
        return place == self._library or place.is_relative_to(self._library)


def _is_medium(path: Path) -> bool:
    with path.open("rb") as file:
        return sniff.sniff(file.read(sniff.HEAD_BYTES)) is not None


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links that turn in a circle
        return path.absolute()

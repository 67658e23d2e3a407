"""Crash-safe writing: a file is either the old one or the new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from pathlib import Path

from studio.core.errors import Action, DiskFullError, StorageError
from studio.core.i18n import tr

PARTIAL_SUFFIX = ".part"


def write_atomically(path: Path, data: bytes, *, mode: int | None = None, sync_name: bool = True) -> None:
    """Write `data` to a temporary name beside `path`, flush it to the disk, rename it into place.

    Args:
        sync_name: false where the caller flushes the folder soon, after another file in it.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PARTIAL_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(temporary, flags, 0o666 if mode is None else mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        if sync_name:
            sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; a no-op where folders cannot be opened (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(error: OSError, path: Path) -> StorageError:
    """The sentence for an operating-system error met while writing `path`."""
    place = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            tr("The disk is full."),
            tr("Free some space for {place}; nothing was lost.", place=place),
            (Action("storage.show", tr("See what takes space")),),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            tr("{place} cannot be written.", place=place),
            tr("Check its permissions or choose another folder."),
        )
    if error.errno == errno.ENOTDIR:
        return StorageError(
            tr("{place} cannot be made.", place=place), tr("A file is in its way. Choose another folder.")
        )
    return StorageError(tr("{name} could not be written.", name=path.name), error.strerror or str(error))

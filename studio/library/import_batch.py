"""The note that makes a batch of imported pictures crash-safe, at one flush for all of them.

    1. bytes are copied to private names in `incoming/` (`.ID.part`),
    2. the note `X.batch` gets a line per picture, id and path, and then the picture's sidecar is written to
       its final place, which reserves the name,
    3. all of that is flushed,
    4. the files are linked to their final places, the folders are flushed,
    5. the index is told; then the note is removed.

After a crash `finish` completes each picture of a note whose copy is whole, and takes the others' sidecars
back. Copies in no note are removed by `filing.recover`; the import's originals are where they were.
"""

from __future__ import annotations

import logging
import os

from studio.core.files import storage_error
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.library import filing
from studio.library.files import LibraryFolder, is_id, is_inside, sidecar_of

log = logging.getLogger(__name__)


def private_name(asset_id: str) -> str:
    """What a copied picture is called in `incoming/` until it has its own name."""
    return f".{asset_id}.part"


class ImportBatch:
    """A batch under way; the writing thread."""

    def __init__(self, folder: LibraryFolder) -> None:
        self.path = folder.incoming / f"{new_id()}{filing.BATCH_SUFFIX}"
        self._folder = folder
        self._descriptor: int | None = None

    def note(self, asset: Asset) -> None:
        """Say that the asset's sidecar is about to be written.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.write(self._descriptor, f"{asset.id} {asset.path}\n".encode())

    def take_back(self) -> None:
        """Remove every sidecar and copy. Raises OSError."""
        if self._descriptor is not None:
            for asset_id, path in _lines(self.path.read_bytes()):
                _take_back(self._folder, asset_id, path)

    def close(self) -> None:
        """Everything is filed and indexed, or taken back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self.path.unlink(missing_ok=True)


def finish(folder: LibraryFolder) -> list[Asset]:
    """Complete, or take back, what batches left when the program ended in the middle of them.

    The notes stay until `clear`, which is for when the index knows the assets.
    """
    assets: list[Asset] = []
    for note in sorted(folder.incoming.glob(f"*{filing.BATCH_SUFFIX}")):
        try:
            lines = _lines(note.read_bytes())
        except OSError as error:
            raise storage_error(error, note) from error
        for asset_id, path in lines:
            asset = _finish_one(folder, asset_id, path)
            if asset is None:
                _take_back(folder, asset_id, path)
            else:
                assets.append(asset)
    return assets


def clear(folder: LibraryFolder) -> None:
    for note in folder.incoming.glob(f"*{filing.BATCH_SUFFIX}"):
        note.unlink(missing_ok=True)


def _lines(text: bytes) -> list[tuple[str, str]]:
    """Ids and paths; a last line that was cut off counts for nothing."""
    whole = (line.partition(" ") for line in text.decode(errors="replace").split("\n")[:-1])
    return [(asset_id, path) for asset_id, _, path in whole if is_id(asset_id) and is_inside(path)]


def _finish_one(folder: LibraryFolder, asset_id: str, path: str) -> Asset | None:
    """The asset, once its file has its place; None when its copy or its sidecar is torn or missing."""
    target = folder.root / path
    copy = folder.incoming / private_name(asset_id)
    try:
        asset = filing.read_sidecar(sidecar_of(target))
        if (asset.id, asset.path) != (asset_id, path):  # a stranger's
            return None
        if not target.exists():
            if filing.sha256_of(copy) != asset.sha256:
                return None
            filing.link(copy, target)
    except (OSError, ValueError) as error:
        log.info("the import of %s is taken back: %s", path, error)
        return None
    copy.unlink(missing_ok=True)
    return asset


def _take_back(folder: LibraryFolder, asset_id: str, path: str) -> None:
    """Remove the private copy, and the sidecar if it is the asset's and has no file."""
    target = folder.root / path
    sidecar = sidecar_of(target)
    (folder.incoming / private_name(asset_id)).unlink(missing_ok=True)
    if target.exists():
        return
    try:
        if sidecar.stat().st_size == 0 or filing.read_sidecar(sidecar).id == asset_id:
            sidecar.unlink()
    except FileNotFoundError:
        return
    except ValueError:  # torn
        filing.quarantine(folder, sidecar)

"""Whole pictures for the viewer: decoded in a thread, with smaller copies so that painting stays quick."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QImageReader

from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.decode_pool import DecodePool

KEPT_BYTES = 256 << 20  # the current picture stays even when it alone is larger
LARGEST_MB = 1024  # of one decoded picture; a file that claims more is taken for damaged
VECTOR_SIDE = 2048  # pixels of the long side at which drawings without a size of their own are made
SMALLEST_LEVEL = 512


class PictureFiles(Protocol):
    """Where pictures lie; called in the decoding thread."""

    def file_path(self, row: AssetRow, /) -> Path: ...

    def thumbnail_path(self, row: AssetRow, /) -> Path: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Args:
        levels: the picture, then copies of half, a quarter … the size, so that fitting a large picture into
            the window reads few more pixels than it paints. Empty when the file cannot be shown.
    """

    sha256: str
    levels: tuple[QImage, ...]
    transparent: bool = False

    @property
    def size(self) -> QSize:
        return self.levels[0].size() if self.levels else QSize()

    @property
    def bytes(self) -> int:
        return sum(level.sizeInBytes() for level in self.levels)

    def level(self, scale: float) -> QImage:
        """The smallest copy that need not be enlarged to be painted at `scale`."""
        at = 0
        while at + 1 < len(self.levels) and scale <= 0.5 ** (at + 1):
            at += 1
        return self.levels[at]


class PictureLoader(QObject):
    """Decodes whole pictures, the latest wish first.

    Signals:
        ready(int): row number whose `get` has an answer.
    """

    ready = Signal(object)

    def __init__(
        self, files: PictureFiles, *, kept_bytes: int = KEPT_BYTES, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._pool = DecodePool("pictures", threads=1, limit=3, parent=self)
        self._pool.finished.connect(self._take)

    def get(self, row: AssetRow, *, urgent: bool = True) -> Picture | None:
        """The picture of a row, or None and a request for it."""
        kept = self._kept.get(row.row)
        if kept is not None and kept.sha256 == row.sha256:
            self._kept.move_to_end(row.row)
            return kept
        if not self._pool.promote(row.row):
            self._pool.submit(row.row, partial(decode, self._files, row), urgent=urgent)
        return None

    def clear(self) -> None:
        """Let go of all pictures; the viewer was closed."""
        self._pool.retain(())
        self._kept.clear()

    def stop(self) -> None:
        """End the thread."""
        self._pool.stop()

    @Slot(object)
    def _take(self, batch: list[tuple[int, Picture | None]]) -> None:
        for number, picture in batch:
            self._kept[number] = picture or Picture("", ())
            self._kept.move_to_end(number)
        while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values()) > self._kept_bytes:
            self._kept.popitem(last=False)
        for number, _ in batch:
            self.ready.emit(number)


def decode(files: PictureFiles, row: AssetRow) -> Picture:
    """Read a file whole, upright, in a format that is painted without conversion. Runs in a thread.

    Drawings (SVG) are rendered as still pictures: Qt's renderer has no scripts and loads nothing remote.
    """
    path = files.file_path(row) if row.kind is MediaKind.IMAGE else files.thumbnail_path(row)
    if not path.exists():
        return Picture(row.sha256, ())
    QImageReader.setAllocationLimit(LARGEST_MB)
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if bytes(reader.format().data()) in (b"svg", b"svgz"):
        bounds = QSize(VECTOR_SIDE, VECTOR_SIDE)
        reader.setScaledSize(reader.size().scaled(bounds, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        return Picture(row.sha256, ())
    transparent = image.hasAlphaChannel()
    formats = QImage.Format
    image.convertTo(formats.Format_ARGB32_Premultiplied if transparent else formats.Format_RGB32)
    return Picture(row.sha256, tuple(_levels(image)), transparent)


def _levels(image: QImage) -> list[QImage]:
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) > 2 * SMALLEST_LEVEL:
        last = levels[-1]
        levels.append(
            last.scaled(
                max(1, last.width() // 2),
                max(1, last.height() // 2),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return levels

"""Thumbnails: decoded in threads, kept as pixmaps within a budget, cached as small files."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QImage, QImageReader, QImageWriter, QPainter, QPixmap, QTransform

from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.decode_pool import DecodePool

STORED_SIDE = 384  # pixels of the cached file's longer side, as the library makes them
STORED_QUALITY = 85
SHARP_ENOUGH = 0.8  # a cached file may be enlarged by this much before the original is read instead
CACHE_BYTES = 48 << 20  # three screens of a 2560×1440 window
FAILURES_KEPT = 4096
PICTURES = (MediaKind.IMAGE, MediaKind.VIDEO)

Poster = Callable[[Path], QImage | None]


class ThumbnailFiles(Protocol):
    """Where pictures and their cached thumbnails lie; called in the decoding threads."""

    def file_path(self, row: AssetRow, /) -> Path: ...

    def thumbnail_path(self, row: AssetRow, /) -> Path: ...


@dataclass(frozen=True, slots=True)
class ThumbnailSpec:
    """The cell to fill, in device pixels. Corners are rounded while decoding, so that painting is a copy."""

    width: int
    height: int
    radius: float = 0.0


class State(Enum):
    """What `ThumbnailLoader.get` knows about a row."""

    READY = "ready"
    PENDING = "pending"
    BROKEN = "broken"  # the file cannot be read as a picture
    NONE = "none"  # nothing to show: not a picture, or a video whose poster is not made yet


@dataclass(frozen=True, slots=True)
class _Entry:
    pixmap: QPixmap
    spec: ThumbnailSpec
    sha256: str

    @property
    def size(self) -> int:
        return self.pixmap.width() * self.pixmap.height() * 4


class ThumbnailLoader(QObject):
    """Thumbnails of gallery rows.

    Args:
        poster: makes the first frame of a video file; called in a decoding thread. Without it a video shows
            the cached thumbnail once somebody has written one.
        cache_bytes: pixmaps kept, in bytes.

    Signals:
        ready(list[int]): row numbers whose `get` has a new answer.
    """

    ready = Signal(object)

    def __init__(
        self,
        files: ThumbnailFiles,
        *,
        poster: Poster | None = None,
        threads: int | None = None,
        cache_bytes: int = CACHE_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._poster = poster
        self._cache_bytes = cache_bytes
        self._used = 0
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._asked: dict[int, tuple[ThumbnailSpec, str]] = {}
        self._failed: OrderedDict[int, tuple[State, str]] = OrderedDict()
        self._pool = DecodePool("thumbnails", threads=threads, prepare=_load_decoder, parent=self)
        self._pool.finished.connect(self._take)

    def warm(self) -> None:
        """Start the threads: pictures are about to be asked for."""
        self._pool.start()

    def get(self, row: AssetRow, spec: ThumbnailSpec) -> tuple[State, QPixmap | None]:
        """The thumbnail of a row, and a request for it when it is missing or of another size.

        A pixmap of another size comes with `PENDING`: to be painted scaled until the sharp one is there.
        """
        number = row.row
        entry = self._entries.get(number)
        if entry is not None:
            self._entries.move_to_end(number)
            if entry.spec == spec and entry.sha256 == row.sha256:
                return State.READY, entry.pixmap
        else:
            failed = self._failed.get(number)
            if failed is not None and failed[1] == row.sha256:
                return failed[0], None
            if row.kind not in PICTURES:
                return State.NONE, None
        self._ask(row, spec, urgent=True)
        return State.PENDING, entry.pixmap if entry is not None else None

    def prefetch(self, row: AssetRow, spec: ThumbnailSpec) -> None:
        """Decode a row that will be looked at soon, after everything that is looked at now."""
        entry = self._entries.get(row.row)
        if row.kind not in PICTURES or row.row in self._failed:
            return
        if entry is None or entry.spec != spec or entry.sha256 != row.sha256:
            self._ask(row, spec, urgent=False)

    def peek(self, number: int) -> QPixmap | None:
        """The pixmap of a row if it is at hand, of whatever size."""
        entry = self._entries.get(number)
        return entry.pixmap if entry is not None else None

    def retain(self, numbers: Collection[int]) -> None:
        """Forget requests for all other rows: they scrolled away."""
        if any(number not in numbers for number in self._asked):
            self._pool.retain(numbers)
            self._asked = {number: asked for number, asked in self._asked.items() if number in numbers}

    def forget_failure(self, number: int) -> None:
        """Try a row again that could not be shown: its file or its poster may have arrived."""
        self._failed.pop(number, None)

    def clear(self) -> None:
        """Let go of all pixmaps, for instance when the gallery is hidden."""
        self._pool.retain(())
        self._asked.clear()
        self._entries.clear()
        self._used = 0

    @property
    def used_bytes(self) -> int:
        return self._used

    def stop(self) -> None:
        """End the threads; nothing is decoded afterwards."""
        self._pool.stop()

    def _ask(self, row: AssetRow, spec: ThumbnailSpec, *, urgent: bool) -> None:
        if self._asked.get(row.row) == (spec, row.sha256) and self._pool.promote(row.row):
            return
        self._asked[row.row] = (spec, row.sha256)
        self._pool.submit(row.row, partial(_make, self._files, self._poster, row, spec), urgent=urgent)

    @Slot(object)
    def _take(self, batch: list[tuple[int, tuple[AssetRow, ThumbnailSpec, QImage | State] | None]]) -> None:
        numbers: list[int] = []
        for number, result in batch:
            numbers.append(number)
            if result is None:
                self._asked.pop(number, None)
                self._fail(number, State.BROKEN, "")
                continue
            row, spec, image = result
            if self._asked.get(number) == (spec, row.sha256):
                del self._asked[number]
            if isinstance(image, State):
                self._fail(number, image, row.sha256)
            else:
                self._keep(number, _Entry(QPixmap.fromImage(image), spec, row.sha256))
        self.ready.emit(numbers)

    def _fail(self, number: int, state: State, sha256: str) -> None:
        self._failed[number] = (state, sha256)
        if len(self._failed) > FAILURES_KEPT:
            self._failed.popitem(last=False)

    def _keep(self, number: int, entry: _Entry) -> None:
        old = self._entries.pop(number, None)
        if old is not None:
            self._used -= old.size
        self._failed.pop(number, None)
        self._entries[number] = entry
        self._used += entry.size
        while self._used > self._cache_bytes and len(self._entries) > 1:
            _, dropped = self._entries.popitem(last=False)
            self._used -= dropped.size


# ---------------------------------------------------------------------- in the threads


def _load_decoder() -> None:
    """Let Qt load its JPEG plugin (10 ms), which the first picture would wait for."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"jpg").write(QImage(1, 1, QImage.Format.Format_RGB32))


def read_scaled(path: Path, cover: tuple[int, int]) -> QImage:
    """Decode a picture just large enough to cover `cover` pixels, never enlarged, upright (EXIF orientation).

    Returns a null image when the file is missing or is no picture.
    """
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and not size.isEmpty():
        turned = bool(reader.transformation().value & 4)  # the four transformations with a quarter turn
        width, height = (size.height(), size.width()) if turned else (size.width(), size.height())
        scale = max(cover[0] / width, cover[1] / height)
        if scale < 1:
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
            reader.setScaledSize(QSize(height, width) if turned else QSize(width, height))
    return reader.read()


def fill_cell(image: QImage, spec: ThumbnailSpec) -> QImage:
    """The middle of a picture, filling the cell, with round corners; premultiplied, ready to be copied."""
    out = QImage(spec.width, spec.height, QImage.Format.Format_ARGB32_Premultiplied)
    out.fill(Qt.GlobalColor.transparent)
    scale = max(spec.width / image.width(), spec.height / image.height())
    brush = QBrush(image)
    brush.setTransform(
        QTransform(
            scale, 0, 0, scale,
            (spec.width - image.width() * scale) / 2, (spec.height - image.height() * scale) / 2,
        )
    )  # fmt: skip
    painter = QPainter(out)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRoundedRect(QRectF(0, 0, spec.width, spec.height), spec.radius, spec.radius)
    painter.end()
    return out


def store(image: QImage, path: Path) -> None:
    """Write the cached file: JPEG, or PNG where the picture has transparency (readers go by the content).

    Atomic, but not flushed: after a power cut it is made again. A full or read-only disk only costs time.
    """
    transparent = image.hasAlphaChannel() and not _opaque(image)
    scale = STORED_SIDE / max(image.width(), image.height())
    if scale < 1:
        image = image.scaled(
            max(1, round(image.width() * scale)),
            max(1, round(image.height() * scale)),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = QImageWriter(str(temporary), b"png" if transparent else b"jpg")
        writer.setQuality(-1 if transparent else STORED_QUALITY)
        if writer.write(image):
            del writer  # closes the file
            temporary.replace(path)
        else:
            temporary.unlink(missing_ok=True)


def _opaque(image: QImage) -> bool:
    """Whether every pixel of a picture with an alpha channel is solid, as in most RGBA files."""
    alpha = image.convertToFormat(QImage.Format.Format_Alpha8)
    bits, stride, width = alpha.constBits(), alpha.bytesPerLine(), alpha.width()
    solid = b"\xff" * width
    return all(bits[y * stride : y * stride + width] == solid for y in range(alpha.height()))


def _make(
    files: ThumbnailFiles, poster: Poster | None, row: AssetRow, spec: ThumbnailSpec
) -> tuple[AssetRow, ThumbnailSpec, QImage | State]:
    cached = files.thumbnail_path(row)
    cover = (spec.width, spec.height)
    image = read_scaled(cached, cover) if cached.exists() else QImage()
    if image.isNull() or not _sharp(image, row, spec):
        original = _original(files, poster, row, cover)
        if not original.isNull():
            if image.isNull():
                store(original, cached)
            image = original
    if image.isNull():
        missing = State.NONE if row.kind is MediaKind.VIDEO else State.BROKEN
        return row, spec, missing
    return row, spec, fill_cell(image, spec)


def _sharp(image: QImage, row: AssetRow, spec: ThumbnailSpec) -> bool:
    if row.kind is not MediaKind.IMAGE:
        return True
    if image.width() >= spec.width * SHARP_ENOUGH and image.height() >= spec.height * SHARP_ENOUGH:
        return True
    return row.width is not None and row.height is not None and image.width() >= row.width


def _original(files: ThumbnailFiles, poster: Poster | None, row: AssetRow, cover: tuple[int, int]) -> QImage:
    if row.kind is MediaKind.VIDEO:
        return (poster(files.file_path(row)) if poster is not None else None) or QImage()
    return read_scaled(files.file_path(row), (max(cover[0], STORED_SIDE), max(cover[1], STORED_SIDE)))

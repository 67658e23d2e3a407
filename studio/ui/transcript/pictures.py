"""Tiles of pictures in messages: decoded in threads, cut to their tile, kept within a budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QImage, QImageReader, QPainter, QPixmap

from studio.qt_models.decode_pool import DecodePool
from studio.ui.theme import Radius

KEPT_BYTES = 32 << 20
LARGEST_MB = 512

AssetPath = Callable[[str], Path | None]
Key = tuple[str, int, int]


class PictureCache(QObject):
    """Pixmaps by asset and size.

    Args:
        path: where an asset's picture (or a film's thumbnail) lies; None when there is none. Called on the
            window's thread; it must not touch the disk.

    Signals:
        ready(): some `get` has a new answer.
    """

    ready = Signal()

    def __init__(self, path: AssetPath, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._kept: OrderedDict[Key, QPixmap | None] = OrderedDict()
        self._bytes = 0
        self._pool = DecodePool("chat-pictures", threads=1, limit=64, parent=self)
        self._pool.finished.connect(self._take)

    def set_path(self, path: AssetPath) -> None:
        self._path = path
        self._kept.clear()
        self._bytes = 0

    def get(self, asset_id: str, size: QSizeF, ratio: float) -> QPixmap | None:
        """The picture, cut to `size` logical pixels; None while it is decoded, or when it cannot be."""
        if not asset_id:
            return None
        key = (asset_id, round(size.width() * ratio), round(size.height() * ratio))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if not self._pool.promote(key):
            path = self._path(asset_id)
            if path is None:
                self._kept[key] = None
                return None
            self._pool.submit(key, partial(tile, path, QSize(key[1], key[2]), ratio))
        return None

    def stop(self) -> None:
        """End the thread. May be called twice."""
        self._pool.stop()

    @Slot(object)
    def _take(self, batch: list[tuple[Key, QImage | None]]) -> None:
        for key, image in batch:
            pixmap = QPixmap.fromImage(image) if image is not None and not image.isNull() else None
            self._kept[key] = pixmap
            self._bytes += key[1] * key[2] * 4 if pixmap is not None else 0
        while len(self._kept) > 1 and self._bytes > KEPT_BYTES:
            key, pixmap = self._kept.popitem(last=False)
            self._bytes -= key[1] * key[2] * 4 if pixmap is not None else 0
        self.ready.emit()


def tile(path: Path, size: QSize, ratio: float) -> QImage | None:
    """A file's picture, filling `size` device pixels, with round corners. Runs in a thread."""
    QImageReader.setAllocationLimit(LARGEST_MB)
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid() and not full.isEmpty():
        reader.setScaledSize(full.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return None
    if image.width() < size.width() or image.height() < size.height() or not full.isValid():
        image = image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        )
    made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    brush = QBrush(image)
    painter.setBrushOrigin((size.width() - image.width()) // 2, (size.height() - image.height()) // 2)
    painter.setBrush(brush)
    radius = Radius.LARGE * ratio
    painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height()), radius, radius)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made

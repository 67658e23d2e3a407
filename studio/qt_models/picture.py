"""One picture decoded at the size it is shown; call it in a thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader


def read_picture(path: Path, width: int) -> QImage:
    """The picture at `path`, at most `width` pixels wide; a null image if it cannot be read.

    Turns it upright by its EXIF orientation. A QImage may cross threads, a QPixmap may not.
    """
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.isValid() and size.width() > width:
        target = QSize(width, max(1, round(size.height() * width / size.width())))
        reader.setScaledSize(target)
    image = reader.read()
    if not image.isNull() and image.width() > width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image


def read_whole(path: Path) -> QImage:
    """The picture in its own size, upright; a null image if it cannot be read. Call it in a thread."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    return reader.read()


def png_of(image: QImage) -> bytes:
    """The picture as a PNG file; call it in a thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType] - the stubs want bytes
    return bytes(buffer.data().data())

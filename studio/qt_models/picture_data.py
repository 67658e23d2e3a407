"""A picture that is dragged out: its file for those who take files, its pixels for those who paint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMetaType, QMimeData
from PySide6.QtGui import QImage

from studio.qt_models.picture import read_whole

IMAGE_MIME = "application/x-qt-image"


class PictureData(QMimeData):
    """Offers the pixels of `path` and decodes them when somebody asks, which most targets never do."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._image: QImage | None = None

    def formats(self) -> list[str]:
        return [*super().formats(), IMAGE_MIME]

    def hasFormat(self, mimetype: str) -> bool:
        return mimetype == IMAGE_MIME or super().hasFormat(mimetype)

    def retrieveData(self, mimetype: str, preferredType: QMetaType | QMetaType.Type) -> Any:  # noqa: N803 - Qt's
        if mimetype == IMAGE_MIME:
            if self._image is None:
                self._image = read_whole(self._path)
            return self._image
        return super().retrieveData(mimetype, preferredType)

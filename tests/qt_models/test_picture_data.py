"""What a picture is dragged out as: a real file, and pixels for who wants them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDrag, QImage
from PySide6.QtWidgets import QApplication, QWidget

from studio.qt_models.picture_data import IMAGE_MIME, PictureData
from tests.library.makers import encoded


def test_a_drag_has_the_file_and_its_pixels(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "sea at dusk é.png"
    path.write_bytes(encoded("PNG", size=(48, 32)))
    data = PictureData(path)
    data.setUrls([QUrl.fromLocalFile(str(path))])
    owner = QWidget()
    drag = QDrag(owner)
    drag.setMimeData(data)
    given = drag.mimeData()
    assert [url.toLocalFile() for url in given.urls()] == [str(path)]
    assert Path(given.urls()[0].toLocalFile()).exists()
    assert given.hasImage()
    assert set(given.formats()) == {"text/uri-list", IMAGE_MIME}
    image = given.imageData()
    assert isinstance(image, QImage)
    assert (image.width(), image.height()) == (48, 32)
    owner.deleteLater()


def test_pixels_of_what_is_no_picture_are_none(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "torn.png"
    path.write_bytes(b"nothing")
    assert PictureData(path).imageData().isNull()

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from studio.qt_models.picture import png_of, read_picture


def test_it_is_decoded_at_the_width_it_is_shown(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "wide.jpg"
    Image.new("RGB", (800, 400), "orange").save(path)
    assert read_picture(path, 200).size().toTuple() == (200, 100)
    assert read_picture(path, 2000).size().toTuple() == (800, 400)


def test_a_turned_photograph_stands_upright(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "orange").save(path, exif=exif)
    assert read_picture(path, 500).size().toTuple() == (40, 80)


def test_what_is_no_picture_gives_a_null_image(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "not.png"
    path.write_text("words")
    assert read_picture(path, 100).isNull()
    assert read_picture(tmp_path / "missing.png", 100).isNull()


def test_a_wrong_ending_does_not_matter(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "really.png"
    Image.new("RGB", (8, 8)).save(path, format="JPEG")
    assert not read_picture(path, 100).isNull()


def test_a_picture_becomes_a_png_file(tmp_path: Path) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    (tmp_path / "x.png").write_bytes(png_of(image))
    again = read_picture(tmp_path / "x.png", 100)
    assert (again.width(), again.height()) == (30, 20)
    assert again.pixelColor(3, 3) == image.pixelColor(3, 3)

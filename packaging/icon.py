"""Renders the program's icon, drawn by the program itself, in the forms that desktops look for.

    python packaging/icon.py DIR

writes DIR/hicolor/<side>x<side>/apps/nectary.png, DIR/hicolor/scalable/apps/nectary.svg, and for Windows and
macOS DIR/nectary.ico and DIR/nectary.icns.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIDES = (16, 24, 32, 48, 64, 96, 128, 256, 512)
ICO_SIDES = (16, 24, 32, 48, 64, 128, 256)
ICNS_SIDE = 1024
VECTOR_SIDE = 256


def main(folder: Path) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    from PySide6.QtWidgets import QApplication  # noqa: TID251 - a tool, no part of the program

    application = QApplication([])
    theme = folder / "hicolor"
    for side in SIDES:
        save(side, theme / f"{side}x{side}" / "apps" / "nectary.png")
    draw_vector(theme / "scalable" / "apps" / "nectary.svg")
    write_icon_files(folder, theme)
    del application
    return 0


def save(side: int, target: Path) -> None:
    from studio.ui.widgets.brand import logo_pixmap

    target.parent.mkdir(parents=True, exist_ok=True)
    if not logo_pixmap(side).save(str(target)):
        raise SystemExit(f"{target} could not be written.")


def draw_vector(target: Path) -> None:
    from PySide6.QtCore import QRectF, QSize
    from PySide6.QtGui import QPainter
    from PySide6.QtSvg import QSvgGenerator

    from studio.ui.theme import tokens
    from studio.ui.widgets.brand import paint_logo

    target.parent.mkdir(parents=True, exist_ok=True)
    picture = QSvgGenerator()
    picture.setFileName(str(target))
    picture.setTitle("Nectary")
    picture.setDescription("")
    picture.setSize(QSize(VECTOR_SIDE, VECTOR_SIDE))
    picture.setViewBox(QRectF(0, 0, VECTOR_SIDE, VECTOR_SIDE))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_logo(painter, QRectF(0, 0, VECTOR_SIDE, VECTOR_SIDE), tokens(False))
    painter.end()


def write_icon_files(folder: Path, theme: Path) -> None:
    """The one file that Windows and macOS want, of pictures that were each drawn at their size."""
    from PIL import Image

    drawn = {side: Image.open(theme / f"{side}x{side}" / "apps" / "nectary.png") for side in SIDES}
    largest = drawn[max(ICO_SIDES)]
    rest = [drawn[side] for side in ICO_SIDES if side != max(ICO_SIDES)]
    largest.save(folder / "nectary.ico", sizes=[(side, side) for side in ICO_SIDES], append_images=rest)
    big = folder / "nectary-1024.png"
    save(ICNS_SIDE, big)
    with Image.open(big) as picture:
        picture.save(
            folder / "nectary.icns", append_images=[drawn[side] for side in (512, 256, 128, 64, 32, 16)]
        )
    big.unlink()
    for picture in drawn.values():
        picture.close()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

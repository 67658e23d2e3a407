"""Renders the program's icon, drawn by the program itself, in the sizes that desktops look for.

python packaging/icon.py DIR      writes DIR/hicolor/<side>x<side>/apps/nectary.png
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIDES = (16, 24, 32, 48, 64, 128, 256)


def main(folder: Path) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    from PySide6.QtWidgets import QApplication  # noqa: TID251 - a tool, no part of the program

    from studio.ui.widgets.brand import logo_pixmap

    application = QApplication([])
    for side in SIDES:
        target = folder / "hicolor" / f"{side}x{side}" / "apps" / "nectary.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not logo_pixmap(side).save(str(target)):
            raise SystemExit(f"{target} could not be written.")
    del application
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

"""Write resources/icons/outlines.txt: the outlines of the icons the program uses.

    python scripts/icons.py

The outlines come from the Phosphor font that qtawesome brings (MIT licence, resources/icons/LICENSE). Kept
as paths they cost a millisecond to read instead of the 134 ms of importing qtawesome, and stay crisp at any
size. The few that Phosphor 1.3 lacks are drawn here in the same hand: 16 wide round strokes on a 256 grid.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainterPath, QPainterPathStroker, QRawFont, QTransform

from studio.ui.icons import GRID, PHOSPHOR

OUT = Path(__file__).parent.parent / "resources" / "icons" / "outlines.txt"
STROKE = 16.0
WAVE = ((40, 32), (84, 80), (128, 56), (172, 88), (216, 28))
"""Where the bars of the waveform stand and half their heights."""


def _line(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    return path


def _frame(x: float, y: float, width: float, height: float, radius: float = 8) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
    return path


def _arc(start: float, sweep: float) -> QPainterPath:
    box = QRectF(32, 32, 192, 192)
    path = QPainterPath()
    path.arcMoveTo(box, start)
    path.arcTo(box, start, sweep)
    return path


def drawn() -> dict[str, list[QPainterPath]]:
    """The strokes of the icons that the font does not have."""
    return {
        "waveform": [_line((x, 128 - h), (x, 128 + h)) for x, h in WAVE],
        "images": [
            _frame(64, 40, 160, 128),
            _line((192, 200), (192, 208), (40, 208), (32, 200), (32, 88)),
            _line((64, 136), (104, 100), (148, 144), (172, 122), (224, 160)),
            _frame(164, 72, 20, 20, 10),
        ],
        "circle-notch": [_arc(60, -300)],
        "caret-up-down": [_line((80, 176), (128, 224), (176, 176)), _line((80, 80), (128, 32), (176, 80))],
        "sidebar": [_frame(32, 48, 192, 160), _line((96, 48), (96, 208))],
        "sidebar-right": [_frame(32, 48, 192, 160), _line((160, 48), (160, 208))],
    }


def _outline(strokes: list[QPainterPath]) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(STROKE)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    whole = QPainterPath()
    whole.setFillRule(Qt.FillRule.WindingFill)
    for stroke in strokes:
        whole = whole.united(stroker.createStroke(stroke))
    return whole


def _data(path: QPainterPath) -> str:
    """SVG path data with absolute M, L and C, rounded to a tenth of a unit."""
    kind = QPainterPath.ElementType
    letters = {kind.MoveToElement: "M", kind.LineToElement: "L", kind.CurveToElement: "C"}
    parts: list[str] = []
    for index in range(path.elementCount()):
        element = path.elementAt(index)
        parts.append(f"{letters.get(element.type, '')}{round(element.x, 1):g} {round(element.y, 1):g}")
    return " ".join(parts)


def main() -> None:
    QGuiApplication([])
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("qtawesome is not installed")
    folder = Path(next(iter(spec.submodule_search_locations))) / "fonts"
    font = QRawFont(str(next(folder.glob("phosphor-*.ttf"))), float(GRID))
    characters = json.loads(next(folder.glob("phosphor-charmap-*.json")).read_text())
    # The font's em square stands on the baseline; the icons' grid hangs from its top.
    down = QTransform.fromTranslate(0, GRID)
    outlines = {name: _data(_outline(strokes)) for name, strokes in drawn().items()}
    for name in sorted(set(PHOSPHOR.values()) - set(outlines)):
        glyph = font.glyphIndexesForString(chr(int(characters[name], 16)))[0]
        outlines[name] = _data(down.map(font.pathForGlyph(glyph)))
    OUT.write_text("".join(f"{name}\t{outlines[name]}\n" for name in sorted(outlines)))
    print(f"{len(outlines)} icons, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()

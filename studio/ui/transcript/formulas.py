"""Mathematics as outlines: LaTeX is drawn by ziamath in a thread, once, and painted in any colour.

What cannot be drawn (unknown commands, unbalanced braces, sources too long or too deep) is told apart from
what has not been drawn yet, but both are shown as their source: a formula is never shown broken.
"""

from __future__ import annotations

import importlib
import logging
import re
import sys
import warnings
import xml.etree.ElementTree as ET
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from studio.qt_models.decode_pool import DecodePool

log = logging.getLogger(__name__)

MAX_SOURCE = 2000
MAX_DEPTH = 24
"""Braces, environments and `\\left` inside each other; ziamath recurses about twenty frames for each."""
MAX_LENGTH = 20_000.0
"""Pixels of width or height; a command for space can ask for any."""
KEPT = 2000
_NESTING = re.compile(r"\\(?:begin|end|left|right)(?![a-zA-Z])|\\.|[{}]", re.DOTALL)
_STEPS = {"{": 1, "}": -1, r"\begin": 1, r"\end": -1, r"\left": 1, r"\right": -1}
_ENVIRONMENT = re.compile(r"(\\(begin|end)\s*\{(\w+)\*?\})")
_KNOWN = frozenset({
    "align", "aligned", "array", "bmatrix", "Bmatrix", "cases", "equation", "gather", "gathered", "matrix",
    "multline", "pmatrix", "smallmatrix", "split", "vmatrix", "Vmatrix",
})  # fmt: skip
"""Environments that are drawn as they are meant; of others only the words inside would be."""
_SCRIPTED = re.compile(r"(\\end\s*\{\w+\*?\})\s*[\^_]")
_NUMBERING = re.compile(r"\\label\s*\{[^{}]*\}|\\(?:nonumber|notag)(?![a-zA-Z])")
_REWORDED = (
    (re.compile(r"(\\[bB]igg?[lrm]?)\s*\\\{"), r"\\{"),
    (re.compile(r"(\\[bB]igg?[lrm]?)\s*\\\}"), r"\\}"),
    (re.compile(r"\\middle\s*\|"), r"\\,\\vert\\,"),
    (re.compile(r"\\(?:dbinom|tbinom)(?![a-zA-Z])"), r"\\binom"),
)
_NUMBER = re.compile(r"[MLQCZ]|-?\d*\.?\d+(?:[eE]-?\d+)?")

Key = tuple[str, float, bool]
"""Source, size in pixels, on lines of its own."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Part of a drawing in a colour or width of its own. `color` "" is the text's; `width` 0 fills."""

    path: QPainterPath
    color: str
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn formula; lengths in pixels, the origin of the paths is the left end of the baseline."""

    width: float
    ascent: float
    descent: float
    strokes: tuple[Stroke, ...]

    def paint(self, painter: QPainter, x: float, baseline: float, color: QColor, scale: float = 1.0) -> None:
        """Paint it sharp at any device pixel ratio."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(x, baseline)
        painter.scale(scale, scale)
        for stroke in self.strokes:
            ink = QColor(stroke.color) if stroke.color else color
            if stroke.width:
                painter.strokePath(stroke.path, QPen(ink, stroke.width))
            else:
                painter.fillPath(stroke.path, ink)
        painter.restore()


class Formulas(QObject):
    """Draws formulas in a thread and keeps them. `stop()` it before the program ends.

    Signals:
        drawn: formulas asked for before can be found now, or turned out to have no drawing.
    """

    drawn = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = DecodePool("formulas", threads=1, parent=self)
        self._pool.finished.connect(self._keep)
        self._known: OrderedDict[Key, Drawing | None] = OrderedDict()
        self._asked: set[Key] = set()

    def find(self, source: str, size: float, display: bool) -> Drawing | None:
        """The drawing; None while it is made (`drawn` tells when) and for what cannot be drawn."""
        key = (source, size, display)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if key not in self._asked and drawable(source):
            self._asked.add(key)
            self._pool.submit(key, lambda: draw(*key))
        return None

    def pending(self, source: str, size: float, display: bool) -> bool:
        """Whether this formula is being drawn."""
        return (source, size, display) in self._asked

    def waiting(self) -> bool:
        """Whether formulas are being drawn."""
        return bool(self._asked)

    def stop(self) -> None:
        """Forget what waits and end the thread. May be called twice."""
        self._pool.stop()
        self._asked.clear()

    def _keep(self, batch: list[tuple[Key, Drawing | None]]) -> None:
        for key, drawing in batch:
            self._known[key] = drawing
            self._asked.discard(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.drawn.emit()


def drawable(source: str) -> bool:
    """Whether a formula is short, flat and balanced enough to be handed to the renderer."""
    if not source.strip() or len(source) > MAX_SOURCE:
        return False
    depth = 0
    for match in _NESTING.finditer(source):
        depth += _STEPS.get(match.group(), 0)
        if not 0 <= depth <= MAX_DEPTH:
            return False
    return depth == 0 and all(mark[3] in _KNOWN for mark in _ENVIRONMENT.finditer(source))


def prepared(source: str) -> str:
    """LaTeX in the words that the converter understands, where it knows only others for the same."""
    source = _NUMBERING.sub("", source)
    for pattern, words in _REWORDED:
        source = pattern.sub(words, source)
    return _wrapped_environments(source)


def _wrapped_environments(source: str) -> str:
    """Put an environment with a script into braces: the converter forgets what the script belongs to."""
    at = 0
    while end := _SCRIPTED.search(source, at):
        depth, at = 0, end.end(1)
        for mark in reversed(list(_ENVIRONMENT.finditer(source, 0, at))):
            depth += 1 if mark[2] == "end" else -1
            if depth == 0:
                start = mark.start()
                source = f"{source[:start]}{{{source[start:at]}}}{source[at:]}"
                at += 2
                break
    return source


def draw(source: str, size: float, display: bool) -> Drawing | None:
    """Draw LaTeX mathematics, `size` in pixels. None when that is not possible. Takes 3 to 30 ms."""
    _load()
    from ziamath.config import config
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

    config.svg2 = False  # plain paths, nothing by reference
    try:
        mathml = tex2mml(prepared(source), inline=not display)
        if _unknown_command(mathml):
            return None
        formula = Math(mathml, size=size)
        drawing = _drawing(formula.svgxml())
    except (Exception, RecursionError) as error:  # noqa: BLE001  # any failure means: show the source
        log.debug("a formula of %d characters has no drawing: %s", len(source), type(error).__name__)
        return None
    if max(drawing.width, drawing.ascent, drawing.descent) > MAX_LENGTH:
        return None
    return drawing


def _load() -> None:
    """Import ziamath once: it opens its font in a way that some versions of Python warn about."""
    if "ziamath" not in sys.modules:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            importlib.import_module("ziamath")


def _unknown_command(mathml: str) -> bool:
    """Commands the converter does not know stay in its output as names with their backslash."""
    return any("\\" in (element.text or "") for element in ET.fromstring(mathml).iter())  # noqa: S314  # made here


def _drawing(svg: ET.Element) -> Drawing:
    left, top, width, height = (float(part) for part in svg.attrib["viewBox"].split())
    ink = QPainterPath()
    ink.setFillRule(Qt.FillRule.WindingFill)
    strokes: list[Stroke] = []
    for element in svg.iter():
        path = _path(element)
        if path is None:
            continue
        path.translate(-left, 0)
        fill, stroke = element.get("fill", "black"), element.get("stroke", "none")
        line = float(element.get("stroke-width", "1"))
        if fill not in ("none", "black"):
            strokes.append(Stroke(path, fill, 0.0))
        elif fill == "black" and stroke == "none":
            ink.addPath(path)
        if stroke != "none":
            strokes.append(Stroke(path, "" if stroke == "black" else stroke, line))
    return Drawing(width, -top, height + top, (Stroke(ink, "", 0.0), *strokes))


def _path(element: ET.Element) -> QPainterPath | None:
    if element.tag == "rect":
        path = QPainterPath()
        path.addRect(*(float(element.get(name, "0")) for name in ("x", "y", "width", "height")))
        return path
    if element.tag == "path":
        return _outline(element.get("d", ""))
    return None


def _outline(data: str) -> QPainterPath:
    """A path of SVG with absolute M, L, Q, C and Z, which is all that ziafont writes."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    parts = _NUMBER.findall(data)
    at, letter = 0, "M"
    counts = {"M": 2, "L": 2, "Q": 4, "C": 6}
    while at < len(parts):
        if parts[at].isalpha():
            letter = parts[at]
            at += 1
            if letter == "Z":
                path.closeSubpath()
                continue
        values = [float(part) for part in parts[at : at + counts[letter]]]
        at += len(values)
        if letter == "M":
            path.moveTo(*values)
            letter = "L"
        elif letter == "L":
            path.lineTo(*values)
        elif letter == "Q":
            path.quadTo(*values)
        else:
            path.cubicTo(*values)
    return path

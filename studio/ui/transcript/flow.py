"""Lines of set text: a paragraph, a heading or a cell of a table, laid out, painted and pointed at.

Long text is laid out in segments of about a thousand characters. A segment gives its last line back to the
next one, so the lines break as if the text were one; but when text grows at its end, only the last segment
is laid out again, and only segments in view are painted.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTextLayout, QTextLine, QTextOption

from studio.ui.theme import BORDER, Radius, Space
from studio.ui.transcript.runs import Atom, RunText, paint_atom
from studio.ui.transcript.style import TextLook, TextStyle

SEGMENT = 1000
_AWAY = 1e6
"""Where a line is put that its segment gave back: below everything, so that it is never painted."""

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


class Segment:
    """A stretch of text with a layout of its own. Qt counts UTF-16 units, everything else characters."""

    __slots__ = ("_wide", "end", "layout", "start")

    def __init__(self, layout: QTextLayout, start: int, text: str) -> None:
        self.layout = layout
        self.start = start
        self.end = start + len(text)
        # Characters that take two units, by index; nearly always none.
        self._wide = [] if text.isascii() else [i for i, c in enumerate(text) if c > "\uffff"]

    def unit(self, position: int) -> int:
        """The layout's position of a position in the text."""
        local = position - self.start
        return local + bisect_left(self._wide, local) if self._wide else local

    def position(self, unit: int) -> int:
        """The position in the text of a position of the layout."""
        if not self._wide:
            return self.start + unit
        low, high = 0, self.end - self.start
        while low < high:
            middle = (low + high) // 2
            if middle + bisect_left(self._wide, middle) < unit:
                low = middle + 1
            else:
                high = middle
        return self.start + low


@dataclass(slots=True)
class Line:
    """One line: characters `start` to `end`; `top` and `baseline` count from the top of the flow."""

    start: int
    end: int
    top: float
    height: float
    baseline: float
    qline: QTextLine
    segment: Segment


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is of a script that runs from right to left."""
    if text.isascii():
        return False
    for character in text[:500]:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


class Flow:
    """Text in lines. `align` is left, center or right; "" follows the direction of the text."""

    def __init__(self, runs: RunText, look: TextLook, style: TextStyle, align: str = "") -> None:
        self.runs = runs
        self.look = look
        self.style = style
        self.height = 0.0
        self.width = 0.0
        self.rtl = runs_right_to_left(runs.text)
        self._mixed = self.rtl or not _one_way(runs.text)
        self._option = self._make_option(align)
        self._lines: list[Line] = []
        self._tops: list[float] = []

    @property
    def text(self) -> str:
        return self.runs.text

    def _make_option(self, align: str) -> QTextOption:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if self.rtl else Qt.LayoutDirection.LeftToRight
        )
        side = align or ("right" if self.rtl else "left")
        flags = {
            "left": Qt.AlignmentFlag.AlignLeft,
            "center": Qt.AlignmentFlag.AlignHCenter,
            "right": Qt.AlignmentFlag.AlignRight,
        }
        # Absolute: "left" would mean "where lines begin" otherwise.
        option.setAlignment(flags[side] | Qt.AlignmentFlag.AlignAbsolute)
        return option

    # ------------------------------------------------------------ layout

    def lay_out(self, width: float) -> None:
        """Break the text into lines of this width."""
        self.width = max(width, 1.0)
        self._lines.clear()
        self._tops.clear()
        self._lay_out_from(0)

    def natural_width(self) -> float:
        """The width of the widest line as it is laid out now."""
        return max((line.qline.naturalTextWidth() for line in self._lines), default=0.0)

    def grow(self, runs: RunText) -> bool:
        """Take a newer version of the text. Lines before the change stay; false if the direction changed."""
        if runs_right_to_left(runs.text) != self.rtl:
            return False
        same = _common(self.runs, runs)
        self.runs = runs
        self._mixed = self._mixed or not _one_way(runs.text[same:])
        if not self.width:
            return True
        # One line before the change may take up a word that follows it now.
        keep = max(bisect_right(self._lines, same, key=lambda line: line.end) - 1, 0)
        while keep and self._lines[keep].segment is self._lines[keep - 1].segment:
            keep -= 1
        start = self._lines[keep].start if keep < len(self._lines) else 0
        del self._lines[keep:], self._tops[keep:]
        self._lay_out_from(start)
        return True

    def _lay_out_from(self, start: int) -> None:
        top = self._lines[-1].top + self._lines[-1].height if self._lines else 0.0
        while True:
            start, top = self._lay_out_segment(start, top)
            if start >= len(self.runs.shown):
                break
        self.height = top

    def _lay_out_segment(self, start: int, top: float) -> tuple[int, float]:
        """Lay out the lines of one segment; where the next one begins."""
        shown = self.runs.shown
        end = min(start + SEGMENT, len(shown))
        if len(shown) - end < SEGMENT // 4:
            end = len(shown)
        text = shown[start:end]
        layout = QTextLayout(text, self.look.font)
        layout.setCacheEnabled(True)
        layout.setTextOption(self._option)
        segment = Segment(layout, start, text)
        formats = self._formats(segment)
        if formats:
            layout.setFormats(formats)
        layout.beginLayout()
        while True:
            qline = layout.createLine()
            if not qline.isValid():
                break
            qline.setLineWidth(self.width)
            top = self._add_line(segment, qline, top)
        layout.endLayout()
        last = self._lines[-1]
        if end < len(shown) and last.start > start:
            top = last.top
            last.qline.setPosition(QPointF(0, _AWAY))
            segment.end = last.start
            self._lines.pop()
            self._tops.pop()
            return last.start, top
        return end, top

    def _formats(self, segment: Segment) -> list[QTextLayout.FormatRange]:
        made: list[QTextLayout.FormatRange] = []
        all_formats = self.runs.formats
        index = bisect_right(all_formats, segment.start, key=lambda entry: entry[1])
        for start, end, char_format in all_formats[index:]:
            if start >= segment.end:
                break
            entry = QTextLayout.FormatRange()
            first = segment.unit(max(start, segment.start))
            entry.start = first
            entry.length = segment.unit(min(end, segment.end)) - first
            entry.format = char_format
            made.append(entry)
        return made

    def _add_line(self, segment: Segment, qline: QTextLine, top: float) -> float:
        start_unit = qline.textStart()
        start = segment.position(start_unit)
        end = segment.position(start_unit + qline.textLength())
        look = self.look
        ascent = qline.ascent()
        above = max(look.above, ascent)
        below = max(look.below, qline.descent())
        for atom in self._atoms(start, end):
            above = max(above, atom.ascent + Space.HAIR)
            below = max(below, atom.descent + Space.HAIR)
        baseline = top + above
        qline.setPosition(QPointF(0, baseline - ascent))
        self._lines.append(Line(start, end, top, above + below, baseline, qline, segment))
        self._tops.append(top)
        return top + above + below

    def _atoms(self, start: int, end: int) -> Sequence[Atom]:
        atoms = self.runs.atoms
        if not atoms:
            return ()
        first = bisect_left(atoms, start, key=lambda atom: atom.position)
        return atoms[first : bisect_left(atoms, end, key=lambda atom: atom.position)]

    # ------------------------------------------------------------ painting

    def paint(self, painter: QPainter, x: float, y: float, clip: QRectF) -> None:
        """Paint what meets the clip; both in the painter's coordinates."""
        lines = self._visible(clip.top() - y, clip.bottom() - y)
        if not lines:
            return
        self._paint_code_boxes(painter, x, y, lines)
        painter.setPen(self.look.color)
        origin = QPointF(x, y)
        segment = None
        for line in lines:
            if line.segment is not segment:
                segment = line.segment
                segment.layout.draw(painter, origin, [], clip)
        if self.runs.atoms:
            for line in lines:
                for atom in self._atoms(line.start, line.end):
                    left = x + self._edge(line, atom.position, trailing=False)
                    right = x + self._edge(line, atom.position, trailing=True)
                    room = max(self.width - (min(left, right) - x), 1.0)
                    paint_atom(
                        painter, atom, min(left, right), y + line.baseline, self.look, self.style, room
                    )

    def paint_range(
        self, painter: QPainter, x: float, y: float, clip: QRectF, span: tuple[int, int], color: QColor
    ) -> None:
        """Fill what lies between two positions, over the whole height of the lines."""
        for rect in self.rects(*span, clip.top() - y, clip.bottom() - y):
            painter.fillRect(rect.translated(x, y), color)

    def underline(self, painter: QPainter, x: float, y: float, clip: QRectF, link: str) -> None:
        """Underline a link, as under the pointer."""
        for start, end, where in self.runs.links:
            if where != link:
                continue
            for line in self._visible(clip.top() - y, clip.bottom() - y):
                for left, right in self._pieces(line, start, end):
                    painter.fillRect(
                        QRectF(x + left, y + line.baseline + Space.HAIR, right - left, BORDER),
                        self.style.colors.accent_text,
                    )

    def _paint_code_boxes(self, painter: QPainter, x: float, y: float, lines: Sequence[Line]) -> None:
        if not self.runs.code:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.style.colors.raised)
        first, last = lines[0].start, lines[-1].end
        for start, end in self.runs.code:
            if end <= first or start >= last:
                continue
            for line in lines:
                for left, right in self._pieces(line, start, end):
                    tall = self.look.pitch - Space.XS
                    top = y + line.baseline - self.look.above + Space.HAIR
                    box = QRectF(x + left - Space.HAIR, top, right - left + 2 * Space.HAIR, tall)
                    painter.drawRoundedRect(box, Radius.SMALL, Radius.SMALL)

    # ------------------------------------------------------------ geometry

    def _visible(self, top: float, bottom: float) -> Sequence[Line]:
        first = max(bisect_right(self._tops, top) - 1, 0)
        return self._lines[first : bisect_left(self._tops, bottom)]

    def _edge(self, line: Line, position: int, trailing: bool = False) -> float:
        edge = QTextLine.Edge.Trailing if trailing else QTextLine.Edge.Leading
        x = line.qline.cursorToX(line.segment.unit(position), edge)
        return x[0] if isinstance(x, tuple) else float(x)  # type: ignore[arg-type]  # PySide gives both

    def _pieces(self, line: Line, start: int, end: int) -> list[tuple[float, float]]:
        """The horizontal stretches that characters `start` to `end` take in a line."""
        first, last = max(start, line.start), min(end, line.end)
        if first >= last:
            return []
        if not self._mixed:
            return [(self._edge(line, first), self._edge(line, last))]
        # Where directions mix, what is one range in the text may be several stretches in the line.
        pieces: list[tuple[float, float]] = []
        for position in range(first, last):
            one, other = self._edge(line, position), self._edge(line, position, trailing=True)
            left, right = min(one, other), max(one, other)
            if pieces and abs(pieces[-1][1] - left) < 1:
                pieces[-1] = (pieces[-1][0], right)
            elif pieces and abs(pieces[-1][0] - right) < 1:
                pieces[-1] = (left, pieces[-1][1])
            else:
                pieces.append((left, right))
        return pieces

    def rects(self, start: int, end: int, top: float = 0.0, bottom: float = float("inf")) -> list[QRectF]:
        """The rectangles of a range, of the lines between `top` and `bottom`."""
        found: list[QRectF] = []
        for line in self._visible(top, bottom):
            if line.end <= start and not (line.start == line.end == start):
                continue
            if line.start >= end:
                break
            found += [
                QRectF(left, line.top, right - left, line.height)
                for left, right in self._pieces(line, start, end)
            ]
            if end > line.end and not self._mixed and found:
                found[-1].setWidth(found[-1].width() + Space.HAIR)
        return found

    def _line_of(self, position: int) -> Line:
        index = bisect_right(self._lines, position, key=lambda line: line.start) - 1
        return self._lines[max(index, 0)]

    def position_at(self, x: float, y: float) -> int:
        """The caret position nearest to a point."""
        line = self._lines[min(max(bisect_right(self._tops, y) - 1, 0), len(self._lines) - 1)]
        position = line.segment.position(line.qline.xToCursor(x))
        if position >= line.end > line.start and line is not self._lines[-1]:
            # Behind the last character is the start of the next line; the caret stays in this one.
            return line.end - 1 if self.runs.text[line.end - 1].isspace() else line.end
        return min(position, len(self.runs.text))

    def character_at(self, x: float, y: float) -> int:
        """The character under a point; -1 where there is none."""
        if not 0 <= y < self.height:
            return -1
        line = self._lines[min(max(bisect_right(self._tops, y) - 1, 0), len(self._lines) - 1)]
        unit = line.qline.xToCursor(x, QTextLine.CursorPosition.CursorOnCharacter)
        position = line.segment.position(unit)
        if not line.start <= position < line.end:
            return -1
        one, other = self._edge(line, position), self._edge(line, position, trailing=True)
        return position if min(one, other) <= x <= max(one, other) else -1

    def caret(self, position: int) -> QRectF:
        """Where the caret stands before the character at a position."""
        line = self._line_of(position)
        return QRectF(self._edge(line, min(position, line.end)), line.top, BORDER, line.height)

    def first_baseline(self) -> float:
        """The baseline of the first line, for what stands beside it."""
        return self._lines[0].baseline if self._lines else self.look.above


def _one_way(text: str) -> bool:
    """Whether all of the text runs from left to right."""
    if text.isascii():
        return True
    return _RIGHT_TO_LEFT.search(text) is None


def _common(old: RunText, new: RunText) -> int:
    """How many characters of both are the same, formats included."""
    shorter = min(len(old.shown), len(new.shown))
    same = shorter
    if old.shown[:shorter] != new.shown[:shorter]:
        low, high = 0, shorter
        while low < high:
            middle = (low + high + 1) // 2
            if old.shown[:middle] == new.shown[:middle]:
                low = middle
            else:
                high = middle - 1
        same = low
    for one, other in zip(old.formats, new.formats, strict=False):
        if one != other:
            # The last run of a growing text reaches further than before; that is no change before its end.
            reach = min(one[1], other[1]) if one[0] == other[0] and one[2] == other[2] else 0
            return min(same, max(reach, min(one[0], other[0])))
    longer = old.formats if len(old.formats) > len(new.formats) else new.formats
    extra = longer[min(len(old.formats), len(new.formats)) :]
    return min(same, extra[0][0]) if extra else same

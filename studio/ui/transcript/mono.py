"""Text of one character width in rows: code, and whatever is too long or too odd to be set properly.

Where a row begins is arithmetic, so ten thousand lines, or a line of a million characters, cost next to
nothing until they are seen: only rows that are painted get a text layout, and of very long rows only the
piece in view.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTextLayout, QTextLine, QTextOption

from studio.domain.markdown import CodeToken
from studio.ui.theme import BORDER, Space
from studio.ui.transcript.flow import Segment
from studio.ui.transcript.runs import visible
from studio.ui.transcript.style import TextLook, TextStyle

PIECE = 1000
"""Characters of a row that share a layout."""
KEPT = 400
"""Layouts that are kept."""
TAB = 4

Tokens = Callable[[int, int], Sequence[CodeToken]]
"""The colours of the text between two positions."""

_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3"
    "\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd]+"
)
"""Characters of East Asia and pictures, which take two columns."""
_NARROW = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u064b-\u065f\u200b-\u200f\u20d0-\u20ff\ufe00-\ufe0f\ufeff]+"
)
"""Marks on the character before, which take none."""


@dataclass(slots=True)
class Piece:
    """A laid-out stretch of a row, `x` pixels from the row's start."""

    segment: Segment
    qline: QTextLine
    x: float


def columns(text: str) -> int:
    """How many columns a stretch of text takes. Close enough for other scripts: it decides where rows break
    and how far wide content scrolls, while the caret asks the layout."""
    if "\t" in text:
        *before, last = text.split("\t")
        return sum((columns(part) // TAB + 1) * TAB for part in before) + columns(last)
    if text.isascii():
        return len(text)
    wide = sum(len(run) for run in _WIDE.findall(text))
    return len(text) + wide - sum(len(run) for run in _NARROW.findall(text))


class MonoText:
    """Rows of text. `wrap` is the number of columns that rows have at most; 0 does not wrap."""

    def __init__(self, text: str, look: TextLook, style: TextStyle, tokens: Tokens | None = None) -> None:
        self.text = ""
        self.look = look
        self.style = style
        self.advance = style.code_advance
        self._tokens = tokens
        self._wrap = 0
        self._lines: list[int] = [0]
        self._rows: list[int] = [0]
        self._widest = 0
        self._pieces: OrderedDict[tuple[int, int], Piece] = OrderedDict()
        self._left_edges: dict[int, list[float]] = {}
        self._option = QTextOption()
        self._option.setWrapMode(QTextOption.WrapMode.NoWrap)
        self._option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self._option.setTabStopDistance(TAB * self.advance)
        self.append(text)

    # ------------------------------------------------------------ rows

    @property
    def rows(self) -> int:
        """How many rows are shown: the line break at the very end begins none."""
        ends = len(self._rows) > 1 and self._rows[-1] == len(self.text)
        return len(self._rows) - ends

    @property
    def height(self) -> float:
        return self.rows * self.look.pitch

    @property
    def width(self) -> float:
        """Of the widest row, in pixels."""
        return self._widest * self.advance

    def append(self, more: str) -> None:
        """The text goes on. Costs what is new and the line it begins in."""
        old_end = len(self.text)
        self.text += more
        last = self._lines[-1]
        starts = [old_end + 1 + at for at in _breaks(more)]
        self._lines += starts
        for key in [key for key in self._pieces if key[0] >= last]:
            del self._pieces[key]
        self._left_edges.pop(self._rows[-1], None)
        self._left_edges.pop(last, None)
        new_lines = more.count("\n") + 1
        self._measure(len(self._lines) - new_lines)
        self._break_rows(len(self._lines) - new_lines)

    def set_wrap(self, wrap: int) -> None:
        """Break rows after so many columns; 0 keeps lines whole."""
        if wrap != self._wrap:
            self._wrap = wrap
            self._pieces.clear()
            self._left_edges.clear()
            self._break_rows(0)

    def recolor(self, start: int = 0) -> None:
        """The colours changed from a position on."""
        line = self._rows[self.row_of(start)]
        for key in [key for key in self._pieces if key[0] >= line]:
            del self._pieces[key]

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Where a line begins and ends, its line break excluded."""
        start = self._lines[line]
        end = self._lines[line + 1] - 1 if line + 1 < len(self._lines) else len(self.text)
        return start, end

    def _measure(self, first: int) -> None:
        text, lines = self.text, self._lines
        tail = text[lines[first] :]
        if tail.isascii() and "\t" not in tail:
            widest = max(map(len, tail.split("\n")))
        else:
            widest = max(columns(line) for line in tail.split("\n"))
        self._widest = max(self._widest, widest)

    def _break_rows(self, first: int) -> None:
        """Find the rows of the lines from `first` on."""
        if not self._wrap:
            self._rows = self._lines
            return
        if self._rows is self._lines:
            self._rows, first = [], 0
        rows = self._rows
        del rows[bisect_left(rows, self._lines[first]) :]
        for line in range(first, len(self._lines)):
            start, end = self.line_bounds(line)
            rows.append(start)
            if end - start > self._wrap or not self.text[start:end].isascii() or "\t" in self.text[start:end]:
                rows += self._breaks_of(start, end)

    def _breaks_of(self, start: int, end: int) -> list[int]:
        """Where a line is broken: after a space in the right half of the row, or in the middle of a word."""
        found: list[int] = []
        text, wrap = self.text, self._wrap
        simple = text[start:end].isascii() and "\t" not in text[start:end]
        while True:
            stop = start + wrap if simple else self._fitting(start, end)
            if stop >= end:
                return found
            space = text.rfind(" ", start + wrap // 2, stop + 1)
            start = space + 1 if space >= 0 else max(stop, start + 1)
            if start >= end:
                return found
            found.append(start)

    def _fitting(self, start: int, end: int) -> int:
        """The end of the characters that fit into a row."""
        low, high = start + 1, min(start + 2 * self._wrap, end)
        while low < high:
            middle = (low + high + 1) // 2
            if columns(self.text[start:middle]) <= self._wrap:
                low = middle
            else:
                high = middle - 1
        return low

    def _row_end(self, row: int) -> int:
        end = self._rows[row + 1] if row + 1 < len(self._rows) else len(self.text)
        return end - 1 if end > self._rows[row] and self.text[end - 1] == "\n" else end

    def row_of(self, position: int) -> int:
        """The row that a position is in."""
        return min(max(bisect_right(self._rows, position) - 1, 0), self.rows - 1)

    # ------------------------------------------------------------ layouts

    def _piece(self, row: int, number: int) -> Piece:
        row_start = self._rows[row]
        key = (row_start, number)
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = self._make_piece(row, number)
            if len(self._pieces) > KEPT:
                self._pieces.popitem(last=False)
        else:
            self._pieces.move_to_end(key)
        return piece

    def _make_piece(self, row: int, number: int) -> Piece:
        row_start, row_end = self._rows[row], self._row_end(row)
        start = row_start + number * PIECE
        text = visible(self.text[start : min(start + PIECE, row_end)])
        layout = QTextLayout(text, self.look.font)
        layout.setCacheEnabled(True)
        layout.setTextOption(self._option)
        segment = Segment(layout, start, text)
        formats = self._formats(segment)
        if formats:
            layout.setFormats(formats)
        layout.beginLayout()
        qline = layout.createLine()
        layout.endLayout()
        qline.setPosition(QPointF(0, self.look.above - qline.ascent()))
        return Piece(segment, qline, self._lefts(row)[number] if number else 0.0)

    def _formats(self, segment: Segment) -> list[QTextLayout.FormatRange]:
        made: list[QTextLayout.FormatRange] = []
        for token in self._tokens(segment.start, segment.end) if self._tokens else ():
            start, end = max(token.start, segment.start), min(token.end, segment.end)
            if start < end and token.kind not in ("name", "operator"):
                entry = QTextLayout.FormatRange()
                entry.start = segment.unit(start)
                entry.length = segment.unit(end) - entry.start
                entry.format = self.style.code_format(token.kind)
                made.append(entry)
        return made

    def _lefts(self, row: int) -> list[float]:
        """Where the pieces of a long row begin, and where the last one ends, in pixels."""
        start, end = self._rows[row], self._row_end(row)
        lefts = self._left_edges.get(start)
        if lefts is None:
            cuts = range(start, end, PIECE)
            widths = (columns(self.text[at : min(at + PIECE, end)]) * self.advance for at in cuts)
            lefts = self._left_edges[start] = list(accumulate(widths, initial=0.0))
        return lefts

    def _numbers(self, row: int, left: float, right: float) -> range:
        """The pieces of a row between two distances from its start."""
        length = self._row_end(row) - self._rows[row]
        if length <= PIECE:
            return range(1)
        lefts = self._lefts(row)
        last = len(lefts) - 2
        first = min(max(bisect_right(lefts, left) - 1, 0), last)
        return range(first, max(min(bisect_left(lefts, right), last + 1), first + 1))

    # ------------------------------------------------------------ painting

    def paint(self, painter: QPainter, x: float, y: float, clip: QRectF) -> None:
        """Paint the rows and pieces that meet the clip."""
        painter.setPen(self.look.color)
        for row in self._visible(clip.top() - y, clip.bottom() - y):
            top = y + row * self.look.pitch
            for number in self._numbers(row, clip.left() - x, clip.right() - x):
                piece = self._piece(row, number)
                piece.segment.layout.draw(painter, QPointF(x + piece.x, top))

    def paint_range(
        self, painter: QPainter, x: float, y: float, clip: QRectF, span: tuple[int, int], color: QColor
    ) -> None:
        """Fill what lies between two positions."""
        for rect in self.rects(*span, clip.translated(-x, -y)):
            painter.fillRect(rect.translated(x, y), color)

    def rects(self, start: int, end: int, view: QRectF) -> list[QRectF]:
        """The rectangles of a range that meet `view`."""
        found: list[QRectF] = []
        pitch = self.look.pitch
        for row in self._visible(view.top(), view.bottom()):
            first, last = max(start, self._rows[row]), min(end, self._row_end(row))
            if end <= self._rows[row] or start > self._row_end(row) or first > last:
                continue
            left = self._x(row, first)
            # The selected line break shows as half a column.
            right = self._x(row, last) + (self.advance / 2 if end > last else 0)
            if right > left:
                found.append(QRectF(left, row * pitch, right - left, pitch))
        return found

    def _visible(self, top: float, bottom: float) -> range:
        pitch = self.look.pitch
        return range(max(int(top // pitch), 0), min(int(bottom // pitch) + 1, self.rows))

    # ------------------------------------------------------------ geometry

    def _x(self, row: int, position: int) -> float:
        number = max(position - self._rows[row], 0) // PIECE
        number = min(number, max(self._row_end(row) - self._rows[row] - 1, 0) // PIECE)
        piece = self._piece(row, number)
        at = piece.qline.cursorToX(piece.segment.unit(min(position, piece.segment.end)))
        return piece.x + (at[0] if isinstance(at, tuple) else float(at))  # type: ignore[arg-type]

    def position_at(self, x: float, y: float) -> int:
        """The caret position nearest to a point."""
        row = min(max(int(y // self.look.pitch), 0), self.rows - 1)
        numbers = self._numbers(row, x, x)
        piece = self._piece(row, numbers[0])
        position = piece.segment.position(piece.qline.xToCursor(x - piece.x))
        row_end = self._row_end(row)
        wrapped = row + 1 < len(self._rows) and self._rows[row + 1] == row_end
        return min(position, row_end - 1 if wrapped and row_end > self._rows[row] else row_end)

    def caret(self, position: int) -> QRectF:
        """The caret before a position."""
        row = self.row_of(position)
        x = self._x(row, min(position, self._row_end(row)))
        return QRectF(x, row * self.look.pitch, BORDER, self.look.pitch)


def word_at(text: str, position: int) -> tuple[int, int]:
    """The word of letters, digits and underscores around a position, else one character."""
    begin = end = position
    while begin > 0 and position - begin < PIECE and _in_word(text[begin - 1]):
        begin -= 1
    while end < len(text) and end - position < PIECE and _in_word(text[end]):
        end += 1
    return (begin, end) if end > begin else (position, min(position + 1, len(text)))


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _breaks(text: str) -> list[int]:
    """Where line breaks are."""
    pieces = text.split("\n")
    return [at - 1 for at in accumulate(len(piece) + 1 for piece in pieces[:-1])]


def columns_in(width: float, style: TextStyle) -> int:
    """How many columns fit into a width; at least a few, however narrow the window is."""
    return max(int(width / style.code_advance), int(Space.SM))

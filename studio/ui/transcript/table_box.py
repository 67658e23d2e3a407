"""Tables: columns as wide as their content where that fits, cells that wrap, quiet lines between rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from studio.domain.markdown import Block, Inline, Run, Table
from studio.domain.markdown_source import block_source, table_source
from studio.ui.theme import BORDER, Size, Space
from studio.ui.transcript.box import BaseBox, Control, Sideways
from studio.ui.transcript.flow import Flow
from studio.ui.transcript.runs import build
from studio.ui.transcript.style import TextLook, TextStyle
from studio.ui.transcript.text_box import link_controls

MANY = 300
"""Rows from which on every row is one line and the table scrolls sideways: a row's height is then known
without setting its text, and ten thousand rows cost nothing until they are seen."""
_WIDE = 1e5
_MEASURED = 6
"""Cells of a column of a long table that are measured: the longest ones."""

Row = Sequence[Sequence[Inline]]


@dataclass(slots=True)
class Cell:
    """A cell's text, how wide it is on one line, and how narrow its column may be made for it."""

    flow: Flow
    natural: float
    least: float


def share(natural: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """The widths of columns: in proportion to their content where it fits; otherwise narrow columns keep
    their width, wide ones wrap, and none gets narrower than `least`."""
    total = sum(natural)
    if total <= room:
        return [width * room / total for width in natural] if total else list(natural)
    widths = list(least)
    if sum(least) >= room:
        return widths
    # The free room is dealt out evenly, and what a column does not need goes to the others.
    free = room - sum(least)
    hungry = [n for n in range(len(natural)) if natural[n] > widths[n]]
    while hungry and free > 0.5:
        part = free / len(hungry)
        for n in hungry:
            given = min(part, natural[n] - widths[n])
            widths[n] += given
            free -= given
        hungry = [n for n in hungry if natural[n] - widths[n] > 0.5]
    return widths


class TableBox(BaseBox):
    """A table."""

    def __init__(self, block: Table, style: TextStyle) -> None:
        super().__init__(block, style)
        self._table = block
        self._rows: dict[int, list[Cell]] = {}
        self._natural = [0.0] * len(block.header)
        self._least = [0.0] * len(block.header)
        self._columns: list[float] = []
        self._lefts: list[float] = []
        self._tops: list[float] = []
        self._scroll = Sideways()
        self._starts: list[int] = []
        self._text: str | None = None
        self._pad = float(style.px(Size.CELL_PAD))

    @property
    def _count(self) -> int:
        """Rows with the header, which is row 0."""
        return len(self._table.rows) + 1

    @property
    def _long(self) -> bool:
        return len(self._table.rows) > MANY

    def _source(self, row: int) -> Row:
        return self._table.header if row == 0 else self._table.rows[row - 1]

    # ------------------------------------------------------------ cells

    def _cells(self, row: int) -> list[Cell]:
        """The cells of a row, set on one line each when they are new."""
        cells = self._rows.get(row)
        if cells is None:
            look = self.style.table_head if row == 0 else self.style.text
            cells = self._rows[row] = [
                self._make_cell(inlines, look, align)
                for inlines, align in zip(self._source(row), self._table.align, strict=False)
            ]
        return cells

    def _make_cell(self, inlines: Sequence[Inline], look: TextLook, align: str) -> Cell:
        runs = build(inlines, look, self.style)
        self.waiting = self.waiting or runs.waiting
        flow = Flow(runs, look, self.style, align)
        flow.lay_out(_WIDE)
        natural = flow.natural_width() + 1
        longest = QFontMetricsF(look.font).horizontalAdvance(max(runs.text.split(), key=len, default=""))
        limits = (self.style.px(Size.CELL_MIN), self.style.px(Size.CELL_WORD))
        # The longest word may be set in bold or as code, which is a little wider.
        return Cell(flow, natural, min(max(longest * 1.05, limits[0]), limits[1], natural))

    def _measure(self) -> None:
        """Find how wide the columns want to be, and may be at least."""
        if self._long:
            measured = {0}
            for column in range(len(self._natural)):
                by_length = sorted(
                    range(1, self._count), key=lambda row: _length(self._source(row)[column]), reverse=True
                )
                measured.update(by_length[:_MEASURED])
        else:
            measured = set(range(self._count))
        rows = [self._cells(row) for row in measured]
        columns = range(len(self._natural))
        self._natural = [max(row[column].natural for row in rows) for column in columns]
        self._least = [max(row[column].least for row in rows) for column in columns]

    # ------------------------------------------------------------ layout

    def _lay_out(self, width: float) -> float:
        if not self._columns:
            self._measure()
        return self._place(width)

    def _place(self, width: float, first: int = 0) -> float:
        """Give the columns their widths and find the heights of the rows from `first` on."""
        pads = 2 * self._pad * len(self._natural)
        if self._long:
            inner = share(self._natural, self._natural, width - pads)
        else:
            inner = share(self._natural, self._least, width - pads)
        columns = [column + 2 * self._pad for column in inner]
        if columns != self._columns:
            self._columns, first = columns, 0
            self._lefts = [0.0, *accumulate(columns)]
        del self._tops[first:]
        top = 0.0
        if first and first <= len(self._tops):
            top = self._tops[first - 1] + self._height_of(first - 1)
        for row in range(first, self._count):
            self._tops.append(top)
            top += self._height_of(row)
        self._scroll.fit(width, self._lefts[-1])
        return top + (Space.MD if self._scroll.range > 1 else 0)

    def _height_of(self, row: int) -> float:
        look = self.style.table_head if row == 0 else self.style.text
        tall = look.pitch
        if not self._long:
            for column, cell in enumerate(self._cells(row)):
                self._fit(cell, column)
                tall = max(tall, cell.flow.height)
        return tall + 2 * Space.SM

    def _fit(self, cell: Cell, column: int) -> None:
        """Set a cell in its column's width, if that differs from how it is set now."""
        flow = cell.flow
        inner = self._columns[column] - 2 * self._pad
        one_line = cell.natural <= inner + 0.5 and not flow.rtl
        if one_line and self._table.align[column] in ("", "left"):
            if flow.width < cell.natural:
                flow.lay_out(_WIDE)
        elif flow.width != inner:
            flow.lay_out(inner)

    def grow(self, block: Block) -> bool:
        old = self._table
        if not isinstance(block, Table) or (block.header, block.align, block.within) != (
            old.header, old.align, old.within,
        ):  # fmt: skip
            return False
        settled = max(len(old.rows) - 1, 0)
        if block.rows[:settled] != old.rows[:settled] or len(block.rows) < len(old.rows):
            return False
        if (len(block.rows) > MANY) != self._long:
            return False
        changed = settled if old.rows and block.rows[settled] != old.rows[settled] else len(old.rows)
        self._shown = self._table = block
        self._rows.pop(changed + 1, None)
        self._text = None
        if self.width:
            if not self._long:
                self._measure()
            self.height = self._place(self.width - self._inset, changed + 1)
        return True

    def refresh(self) -> bool:
        if not self.waiting:
            return False
        self.waiting = False
        self._rows.clear()
        self._text = None
        if self.width:
            self._columns = []
            self.height = self._lay_out(self.width - self._inset)
        return True

    def _marker_line(self) -> tuple[float, TextLook]:
        return Space.SM + self.style.table_head.above, self.style.text

    # ------------------------------------------------------------ painting

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        panel = QRectF(x, y, self.width - self._inset, self.height)
        painter.save()
        if self._scroll.range > 1:
            painter.setClipRect(panel, Qt.ClipOperation.IntersectClip)
        left = x - self._scroll.offset
        spans = [(mark, self.style.colors.mark) for mark in marks]
        if selection is not None:
            spans.append((selection, self.style.colors.selection))
        for row in self._visible(clip.top() - y, clip.bottom() - y):
            top = y + self._tops[row] + Space.SM
            for column, cell in enumerate(self._cells(row)):
                self._fit(cell, column)
                at = left + self._lefts[column] + self._pad
                for span, color in spans:
                    local = self._local(span, row, column)
                    if local is not None:
                        cell.flow.paint_range(painter, at, top, clip, local, color)
                cell.flow.paint(painter, at, top, clip)
                if self._hovered_link:
                    cell.flow.underline(painter, at, top, clip, self._hovered_link)
            bottom = y + self._bottom(row)
            line = QRectF(left, bottom - BORDER, self._lefts[-1], BORDER)
            painter.fillRect(line, self.style.colors.border)
        painter.restore()
        self._scroll.paint_bar(
            painter, self._track().translated(x - self._left, y), self.style, self._hovered == "scroll"
        )

    def _bottom(self, row: int) -> float:
        if row + 1 < len(self._tops):
            return self._tops[row + 1]
        return self.height - (Space.MD if self._scroll.range > 1 else 0)

    def _visible(self, top: float, bottom: float) -> range:
        first = max(bisect_right(self._tops, top) - 1, 0)
        return range(first, bisect_right(self._tops, bottom))

    def _track(self) -> QRectF:
        return QRectF(self._left, self.height - Space.SM, self.width - self._inset, Size.BAR)

    # ------------------------------------------------------------ positions

    def _ensure_text(self) -> None:
        """The text of all cells, tabs between columns and line breaks between rows."""
        if self._text is not None:
            return
        parts: list[str] = []
        self._starts = []
        at = 0
        for row in range(self._count):
            cells = self._cells(row)
            for column, cell in enumerate(cells):
                self._starts.append(at)
                end = "\t" if column + 1 < len(cells) else "\n"
                parts.append(cell.flow.text + end)
                at += len(cell.flow.text) + 1
        self._text = "".join(parts)[:-1]

    @property
    def text(self) -> str:
        self._ensure_text()
        return self._text or ""

    def _local(self, span: tuple[int, int], row: int, column: int) -> tuple[int, int] | None:
        """The part of a range that lies in a cell, in its own positions."""
        self._ensure_text()
        start = self._starts[row * len(self._natural) + column]
        length = len(self._rows[row][column].flow.text)
        first, last = max(span[0] - start, 0), min(span[1] - start, length)
        return (first, last) if first < last else None

    def _cell_of(self, position: int) -> tuple[int, int, int]:
        """Row, column and position inside the cell."""
        self._ensure_text()
        index = max(bisect_right(self._starts, position) - 1, 0)
        row, column = divmod(index, len(self._natural))
        return row, column, min(position - self._starts[index], len(self._cells(row)[column].flow.text))

    def _cell_at(self, x: float, y: float) -> tuple[int, int, Cell, float, float]:
        """The cell nearest to a point, and where its text begins."""
        row = min(max(bisect_right(self._tops, y) - 1, 0), self._count - 1)
        inside = x - self._left + self._scroll.offset
        column = min(max(bisect_right(self._lefts, inside) - 1, 0), len(self._natural) - 1)
        cell = self._cells(row)[column]
        self._fit(cell, column)
        return row, column, cell, *self._origin(row, column)

    def _origin(self, row: int, column: int) -> tuple[float, float]:
        left = self._left - self._scroll.offset + self._lefts[column] + self._pad
        return left, self._tops[row] + Space.SM

    def position_at(self, x: float, y: float) -> int:
        row, column, cell, left, top = self._cell_at(x, y)
        self._ensure_text()
        start = self._starts[row * len(self._natural) + column]
        return start + cell.flow.position_at(x - left, y - top)

    def rect_at(self, position: int) -> QRectF:
        row, column, local = self._cell_of(position)
        cell = self._cells(row)[column]
        self._fit(cell, column)
        return cell.flow.caret(local).translated(*self._origin(row, column))

    def word_at(self, position: int) -> tuple[int, int]:
        row, column, local = self._cell_of(position)
        first, last = self._cells(row)[column].flow.runs.word_at(local)
        return position - local + first, position - local + last

    def markdown(self, start: int, end: int) -> str:
        if start <= 0 and end >= self.length:
            return block_source(self.block)
        row, column, local = self._cell_of(start)
        last_row, last_column, last_local = self._cell_of(end)
        if (row, column) == (last_row, last_column):
            return self._cells(row)[column].flow.runs.markdown(local, last_local)
        table = self._table
        return table_source(table.header, table.rows[max(row - 1, 0) : last_row], table.align)

    def link_at(self, x: float, y: float) -> str:
        _row, _column, cell, left, top = self._cell_at(x, y)
        if not cell.flow.runs.links:
            return ""
        return cell.flow.runs.link_at(cell.flow.character_at(x - left, y - top))

    # ------------------------------------------------------------ controls

    def controls(self) -> list[Control]:
        made: list[Control] = []
        for row in range(min(self._count, MANY)):
            for column, cell in enumerate(self._cells(row)):
                if cell.flow.runs.links:
                    self._fit(cell, column)
                    made += link_controls(cell.flow, *self._origin(row, column))
        return made

    def control_at(self, x: float, y: float) -> str:
        grip = self._track().adjusted(0, -Space.XS, 0, Space.XS)
        return "scroll" if self._scroll.range > 1 and grip.contains(QPointF(x, y)) else ""

    def scroll_by(self, dx: float) -> bool:
        return self._scroll.move(dx)

    def drag_scroll(self, dx: float) -> bool:
        return self._scroll.drag(dx)

    def reveal(self, position: int) -> bool:
        rect = self.rect_at(position)
        inside = rect.left() - self._left + self._scroll.offset
        return self._scroll.show(inside, inside + rect.width())

    def view_state(self) -> object:
        return self._scroll.offset or None

    def restore_view(self, state: object) -> None:
        if isinstance(state, float):
            self._scroll.offset = state
            self._scroll.move(0)


def _length(inlines: Sequence[Inline]) -> int:
    return sum(len(inline.text) if isinstance(inline, Run) else 3 for inline in inlines)

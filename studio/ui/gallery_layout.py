"""Where cells of the gallery lie: arithmetic over counts, nothing is kept per cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A run of cells under one heading: "Today", "48 · 0.214 pollen"."""

    title: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in content pixels; y grows downwards from the top of the first section."""

    x: int
    y: int
    width: int
    height: int


class GalleryLayout:
    """A grid of equal cells that fills the width, in one section or several.

    `lead` leaves that many places of the first row empty: when new cells arrive above what the user looks
    at, the others keep their columns.

    Args:
        gap: pixels between cells; `margin`: left and right of the grid; `edge`: above and below it.
        header: height of a section's heading.
        aspect: height of a cell for a width of 1.
    """

    def __init__(
        self, *, gap: int = 10, margin: int = 20, edge: int = 8, header: int = 36, aspect: float = 1.0
    ) -> None:
        self.gap, self.margin, self.edge, self.header, self.aspect = gap, margin, edge, header, aspect
        self.row_height = 0
        """Of a list; 0 for a grid."""
        self.columns = 1
        self.cell_width = 1
        self.cell_height = 1
        self.lead = 0
        self.count = 0
        self._inner = 1
        self._sections: tuple[Section, ...] = ()
        self._starts: list[int] = [0]
        self._tops: list[int] = [edge]

    # ------------------------------------------------------------------ shape

    def set_width(self, width: int, wanted: int) -> bool:
        """Fit cells of about `wanted` pixels into `width`; true when anything moved."""
        inner = max(1, width - 2 * self.margin)
        if self.row_height:
            shape = (1, inner, self.row_height, inner)
        else:
            columns = max(1, (inner + self.gap) // (wanted + self.gap))
            cell = max(1, (inner - (columns - 1) * self.gap) // columns)
            shape = (columns, cell, max(1, round(cell * self.aspect)), inner)
        if shape == (self.columns, self.cell_width, self.cell_height, self._inner):
            return False
        self.columns, self.cell_width, self.cell_height, self._inner = shape
        self.lead = 0
        self._measure()
        return True

    def set_count(self, count: int) -> None:
        """All cells anew, without sections."""
        self.count, self._sections, self.lead = count, (), 0
        self._measure()

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Headings; ignored when their counts do not add up to the number of cells."""
        fits = sum(section.count for section in sections) == self.count
        self._sections = tuple(section for section in sections if section.count) if fits else ()
        self.lead = 0
        self._measure()

    def insert(self, first: int, count: int) -> None:
        """Cells came in before position `first`; they join the section they fall into."""
        self._grow(self._section_of(min(first, max(0, self.count - 1))), count)

    def remove(self, first: int, last: int) -> None:
        """Cells `first` to `last` went away."""
        for number in range(len(self._starts) - 1, -1, -1):
            start = self._starts[number]
            end = start + self._count_of(number)
            gone = min(last + 1, end) - max(first, start)
            if gone > 0:
                self._grow(number, -gone)
        if any(not section.count for section in self._sections):
            self._sections = tuple(section for section in self._sections if section.count)
            self._measure()

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._sections

    @property
    def pitch(self) -> int:
        """From one row of cells to the next."""
        return self.cell_height + self.gap

    @property
    def height(self) -> int:
        """Of the whole content, in pixels."""
        if not self.count:
            return 2 * self.edge
        last = len(self._starts) - 1
        return self._tops[last] + self._header + self._rows_of(last) * self.pitch - self.gap + self.edge

    # ------------------------------------------------------------------ positions and places

    def box(self, position: int) -> Box:
        """The cell at a position."""
        number = self._section_of(position)
        row, column = divmod(self._slot(position, number), self.columns)
        y = self._tops[number] + self._header + row * self.pitch
        return Box(self._x(column), y, self.cell_width, self.cell_height)

    def at(self, x: int, y: int) -> int:
        """The position under a point, or -1 in a gap, a heading or nowhere."""
        first, last = self.span(y, y + 1)
        for position in range(first, last + 1):
            box = self.box(position)
            if box.x <= x < box.x + box.width and box.y <= y < box.y + box.height:
                return position
        return -1

    def span(self, top: int, bottom: int) -> tuple[int, int]:
        """First and last position of the rows that touch [top, bottom); (0, -1) when there is none."""
        if not self.count or bottom <= top:
            return 0, -1
        first = self._first_from(top)
        last = self._last_before(bottom)
        return (first, last) if first <= last else (0, -1)

    def runs(self, left: int, top: int, right: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Ranges of positions whose cells touch a rectangle, one per row of cells."""
        step = self.cell_width + self.gap
        low = max(0, -(-(left - self.margin - self.cell_width + 1) // step))
        high = min(self.columns - 1, (right - self.margin) // step)
        if low > high:
            return
        first, last = self.span(top, bottom)
        position = first
        while position <= last:
            number = self._section_of(position)
            column = self._slot(position, number) % self.columns
            end = min(self._starts[number] + self._count_of(number) - 1, position + self.columns - 1 - column)
            a, b = max(position, position + low - column), min(end, position + high - column)
            if a <= b:
                yield a, b
            position = end + 1

    def headings(self, top: int, bottom: int) -> Iterator[tuple[Section, int]]:
        """Sections whose heading touches [top, bottom), with its y."""
        if not self._sections:
            return
        number = max(0, bisect_right(self._tops, top - self._header) - 1)
        while number < len(self._sections) and self._tops[number] < bottom:
            if self._tops[number] + self._header > top:
                yield self._sections[number], self._tops[number]
            number += 1

    def beside(self, position: int, rows: int) -> int:
        """The position `rows` rows further down (up when negative), in the same column where there is one."""
        number = self._section_of(position)
        slot = self._slot(position, number)
        column = slot % self.columns
        row = slot // self.columns + rows
        while row < 0 and number > 0:
            number -= 1
            row += self._rows_of(number)
        while row >= self._rows_of(number) and number < len(self._starts) - 1:
            row -= self._rows_of(number)
            number += 1
        row = max(0, min(row, self._rows_of(number) - 1))
        start = self._starts[number] - (self.lead if number == 0 else 0)
        end = self._starts[number] + self._count_of(number) - 1
        return max(self._starts[number], min(start + row * self.columns + column, end))

    def row_edges(self, position: int) -> tuple[int, int]:
        """First and last position in the row of a position."""
        number = self._section_of(position)
        column = self._slot(position, number) % self.columns
        end = self._starts[number] + self._count_of(number) - 1
        first = max(self._starts[number], position - column)
        return first, min(end, position - column + self.columns - 1)

    def keep_column(self, position: int, column: int) -> None:
        """Choose `lead` so that a position of the first section stands in this column."""
        if self._section_of(position) == 0:
            self.lead = (column - position) % self.columns
            self._measure()

    def column(self, position: int) -> int:
        number = self._section_of(position)
        return self._slot(position, number) % self.columns

    def drop_lead(self) -> bool:
        """Close the empty places of the first row; true when there were any."""
        had, self.lead = self.lead, 0
        if had:
            self._measure()
        return bool(had)

    # ------------------------------------------------------------------ the arithmetic

    @property
    def _header(self) -> int:
        return self.header if self._sections else 0

    def _x(self, column: int) -> int:
        return self.margin + column * (self.cell_width + self.gap)

    def _section_of(self, position: int) -> int:
        return max(0, bisect_right(self._starts, position) - 1)

    def _slot(self, position: int, number: int) -> int:
        return position - self._starts[number] + (self.lead if number == 0 else 0)

    def _count_of(self, number: int) -> int:
        return self._sections[number].count if self._sections else self.count

    def _rows_of(self, number: int) -> int:
        slots = self._count_of(number) + (self.lead if number == 0 else 0)
        return -(-slots // self.columns)

    def _grow(self, number: int, by: int) -> None:
        self.count += by
        if self._sections:
            old = self._sections[number]
            new = Section(old.title, old.detail, old.count + by)
            self._sections = (*self._sections[:number], new, *self._sections[number + 1 :])
        self._measure()

    def _measure(self) -> None:
        self._starts, self._tops = [0], [self.edge]
        for number in range(len(self._sections) - 1):
            self._starts.append(self._starts[-1] + self._sections[number].count)
            height = self._header + self._rows_of(number) * self.pitch
            self._tops.append(self._tops[-1] + height)

    def _first_from(self, y: int) -> int:
        """First position whose row ends below `y`."""
        number = max(0, bisect_right(self._tops, y) - 1)
        row = max(0, (y - self._tops[number] - self._header + self.gap) // self.pitch)
        if row >= self._rows_of(number):
            following = self._starts[number] + self._count_of(number)
            return min(following, self.count)
        start = self._starts[number] - (self.lead if number == 0 else 0)
        return max(self._starts[number], start + row * self.columns)

    def _last_before(self, y: int) -> int:
        """Last position whose row begins above `y`."""
        number = max(0, bisect_right(self._tops, y - 1) - 1)
        row = (y - 1 - self._tops[number] - self._header) // self.pitch
        if row < 0:
            return self._starts[number] - 1
        start = self._starts[number] - (self.lead if number == 0 else 0)
        end = self._starts[number] + self._count_of(number) - 1
        return min(end, start + (row + 1) * self.columns - 1)

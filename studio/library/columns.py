"""The filterable columns of every asset as arrays in memory, so that a filter or a facet takes microseconds.

SQL stays the truth: `Columns` is loaded from the index in a reading thread when the first filter or facet is
asked for, and told of every commit. At 100,000 assets it holds about 6 MB.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from studio.domain.search import Bounds
from studio.library.plain import pieces

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float64)
LIVE, TRASHED, GONE = 0, 1, 2

_TYPES: dict[str, Any] = {
    "row": np.int64,
    "state": np.int8,
    "kind": np.int32,
    "model": np.int32,
    "rating": np.int8,
    "day": np.int32,
    "cost": np.int64,
    "seed": np.int64,
    "width": np.int32,
    "height": np.int32,
    "duration": np.float32,
    "sandbox": np.int8,
    "stack": np.int64,
}
_NOTHING: Rows = np.zeros(0, np.int64)
_SCALE = {"cost": Decimal(10) ** 9}
_MISSING_IS_MINUS_ONE = frozenset({"seed", "width", "height", "duration", "size"})


@dataclass(slots=True)
class ColumnRow:
    """One asset as the columns know it. `cost` in billionths; `day` as an ordinal; -1 for what is missing."""

    row: int
    trashed: bool
    kind: str
    model: str
    rating: int
    day: int
    cost: int
    seed: int
    width: int
    height: int
    duration: float
    sandbox: bool = False
    stack: int = 0
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


class Names:
    """Strings as small numbers, in the order they were first met."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, value: str) -> int:
        found = self._codes.get(value)
        if found is None:
            found = self._codes[value] = len(self.values)
            self.values.append(value)
        return found

    def codes(self, wanted: Iterable[str]) -> list[int]:
        return [self._codes[value] for value in wanted if value in self._codes]


class Labels:
    """For each label the positions that carry it, ascending."""

    def __init__(self) -> None:
        self._positions: dict[str, Rows] = {}

    def put(self, position: int, labels: tuple[str, ...], *, is_new: bool = False) -> None:
        """Set the labels of a position; `is_new` says that it had none."""
        if not is_new:
            for label in [name for name in self._positions if name not in labels]:
                self._remove(label, position)
        for label in labels:
            known = self.positions(label)
            place = int(np.searchsorted(known, position))
            if place == len(known) or known[place] != position:
                self._positions[label] = np.insert(known, place, position)

    def load(self, label: str, positions: Rows) -> None:
        self._positions[label] = positions

    def names(self) -> Iterator[str]:
        return iter(self._positions)

    def positions(self, label: str) -> Rows:
        return self._positions.get(label, _NOTHING)

    def mask(self, wanted: Iterable[str], length: int) -> Mask:
        out = np.zeros(length, np.bool_)
        for label in wanted:
            out[self.positions(label)] = True
        return out

    def _remove(self, label: str, position: int) -> None:
        known = self._positions[label]
        place = int(np.searchsorted(known, position))
        if place < len(known) and known[place] == position:
            if len(known) == 1:
                del self._positions[label]
            else:
                self._positions[label] = np.delete(known, place)


class Columns:
    """All assets by position; positions grow with rows. Hold `lock` while using more than one method."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.kinds, self.models = Names(), Names()
        self.tags, self.collections = Labels(), Labels()
        self._length = 0
        self._arrays = {name: np.zeros(1024, kind) for name, kind in _TYPES.items()}

    def __len__(self) -> int:
        return self._length

    def column(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name][: self._length]

    def put(self, row: ColumnRow) -> None:
        """Add or replace an asset."""
        with self.lock:
            found = self._position(row.row)
            position = self._append(row.row) if found is None else found
            arrays = self._arrays
            arrays["state"][position] = TRASHED if row.trashed else LIVE
            arrays["kind"][position] = self.kinds.code(row.kind)
            arrays["model"][position] = self.models.code(row.model)
            for name in ("rating", "day", "cost", "seed", "width", "height", "duration", "sandbox", "stack"):
                arrays[name][position] = getattr(row, name)
            self.tags.put(position, row.tags, is_new=found is None)
            self.collections.put(position, row.collections, is_new=found is None)

    def load(self, values: dict[str, npt.NDArray[Any]]) -> None:
        """Fill empty columns with numbers; rows ascending."""
        with self.lock:
            count = len(values["row"])
            self._reserve(count)
            self._length = count
            for name, column in values.items():
                self._arrays[name][:count] = column

    def load_name(self, column: str, names: Names, name: str, rows: Rows) -> None:
        """Set a named column of these rows."""
        self._arrays[column][: self._length][self.mask_of(rows)] = names.code(name)

    def load_label(self, which: Labels, label: str, rows: Rows) -> None:
        which.load(label, np.flatnonzero(self.mask_of(rows)))

    def remove(self, rows: Iterable[int]) -> None:
        with self.lock:
            for row in rows:
                position = self._position(row)
                if position is not None:
                    self._arrays["state"][position] = GONE
                    self.tags.put(position, ())
                    self.collections.put(position, ())

    def state(self, *, trash: bool) -> Mask:
        return np.equal(self.column("state"), TRASHED if trash else LIVE)

    def any_of(self, name: str, codes: list[int]) -> Mask:
        """Positions whose coded column is one of `codes`."""
        column = self.column(name)
        out = np.zeros(self._length, np.bool_)
        for code in codes:
            out |= column == code
        return out

    def within(self, name: str, bounds: Bounds) -> Mask:
        """Positions whose number lies in `bounds`; a missing one lies in none. `size` is the longer side."""
        if name == "size":
            column = np.maximum(self.column("width"), self.column("height"))
        else:
            column = self.column(name)
        scale = _SCALE.get(name, Decimal(1))
        out = np.ones(self._length, np.bool_)
        if name in _MISSING_IS_MINUS_ONE:
            out &= column >= 0
        if bounds.low is not None:
            low = _scalar(bounds.low * scale)
            out &= column > low if bounds.low_open else column >= low
        if bounds.high is not None:
            high = _scalar(bounds.high * scale)
            out &= column < high if bounds.high_open else column <= high
        return out

    def mask_of(self, rows: Rows) -> Mask:
        """Positions of these rows; unknown rows are left out."""
        out = np.zeros(self._length, np.bool_)
        if not self._length or not len(rows):
            return out
        known = self.column("row")
        first, last = int(known[0]), int(known[-1])
        if len(rows) * 8 > self._length and last - first < 8 * self._length:
            # Many rows of a range that is filled well: a table of all row numbers beats looking each one up.
            table = np.zeros(last - first + 1, np.bool_)
            table[rows[(rows >= first) & (rows <= last)] - first] = True
            return table[known - first]
        positions = np.searchsorted(known, rows)
        np.minimum(positions, self._length - 1, out=positions)
        out[positions[known[positions] == rows]] = True
        return out

    def _position(self, row: int) -> int | None:
        known = self.column("row")
        if not self._length or row > known[-1]:
            return None
        position = int(np.searchsorted(known, row))
        return position if known[position] == row else None

    def _append(self, row: int) -> int:
        if self._length and row <= self.column("row")[-1]:
            raise ValueError(f"row {row} is not newer than the last one")
        self._reserve(self._length + 1)
        self._arrays["row"][self._length] = row
        self._length += 1
        return self._length - 1

    def _reserve(self, wanted: int) -> None:
        have = len(self._arrays["row"])
        if wanted <= have:
            return
        length = max(wanted, have * 2)
        for name, array in self._arrays.items():
            grown = np.zeros(length, array.dtype)
            grown[: self._length] = array[: self._length]
            self._arrays[name] = grown


def numbers(text: str | None, separator: str = ",") -> Rows:
    """The whole numbers of a `group_concat`."""
    return _converted(text or "", np.int64, separator)


def reals(text: str, separator: str) -> npt.NDArray[np.float64]:
    """The real numbers of a `group_concat`."""
    return _converted(text, np.float64, separator)


def _converted(text: str, kind: type[Number], separator: str) -> npt.NDArray[Number]:
    parts = [np.fromstring(piece, kind, sep=separator) for piece in pieces(text, separator)]
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _scalar(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)

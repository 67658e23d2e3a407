"""The filterable columns of every asset as arrays in memory, so that a filter or a facet takes microseconds.

SQL stays the truth: `Columns` is loaded from the index in a reading thread when the first filter or facet is
asked for, and told of every commit. At 100,000 assets it holds about 6 MB.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.domain.search import Bounds

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
LIVE, TRASHED, GONE = 0, 1, 2
NO_NUMBER = -1

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
}
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
    """For each label the positions that carry it; the arrays are made again only for labels that changed."""

    def __init__(self) -> None:
        self._members: dict[str, set[int]] = {}
        self._of: dict[int, tuple[str, ...]] = {}
        self._arrays: dict[str, Rows] = {}

    def put(self, position: int, labels: tuple[str, ...]) -> None:
        before = self._of.get(position, ())
        if before == labels:
            return
        for label in set(before) - set(labels):
            self._members[label].discard(position)
            self._arrays.pop(label, None)
        for label in set(labels) - set(before):
            self._members.setdefault(label, set()).add(position)
            self._arrays.pop(label, None)
        if labels:
            self._of[position] = labels
        else:
            self._of.pop(position, None)

    def names(self) -> Iterator[str]:
        return iter(self._members)

    def positions(self, label: str) -> Rows:
        found = self._arrays.get(label)
        if found is None:
            members = self._members.get(label, set())
            found = np.fromiter(members, np.int64, len(members))
            self._arrays[label] = found
        return found

    def mask(self, wanted: Iterable[str], length: int) -> Mask:
        out = np.zeros(length, np.bool_)
        for label in wanted:
            out[self.positions(label)] = True
        return out


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
            position = self._position(row.row)
            if position is None:
                position = self._append(row.row)
            arrays = self._arrays
            arrays["state"][position] = TRASHED if row.trashed else LIVE
            arrays["kind"][position] = self.kinds.code(row.kind)
            arrays["model"][position] = self.models.code(row.model)
            for name in ("rating", "day", "cost", "seed", "width", "height", "duration"):
                arrays[name][position] = getattr(row, name)
            self.tags.put(position, row.tags)
            self.collections.put(position, row.collections)

    def extend(self, columns: list[tuple[Any, ...]]) -> None:
        """Append many rows at once, without labels: tuples in the order of `ColumnRow`, rows ascending."""
        if not columns:
            return
        with self.lock:
            start, count = self._length, len(columns)
            self._reserve(start + count)
            self._length += count
            row, trashed, kind, model, *numbers = zip(*columns, strict=True)
            arrays = self._arrays
            arrays["row"][start : start + count] = row
            arrays["state"][start : start + count] = trashed
            arrays["kind"][start : start + count] = [self.kinds.code(value) for value in kind]
            arrays["model"][start : start + count] = [self.models.code(value) for value in model]
            names = ("rating", "day", "cost", "seed", "width", "height", "duration")
            for name, values in zip(names, numbers, strict=True):
                arrays[name][start : start + count] = values

    def label(self, which: Labels, pairs: Iterable[tuple[int, str]]) -> None:
        """Set labels from (row, label) pairs, ordered by row."""
        with self.lock:
            row, found = -1, list[str]()
            for next_row, label in pairs:
                if next_row != row and found:
                    self._put_labels(which, row, found)
                    found = []
                row = next_row
                found.append(label)
            if found:
                self._put_labels(which, row, found)

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

    def _put_labels(self, which: Labels, row: int, labels: list[str]) -> None:
        position = self._position(row)
        if position is not None:
            which.put(position, tuple(labels))


def _scalar(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)

"""Lists of row numbers, half a million of them: finding one, and the few steps from an old list to a new.

Pure functions over `array('q')`; no Qt. Everything that touches every row is one call into C.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import neg

FEW = 16  # up to here one scan per look-up is cheaper than one scan in Python for all


def find(ids: array[int], row: int, order: str) -> int:
    """Position of `row`, or -1. `order` is a `LibraryQuery`'s: "newest" and "oldest" are sorted by row."""
    if order == "newest":
        at = bisect_left(ids, -row, key=neg)
    elif order == "oldest":
        at = bisect_left(ids, row)
    else:
        try:
            return ids.index(row)
        except ValueError:
            return -1
    return at if at < len(ids) and ids[at] == row else -1


def find_all(ids: array[int], rows: Collection[int], order: str) -> dict[int, int]:
    """Positions of those of `rows` that are in the list."""
    if order in ("newest", "oldest") or len(rows) <= FEW:
        found = {row: find(ids, row, order) for row in rows}
        return {row: at for row, at in found.items() if at >= 0}
    wanted = set(rows)
    return {row: at for at, row in enumerate(ids) if row in wanted}


def insertion_point(ids: array[int], row: int, order: str) -> int:
    """Where `row` belongs in a list sorted by row."""
    return bisect_left(ids, -row, key=neg) if order == "newest" else bisect_left(ids, row)


def ranges(positions: Iterable[int]) -> list[tuple[int, int]]:
    """Sorted positions as inclusive ranges: [1, 2, 3, 7] is [(1, 3), (7, 7)]."""
    out: list[tuple[int, int]] = []
    for at in sorted(positions):
        if out and out[-1][1] == at - 1:
            out[-1] = (out[-1][0], at)
        else:
            out.append((at, at))
    return out


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps from an old list to a new one, in this order.

    Args:
        removed: inclusive ranges of the old list.
        reordered: the whole list between removing and inserting, when what stays has changed its order.
        inserted: inclusive ranges of the new list.
        kept: rows among the touched that stay.
    """

    removed: list[tuple[int, int]]
    reordered: array[int] | None
    inserted: list[tuple[int, int]]
    kept: frozenset[int]


def plan(old: array[int], new: array[int], touched: Iterable[int], order: str) -> Plan:
    """How to get from `old` to `new`, when only rows of `touched` came, went or moved.

    If more than those differ (another write came between), the difference is worked out from the lists.
    """
    rows = set(touched)
    if not _explains(old, new, rows, order):
        rows = set(old) ^ set(new)  # after this both lists hold the same rows; at most their order differs
    return _plan(old, new, rows, order)


def without(ids: array[int], positions: Iterable[int]) -> array[int]:
    """A copy of the list with some positions left out."""
    out = array("q", ids)
    for first, last in reversed(ranges(positions)):
        del out[first : last + 1]
    return out


def _explains(old: array[int], new: array[int], touched: set[int], order: str) -> bool:
    """Whether the lists are the same once the touched rows are left out of both."""
    before, after = find_all(old, touched, order), find_all(new, touched, order)
    return without(old, before.values()) == without(new, after.values())


def _plan(old: array[int], new: array[int], touched: set[int], order: str) -> Plan:
    before, after = find_all(old, touched, order), find_all(new, touched, order)
    removed = [at for row, at in before.items() if row not in after]
    inserted = [at for row, at in after.items() if row not in before]
    staying = without(new, inserted)
    reordered = staying if without(old, removed) != staying else None
    return Plan(ranges(removed), reordered, ranges(inserted), frozenset(before.keys() & after.keys()))

"""Queries and facets over `Columns`, with what `text_search` found."""

from __future__ import annotations

import sqlite3
from array import array
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np

from studio.domain.library import DayRun, Facets, FacetValue, LibraryQuery, Shelves
from studio.domain.search import NUMBER_FIELDS, Term, date_bounds, dimensions, number_bounds, parse_search
from studio.domain.shelves import families
from studio.library.columns import Columns, Mask, Rows
from studio.library.text_search import Found, select_numbers

FACET_VALUES = 200
MOST_RUNS = 4_000
_KINDS = {"sound": "music", "audio": "music", "film": "video", "picture": "image", "photo": "image"}


def row_ids(
    columns: Columns, reader: sqlite3.Connection, query: LibraryQuery, shelves: Shelves, text: Found
) -> array[int]:
    """The rows of a query, in its order; `text` is what `search` found for it."""
    names = (
        select_numbers(reader, "row as x from assets order by name collate nocase, row desc", ())
        if (query.order == "name")
        else None
    )
    with columns.lock:
        mask = _all(columns, _masks(columns, query, shelves, text))
        if names is not None:
            known = columns.mask_of(names)
            rows = columns.column("row")[mask & known]
            order = names[np.isin(names, rows)]
        else:
            order = _ordered(columns, mask, query.order)
        if query.stacked:
            order = order[_stands_for(columns, order, query.unfolded) == np.arange(len(order))]
    return _as_array(order)


def count(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> int:
    with columns.lock:
        return int(np.count_nonzero(_all(columns, _masks(columns, query, shelves, text))))


def stack_sizes(
    columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found, keys: list[int]
) -> dict[int, int]:
    """How many assets of a query stand in each of these stacks."""
    wanted = np.unique(np.array([key for key in keys if key], np.int64))
    if not len(wanted):
        return {}
    with columns.lock:
        present = columns.column("stack")[_all(columns, _masks(columns, query, shelves, text))]
    places = np.minimum(np.searchsorted(wanted, present), len(wanted) - 1)
    counts = np.bincount(places[wanted[places] == present], minlength=len(wanted))
    return dict(zip(wanted.tolist(), counts.tolist(), strict=True))


class ColumnCandidates:
    """The rows of a query, its words left out; for `leading_rows`."""

    def __init__(self, columns: Columns, query: LibraryQuery, shelves: Shelves) -> None:
        with columns.lock:
            self._mask = _all(columns, _masks(columns, query, shelves, []))
            self._known = columns.column("row")[: len(self._mask)]

    def between(self, low: int, high: int) -> list[int]:
        first, last = np.searchsorted(self._known, (low, high + 1))
        return self._known[first:last][self._mask[first:last]].tolist()

    def among(self, rows: list[int]) -> list[int]:
        wanted = np.array(rows, np.int64)
        places = np.searchsorted(self._known, wanted)
        there = places < len(self._known)
        wanted, places = wanted[there], places[there]
        return wanted[(self._known[places] == wanted) & self._mask[places]].tolist()


def facets(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> Facets:
    """Counts beside the filters. A facet leaves its own filter out, so that a second value can be chosen."""
    with columns.lock:
        masks = _masks(columns, query, shelves, text)
        everything = _all(columns, masks)
        kind = _all(columns, masks, without="kind")
        model = _all(columns, masks, without="model")
        rating = _all(columns, masks, without="rating")
        day = _all(columns, masks, without="day")
        tag = _all(columns, masks, without="tag")
        stars = _bincount(columns, "rating", rating)
        return Facets(
            total=int(np.count_nonzero(everything)),
            kinds=_named(columns.kinds.values, _bincount(columns, "kind", kind)),
            models=_named(columns.models.values, _bincount(columns, "model", model)),
            ratings=tuple(
                FacetValue(value=str(n), label=str(n), count=int(stars[n]))
                for n in range(len(stars) - 1, -1, -1)
                if stars[n]
            ),
            tags=_tags(columns, tag),
            days=_days(columns, day),
            collections=_collections(columns, _all(columns, masks, without="collection"), shelves),
            cost=pollen_of(columns.column("cost")[everything].sum()),
            sandbox_cost=pollen_of(
                columns.column("cost")[everything & (columns.column("sandbox") != 0)].sum()
            ),
        )


def day_runs(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> list[DayRun]:
    """The days of a query in its order; none unless it goes by time, or when they alternate too often
    (imports of old files among new ones) for headings to help."""
    if query.order not in ("newest", "oldest"):
        return []
    with columns.lock:
        mask = _all(columns, _masks(columns, query, shelves, text))
        step = 1 if query.order == "oldest" else -1
        days, costs = columns.column("day")[mask][::step], columns.column("cost")[mask][::step]
        pretend = columns.column("sandbox")[mask][::step]
        shown = (
            _stands_for(columns, columns.column("row")[mask][::step], query.unfolded)
            if query.stacked
            else None
        )
    if not len(days):
        return []
    paid = np.maximum(costs.astype(np.int64), 0)
    pretended = paid * pretend
    if shown is not None:  # a stack's costs stand with the cell that shows it
        cells = np.unique(shown)
        days = days[cells]
        paid, pretended = (added_up(values, shown, len(values))[cells] for values in (paid, pretended))
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(np.diff(days)) + 1))
    if len(starts) > MOST_RUNS:
        return []
    counts = np.diff(np.append(starts, len(days)))
    sums, pretended_sums = np.add.reduceat(paid, starts), np.add.reduceat(pretended, starts)
    return [
        DayRun(
            day=date.fromordinal(int(days[start])).isoformat(),
            count=int(count),
            cost=pollen_of(cost),
            sandbox_cost=pollen_of(sandbox_cost),
        )
        for start, count, cost, sandbox_cost in zip(starts, counts, sums, pretended_sums, strict=True)
    ]


def query_mask(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> Mask:
    """Which positions a query has; under the columns' lock."""
    return _all(columns, _masks(columns, query, shelves, text))


def added_up(values: Rows, places: Rows, length: int) -> Rows:
    """The values added up at their places; exact, unlike a weighted `bincount`."""
    out = np.zeros(length, np.int64)
    np.add.at(out, places, values)
    return out


def pollen_of(nano: np.integer[Any]) -> Decimal:
    """Billionths as pollen."""
    return Decimal(int(nano)).scaleb(-9).normalize() + 0


def _as_array(rows: Rows) -> array[int]:
    out = array("q")
    out.frombytes(np.ascontiguousarray(rows, np.int64).tobytes())
    return out


# ---------------------------------------------------------------- filters


def _masks(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> dict[str, Mask]:
    masks: dict[str, Mask] = {"state": columns.state(trash=query.trash)}
    if query.kinds:
        masks["kind"] = columns.any_of("kind", columns.kinds.codes(kind.value for kind in query.kinds))
    if query.models:
        masks["model"] = columns.any_of("model", columns.models.codes(query.models))
    if query.min_rating:
        masks["rating"] = np.greater_equal(columns.column("rating"), query.min_rating)
    if query.day:
        bounds = date_bounds(query.day)
        masks["day"] = columns.within("day", bounds) if bounds else np.zeros(len(columns), np.bool_)
    if query.tags:
        masks["tag"] = reduce(np.logical_and, (columns.tags.mask((tag,), len(columns)) for tag in query.tags))
    if query.stack_key:
        masks["stack"] = np.equal(columns.column("stack"), query.stack_key)
    if query.collection:
        members = shelves.with_children(query.collection)
        masks["collection"] = columns.collections.mask(members, len(columns))
    words = np.ones(len(columns), np.bool_)
    for rows, negated in text:
        found = columns.mask_of(rows)
        words &= ~found if negated else found
    for term in parse_search(query.text).terms:
        found = _field_mask(columns, term)
        if found is not None:
            words &= ~found if term.negated else found
    masks["words"] = words
    return masks


def _field_mask(columns: Columns, term: Term) -> Mask | None:
    """The mask of a field that lies in the columns, or None for one that SQL answers."""
    if term.field == "size" and (found := dimensions(term.value)):
        return (columns.column("width") == found[0]) & (columns.column("height") == found[1])
    if term.field in NUMBER_FIELDS:
        bounds = number_bounds(term.value)
        return None if bounds is None else columns.within(term.field, bounds)
    if term.field == "date":
        bounds = date_bounds(term.value)
        return None if bounds is None else columns.within("day", bounds)
    if term.field == "kind":
        wanted = _KINDS.get(term.value.lower(), term.value.lower())
        return columns.any_of("kind", [c for c, v in enumerate(columns.kinds.values) if v.startswith(wanted)])
    if term.field == "tag":
        wanted = term.value.casefold()
        return columns.tags.mask(
            [
                name
                for name in columns.tags.names()
                if (name.casefold() == wanted if term.phrase else name.casefold().startswith(wanted))
            ],
            len(columns),
        )
    return None


def _all(columns: Columns, masks: dict[str, Mask], without: str = "") -> Mask:
    chosen = [mask for name, mask in masks.items() if name != without]
    return reduce(np.logical_and, chosen, np.ones(len(columns), np.bool_))


def _stands_for(columns: Columns, rows: Rows, unfolded: tuple[int, ...]) -> Rows:
    """For each of `rows` the place among them of the row that shows it: the first of its stack, or itself
    when it is in none or in one that is unfolded."""
    keys = columns.column("stack")[np.searchsorted(columns.column("row"), rows)]
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    alone = np.equal(keys, 0)
    if unfolded:
        alone |= np.isin(keys, np.array(unfolded, np.int64))
    return np.where(alone, np.arange(len(rows)), first[which])


def _ordered(columns: Columns, mask: Mask, order: str) -> Rows:
    rows = columns.column("row")[mask]
    if order == "oldest":
        return rows
    rows = rows[::-1]
    if order in ("rating", "cost"):
        keys = columns.column(order)[mask][::-1].astype(np.int64)
        return rows[np.argsort(-keys, kind="stable")]
    return rows


# ---------------------------------------------------------------- counting


def _bincount(columns: Columns, name: str, mask: Mask) -> Rows:
    return np.bincount(columns.column(name)[mask])


def _named(names: list[str], counts: Rows) -> tuple[FacetValue, ...]:
    found = [
        FacetValue(value=names[code], label=names[code], count=int(counts[code]))
        for code in np.flatnonzero(counts)
        if names[code]
    ]
    return tuple(sorted(found, key=lambda value: (-value.count, value.label)))[:FACET_VALUES]


def _tags(columns: Columns, mask: Mask) -> tuple[FacetValue, ...]:
    found: list[FacetValue] = []
    for name in columns.tags.names():
        number = int(np.count_nonzero(mask[columns.tags.positions(name)]))
        if number:
            found.append(FacetValue(value=name, label=name, count=number))
    return tuple(sorted(found, key=lambda value: (-value.count, value.label)))[:FACET_VALUES]


def _collections(columns: Columns, mask: Mask, shelves: Shelves) -> tuple[FacetValue, ...]:
    """How many lie in each collection and in what is nested in it, an asset that is in two of them once."""
    names = {collection.id: collection.name for collection in shelves.collections}
    found: list[FacetValue] = []
    for identity, family in families(shelves).items():
        positions = [columns.collections.positions(member) for member in family]
        filled = [some for some in positions if len(some)]
        all_of_them = filled[0] if len(filled) == 1 else reduce(np.union1d, filled) if filled else None
        number = int(np.count_nonzero(mask[all_of_them])) if all_of_them is not None else 0
        if number:
            found.append(FacetValue(value=identity, label=names[identity], count=number))
    return tuple(found)


def _days(columns: Columns, mask: Mask) -> tuple[FacetValue, ...]:
    days = columns.column("day")[mask]
    if not len(days):
        return ()
    first = int(days.min())
    counts = np.bincount(days - first)
    newest = np.flatnonzero(counts)[::-1][:FACET_VALUES]
    return tuple(
        FacetValue(value=label, label=label, count=int(counts[offset]))
        for offset in newest
        for label in (date.fromordinal(first + int(offset)).isoformat(),)
    )

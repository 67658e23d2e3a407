"""What the assets of a query cost, by model, collection and day; exact to the billionth of a pollen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

import numpy as np

from studio.domain.library import LibraryQuery, Shelves, Sum, Sums
from studio.domain.shelves import families
from studio.library.columns import Columns, Rows
from studio.library.querying import added_up, pollen_of, query_mask
from studio.library.text_search import Found


def sums(columns: Columns, query: LibraryQuery, shelves: Shelves, text: Found) -> Sums:
    """Every model, collection and day of a query that cost something; the most costly first."""
    with columns.lock:
        mask = query_mask(columns, query, shelves, text)
        paid = np.maximum(columns.column("cost")[mask].astype(np.int64), 0)
        pretended = paid * columns.column("sandbox")[mask]
        models = columns.column("model")[mask].astype(np.int64)
        days = columns.column("day")[mask].astype(np.int64)
        names = list(columns.models.values)
        inside = {
            collection: np.isin(np.flatnonzero(mask), _members(columns, family))
            for collection, family in families(shelves).items()
        }
    titles = {collection.id: collection.name for collection in shelves.collections}
    by_collection = [
        _sum(identity, titles[identity], paid[chosen], pretended[chosen])
        for identity, chosen in inside.items()
    ]
    by_day = _grouped(days, paid, pretended, lambda day: date.fromordinal(day).isoformat())
    return Sums(
        total=_sum("", "", paid, pretended),
        models=_costly([one for one in _grouped(models, paid, pretended, names.__getitem__) if one.value]),
        collections=_costly(by_collection),
        days=tuple(one for one in reversed(by_day) if one.cost),
    )


def _members(columns: Columns, family: Collection[str]) -> Rows:
    positions = [columns.collections.positions(member) for member in family]
    return np.concatenate(positions) if positions else np.zeros(0, np.int64)


def _grouped(keys: Rows, paid: Rows, pretended: Rows, name: Callable[[int], str]) -> list[Sum]:
    values, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    costs, pretend = added_up(paid, places, len(values)), added_up(pretended, places, len(values))
    return [
        Sum(
            value=name(int(value)), label=name(int(value)), count=int(count),
            cost=pollen_of(cost), sandbox_cost=pollen_of(sandbox),
        )
        for value, count, cost, sandbox in zip(values, counts, costs, pretend, strict=True)
    ]  # fmt: skip


def _sum(value: str, label: str, paid: Rows, pretended: Rows) -> Sum:
    return Sum(
        value=value, label=label, count=len(paid), cost=pollen_of(paid.sum()),
        sandbox_cost=pollen_of(pretended.sum()),
    )  # fmt: skip


def _costly(found: list[Sum]) -> tuple[Sum, ...]:
    return tuple(sorted((one for one in found if one.cost), key=lambda one: (-one.cost, one.label)))

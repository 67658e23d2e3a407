"""The queries of the first moments: everything, or some kinds, by time. SQL alone answers them.

The filter columns (`columns.py`, numpy) take a third of a second to load at 100,000 assets; the gallery must
not wait for them.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from studio.domain.library import DayRun, LibraryQuery
from studio.domain.media import MediaKind

PIECE = 16_384  # characters: two thousand numbers, in half a millisecond


def is_plain(query: LibraryQuery) -> bool:
    """True when nothing but kinds, trash and the order of time is asked for."""
    bare = LibraryQuery(trash=query.trash, order=query.order, kinds=query.kinds)
    return query == bare and query.order in ("newest", "oldest")


def row_ids(reader: sqlite3.Connection, query: LibraryQuery, limit: int = -1) -> array[int]:
    """The rows of a plain query as `array('q')`, or the first `limit` of them."""
    kinds = tuple(dict.fromkeys(query.kinds or MediaKind))
    order = "asc" if query.order == "oldest" else "desc"
    # The rows of one kind lie in the index in their order, so SQLite merges the kinds and sorts nothing: the
    # first screen of 500,000 takes it half a millisecond, all of them a third of the time of a sort.
    kind_by_kind = " union all ".join(
        ["select row as x from assets where trashed = ? and kind = ?"] * len(kinds)
    )
    arguments = [value for kind in kinds for value in (int(query.trash), kind.value)]
    # One string is three times as fast as rows, and made without the interpreter's lock.
    (text,) = reader.execute(
        f"select group_concat(x) from ({kind_by_kind} order by x {order} limit ?)",  # noqa: S608 - literals
        (*arguments, limit),
    ).fetchone()
    out = array("q")
    for piece in pieces(text or ""):
        out.extend(map(int, piece.split(",")))
    return out


def pieces(text: str, separator: str = ",") -> Iterator[str]:
    """A long list of numbers in short ones. One conversion holds the interpreter's lock to its end, 0.1 s for
    half a million rows, and the window waits for it; between two pieces it gets its turn."""
    start = 0
    while start < len(text):
        end = text.find(separator, start + PIECE)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def count(reader: sqlite3.Connection, query: LibraryQuery) -> int:
    """How many rows a plain query has."""
    where, arguments = _where(query)
    return reader.execute(f"select count(*) from assets {where}", arguments).fetchone()[0]  # noqa: S608


def days_of(reader: sqlite3.Connection, rows: Sequence[int]) -> list[DayRun]:
    """The days of some rows, in the order given."""
    marks = ", ".join("?" * len(rows))
    sql = f"select row, day, max(cost_nano, 0), sandbox from assets where row in ({marks})"  # noqa: S608 - marks
    found = {row: rest for row, *rest in reader.execute(sql, tuple(rows))}
    known = [found[row] for row in rows if row in found]
    runs: list[DayRun] = []
    for day, run in groupby(known, key=itemgetter(0)):
        costs = [(cost, sandbox) for _, cost, sandbox in run]
        runs.append(
            DayRun(
                day=date.fromordinal(day).isoformat(),
                count=len(costs),
                cost=_pollen(sum(cost for cost, _ in costs)),
                sandbox_cost=_pollen(sum(cost for cost, sandbox in costs if sandbox)),
            )
        )
    return runs


def _pollen(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9).normalize() + 0


def _where(query: LibraryQuery) -> tuple[str, tuple[object, ...]]:
    if not query.kinds:
        return "where trashed = ?", (int(query.trash),)
    marks = ", ".join("?" * len(query.kinds))
    return f"where trashed = ? and kind in ({marks})", (
        int(query.trash),
        *(kind.value for kind in query.kinds),
    )

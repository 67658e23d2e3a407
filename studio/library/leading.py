"""The rows at the head of a query, so that the first screen is painted while the rest is still counted.

Rows are taken in windows from the newest on (or the oldest), each larger than the one before, until enough
are found: a common word fills the first window, a rare one has few rows in any. Full-text search is asked
for the rows of a window only. Needs neither the filter columns nor numpy.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterator

from studio.domain.library import LeadingRows, LibraryQuery
from studio.library.interrupt import Interrupt
from studio.library.text_search import TextTerms, match, match_any, storable

FIRST_WINDOW = 1_024
WIDER = 6  # each window is this many times as wide as the one before
MOST_LOOKED_AT = 60_000  # beyond this the whole answer is as quick

# Two questions: asked for both ends at once, SQLite reads every row.
_ENDS = "select ifnull((select min(row) from assets), 0), ifnull((select max(row) from assets), -1)"

# Rows of a query's filters between two row numbers, ends included, in any order.
Candidates = Callable[[int, int], list[int]]


def leading_rows(
    reader: sqlite3.Connection,
    terms: TextTerms,
    candidates: Candidates,
    *,
    order: str,
    enough: int,
    limit: int,
    stop: Interrupt,
) -> LeadingRows | None:
    """The first rows that pass filters and words; None when they are not found quickly.

    Args:
        terms: words only, see `TextTerms.only_words`.
        enough: stop looking once so many are found.
        limit: leave out what was found beyond this.
        order: "newest" or "oldest".

    Raises:
        InterruptedSearchError: `stop` was called meanwhile.
    """
    rows = array("q")
    seen = 0
    with stop.watching(reader):
        low, high = reader.execute(_ENDS).fetchone()
        for first, last in _windows(low, high, newest=order == "newest"):
            found = _window(reader, terms, candidates, first, last)
            rows.extend(sorted(found, reverse=order == "newest"))
            seen += last - first + 1
            if len(rows) >= enough:
                return LeadingRows(rows[:limit], complete=False)
            if seen > MOST_LOOKED_AT:
                return None
    # Nothing at all may have been found in the middles of words, which is not looked for here.
    return LeadingRows(rows, complete=True) if rows or not terms.wanted else None


def sql_candidates(reader: sqlite3.Connection, query: LibraryQuery) -> Candidates:
    """Rows by trash and kinds alone, straight from SQL."""
    marks = ", ".join("?" * len(query.kinds))
    kinds = f" and kind in ({marks})" if query.kinds else ""
    sql = f"select row from assets where row between ? and ? and trashed = ?{kinds}"  # noqa: S608 - marks
    rest = (int(query.trash), *(kind.value for kind in query.kinds))
    return lambda low, high: [row for (row,) in reader.execute(sql, (low, high, *rest))]


def _windows(low: int, high: int, *, newest: bool) -> Iterator[tuple[int, int]]:
    width = FIRST_WINDOW
    while low <= high:
        if newest:
            yield max(low, high - width + 1), high
            high -= width
        else:
            yield low, min(high, low + width - 1)
            low += width
        width *= WIDER


def _window(
    reader: sqlite3.Connection, terms: TextTerms, candidates: Candidates, low: int, high: int
) -> set[int]:
    if not terms.wanted:
        found = set(candidates(low, high))
        return found - _matching(reader, match_any(terms.unwanted), low, high) if terms.unwanted else found
    matching = _matching(reader, match(terms), low, high)
    return matching.intersection(candidates(low, high)) if matching else matching


def _matching(reader: sqlite3.Connection, expression: str, low: int, high: int) -> set[int]:
    cursor = reader.execute(
        "select group_concat(rowid) from (select rowid from search where search match ?"
        " and rowid between ? and ?)",
        (storable(expression), low, high),
    )
    (text,) = cursor.fetchone()
    return set(map(int, text.split(","))) if text else set()

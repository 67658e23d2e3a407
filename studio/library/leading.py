"""The rows at the head of a query, so that the first screen is painted while the rest is still counted.

Rows are taken in windows from the newest on (or the oldest), until enough are found: a common word fills the
first window, a rare one has few rows in any. Each window is as large as the ones before let expect. Full-text
search is asked for the rows of a window only. Needs neither the filter columns nor numpy.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable
from typing import Protocol

from studio.domain.library import LeadingRows, LibraryQuery
from studio.library.interrupt import Interrupt
from studio.library.text_search import TextTerms, match, match_any, storable

FIRST_WINDOW = 1_024
WIDER = 6  # a window is at most this many times as wide as the one before
SPARE = 1.5  # how much wider than expected
MOST_LOOKED_AT = 60_000  # beyond this the whole answer is as quick

# Two questions: asked for both ends at once, SQLite reads every row.
_ENDS = "select ifnull((select min(row) from assets), 0), ifnull((select max(row) from assets), -1)"


class Candidates(Protocol):
    """The rows that pass a query's filters, in any order."""

    def between(self, low: int, high: int) -> Iterable[int]:
        """Those between two row numbers, ends included."""
        ...

    def among(self, rows: list[int]) -> Iterable[int]:
        """Those of these."""
        ...


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
    newest = order == "newest"
    width, seen = FIRST_WINDOW, 0
    with stop.watching(reader):
        low, high = reader.execute(_ENDS).fetchone()
        while low <= high:
            first, last = (max(low, high - width + 1), high) if newest else (low, min(high, low + width - 1))
            rows.extend(sorted(_window(reader, terms, candidates, first, last), reverse=newest))
            seen += last - first + 1
            if len(rows) >= enough:
                return LeadingRows(rows[:limit], complete=False)
            if seen > MOST_LOOKED_AT:
                return None
            low, high = (low, first - 1) if newest else (last + 1, high)
            expected = (enough - len(rows)) * seen / len(rows) * SPARE if rows else MOST_LOOKED_AT
            width = max(FIRST_WINDOW, min(width * WIDER, int(expected)))
    # Nothing at all may have been found in the middles of words, which is not looked for here.
    return LeadingRows(rows, complete=True) if rows or not terms.wanted else None


class SqlCandidates:
    """Rows by trash and kinds alone, straight from SQL."""

    def __init__(self, reader: sqlite3.Connection, query: LibraryQuery) -> None:
        marks = ", ".join("?" * len(query.kinds))
        kinds = f" and kind in ({marks})" if query.kinds else ""
        self._reader = reader
        self._sql = f"select row from assets where row between ? and ? and trashed = ?{kinds}"  # noqa: S608 - marks
        self._rest = (int(query.trash), *(kind.value for kind in query.kinds))

    def between(self, low: int, high: int) -> Iterable[int]:
        return [row for (row,) in self._reader.execute(self._sql, (low, high, *self._rest))]

    def among(self, rows: list[int]) -> Iterable[int]:
        return set(rows).intersection(self.between(min(rows), max(rows))) if rows else rows


def _window(
    reader: sqlite3.Connection, terms: TextTerms, candidates: Candidates, low: int, high: int
) -> Iterable[int]:
    if terms.wanted:
        return candidates.among(_matching(reader, match(terms), low, high))
    found = candidates.between(low, high)
    if not terms.unwanted:
        return found
    return set(found).difference(_matching(reader, match_any(terms.unwanted), low, high))


def _matching(reader: sqlite3.Connection, expression: str, low: int, high: int) -> list[int]:
    cursor = reader.execute(
        "select group_concat(rowid) from (select rowid from search where search match ?"
        " and rowid between ? and ?)",
        (storable(expression), low, high),
    )
    (text,) = cursor.fetchone()
    return list(map(int, text.split(","))) if text else []

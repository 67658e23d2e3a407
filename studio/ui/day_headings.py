"""The gallery's headings: a query's days in words, fetched together with its rows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.i18n import number, tr
from studio.domain.library import AssetRow, DayRun, LeadingRows, LibraryQuery
from studio.domain.money import spent
from studio.ui.gallery_layout import Section
from studio.ui.moments import day_in_words

if TYPE_CHECKING:
    from studio.services.library import LibraryService


class DatedRows:
    """The library as the gallery's model asks it; answers about rows bring the days along in `runs`.

    The model shows new rows at once when they are there. With the days at hand at that moment the headings
    stand from the first paint on, and nothing moves afterwards.
    """

    def __init__(self, library: LibraryService) -> None:
        self._library = library
        self.changed = library.changed
        self.runs: list[DayRun] = []
        self._trash = False

    async def leading(self, query: LibraryQuery) -> LeadingRows | None:
        first = await self._library.leading(query)
        if first is not None and query.order in ("newest", "oldest"):
            self.runs, self._trash = await self._library.days_of(first.rows), query.trash
        return first

    async def row_ids(self, query: LibraryQuery) -> array[int]:
        runs = await self._library.day_runs(query)
        rows = await self._library.row_ids(query)
        self.runs, self._trash = runs, query.trash
        return rows

    async def rows(self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None) -> list[AssetRow]:
        return await self._library.rows(row_ids, stacked_in)

    def file_path(self, row: AssetRow, /) -> Path:
        return self._library.trashed_path(row) if self._trash else self._library.file_path(row)

    def thumbnail_path(self, row: AssetRow, /) -> Path:
        return self._library.thumbnail_path(row)


def headings(runs: Sequence[DayRun], today: date) -> list[Section]:
    """ "Today", "48 · 0.214 pollen" over 48 cells; the cost is left out where nothing was paid."""
    sections: list[Section] = []
    for run in runs:
        money = spent(run.cost, run.sandbox_cost, tr("pollen"), tr("sandbox pollen"))
        words = f"{number(run.count)} · {money}" if money else number(run.count)
        sections.append(Section(day_in_words(date.fromisoformat(run.day), today), words, run.count))
    return sections

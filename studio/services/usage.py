"""What the service billed, request by request, newest first (CONTRACT 7.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Final

from studio.api.client import ApiClient
from studio.api.errors import ApiPermissionError
from studio.domain.account import DailyUsage, UsageQuery, UsageRow
from studio.domain.spending import DaySpan, months_of

PAGE: Final = 100
MOST: Final = 50_000
"""The most rows one question may ask for."""
MOST_DAYS: Final = 90
"""So far back the service counts days; before that it is asked for months."""


def windows_of(span: DaySpan, today: date) -> tuple[UsageQuery, ...]:
    """The questions that together cover `span`, newest first; `today` is the service's day, in UTC."""
    if (today - span.first).days + 1 <= MOST_DAYS:
        return (UsageQuery(days=max((today - span.first).days + 1, 1)),)
    return tuple(UsageQuery(granularity="month", period=month) for month in reversed(months_of(span)))


class UsageReader:
    """Walks back through the rows, a page at a time, none twice and none left out.

    The cursor is a time in whole seconds, and many rows share one. So each page is asked for a second more
    than needed, and what was given already is taken out.

    Args:
        days: how far back, 1 to 90, or `span`: which days, in UTC. Newer rows than a span's are left out.
    """

    def __init__(self, days: int = 30, *, span: DaySpan | None = None, page: int = PAGE) -> None:
        self.rows: list[UsageRow] = []
        self.own_key_only = False
        """The key may not see the account's requests, so these are its own."""
        today = datetime.now(UTC).date()
        self._windows = list(windows_of(span, today) if span else (UsageQuery(days=days),))
        self._first, self._end = span.moments(UTC) if span else (None, None)
        self._page = page
        self._limit = page
        self._seen: list[UsageRow] = []

    @property
    def complete(self) -> bool:
        """Whether there are no more rows."""
        return not self._windows

    async def older(self, client: ApiClient) -> tuple[UsageRow, ...]:
        """The next page; fewer rows than a page, or none, when there are no more.

        Raises:
            ApiError: the service cannot be reached, or the key may not see any.
        """
        while self._windows:
            found = await self._ask(client, self._query())
            new = unseen(self._seen, found)
            self._seen += new
            if len(found) < self._limit:
                self._next_window()
            elif not new:
                # A whole page of one second: only a larger one gets past it.
                if self._limit >= MOST:
                    self._next_window()
                self._limit = min(self._limit * 2, MOST)
            wanted = [row for row in new if self._is_wanted(row)]
            if self._first is not None and new and new[-1].timestamp < self._first:
                self._windows.clear()
            self.rows += wanted
            if wanted:
                return tuple(wanted)
        return ()

    def _is_wanted(self, row: UsageRow) -> bool:
        return self._first is None or self._end is None or self._first <= row.timestamp < self._end

    def _next_window(self) -> None:
        del self._windows[0]
        self._limit, self._seen = self._page, []

    def _query(self) -> UsageQuery:
        before = self._seen[-1].timestamp + timedelta(seconds=1) if self._seen else self._end
        return replace(self._windows[0], limit=self._limit, before=before)

    async def _ask(self, client: ApiClient, query: UsageQuery) -> tuple[UsageRow, ...]:
        if not self.own_key_only:
            try:
                return await client.account.usage(query)
            except ApiPermissionError:
                if self.rows:
                    raise
                self.own_key_only = True
        return await client.account.key_usage(query)


def unseen(given: Sequence[UsageRow], found: Sequence[UsageRow]) -> list[UsageRow]:
    """The rows of `found` that were not given yet; both newest first.

    What is newer than the last one given was given. Of its very second, each row counts as often as it was
    given: two equal rows are two requests.
    """
    if not given:
        return list(found)
    edge = given[-1].timestamp
    seen = Counter(takewhile(lambda row: row.timestamp == edge, reversed(given)))
    new: list[UsageRow] = []
    for row in found:
        if row.timestamp > edge:
            continue
        if seen[row] > 0:
            seen[row] -= 1
        else:
            new.append(row)
    return new


async def daily_usage(client: ApiClient, span: DaySpan) -> tuple[DailyUsage, ...]:
    """The service's own sums of these days, which are UTC days, newest first.

    Raises:
        ApiPermissionError: the key may not see the account's requests.
        ApiError: the service cannot be reached.
    """
    found: list[DailyUsage] = []
    for query in windows_of(span, datetime.now(UTC).date()):
        found += await client.account.daily_usage(query)
    first, last = span.first.isoformat(), span.last.isoformat()
    return tuple(row for row in found if first <= row.date <= last)


def csv_name(span: DaySpan, source: str) -> str:
    """A file name for a table of these days; `source` is "pollinations" or "nectary"."""
    return f"{source}-usage-{span.first}-to-{span.last}.csv"

"""What the service billed, request by request, newest first (CONTRACT 7.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final

from studio.api.client import ApiClient
from studio.api.errors import ApiPermissionError
from studio.domain.account import UsageQuery, UsageRow

PAGE: Final = 200
MOST: Final = 50_000
"""The most rows one question may ask for."""


class UsageReader:
    """Walks back through the rows, a page at a time, none twice and none left out.

    The cursor is a time in whole seconds, and many rows share one. So each page is asked for a second more
    than needed, and what was given already is taken out.

    Args:
        days: how far back, 1 to 90.
    """

    def __init__(self, days: int, *, page: int = PAGE) -> None:
        self.rows: list[UsageRow] = []
        self.complete = False
        self.own_key_only = False
        """The key may not see the account's requests, so these are its own."""
        self._days = days
        self._limit = page

    async def older(self, client: ApiClient) -> tuple[UsageRow, ...]:
        """The next page; fewer rows than a page, or none, when there are no more.

        Raises:
            ApiError: the service cannot be reached, or the key may not see any.
        """
        while not self.complete:
            found = await self._ask(client, self._query())
            new = unseen(self.rows, found)
            self.complete = len(found) < self._limit
            self.rows += new
            if new or self.complete:
                return tuple(new)
            # A whole page of one second: only a larger one gets past it.
            self.complete = self._limit >= MOST
            self._limit = min(self._limit * 2, MOST)
        return ()

    def _query(self) -> UsageQuery:
        before = self.rows[-1].timestamp + timedelta(seconds=1) if self.rows else None
        return UsageQuery(limit=self._limit, before=before, days=self._days)

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


async def usage_as_csv(client: ApiClient, days: int) -> str:
    """The service's own table of these days, as it gives it.

    Raises:
        ApiPermissionError: the key may not see the account's requests.
        ApiError: the service cannot be reached.
    """
    return await client.account.usage_csv(UsageQuery(limit=MOST, days=days))


def csv_name(days: int, now: datetime) -> str:
    """A file name for that table; its days are UTC days, as the service counts."""
    last = now.astimezone(UTC).date()
    return f"pollinations-usage-{last - timedelta(days=days)}-to-{last}.csv"

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.account import UsageRow
from studio.sandbox.server import SandboxServer
from studio.services.usage import UsageReader, csv_name, unseen, usage_as_csv
from tests.services.studio import connected, picture

HOUR = timedelta(hours=1)


async def test_pages_give_every_request_once(tmp_path: Path) -> None:
    """Twelve requests, most in the same second, by pages of two."""
    with SandboxServer(speed=0) as server:
        async with connected(tmp_path, server) as studio:
            for job in await studio.order(picture(), 12):
                await studio.until(job.id, *("done",))
            client = studio.services.session.client
            whole = await client.account.usage()
            assert len(whole) == 12
            reader = UsageReader(30, page=2)
            pages = 0
            while await reader.older(client):
                pages += 1
            assert pages > 1
            assert sorted(map(repr, reader.rows)) == sorted(map(repr, whole))
            assert await reader.older(client) == ()
            spent = await studio.services.profile.spending()
            assert sum((row.cost_usd for row in reader.rows), Decimal(0)) == sum(s.amount for s in spent)
            table = await usage_as_csv(client, 30)
            assert len(table.splitlines()) == 13


def test_equal_rows_are_two_requests() -> None:
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    row = UsageRow(timestamp=moment, type="generate.image", model="flux")
    newer, older = replace(row, timestamp=moment + HOUR), replace(row, timestamp=moment - HOUR)
    assert unseen([], [row, row]) == [row, row]
    assert unseen([newer, row], [row, row, row, older]) == [row, row, older]
    assert unseen([newer, row, row], [newer, row, row]) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=30), st.integers(1, 5))
def test_any_pages_give_each_row_once(cells: list[tuple[int, int]], size: int) -> None:
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    whole = [
        UsageRow(timestamp=moment - second * HOUR, type="generate.text", input_text_tokens=tokens)
        for second, tokens in sorted(cells)
    ]
    walked: list[UsageRow] = []
    while True:
        page = [row for row in whole if not walked or row.timestamp <= walked[-1].timestamp][:size]
        new = unseen(walked, page)
        if not new and len(page) < size:
            break
        if not new:
            size *= 2
        walked += new
    assert walked == whole


def test_the_name_of_the_table_says_which_days() -> None:
    assert csv_name(7, datetime(2026, 3, 2, 1, tzinfo=UTC)) == (
        "pollinations-usage-2026-02-23-to-2026-03-02.csv"
    )

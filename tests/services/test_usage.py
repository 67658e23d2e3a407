from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.account import UsageRow
from studio.domain.spending import DaySpan
from studio.sandbox.server import SandboxServer
from studio.services.usage import UsageReader, csv_name, daily_usage, unseen, windows_of
from tests.services.billing import fill
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
    span = DaySpan(date(2026, 2, 23), date(2026, 3, 2))
    assert csv_name(span, "pollinations") == "pollinations-usage-2026-02-23-to-2026-03-02.csv"


def test_the_questions_that_cover_a_span() -> None:
    today = date(2026, 11, 20)
    recent = windows_of(DaySpan(date(2026, 11, 1), today), today)
    assert [query.days for query in recent] == [20]
    assert windows_of(DaySpan(today, today), today)[0].days == 1
    edge = today - timedelta(days=89)
    assert windows_of(DaySpan(edge, edge), today)[0].days == 90
    old = windows_of(DaySpan(date(2025, 12, 1), date(2026, 3, 2)), today)
    assert [(query.granularity, query.period) for query in old] == [
        ("month", "2026-03"), ("month", "2026-02"), ("month", "2026-01")
    ]  # fmt: skip


async def test_a_span_is_read_in_full_and_nothing_beside_it(tmp_path: Path) -> None:
    """Rows of eight months, a page of seven at a time; the days asked for, and their sums, agree."""
    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        fill(server, [now - timedelta(days=n * 1.7) for n in range(150)])
        async with connected(tmp_path, server) as studio:
            client = studio.services.session.client
            for first, last in ((200, 100), (40, 3), (0, 0), (150, 0)):
                span = DaySpan(now.date() - timedelta(days=first), now.date() - timedelta(days=last))
                reader = UsageReader(span=span, page=7)
                while not reader.complete:
                    await reader.older(client)
                charges = [c for c in server.service.account.ledger
                           if span.first.isoformat() <= c.at[:10] <= span.last.isoformat()]  # fmt: skip
                assert len(reader.rows) == len(charges)
                days = await daily_usage(client, span)
                assert sum(day.requests for day in days) == len(charges)
                assert sum((d.cost_usd for d in days), Decimal(0)) == sum(r.cost_usd for r in reader.rows)

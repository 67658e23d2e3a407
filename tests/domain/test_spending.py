from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.account import DailyUsage, UsageRow
from studio.domain.spending import (
    Cell,
    DaySpan,
    LedgerLine,
    SpendingFilter,
    cells_of_daily,
    cells_of_ledger,
    cells_of_usage,
    chart_of,
    months_of,
    moved,
    span_of,
    start_of,
    zoomed,
)

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
SANTIAGO = ZoneInfo("America/Santiago")  # midnight itself is left out when summer begins
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
AMOUNTS = st.integers(0, 10**15).map(lambda n: Decimal(n).scaleb(-12))
CELLS = st.lists(
    st.builds(
        Cell, day=DAYS, model=st.sampled_from("abcdefg"), kind=st.sampled_from(["image", "text"]),
        account=st.sampled_from(["", "ada"]), amount=AMOUNTS, requests=st.integers(1, 9),
    ),
    max_size=40,
)  # fmt: skip


def line(moment: datetime, amount: str = "1", **more: object) -> LedgerLine:
    return LedgerLine(id=moment.isoformat(), time=moment, model="flux", cost=Decimal(amount), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 3, 29), 23), (BERLIN, date(2026, 10, 25), 25), (BERLIN, date(2026, 6, 1), 24),
        (AUCKLAND, date(2026, 4, 5), 25), (AUCKLAND, date(2026, 9, 27), 23),
        (SANTIAGO, date(2026, 9, 6), 23), (UTC, date(2026, 3, 29), 24),
    ],
)  # fmt: skip
def test_a_day_is_as_long_as_its_zone_says(zone: ZoneInfo, day: date, hours: int) -> None:
    first, after = DaySpan(day, day).moments(zone)
    assert after - first == timedelta(hours=hours)
    inside = [first + timedelta(minutes=minutes) for minutes in range(0, hours * 60, 30)]
    around = [first - timedelta(seconds=1), after]
    cells = cells_of_ledger([line(moment) for moment in (*inside, *around)], zone)
    assert next(cell for cell in cells if cell.day == day).requests == len(inside)
    assert [cell.day for cell in cells] == [day - timedelta(days=1), day, day + timedelta(days=1)]


def test_the_same_moment_is_another_day_elsewhere() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    row = UsageRow(timestamp=late, type="generate.image", model="flux", cost_usd=Decimal("0.002"))
    assert cells_of_usage([row])[0].day == date(2026, 11, 20)
    assert cells_of_usage([row], BERLIN)[0].day == date(2026, 11, 21)
    assert cells_of_ledger([line(late)], AUCKLAND)[0].day == date(2026, 11, 21)


def test_the_zone_of_the_machine_is_used_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for zone, day in (("Pacific/Auckland", 21), ("America/Los_Angeles", 20)):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            assert cells_of_ledger([line(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))])[0].day.day == day
            assert start_of(date(2026, 11, 20)) == datetime(2026, 11, 20, tzinfo=ZoneInfo(zone))
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()


def test_twelve_places_are_kept() -> None:
    tiny = Decimal("0.000000000001")
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    lines = [line(moment, "12345.678901234567")] + [line(moment, str(tiny))] * 3
    (cell,) = cells_of_ledger(lines, UTC)
    assert cell.amount == Decimal("12345.678901234570")
    assert (cell.requests, cell.open) == (4, 0)


def test_the_services_days_are_its_own() -> None:
    rows = [
        DailyUsage(date="2026-11-20", model="flux", requests=3, cost_usd=Decimal("0.006")),
        DailyUsage(date="2026-11-20", model="flux", meter_source="pack", requests=1, cost_usd=Decimal("0.1")),
        DailyUsage(date="nonsense", model="flux", requests=1, cost_usd=Decimal(9)),
    ]
    assert cells_of_daily(rows, lambda _model: "image") == (
        Cell(day=date(2026, 11, 20), model="flux", kind="image", amount=Decimal("0.106"), requests=4),
    )


@given(CELLS, DAYS, st.integers(1, 365), st.sampled_from(["model", "kind"]), st.integers(1, 5))
def test_a_chart_sums_up_what_is_in_its_days(
    cells: list[Cell], first: date, days: int, by: str, named: int
) -> None:
    span = DaySpan(first, first + timedelta(days=days - 1))
    data = chart_of(cells, span, by=by, named=named)  # type: ignore[arg-type]
    inside = [cell for cell in cells if span.first <= cell.day <= span.last]
    assert sum((bar.total for bar in data.bars), Decimal(0)) == sum((c.amount for c in inside), Decimal(0))
    assert sum(bar.requests for bar in data.bars) == sum(cell.requests for cell in inside)
    assert data.bars[0].first == span.first
    assert data.bars[-1].last == span.last
    for one, other in zip(data.bars, data.bars[1:], strict=False):
        assert one.last + timedelta(days=1) == other.first
    totals = [data.sum_of(n) for n in range(len(data.series) - data.others)]
    assert totals == sorted(totals, reverse=True)


@given(CELLS, st.sampled_from(["", "a"]), st.sampled_from(["", "image"]), st.sampled_from(["", "ada"]))
def test_a_filter_and_its_contrary_are_everything(
    cells: list[Cell], model: str, kind: str, account: str
) -> None:
    wanted = SpendingFilter(model=model, kind=kind, account=account)
    kept = [cell for cell in cells if wanted.keeps(cell)]
    assert all(not model or cell.model == model for cell in kept)
    assert len(kept) + sum(not wanted.keeps(cell) for cell in cells) == len(cells)


@given(DAYS, st.integers(1, 400), st.integers(0, 400), st.integers(1, 60), st.floats(0.1, 8))
def test_zooming_and_moving_stay_inside(first: date, days: int, at: int, length: int, factor: float) -> None:
    whole = DaySpan(first, first + timedelta(days=days - 1))
    start = first + timedelta(days=min(at, days - 1))
    span = DaySpan(start, min(start + timedelta(days=length - 1), whole.last))
    for found in (zoomed(span, span.first, factor, whole), moved(span, at - 200, whole)):
        assert whole.first <= found.first <= found.last <= whole.last
    assert moved(span, at - 200, whole).days == span.days
    assert zoomed(span, start, 1e6, whole) == whole


def test_spans_and_periods() -> None:
    today = date(2026, 3, 30)
    assert span_of("7", today) == DaySpan(date(2026, 3, 24), today)
    assert span_of("all", today, date(2026, 1, 31)).days == 59
    assert span_of("all", today) == DaySpan(today, today)
    assert months_of(DaySpan(date(2025, 11, 3), date(2026, 3, 1))) == ["2026-01", "2026-02", "2026-03"]
    year = chart_of([], DaySpan(date(2024, 1, 31), date(2026, 12, 1)))
    assert (year.step, len(year.bars)) == ("month", 36)
    weeks = chart_of([], DaySpan(date(2026, 1, 1), date(2026, 12, 31)))
    assert (weeks.step, len(weeks.bars)) == ("week", 53)

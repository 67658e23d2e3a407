"""What was spent: lines of the program's own ledger and rows of the service, summed up by day, model, kind.

Amounts are decimals and are only ever added, so sums are exact to the last digit. A day is a calendar day of
a time zone: the machine's own, or UTC, in which the service counts. A day may have 23 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final, Literal

from studio.domain.account import DailyUsage, UsageRow

ZERO: Final = Decimal(0)
FIRST_DAY: Final = date(2026, 1, 1)
"""The service's periods begin here (CONTRACT 7.1)."""
Step = Literal["day", "week", "month"]
By = Literal["model", "kind"]
MOST_BARS: Final = 120
"""From here on days are put together into weeks, and weeks into months."""
FAMILIES: Final = {
    "image": "image", "video": "image", "text": "text", "speech": "audio", "music": "audio",
    "transcription": "audio", "audio": "audio",
}  # fmt: skip
"""How the service calls the kinds of work, by the program's own names (CONTRACT 7.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of this program's own records.

    Args:
        time: when the request left. `finished_at`: when its work ended here; None while it runs or unknown.
        kind: image, video, speech, music, transcription, text; "" when it is not known any more.
        estimate, cost: pollen; `cost` is None until the service told it.
        state: of the job or message: done, failed, cancelled, …; "" when that is gone.
        error: why it failed, in words. `request_id`: to quote to the service; mostly kept with the result.
    """

    id: str
    time: datetime
    kind: str = ""
    model: str = ""
    account: str = ""
    estimate: Decimal | None = None
    cost: Decimal | None = None
    cost_source: str = ""
    job_id: str = ""
    state: str = ""
    error: str = ""
    request_id: str = ""
    finished_at: datetime | None = None
    sandbox: bool = False

    @property
    def amount(self) -> Decimal:
        """What counts: the billed amount, or the estimate until then."""
        if self.cost is not None:
            return self.cost
        return self.estimate if self.estimate is not None else ZERO

    @property
    def is_open(self) -> bool:
        """True while the amount is an estimate."""
        return self.cost is None

    @property
    def failed(self) -> bool:
        """True when nothing came of it here."""
        return self.state in ("failed", "cancelled", "interrupted", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The sum of one day, model, kind and account. `open` counts amounts that are estimates."""

    day: date
    model: str
    kind: str = ""
    account: str = ""
    amount: Decimal = ZERO
    requests: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingFilter:
    """What is looked at; "" is everything."""

    model: str = ""
    kind: str = ""
    account: str = ""

    def keeps(self, cell: Cell) -> bool:
        """Whether a sum belongs to it."""
        return (
            (not self.model or cell.model == self.model)
            and (not self.kind or cell.kind == self.kind)
            and (not self.account or cell.account == self.account)
        )


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Calendar days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def moments(self, zone: tzinfo | None = None) -> tuple[datetime, datetime]:
        """The first moment, and the first one after it, in `zone`; None is the machine's own."""
        return start_of(self.first, zone), start_of(self.last + timedelta(days=1), zone)


def start_of(day: date, zone: tzinfo | None = None) -> datetime:
    """The moment a day begins in `zone`, None being the machine's own; where midnight is left out when the
    clocks go forward, the first moment there is."""
    midnight = datetime.combine(day, time.min)
    return (midnight.astimezone() if zone is None else midnight.replace(tzinfo=zone)).astimezone(UTC)


def day_of(moment: datetime, zone: tzinfo | None = None) -> date:
    """The calendar day of a moment in `zone`, None being the machine's own."""
    return moment.astimezone(zone).date()


def span_of(choice: str, today: date, earliest: date | None = None) -> DaySpan:
    """The days that end today: "7", "30", "90", or "all" since `earliest`."""
    if choice == "all":
        return DaySpan(min(earliest or today, today), today)
    return DaySpan(today - timedelta(days=int(choice) - 1), today)


# ---------------------------------------------------------------- summing up


def cells_of_ledger(
    lines: Iterable[LedgerLine], zone: tzinfo | None = None, *, canonical: Callable[[str], str] = str
) -> tuple[Cell, ...]:
    """The sums of the program's own lines; `canonical` names a model as the service does."""
    return _summed(
        (day_of(line.time, zone), canonical(line.model), line.kind, line.account, line.amount, 1,
         int(line.is_open))
        for line in lines
    )  # fmt: skip


def cells_of_usage(
    rows: Iterable[UsageRow], zone: tzinfo | None = UTC, *, kind: Callable[[UsageRow], str] | None = None
) -> tuple[Cell, ...]:
    """The sums of the service's rows; `account` is the key that paid."""
    name = kind or kind_of_usage
    return _summed(
        (day_of(row.timestamp, zone), row.model, name(row), row.api_key, row.cost_usd, 1, 0) for row in rows
    )


def cells_of_daily(rows: Iterable[DailyUsage], kind: Callable[[str], str]) -> tuple[Cell, ...]:
    """The service's own sums by day, which are UTC days; `kind` tells what a model makes."""
    return _summed(
        (date.fromisoformat(row.date), row.model, kind(row.model), "", row.cost_usd, row.requests, 0)
        for row in rows
        if _is_day(row.date)
    )


def _summed(
    entries: Iterable[tuple[date, str, str, str, Decimal, int, int]],
) -> tuple[Cell, ...]:
    sums: dict[tuple[date, str, str, str], list[Decimal | int]] = {}
    for day, model, kind, account, amount, requests, is_open in entries:
        found = sums.get((day, model, kind, account))
        if found is None:
            sums[day, model, kind, account] = [amount, requests, is_open]
        else:
            found[0] += amount
            found[1] += requests
            found[2] += is_open
    return tuple(
        Cell(
            day=day, model=model, kind=kind, account=account,
            amount=Decimal(amount), requests=int(requests), open=int(is_open),
        )
        for (day, model, kind, account), (amount, requests, is_open) in sorted(sums.items())
    )  # fmt: skip


def kind_of_usage(row: UsageRow) -> str:
    """What a row of the service made; films are rows of pictures there (CONTRACT 7.1)."""
    name = row.type.removeprefix("generate.")
    if name == "image" and row.output_video_seconds > 0:
        return "video"
    return name


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- the chart


@dataclass(frozen=True, slots=True)
class Bar:
    """The days from `first` to `last` and what each of the series cost in them."""

    first: date
    last: date
    parts: tuple[Decimal, ...]
    requests: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.parts, ZERO)


@dataclass(frozen=True, slots=True)
class ChartData:
    """The series, dearest first, and one bar for each step of time, also for those without spending.

    Args:
        others: the last of the series holds the rest.
    """

    series: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    step: Step = "day"
    others: bool = False

    @property
    def highest(self) -> Decimal:
        return max((bar.total for bar in self.bars), default=ZERO)

    def sum_of(self, series: int) -> Decimal:
        return sum((bar.parts[series] for bar in self.bars), ZERO)


def step_for(span: DaySpan) -> Step:
    """Days as long as they can be told apart, then weeks, then months."""
    if span.days <= MOST_BARS:
        return "day"
    return "week" if span.days <= MOST_BARS * 7 else "month"


def chart_of(cells: Sequence[Cell], span: DaySpan, *, by: By = "model", named: int = 4) -> ChartData:
    """The bars of `span`; cells outside of it are left out.

    Args:
        named: so many series have a name of their own, the rest is put together.
    """
    inside = [cell for cell in cells if span.first <= cell.day <= span.last]
    sums: dict[str, Decimal] = {}
    for cell in inside:
        name = cell.model if by == "model" else cell.kind
        sums[name] = sums.get(name, ZERO) + cell.amount
    by_cost = sorted(sums, key=lambda name: (-sums[name], name))
    has_others = len(by_cost) > named
    series = {name: index for index, name in enumerate(by_cost[:named])}
    width = len(series) + has_others
    step = step_for(span)
    starts = _starts(span, step)
    parts = [[ZERO] * width for _ in starts]
    requests = [0] * len(starts)
    place = {day: index for index, day in enumerate(starts)}
    for cell in inside:
        at = place[max(_start(cell.day, step), span.first)]
        name = cell.model if by == "model" else cell.kind
        parts[at][series.get(name, width - 1)] += cell.amount
        requests[at] += cell.requests
    ends = [*(start - timedelta(days=1) for start in starts[1:]), span.last]
    bars = tuple(
        Bar(first, last, tuple(amounts), count)
        for first, last, amounts, count in zip(starts, ends, parts, requests, strict=True)
    )
    return ChartData((*by_cost[:named], *([""] if has_others else [])), bars, step, has_others)


def _starts(span: DaySpan, step: Step) -> list[date]:
    found: list[date] = []
    day = span.first
    while day <= span.last:
        found.append(day)
        day = _next(_start(day, step), step)
    return found


def _start(day: date, step: Step) -> date:
    """The first day of the week or month of `day`."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _next(start: date, step: Step) -> date:
    if step == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if step == "week" else 1)


def zoomed(span: DaySpan, around: date, factor: float, whole: DaySpan) -> DaySpan:
    """`span` made `factor` times as long (below 1: closer), `around` staying where it is, inside `whole`."""
    days = min(max(round(span.days * factor), 3), whole.days)
    share = (around - span.first).days / max(span.days - 1, 1)
    first = around - timedelta(days=round(share * (days - 1)))
    return _inside(first, days, whole)


def moved(span: DaySpan, days: int, whole: DaySpan) -> DaySpan:
    """`span` moved by days, as far as `whole` goes."""
    return _inside(span.first + timedelta(days=days), span.days, whole)


def _inside(first: date, days: int, whole: DaySpan) -> DaySpan:
    days = min(days, whole.days)
    first = min(max(first, whole.first), whole.last - timedelta(days=days - 1))
    return DaySpan(first, first + timedelta(days=days - 1))


def months_of(span: DaySpan) -> list[str]:
    """The periods (`YYYY-MM`) that together hold `span`, none before the service's first."""
    first, found = max(span.first, FIRST_DAY).replace(day=1), list[str]()
    while first <= span.last:
        found.append(f"{first:%Y-%m}")
        first = _next(first, "month")
    return found

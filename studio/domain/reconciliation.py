"""The program's own ledger beside what the service billed: which line is which row, and what differs.

A row of the service carries no id of the request (CONTRACT 7.1), so a line is known by its model, its amount
and its time. A row is written when the work ends, in whole seconds of the service's clock; a line has the
moment the request left, by this machine's clock. Where several lines could be a row, the one that has to be
matched first gets it, which leaves the fewest without one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from studio.domain.account import UsageRow
from studio.domain.spending import FAMILIES, ZERO, LedgerLine

SLACK: Final = timedelta(minutes=2)
"""Clocks differ by that much without anybody noticing."""
LONGEST: Final = timedelta(minutes=15)
"""Work goes on at the service for that long after nobody waits for it here."""
WRONG_CLOCK: Final = timedelta(hours=26)
"""How far a clock set to the wrong day or zone can be off."""
GRACE: Final = timedelta(hours=1)
"""Rows may come that late; what has none by then was not billed."""
MOST_PIECES: Final = 48
"""Among so many rows the pieces of one line are looked for."""
MOST_SUMS: Final = 4_000


class Verdict(StrEnum):
    """What a line and the service's rows say about each other."""

    AGREES = "agrees"
    ESTIMATED = "estimated"
    """Billed; here it was only estimated."""
    WAITING = "waiting"
    """Not yet seen by the service."""
    UNBILLED = "unbilled"
    """Not billed, and it will not be any more."""
    DIFFERS = "differs"
    """Billed differently than the service said when it answered."""
    FAILED = "failed"
    """Billed though it failed here."""
    ELSEWHERE = "elsewhere"
    """Only at the service: made with another key."""
    UNKNOWN = "unknown"
    """Only at the service, with this key: made elsewhere, or before this profile."""

    @property
    def is_difference(self) -> bool:
        """Whether somebody may want to look at it."""
        return self in (Verdict.DIFFERS, Verdict.FAILED, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One request as both sides have it: a line, the rows it was billed by, or one of the two alone."""

    verdict: Verdict
    line: LedgerLine | None = None
    rows: tuple[UsageRow, ...] = ()

    @property
    def billed(self) -> Decimal:
        """What the service took for it."""
        return sum((row.cost_usd for row in self.rows), ZERO)

    @property
    def here(self) -> Decimal:
        """What the program's own records say."""
        return self.line.amount if self.line is not None else ZERO

    @property
    def difference(self) -> Decimal:
        """How much more was billed than is written down here."""
        return self.billed - self.here

    @property
    def time(self) -> datetime:
        """When it was: by the line, else by the first row."""
        return self.line.time if self.line is not None else self.rows[0].timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """All requests of a time, newest first, each line and each row exactly once."""

    matches: tuple[Match, ...] = ()

    @property
    def here(self) -> Decimal:
        return sum((match.here for match in self.matches), ZERO)

    @property
    def billed(self) -> Decimal:
        return sum((match.billed for match in self.matches), ZERO)

    def count(self, verdict: Verdict) -> int:
        return sum(match.verdict is verdict for match in self.matches)

    def settlements(self) -> dict[str, Decimal]:
        """What lines that are estimates cost after all, by the line's id."""
        settled = (Verdict.ESTIMATED, Verdict.FAILED, Verdict.UNBILLED)
        return {
            match.line.id: match.billed
            for match in self.matches
            if match.line is not None and match.line.is_open and match.verdict in settled
        }


class _Side:
    """Lines and rows that are not matched yet, and those that are."""

    def __init__(self, lines: Iterable[LedgerLine], rows: Iterable[UsageRow]) -> None:
        # Rows that are equal in everything are still two requests, so places stand for them.
        self.lines = sorted(lines, key=lambda line: (line.time, line.id))
        self.rows = sorted(rows, key=lambda row: row.timestamp)
        self.open_lines = dict.fromkeys(range(len(self.lines)))
        self.open_rows = dict.fromkeys(range(len(self.rows)))
        self.found: list[tuple[int, tuple[int, ...]]] = []

    def take(self, line: int, rows: tuple[int, ...]) -> None:
        """These belong together."""
        del self.open_lines[line]
        for row in rows:
            del self.open_rows[row]
        self.found.append((line, rows))


def reconcile(
    lines: Iterable[LedgerLine],
    rows: Iterable[UsageRow],
    now: datetime,
    *,
    canonical: Callable[[str], str] = str,
    own_key: str = "",
) -> Reconciliation:
    """Match the ledger's lines with the service's rows of the same time.

    Args:
        canonical: a model's name as the service writes it; lines may hold an alias.
        own_key: the name of the key in use; rows of others were made elsewhere. "" when it has none.
    """
    side = _Side(lines, rows)
    line_model = [canonical(line.model) for line in side.lines]
    row_model = [canonical(row.model) for row in side.rows]
    _by_request_id(side)
    # The surest first: what agrees in everything must not lose its row to what is merely alike.
    _by_deadline(
        side,
        lambda at: (line_model[at], side.lines[at].amount),
        lambda at: (row_model[at], side.rows[at].cost_usd),
    )
    _by_pieces(side, line_model, row_model)
    if len(side.found) * 2 < len(side.lines):
        # Most have none: one of the clocks is off. With right ones this would join what has no connection.
        _by_deadline(
            side,
            lambda at: (line_model[at], side.lines[at].amount),
            lambda at: (row_model[at], side.rows[at].cost_usd),
            slack=WRONG_CLOCK,
        )
    # A fallback answered in place of the model that was asked for.
    _by_deadline(
        side,
        lambda at: (FAMILIES.get(side.lines[at].kind, ""), side.lines[at].amount),
        lambda at: (side.rows[at].type.removeprefix("generate."), side.rows[at].cost_usd),
    )
    _by_deadline(side, lambda at: line_model[at], lambda at: row_model[at])
    return Reconciliation(matches=_judged(side, now, own_key))


def _window(line: LedgerLine, slack: timedelta) -> tuple[datetime, datetime]:
    """When the service may have written the row of a line, by this machine's clock."""
    end = max(line.finished_at or line.time, line.time)
    return line.time - slack, end + LONGEST + slack


def _by_request_id(side: _Side) -> None:
    """Where a service tells ids, nothing is surer."""
    ids: dict[str, list[int]] = {}
    for at, row in enumerate(side.rows):
        if row.request_id:
            ids.setdefault(row.request_id, []).append(at)
    if not ids:
        return
    for at in tuple(side.open_lines):
        rows = ids.pop(side.lines[at].request_id, None) if side.lines[at].request_id else None
        if rows:
            side.take(at, tuple(rows))


def _by_deadline(
    side: _Side,
    line_key: Callable[[int], object],
    row_key: Callable[[int], object],
    *,
    slack: timedelta = SLACK,
) -> None:
    """One line, one row of the same key, in time order: each row goes to the line in whose window it lies and
    whose window ends first. No other order matches more of them."""
    waiting: dict[object, list[int]] = {}
    for at in side.open_lines:
        waiting.setdefault(line_key(at), []).append(at)
    coming: dict[object, list[int]] = {}
    for at in side.open_rows:
        key = row_key(at)
        if key in waiting:
            coming.setdefault(key, []).append(at)
    for key, rows in coming.items():
        windows = [(*_window(side.lines[at], slack), at) for at in waiting[key]]
        windows.sort()
        ends: list[tuple[datetime, int]] = []
        begun = 0
        for row in sorted(rows):
            moment = side.rows[row].timestamp
            while begun < len(windows) and windows[begun][0] <= moment:
                heapq.heappush(ends, (windows[begun][1], windows[begun][2]))
                begun += 1
            while ends and ends[0][0] < moment:
                heapq.heappop(ends)
            if ends:
                side.take(heapq.heappop(ends)[1], (row,))


def _by_pieces(side: _Side, line_model: Sequence[str], row_model: Sequence[str]) -> None:
    """A long recording is one line and several rows, one after the other, that make up its amount."""
    rows_of: dict[str, list[int]] = {}
    for at in side.open_rows:
        rows_of.setdefault(row_model[at], []).append(at)
    for at in tuple(side.open_lines):
        line = side.lines[at]
        if line.kind not in ("transcription", "") or line.is_open:
            continue
        first, last = _window(line, SLACK)
        near = [
            row for row in rows_of.get(line_model[at], [])
            if row in side.open_rows and first <= side.rows[row].timestamp <= last
        ]  # fmt: skip
        near = near[:MOST_PIECES]
        pieces = _making_up([side.rows[row].cost_usd for row in near], line.amount)
        if pieces:
            side.take(at, tuple(near[place] for place in pieces))


def _making_up(amounts: Sequence[Decimal], wanted: Decimal) -> tuple[int, ...]:
    """Places of at least two amounts that make up `wanted`: the first run in a row, else any of them, since
    recordings are sent side by side; () when there are none."""
    for first in range(len(amounts)):
        total = ZERO
        for last in range(first, len(amounts)):
            total += amounts[last]
            if total == wanted and last > first:
                return tuple(range(first, last + 1))
            if total > wanted:
                break
    sums: dict[Decimal, tuple[int, ...]] = {ZERO: ()}
    for place, amount in enumerate(amounts):
        for total, places in tuple(sums.items()):
            if total + amount <= wanted and len(sums) < MOST_SUMS:
                sums.setdefault(total + amount, (*places, place))
    found = sums.get(wanted, ())
    return found if len(found) > 1 else ()


def _judged(side: _Side, now: datetime, own_key: str) -> tuple[Match, ...]:
    matches: list[Match] = []
    for at, rows in side.found:
        line, billed = side.lines[at], tuple(side.rows[row] for row in rows)
        matches.append(Match(verdict=_verdict(line, billed), line=line, rows=billed))
    for at in side.open_lines:
        line = side.lines[at]
        late = now - max(line.finished_at or line.time, line.time) > GRACE
        free = line.cost is not None and not line.cost
        verdict = Verdict.AGREES if free else Verdict.UNBILLED if late else Verdict.WAITING
        matches.append(Match(verdict=verdict, line=line))
    for at in side.open_rows:
        row = side.rows[at]
        other = bool(own_key and row.api_key and row.api_key != own_key)
        matches.append(Match(verdict=Verdict.ELSEWHERE if other else Verdict.UNKNOWN, rows=(row,)))
    matches.sort(key=lambda match: match.time, reverse=True)
    return tuple(matches)


def _verdict(line: LedgerLine, rows: Sequence[UsageRow]) -> Verdict:
    billed = sum((row.cost_usd for row in rows), ZERO)
    if line.failed:
        return Verdict.FAILED if billed else Verdict.AGREES
    if line.is_open:
        return Verdict.ESTIMATED
    return Verdict.AGREES if billed == line.amount else Verdict.DIFFERS

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.account import UsageRow
from studio.domain.reconciliation import Match, Reconciliation, Verdict, reconcile
from studio.domain.spending import LedgerLine

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRICES = [Decimal("0.002"), Decimal("0.04"), Decimal("0.000000000001"), Decimal("1.5")]
SECOND = timedelta(seconds=1)


def line(number: int, *, at: float = 0, cost: str | None = "0.002", **more: object) -> LedgerLine:
    """A line of `at` seconds before now."""
    values: dict[str, object] = {"model": "flux", "kind": "image", "state": "done", **more}
    amount = None if cost is None else Decimal(cost)
    return LedgerLine(id=str(number), time=NOW - at * SECOND, cost=amount, **values)  # type: ignore[arg-type]


def row(at: float = 0, cost: str = "0.002", **more: object) -> UsageRow:
    values: dict[str, object] = {"type": "generate.image", "model": "flux", "api_key": "Desk", **more}
    return UsageRow(timestamp=NOW - at * SECOND, cost_usd=Decimal(cost), **values)  # type: ignore[arg-type]


def verdicts(lines: Sequence[LedgerLine], rows: Sequence[UsageRow], key: str = "Desk") -> list[Verdict]:
    return [match.verdict for match in reconcile(lines, rows, NOW, own_key=key).matches]


# ---------------------------------------------------------------- each difference by its name


@pytest.mark.parametrize(
    ("lines", "rows", "expected"),
    [
        ([line(1, at=60)], [row(55)], [Verdict.AGREES]),
        ([line(1, at=60)], [], [Verdict.WAITING]),
        ([line(1, at=7200)], [], [Verdict.UNBILLED]),
        ([line(1, at=60)], [row(55, "0.003")], [Verdict.DIFFERS]),
        ([line(1, at=60, cost=None, estimate=Decimal("0.01"))], [row(55)], [Verdict.ESTIMATED]),
        ([line(1, at=60, cost=None, state="failed")], [row(55)], [Verdict.FAILED]),
        ([line(1, at=60, cost=None, state="failed")], [row(55, "0")], [Verdict.AGREES]),
        ([], [row(55, api_key="Laptop")], [Verdict.ELSEWHERE]),
        ([], [row(55)], [Verdict.UNKNOWN]),
        ([line(1, at=7200, cost="0")], [], [Verdict.AGREES]),
    ],
)
def test_differences(lines: list[LedgerLine], rows: list[UsageRow], expected: list[Verdict]) -> None:
    assert verdicts(lines, rows) == expected


def test_a_long_recording_is_one_line_and_its_pieces() -> None:
    talk = line(1, at=600, cost="0.06", kind="transcription", model="scribe", finished_at=NOW - 10 * SECOND)
    pieces = [row(at, cost, model="scribe") for at, cost in ((500, "0.01"), (400, "0.02"), (30, "0.03"))]
    result = reconcile([talk], pieces, NOW)
    assert (result.matches[0].verdict, len(result.matches[0].rows)) == (Verdict.AGREES, 3)


def test_two_recordings_at_the_same_time() -> None:
    """Their pieces take turns."""
    talks = [
        line(n, at=600, cost=cost, kind="transcription", model="scribe", finished_at=NOW - 10 * SECOND)
        for n, cost in ((1, "0.03"), (2, "0.14"))
    ]
    pieces = [
        row(at, cost, model="scribe")
        for at, cost in ((500, "0.01"), (400, "0.06"), (300, "0.02"), (100, "0.08"))
    ]
    result = reconcile(talks, pieces, NOW)
    assert {m.line.id: m.billed for m in result.matches if m.line} == {
        "1": Decimal("0.03"), "2": Decimal("0.14")
    }  # fmt: skip
    assert [match.verdict for match in result.matches] == [Verdict.AGREES] * 2


def test_a_model_is_known_by_its_alias_and_by_what_stood_in_for_it() -> None:
    long_name = "black-forest-labs/flux"
    found = reconcile([line(1)], [row(model=long_name)], NOW, canonical=lambda name: long_name)
    assert found.matches[0].verdict is Verdict.AGREES
    fallback = reconcile([line(1)], [row(model="turbo")], NOW)
    assert fallback.matches[0].verdict is Verdict.AGREES


def test_an_id_is_surer_than_anything() -> None:
    first, second = line(1, at=10, request_id="r1"), line(2, at=10, request_id="r2")
    rows = [row(9, "0.002", request_id="r2"), row(9, "5", request_id="r1")]
    result = reconcile([first, second], rows, NOW)
    assert {m.line.id: m.verdict for m in result.matches if m.line} == {
        "1": Verdict.DIFFERS, "2": Verdict.AGREES
    }  # fmt: skip


@pytest.mark.parametrize("hours", [-25, -3, 3, 25])
def test_a_clock_that_is_hours_off(hours: int) -> None:
    """The machine was in another zone, or its battery was empty."""
    lines = [line(n, at=n * 60 + hours * 3600, cost=str(Decimal(n + 1) / 1000)) for n in range(5)]
    rows = [row(n * 60 - 5, str(Decimal(n + 1) / 1000)) for n in range(5)]
    assert verdicts(lines, rows) == [Verdict.AGREES] * 5


def test_with_a_right_clock_what_is_hours_apart_is_not_the_same() -> None:
    lines = [line(n, at=n * 60) for n in range(5)] + [line(9, at=9 * 3600)]
    rows = [row(n * 60 - 2) for n in range(5)] + [row(20 * 3600)]
    assert Counter(verdicts(lines, rows)) == {
        Verdict.AGREES: 5, Verdict.UNBILLED: 1, Verdict.UNKNOWN: 1
    }  # fmt: skip


def test_estimates_are_settled_and_nothing_else() -> None:
    lines = [
        line(1, at=60, cost=None, estimate=Decimal(1)), line(2, at=9000, cost=None, model="a"),
        line(3, at=60, cost="0.5", model="b"), line(4, at=60, cost=None, model="c"),
    ]  # fmt: skip
    result = reconcile(lines, [row(50, "0.7")], NOW)
    assert result.settlements() == {"1": Decimal("0.7"), "2": Decimal(0)}


# ---------------------------------------------------------------- whatever comes


SECONDS = st.integers(0, 5000)
LINES = st.lists(
    st.tuples(SECONDS, st.sampled_from(PRICES), st.sampled_from("ab"), st.sampled_from(["done", "failed"]),
              st.booleans()), max_size=25,
)  # fmt: skip
ROWS = st.lists(st.tuples(SECONDS, st.sampled_from(PRICES), st.sampled_from("ab")), max_size=25)


@given(LINES, ROWS)
@settings(max_examples=60)
def test_each_line_and_each_row_stands_once(
    lines: list[tuple[int, Decimal, str, str, bool]], rows: list[tuple[int, Decimal, str]]
) -> None:
    ours = [
        line(n, at=at, cost=None if is_open else str(cost), estimate=cost, model=model, state=state)
        for n, (at, cost, model, state, is_open) in enumerate(lines)
    ]
    theirs = [row(at, str(cost), model=model) for at, cost, model in rows]
    result = reconcile(ours, theirs, NOW)
    assert sorted(m.line.id for m in result.matches if m.line) == sorted(entry.id for entry in ours)
    assert Counter(r for m in result.matches for r in m.rows) == Counter(theirs)
    assert result.billed == sum((r.cost_usd for r in theirs), Decimal(0))
    assert result.here == sum((entry.amount for entry in ours), Decimal(0))
    assert result.billed - result.here == sum((m.difference for m in result.matches), Decimal(0))
    times = [match.time for match in result.matches]
    assert times == sorted(times, reverse=True)


@given(
    st.lists(
        st.tuples(SECONDS, st.sampled_from(PRICES), st.sampled_from("ab"), st.integers(0, 700)), max_size=40
    ),
    st.randoms(use_true_random=False), st.integers(0, 5),
)  # fmt: skip
@settings(max_examples=60)
def test_what_was_billed_as_told_agrees_whatever_the_order(
    entries: list[tuple[int, Decimal, str, int]], chance: object, lost: int
) -> None:
    """Each line's row comes within its window, many have the same price: all are found, and exactly as many
    are missing as rows were taken away."""
    ours = [
        line(n, at=at + 700, cost=str(cost), model=model, finished_at=NOW - (at + 700 - took) * SECOND)
        for n, (at, cost, model, took) in enumerate(entries)
    ]
    theirs = [row(at + 700 - took, str(cost), model=model) for at, cost, model, took in entries]
    chance.shuffle(ours)  # type: ignore[attr-defined]
    chance.shuffle(theirs)  # type: ignore[attr-defined]
    assert set(verdicts(ours, theirs)) <= {Verdict.AGREES}
    fewer = theirs[lost:]
    found = Counter(verdicts(ours, fewer))
    if len(fewer) * 2 >= len(ours):
        assert found[Verdict.AGREES] == len(fewer)


def test_an_empty_world() -> None:
    assert reconcile([], [], NOW) == Reconciliation()
    assert Match(verdict=Verdict.UNKNOWN, rows=(row(5),)).time == replace(row(5)).timestamp

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api import wire

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_nothing_that_json_can_hold_makes_a_reader_fail(value: object) -> None:
    data = {"x": value}
    for read in (wire.text, wire.flag, wire.decimal, wire.number, wire.integer, wire.strings, wire.moment):
        read(data, "x")
    wire.objects(data, "x")
    wire.as_object(value)
    wire.as_list(value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [("0.000000000012", "1.2E-11"), (0.1, "0.1"), (" 3 ", "3"), ("NaN", None), (True, None), ([], None)],
)
def test_prices_are_read_as_they_are_written(value: object, amount: str | None) -> None:
    assert wire.to_decimal(value) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20 09:30:00",
        "2026-11-20T09:30:00Z",
        "2026-11-20T10:30:00+01:00",
        1_795_167_000,
        1_795_167_000_000,
    ],
)
def test_times_come_in_many_coats(value: object) -> None:
    assert wire.to_moment(value) == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_the_first_name_that_has_a_value_wins() -> None:
    assert wire.text({"context_length": None, "context_window": 8}, "context_length", "context_window") == "8"

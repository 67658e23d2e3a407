from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import pollen, pollen_range


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("3.10204", "3.102"),
        ("0.002", "0.002"),
        ("0.00012", "0.00012"),
        ("0.0000000012", "0.0000000012"),
        ("0.194", "0.194"),
        ("12", "12.000"),
        ("0", "0"),
        ("-0.0005", "-0.0005"),
    ],
)
def test_amounts(amount: str, text: str) -> None:
    assert pollen(Decimal(amount)) == text


@given(st.decimals(min_value=Decimal("1e-12"), max_value=Decimal(10**9), allow_nan=False))
def test_a_price_never_reads_as_nothing(amount: Decimal) -> None:
    text = pollen(amount)
    assert "e" not in text.lower()
    assert Decimal(text) > 0
    assert abs(Decimal(text) - amount) <= max(amount * Decimal("0.06"), Decimal("0.0005"))


def test_a_range_of_one_value_is_one_value() -> None:
    assert pollen_range(Decimal("0.41"), Decimal("0.52")) == "0.410 to 0.520"
    assert pollen_range(Decimal("0.002"), Decimal("0.002")) == "0.002"

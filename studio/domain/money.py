"""Amounts of pollen as text. One pollen is priced as one US dollar; prices go down to its billionths."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_PLACES = 3
_FIGURES = 2


def pollen(amount: Decimal) -> str:
    """`amount` with three places, or with two significant figures where that would say 0.000.

    >>> pollen(Decimal("3.10204")), pollen(Decimal("0.00012")), pollen(Decimal("0"))
    ('3.102', '0.00012', '0')
    """
    if not amount:
        return "0"
    places = _PLACES
    if abs(amount) < Decimal("0.01"):
        places = max(_PLACES, _FIGURES - 1 - amount.adjusted())
    text = f"{amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    if places > _PLACES:
        text = text.rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(_PLACES, '0')}" if fraction else whole


def pollen_range(low: Decimal, high: Decimal) -> str:
    """An estimate: "0.002", or "0.41 to 0.52" where billing is by token."""
    one, other = pollen(low), pollen(high)
    return one if one == other else f"{one} to {other}"

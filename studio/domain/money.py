"""Amounts of pollen as people read them. One is priced as one US dollar; prices go down to its billionths."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from studio.core.i18n import as_number, tr

_PLACES = 3
_FIGURES = 2
# What decimal arithmetic keeps exact and a person could read; nothing real comes near.
_EXPONENTS = range(-30, 19)
_LONGEST = 60


def read_amount(value: object) -> Decimal | None:
    """A number somebody else wrote, exactly; None for what is none, is not finite, or is absurd (1e30).

    >>> read_amount("0.002"), read_amount(3), read_amount("1e999999"), read_amount("NaN")
    (Decimal('0.002'), Decimal('3'), None, None)
    """
    text = str(value).strip() if isinstance(value, str | float | Decimal) else ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**19:
        text = str(value)
    try:
        amount = Decimal(text) if 0 < len(text) <= _LONGEST else Decimal("NaN")
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    if not amount:
        return Decimal(0)  # 0e999999 is one, too
    return amount if amount.adjusted() in _EXPONENTS else None


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
    if not amount.is_finite() or amount.adjusted() not in _EXPONENTS:
        return as_number(f"{amount:.2e}")
    text = f"{amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    if places > _PLACES:
        text = text.rstrip("0")
    whole, _, fraction = text.partition(".")
    return as_number(f"{whole}.{fraction.ljust(_PLACES, '0')}" if fraction else whole)


def pollen_range(low: Decimal, high: Decimal) -> str:
    """An estimate: "0.002", or "0.41 to 0.52" where billing is by token."""
    one, other = pollen(low), pollen(high)
    return one if one == other else tr("{low} to {high}", low=one, high=other)


def spent(cost: Decimal, pretend: Decimal, pollen_word: str, sandbox_word: str) -> str:
    """What was spent, real and pretend money apart; empty when it is nothing.

    Args:
        cost: all of it, `pretend` the sandbox's part.

    >>> spent(Decimal("0.3"), Decimal("0.1"), "pollen", "sandbox pollen")
    '0.200 pollen · 0.100 sandbox pollen'
    """
    parts = ((cost - pretend, pollen_word), (pretend, sandbox_word))
    return " · ".join(f"{pollen(amount)} {word}" for amount, word in parts if amount > 0)

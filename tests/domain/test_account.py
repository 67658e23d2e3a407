from __future__ import annotations

from decimal import Decimal

from studio.core.secrets import Secret
from studio.domain.account import Balance, NewKey


def test_a_key_just_made_does_not_show_itself() -> None:
    made = NewKey(id="1", key=Secret("sk_very_secret_indeed"))
    assert "very_secret" not in repr(made)
    assert "very_secret" not in f"{made}"


def test_balances_keep_every_place() -> None:
    assert str(Balance(balance=Decimal("0.000000000001")).balance) == "1E-12"

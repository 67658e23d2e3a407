from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QApplication

from studio.ui.key_limits import BudgetChoice, ExpiryChoice


def test_limits_read_back_what_they_were_given(qapp: QApplication) -> None:
    for amount in (None, Decimal("0.01"), Decimal(5), Decimal("12.34")):
        assert BudgetChoice("", amount, unlimited=True).value == amount
    for days in (None, 1, 7, 45, 365):
        assert ExpiryChoice("", days, never=True).value == days

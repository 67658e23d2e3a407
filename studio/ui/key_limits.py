"""What a key may spend and how long it lives: a few usual values side by side, and any other beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.ui.theme import Space
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.text import Label

LONGEST_DAYS: Final = 365
HIGHEST_BUDGET: Final = 1_000_000
_BUDGETS: Final = ("1", "5", "20", "100")
_DAYS: Final = ("1", "7", "30", "90")
_OTHER: Final = "other"
_NONE: Final = "none"


class _Choice(QWidget):
    """A heading, the usual values, and a field that shows when another one is wanted."""

    changed = Signal()

    def __init__(self, heading: str, name: str, parts: list[tuple[str, str]], value: str) -> None:
        super().__init__()
        self.parts = Segmented(name, parts, value)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._column.setSpacing(Space.SM)
        self._column.addWidget(Label(heading, "caption", "text2"))
        self._column.addWidget(self.parts)
        self.parts.changed.connect(self._chosen)

    def add_field(self, field: QWidget) -> None:
        """The field of any other value."""
        self._column.addWidget(field)
        self._field = field
        field.setVisible(self.parts.value() == _OTHER)

    def _chosen(self, value: object) -> None:
        self._field.setVisible(value == _OTHER)
        if value == _OTHER:
            self._field.setFocus()
        self.updateGeometry()
        self.changed.emit()


class BudgetChoice(_Choice):
    """Pollen in all. `value` is None for no limit of its own, where that is offered."""

    def __init__(self, heading: str, value: Decimal | None = Decimal(5), *, unlimited: bool = False) -> None:
        known = _NONE if value is None else str(value) if str(value) in _BUDGETS else _OTHER
        parts = [(amount, amount) for amount in _BUDGETS] + [(_OTHER, tr("Other"))]
        if unlimited:
            parts.append((_NONE, tr("No limit")))
        super().__init__(heading, tr("Budget in pollen"), parts, known)
        start = 10.0 if value is None else float(value)
        self.other = DecimalField(
            tr("Another budget"), 0.01, HIGHEST_BUDGET, start, decimals=2, step=1.0, suffix=tr(" pollen")
        )
        self.add_field(self.other)

    @property
    def value(self) -> Decimal | None:
        """What is chosen."""
        chosen = self.parts.value()
        if chosen == _NONE:
            return None
        return Decimal(f"{self.other.value():.2f}") if chosen == _OTHER else Decimal(chosen or "5")


class ExpiryChoice(_Choice):
    """Whole days. `value` is None for a key that never ends, where that is offered."""

    def __init__(self, heading: str, value: int | None = 7, *, never: bool = False) -> None:
        known = _NONE if value is None else str(value) if str(value) in _DAYS else _OTHER
        parts = [(days, trn("{n} day", "{n} days", int(days))) for days in _DAYS] + [(_OTHER, tr("Other"))]
        if never:
            parts.append((_NONE, tr("Never")))
        super().__init__(heading, tr("Expires after days"), parts, known)
        self.other = NumberField(
            tr("Another number of days"), 1, LONGEST_DAYS, value or LONGEST_DAYS, suffix=tr(" days")
        )
        self.add_field(self.other)

    @property
    def value(self) -> int | None:
        """What is chosen."""
        chosen = self.parts.value()
        if chosen == _NONE:
            return None
        return self.other.value() if chosen == _OTHER else int(chosen or 7)

"""Which days: some back from today, all, or those between two dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.spending import DaySpan
from studio.ui.theme import Space
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.dates import DateField
from studio.ui.widgets.text import Label

FARTHEST: Final = timedelta(days=10 * 366)
DAY: Final = timedelta(days=1)


class BetweenDays(QWidget):
    """Two dates; `changed` when one of them is another."""

    changed = Signal()

    def __init__(self, first: int = 29) -> None:
        super().__init__()
        today = datetime.now(UTC).date()
        limits = (today - FARTHEST, today + DAY)  # it may be tomorrow here already
        self.first = DateField(tr("From"), today - timedelta(days=first), *limits)
        self.last = DateField(tr("To"), today, *limits)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        for widget in (Label(tr("From"), tone="text2"), self.first, Label(tr("to"), tone="text2"), self.last):
            row.addWidget(widget)
        for field in (self.first, self.last):
            field.changed.connect(lambda _day: self.changed.emit())

    @property
    def span(self) -> DaySpan:
        """The days, whichever of the two is the earlier."""
        return DaySpan(*sorted((self.first.day, self.last.day)))

    def set_span(self, span: DaySpan) -> None:
        """Show days without telling."""
        self.first.set_day(span.first)
        self.last.set_day(span.last)


class DaysChooser(QWidget):
    """A choice of spans, and the two dates when that is chosen.

    `chosen` tells "7", "30", "90", "all" or "custom", and the `DaySpan` of the dates for the last.
    """

    chosen = Signal(str, object)

    def __init__(self, choices: Sequence[str] = ("7", "30", "90", "all", "custom")) -> None:
        super().__init__()
        words = {
            "7": tr("7 days"), "30": tr("30 days"), "90": tr("90 days"), "all": tr("All"),
            "custom": tr("Between"),
        }  # fmt: skip
        self.choice = Segmented(tr("How far back"), [(name, words[name]) for name in choices], "30")
        self.between = BetweenDays()
        self.between.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        row.addWidget(self.choice)
        row.addWidget(self.between)
        self.choice.changed.connect(self._choose)
        self.between.changed.connect(lambda: self._choose("custom"))

    def _choose(self, choice: str) -> None:
        self.between.setVisible(choice == "custom")
        self.chosen.emit(choice, self.between.span if choice == "custom" else None)

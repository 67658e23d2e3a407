"""Budgets of a day and of a batch: set here, as in the preferences, and how much of them is used."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.panes.account.presenter import TodayPage
from studio.qt_models.bridge import bridge
from studio.ui.theme import Space, Tone
from studio.ui.widgets.numbers import DecimalField
from studio.ui.widgets.progress import ProgressBar
from studio.ui.widgets.surfaces import Card
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.core.settings import Preferences
    from studio.services.context import Services

HIGHEST: Final = 100_000.0
NEARLY: Final = Decimal("0.8")


class BudgetsCard(Card):
    """The two limits with their bars. 0 is no limit."""

    def __init__(self, services: Services) -> None:
        super().__init__(padding=Space.LG)
        self._services = services
        self._page = TodayPage()
        self.body.setSpacing(Space.SM)
        money = services.settings.values.money
        self.day = DecimalField(tr("Most for one day"), 0.0, HIGHEST, money.day_budget, decimals=3, step=0.5)
        self.batch = DecimalField(
            tr("Most for one batch"), 0.0, HIGHEST, money.batch_budget, decimals=3, step=0.5
        )
        self.day_bar = ProgressBar(tr("Spent today"))
        self.day_words = Label("", "caption", "text2", wrap=True)
        self.batch_bar = ProgressBar(tr("The largest batch"))
        self.batch_words = Label("", "caption", "text2", wrap=True)
        self.body.addWidget(Label(tr("Budgets"), "title"))
        self._add(tr("One day"), self.day, self.day_bar, self.day_words)
        self.body.addSpacing(Space.SM)
        self._add(tr("One batch"), self.batch, self.batch_bar, self.batch_words)
        self.day.valueChanged.connect(lambda amount: self._change("day_budget", amount))
        self.batch.valueChanged.connect(lambda amount: self._change("batch_budget", amount))
        bridge(services.settings.changed, self._settings_changed, self)
        self._show()

    def _add(self, title: str, field: DecimalField, bar: ProgressBar, words: Label) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.MD)
        row.addWidget(Label(title))
        row.addStretch(1)
        row.addWidget(field)
        self.body.addLayout(row)
        self.body.addWidget(bar)
        self.body.addWidget(words)

    def show_today(self, page: TodayPage) -> None:
        """Other figures of today."""
        self._page = page
        self._show()

    def _change(self, name: str, amount: float) -> None:
        self._services.settings.change("money", **{name: round(amount, 3)})

    def _settings_changed(self, values: Preferences) -> None:
        for field, amount in ((self.day, values.money.day_budget), (self.batch, values.money.batch_budget)):
            if field.value() != amount:
                field.blockSignals(True)
                field.setValue(amount)
                field.blockSignals(False)
        self._show()

    def _show(self) -> None:
        money, page = self._services.settings.values.money, self._page
        _show_bar(
            self.day_bar, self.day_words, page.today, Decimal(str(money.day_budget)),
            tr("{spent} of {limit} pollen spent today"), tr("{spent} pollen spent today, no limit"),
        )  # fmt: skip
        _show_bar(
            self.batch_bar, self.batch_words, page.largest_batch, Decimal(str(money.batch_budget)),
            tr("{spent} of {limit} pollen for the largest since the start"),
            tr("{spent} pollen for the largest since the start, no limit"),
        )  # fmt: skip


def _show_bar(
    bar: ProgressBar, words: Label, spent: Decimal, limit: Decimal, limited: str, unlimited: str
) -> None:
    share = spent / limit if limit > 0 else Decimal(0)
    tone: Tone = "bad" if share >= 1 else "warn" if share >= NEARLY else "accent"
    bar.setVisible(limit > 0)
    bar.set_share(float(min(share, Decimal(1))))
    bar.set_tone(tone)
    text = limited if limit > 0 else unlimited
    words.setText(text.format(spent=pollen(spent), limit=pollen(limit)))

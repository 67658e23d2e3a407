"""What was spent: sources and days to choose from, filters, the chart, and the same as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.money import pollen
from studio.domain.spending import SpendingFilter
from studio.panes.account.days_chooser import DaysChooser
from studio.panes.account.spending_chart import SpendingChart
from studio.panes.account.spending_presenter import SpendingPresenter, SpendingView
from studio.panes.account.spending_table import WIDTHS, SpendingTable
from studio.panes.account.tables import FlatTable
from studio.panes.account.words import kind_words
from studio.ui.theme import Space, Theme
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.options import Option
from studio.ui.widgets.progress import Spinner
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Card, EmptyState
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

SELECT_WIDTH: Final = 168


class SpendingCard(Card):
    """The card. Until the first sums are there it keeps its room."""

    def __init__(self, services: Services) -> None:
        super().__init__(padding=Space.LG)
        self.body.setSpacing(Space.MD)
        self._services = services
        self.presenter = SpendingPresenter(services, self)
        self.source = Segmented(
            tr("Source"), [("here", tr("This program")), ("account", tr("All of the account"))], "here"
        )
        self.days = DaysChooser()
        self.by = Segmented(tr("Bars by"), [("model", tr("By model")), ("kind", tr("By kind"))], "model")
        self.model_filter = Select(tr("Model"), _options((), tr("All models"), str), "")
        self.kind_filter = Select(tr("Kind"), _options((), tr("All kinds"), str), "")
        self.account_filter = Select(tr("Account"), _options((), tr("All accounts"), str), "")
        self.zone = Select(
            tr("Days of"), [Option("local", tr("Local days")), Option("utc", tr("UTC days"))], "local"
        )
        self.sum = Label("", tone="text2", tabular=True)
        self.busy = Spinner()
        self.chart = SpendingChart()
        self.nothing = EmptyState("chart", tr("Adding up"), on_action=self.presenter.read)
        self.note = Label("", "caption", "text2", wrap=True)
        self.model = SpendingTable(services.catalogue.title, self)
        self.table = FlatTable(self.model, tr("Spending by day and model"), WIDTHS, most=8)
        self._build()
        self._connect()
        self._show(self.presenter.view)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.MD)
        head.addWidget(Label(tr("Spending"), "title"))
        head.addWidget(self.sum)
        head.addWidget(self.busy)
        head.addStretch(1)
        self.body.addLayout(head)
        choices = QWidget()
        flow = FlowLayout(choices)
        for widget in (
            self.source, self.days, self.by, self.model_filter, self.kind_filter, self.account_filter,
            self.zone,
        ):  # fmt: skip
            flow.addWidget(widget)
        self.body.addWidget(choices)
        for widget in (self.chart, self.nothing, self.table, self.note):
            self.body.addWidget(widget)
        self._fit()

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        self.source.changed.connect(presenter.choose_source)
        self.days.chosen.connect(presenter.choose_days)
        self.by.changed.connect(presenter.choose_by)
        self.zone.changed.connect(presenter.choose_zone)
        self.model_filter.changed.connect(lambda v: presenter.filter(replace(self._wanted, model=v)))
        self.kind_filter.changed.connect(lambda v: presenter.filter(replace(self._wanted, kind=v)))
        self.account_filter.changed.connect(lambda v: presenter.filter(replace(self._wanted, account=v)))
        self.chart.span_wanted.connect(presenter.zoom)
        self.chart.series_chosen.connect(self._choose_series)

    @property
    def _wanted(self) -> SpendingFilter:
        return self.presenter.view.wanted

    def start(self) -> None:
        """Read and show."""
        self.presenter.read()

    def stop(self) -> None:
        """The program ends."""
        self.presenter.stop()

    def start_over(self) -> None:
        """Another payer: its days, without the filters of the last one."""
        self.source.set_value("here")
        self.presenter.choose_source("here")

    # ------------------------------------------------------------------ choosing

    def _choose_series(self, name: str) -> None:
        """A name of the legend shows that one alone, and all again."""
        by_model = self.presenter.view.by == "model"
        field = "model" if by_model else "kind"
        now = getattr(self._wanted, field)
        self.presenter.filter(replace(self._wanted, **{field: "" if now == name else name}))

    # ------------------------------------------------------------------ showing

    def _show(self, view: SpendingView) -> None:
        today = self.presenter.today
        title = self._services.catalogue.title
        self.busy.setVisible(view.loading)
        self.chart.show_data(view.data, view.whole, view.names)
        has_any = view.total > 0
        self.chart.setVisible(has_any)
        self.model.show(view.cells, today)
        self.table.setVisible(bool(view.cells))
        self.nothing.setVisible(not has_any)
        self.nothing.set_content(*_nothing(view))
        self.note.setText(view.note)
        self.note.setVisible(bool(view.note) and not view.problem)
        requests = trn("{n} request", "{n} requests", view.requests)
        self.sum.setText(tr("{amount} pollen · {requests}", amount=pollen(view.total), requests=requests)
                         if view.cells else "")  # fmt: skip
        self.model_filter.set_options(_options(view.models, tr("All models"), title), view.wanted.model)
        self.kind_filter.set_options(_options(view.kinds, tr("All kinds"), kind_words), view.wanted.kind)
        whose = tr("All accounts") if view.source == "here" else tr("All keys")
        self.account_filter.set_options(_options(view.accounts, whose, str), view.wanted.account)
        self.account_filter.setVisible(len(view.accounts) > 1)
        self.zone.set_value(view.zone)
        self.zone.setEnabled(view.source == "here")

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def _fit(self) -> None:
        theme = Theme.current()
        for select in (self.model_filter, self.kind_filter, self.account_filter, self.zone):
            select.setFixedWidth(theme.px(SELECT_WIDTH))
        for choice in (self.days.choice, self.by, self.source):
            choice.setMinimumWidth(choice.sizeHint().width())


def _options(values: Sequence[str], everything: str, name: Callable[[str], str]) -> list[Option]:
    return [Option("", everything), *(Option(value, name(value)) for value in values)]


def _nothing(view: SpendingView) -> tuple[str, str, str, str]:
    """Icon, title, sentence and way on where there is no bar."""
    if view.loading:
        return "chart", tr("Adding up"), "", ""
    if view.problem:
        return "offline", view.problem, view.detail, tr("Try again")
    if view.wanted.model or view.wanted.kind or view.wanted.account:
        return (
            "filter",
            tr("Nothing of this in these days"),
            tr("Choose other days, or all models and kinds."),
            "",
        )
    if view.source == "account":
        return "chart", tr("Nothing was billed in these days"), "", ""
    return "chart", tr("Nothing was spent in these days"), tr("What you make shows up here by model."), ""

"""Widgets of the Create pane: form, running jobs, results, inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.panes.create.form_view import FormView, button_label
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import Theme
from studio.ui.widgets.surfaces import Surface

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.create.presenter import CreatePresenter
    from studio.panes.create.results import ResultsView
    from studio.services.create import Plan


class CreateView(Pane):
    """Three columns. The form is painted at once, the rest when the services are there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenter: CreatePresenter | None = None
        self._results: ResultsView | None = None
        self._history_anchor: QWidget = self
        self.form = FormView(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.form)
        self._room = Surface("bg", parent=self)
        self._row.addWidget(self._room, 1)

    # ------------------------------------------------------------------ life

    def load(self) -> None:
        import studio.panes.create.model_options
        import studio.panes.create.presenter
        import studio.panes.create.results  # noqa: F401

    def attach(self, context: PaneContext) -> None:
        from studio.panes.create.presenter import CreatePresenter
        from studio.panes.create.results import ResultsView

        typed = self.form.prompt.text()
        # Before the results, so that Tab goes down the whole form first.
        self.form.add_optional()
        presenter = CreatePresenter(context.services, self, self._ask)
        self._presenter = presenter
        self._results = ResultsView(context, presenter, self)
        self._row.replaceWidget(self._room, self._results)
        self._room.deleteLater()
        self._row.setStretchFactor(self._results, 1)
        form = self.form
        form.edited.connect(lambda changes: presenter.edit(**changes))
        form.generate.connect(presenter.generate)
        form.history_wanted.connect(self._show_history)
        presenter.form_changed.connect(form.show_form)
        presenter.models_changed.connect(lambda models: form.show_models(models, presenter.form.model))
        presenter.plan_changed.connect(self._show_plan)
        presenter.history_loaded.connect(self._open_history)
        presenter.refused.connect(form.point_at)
        presenter.submitted.connect(self._results.expect)
        if typed:
            # What was typed before the services existed is the newest there is.
            presenter.edit(prompt=typed)
        presenter.start()

    def take(self, verb: str, asset: Asset) -> None:
        if self._presenter is not None:
            self._presenter.use(asset, verb.removeprefix("use_"))

    def shown(self) -> None:
        self.form.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    def detach(self) -> None:
        if self._presenter is not None:
            self._presenter.stop()
        if self._results is not None:
            self._results.stop()

    # ------------------------------------------------------------------ showing

    def _unit(self) -> str:
        """Whose pollen it is."""
        sandbox = self._presenter is not None and self._presenter.in_sandbox
        return tr("sandbox pollen") if sandbox else tr("pollen")

    async def _ask(self, plan: Plan) -> bool:
        """Ask before a batch that costs more than the preferences allow unasked."""
        from studio.domain.money import pollen, pollen_range
        from studio.ui import dialogs

        price, unit = plan.price, self._unit()
        amount = pollen_range(price.low or price.high, price.high) if price and price.high else ""
        text = tr("Leaves {amount} {unit}.", amount=pollen(plan.leaves), unit=unit) if plan.leaves else ""
        count = len(plan.requests)
        return await dialogs.confirm(
            self,
            tr("Spend about {amount} {unit}?", amount=amount, unit=unit),
            text,
            action=button_label(count),
        )

    def _show_plan(self, plan: Plan) -> None:
        from studio.domain.money import pollen, pollen_range

        presenter = self._presenter
        if presenter is None:
            return
        count = presenter.form.count
        note = ""
        unit = self._unit()
        if plan.price is not None and plan.price.low is not None and plan.price.high is not None:
            price = pollen_range(plan.price.low, plan.price.high)
            note = f"· ≈ {price} {unit}"
        words = plan.problem
        if not words and plan.leaves is not None:
            words = tr("Leaves {amount} {unit} · Ctrl+Enter", amount=pollen(plan.leaves), unit=unit)
        self.form.show_button(
            button_label(count),
            note,
            words or tr("Ctrl+Enter"),
            # A press that cannot be carried out leads to what is missing.
            enabled=not plan.problem or plan.field in ("prompt", "session", "budget"),
            problem=bool(plan.problem) and plan.field != "prompt",
        )

    def _show_history(self, anchor: QWidget) -> None:
        if self._presenter is not None:
            self._history_anchor = anchor
            self._presenter.load_history()

    def _open_history(self, prompts: list[str]) -> None:
        """Earlier prompts under the button; choosing one puts it into the field, Ctrl+Z takes it back."""
        from studio.ui.widgets.options import Option
        from studio.ui.widgets.popover import ChoosePopover

        options = [Option(prompt, " ".join(prompt.split())) for prompt in prompts]
        if not options:
            options = [Option("", tr("Prompts you send are kept here."), enabled=False)]
        popover = ChoosePopover(self._history_anchor, options, search=len(options) > 1, align_right=True)
        popover.chosen.connect(self.form.prompt.set_text)
        popover.open()

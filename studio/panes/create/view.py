"""Widgets of the Create pane: form, running jobs, results, inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.panes.create.form import remembered
from studio.panes.create.form_view import FormView, button_label
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import Theme
from studio.ui.widgets.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from studio.core.settings import Preferences
    from studio.domain.asset import Asset
    from studio.domain.models import ModelInfo
    from studio.panes.create.grid_desk import GridDesk
    from studio.panes.create.legacy_form import LegacyForm
    from studio.panes.create.media_strip import MediaStrip
    from studio.panes.create.presenter import CreatePresenter
    from studio.panes.create.prompt_tools import PromptTools
    from studio.panes.create.results import ResultsView
    from studio.services.create import Plan
    from studio.services.grids import GridPlan
    from studio.services.ordering import Quote


class CreateView(Pane):
    """Three columns. The form is painted at once, the rest when the services are there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenter: CreatePresenter | None = None
        self._results: ResultsView | None = None
        self._tools: PromptTools | None = None
        self._grids: GridDesk | None = None
        self._context: PaneContext | None = None
        self._legacy: LegacyForm | None = None
        self.form = FormView(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.form)
        self._room = Surface("bg", parent=self)
        self._row.addWidget(self._room, 1)

    # ------------------------------------------------------------------ life

    def load(self) -> None:
        import studio.panes.create.form_parts
        import studio.panes.create.grid_desk
        import studio.panes.create.model_options
        import studio.panes.create.presenter
        import studio.panes.create.prompt_tools
        import studio.panes.create.results  # noqa: F401

    def show_preferences(self, values: Preferences) -> None:
        """The form as it was left; the prompt follows with the profile."""
        kept = values.create
        form = remembered(kept)
        title = kept.video_title if form.kind == "video" else kept.model_title
        self.form.show_saved_model(form.model, title)
        self.form.show_form(form._replace(seed=form.seed or 1))

    def attach(self, context: PaneContext) -> None:
        from studio.panes.create.grid_desk import GridDesk
        from studio.panes.create.presenter import CreatePresenter
        from studio.panes.create.prompt_tools import PromptTools
        from studio.panes.create.results import ResultsView
        from studio.qt_models.bridge import bridge

        typed = self.form.prompt.text()
        presenter = CreatePresenter(context.services, self, self._ask, self._ask_large)
        # Before the results, so that Tab goes down the whole form first.
        self.form.add_optional(presenter.look)
        self._context, self._presenter = context, presenter
        self._results = ResultsView(context, presenter, self, self.recall_legacy)
        self._tools = PromptTools(self.form.words, presenter, context, self)
        self._row.replaceWidget(self._room, self._results)
        self._room.deleteLater()
        self._row.setStretchFactor(self._results, 1)
        self._grids = GridDesk(self, presenter, context, self._ask_grid)
        self._connect(presenter, self._results, self._grids)
        self.form.legacy_wanted.connect(self._open_legacy)
        bridge(context.services.legacy.changed, self._follow_legacy, self)
        self._follow_legacy()
        self.setAcceptDrops(True)
        if typed:
            # What was typed before the services existed is the newest there is.
            presenter.edit(prompt=typed)
        presenter.start()

    def _connect(self, presenter: CreatePresenter, results: ResultsView, grids: GridDesk) -> None:
        form = self.form
        form.edited.connect(lambda changes: presenter.edit(**changes))
        form.edited.connect(lambda _changes: self._show_parts())
        form.generate.connect(presenter.generate)
        form.favourite.connect(presenter.toggle_favourite)
        if form.parts is not None:
            parts = form.parts
            parts.files.connect(presenter.add_files)
            parts.picture.connect(presenter.add_picture)
            parts.choose.connect(self._choose_files)
            parts.reset.connect(presenter.reset)
            parts.defaults.connect(presenter.keep_defaults)
            parts.show_defaults(presenter.has_defaults)
            presenter.form_changed.connect(lambda _form: parts.show_defaults(presenter.has_defaults))
            parts.disclosure.setChecked(presenter.more_shown)
            parts.more_shown.connect(presenter.show_more)
        presenter.form_changed.connect(form.show_form)
        presenter.marked.connect(form.mark)
        presenter.models_changed.connect(self._show_models)
        presenter.plan_changed.connect(self._show_plan)
        presenter.refused.connect(form.point_at)
        presenter.submitting.connect(form.button.set_loading)
        presenter.submitted.connect(results.expect)
        form.grid_wanted.connect(grids.make)
        grids.submitted.connect(results.expect)

    def take(self, verb: str, asset: Asset) -> None:
        if verb == "grid" and self._grids is not None:
            self._grids.open_asset(asset)
        elif self.recall_legacy(verb, asset):
            return
        elif self._presenter is not None:
            self._presenter.use(asset, verb.removeprefix("use_"))

    def act(self, verb: str) -> None:
        if self._grids is None or self._results is None:
            return
        if verb.startswith("asset."):
            self._results.inspector.carry_out(verb.removeprefix("asset."))
        elif verb == "grid":
            self._grids.make()
        elif verb == "last_grid":
            self._grids.open_last()

    def show_found(self, kind: str, handle: str) -> None:
        """A "model" by its name."""
        if kind == "model" and self._presenter is not None:
            if self._legacy is not None and self._legacy.isVisible():
                self._close_legacy("")
            self._presenter.choose_model(handle)

    def shown(self) -> None:
        self.form.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ the legacy service

    def _follow_legacy(self, _on: object = None) -> None:
        """Offer it while it is on; when it is turned off, its form goes."""
        context = self._context
        if context is None:
            return
        on = context.services.legacy.on
        self.form.offer_legacy(on)
        if not on and self._legacy is not None and self._legacy.isVisible():
            self._close_legacy("")

    def _open_legacy(self) -> None:
        if self._context is not None:
            self._legacy_form(self._context).presenter.load()

    def _legacy_form(self, context: PaneContext) -> LegacyForm:
        """Its form in the place of the other one; made when it is first wanted."""
        from studio.panes.create.legacy_form import LegacyForm

        form = self._legacy
        if form is None:
            form = self._legacy = LegacyForm(context, self)
            form.left.connect(self._close_legacy)
            if self._results is not None:
                form.submitted.connect(self._results.expect)
            self._row.insertWidget(1, form)
        self.form.hide()
        form.show()
        form.shown()
        return form

    def _close_legacy(self, kind: str) -> None:
        """Back to pictures and films."""
        if self._legacy is not None:
            self._legacy.hide()
        self.form.show()
        if self._presenter is not None:
            if kind:
                self._presenter.edit(kind=kind)
            self.form.kind.set_value(self._presenter.form.kind)
        self.form.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    def recall_legacy(self, verb: str, asset: Asset) -> bool:
        """Open what a legacy model was given; False if this is not a matter of the legacy service."""
        from studio.ui.asset_verbs import taker_of

        context = self._context
        wanted = asset.provenance.request_kind == "legacy" and verb in ("use_all", "vary")
        if not wanted or context is None:
            # What the other form is to take must be seen there.
            here = taker_of(verb.removeprefix("use_"), asset) == "create"
            if here and self._legacy is not None and self._legacy.isVisible():
                self._close_legacy("")
            return False
        if context.services.legacy.on:
            self._legacy_form(context).presenter.recall(asset)
        else:
            from studio.services.legacy import OPEN_PAGE

            context.services.notices.tell(
                tr("The legacy service made this, and it is off."), topic="recall", actions=(OPEN_PAGE,)
            )
        return True

    def detach(self) -> None:
        if self._legacy is not None:
            self._legacy.stop()
        if self._presenter is not None:
            self._presenter.stop()
        if self._grids is not None:
            self._grids.stop()
        if self._results is not None:
            self._results.stop()

    # ------------------------------------------------------------------ moving about

    def places(self) -> list[tuple[QWidget, QWidget]]:
        results = self._results
        if results is None or not self.form.isVisible():
            return super().places()
        return [(self.form, self.form.prompt.editor), *zip(results.parts(), results.places(), strict=True)]

    # ------------------------------------------------------------------ files

    def _choose_files(self, slot: str, media: str) -> None:
        if self._context is not None:
            self._context.services.tasks.spawn(self._pick(slot, media), name="choose references", owner=self)

    async def _pick(self, slot: str, media: str) -> None:
        from studio.panes.create.media_strip import ENDINGS
        from studio.ui import dialogs

        names = {"image": tr("Pictures"), "video": tr("Films"), "audio": tr("Sounds")}
        patterns = [f"*{ending}" for ending in ENDINGS[media]]
        several = slot not in ("start_frame", "end_frame")
        paths = await dialogs.pick_files(
            self, tr("Choose files"), [(names[media], patterns)], several=several
        )
        if paths and self._presenter is not None:
            self._presenter.add_files(slot, paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A picture over the form is for its first place; elsewhere the window takes it."""
        from studio.panes.create.media_strip import takes

        over_form = self.form.isVisible() and self.form.geometry().contains(event.position().toPoint())
        if over_form and self._first_strip() is not None and takes(event.mimeData(), "image"):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        strip = self._first_strip()
        if strip is not None and self.form.geometry().contains(event.position().toPoint()):
            event.acceptProposedAction()
            strip.take(event.mimeData())
        else:
            event.ignore()

    def _first_strip(self) -> MediaStrip | None:
        strips = self.form.parts.strips() if self.form.parts is not None else []
        return next((strip for strip in strips if strip.slot.media == "image"), None)

    # ------------------------------------------------------------------ showing

    def _unit(self) -> str:
        """Whose pollen it is."""
        sandbox = self._presenter is not None and self._presenter.in_sandbox
        return tr("sandbox pollen") if sandbox else tr("pollen")

    async def _ask(self, plan: Plan) -> bool:
        """Ask before a batch that costs more than the preferences allow unasked."""
        price = plan.price
        low, high = (price.low, price.high) if price is not None else (None, None)
        return await self._confirm(low, high, plan.quote, button_label(len(plan.requests)))

    async def _ask_large(self, assets: Sequence[Asset]) -> str:
        from studio.panes.create.large_files import ask_large

        return await ask_large(self, assets)

    async def _ask_grid(self, plan: GridPlan) -> bool:
        action = trn("Make {n}", "Make {n}", len(plan.cells))
        return await self._confirm(plan.low, plan.high, plan.quote, action)

    async def _confirm(self, low: Decimal | None, high: Decimal | None, quote: Quote, action: str) -> bool:
        from studio.domain.money import pollen_range
        from studio.qt_models.money_words import leaves_words
        from studio.ui import dialogs

        unit = self._unit()
        amount = pollen_range(low or high, high) if high else ""
        text = leaves_words(quote, unit)
        return await dialogs.confirm(
            self, tr("Spend about {amount} {unit}?", amount=amount, unit=unit), text, action=action
        )

    def _show_models(self, models: list[ModelInfo]) -> None:
        if self._presenter is not None:
            self.form.show_models(models, self._presenter.form.model, self._presenter.favourites)
            self._show_parts()

    def _show_parts(self) -> None:
        """What the model takes, after another model or a file was chosen."""
        if self._presenter is not None:
            if self.form.parts is not None:
                self.form.parts.show_defaults(self._presenter.has_defaults)
            self.form.show_parts(self._presenter.form)

    def _show_plan(self, plan: Plan) -> None:
        from studio.domain.money import pollen_range
        from studio.qt_models.money_words import leaves_words

        presenter = self._presenter
        if presenter is None:
            return
        count = max(presenter.total(), 1)
        notes = [""]
        unit = self._unit()
        if plan.price is not None and plan.price.low is not None and plan.price.high is not None:
            price = pollen_range(plan.price.low, plan.price.high)
            fees = tr(" + fees") if plan.price.plus_fees else ""
            short = tr("sandbox") if presenter.in_sandbox else ""
            notes = [f"· ≈ {price} {unit}{fees}", f"· ≈ {price} {short}{fees}", f"· ≈ {price}{fees}"]
        leaves = leaves_words(plan.quote, unit)
        words = plan.problem or (tr("{leaves} · Ctrl+Enter", leaves=leaves) if leaves else "")
        self.form.show_button(
            button_label(count),
            notes,
            words or tr("Ctrl+Enter"),
            # A press that cannot be carried out leads to what is missing.
            enabled=not plan.problem or plan.field in WAYS_TO,
            problem=bool(plan.problem) and plan.field != "prompt",
        )
        if self._tools is not None:
            self._tools.show()


WAYS_TO = (
    "prompt", "session", "budget", "image", "start_frame", "end_frame", "reference_images",
    "reference_videos", "reference_audios",
)  # fmt: skip
"""Problems that a press of the button leads to: it puts the focus there, or offers a way on."""

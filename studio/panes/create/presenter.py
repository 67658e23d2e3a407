"""State and commands of the Create pane."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, InputError
from studio.domain.asset import Asset
from studio.domain.image import SEED_MAX
from studio.domain.models import ModelInfo
from studio.panes.create.form import Form, clamp
from studio.qt_models.bridge import bridge
from studio.services.context import Services
from studio.services.create import Plan
from studio.services.notices import Severity

DRAFT_MS = 600
REMEMBERED = ("model", "width", "height", "count", "seed", "seed_locked", "quality", "safe")


class CreatePresenter(QObject):
    """Holds the form, says what it would cost, and makes jobs of it.

    Args:
        ask: puts a plan to the user that costs more than they want to spend unasked; True goes on.
    """

    form_changed = Signal(object)
    """The form's values changed otherwise than by typing: the view shows them."""
    plan_changed = Signal(object)
    models_changed = Signal(object)
    refused = Signal(str)
    """The button was pressed and it cannot be done: the field that keeps it from working."""
    submitted = Signal(object)
    """The jobs that were written down."""
    jobs_changed = Signal(object)
    history_loaded = Signal(list)

    def __init__(self, services: Services, parent: QObject, ask: Callable[[Plan], Awaitable[bool]]) -> None:
        super().__init__(parent)
        self._services = services
        self._ask = ask
        kept = services.settings.values.create
        self._form = Form(**{name: getattr(kept, name) for name in REMEMBERED})
        if not self._form.seed:
            self._form = self._form._replace(seed=services.create.fresh_seed())
        self._submitting = False
        bridge(services.catalogue.changed, self._catalogue_changed, self)
        bridge(services.account.changed, self._replan, self)
        bridge(services.session.changed, self._replan, self)
        bridge(services.settings.changed, self._replan, self)
        bridge(services.jobs.changed, self.jobs_changed.emit, self)
        bridge(services.jobs.queue_changed, self.jobs_changed.emit, self)
        self._save_draft = QTimer(self)
        self._save_draft.setSingleShot(True)
        self._save_draft.setInterval(DRAFT_MS)
        self._save_draft.timeout.connect(self._keep_draft)

    # ------------------------------------------------------------------ state

    @property
    def form(self) -> Form:
        return self._form

    @property
    def model(self) -> ModelInfo | None:
        return self._services.catalogue.find(self._form.model)

    def models(self) -> list[ModelInfo]:
        """Models that make pictures, as the catalogue orders them."""
        return [model for model in self._services.catalogue.models if model.makes_images]

    @property
    def in_sandbox(self) -> bool:
        return self._services.session.state.is_sandbox

    def expected_seconds(self, model: str) -> float | None:
        """How long one result of `model` usually takes, learned from the jobs of this session."""
        return self._services.jobs.usual_seconds(model)

    def _refuse(self, sentence: str, field: str, actions: tuple[Action, ...]) -> None:
        self._services.notices.tell(sentence, severity=Severity.WARNING, topic="create", actions=actions)
        self.refused.emit(field)

    def load_history(self) -> None:
        """`history_loaded` follows with the prompts sent before, newest first."""
        self._services.tasks.spawn(self._load_history(), name="prompt history", owner=self, group="history")

    async def _load_history(self) -> None:
        self.history_loaded.emit(await self._services.profile.prompts())

    def start(self) -> None:
        """Show what is known now, and bring back what was being written."""
        self._catalogue_changed(self._services.catalogue.models)
        self.form_changed.emit(self._form)
        self._services.tasks.spawn(self._bring_back_draft(), name="draft", owner=self)

    def stop(self) -> None:
        self._save_draft.stop()

    # ------------------------------------------------------------------ edits

    def edit(self, **changes: Any) -> None:
        """The user changed fields of the form."""
        if "width" in changes or "height" in changes:
            changes = {k: clamp(v) if k in ("width", "height") else v for k, v in changes.items()}
        form = self._form._replace(**changes)
        if form == self._form:
            return
        self._form = form
        if "prompt" in changes:
            self._save_draft.start()
        remembered = {name: value for name, value in changes.items() if name in REMEMBERED}
        if remembered:
            self._services.settings.change("create", **remembered)
        self._replan()

    def roll_seed(self) -> None:
        self.edit(seed=self._services.create.fresh_seed())
        self.form_changed.emit(self._form)

    def use(self, asset: Asset, what: str) -> None:
        """Take over from an asset: "all", "prompt", "seed", or "vary" (all, but a new seed)."""
        request = asset.provenance.request
        taken: dict[str, Any] = {}
        if what in ("all", "prompt", "vary"):
            taken["prompt"] = asset.provenance.template or asset.prompt
            taken["negative_prompt"] = asset.negative_prompt
        if what in ("all", "seed") and asset.provenance.seed is not None:
            taken["seed"] = min(max(asset.provenance.seed, 1), SEED_MAX)
            taken["seed_locked"] = True
        if what == "vary":
            taken["seed"] = self._services.create.fresh_seed()
            taken["seed_locked"] = False
        if what in ("all", "vary"):
            taken["model"] = asset.provenance.model or self._form.model
            taken |= {key: request[key] for key in ("width", "height", "quality") if request.get(key)}
            # What was off then goes off again.
            taken |= {"transparent": bool(request.get("transparent")), "safe": bool(request.get("safe"))}
        self.edit(**taken)
        self.form_changed.emit(self._form)

    # ------------------------------------------------------------------ commands

    def plan(self) -> Plan:
        return self._services.create.plan(self._form.request(self.model), self._form.count)

    def generate(self) -> None:
        """The button: jobs are written down and start. Pressing twice quickly makes one batch."""
        if self._submitting:
            return
        plan = self.plan()
        if plan.problem:
            self._refuse(plan.problem, plan.field, plan.actions)
            return
        self._submitting = True
        self._services.tasks.spawn(self._submit(plan), name="generate", owner=self)

    async def _submit(self, plan: Plan) -> None:
        try:
            if plan.ask_first and not await self._ask(plan):
                return
            jobs = await self._services.create.submit(plan)
        except InputError as error:
            self._refuse(error.title, error.field, error.actions)
            return
        finally:
            self._submitting = False
        if not self._form.seed_locked:
            self.roll_seed()
        self.submitted.emit(jobs)

    # ------------------------------------------------------------------ what happens elsewhere

    def _catalogue_changed(self, _models: object) -> None:
        models = self.models()
        if models and self.model is None:
            # A saved id that vanished stays in the form's memory only until the user chooses again.
            default = next((m for m in models if m.answers_to("flux")), models[0])
            self._form = self._form._replace(model=default.name)
        self.models_changed.emit(models)
        self._replan()

    def _replan(self, _value: object = None) -> None:
        self.plan_changed.emit(self.plan())

    def _keep_draft(self) -> None:
        self._services.tasks.spawn(
            self._services.create.keep_draft(self._form.prompt), name="draft", owner=self, group="draft"
        )

    async def _bring_back_draft(self) -> None:
        text = await self._services.create.draft()
        if text and not self._form.prompt:
            self._form = self._form._replace(prompt=text)
            self.form_changed.emit(self._form)
            self._replan()

"""What the presenters of the Audio pane share: models, plans, the price and the question, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr
from studio.domain.job import Job
from studio.domain.models import ModelInfo
from studio.qt_models.bridge import bridge
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.notices import Severity

Ask = Callable[[AudioPlan], Awaitable[bool]]


class PagePresenter(QObject):
    """State and commands that every page has: it refreshes soon after something changed elsewhere.

    Subclasses say which models they offer (`offers`), which one is chosen (`model_name`, `_choose_model`),
    what a press would do (`plan`), and what is shown (`refresh`).

    Args:
        ask: puts a plan to the user that costs more than they want to spend unasked; True goes on.

    Signals:
        plan_changed(AudioPlan), models_changed(list[ModelInfo]).
        refused(str): the button was pressed and it cannot be done: the field that is to blame.
    """

    plan_changed = Signal(object)
    models_changed = Signal(object)
    refused = Signal(str)

    topic: ClassVar[str]
    settle_ms: ClassVar[int] = 80

    def __init__(self, services: Services, parent: QObject, ask: Ask) -> None:
        super().__init__(parent)
        self._services = services
        self._ask = ask
        self._submitting = False
        self._settle = self._timer(self.settle_ms, self.refresh)
        bridge(services.catalogue.changed, self._catalogue_changed, self)
        bridge(services.account.changed, self._elsewhere, self)
        bridge(services.session.changed, self._elsewhere, self)
        bridge(services.settings.changed, self._elsewhere, self)

    def _timer(self, milliseconds: int, run: Callable[[], object], *, once: bool = True) -> QTimer:
        timer = QTimer(self, interval=milliseconds, singleShot=once)
        timer.timeout.connect(run)
        return timer

    # ------------------------------------------------------------------ what a page is

    def offers(self, model: ModelInfo) -> bool:
        """Whether a model is for this page."""
        raise NotImplementedError

    @property
    def model_name(self) -> str:
        """The model that was chosen."""
        raise NotImplementedError

    def _choose_model(self) -> None:
        """Choose a model that exists."""
        raise NotImplementedError

    def plan(self) -> AudioPlan:
        """What one press of the button would do and cost."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look at everything again."""
        raise NotImplementedError

    # ------------------------------------------------------------------ state

    @property
    def unit(self) -> str:
        """Whose pollen it is."""
        return tr("sandbox pollen") if self._services.session.state.is_sandbox else tr("pollen")

    def models(self) -> list[ModelInfo]:
        """The models of this page, as the catalogue orders them."""
        return [model for model in self._services.catalogue.models if self.offers(model)]

    @property
    def model(self) -> ModelInfo | None:
        return self._services.catalogue.find(self.model_name)

    # ------------------------------------------------------------------ commands

    def carry_out(self, plan: AudioPlan, then: Callable[[list[Job]], object] | None = None) -> None:
        """Submit a plan once the user has agreed to its price; else say what is in its way.

        Args:
            then: hears of the jobs once they are written down.
        """
        if self._submitting:
            return
        if plan.problem:
            if plan.field not in ("", "done", "file"):
                self.tell(plan.problem, "", plan.actions)
            self.refused.emit(plan.field)
            return
        self._submitting = True
        self._services.tasks.spawn(self._submit(plan, then), name=self.topic, owner=self)

    async def _submit(self, plan: AudioPlan, then: Callable[[list[Job]], object] | None) -> None:
        try:
            if plan.ask_first and not await self._ask(plan):
                return
            jobs = await self._services.audio.submit(plan)
        except StudioError as error:
            self.tell(error.title, error.detail, error.actions)
            return
        finally:
            self._submitting = False
        if then is not None:
            then(jobs)
        self.refresh()

    def cancel(self, key: str) -> None:
        """Stop waiting for a job, or take one that ended off the list."""
        job = self._services.jobs.get(key)
        if job is not None and job.state.is_final:
            self._services.jobs.dismiss(key)
            self.refresh()
        elif job is not None:
            self._services.tasks.spawn(self._services.jobs.cancel([key]), name="cancel", owner=self)

    def retry(self, *keys: str) -> None:
        """Try failed jobs again, each with its identical request."""
        self._services.tasks.spawn(self._services.jobs.retry(list(keys)), name="try again", owner=self)

    def tell(
        self, title: str, detail: str = "", actions: tuple[Action, ...] = (), *, bad: bool = True
    ) -> None:
        """A notice about what this page is for."""
        severity = Severity.WARNING if bad else Severity.INFO
        self._services.notices.tell(title, detail, severity=severity, topic=self.topic, actions=actions)

    # ------------------------------------------------------------------ what happens elsewhere

    def _elsewhere(self, _value: object = None) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _catalogue_changed(self, _models: object) -> None:
        self._choose_model()
        self.models_changed.emit(self.models())
        self._elsewhere()

"""State and commands of the Music page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.domain.image import random_seed
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.music import MusicWish, requests_of, too_long
from studio.domain.pricing import estimate
from studio.domain.speech import SpeechRequest
from studio.panes.audio.page_presenter import Ask, PagePresenter
from studio.qt_models.bridge import bridge
from studio.qt_models.job_words import state_words
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.ordering import Order

READ_MS = 250
DRAFT_MS = 600
SHOWN = 200
DRAFT = "audio.music"


class MusicItem(NamedTuple):
    """A take: made, under way or failed.

    Args:
        key: asset id, or job id while it is not made. `job_id`: of the job that made it.
        path: of the sound; None until it is made.
        state: "ready", "working" or "failed".
    """

    key: str
    title: str
    facts: str
    state: str
    path: Path | None = None
    sha256: str = ""
    duration: float = 0.0
    words: str = ""
    job_id: str = ""


class MusicPresenter(PagePresenter):
    """Holds the form, says what it would cost, and makes jobs of it.

    Signals:
        wish_changed(): the form changed otherwise than by typing.
        items_changed().
    """

    wish_changed = Signal()
    items_changed = Signal()

    topic = "music"

    def __init__(self, services: Services, parent: QObject, ask: Ask) -> None:
        super().__init__(services, parent, ask)
        self.wish = MusicWish(seed=random_seed())
        self.items: list[MusicItem] = []
        self._made: list[MusicItem] = []
        self._save = self._timer(DRAFT_MS, self._keep)
        self._read_soon = self._timer(READ_MS, self._read_made)
        bridge(services.jobs.changed, self._elsewhere, self)
        bridge(services.library.changed, self._library_changed, self)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Show the models and what was made, and bring back what was being written."""
        self._catalogue_changed(None)
        self._read_made()
        self._services.tasks.spawn(self._bring_back(), name="music draft", owner=self)

    async def _bring_back(self) -> None:
        kept = await self._services.profile.draft(DRAFT)
        if isinstance(kept, dict) and not self.wish.prompt:
            try:
                self.wish = from_json(MusicWish, kept)  # type: ignore[arg-type]  # its keys are strings
            except ValueError:
                return
            self._choose_model()
            self.wish_changed.emit()
            self.refresh()

    def stop(self) -> None:
        """The program ends: what was written is kept."""
        self._settle.stop()
        self._read_soon.stop()
        if self._save.isActive():
            self._save.stop()
            self._keep()

    # ------------------------------------------------------------------ state

    def offers(self, model: ModelInfo) -> bool:
        return model.makes_music

    @property
    def model_name(self) -> str:
        return self.wish.model

    def plan(self) -> AudioPlan:
        """What one press of the button would make and cost."""
        model = self.model
        problem, field = "", ""
        if model is None:
            problem, field = tr("Choose a model."), "model"
        elif not self.wish.prompt.strip():
            problem, field = tr("Describe the music first."), "prompt"
        elif too_long(self.wish):
            problem, field = tr("Prompt and lyrics together are too long."), "prompt"
        orders: list[Order] = []
        if model is not None and not problem:
            batch = new_id()
            orders = [
                Order(
                    kind="music", request=to_json(request), model=model, title=self.wish.prompt,
                    price=estimate(model, request) if model.pricing else None, batch=batch,
                )
                for request in requests_of(self.wish, model)
            ]  # fmt: skip
        return self._services.audio.plan(orders, problem=problem, field=field)

    # ------------------------------------------------------------------ edits

    def edit(self, **changes: object) -> None:
        """The user changed fields of the form."""
        changed = replace(self.wish, **changes)  # type: ignore[arg-type]  # the form knows the types
        if changed != self.wish:
            self.wish = changed
            self._save.start()
            if "model" in changes:
                self.wish_changed.emit()
            self.refresh()

    def use(self, asset: Asset) -> None:
        """Take over how an asset was made."""
        try:
            request = from_json(SpeechRequest, asset.provenance.request)
        except ValueError:
            self.tell(tr("How it was made is not known."))
            return
        prompt, _, lyrics = request.input.partition("\n\nLyrics:\n")
        self.wish = replace(
            self.wish, prompt=prompt, lyrics=lyrics, model=request.model, seed=request.seed or 1,
            negative_prompt=request.negative_prompt, seed_locked=True, loop=bool(request.loop),
            length=request.duration or request.seconds or self.wish.length,
            instrumental=bool(request.instrumental),
        )  # fmt: skip
        self._choose_model()
        self._save.start()
        self.wish_changed.emit()
        self.refresh()

    # ------------------------------------------------------------------ commands

    def make(self) -> None:
        """The button: takes are written down and made."""
        self.carry_out(self.plan(), self._made_to_order)

    def _made_to_order(self, _jobs: list[Job]) -> None:
        if not self.wish.seed_locked:
            self.wish = replace(self.wish, seed=random_seed())
            self.wish_changed.emit()

    def use_settings_of(self, key: str) -> None:
        self._services.tasks.spawn(self._use(key), name="use settings", owner=self)

    async def _use(self, key: str) -> None:
        asset = await self._services.library.asset(key)
        if asset is not None:
            self.use(asset)

    # ------------------------------------------------------------------ inside

    def _choose_model(self) -> None:
        models = self.models()
        if models and self.model is None:
            self.wish = replace(self.wish, model=models[0].name)
        elif self.model is not None:
            self.wish = replace(self.wish, model=self.model.name)

    def _library_changed(self, _change: LibraryChange) -> None:
        # Many results in a row are read once.
        if not self._read_soon.isActive():
            self._read_soon.start()

    def _read_made(self) -> None:
        self._services.tasks.spawn(self._read(), name="music", owner=self, group="read")

    async def _read(self) -> None:
        library = self._services.library
        numbers = await library.row_ids(LibraryQuery(kinds=(MediaKind.MUSIC,)))
        made: list[MusicItem] = []
        for number in numbers[:SHOWN]:
            asset = await library.asset_by_row(number)
            if asset is not None:
                made.append(self._item_of(asset))
        self._made = made
        self.refresh()

    def _item_of(self, asset: Asset) -> MusicItem:
        made = asset.provenance
        facts = [made.model_title or made.model]
        if made.seed is not None:
            facts.append(tr("seed {n}", n=made.seed))
        if made.cost is not None:
            facts.append(pollen(made.cost))
        title = " ".join((asset.title or asset.prompt or Path(asset.path).stem).split())
        return MusicItem(
            asset.id, title, " · ".join(fact for fact in facts if fact), "ready",
            self._services.library.file_path(asset), asset.sha256, asset.duration or 0.0,
            job_id=made.job_id,
        )  # fmt: skip

    def refresh(self) -> None:
        self._settle.stop()
        jobs = [job for job in self._services.jobs.all() if job.kind == "music"]
        left = [self._job_item(job) for job in jobs if job.state not in (JobState.DONE, JobState.CANCELLED)]
        self.items = [*reversed(left), *self._made]
        self.items_changed.emit()
        self.plan_changed.emit(self.plan())

    def _job_item(self, job: Job) -> MusicItem:
        state = "failed" if job.state is JobState.FAILED else "working"
        return MusicItem(job.id, job.title, str(job.model_info.get("title") or job.model), state,
                         words=state_words(job), job_id=job.id)  # fmt: skip

    def _keep(self) -> None:
        self._services.tasks.spawn(
            self._services.profile.set_draft(DRAFT, to_json(self.wish)), name="music draft", owner=self,
            finish=True,
        )  # fmt: skip

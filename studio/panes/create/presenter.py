"""State and commands of the Create pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio.core.errors import Action, InputError, StudioError
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.domain.media import MediaInput
from studio.domain.models import ModelInfo
from studio.domain.parameters import SLOT_NAMES, SLOTS, kind_of, slots_of, takes_edits
from studio.panes.create import recall
from studio.panes.create.form import DEFAULTS, REMEMBERED, Form, clamp, problem_of, remembered, unmet
from studio.qt_models.bridge import bridge
from studio.qt_models.picture import png_of, read_picture
from studio.services.context import Services
from studio.services.create import MAX_BATCH, Plan
from studio.services.notices import Severity

DRAFT_MS = 600
LOOK_PIXELS = 160
PREFERRED = {"image": ("flux", "zimage"), "video": ("veo", "seedance")}
_KEPT_PARTS = ("negative_prompt", "style", "edits")
_TOLD = 6


class _Expanded(NamedTuple):
    """What came of the prompt's choices; `key` is what it was made of."""

    key: tuple[object, ...]
    prompts: list[str]
    count: int  # pyright: ignore[reportIncompatibleMethodOverride] - nobody counts in it
    missing: list[str]


class CreatePresenter(QObject):
    """Holds the form, says what it would cost, and makes jobs of it.

    Args:
        ask: puts a plan to the user that costs more than they want to spend unasked; True goes on.
        ask_large: asks what to do with files that some servers refuse for their size: "smaller" sends copies,
            "as_they_are" the files themselves, "" nothing.
    """

    form_changed = Signal(object)
    """The form's values changed otherwise than by typing: the view shows them."""
    marked = Signal(object)
    """Names of the fields that were taken over from an asset and are different now."""
    plan_changed = Signal(object)
    models_changed = Signal(object)
    refused = Signal(str)
    """Where the way on is: the field that keeps the button from working, "prompt" or "button"."""
    submitted = Signal(object)
    """The jobs that were written down."""
    submitting = Signal(bool)
    """Files are being sent and jobs written down, or that is over."""
    jobs_changed = Signal(object)
    history_loaded = Signal(list)
    book_changed = Signal()

    def __init__(
        self,
        services: Services,
        parent: QObject,
        ask: Callable[[Plan], Awaitable[bool]],
        ask_large: Callable[[Sequence[Asset]], Awaitable[str]],
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._ask = ask
        self._ask_large = ask_large
        kept = services.settings.values.create
        self._form = remembered(kept)
        self._models = {"image": kept.model, "video": kept.video_model}
        if not self._form.seed:
            self._form = self._form._replace(seed=services.create.fresh_seed())
        self._submitting = False
        self._expansion: _Expanded | None = None
        bridge(services.catalogue.changed, self._catalogue_changed, self)
        bridge(services.account.changed, self._replan, self)
        bridge(services.session.changed, self._replan, self)
        bridge(services.settings.changed, self._replan, self)
        bridge(services.prompt_book.changed, self._book_changed, self)
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

    @property
    def favourites(self) -> list[str]:
        return self._services.settings.values.create.favourites.split()

    def models(self) -> list[ModelInfo]:
        """Models that make what the form is for, as the catalogue orders them."""
        return self._models_of(self._form.kind)

    def models_for(self, kind: str) -> list[ModelInfo]:
        """Models of a kind, the favourites first."""
        favourites = self.favourites
        return sorted(self._models_of(kind), key=lambda model: model.name not in favourites)

    def prompts(self) -> list[str]:
        """The prompts that would be sent."""
        return self._expanded().prompts

    def variant_count(self) -> int:
        """How many expansions the prompt has, whatever the cap."""
        return self._expanded().count

    def missing_wildcards(self) -> list[str]:
        """Names in the prompt that no file answers to."""
        return self._expanded().missing

    def _expanded(self) -> _Expanded:
        """Worked out once for what is in the form: it is asked for several times at each key press."""
        form, wildcards = self._form, self._services.prompt_book.wildcards
        key = (form.prompt, form.style, form.seed, form.variants, id(wildcards))
        if self._expansion is None or self._expansion.key != key:
            template = form.template()
            self._expansion = _Expanded(
                key, form.prompts(wildcards), template.count(wildcards),
                [name for name in template.wildcard_names() if name not in wildcards],
            )  # fmt: skip
        return self._expansion

    @property
    def in_sandbox(self) -> bool:
        return self._services.session.state.is_sandbox

    def expected_seconds(self, model: str) -> float | None:
        """How long one result of `model` usually takes, learned from the jobs of this session."""
        return self._services.jobs.usual_seconds(model)

    def _models_of(self, kind: str) -> list[ModelInfo]:
        return [model for model in self._services.catalogue.models if kind_of(model) == kind]

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
        self._services.tasks.spawn(self._services.prompt_book.open(), name="styles", owner=self)
        self._services.tasks.spawn(self._open_defaults(), name="defaults of models", owner=self)

    async def _open_defaults(self) -> None:
        await self._services.create.open()
        self.form_changed.emit(self._form)

    def stop(self) -> None:
        self._save_draft.stop()

    # ------------------------------------------------------------------ edits

    def edit(self, **changes: Any) -> None:
        """The user changed fields of the form."""
        if "width" in changes or "height" in changes:
            changes = {k: clamp(v) if k in ("width", "height") else v for k, v in changes.items()}
        before, self._form = self._form, self._form._replace(**changes)
        if "kind" in changes and changes["kind"] != before.kind and "model" not in changes:
            self._form = self._form._replace(model=self._models[self._form.kind])
        if self._form == before:
            return
        if set(changes) == {"model"}:
            self._model_chosen(before)
        if self._form.kind != before.kind:
            self._settle_model()
            self.models_changed.emit(self.models())
            self.form_changed.emit(self._form)
        self._remember(before)
        self._save_draft.start()
        if "__" in self._form.prompt and self._form.prompt != before.prompt:
            self._services.tasks.spawn(
                self._services.prompt_book.read_wildcards(), name="wildcards", owner=self, group="wildcards"
            )
        self._replan()

    def choose_model(self, name: str) -> None:
        """Choose a model somewhere else than in the form, which turns to what it makes."""
        model = self._services.catalogue.find(name)
        kind = kind_of(model) if model is not None else None
        if model is not None and kind in ("image", "video"):
            self.edit(kind=kind)
            self.edit(model=model.name)
            self.models_changed.emit(self.models())
            self.form_changed.emit(self._form)

    def _model_chosen(self, before: Form) -> None:
        """What was kept as the model's defaults holds; wishes that it meets again are marked."""
        kept = self._services.create.defaults_of(self._form.model)
        values = recall.of_defaults(kept)
        self._form = self._form._replace(**values)
        missed = unmet(before, self._services.catalogue.find(before.model))
        met = set(missed) - set(unmet(self._form, self.model))
        if values:
            self.form_changed.emit(self._form)
        self.marked.emit((*recall.differing(before._replace(model=self._form.model), self._form), *met))

    @property
    def has_defaults(self) -> bool:
        """Whether the chosen model has defaults of its own."""
        return bool(self._services.create.defaults_of(self._form.model))

    def keep_defaults(self, keep: bool) -> None:
        """Take what the form has now as the chosen model's defaults, or forget them."""
        form = self._form.effective(self.model)
        values = {name: getattr(form, name) for name in DEFAULTS} if keep else {}
        self._services.tasks.spawn(self._keep_defaults(form.model, values), name="keep defaults", owner=self)

    async def _keep_defaults(self, model: str, values: dict[str, Any]) -> None:
        await self._services.create.keep_defaults(model, values)
        self.form_changed.emit(self._form)

    def _remember(self, before: Form) -> None:
        """Keep in the preferences what changed; the model of each kind for itself, with its title."""
        kept = {
            name: getattr(self._form, name)
            for name in REMEMBERED
            if getattr(self._form, name) != getattr(before, name)
        }
        model = self.model
        if self._form.model != before.model and model is not None:
            self._models[self._form.kind] = model.name
            title = model.title or model.name
            if self._form.kind == "video":
                kept |= {"video_model": model.name, "video_title": title}
            else:
                kept |= {"model": model.name, "model_title": title}
        if kept:
            self._services.settings.change("create", **kept)

    def reset(self) -> None:
        """Everything but prompt, model and kind as it is for a new user, or as it was kept for the model."""
        fresh = Form()._asdict() | {"seed": self._services.create.fresh_seed()}
        for name in ("prompt", "kind", "model"):
            del fresh[name]
        fresh |= recall.of_defaults(self._services.create.defaults_of(self._form.model))
        self._take(self._form._replace(**fresh))

    @property
    def more_shown(self) -> bool:
        """Whether "More options" was left open."""
        return self._services.settings.values.create.more_shown

    def show_more(self, shown: bool) -> None:
        self._services.settings.change("create", more_shown=shown)

    def roll_seed(self) -> None:
        self.edit(seed=self._services.create.fresh_seed())
        self.form_changed.emit(self._form)

    def toggle_favourite(self) -> None:
        """Put the chosen model among the favourites, or take it out."""
        names, name = self.favourites, self._form.model
        kept = [one for one in names if one != name] if name in names else [*names, name]
        self._services.settings.change("create", favourites="\n".join(kept))
        self.models_changed.emit(self.models())

    # ------------------------------------------------------------------ taking over

    def use(self, asset: Asset, what: str) -> None:
        """Take over from an asset: "all", "prompt", "seed", "vary" (all, but a new seed); or take the asset
        itself: "reference", "edit", "animate", "start_frame", "end_frame"."""
        if what in ("reference", "edit", "animate", "start_frame", "end_frame"):
            self._use_file(asset, what)
            return
        if what == "prompt":
            self._take(recall.with_prompt(self._form, asset))
        elif what == "seed":
            self._take(recall.with_seed(self._form, asset))
        elif what in ("all", "vary"):
            found = recall.recall(self._form, asset, self._services.catalogue.find)
            form = found.form
            if what == "vary":
                form = form._replace(seed=self._services.create.fresh_seed(), seed_locked=False)
            self._take(form)
            # Of a varied picture only the seed shows to be new: the way on is the button.
            self.refused.emit("button")
            self._tell_lost(found.lost)
            self._services.tasks.spawn(self._check_files(), name="references", owner=self)

    def _take(self, form: Form) -> None:
        before = self._form
        self.edit(**form._asdict())
        self.form_changed.emit(self._form)
        self.marked.emit(recall.differing(before, self._form))

    def _tell_lost(self, lost: Sequence[str]) -> None:
        if lost:
            told = [*lost[:_TOLD], *([tr("and {n} more", n=len(lost) - _TOLD)] if len(lost) > _TOLD else [])]
            self._services.notices.tell(
                tr("Not everything could be taken over."), " · ".join(told) + ".", topic="recall"
            )

    async def _check_files(self) -> None:
        """Files that are not in the library any more leave the form."""
        gone = [
            item
            for item in self._form.media()
            if item.asset_id and await self._services.references.asset(item) is None
        ]
        if gone:
            self._take(self._without(gone))
            self._tell_lost([tr("{n} of its files, gone from the library", n=len(gone))])

    def _without(self, gone: Sequence[MediaInput]) -> Form:
        return self._form._replace(
            **{name: tuple(i for i in getattr(self._form, name) if i not in gone) for name in SLOT_NAMES}
        )

    def _use_file(self, asset: Asset, what: str) -> None:
        try:
            item = self._services.references.of_asset(asset)
        except StudioError as error:
            self._services.notices.report(error)
            return
        kind = "image" if what in ("reference", "edit") else "video"
        if what == "reference" and self._form.kind == "video" and self._slot_for("reference_images"):
            kind = "video"
        slot = {"edit": "image", "animate": "start_frame"}.get(what, what)
        if what == "reference":
            slot = "image" if kind == "image" else "reference_images"
        form = self._form._replace(kind=kind, model=self._model_with(slot, kind, edits=what == "edit"))
        items: tuple[MediaInput, ...] = getattr(form, slot)
        single = what != "reference"
        form = form._replace(**{slot: (item,) if single else (*(i for i in items if i != item), item)})
        if what in ("reference", "edit"):
            form = form._replace(edits=what == "edit")
        if what == "animate":
            # One film is dear enough; who wants more says so.
            form = form._replace(count=1)
        self._take(form)
        self.refused.emit("prompt")

    def _slot_for(self, name: str) -> bool:
        return any(slot.name == name for slot in slots_of(self.model))

    def _model_with(self, slot: str, kind: str, *, edits: bool) -> str:
        """The form's model if it takes files there, else the one last used that does, else the first."""

        def takes(model: ModelInfo | None) -> bool:
            if model is None or kind_of(model) != kind or (edits and not takes_edits(model)):
                return False
            return any(one.name == slot for one in slots_of(model))

        last = self._services.catalogue.find(self._models[kind])
        # Of models that were never chosen, first those that need no paid pollen and take several pictures.
        others = sorted(
            self._models_of(kind), key=lambda model: (model.paid_only, (model.max_reference_images or 0) < 2)
        )
        found = next((model for model in (self.model, last, *others) if takes(model)), None)
        return found.name if found is not None else self._models[kind]

    # ------------------------------------------------------------------ files

    def add_files(self, slot: str, paths: Sequence[Path]) -> None:
        """Take files into a slot of the form; what cannot be used is told."""
        self._services.tasks.spawn(self._add_files(slot, paths), name="add references", owner=self)

    async def _add_files(self, slot: str, paths: Sequence[Path]) -> None:
        media = next(one.media for one in SLOTS if one.name == slot)
        for path in paths:
            try:
                self._add(slot, await self._services.references.add_files([path], media))
            except StudioError as error:
                self._services.notices.report(error)

    def add_picture(self, slot: str, image: QImage) -> None:
        """Take a copied picture into a slot."""
        self._services.tasks.spawn(self._add_picture(slot, image), name="paste reference", owner=self)

    async def _add_picture(self, slot: str, image: QImage) -> None:
        try:
            data = await asyncio.to_thread(png_of, image)
            self._add(slot, [await self._services.references.add_picture(data)])
        except StudioError as error:
            self._services.notices.report(error)

    def _add(self, slot: str, items: Sequence[MediaInput]) -> None:
        """Where there is one place, the newest has it; elsewhere one too many is told, not dropped."""
        kept: tuple[MediaInput, ...] = getattr(self._form, slot)
        merged = (*(item for item in kept if item not in items), *items)
        if slot in ("start_frame", "end_frame"):
            merged = merged[-1:]
        self.edit(**{slot: merged})
        self.form_changed.emit(self._form)

    def look(self, item: MediaInput, show: Callable[[QImage, str], object]) -> None:
        """Show a file of the form small, with its name; later, as it has to be read."""
        self._services.tasks.spawn(self._look(item, show), name="look at a reference", owner=self)

    async def _look(self, item: MediaInput, show: Callable[[QImage, str], object]) -> None:
        asset = await self._services.references.asset(item)
        if asset is None:
            show(QImage(), item.url)
            return
        await self._services.library.ensure_thumbnail(asset)
        path = self._services.library.thumbnail_path(asset)
        show(await asyncio.to_thread(read_picture, path, LOOK_PIXELS), asset.prompt or Path(asset.path).name)

    # ------------------------------------------------------------------ commands

    def plan(self) -> Plan:
        """What the button would do now."""
        form, model = self._form, self.model
        prompts = self.prompts()
        plan = self._services.create.plan(form.request(model, prompts[0]), form.count, prompts=prompts)
        problem, field = problem_of(form, model)
        if problem and plan.field not in ("session", "prompt"):
            return replace(plan, problem=problem, field=field, actions=())
        return plan

    def total(self) -> int:
        """How many results the button would make."""
        return len(self.prompts()) * self._form.count

    def most_variants(self) -> int:
        """How many variants fit into a batch with the count that is chosen."""
        return max(1, MAX_BATCH // max(self._form.count, 1))

    def generate(self) -> None:
        """The button: jobs are written down and start. Pressing twice quickly makes one batch."""
        if self._submitting:
            return
        plan = self.plan()
        if plan.problem:
            self._refuse(plan.problem, plan.field, plan.actions)
            return
        self._submitting = True
        self._services.tasks.spawn(self._submit(plan, self._form), name="generate", owner=self)

    async def settle_large(self) -> bool:
        """Ask about files that some servers refuse for their size; False when nothing is to be sent."""
        references = self._services.references
        items = self._form.effective(self.model).media()
        large = await references.large(items)
        if not large:
            return True
        answer = await self._ask_large(large)
        if answer == "as_they_are":
            references.accept(large)
        if answer != "smaller":
            return bool(answer)
        copies = {asset.id: await references.smaller(asset) for asset in large if asset.kind == "image"}
        # Films and sounds have no smaller copy; the user was told so.
        references.accept(asset for asset in large if asset.id not in copies)
        changes = {
            name: tuple(copies.get(item.asset_id, item) for item in getattr(self._form, name))
            for name in SLOT_NAMES
        }
        self._take(self._form._replace(**changes))
        return True

    async def _submit(self, plan: Plan, form: Form) -> None:
        try:
            if form.media():
                if not await self.settle_large():
                    return
                # Copies may have taken the places of files.
                plan, form = self.plan(), self._form
            if plan.ask_first and not await self._ask(plan):
                return
            self.submitting.emit(True)
            jobs = await self._services.create.submit(plan, template=form.prompt, style=form.style)
        except InputError as error:
            self._refuse(error.title, error.field, error.actions)
            return
        finally:
            self._submitting = False
            self.submitting.emit(False)
        if not self._form.seed_locked:
            self.roll_seed()
        self.submitted.emit(jobs)

    # ------------------------------------------------------------------ what happens elsewhere

    def _catalogue_changed(self, _models: object) -> None:
        self._settle_model()
        self.models_changed.emit(self.models())
        self._replan()

    def _settle_model(self) -> None:
        """Choose a model of the form's kind when there is none; the saved id stays in the preferences until
        the user chooses again."""
        models = self.models()
        model = self.model
        if not models or (model is not None and kind_of(model) == self._form.kind):
            return
        last = self._services.catalogue.find(self._models[self._form.kind])
        if last is None or kind_of(last) != self._form.kind:
            wanted = PREFERRED[self._form.kind]
            last = next((m for name in wanted for m in models if m.answers_to(name)), models[0])
        self._form = self._form._replace(model=last.name)

    def _book_changed(self, _nothing: object) -> None:
        self.book_changed.emit()
        self._replan()

    def _replan(self, _value: object = None) -> None:
        self.plan_changed.emit(self.plan())

    # ------------------------------------------------------------------ the draft

    def _keep_draft(self) -> None:
        self._services.tasks.spawn(self._keep(self._form), name="draft", owner=self, group="draft")

    async def _keep(self, form: Form) -> None:
        await self._services.create.keep_draft(form.prompt)
        parts: dict[str, Any] = {name: getattr(form, name) for name in _KEPT_PARTS}
        parts |= {name: [to_json(item) for item in getattr(form, name)] for name in SLOT_NAMES}
        await self._services.create.keep_parts(parts)

    async def _bring_back_draft(self) -> None:
        text = await self._services.create.draft()
        parts = await self._services.create.parts()
        changes: dict[str, Any] = {"prompt": text} if text and not self._form.prompt else {}
        for name in _KEPT_PARTS:
            if isinstance(parts.get(name), type(getattr(self._form, name))) and not getattr(self._form, name):
                changes[name] = parts[name]
        for name in SLOT_NAMES:
            if not getattr(self._form, name):
                changes[name] = _inputs(parts.get(name))
        if changes:
            self._form = self._form._replace(**changes)
            self.form_changed.emit(self._form)
            self._replan()
        await self._check_files()


def _inputs(kept: object) -> tuple[MediaInput, ...]:
    try:
        return tuple(from_json(MediaInput, item) for item in kept) if isinstance(kept, list) else ()
    except (ValueError, TypeError):
        return ()

"""State and commands of the legacy service's form."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, InputError, StudioError
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.schema_form import (
    ASSET,
    SchemaForm,
    defaults_of,
    files_in,
    read_input,
    values_of,
)
from studio.qt_models.bridge import bridge
from studio.services.context import Services
from studio.services.legacy import OPEN_PAGE
from studio.services.legacy_orders import request_of_asset

DRAFT_MS = 600
TOKEN_NEEDED = tr("To run a model, the legacy service needs its own token.")


class LegacyPresenter(QObject):
    """Which models there are, the form of the chosen one, and making jobs of it."""

    models_changed = Signal(object, str)
    """Names, and the chosen one."""
    form_changed = Signal(object, object, object)
    """Form, values, and names of its files; None as form while it is asked for."""
    files_added = Signal(str, object)
    told = Signal(str, object)
    """What stands in the way, in one sentence, and the action that leads on (or None)."""
    problems = Signal(object)
    submitting = Signal(bool)
    submitted = Signal(object)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._legacy = services.legacy
        self.model = ""
        self.form: SchemaForm | None = None
        self._values: dict[str, Any] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        self._submitting = False
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(DRAFT_MS)
        self._save.timeout.connect(self._keep)
        bridge(self._legacy.changed, lambda _on: self.load(), self)

    # ------------------------------------------------------------------ models and forms

    def load(self) -> None:
        """Ask for the models, and for the form of the one used last."""
        if self._legacy.available:
            self._spawn(self._load(), "legacy models", "load")
        else:
            self.told.emit(self._services.legacy_orders.unready(), OPEN_PAGE)

    async def _load(self) -> None:
        self.told.emit("", None)
        try:
            names = await self._legacy.models()
        except StudioError as error:
            self._tell(error)
            return
        drafted, values = await self._services.legacy_orders.draft()
        if drafted and drafted not in self._kept:
            self._kept[drafted] = values
        wanted = (self.model, self._services.settings.values.legacy.model, drafted)
        model = next((name for name in wanted if name in names), names[0] if names else "")
        self.models_changed.emit(names, model)
        if not names:
            self.told.emit(tr("The legacy service offers no models now."), Action("retry", tr("Try again")))
            return
        if model != self.model or self.form is None:
            await self._open(model)
        await self._look_for_token()

    async def _look_for_token(self) -> None:
        try:
            token = await self._legacy.token()
        except StudioError as error:
            self.told.emit(error.title, OPEN_PAGE)
            return
        self.told.emit("", None) if token is not None else self.told.emit(TOKEN_NEEDED, OPEN_PAGE)

    def choose(self, model: str) -> None:
        """Another model: its form, as it was left."""
        self._services.settings.change("legacy", model=model)
        self._spawn(self._open(model), "legacy form", "form")

    async def _open(self, model: str, values: dict[str, Any] | None = None) -> None:
        if self.model and self.form is not None:
            self._kept[self.model] = self._values
        self.model, self.form = model, None
        self.form_changed.emit(None, {}, {})
        try:
            form = await self._legacy.form(model)
        except StudioError as error:
            self._tell(error)
            return
        self.form = form
        kept = self._kept.get(model, {}) if values is None else values
        self._values = defaults_of(form) | {name: kept[name] for name in kept if form.field(name)}
        self.form_changed.emit(form, self._values, await self._names(self._values))
        if not form.fields:
            self.told.emit(tr("This model asks for nothing. It can be run as it is."), None)

    async def _names(self, values: dict[str, Any]) -> dict[str, str]:
        """Names of the library's files among the values."""
        names: dict[str, str] = {}
        for asset_id in {one for value in values.values() for one in files_in(value)}:
            asset = await self._services.library.asset(asset_id)
            if asset is not None:
                names[f"{ASSET}{asset_id}"] = Path(asset.path).name
        return names

    def _tell(self, error: StudioError) -> None:
        way_on = next(iter(error.actions), None) or Action("retry", tr("Try again"))
        self.told.emit(f"{error.title} {error.detail}".strip(), way_on)

    # ------------------------------------------------------------------ editing

    def edit(self, values: dict[str, Any]) -> None:
        """What the form holds now."""
        self._values = values
        self._save.start()

    def reset(self) -> None:
        """The model's own defaults."""
        if self.form is not None:
            self._values = defaults_of(self.form)
            self.form_changed.emit(self.form, self._values, {})

    def add_files(self, field: str, paths: Sequence[Path]) -> None:
        self._spawn(self._add_files(field, paths), "files for the legacy service", "files")

    async def _add_files(self, name: str, paths: Sequence[Path]) -> None:
        added: dict[str, str] = {}
        for path in paths:
            kind = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
            try:
                media = kind if kind in ("image", "video", "audio") else "image"
                (item,) = await self._services.references.add_files([path], media)
            except StudioError as error:
                self._services.notices.report(error)
                continue
            added[f"{ASSET}{item.asset_id}"] = path.name
        if added:
            self.files_added.emit(name, added)

    def _keep(self) -> None:
        if self.model:
            keeping = self._services.legacy_orders.keep_draft(self.model, self._values)
            self._spawn(keeping, "legacy draft", "draft")

    def stop(self) -> None:
        self._save.stop()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ taking over and running

    def recall(self, asset: Asset) -> None:
        """Open the form with everything a result was made with."""
        request = request_of_asset(asset)
        if request is not None:
            self._spawn(self._recall(request.image, request.input), "recall", "form")

    async def _recall(self, model: str, sent: dict[str, Any]) -> None:
        try:
            names = await self._legacy.models()
            form = await self._legacy.form(model)
        except StudioError as error:
            self._tell(error)
            return
        values, lost = values_of(form, sent)
        self.models_changed.emit(names if model in names else (*names, model), model)
        await self._open(model, values)
        if lost:
            self._services.notices.tell(
                tr("Not everything could be taken over."), " · ".join(lost[:6]) + ".", topic="recall"
            )
        await self._look_for_token()

    def run(self) -> None:
        """Check the form and start a job; problems are told beside their fields."""
        if self.form is None or self._submitting:
            return
        _sent, problems = read_input(self.form, self._values)
        self.problems.emit(problems)
        if problems:
            return
        self._submitting = True
        self._spawn(self._submit(self.model, self.form, dict(self._values)), "run a legacy model", None)

    async def _submit(self, model: str, form: SchemaForm, values: dict[str, Any]) -> None:
        self.submitting.emit(True)
        try:
            jobs = await self._services.legacy_orders.submit(model, form, values)
        except InputError as error:
            if form.field(error.field) is not None:
                self.problems.emit({error.field: error.title})
            else:
                self.told.emit(f"{error.title} {error.detail}".strip(), next(iter(error.actions), None))
            return
        except StudioError as error:
            self._services.notices.report(error)
            return
        finally:
            self._submitting = False
            self.submitting.emit(False)
        self.told.emit("", None)
        self.submitted.emit(jobs)

    def _spawn(self, work: Any, name: str, group: str | None) -> None:
        self._services.tasks.spawn(work, name=name, owner=self, group=group)

"""The preferences of what is chosen beforehand: how chats begin, and what Create keeps for each model."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.parameters import PARAMETERS
from studio.shell.preference_page import Page
from studio.ui import dialogs
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label

LAST: Final = ""


class DefaultsPage(Page):
    id, icon, title = "defaults", "sliders", tr("Defaults")
    resets = ("chat.new_model", "chat.new_preset")

    def build(self) -> None:
        chat = self.services.settings.values.chat
        models = [model for model in self.services.catalogue.models if model.is_chat]
        options = [Option(LAST, tr("The one used last"))]
        options += [Option(model.name, model.title or model.name, keywords=model.name) for model in models]
        if chat.new_model and all(model.name != chat.new_model for model in models):
            options.append(Option(chat.new_model, tr("{model} · not offered now", model=chat.new_model)))
        self.model = Select(tr("Model of new chats"), options, chat.new_model)
        self.model.changed.connect(lambda name: self.change("chat", new_model=name))
        self.row(tr("New chats"), tr("The model they begin with. Each can have another one."), self.model)
        self.preset = Select(tr("Preset of new chats"), [Option(LAST, tr("None"))], LAST)
        self.preset.changed.connect(lambda preset: self.change("chat", new_preset=preset))
        self._preset_note = self.row(
            tr("Preset of new chats"), tr("Its system prompt and parameters; its model too, if it has one."),
            self.preset,
        )  # fmt: skip
        self.forget_all = Button(tr("Forget all"), name=tr("Forget the defaults of all models"))
        self.forget_all.clicked.connect(lambda: self._spawn(self._forget_all()))
        self._note = self.row(tr("Create, by model"), " ", self.forget_all, 0)
        self._list = QVBoxLayout()
        self._list.setSpacing(Space.XS)
        self._boxes: list[QWidget] = []
        self._column.addLayout(self._list)
        self._show()
        self._spawn(self._open())

    def _spawn(self, work: Any) -> None:
        self.services.tasks.spawn(work, name="defaults", owner=self)

    async def _open(self) -> None:
        """Presets lie in the profile; defaults are read when Create is opened, which may be later."""
        chosen = self.services.settings.values.chat.new_preset
        presets = await self.services.chat.presets()
        options = [Option(LAST, tr("None")), *(Option(one.id, one.name) for one in presets)]
        if chosen and all(one.id != chosen for one in presets):
            chosen = LAST
        self.preset.set_options(options)
        self.preset.set_value(chosen)
        self.preset.setEnabled(bool(presets))
        if not presets:
            self._preset_note.setText(tr("There are none yet. Make one under Parameters in a chat."))
        await self.services.create.open()
        self._show()

    def _show(self) -> None:
        kept = self.services.create.all_defaults()
        for box in self._boxes:
            self._list.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes = []
        for model in sorted(kept, key=self.services.catalogue.title):
            self._boxes.append(box := self._line(model, kept[model]))
            self._list.addWidget(box)
        nothing = tr("Nothing is kept yet. In Create, “Keep as the model's defaults” does it.")
        self._note.setText(trn("Kept for one model.", "Kept for {n} models.", len(kept)) if kept else nothing)
        self.forget_all.setEnabled(bool(kept))

    def _line(self, model: str, values: dict[str, Any]) -> QWidget:
        title = self.services.catalogue.title(model)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.MD, Space.XS, Space.NONE, Space.XS)
        row.setSpacing(Space.SM)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(title, wrap=True))
        words.addWidget(Label(words_of(values), "caption", "text2", wrap=True))
        row.addLayout(words, 1)
        forget = Button(
            tr("Forget"), "quiet", size="small", name=tr("Forget the defaults of {model}", model=title)
        )
        forget.clicked.connect(lambda: self._spawn(self._forget([model])))
        row.addWidget(forget)
        return box

    async def _forget_all(self) -> None:
        models = list(self.services.create.all_defaults())
        if await dialogs.confirm(
            self._sheet,
            trn("Forget the defaults of one model?", "Forget the defaults of {n} models?", len(models)),
            tr("Create begins with the usual values again. What you made is not touched."),
            action=tr("Forget"),
            cancel=tr("Keep them"),
        ):
            await self._forget(models)

    async def _forget(self, models: list[str]) -> None:
        try:
            for model in models:
                await self.services.create.keep_defaults(model, {})
        except StudioError as error:
            self._note.setText(error.title)
            self._note.set_tone("bad")
            return
        self._show()


def words_of(values: dict[str, Any]) -> str:
    """What is kept, in words: "1024 × 768 · Quality high"; only what says something."""
    parts: list[str] = []
    if values.get("width") and values.get("height"):
        parts.append(f"{values['width']} × {values['height']}")
    for parameter in PARAMETERS:
        value = values.get(parameter.name)
        if not value:
            continue
        named = parameter.label if value is True else f"{parameter.label} {parameter.name_of(value)}"
        parts.append(named if len(named) <= 60 else f"{named[:59]}…")
    return " · ".join(parts) or tr("The usual values")

"""The left column of Create while it runs models of the legacy service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.panes.create.form_view import WIDTH, kinds_of
from studio.panes.create.legacy_presenter import LegacyPresenter
from studio.ui import dialogs
from studio.ui.schema_form import SchemaFormView
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.options import Option
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import IconLabel, Surface
from studio.ui.widgets.text import Label, SectionHeader

if TYPE_CHECKING:
    from studio.core.errors import Action
    from studio.domain.schema_form import SchemaForm
    from studio.ui.pane import PaneContext

_FILTERS = {
    "image": (tr("Pictures"), ["*.png", "*.jpg", "*.jpeg", "*.webp", "*.gif"]),
    "video": (tr("Films"), ["*.mp4", "*.webm", "*.mov", "*.mkv"]),
    "audio": (tr("Sounds"), ["*.wav", "*.mp3", "*.flac", "*.ogg", "*.opus", "*.m4a"]),
}


class LegacyForm(Surface):
    """Model, inputs and button, made of what the model's own document says."""

    left = Signal(str)
    """The user goes back to making "image" or "video"."""
    submitted = Signal(object)

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__("surface", "right", parent)
        self._context = context
        self._way_on: Action | None = None
        self.presenter = LegacyPresenter(context.services, self)
        self.area = ScrollColumn(parent=self)
        self._page = self.area.widget()
        self._add_head()
        self._add_model()
        self.inputs = SchemaFormView(self._page)
        self.area.column.addWidget(self.inputs)
        self.area.column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, round(BORDER), 0)
        column.setSpacing(0)
        column.addWidget(self.area, 1)
        column.addLayout(self._footer())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._connect()

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)

    # ------------------------------------------------------------------ building

    def _add_head(self) -> None:
        self.kind = Segmented(tr("Kind of models"), kinds_of(legacy=True), "legacy", parent=self._page)
        self.kind.changed.connect(self._choose_kind)
        box = QWidget(self._page)
        mark = QHBoxLayout(box)
        mark.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        mark.setSpacing(Space.SM)
        mark.addWidget(IconLabel("clock", "text3"), 0, Qt.AlignmentFlag.AlignTop)
        self._about = Label("", "caption", "text2", wrap=True, parent=box)
        mark.addWidget(self._about, 1)
        self.area.column.addWidget(self.kind)
        self.area.column.addWidget(box)

    def _add_model(self) -> None:
        box = QWidget(self._page)
        column = QVBoxLayout(box)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        self.model = Select(tr("Legacy model"), placeholder=tr("No models yet"), search=True, parent=box)
        self._model_header = SectionHeader(tr("Legacy model"), buddy=self.model, parent=box)
        reset = IconButton("refresh", tr("The model's own defaults"), parent=box)
        reset.clicked.connect(self.presenter.reset)
        self._model_header.add_action(reset)
        self._told = Label("", "caption", "warn", wrap=True, parent=box)
        self.way_on = Button("", "outline", size="small", parent=box)
        self.way_on.clicked.connect(self._follow_way)
        for widget in (self._model_header, self.model, self._told, self.way_on):
            column.addWidget(widget)
        self._told.hide()
        self.way_on.hide()
        self.area.column.addWidget(box)

    def _footer(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.LG)
        column.setSpacing(Space.SM)
        self.button = Button(tr("Run"), "primary", "create", size="large", name=tr("Run legacy model"))
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.set_note(tr("· price not told"))
        self.button.setEnabled(False)
        self.button.clicked.connect(self.presenter.run)
        words = Label(tr("The legacy service tells no prices · Ctrl+Enter"), "caption", "text2", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button)
        column.addWidget(words)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.presenter.run)
        return column

    def _connect(self) -> None:
        presenter, inputs = self.presenter, self.inputs
        presenter.models_changed.connect(self._show_models)
        presenter.form_changed.connect(self._show_form)
        presenter.told.connect(self._show_told)
        presenter.problems.connect(inputs.show_problems)
        presenter.files_added.connect(inputs.add_files)
        presenter.submitting.connect(self.button.set_loading)
        presenter.submitted.connect(self.submitted)
        self.model.changed.connect(lambda value: presenter.choose(str(value)))
        inputs.edited.connect(lambda: presenter.edit(inputs.values()))
        inputs.submitted.connect(presenter.run)
        inputs.choose.connect(self._choose_files)
        inputs.dropped.connect(lambda name, paths: presenter.add_files(name, [Path(p) for p in paths]))

    # ------------------------------------------------------------------ showing

    def _show_models(self, names: Sequence[str], chosen: str) -> None:
        legacy = self._context.services.legacy
        host = tr("the sandbox") if legacy.in_sandbox else legacy.host
        self._about.setText(tr("Legacy service at {host}. It has models and a token of its own.", host=host))
        options = [
            Option(name, name.partition("/")[2] or name, note=name.partition("/")[0], icon="model",
                   group=tr("Legacy service"))
            for name in names
        ]  # fmt: skip
        self.model.set_options(options, chosen)
        self._model_header.set_value(tr("{n} available", n=len(names)) if names else "")

    def _show_form(self, form: SchemaForm | None, values: dict[str, Any], names: dict[str, str]) -> None:
        self.button.setEnabled(form is not None)
        self.inputs.setVisible(form is not None)
        if form is not None:
            self.inputs.show_form(form, values, names)
            self.area.verticalScrollBar().setValue(0)

    def _show_told(self, sentence: str, way_on: Action | None) -> None:
        self._told.setText(sentence)
        self._told.setVisible(bool(sentence))
        self._way_on = way_on
        self.way_on.setVisible(way_on is not None and bool(sentence))
        if way_on is not None:
            self.way_on.setText(way_on.label)
            self.way_on.setAccessibleName(way_on.label)

    def shown(self) -> None:
        """The form came to the front."""
        self.kind.set_value("legacy")
        self.model.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ commands

    def _choose_kind(self, kind: object) -> None:
        if kind != "legacy":
            self.left.emit(str(kind))

    def _follow_way(self) -> None:
        way_on = self._way_on
        if way_on is None:
            return
        if way_on.id in ("retry", "sign_in"):
            self.presenter.load()
        else:
            self._context.run(way_on.id, way_on.argument)

    def _choose_files(self, name: str) -> None:
        self._context.services.tasks.spawn(self._pick(name), name="choose files", owner=self)

    async def _pick(self, name: str) -> None:
        field = self.presenter.form.field(name) if self.presenter.form is not None else None
        if field is None:
            return
        known = [_FILTERS[field.media]] if field.media else list(_FILTERS.values())
        paths = await dialogs.pick_files(self, tr("Choose files"), known, several=field.kind == "files")
        if paths:
            self.presenter.add_files(name, paths)

    def stop(self) -> None:
        self._context.services.tasks.cancel_owner(self)
        self.presenter.stop()

"""The left column of Create: what to make, and the button with its price."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.panes.create.form import (
    ASPECTS,
    MAX_SIDE,
    MIN_SIDE,
    QUALITIES,
    STEP,
    aspect_of,
    size_of,
    takes_negative,
    takes_quality,
)
from studio.ui.theme import BORDER, Size, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.numbers import NumberField, SeedField
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Surface
from studio.ui.widgets.text import Label, SectionHeader

if TYPE_CHECKING:
    from studio.domain.models import ModelInfo
    from studio.panes.create.form import Form

WIDTH = 304
OTHER = "other"
PROMPT_HINT = "A lighthouse on a basalt cliff at dusk"
MOST = 16


class FormView(Surface):
    """The fields and the button. Emits what the user changed; shows what it is told."""

    edited = Signal(dict)
    """Field names of `Form` with their new values."""
    generate = Signal()
    history_wanted = Signal(object)
    """The button that asks for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "right", parent)
        self._showing = False
        self._models: dict[str, ModelInfo] = {}
        # Everything gets its parent at once, see `PaneSpec`.
        area = ScrollColumn(parent=self)
        self._body = area.column
        self._page = area.widget()
        self._add_prompt()
        self._add_model()
        self._add_size()
        self._add_seed_and_count()
        self._add_safe()
        self._body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, round(BORDER), 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addLayout(self._footer())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)

    # ------------------------------------------------------------------ building

    def _section(self, header: SectionHeader, *controls: QWidget) -> None:
        group = QVBoxLayout()
        group.setSpacing(Space.SM)
        group.addWidget(header)
        for control in controls:
            group.addWidget(control)
        self._body.addLayout(group)

    def _add_prompt(self) -> None:
        self.prompt = PromptEdit("Prompt", tr(PROMPT_HINT), parent=self._page)
        self.prompt.text_changed.connect(lambda: self._edit(prompt=self.prompt.text()))
        self.prompt.submitted.connect(self.generate)
        header = SectionHeader(tr("Prompt"), buddy=self.prompt.editor, parent=self._page)
        history = IconButton("history", tr("Earlier prompts"))
        history.clicked.connect(lambda: self.history_wanted.emit(history))
        header.add_action(history)
        self._section(header, self.prompt)

    def _add_model(self) -> None:
        self.model = Select("Model", placeholder=tr("No models yet"), search=True, parent=self._page)
        self.model.changed.connect(lambda value: self._edit(model=value))
        self._model_header = SectionHeader(tr("Model"), buddy=self.model, parent=self._page)
        self._section(self._model_header, self.model)

    def _add_size(self) -> None:
        options = [(aspect, aspect) for aspect in ASPECTS] + [(OTHER, "…")]
        self.shape = Segmented("Size", options, "1:1", self._page)
        self.shape.part(OTHER).setAccessibleName(tr("Another size"))
        self.shape.part(OTHER).setToolTip(tr("Another size"))
        self.shape.changed.connect(self._choose_aspect)
        self.shape.part(OTHER).clicked.connect(self._open_sides)
        self._size_header = SectionHeader(tr("Size"), "1024 × 1024", buddy=self.shape, parent=self._page)
        self._section(self._size_header, self.shape)
        self._sides = (1024, 1024)

    def _add_seed_and_count(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        self.seed = SeedField("Seed", 1, parent=self._page)
        self.seed.changed.connect(lambda value: self._edit(seed=max(1, int(value))))
        self.seed.lock_changed.connect(lambda locked: self._edit(seed_locked=locked))
        self.count = NumberField("Images", 1, MOST, 1, parent=self._page)
        self.count.valueChanged.connect(lambda value: self._edit(count=value))
        for header, control, share in (
            (SectionHeader(tr("Seed"), buddy=self.seed, parent=self._page), self.seed, 2),
            (SectionHeader(tr("Images"), buddy=self.count, parent=self._page), self.count, 1),
        ):
            column = QVBoxLayout()
            column.setSpacing(Space.SM)
            column.addWidget(header)
            column.addWidget(control)
            row.addLayout(column, share)
        self._body.addLayout(row)

    def _add_safe(self) -> None:
        self.safe = Switch(tr("Family safe"), wide=True, parent=self._page)
        self.safe.setToolTip(tr("Blocks sexual and violent pictures."))
        self.safe.toggled.connect(lambda on: self._edit(safe=on))
        self._body.addWidget(self.safe)

    def add_optional(self) -> None:
        """What only some models take. Hidden until one is chosen that does: the first frame goes without."""
        self.negative = PromptEdit("Negative prompt", tr("What should not be in it"))
        self.negative.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN)
        self.negative.text_changed.connect(lambda: self._edit(negative_prompt=self.negative.text()))
        self._negative_box = self._boxed(
            SectionHeader(tr("Negative prompt"), buddy=self.negative), self.negative
        )
        self.quality = Segmented(
            "Quality", [(q, tr(q.capitalize() if q != "hd" else "HD")) for q in QUALITIES], "medium"
        )
        self.quality.changed.connect(lambda value: self._edit(quality=value))
        self.transparent = Switch(tr("Transparent background"), wide=True)
        self.transparent.toggled.connect(lambda on: self._edit(transparent=on))
        self._quality_box = self._boxed(
            SectionHeader(tr("Quality"), buddy=self.quality), self.quality, self.transparent
        )
        # Tab goes down the column, not in the order in which the fields were built.
        order = (self.count, self.negative.editor, self.quality, self.transparent, self.safe, self.button)
        for one, after in pairwise(order):
            QWidget.setTabOrder(one, after)
        self._add_shortcut()

    def _add_shortcut(self) -> None:
        """Ctrl+Enter is written under the button, so it works in every field; once, however long held."""
        from PySide6.QtGui import QKeySequence, QShortcut

        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.generate)

    def _boxed(self, header: SectionHeader, *controls: QWidget) -> QWidget:
        box = QWidget(self._page)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        column.addWidget(header)
        for control in controls:
            column.addWidget(control)
        box.hide()
        self._body.insertWidget(self._body.indexOf(self.safe), box)
        return box

    def _footer(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.LG)
        column.setSpacing(Space.SM)
        self.button = Button(tr("Generate"), "primary", "create", size="large", name="Generate")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.generate)
        self.button.setEnabled(False)
        self._words = Label("", "caption", "text2", tabular=True, wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setMinimumHeight(Theme.current().line_height("caption"))
        column.addWidget(self.button)
        column.addWidget(self._words)
        return column

    # ------------------------------------------------------------------ showing

    def show_form(self, form: Form, *, keep_prompt: bool = False) -> None:
        """Put the values into the fields without telling anyone."""
        self._showing = True
        try:
            if not keep_prompt:
                self.prompt.set_text(form.prompt)
            self.negative.set_text(form.negative_prompt)
            if form.model in self._models:
                self.model.set_value(form.model)
            self.seed.set_value(form.seed)
            self.seed.set_locked(form.seed_locked)
            self.count.setValue(form.count)
            self.safe.setChecked(form.safe)
            self.transparent.setChecked(form.transparent)
            if form.quality in QUALITIES:
                self.quality.set_value(form.quality)
            self._show_sides(form.width, form.height)
            self._show_fields(self._models.get(form.model))
        finally:
            self._showing = False

    def show_models(self, models: Sequence[ModelInfo], chosen: str) -> None:
        """Offer these models, with their prices."""
        from studio.panes.create.model_options import option_of

        self._models = {model.name: model for model in models}
        self._showing = True
        try:
            self.model.set_options([option_of(model) for model in models], chosen)
            if chosen in self._models:
                self.model.set_value(chosen)
        finally:
            self._showing = False
        self._model_header.set_value(tr("{n} available", n=len(models)) if models else "")
        self._show_fields(self._models.get(chosen))

    def show_button(self, label: str, note: str, words: str, *, enabled: bool, problem: bool) -> None:
        """The button's label and price, and the line under it."""
        self.button.setText(label)
        self.button.set_note(note)
        self.button.setEnabled(enabled)
        self._words.setText(words)
        self._words.set_tone("warn" if problem else "text2")

    def point_at(self, field: str) -> None:
        """Move the focus to the field that keeps the button from working."""
        control = {"prompt": self.prompt.editor, "model": self.model, "count": self.count}.get(field)
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_fields(self, model: ModelInfo | None) -> None:
        self._negative_box.setVisible(takes_negative(model))
        self._quality_box.setVisible(takes_quality(model))

    def _show_sides(self, width: int, height: int) -> None:
        self._sides = (width, height)
        self._size_header.set_value(f"{width} × {height}")
        self.shape.set_value(aspect_of(width, height) or OTHER)

    # ------------------------------------------------------------------ editing

    def _edit(self, **changes: object) -> None:
        if self._showing:
            return
        if "model" in changes:
            self._show_fields(self._models.get(str(changes["model"])))
        self.edited.emit(changes)

    def _choose_aspect(self, aspect: object) -> None:
        if aspect == OTHER:
            return
        width, height = size_of(str(aspect))
        self._show_sides(width, height)
        self._edit(width=width, height=height)

    def _open_sides(self) -> None:
        """Two numbers, for a size of one's own."""
        from studio.ui.widgets.popover import Popover

        popover = Popover(self.shape, padding=Space.MD)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        fields: list[NumberField] = []
        for name, value in (("Width", self._sides[0]), ("Height", self._sides[1])):
            field = NumberField(tr(name), MIN_SIDE, MAX_SIDE, value, step=STEP, suffix=" px")
            column = QVBoxLayout()
            column.addWidget(SectionHeader(tr(name), buddy=field))
            column.addWidget(field)
            row.addLayout(column)
            fields.append(field)

        def apply() -> None:
            width, height = fields[0].value(), fields[1].value()
            self._sides = (width, height)
            self._size_header.set_value(f"{width} × {height}")
            self._edit(width=width, height=height)

        for field in fields:
            field.valueChanged.connect(apply)
        popover.body.addLayout(row)
        popover.dismissed.connect(lambda: self._show_sides(*self._sides))
        popover.present(fields[0])


def button_label(count: int) -> str:
    """ "Generate", or "Generate 4"."""
    return trn("Generate", "Generate {n}", count)

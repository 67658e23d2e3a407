"""The left column of Create: what to make, and the button with its price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.panes.create.form import ASPECTS, MAX_SIDE, MIN_SIDE, STEP, aspect_of, size_of
from studio.panes.create.prompt_section import PromptSection
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.numbers import NumberField, SeedField
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Surface
from studio.ui.widgets.text import Label, SectionHeader

if TYPE_CHECKING:
    from studio.domain.models import ModelInfo
    from studio.panes.create.form import Form
    from studio.panes.create.form_parts import OptionalParts
    from studio.panes.create.media_strip import Look

WIDTH = 304
OTHER = "other"
MOST = 16
MARKED_MS = 1800


class FormView(Surface):
    """The fields and the button. Emits what the user changed; shows what it is told.

    The first frame shows what every model takes; `add_optional` adds the rest below it.
    """

    edited = Signal(dict)
    """Field names of `Form` with their new values."""
    generate = Signal()
    grid_wanted = Signal()
    legacy_wanted = Signal()
    favourite = Signal()
    """The chosen model goes into the favourites, or out of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "right", parent)
        self._showing = False
        self._models: dict[str, ModelInfo] = {}
        self._model_options: object = None
        self._favourites: Sequence[str] = ()
        self.parts: OptionalParts | None = None
        # Everything gets its parent at once, see `PaneSpec`.
        area = ScrollColumn(parent=self)
        self.area = area
        self.body = area.column
        self.page = area.widget()
        self._add_prompt()
        self._add_model()
        self._add_size()
        self._add_seed_and_count()
        self.body.addStretch(1)
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

    def _section(self, header: SectionHeader, *controls: QWidget) -> QWidget:
        box = QWidget(self.page)
        group = QVBoxLayout(box)
        group.setContentsMargins(0, 0, 0, 0)
        group.setSpacing(Space.SM)
        group.addWidget(header)
        for control in controls:
            group.addWidget(control)
        self.body.addWidget(box)
        return box

    def _add_prompt(self) -> None:
        self.words = PromptSection(self.page)
        self.prompt = self.words.prompt
        self.prompt.text_changed.connect(lambda: self.edit(prompt=self.prompt.text()))
        self.prompt.submitted.connect(self.generate)
        self.words.style_removed.connect(lambda: self.edit(style=""))
        self.body.addWidget(self.words)

    def _add_model(self) -> None:
        self.kind = Segmented(tr("Kind"), kinds_of(legacy=False), "image", parent=self.page)
        self._name_kinds()
        self.kind.changed.connect(self._choose_kind)
        self.model = Select(tr("Model"), placeholder=tr("No models yet"), search=True, parent=self.page)
        self.model.changed.connect(lambda value: self.edit(model=value))
        self._model_header = SectionHeader(tr("Model"), buddy=self.model, parent=self.page)
        self._favourite = IconButton("star", tr("Favourite"), icon_on="star-fill", parent=self.page)
        self._favourite.clicked.connect(self.favourite)
        self._model_header.add_action(self._favourite)
        self.model_box = self._section(self._model_header, self.kind, self.model)

    def _name_kinds(self) -> None:
        """The filters over the gallery are called the same."""
        self.kind.part("image").setAccessibleName(tr("Make pictures"))
        self.kind.part("video").setAccessibleName(tr("Make films"))

    def offer_legacy(self, offered: bool) -> None:
        """Offer the legacy service beside pictures and films, or not."""
        self.kind.set_options(kinds_of(legacy=offered))
        self._name_kinds()

    def _choose_kind(self, value: object) -> None:
        if value == "legacy":
            self.legacy_wanted.emit()
        else:
            self.edit(kind=value)

    def _add_size(self) -> None:
        options = [(aspect, aspect) for aspect in ASPECTS] + [(OTHER, "…")]
        self.shape = Segmented(tr("Size"), options, "1:1", self.page)
        self.shape.part(OTHER).setAccessibleName(tr("Another size"))
        self.shape.part(OTHER).setToolTip(tr("Another size"))
        self.shape.changed.connect(self._choose_aspect)
        self.shape.part(OTHER).clicked.connect(self._open_sides)
        self._size_header = SectionHeader(tr("Size"), "1024 × 1024", buddy=self.shape, parent=self.page)
        self._size_box = self._section(self._size_header, self.shape)
        self._sides = (1024, 1024)

    def _add_seed_and_count(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        self.seed = SeedField(tr("Seed"), 1, parent=self.page)
        self.seed.changed.connect(lambda value: self.edit(seed=max(1, int(value))))
        self.seed.lock_changed.connect(lambda locked: self.edit(seed_locked=locked))
        self.count = NumberField(tr("Images"), 1, MOST, 1, parent=self.page)
        self.count.valueChanged.connect(lambda value: self.edit(count=value))
        self._seed_header = SectionHeader(tr("Seed"), buddy=self.seed, parent=self.page)
        self._count_header = SectionHeader(tr("Images"), buddy=self.count, parent=self.page)
        for header, control, share in (
            (self._seed_header, self.seed, 2), (self._count_header, self.count, 1),
        ):  # fmt: skip
            column = QVBoxLayout()
            column.setSpacing(Space.SM)
            column.addWidget(header)
            column.addWidget(control)
            row.addLayout(column, share)
        self.body.addLayout(row)

    def add_optional(self, look: Look) -> OptionalParts:
        """What only some models take, below the rest: the first frame goes without.

        Args:
            look: shows a file of the form small.
        """
        from studio.panes.create.form_parts import OptionalParts

        self.parts = OptionalParts(self, look, self)
        self._add_shortcut()
        return self.parts

    def _add_shortcut(self) -> None:
        """Ctrl+Enter stands under the button, so it works in every field; once, however long it is held."""
        from PySide6.QtGui import QKeySequence, QShortcut

        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.generate)

    def _footer(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.LG)
        column.setSpacing(Space.SM)
        self.button = Button(tr("Generate"), "primary", "create", size="large", name=tr("Generate"))
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.generate)
        self.button.setEnabled(False)
        self._words = Label("", "caption", "text2", tabular=True, wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setMinimumHeight(Theme.current().line_height("caption"))
        grid = IconButton("grid", tr("Make a grid"), size="large")
        grid.clicked.connect(self.grid_wanted)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self.button, 1)
        row.addWidget(grid)
        column.addLayout(row)
        column.addWidget(self._words)
        return column

    # ------------------------------------------------------------------ showing

    def show_form(self, form: Form) -> None:
        """Put the values into the fields without telling anyone."""
        model = self._models.get(form.model)
        self._showing = True
        try:
            self.prompt.set_text(form.prompt)
            self.kind.set_value(form.kind)
            if model is not None:
                self.model.set_value(form.model)
            self.seed.set_value(form.seed)
            self.seed.set_locked(form.seed_locked)
            self.count.setValue(form.count)
            self._favourite.setChecked(form.model in self._favourites)
            self._show_sides(form.width, form.height)
            self._size_box.setVisible(form.kind != "video")
            self._count_header.label.setText(tr("Films") if form.kind == "video" else tr("Images"))
            if self.parts is not None:
                self.parts.show_form(form, model)
        finally:
            self._showing = False

    def show_parts(self, form: Form) -> None:
        """Only what depends on the model and the files."""
        self._favourite.setChecked(form.model in self._favourites)
        if self.parts is not None:
            self._showing = True
            try:
                self.parts.show_form(form, self._models.get(form.model))
            finally:
                self._showing = False

    def show_saved_model(self, name: str, title: str) -> None:
        """The model that was chosen last, until the catalogue is there."""
        if name and not self._models:
            self.model.stand_in(title or name.rpartition("/")[2], "model")

    def show_models(self, models: Sequence[ModelInfo], chosen: str, favourites: Sequence[str] = ()) -> None:
        """Offer these models, with their prices; the favourites first."""
        from studio.panes.create.model_options import options_of

        self._models = {model.name: model for model in models}
        wanted = (tuple(models), tuple(favourites))
        self._showing = True
        try:
            if models and wanted != self._model_options:
                self._model_options = wanted
                self.model.set_options(options_of(models, favourites), chosen)
            if chosen in self._models:
                self.model.set_value(chosen)
        finally:
            self._showing = False
        self._model_header.set_value(tr("{n} available", n=len(models)) if models else "")
        self._favourites = favourites
        self._favourite.setChecked(chosen in favourites)

    def show_button(
        self, label: str, notes: Sequence[str], words: str, *, enabled: bool, problem: bool
    ) -> None:
        """The button's label and price, and the line under it.

        Args:
            notes: the price in words, from the longest to the shortest: the first that fits is shown, and
                screen readers hear the longest.
        """
        self.button.setText(label)
        self.button.set_notes(notes)
        self.button.setEnabled(enabled)
        self._words.setText(words)
        self._words.set_tone("warn" if problem else "text2")

    def point_at(self, field: str) -> None:
        """Move the focus to the field that keeps the button from working, or to the "button" itself."""
        controls: dict[str, QWidget] = {
            "prompt": self.prompt.editor, "model": self.model, "count": self.count, "button": self.button,
        }  # fmt: skip
        control = controls.get(field)
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.parts is not None:
            self.parts.focus(field)

    def mark(self, fields: Sequence[str]) -> None:
        """Colour the names of these fields for a moment: they were taken over from elsewhere."""
        headers = {
            "prompt": self.words.header, "style": self.words.header, "model": self._model_header,
            "width": self._size_header, "height": self._size_header, "seed": self._seed_header,
        }  # fmt: skip
        if self.parts is not None:
            headers |= self.parts.headers()
        marked = {headers[name] for name in fields if name in headers}
        for header in marked:
            header.label.set_tone("accent")

        def unmark() -> None:
            for header in marked:
                header.label.set_tone("text2")

        QTimer.singleShot(MARKED_MS, self, unmark)

    def _show_sides(self, width: int, height: int) -> None:
        self._sides = (width, height)
        self._size_header.set_value(f"{width} × {height}")
        self.shape.set_value(aspect_of(width, height) or OTHER)

    # ------------------------------------------------------------------ editing

    def edit(self, **changes: object) -> None:
        """Tell what the user changed; nothing while values are put in."""
        if not self._showing:
            self.edited.emit(changes)

    def _choose_aspect(self, aspect: object) -> None:
        if aspect == OTHER:
            return
        width, height = size_of(str(aspect))
        self._show_sides(width, height)
        self.edit(width=width, height=height)

    def _open_sides(self) -> None:
        """Two numbers, for a size of one's own."""
        from studio.ui.widgets.popover import Popover

        popover = Popover(self.shape, padding=Space.MD)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        fields: list[NumberField] = []
        for name, value in ((tr("Width"), self._sides[0]), (tr("Height"), self._sides[1])):
            field = NumberField(name, MIN_SIDE, MAX_SIDE, value, step=STEP, suffix=" px")
            column = QVBoxLayout()
            column.addWidget(SectionHeader(name, buddy=field))
            column.addWidget(field)
            row.addLayout(column)
            fields.append(field)

        def apply() -> None:
            width, height = fields[0].value(), fields[1].value()
            self._sides = (width, height)
            self._size_header.set_value(f"{width} × {height}")
            self.edit(width=width, height=height)

        for field in fields:
            field.valueChanged.connect(apply)
            field.lineEdit().returnPressed.connect(popover.dismiss)
        popover.body.addLayout(row)
        popover.dismissed.connect(lambda: self._show_sides(*self._sides))
        popover.present(fields[0])


def kinds_of(*, legacy: bool) -> list[tuple[str, str]]:
    """What one can make: value and words."""
    kinds = [("image", tr("Pictures")), ("video", tr("Video"))]
    return [*kinds, ("legacy", tr("Legacy"))] if legacy else kinds


def button_label(count: int) -> str:
    """ "Generate", or "Generate 4"."""
    return trn("Generate", "Generate {n}", count)

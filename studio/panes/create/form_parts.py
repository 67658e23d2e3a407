"""What the form has below the fields of the first frame: the model's parameters, its files, more options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.parameters import SLOTS, slots_of, takes_edits
from studio.panes.create.form import Form, unmet
from studio.panes.create.media_strip import Look, MediaStrip, takes
from studio.panes.create.parameter_fields import ParameterFields, changed_words
from studio.ui.theme import Size, Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.layout import Disclosure
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.text import Label, SectionHeader

if TYPE_CHECKING:
    from studio.domain.models import ModelInfo
AS_REFERENCE = tr(
    "Uploaded for the service to fetch. Who knows the address can see it, for two weeks or more."
)
AS_EDIT = tr("Sent with the request. The first picture is changed as the prompt says.")


class Host(Protocol):
    """The form that the parts are built into: its column, and the fields beside which they stand."""

    page: QWidget | None
    body: QVBoxLayout
    prompt: PromptEdit
    model_box: QWidget
    count: NumberField
    button: Button

    def edit(self, **changes: object) -> None: ...


class OptionalParts(QObject):
    """Builds the parts into a form and keeps them in line with the model."""

    files = Signal(str, object)
    picture = Signal(str, object)
    choose = Signal(str, str)
    reset = Signal()
    defaults = Signal(bool)
    """What the form has is kept as the model's defaults, or they are forgotten."""
    more_shown = Signal(bool)

    def __init__(self, form: Host, look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self._look = look
        self._has_defaults = False
        self._strips: dict[str, MediaStrip] = {}
        page = form.page
        self.main = ParameterFields(main=True, parent=page)
        self.main.edited.connect(lambda name, value: form.edit(**{name: value}))
        self._media = QWidget(page)
        self._media_column = QVBoxLayout(self._media)
        self._media_column.setContentsMargins(0, 0, 0, 0)
        self._media_column.setSpacing(Space.LG)
        self._build_unmet()
        self._build_edits()
        self._build_more(page)
        for part in (self.main, self._media, self.disclosure, self.more):
            form.body.insertWidget(form.body.count() - 1, part)
            part.setVisible(part is self.disclosure)
        form.prompt.editor.installEventFilter(self)
        form.prompt.editor.viewport().installEventFilter(self)

    def _build_unmet(self) -> None:
        """Under the model: what is set and not sent, because it does not take it."""
        self._unmet_box = QWidget(self._form.model_box)
        row = QHBoxLayout(self._unmet_box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        self.unmet = Label("", "caption", "text2", wrap=True, parent=self._unmet_box)
        self.forget = Button(
            tr("Forget"), "link", size="tiny", name=tr("Forget what this model does not take"),
            parent=self._unmet_box,
        )  # fmt: skip
        self.forget.clicked.connect(self._forget)
        row.addWidget(self.unmet, 1)
        row.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignTop)
        self._unmet_fields: tuple[str, ...] = ()
        self._unmet_box.hide()
        layout = self._form.model_box.layout()
        if layout is not None:
            layout.addWidget(self._unmet_box)

    def show_defaults(self, has: bool) -> None:
        """Whether the model has defaults of its own, which can be forgotten then."""
        self._has_defaults = has
        words = tr("Forget the model's defaults") if has else tr("Keep as the model's defaults")
        self.defaults_button.setText(words)
        self.defaults_button.setAccessibleName(words)

    def _show_unmet(self, form: Form, model: ModelInfo | None) -> None:
        found = unmet(form, model)
        self._unmet_fields = tuple(found)
        self._unmet_box.setVisible(bool(found))
        if found and model is not None:
            self.unmet.setText(tr("Kept for other models: {what}.", what=", ".join(found.values())))
            self.unmet.setToolTip(
                tr("{model} does not take it, so it is not sent.", model=model.title or model.name)
            )

    def _forget(self) -> None:
        """The wishes that this model does not meet go; the focus stays with the model."""
        usual = Form()
        self._form.edit(**{name: getattr(usual, name) for name in self._unmet_fields})

    def _build_edits(self) -> None:
        """How pictures go along: as references, or to be changed."""
        self._edits_box = QWidget(self._media)
        column = QVBoxLayout(self._edits_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        self.edits = Segmented(
            tr("Use as"), [("", tr("Reference")), ("edits", tr("Edit this"))], "", self._edits_box
        )
        self.edits.changed.connect(lambda value: self._form.edit(edits=value == "edits"))
        self._edits_words = Label("", "caption", "text2", wrap=True, parent=self._edits_box)
        column.addWidget(self.edits)
        column.addWidget(self._edits_words)
        self._edits_box.hide()

    def _build_more(self, page: QWidget | None) -> None:
        form = self._form
        self.more = QWidget(page)
        self.disclosure = Disclosure(tr("More options"), content=self.more, parent=page)
        self.disclosure.toggled.connect(self.more_shown)
        column = QVBoxLayout(self.more)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.LG)
        self.others = ParameterFields(main=False, parent=self.more)
        self.others.edited.connect(lambda name, value: form.edit(**{name: value}))
        self.safe = Switch(tr("Family safe"), wide=True, parent=self.more)
        self.safe.setToolTip(tr("Blocks sexual and violent pictures."))
        self.safe.toggled.connect(lambda on: form.edit(safe=on))
        self.reset_button = Button(tr("Reset to defaults"), "outline", "use-all", parent=self.more)
        self.reset_button.clicked.connect(self.reset)
        self.defaults_button = Button("", "outline", "pin", parent=self.more)
        self.defaults_button.setMinimumWidth(Size.CONTROL)  # long words give way before the form is cut
        self.defaults_button.clicked.connect(lambda: self.defaults.emit(not self._has_defaults))
        column.addWidget(self.others)
        column.addWidget(self.safe)
        column.addWidget(self.defaults_button)
        column.addWidget(self.reset_button)

    # ------------------------------------------------------------------ showing

    def show_form(self, form: Form, model: ModelInfo | None) -> None:
        """Show what the model takes, with the form's values."""
        self._show_unmet(form, model)
        self.main.show_form(form, model)
        changed = self.others.show_form(form, model) + form.safe
        self.safe.setChecked(form.safe)
        self.disclosure.set_detail(changed_words(changed))
        offered = slots_of(model)
        for slot in offered:
            strip = self._strip(slot.name, slot.label)
            strip.show_items(getattr(form, slot.name), slot.most(model) if model is not None else 0)
        shown = {f"{slot.name}/{slot.label}" for slot in offered}
        for key, strip in self._strips.items():
            strip.setVisible(key in shown)
        self._media.setVisible(bool(offered))
        self._show_edits(form, model)

    def _show_edits(self, form: Form, model: ModelInfo | None) -> None:
        has = bool(form.image) and form.kind == "image"
        self._edits_box.setVisible(has)
        if has:
            edits = form.edits and takes_edits(model)
            self.edits.setVisible(takes_edits(model))
            self.edits.set_value("edits" if edits else "")
            self._edits_words.setText(AS_EDIT if edits else AS_REFERENCE)

    def _strip(self, name: str, label: str) -> MediaStrip:
        """The strip of a slot, made when a model first has it; in the table's order."""
        key = f"{name}/{label}"
        if key not in self._strips:
            slot = next(one for one in SLOTS if one.name == name and one.label == label)
            strip = MediaStrip(slot, self._look, self._media)
            strip.changed.connect(lambda field, items: self._form.edit(**{field: items}))
            strip.files.connect(self.files)
            strip.picture.connect(self.picture)
            strip.choose.connect(self.choose)
            order = [f"{one.name}/{one.label}" for one in SLOTS]
            before = sum(order.index(other) < order.index(key) for other in self._strips)
            self._strips[key] = strip
            self._media_column.removeWidget(self._edits_box)
            self._media_column.insertWidget(before, strip)
            self._media_column.addWidget(self._edits_box)
        return self._strips[key]

    def strips(self) -> list[MediaStrip]:
        """The strips that are shown now."""
        return [strip for strip in self._strips.values() if not strip.isHidden()]

    def headers(self) -> dict[str, SectionHeader]:
        """The names over fields and strips, by field."""
        found = {strip.slot.name: strip.header for strip in self.strips()}
        for fields in (self.main, self.others):
            found |= {name: row.header for name, row in fields.rows.items() if row.header is not None}
        return found

    def focus(self, field: str) -> None:
        """Put the focus on a parameter or a strip."""
        strip = next((one for one in self.strips() if one.slot.name == field), None)
        if strip is not None:
            strip.zone.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self.main.focus(field):
            self.disclosure.setChecked(True)
            self.others.focus(field)

    # ------------------------------------------------------------------ pasting into the prompt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A picture that is pasted or dropped into the prompt goes to the references."""
        if isinstance(event, QKeyEvent):
            pastes = event.type() == QEvent.Type.KeyPress and event.matches(QKeySequence.StandardKey.Paste)
            data = QApplication.clipboard().mimeData() if pastes else None
        elif isinstance(event, QDropEvent):
            data = event.mimeData()
        else:
            return False
        strip = next((one for one in self.strips() if one.slot.media == "image"), None)
        if (
            data is None
            or strip is None
            or not takes(data, "image")
            or (data.hasText() and not data.hasUrls())
        ):
            return False
        if isinstance(event, QDropEvent):
            event.acceptProposedAction()
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.Drop):
            strip.take(data)
        return True

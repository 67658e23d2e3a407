"""The controls of a form that was read from a schema (`studio.domain.schema_form`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.schema_form import ASSET, SchemaField, SchemaForm, read_value
from studio.ui.theme import Size, Space
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import PromptEdit, TextField
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import ElidedLabel, Label, SectionHeader

SIDE_BY_SIDE: Final = 4
LONGEST_WORD: Final = 9
MOST_SPIN: Final = 2**31 - 1
"""What a number field of Qt can hold; larger numbers are typed as text."""
MOST_FILES: Final = 32
_UNSET: Final = "unset"


class FilesField(QWidget):
    """Files of the library and web addresses, chosen, dropped or typed."""

    edited = Signal()
    choose = Signal()
    dropped = Signal(object)
    """Paths of files that were dropped."""

    def __init__(self, name: str, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self._items: list[str] = []
        self._names: dict[str, str] = {}
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._column.setSpacing(Space.XS)
        line = QHBoxLayout()
        line.setSpacing(Space.SM)
        self.address = TextField(name, tr("Web address"), parent=self)
        self.address.textChanged.connect(lambda _text: self.edited.emit())
        self.address.returnPressed.connect(self._add_typed)
        self.button = Button(
            tr("Choose"), "outline", name=tr("Choose a file for {field}", field=name), parent=self
        )
        self.button.clicked.connect(self.choose)
        line.addWidget(self.address, 1)
        line.addWidget(self.button)
        self._column.addLayout(line)
        self.setFocusProxy(self.address)
        self.setAcceptDrops(True)

    def values(self) -> list[str]:
        """All of them, with what is typed and not added yet."""
        typed = self.address.text().strip()
        return [*self._items, *([typed] if typed else [])][: self._most]

    def set_values(self, values: Sequence[str], names: Mapping[str, str]) -> None:
        """Show these; `names` calls files of the library by their names."""
        self._names.update(names)
        self._items = list(dict.fromkeys(values))[: self._most]
        self.address.setText("")
        self._show()

    def add(self, values: Mapping[str, str]) -> None:
        """Add files with their names; where one alone fits, it takes the other's place."""
        items = [*self._items, *values] if self._most > 1 else list(values)[-1:]
        self.set_values(items, values)
        self.edited.emit()

    def _add_typed(self) -> None:
        typed = self.address.text().strip()
        if typed and self._most > 1:
            self.add({typed: typed})

    def _remove(self, value: str) -> None:
        self._items.remove(value)
        self._show()
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _show(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(value) for value in self._items]
        for place, row in enumerate(self._rows):
            self._column.insertWidget(place, row)
        full = len(self._items) >= self._most
        # One more would take the only one's place, which is what choosing again is for.
        self.address.setVisible(not full)
        self.button.setText(tr("Choose another") if full and self._most == 1 else tr("Choose"))
        self.button.setEnabled(not full or self._most == 1)

    def _row(self, value: str) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.SM, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        words = self._names.get(value) or (tr("A file of the library") if value.startswith(ASSET) else value)
        label = ElidedLabel(words, parent=box)
        remove = IconButton("close", tr("Remove {file}", file=words), parent=box)
        remove.clicked.connect(lambda: self._remove(value))
        row.addWidget(label, 1)
        row.addWidget(remove)
        return box

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.dropped.emit(paths)


class SchemaRow(QWidget):
    """One field: its name, its control, what it is for, and what is wrong with it."""

    edited = Signal(str)
    submitted = Signal()

    def __init__(self, field: SchemaField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._by_text: dict[str, Any] = {}
        self._showing = False
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM - Space.HAIR)
        self.control = self._new_control()
        if field.kind != "switch":
            header = SectionHeader(field.title, _about(field), buddy=self.control, parent=self)
            column.addWidget(header)
        column.addWidget(self.control)
        self._problem = Label("", "caption", "bad", wrap=True, parent=self)
        self._problem.hide()
        column.addWidget(self._problem)
        if field.description:
            column.addWidget(Label(field.description, "caption", "text2", wrap=True, parent=self))
            self._focused.setAccessibleDescription(field.description)

    @property
    def _focused(self) -> QWidget:
        return self.control.focusProxy() or self.control

    # ------------------------------------------------------------------ building

    def _new_control(self) -> QWidget:
        field = self.field
        match field.kind:
            case "switch":
                switch = Switch(field.title, wide=True, parent=self)
                switch.toggled.connect(self._edit)
                return switch
            case "choice":
                return self._choice()
            case "words" | "json":
                text = PromptEdit(field.title, _example(field), parent=self)
                text.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN * 2)
                text.text_changed.connect(self._edit)
                text.submitted.connect(self.submitted)
                return text
            case "file" | "files":
                files = FilesField(field.title, 1 if field.kind == "file" else MOST_FILES, self)
                files.edited.connect(self._edit)
                return files
            case "integer" | "number":
                return self._number()
            case _:
                line = TextField(field.title, "", parent=self)
                line.textChanged.connect(self._edit)
                return line

    def _number(self) -> QWidget:
        """Arrows where both ends and a value are known; else a text, which can be left empty."""
        field = self.field
        low, high = field.minimum, field.maximum
        fits = low is not None and high is not None and max(abs(low), abs(high)) <= MOST_SPIN
        if field.default is None or low is None or high is None or not fits:
            line = TextField(field.title, "" if field.required else tr("Up to the model"), parent=self)
            line.textChanged.connect(self._edit)
            return line
        if field.kind == "integer":
            whole = NumberField(field.title, int(low), int(high), int(field.default), parent=self)
            whole.valueChanged.connect(self._edit)
            return whole
        decimals = min(max(_digits(low), _digits(high), _digits(field.default), 2), 8)
        step = 0.1 if high - low <= 10 else 1.0
        number = DecimalField(
            field.title, low, high, float(field.default), decimals=decimals, step=step, parent=self
        )
        number.valueChanged.connect(self._edit)
        return number

    def _choice(self) -> QWidget:
        field = self.field
        self._by_text = {f"{type(one).__name__} {one}": one for one in field.choices}
        pairs = [(text, str(one)) for text, one in self._by_text.items()]
        if field.default is None:
            pairs.insert(0, (_UNSET, tr("Choose") if field.required else tr("Up to the model")))
        few = len(pairs) <= SIDE_BY_SIDE and all(len(label) <= LONGEST_WORD for _value, label in pairs)
        control: Segmented | Select
        if few:
            control = Segmented(field.title, pairs, parent=self)
        else:
            control = Select(field.title, [Option(value, label) for value, label in pairs], parent=self)
        control.changed.connect(self._edit)
        return control

    # ------------------------------------------------------------------ values

    def value(self) -> Any:
        """What the control holds, as `read_value` takes it."""
        match self.control:
            case Switch() as control:
                return control.isChecked()
            case Segmented() | Select() as control:
                return self._by_text.get(str(control.value()))
            case NumberField() as control:
                return str(control.value())
            case DecimalField() as control:
                return f"{control.value():.10g}"
            case PromptEdit() as control:
                return control.text()
            case FilesField() as control:
                values = control.values()
                return values if self.field.kind == "files" else "".join(values[:1])
            case TextField() as control:
                return control.text()
            case _:
                return None

    def set_value(self, value: Any, names: Mapping[str, str]) -> None:
        """Put a value in without telling anyone."""
        self._showing = True
        try:
            self._put(value, names)
        finally:
            self._showing = False
        self.show_problem("")

    def _put(self, value: Any, names: Mapping[str, str]) -> None:
        match self.control:
            case Switch() as control:
                control.setChecked(value is True)
            case Segmented() | Select() as control:
                text = f"{type(value).__name__} {value}"
                known = text if text in self._by_text else _UNSET if self.field.default is None else None
                control.set_value(known or next(iter(self._by_text)))
            case NumberField() as control:
                control.setValue(int(float(value or self.field.default or 0)))
            case DecimalField() as control:
                control.setValue(float(value or self.field.default or 0))
            case PromptEdit() as control:
                control.set_text(str(value or ""))
            case FilesField() as control:
                items = value if isinstance(value, list) else [value] if value else []
                control.set_values([str(one) for one in items], names)
            case TextField() as control:
                control.setText("" if value is None else str(value))
            case _:
                pass

    def _edit(self, _value: object = None) -> None:
        if self._showing:
            return
        value = self.value()
        # That something is still missing is said when it is wanted, not while one fills the form in.
        self.show_problem(read_value(self.field, value)[1] if value not in (None, "", []) else "")
        self.edited.emit(self.field.name)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong with the value; "" for nothing."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        if isinstance(self.control, TextField):
            self.control.set_error(sentence)

    @property
    def problem(self) -> str:
        return self._problem.text()

    def focus(self) -> None:
        self._focused.setFocus(Qt.FocusReason.OtherFocusReason)


class SchemaFormView(QWidget):
    """The rows of a form.

    `edited` tells that a value changed, `submitted` that Ctrl+Enter was pressed in a text, `choose` and
    `dropped` the field that wants files (and their paths).
    """

    edited = Signal()
    submitted = Signal()
    choose = Signal(str)
    dropped = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Inputs of the model"))
        self.rows: dict[str, SchemaRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._column.setSpacing(Space.LG)

    def show_form(
        self, form: SchemaForm, values: Mapping[str, Any], names: Mapping[str, str] | None = None
    ) -> None:
        """Build the rows of another form, with these values.

        Args:
            names: of files of the library, by how they are written in the values.
        """
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for field in form.fields:
            row = SchemaRow(field, self)
            row.edited.connect(lambda _name: self.edited.emit())
            row.submitted.connect(self.submitted)
            if isinstance(row.control, FilesField):
                row.control.choose.connect(lambda name=field.name: self.choose.emit(name))
                row.control.dropped.connect(lambda paths, name=field.name: self.dropped.emit(name, paths))
            self.rows[field.name] = row
            self._column.addWidget(row)
        self.set_values(values, names or {})

    def set_values(self, values: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Put values into the rows there are; what is not named stays."""
        for name, row in self.rows.items():
            if name in values:
                row.set_value(values[name], names)

    def values(self) -> dict[str, Any]:
        """What all controls hold."""
        return {name: row.value() for name, row in self.rows.items()}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong beside each field, and lead to the first."""
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, ""))
        first = next((row for name, row in self.rows.items() if name in problems), None)
        if first is not None:
            first.focus()

    def add_files(self, name: str, files: Mapping[str, str]) -> None:
        """Add files to a field, with their names."""
        row = self.rows.get(name)
        if row is not None and isinstance(row.control, FilesField):
            row.control.add(files)


def _about(field: SchemaField) -> str:
    """What stands beside the name: its bounds, or that it is needed."""
    if field.is_number and (field.minimum is not None or field.maximum is not None):
        low, high = (None if n is None else f"{n:.6g}" for n in (field.minimum, field.maximum))
        if low is not None and high is not None:
            return tr("{low} to {high}", low=low, high=high)
        return tr("from {low}", low=low) if low is not None else tr("up to {high}", high=high)
    if field.kind == "json":
        return tr("JSON")
    return tr("Needed") if field.required and field.default is None else ""


def _example(field: SchemaField) -> str:
    if field.kind != "json":
        return ""
    return '["a", "b"]' if field.shape == "array" else '{"name": "value"}'


def _digits(number: float) -> int:
    """Digits behind the point."""
    return len(f"{number:.8f}".rstrip("0").partition(".")[2])

"""The controls of the table of parameters, built for what the chosen model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.parameters import PARAMETERS, Bounds, Parameter, Value, parameters_of
from studio.ui.theme import Size, Space
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import SectionHeader

if TYPE_CHECKING:
    from studio.domain.models import ModelInfo
    from studio.panes.create.form import Form

SIDE_BY_SIDE = 5
"""So many short choices stand beside each other; more are a list."""
LONGEST_WORD = 9


class ParameterRow(QWidget):
    """One parameter: its name, and a control made for what the model allows.

    The control is made again when another model allows other values.
    """

    edited = Signal(str, object)

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.header: SectionHeader | None = None
        self._control: QWidget | None = None
        self._shape: object = None
        self._usual: Value = parameter.empty
        self._showing = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        if parameter.control != "switch":
            self.header = SectionHeader(parameter.label, parent=self)
            column.addWidget(self.header)

    @property
    def control(self) -> QWidget | None:
        """What the focus goes to."""
        return self._control

    def show_value(self, model: ModelInfo, value: Value) -> None:
        """The control for this model, with the value in it; the usual one where it has none."""
        parameter = self.parameter
        self._usual = parameter.usual(model)
        choices, bounds = parameter.choices(model), parameter.bounds(model)
        shape = (choices, bounds)
        if shape != self._shape:
            self._shape = shape
            self._make(choices, bounds)
        self._showing = True
        try:
            self._put(value)
        finally:
            self._showing = False

    def _put(self, value: Value) -> None:
        shown = value or self._usual
        match self._control:
            case Switch() as control:
                control.setChecked(bool(value))
            case Segmented() | Select() as control:
                control.set_value(str(shown))
            case NumberField() as control:
                control.setValue(int(shown or 0))
            case DecimalField() as control:
                control.setValue(float(shown or 0))
            case PromptEdit() as control:
                control.set_text(str(value))
            case _:
                pass

    def _make(self, choices: tuple[Value, ...], bounds: Bounds | None) -> None:
        old, self._control = self._control, self._new_control(choices, bounds)
        layout = self.layout()
        if layout is None:
            return
        if old is not None:
            layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        layout.addWidget(self._control)
        if self.parameter.tip:
            self._control.setToolTip(self.parameter.tip)
            self._control.setAccessibleDescription(self.parameter.tip)
        if self.header is not None:
            focus = self._control.editor if isinstance(self._control, PromptEdit) else self._control
            self.header.label.setBuddy(focus)

    def _new_control(self, choices: tuple[Value, ...], bounds: Bounds | None) -> QWidget:
        parameter = self.parameter
        if parameter.control == "switch":
            switch = Switch(parameter.label, wide=True, parent=self)
            switch.toggled.connect(self._edit)
            return switch
        if parameter.control == "words":
            words = PromptEdit(parameter.label, parameter.tip, parent=self)
            words.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN)
            words.text_changed.connect(lambda: self._edit(words.text()))
            return words
        if choices:
            return self._choice(choices)
        limits = bounds or Bounds(0, 100)
        if parameter.control == "decimal":
            decimal = DecimalField(
                parameter.label, limits.low, limits.high, 0, decimals=1, step=limits.step, parent=self
            )
            decimal.valueChanged.connect(self._edit)
            return decimal
        number = NumberField(
            parameter.label, int(limits.low), int(limits.high), suffix=parameter.suffix,
            step=int(limits.step), parent=self,
        )  # fmt: skip
        number.valueChanged.connect(self._edit)
        return number

    def _choice(self, choices: tuple[Value, ...]) -> QWidget:
        """Beside each other where they are few and short; switched off is a choice where it is the usual."""
        parameter = self.parameter
        values: list[Value] = [*choices] if self._usual in choices else [self._usual, *choices]
        pairs = [(str(value), parameter.name_of(value)) for value in values]
        by_text = {str(value): value for value in values}
        few = len(pairs) <= SIDE_BY_SIDE and all(len(label) <= LONGEST_WORD for _v, label in pairs)
        control: Segmented | Select
        if few:
            control = Segmented(parameter.label, pairs, parent=self)
        else:
            control = Select(parameter.label, [Option(value, label) for value, label in pairs], parent=self)
        control.changed.connect(lambda text: self._edit(by_text[str(text)]))
        return control

    def _edit(self, value: object) -> None:
        """A number off the model's steps goes to the step below."""
        if self._showing:
            return
        bounds = self._shape[1] if isinstance(self._shape, tuple) else None
        if isinstance(bounds, Bounds) and isinstance(value, int) and not bounds.holds(value):
            value = int(bounds.low + (value - bounds.low) // bounds.step * bounds.step)
        self.edited.emit(self.parameter.name, value)


class ParameterFields(QWidget):
    """The rows of the parameters that the model takes: the main ones, or the others."""

    edited = Signal(str, object)

    def __init__(self, *, main: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self.rows: dict[str, ParameterRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(Space.LG)

    def show_form(self, form: Form, model: ModelInfo | None) -> int:
        """Show what the model takes, with the form's values; returns how many of them differ from usual."""
        offered = [one for one in parameters_of(model) if one.main is self._main]
        names = {one.name for one in offered}
        changed = 0
        for parameter in offered:
            value = getattr(form, parameter.name)
            if model is None or not parameter.allows(model, value):
                value = parameter.empty
            row = self._row(parameter)
            if model is not None:
                row.show_value(model, value)
                changed += bool(value) and value != parameter.usual(model)
            row.show()
        for name, row in self.rows.items():
            row.setVisible(name in names)
        self.setVisible(bool(offered))
        return changed

    def _row(self, parameter: Parameter) -> ParameterRow:
        """The row of a parameter, made when a model first takes it, in the table's order."""
        if parameter.name not in self.rows:
            row = ParameterRow(parameter, self)
            row.edited.connect(self.edited)
            order = [one.name for one in PARAMETERS]
            before = sum(order.index(name) < order.index(parameter.name) for name in self.rows)
            self.rows[parameter.name] = row
            self._column.insertWidget(before, row)
        return self.rows[parameter.name]

    def focus(self, name: str) -> bool:
        """Put the focus on a parameter; False when it is not shown."""
        row = self.rows.get(name)
        if row is None or row.control is None or row.isHidden():
            return False
        row.control.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


def changed_words(count: int) -> str:
    """ "3 changed", or nothing."""
    return tr("{n} changed", n=count) if count else ""

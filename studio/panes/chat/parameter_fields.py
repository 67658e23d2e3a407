"""Controls for parameters that may be left alone: numbers that can be "not set", and JSON that is checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.text import Label, SectionHeader

TYPING_MS = 400
JSON_HEIGHTS = (72, 220)
CONTROL = 128

Checked = tuple[Any, str]
"""What was read, and what is wrong with it ("" when nothing is)."""


def not_set() -> str:
    """What a control shows that is left to the service."""
    return tr("not set")


class OptionalDecimal(DecimalField):
    """A number with decimals, or nothing. Emptying it, or stepping below the least, sets nothing."""

    edited = Signal(object)

    def __init__(self, name: str, low: float, high: float, step: float) -> None:
        super().__init__(name, low - step, high, low - step, step=step)
        self._low = low
        self.setSpecialValueText(not_set())
        self.setKeyboardTracking(False)
        self.valueChanged.connect(lambda _value: self.edited.emit(self.chosen()))

    def chosen(self) -> float | None:
        """The number, or None."""
        return round(self.value(), 4) if self.value() >= self._low else None

    def show_value(self, value: float | None) -> None:
        """Show without telling."""
        blocked = self.blockSignals(True)
        self.setValue(self.minimum() if value is None else value)
        self.blockSignals(blocked)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        if text in ("", not_set()):
            return QValidator.State.Acceptable, text, pos
        return super().validate(text, pos)

    def valueFromText(self, text: str) -> float:
        return self.minimum() if text in ("", not_set()) else super().valueFromText(text)

    def stepBy(self, steps: int) -> None:
        """The first step up from nothing is the least, or zero where that is between."""
        if self.chosen() is None and steps > 0:
            self.setValue(max(self._low, 0.0))
        else:
            super().stepBy(steps)


class OptionalNumber(NumberField):
    """A whole number, or nothing."""

    edited = Signal(object)

    def __init__(self, name: str, low: int, high: int, step: int = 1) -> None:
        super().__init__(name, low - 1, high, low - 1, step=step)
        self._low = low
        self.setSpecialValueText(not_set())
        self.setKeyboardTracking(False)
        self.valueChanged.connect(lambda _value: self.edited.emit(self.chosen()))

    def chosen(self) -> int | None:
        """The number, or None."""
        return self.value() if self.value() >= self._low else None

    def show_value(self, value: int | None) -> None:
        """Show without telling."""
        blocked = self.blockSignals(True)
        self.setValue(self.minimum() if value is None else value)
        self.blockSignals(blocked)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        if text in ("", not_set()):
            return QValidator.State.Acceptable, text, pos
        return super().validate(text, pos)

    def valueFromText(self, text: str) -> int:
        return self.minimum() if text in ("", not_set()) else super().valueFromText(text)


class Lines(QWidget):
    """Several lines of text that are told of a moment after typing; `check` says what they mean.

    Signals:
        edited(value): what the lines mean; not while something is wrong with them.
    """

    edited = Signal(object)

    def __init__(
        self,
        name: str,
        placeholder: str = "",
        *,
        check: Callable[[str], Checked] = lambda text: (text, ""),
        mono: bool = False,
    ) -> None:
        super().__init__()
        self._check = check
        self.field = PromptEdit(name, placeholder)
        self.field.set_heights(*JSON_HEIGHTS)
        if mono:
            self.field.editor.setFont(Theme.current().mono("caption"))
        self.problem = Label("", "caption", "bad", wrap=True)
        self.problem.hide()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.tell)
        self.field.text_changed.connect(self._typed)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.XS)
        column.addWidget(self.field)
        column.addWidget(self.problem)

    def show_text(self, text: str) -> None:
        """Show without telling; what is being typed is left alone when it means the same."""
        if text == self.field.text() or (self._typing.isActive() and self.field.editor.hasFocus()):
            return
        blocked = self.field.blockSignals(True)
        self.field.set_text(text)
        self.field.blockSignals(blocked)
        self._typing.stop()
        self._say("")
        self.field.update()

    def _typed(self) -> None:
        self._typing.start()

    def tell(self) -> None:
        """Tell now what was typed."""
        self._typing.stop()
        value, problem = self._check(self.field.text())
        self._say(problem)
        if not problem:
            self.edited.emit(value)

    @property
    def waiting(self) -> bool:
        """Whether something was typed that was not told yet."""
        return self._typing.isActive()

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.field.editor.setAccessibleDescription(problem)


class Row(NamedTuple):
    """A parameter's line in the panel."""

    widget: QWidget
    control: QWidget


def row(text: str, tip: str, control: QWidget, width: int = CONTROL) -> Row:
    """A name at the left, its control at the right; the tip stands under the name when it has room, else
    it shows for the pointer."""
    holder = QWidget()
    label = Label(text)
    label.setBuddy(control)
    for part in (holder, label, control):
        part.setToolTip(plain_tip(tip))
    control.setAccessibleDescription(tip)
    line = QHBoxLayout(holder)
    line.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
    line.setSpacing(Space.SM)
    line.addWidget(label, 1)
    control.setFixedWidth(Theme.current().px(width))
    line.addWidget(control, 0, Qt.AlignmentFlag.AlignRight)
    return Row(holder, control)


def block(text: str, tip: str, control: QWidget) -> Row:
    """A name over its control, which takes the whole width."""
    holder = QWidget()
    holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    column = QVBoxLayout(holder)
    column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
    column.setSpacing(Space.XS)
    column.addWidget(SectionHeader(text, buddy=control))
    column.addWidget(control)
    holder.setToolTip(plain_tip(tip))
    control.setAccessibleDescription(tip)
    if not control.accessibleName():
        name_widget(control, text)
    return Row(holder, control)


# ---------------------------------------------------------------- what lines mean


def read_stops(text: str) -> Checked:
    """Up to four texts, one per line, at which the answer ends."""
    stops = tuple(line for line in text.splitlines() if line)
    return (stops, "") if len(stops) <= 4 else ((), tr("At most four lines."))


def _read_json(text: str) -> Checked:
    if not text.strip():
        return None, ""
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, tr("Not JSON yet: line {line}, column {column}.", line=error.lineno, column=error.colno)
    except RecursionError:
        return None, tr("Too deeply nested.")


def read_object(text: str) -> Checked:
    """A JSON object; nothing for an empty text."""
    value, problem = _read_json(text)
    if not problem and value is not None and not isinstance(value, dict):
        return None, tr("An object is wanted here, in braces.")
    return value, problem


TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}


def read_schema(text: str) -> Checked:
    """A JSON schema, alone or as the object the API takes (`{"name", "schema", "strict"}`, CONTRACT 4.1)."""
    value, problem = read_object(text)
    if problem or value is None:
        return value, problem
    given = cast("dict[str, Any]", value)
    whole = given if isinstance(given.get("schema"), dict) else {"name": "answer", "schema": given}
    problem = _schema_problem(whole["schema"])
    if not problem and not str(whole.get("name", "answer")).replace("-", "").replace("_", "").isalnum():
        problem = tr("The name may have letters, digits, - and _ alone.")
    return {"name": "answer", **whole}, problem


def _schema_problem(schema: dict[str, Any], depth: int = 0) -> str:
    """What is wrong with a schema; the common mistakes, not the whole standard."""
    if depth > 30:
        return tr("Too deeply nested.")
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind is not None and kind not in TYPES:
            return tr("“{kind}” is no type of JSON.", kind=str(kind)[:40])
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        return tr("“properties” must be an object.")
    inner = list(properties.values())
    if isinstance(schema.get("items"), dict):
        inner.append(schema["items"])
    for one in inner:
        if isinstance(one, dict) and (problem := _schema_problem(one, depth + 1)):
            return problem
        if not isinstance(one, dict | bool):
            return tr("Each property must be an object.")
    required = schema.get("required", [])
    if not isinstance(required, list) or any(name not in properties for name in required):
        return tr("“required” names something that is not among the properties.")
    return ""


def read_tools(text: str) -> Checked:
    """A list of tools as the API takes them (CONTRACT 4.1)."""
    value, problem = _read_json(text)
    if problem or value is None:
        return (), problem
    tools = value if isinstance(value, list) else [value]
    for tool in tools:
        if not isinstance(tool, dict) or not isinstance(tool.get("type"), str):
            return (), tr("Each tool is an object with a “type”.")
        function = tool.get("function")
        if tool["type"] == "function" and not (isinstance(function, dict) and function.get("name")):
            return (), tr("A function needs a “name”.")
    return tuple(tools), ""


def read_biases(text: str) -> Checked:
    """Tokens and their biases, -100 to 100."""
    value, problem = read_object(text)
    for bias in (value or {}).values():
        if isinstance(bias, bool) or not isinstance(bias, int | float) or not -100 <= bias <= 100:
            return None, tr("Each bias is a number from -100 to 100.")
    return value or None, problem


def as_json(value: object) -> str:
    """A value as it stands in a field; "" for nothing."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def lines_of(values: Sequence[str]) -> str:
    return "\n".join(values)

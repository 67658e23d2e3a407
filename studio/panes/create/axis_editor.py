"""One side of a grid to be entered: which parameter, and its values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.grid import Axis
from studio.domain.parameters import Value
from studio.panes.create.form import Form
from studio.panes.create.grid_axes import Choice, Filled, Offer, axis_of, filled_of, usual
from studio.ui.tab_order import OneStop
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.choice import Checkbox
from studio.ui.widgets.fields import PromptEdit, SearchField, TextField
from studio.ui.widgets.options import Option
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label, SectionHeader

NONE = "\0none"
MANY = 8
"""From so many choices on there is a search over them."""
LIST_HEIGHT = 176


class CheckList(QWidget):
    """Several of a few values, those that are on first; with a search where they are many."""

    changed = Signal()

    def __init__(
        self, name: str, choices: Sequence[Choice], chosen: Sequence[Value], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        self.rows: list[tuple[Choice, Checkbox, QWidget]] = []
        if len(choices) > MANY:
            self.search = SearchField(tr("Search values"), tr("Search"), parent=self)
            self.search.textChanged.connect(self._filter)
            column.addWidget(self.search)
        area = ScrollColumn(QMargins(Space.XS, Space.XS, Space.MD, Space.XS), Space.HAIR, self)
        name_widget(area, name)
        column.addWidget(area, 1)
        # What is on stands first, so that it is in sight in a long list.
        for choice in sorted(choices, key=lambda one: one.value not in chosen):
            area.column.addWidget(self._row(choice, choice.value in chosen))
        area.column.addStretch(1)
        OneStop(self).hold([box for _choice, box, _row in self.rows])

    def _row(self, choice: Choice, on: bool) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(Space.SM)
        name = f"{choice.label}, {choice.detail}" if choice.detail else choice.label
        box = Checkbox(choice.label, name=name, checked=on)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.toggled.connect(lambda _on: self.changed.emit())
        line.addWidget(box, 1)
        if choice.detail:
            line.addWidget(Label(choice.detail, "caption", "text2", tabular=True))
        self.rows.append((choice, box, row))
        return row

    def chosen(self) -> tuple[Value, ...]:
        """The values that are on."""
        return tuple(choice.value for choice, box, _row in self.rows if box.isChecked())

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for choice, box, row in self.rows:
            said = f"{choice.label} {choice.value}".lower()
            row.setVisible(box.isChecked() or all(word in said for word in words))


class AxisEditor(QWidget):
    """The parameter of one side and its values. `axis` is None where the side is left out.

    Args:
        optional: there may be no such side.
    """

    changed = Signal()

    def __init__(
        self,
        title: str,
        offers: Sequence[Offer],
        form: Form,
        *,
        optional: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._form = form
        self._offers = {offer.parameter: offer for offer in offers}
        self._kept: dict[str, Filled] = {}
        self._offer: Offer | None = None
        self._list: CheckList | None = None
        self._field: TextField | None = None
        self._lines: PromptEdit | None = None
        self._find: TextField | None = None
        self._also: Checkbox | None = None
        options = [Option(NONE, tr("Nothing"))] if optional else []
        options += [Option(offer.parameter, offer.title) for offer in offers]
        self.select = Select(title, options, search=len(options) > MANY, parent=self)
        self.select.changed.connect(self._choose)
        self._header = SectionHeader(title, buddy=self.select, parent=self)
        self._problem = Label(" ", "caption", "text2", wrap=True, parent=self)
        self._body = QVBoxLayout()
        self._body.setSpacing(Space.SM)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        column.addWidget(self._header)
        column.addWidget(self.select)
        column.addLayout(self._body, 1)
        column.addWidget(self._problem)

    # ------------------------------------------------------------------ from outside

    def show_parameter(self, parameter: str, filled: Filled | None = None) -> None:
        """Choose a parameter, as it was entered last or with these values."""
        if filled is not None:
            self._kept[parameter] = filled
        value = parameter if parameter in self._offers else NONE
        self.select.set_value(value)
        self._show(self._offers.get(value))

    def show_axis(self, axis: Axis) -> None:
        """Enter an axis of an earlier grid; what is not offered any more is left out."""
        offer = self._offers.get(axis.parameter)
        if offer is not None:
            self.show_parameter(axis.parameter, filled_of(offer, axis))

    def listed_rows(self) -> list[tuple[Choice, Checkbox, QWidget]]:
        """The values that are listed, with their boxes; none where values are written."""
        return self._list.rows if self._list is not None else []

    @property
    def parameter(self) -> str:
        return self._offer.parameter if self._offer is not None else ""

    def axis(self) -> Axis | None:
        """The side as it is entered.

        Raises:
            ValueError: with one sentence on what is missing or wrong; it is shown here, too.
        """
        if self._offer is None:
            self._say("", bad=False)
            return None
        try:
            axis = axis_of(self._offer, self._filled(), self._form)
        except ValueError as error:
            self._header.set_value("")
            self._say(str(error), bad=True)
            raise
        self._header.set_value(tr("{n} values", n=len(axis.values)) if len(axis.values) > 1 else "")
        self._say(self._offer.hint, bad=False)
        return axis

    def _say(self, words: str, *, bad: bool) -> None:
        self._problem.setText(words or " ")
        self._problem.set_tone("bad" if bad else "text2")

    # ------------------------------------------------------------------ inside

    def _choose(self, value: object) -> None:
        self._show(self._offers.get(str(value)))
        self.changed.emit()

    def _filled(self) -> Filled:
        return Filled(
            chosen=self._list.chosen() if self._list is not None else (),
            text=self._field.text() if self._field is not None else self._lines.text() if self._lines else "",
            find=self._find.text().strip() if self._find is not None else "",
            also=self._also.isChecked() if self._also is not None else False,
        )

    def _show(self, offer: Offer | None) -> None:
        if self._offer is not None:
            self._kept[self._offer.parameter] = self._filled()
        while (item := self._body.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._list = self._field = self._lines = self._find = self._also = None
        self._offer = offer
        self._header.set_value("")
        if offer is None:
            self._body.addStretch(1)
            return
        filled = self._kept.get(offer.parameter) or usual(offer)
        if offer.editor == "checks":
            self._add_list(offer, filled)
        elif offer.editor == "lines":
            self._add_lines(offer, filled)
        else:
            self._field = TextField(tr("Values"), offer.hint, text=filled.text)
            self._field.textChanged.connect(self.changed)
            self._body.addWidget(self._field)
            self._body.addStretch(1)

    def _add_list(self, offer: Offer, filled: Filled) -> None:
        self._list = CheckList(offer.title, offer.choices, filled.chosen)
        self._list.setFixedHeight(Theme.current().px(LIST_HEIGHT))
        self._list.changed.connect(self.changed)
        self._body.addWidget(self._list)
        self._body.addStretch(1)

    def _add_lines(self, offer: Offer, filled: Filled) -> None:
        if offer.asks_find:
            self._find = TextField(tr("Words to replace"), tr("Words to replace"), text=filled.find)
            self._find.textChanged.connect(self.changed)
            self._body.addWidget(self._find)
        self._lines = PromptEdit(tr("Values"), offer.hint)
        self._lines.set_heights(Size.CONTROL * 2, LIST_HEIGHT - Size.CONTROL)
        self._lines.set_text(filled.text)
        self._lines.text_changed.connect(self.changed)
        self._body.addWidget(self._lines)
        if offer.also:
            self._also = Checkbox(offer.also, checked=filled.also)
            self._also.toggled.connect(lambda _on: self.changed.emit())
            self._body.addWidget(self._also, 0, Qt.AlignmentFlag.AlignLeft)
        self._body.addStretch(1)

"""What the forms and pages of the Audio pane share: sections, the button with its price, the question."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.models import ModelInfo
from studio.domain.money import pollen_range
from studio.panes.audio.words import model_option, note_of, under_button
from studio.qt_models.money_words import leaves_words
from studio.services.audio import AudioPlan
from studio.ui import dialogs
from studio.ui.theme import Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label, SectionHeader


class Section(QWidget):
    """Controls under each other, close together."""

    def __init__(self, *controls: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        for control in controls:
            column.addWidget(control)


class ModelSection(Section):
    """The picker of a model under its heading."""

    def __init__(self) -> None:
        select = Select(tr("Model"), placeholder=tr("No models yet"), search=True)
        header = SectionHeader(tr("Model"), buddy=select)
        super().__init__(header, select)
        self.select, self.header = select, header

    def show_models(self, models: Sequence[ModelInfo], price: Callable[[ModelInfo], str]) -> None:
        """Offer these models, each with its price."""
        self.select.set_options([model_option(model, price(model)) for model in models])
        self.header.set_value(tr("{n} available", n=len(models)) if models else "")


class RunFoot(QWidget):
    """The button that carries a page's plan out, and the line under it.

    Args:
        pressable: fields of a plan whose problem a press leads out of.
        expected: fields whose problem is no trouble: nothing has been entered yet, or all is done.
    """

    def __init__(
        self, label: str, icon: str, name: str, *, pressable: Collection[str], expected: Collection[str]
    ) -> None:
        super().__init__()
        self._pressable, self._expected = frozenset(pressable), frozenset(expected)
        self.button = Button(label, "primary", icon, size="large", name=name)
        # However long its words are: the form is as wide as it is.
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.words = Label("", "caption", "text2", tabular=True, wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.setMinimumHeight(Theme.current().line_height("caption"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        column.addWidget(self.button)
        column.addWidget(self.words)

    def show_plan(self, plan: AudioPlan, unit: str, label: str = "") -> None:
        """What a press would do and cost, or what is in its way."""
        if label:
            self.button.setText(label)
        self.button.set_notes((note_of(plan, unit), note_of(plan, "")))
        # A press that cannot be carried out leads to what is missing.
        self.button.setEnabled(not plan.problem or plan.field in self._pressable)
        self.words.setText(under_button(plan, unit))
        self.words.set_tone("warn" if plan.problem and plan.field not in self._expected else "text2")


def scrolled_over(form: QWidget, foot: RunFoot) -> ScrollColumn:
    """Lay a form out: fields that scroll, to be put into what is returned, and the button below them."""
    area = ScrollColumn()
    below = QVBoxLayout()
    below.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.LG)
    below.addWidget(foot)
    column = QVBoxLayout(form)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(area, 1)
    column.addLayout(below)
    return area


def run_on_ctrl_enter(place: QWidget, run: Callable[[], object]) -> None:
    """Ctrl+Enter anywhere in `place` does what its button does."""
    for keys in ("Ctrl+Return", "Ctrl+Enter"):
        shortcut = QShortcut(QKeySequence(keys), place)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(run)


async def ask_to_spend(parent: QWidget, plan: AudioPlan, unit: str, action: str) -> bool:
    """Put a plan to the user that costs more than they want to spend unasked.

    Args:
        action: what the button says that goes on.
    """
    amount = pollen_range(plan.low or plan.high, plan.high) if plan.high else ""
    text = leaves_words(plan.quote, unit)
    question = tr("Spend about {amount} {unit}?", amount=amount, unit=unit)
    return await dialogs.confirm(parent, question, text, action=action)

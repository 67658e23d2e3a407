"""The left column of Speech: who speaks, how, and the button with its price."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.domain.models import ModelInfo
from studio.domain.script import SPEEDS, Script, voices_of
from studio.panes.audio.form_parts import ModelSection, RunFoot, Section, scrolled_over
from studio.panes.audio.words import (
    speech_price,
    takes_instructions,
    voice_words,
)
from studio.ui.theme import Size
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.numbers import DecimalField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label, SectionHeader


class SpeechForm(QWidget):
    """The fields and the button.

    Signals:
        read(dict): fields of `Reading` with their new values.
        unit_changed(str), render_wanted(), try_voices().
    """

    read = Signal(dict)
    unit_changed = Signal(str)
    render_wanted = Signal()
    try_voices = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: dict[str, ModelInfo] = {}
        self._showing = False
        self._models_box = ModelSection()
        self.model = self._models_box.select
        self.voice = Select(tr("Voice"), placeholder=tr("No voices yet"), search=True)
        self.try_button = Button(tr("Try voices"), "secondary", "speaker", size="small")
        self.speed = DecimalField(tr("Speed"), *SPEEDS, 1.0, decimals=2, step=0.05, suffix="×")
        self.instructions = PromptEdit(tr("How to speak"), tr("Calm and close to the microphone"))
        self.instructions.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN)
        self.unit = Segmented(
            tr("Render by"), [("sentence", tr("Sentence")), ("paragraph", tr("Paragraph"))], "sentence"
        )
        self.foot = RunFoot(
            tr("Render speech"), "speech", tr("Render speech"),
            pressable=("script", "session", "budget", "takes"), expected=("script", "done", "takes", ""),
        )  # fmt: skip
        self.button = self.foot.button
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        area = scrolled_over(self, self.foot)
        self._how = Section(
            SectionHeader(tr("How to speak"), buddy=self.instructions.editor), self.instructions
        )
        for box in (
            self._models_box,
            Section(SectionHeader(tr("Voice"), buddy=self.voice), self.voice, self.try_button),
            Section(SectionHeader(tr("Speed"), buddy=self.speed), self.speed),
            self._how,
            Section(SectionHeader(tr("Render by"), buddy=self.unit), self.unit, self._hint()),
        ):
            area.column.addWidget(box)
        area.column.addStretch(1)
        self._how.hide()

    def _hint(self) -> Label:
        self._unit_hint = Label(_unit_words("sentence"), "caption", "text2", wrap=True)
        return self._unit_hint

    def _connect(self) -> None:
        self.model.changed.connect(lambda value: self._tell(model=value))
        self.voice.changed.connect(lambda value: self._tell(voice=value))
        self.speed.valueChanged.connect(lambda value: self._tell(speed=round(value, 2)))
        self.instructions.text_changed.connect(
            lambda: self._tell(instructions=self.instructions.text().strip())
        )
        self.unit.changed.connect(self._choose_unit)
        self.button.clicked.connect(self.render_wanted)
        self.try_button.clicked.connect(self.try_voices)

    # ------------------------------------------------------------------ showing

    def show_models(self, models: Sequence[ModelInfo], script: Script) -> None:
        """Offer these models, with their prices."""
        self._models = {model.name: model for model in models}
        self._models_box.show_models(models, speech_price)
        self.show_script(script)

    def show_script(self, script: Script) -> None:
        """Show how the script is read, telling nobody."""
        self._showing = True
        try:
            reading = script.reading
            model = self._models.get(reading.model)
            self.model.set_value(reading.model if model is not None else None)
            self.voice.set_options([Option(voice, voice_words(voice)) for voice in voices_of(model)])
            self.voice.set_value(reading.voice or None)
            self.speed.setValue(reading.speed or 1.0)
            self.instructions.set_text(reading.instructions)
            self._how.setVisible(takes_instructions(model))
            self.unit.set_value(script.unit)
            self._unit_hint.setText(_unit_words(script.unit))
        finally:
            self._showing = False

    # ------------------------------------------------------------------ inside

    def _tell(self, **changes: object) -> None:
        if not self._showing:
            self.read.emit(changes)

    def _choose_unit(self, unit: str) -> None:
        self._unit_hint.setText(_unit_words(unit))
        self.unit_changed.emit(unit)


def _unit_words(unit: str) -> str:
    if unit == "sentence":
        return tr("Change one sentence and pay for one sentence.")
    return tr("Sounds more even. Change a word and pay for its paragraph.")

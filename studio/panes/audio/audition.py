"""Hearing one line in several voices before choosing one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.script import Line, Reading, key_of, voices_of
from studio.domain.sentences import Boundary, split_sentences
from studio.panes.audio.speech_presenter import SpeechPresenter
from studio.panes.audio.words import note_of, voice_words
from studio.qt_models.job_words import state_words
from studio.services.context import Services
from studio.ui.dialogs import Sheet
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_strip import SoundStrip
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Checkbox
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import ElidedLabel

LONGEST = 300
SETTLE_MS = 150
LINE = tr("Every evening the keeper climbed a hundred and twelve steps.")


class VoiceRow(QWidget):
    """One voice: a box to choose it, its sound or where it stands, and a button that takes it."""

    taken = Signal(str)
    marked = Signal()

    def __init__(self, voice: str, deck: SoundDeck) -> None:
        super().__init__()
        self.voice = voice
        self.box = Checkbox(voice_words(voice))
        self.state = ElidedLabel("", "caption", "text2")
        self.strip = SoundStrip(deck)
        self.use = Button(tr("Use"), "quiet", size="small", name=tr("Use {voice}", voice=voice_words(voice)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        self.box.setMinimumWidth(Theme.current().px(Size.LABEL_COLUMN))
        row.addWidget(self.box)
        row.addWidget(self.strip, 1)
        row.addWidget(self.state, 1)
        row.addWidget(self.use)
        self.strip.hide()
        self.box.toggled.connect(lambda _on: self.marked.emit())
        self.use.clicked.connect(lambda: self.taken.emit(self.voice))


class Audition(QWidget):
    """The line, the voices, and the button with the price of hearing those that are marked.

    Signals:
        taken(str): this voice.
    """

    taken = Signal(str)

    def __init__(self, presenter: SpeechPresenter, deck: SoundDeck, services: Services, line: str) -> None:
        super().__init__()
        self._presenter, self._services = presenter, services
        self.line = TextField(tr("Line"), tr("A sentence to hear"), text=line)
        self.line.setMaxLength(LONGEST)
        self.rows = [VoiceRow(voice, deck) for voice in voices_of(presenter.model)]
        self.hear = Button(tr("Hear"), "secondary", "speaker", name=tr("Hear voices"))
        area = ScrollColumn(QMargins(0, 0, Space.MD, 0), Space.SM)
        for row in self.rows:
            area.column.addWidget(row)
            row.taken.connect(self.taken)
            row.marked.connect(self._settle)
        area.column.addStretch(1)
        area.setMinimumHeight(Theme.current().px(Size.POPOVER_LIST))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.MD)
        column.addWidget(self.line)
        column.addWidget(area, 1)
        column.addWidget(self.hear)
        self._wait = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._wait.timeout.connect(self.refresh)
        self.line.textChanged.connect(lambda _text: self._wait.start())
        self.hear.clicked.connect(self._press)
        presenter.takes.changed.connect(self._settle)
        self.refresh()

    def _settle(self) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def _lines(self) -> list[Line]:
        text = self.line.text().strip()
        usual = self._presenter.script.reading
        readings = [Reading(voice=row.voice).over(usual) for row in self.rows]
        return [Line(0, text, Boundary.PARAGRAPH, one, key_of(text, one)) for one in readings]

    def _marked(self) -> list[Line]:
        lines = self._lines()
        return [line for line, row in zip(lines, self.rows, strict=True) if row.box.isChecked()]

    def refresh(self) -> None:
        """Show what there is to hear, and what the rest costs."""
        lines = self._lines()
        takes = self._presenter.takes
        takes.want_also(line.key for line in lines)
        for row, line in zip(self.rows, lines, strict=True):
            made, job = takes.of(line.key), takes.job_of(line.key)
            row.strip.setVisible(bool(made))
            row.state.setVisible(not made)
            if made:
                path = self._services.library.file_path(made[-1])
                if row.strip.path != path:
                    row.strip.show_sound(path, made[-1].sha256, made[-1].duration, voice_words(row.voice))
            else:
                row.state.set_text(state_words(job) if job is not None else takes.problem_of(line.key))
        marked = self._marked()
        plan = self._presenter.plan_of(marked)
        count = len(plan.orders)
        self.hear.setText(trn("Hear one voice", "Hear {n} voices", count) if count else tr("Hear"))
        self.hear.set_note(note_of(plan, self._presenter.unit) if count else "")
        self.hear.setEnabled(bool(count) and bool(self.line.text().strip()) and not plan.problem)

    def _press(self) -> None:
        self._presenter.hear(self._marked())


def first_line(texts: Sequence[str]) -> str:
    """The first sentence of a script, or one of ours."""
    for text in texts:
        for piece in split_sentences(text):
            if any(character.isalnum() for character in piece.text):
                return piece.text.strip()[:LONGEST]
    return LINE


async def audition(owner: QWidget, presenter: SpeechPresenter, deck: SoundDeck, services: Services) -> None:
    """Show the sheet; the voice that is taken becomes the script's."""
    sheet = Sheet(owner, tr("Try voices"), tr("Mark the voices you want to hear say this line."))
    form = Audition(presenter, deck, services, first_line([presenter.script.text]))
    form.taken.connect(sheet.finish)
    sheet.add_content(form)
    sheet.add_button(tr("Close"), None)
    voice = await sheet.result(form.line)
    deck.pause()
    if isinstance(voice, str):
        presenter.read(voice=voice)
        presenter.script_changed.emit()

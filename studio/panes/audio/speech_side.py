"""The right column of Speech: the paragraph in focus, and the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.models import ModelInfo
from studio.domain.script import Reading, Script, voices_of
from studio.domain.sound import SoundFormat
from studio.panes.audio.speech_presenter import Row
from studio.panes.audio.words import voice_words
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.numbers import DecimalField
from studio.ui.widgets.options import Option
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Divider, Surface
from studio.ui.widgets.text import Label, SectionHeader

WIDTH = 272
LONGEST_PAUSE = 10.0
AS_SCRIPT = ""
FORMATS = (
    (SoundFormat.MP3, "MP3"), (SoundFormat.WAV, "WAV"), (SoundFormat.FLAC, "FLAC"),
    (SoundFormat.OPUS, "Opus"), (SoundFormat.M4A, "M4A"),
)  # fmt: skip


class SpeechSide(Surface):
    """Facts and choices of one paragraph above, the export below.

    Signals:
        reading_chosen(Row, Reading), take_chosen(Row, int), again(Row), retry(Row).
        pauses_changed(dict): fields of `Script`.
        export().
    """

    reading_chosen = Signal(object, object)
    take_chosen = Signal(object, int)
    again = Signal(object)
    retry = Signal(object)
    pauses_changed = Signal(dict)
    export = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "left", parent)
        self._row: Row | None = None
        self._showing = False
        self._area = ScrollColumn()
        column = QVBoxLayout(self)
        column.setContentsMargins(round(BORDER), 0, 0, 0)
        column.addWidget(self._area)
        self._add_paragraph()
        self._area.column.addWidget(Divider())
        self._add_export()
        self._area.column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 120)

    # ------------------------------------------------------------------ building

    def _section(self, *controls: QWidget) -> QWidget:
        box = QWidget()
        group = QVBoxLayout(box)
        group.setContentsMargins(0, 0, 0, 0)
        group.setSpacing(Space.SM)
        for control in controls:
            group.addWidget(control)
        self._area.column.addWidget(box)
        return box

    def _add_paragraph(self) -> None:
        self.title = Label(tr("Paragraph"), "title")
        self.hint = Label(tr("Choose a paragraph to give it a voice of its own."), tone="text2", wrap=True)
        self.voice = Select(tr("Voice of this paragraph"), search=True)
        self.take = Select(tr("Take"), search=False)
        self.again_button = Button(tr("Render again"), "secondary", "refresh")
        self._section(self.title, self.hint)
        self._voice_box = self._section(SectionHeader(tr("Voice"), buddy=self.voice), self.voice)
        self._take_box = self._section(SectionHeader(tr("Take"), buddy=self.take), self.take)
        self._again_box = self._section(self.again_button)
        self.voice.changed.connect(self._choose_voice)
        self.take.changed.connect(self._choose_take)
        self.again_button.clicked.connect(self._press_again)

    def _add_export(self) -> None:
        self.format = Segmented(tr("Format"), [(form.value, name) for form, name in FORMATS], "mp3")
        self.sentence_pause = DecimalField(
            tr("Pause after a sentence"), 0.0, LONGEST_PAUSE, 0.35, decimals=2, step=0.05, suffix=" s"
        )
        self.paragraph_pause = DecimalField(
            tr("Pause after a paragraph"), 0.0, LONGEST_PAUSE, 0.8, decimals=2, step=0.1, suffix=" s"
        )
        self.level = Switch(tr("Even out loudness"), checked=True, wide=True)
        self.level.setToolTip(tr("Brings every voice to -16 LUFS, without clipping."))
        self.subtitles = Switch(tr("Subtitles beside it"), wide=True)
        self.subtitles.setToolTip(tr("Writes SRT and VTT files with the words of the script."))
        self.chapters = Switch(tr("Chapters by paragraph"), wide=True)
        self.chapters.setToolTip(tr("Players can jump to each paragraph. MP3, Opus and M4A have them."))
        self.export_button = Button(tr("Export"), "secondary", "download", name=tr("Export speech"))
        self.export_words = Label("", "caption", "text2", wrap=True, tabular=True)
        self._section(Label(tr("Export"), "title"))
        self._section(SectionHeader(tr("Format"), buddy=self.format), self.format)
        for header, field in (
            (tr("Pause after a sentence"), self.sentence_pause),
            (tr("Pause after a paragraph"), self.paragraph_pause),
        ):
            self._section(SectionHeader(header, buddy=field), field)
        self._section(self.level, self.subtitles, self.chapters)
        self._section(self.export_button, self.export_words)
        self.sentence_pause.valueChanged.connect(lambda value: self._pause(sentence_pause=round(value, 2)))
        self.paragraph_pause.valueChanged.connect(lambda value: self._pause(paragraph_pause=round(value, 2)))
        self.export_button.clicked.connect(self.export)
        self.format.changed.connect(
            lambda value: self.chapters.setEnabled(SoundFormat(str(value)).has_chapters)
        )

    # ------------------------------------------------------------------ showing

    def show_row(
        self, row: Row | None, script: Script, model: ModelInfo | None, takes: Sequence[int], price: str
    ) -> None:
        """The paragraph in focus.

        Args:
            takes: how many there are, and which one is heard (from 0).
            price: of another take.
        """
        self._row = row
        self._showing = True
        try:
            self.title.setText(tr("Paragraph {n}", n=row.number + 1) if row is not None else tr("Paragraph"))
            self.hint.setVisible(row is None)
            for box in (self._voice_box, self._again_box):
                box.setVisible(row is not None)
            self._take_box.setVisible(row is not None and takes[0] > 1)
            if row is None:
                return
            own = script.paragraphs[row.number].reading.voice
            usual = Option(AS_SCRIPT, tr("As the script: {voice}", voice=voice_words(script.reading.voice)))
            self.voice.set_options([usual, *(Option(v, voice_words(v)) for v in voices_of(model))])
            self.voice.set_value(own or AS_SCRIPT)
            count, heard = takes
            self.take.set_options(
                [Option(str(n), tr("{n} of {all}", n=n + 1, all=count)) for n in range(count)], str(heard)
            )
            self.take.set_value(str(heard))
            failed = row.state == "failed"
            label = tr("Try again") if failed else tr("Render again") if row.ready else tr("Render this")
            self.again_button.setText(label)
            self.again_button.set_note(f"· {price}" if price and not failed else "")
            self.again_button.setEnabled(row.state != "working")
        finally:
            self._showing = False

    def show_script(self, script: Script) -> None:
        """The pauses, telling nobody."""
        self._showing = True
        self.sentence_pause.setValue(script.sentence_pause)
        self.paragraph_pause.setValue(script.paragraph_pause)
        self._showing = False

    def show_export(self, missing: int, length: str) -> None:
        """Whether there is something to export, and how long it gets."""
        self.export_button.setEnabled(not missing and bool(length))
        if missing:
            words = trn("One piece is not rendered yet.", "{n} pieces are not rendered yet.", missing)
        else:
            words = tr("About {length}. A copy is kept in the library.", length=length) if length else ""
        self.export_words.setText(words)

    # ------------------------------------------------------------------ inside

    def _choose_voice(self, voice: str) -> None:
        if self._row is not None and not self._showing:
            self.reading_chosen.emit(self._row, replace(Reading(), voice=voice))

    def _choose_take(self, place: str) -> None:
        if self._row is not None and not self._showing:
            self.take_chosen.emit(self._row, int(place))

    def _press_again(self) -> None:
        if self._row is not None:
            (self.retry if self._row.state == "failed" else self.again).emit(self._row)

    def _pause(self, **changes: float) -> None:
        if not self._showing:
            self.pauses_changed.emit(changes)

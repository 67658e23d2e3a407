"""The transcript that is edited: its sound above, its words below, and every command on them."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain import transcript as edits
from studio.panes.audio.cue_list import CueList
from studio.panes.audio.find_bar import FindBar
from studio.panes.audio.subtitle_side import SubtitleSide
from studio.panes.audio.transcribe_presenter import TranscribePresenter, facts_of
from studio.panes.audio.transcript_export import export_transcript
from studio.services.context import Services
from studio.ui import dialogs
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_panel import SoundPanel
from studio.ui.theme import Space, Theme
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Pill
from studio.ui.widgets.text import ElidedLabel, Label

PANEL_HEIGHT = 168


class TranscriptDesk(QWidget):
    """Head, waveform, find bar and the cues. The presenter holds the document, this edits it.

    Signals:
        moved(float): the sound is at this second.
    """

    moved = Signal(float)

    def __init__(
        self, services: Services, deck: SoundDeck, presenter: TranscribePresenter, side: SubtitleSide
    ) -> None:
        super().__init__()
        self._services, self._deck, self._presenter, self._side = services, deck, presenter, side
        self.title = ElidedLabel("", "title")
        self.facts = Label("", tone="text2")
        self.find_pill = Pill(tr("Find"), "search")
        self.export_pill = Pill(tr("Export"), "download")
        self.follow = Pill(tr("Follow"), "subtitles")
        self.panel = SoundPanel(deck, services.sound, services.tasks)
        self.lost = Label(tr("The recording is not in the library any more."), tone="text2")
        self.find_bar = FindBar()
        self.cues = CueList()
        self._arrange()
        self._join()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.MD)
        self.head = QHBoxLayout()
        self.head.setSpacing(Space.SM)
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.facts)
        for pill in (self.follow, self.find_pill, self.export_pill):
            self.head.addWidget(pill)
        column.addLayout(self.head)
        self.panel.setFixedHeight(Theme.current().px(PANEL_HEIGHT))
        column.addWidget(self.panel)
        column.addWidget(self.lost)
        column.addWidget(self.find_bar)
        column.addWidget(self.cues, 1)
        self.follow.setCheckable(True)
        self.follow.setChecked(True)

    def _join(self) -> None:
        presenter = self._presenter
        presenter.opened.connect(self._opened)
        presenter.document_changed.connect(self._show_document)
        self._deck.changed.connect(self._sound_changed)
        self.cues.word_chosen.connect(self.play_from)
        self.cues.edited.connect(self._set_text)
        self.cues.command.connect(self.run)
        self.cues.menu_wanted.connect(self._open_menu)
        self.find_pill.clicked.connect(self.find_bar.open_bar)
        self.find_bar.found.connect(self.cues.show_hits)
        self.find_bar.reached.connect(self._reach)
        self.find_bar.replaced.connect(self._replace)
        self.find_bar.replaced_one.connect(self._replace_one)
        self.find_bar.closed.connect(self.cues.setFocus)
        self.export_pill.clicked.connect(lambda _checked: self.open_export())
        for keys, run in (
            ("Ctrl+F", self.find_bar.open_bar), ("Ctrl+Z", presenter.undo), ("Ctrl+Shift+Z", presenter.redo),
            ("Ctrl+Y", presenter.redo),
        ):  # fmt: skip
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    # ------------------------------------------------------------------ showing

    def _opened(self) -> None:
        asset, recording = self._presenter.asset, self._presenter.recording
        self.panel.leave()
        if asset is None:
            return
        self.title.set_text(asset.title or Path(asset.path).stem)
        self.lost.setVisible(recording is None)
        self.panel.setVisible(recording is not None)
        if recording is not None:
            path = self._services.library.file_path(recording)
            self.panel.show_sound(path, recording.sha256, recording.duration, recording.title)
        self.cues.playing = (-1, -1)
        self._show_document()
        self.cues.scrollToTop()

    def _show_document(self) -> None:
        document, asset = self._presenter.document, self._presenter.asset
        if asset is not None:
            self.facts.setText(facts_of(document, asset.provenance.model_title or asset.provenance.model))
        self.cues.show_document(document)
        self.find_bar.show_document(document)
        self._side.show_document(document)
        self._side.show_time(self._seconds())

    @Slot(object)
    def _sound_changed(self, path: Path) -> None:
        if path == self.panel.path and self.isVisible():
            seconds = self._seconds()
            self.cues.show_time(seconds, follow=self.follow.isChecked())
            self._side.show_time(seconds)

    def _seconds(self) -> float:
        return self._deck.status(self.panel.path).position if self.panel.path is not None else 0.0

    # ------------------------------------------------------------------ sound

    def play_from(self, seconds: float) -> None:
        """Play from a word, or only go there while it is silent and paused elsewhere."""
        if self.panel.path is not None:
            self._deck.play(self.panel.path, seconds)

    # ------------------------------------------------------------------ edits

    def _set_text(self, number: int, text: str) -> None:
        if self._presenter.document.cues[number].text != text:
            self._presenter.edit(edits.set_text(self._presenter.document, number, text))

    def run(self, command: str, number: int) -> None:
        """Carry out a command on a cue: play, split, merge, merge_runs, remove, rename, speaker, edit."""
        document = self._presenter.document
        if command == "play":
            self.panel.toggle()
        elif command == "split":
            self._presenter.edit(edits.split_cue(document, number, self._word_to_split_at(number)))
        elif command == "merge":
            self._presenter.edit(edits.merge_cues(document, number, number + 1))
        elif command == "merge_runs":
            self._presenter.edit(edits.merge_speaker_runs(document))
        elif command == "remove":
            self._presenter.edit(edits.remove_cues(document, [number]))
        elif command == "rename":
            self._spawn(self._rename(number), "rename a speaker")
        elif command == "speaker":
            self._spawn(self._set_speaker(number), "change a speaker")
        elif command == "edit":
            self.cues.edit(self.cues.model_.index(number))

    def _word_to_split_at(self, number: int) -> int:
        """The word that was clicked last, else the one that is spoken, else the middle."""
        for row, word in (self.cues.last_word, self.cues.playing):
            if row == number and word > 0:
                return word
        return len(self._presenter.document.cues[number].words) // 2

    async def _rename(self, number: int) -> None:
        document = self._presenter.document
        speaker = document.cues[number].speaker
        name = await dialogs.ask_text(
            self, tr("Rename this speaker"), tr("Everywhere in this transcript."), label=tr("Name"),
            action=tr("Rename"), value=document.name_of(speaker),
        )  # fmt: skip
        if name is not None:
            self._presenter.edit(edits.rename_speaker(self._presenter.document, speaker, name))

    async def _set_speaker(self, number: int) -> None:
        document = self._presenter.document
        name = await dialogs.ask_text(
            self, tr("Who speaks here?"), label=tr("Name"), action=tr("Set"),
            value=document.name_of(document.cues[number].speaker),
        )  # fmt: skip
        if name is not None:
            known = {document.name_of(cue.speaker): cue.speaker for cue in document.cues}
            changed = edits.set_speaker(self._presenter.document, [number], known.get(name, name))
            self._presenter.edit(changed)

    def _replace(self, text: str, by: str) -> None:
        changed, count = edits.replace_all(
            self._presenter.document, text, by, case=self.find_bar.case, whole_words=self.find_bar.whole_words
        )
        self._presenter.edit(changed)
        said = trn("Replaced once.", "Replaced {n} times.", count)
        self._presenter.tell(said, tr("Ctrl+Z takes it back."), bad=False)

    def _replace_one(self, hit: edits.Hit, by: str) -> None:
        self._presenter.edit(edits.replace_hit(self._presenter.document, hit, by))

    def _reach(self, number: int) -> None:
        self.cues.setCurrentIndex(self.cues.model_.index(number))

    def _open_menu(self, number: int, at: QPoint) -> None:
        document = self._presenter.document
        speaker = document.cues[number].speaker
        menu = Menu(self)
        menu.add(tr("Edit"), lambda: self.run("edit", number))
        menu.add(tr("Split here"), lambda: self.run("split", number))
        if number + 1 < len(document.cues):
            menu.add(tr("Merge with the next"), lambda: self.run("merge", number))
        menu.add(tr("Set the speaker"), lambda: self.run("speaker", number))
        if speaker:
            name = document.name_of(speaker)
            menu.add(tr("Rename {name}", name=name), lambda: self.run("rename", number))
            menu.add(tr("Merge what one speaker says"), lambda: self.run("merge_runs", number))
        menu.add(tr("Remove"), lambda: self.run("remove", number))
        menu.popup(at)

    # ------------------------------------------------------------------ export

    def open_export(self, suffix: str = "srt") -> None:
        """Ask for a format, with a preview, and write the file."""
        self._spawn(self._export(suffix), "export a transcript")

    async def _export(self, suffix: str) -> None:
        try:
            into = await export_transcript(
                self, self._presenter.document, self._side.subtitles(), self.title.text, suffix
            )
        except StudioError as error:
            self._presenter.tell(error.title, error.detail, error.actions)
            return
        if into is not None:
            show = Action("file.show", tr("Show in folder"), str(into))
            self._presenter.tell(tr("{name} is written.", name=into.name), "", (show,), bad=False)

    def _spawn(self, work: Coroutine[Any, Any, object], name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self)

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)
        self.panel.leave()

"""The Transcribe page: files and form at the left, the transcript in the middle, subtitles at the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.subtitles import to_text
from studio.panes.audio.form_parts import ask_to_spend, run_on_ctrl_enter
from studio.panes.audio.subtitle_side import SubtitleSide
from studio.panes.audio.transcribe_form import TranscribeForm, files_of, has_files
from studio.panes.audio.transcribe_presenter import FileItem, TranscribePresenter
from studio.panes.audio.transcript_desk import TranscriptDesk
from studio.services.audio import AudioPlan
from studio.ui import dialogs
from studio.ui.folding import SideFold
from studio.ui.pane import PaneContext
from studio.ui.record_bar import RecordBar
from studio.ui.recorder import Recorder
from studio.ui.sound_deck import SoundDeck
from studio.ui.theme import Space
from studio.ui.widgets.surfaces import EmptyState, Surface

SOUNDS = (
    "*.mp3",
    "*.m4a",
    "*.wav",
    "*.flac",
    "*.ogg",
    "*.opus",
    "*.aac",
    "*.webm",
    "*.mp4",
    "*.mov",
    "*.mkv",
)


RECORD_KEY = "R"


class TranscribePage(QWidget):
    """Joins the parts of the page.

    Args:
        speak: takes a text over to Speech.
    """

    def __init__(
        self,
        context: PaneContext,
        deck: SoundDeck,
        form: TranscribeForm,
        speak: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._services = context.services
        self._speak = speak
        self.form = form
        self.presenter = TranscribePresenter(context.services, self, self._ask)
        self.side = SubtitleSide(self)
        self.recorder = Recorder(self._services.recording, self._services.tasks, self)
        self.record_bar = RecordBar(self.recorder, self._services.settings)
        self.record_bar.record.setToolTip(tr("Record from a microphone ({key})", key=RECORD_KEY))
        form.add_source(self.record_bar)
        self.desk = TranscriptDesk(context.services, deck, self.presenter, self.side)
        self.empty = EmptyState(
            "transcript", tr("No transcript is open"),
            tr("Drop audio or video here. What is said becomes text you can edit along its sound."),
            action=tr("Choose files"), on_action=self.choose,
        )  # fmt: skip
        self.setAcceptDrops(True)
        self._arrange()
        self._join()
        self.presenter.start()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        middle = Surface("bg", parent=self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(Space.XL - Space.XS, Space.LG, Space.XL - Space.XS, Space.LG)
        column.addWidget(self.desk, 1)
        column.addWidget(self.empty, 1)
        row.addWidget(middle, 1)
        self.fold = SideFold(self, row, self.side)
        self.desk.head.addWidget(self.fold.button)
        self.desk.hide()

    def _join(self) -> None:
        presenter, form = self.presenter, self.form
        form.files_dropped.connect(presenter.take_files)
        form.choose_files.connect(self.choose)
        form.start.connect(presenter.transcribe)
        form.wished.connect(lambda changes: presenter.wish(**changes))
        form.files.chosen.connect(self._open)
        form.files.dropped_off.connect(presenter.drop)
        form.files.again.connect(presenter.retry)
        self.recorder.finished.connect(presenter.take_asset)
        self.recorder.discarded.connect(presenter.tell_discarded)
        presenter.models_changed.connect(lambda models: form.show_models(models, presenter.wishes))
        presenter.files_changed.connect(self._show_files)
        presenter.plan_changed.connect(self._show_plan)
        presenter.opened.connect(self._opened)
        presenter.remembered.connect(self._show_choices)
        self.side.rules_changed.connect(lambda: presenter.set_rules(self.side.rules()))
        self.side.to_chat.connect(self._to_chat)
        self.side.to_speech.connect(lambda: self._speak(to_text(presenter.document, speakers=False)))
        run_on_ctrl_enter(form, presenter.transcribe)

    def stop(self) -> None:
        """The program ends."""
        self.recorder.close()
        self._services.tasks.cancel_owner(self)
        self.desk.stop()
        self.presenter.stop()

    def wish(self, **changes: object) -> None:
        """Change how files are transcribed, from elsewhere than the form."""
        self.presenter.wish(**changes)
        self.form.show_wishes(self.presenter.wishes)

    def focus(self) -> None:
        target = self.desk.cues if self.desk.isVisible() else self.form.drop
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ files

    def choose(self) -> None:
        """Ask for files to transcribe."""
        self._services.tasks.spawn(self._pick(), name="choose files", owner=self, group="choose")

    async def _pick(self) -> None:
        kinds = [(tr("Audio and video"), SOUNDS), (tr("All files"), ("*",))]
        paths = await dialogs.pick_files(self, tr("Choose files"), kinds, folder=Path.home())
        if paths:
            self.presenter.take_files(paths)

    def _open(self, item: FileItem) -> None:
        if item.state == "done":
            self.presenter.open(item.key)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_files(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.presenter.take_files(files_of(event.mimeData()))

    # ------------------------------------------------------------------ showing

    def _show_files(self) -> None:
        asset = self.presenter.asset
        self.form.files.show_items(self.presenter.files, asset.id if asset is not None else "")

    def _show_choices(self) -> None:
        self.form.show_wishes(self.presenter.wishes)
        self.side.show_rules(self.presenter.rules)

    def _opened(self) -> None:
        shown = self.presenter.asset is not None
        self.desk.setVisible(shown)
        self.empty.setVisible(not shown)
        self._show_files()

    def _show_plan(self, plan: AudioPlan) -> None:
        count = len(plan.orders)
        label = tr("Transcribe file") if count < 2 else tr("Transcribe {n} files", n=count)
        self.form.foot.show_plan(plan, self.presenter.unit, label)

    async def _ask(self, plan: AudioPlan) -> bool:
        action = trn("Transcribe one file", "Transcribe {n} files", len(plan.orders))
        return await ask_to_spend(self, plan, self.presenter.unit, action)

    def _to_chat(self) -> None:
        if self.presenter.asset is not None:
            self.presenter.flush()
            self._context.open_with("chat", "chat", self.presenter.asset)

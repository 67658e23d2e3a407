"""The Speech page: the script above, its paragraphs with their sound below, form and side column around."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain.money import pollen_range
from studio.domain.sound import SoundFormat
from studio.panes.audio.form_parts import ask_to_spend, run_on_ctrl_enter
from studio.panes.audio.previews import Previews
from studio.panes.audio.speech_export import ExportChoice, export_speech, suggested_name
from studio.panes.audio.speech_form import SpeechForm
from studio.panes.audio.speech_list import Heard, SpeechList
from studio.panes.audio.speech_presenter import Row, SpeechPresenter
from studio.panes.audio.speech_side import SpeechSide
from studio.panes.audio.words import spent_words
from studio.qt_models.asset_list import clock
from studio.services.audio import AudioPlan
from studio.ui import dialogs
from studio.ui.folding import SideFold
from studio.ui.pane import PaneContext
from studio.ui.player import PlayerState
from studio.ui.sound_deck import SoundDeck, SoundStatus
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.layout import Splitter
from studio.ui.widgets.surfaces import EmptyState, Surface
from studio.ui.widgets.text import ElidedLabel, Label

HINT = tr(
    "Write or paste what is to be spoken. An empty line begins a paragraph; each one can have a voice of its "
    "own."
)
FORM_WIDTH = 304


class ReadingOn(QObject):
    """Plays one paragraph after the other, also while later ones are still being rendered."""

    def __init__(self, page: SpeechPage, deck: SoundDeck) -> None:
        super().__init__(page)
        self._page, self._deck = page, deck
        self._place: int | None = None
        self._before = PlayerState.EMPTY
        deck.player.state.connect(self._follow)

    @property
    def active(self) -> bool:
        return self._place is not None

    def start(self, place: int) -> None:
        """Play from a row on."""
        self._place = place
        self.go_on()

    def stop(self) -> None:
        if self._place is not None:
            self._place = None
            self._deck.pause()
            self._page.show_reading(False)

    def go_on(self) -> None:
        """Play the row whose turn it is, as soon as there is something to hear."""
        if self._place is None or self._deck.player.current_state in (
            PlayerState.PLAYING,
            PlayerState.LOADING,
        ):
            return
        rows = self._page.presenter.rows
        row = rows[self._place] if self._place < len(rows) else None
        if row is None or row.state in ("missing", "failed"):
            self._place = None
            self._page.show_reading(False)
            return
        self._page.show_reading(True)
        path = self._page.path_to_play(row)
        if path is not None:
            self._page.list.setCurrentIndex(self._page.list.rows.index(self._place))
            self._deck.play(path, 0.0)

    @Slot(str)
    def _follow(self, state: str) -> None:
        before, self._before = self._before, PlayerState(state)
        if self._place is None:
            return
        if self._before is PlayerState.STOPPED and before is PlayerState.PLAYING:
            self._place += 1
            self.go_on()
        elif self._before in (PlayerState.PAUSED, PlayerState.FAILED):
            self._place = None
            self._page.show_reading(False)


class SpeechPage(QWidget):
    """Joins the parts of the page. `form` stands in the pane's left column."""

    def __init__(self, context: PaneContext, deck: SoundDeck, form: SpeechForm, parent: QWidget) -> None:
        super().__init__(parent)
        services = context.services
        self._services = services
        self._deck = deck
        self._exporting = False
        self.form = form
        self.presenter = SpeechPresenter(services, self, self._ask)
        self.previews = Previews(services, self)
        self.script = PromptEdit("Script", HINT)
        self.list = SpeechList(self._heard)
        self.side = SpeechSide(self)
        self._title = Label(tr("Script"), "title")
        self._facts = ElidedLabel("", tone="text2", tabular=True)
        self._play_all = Button(tr("Play from here"), "secondary", "play")
        self._empty = EmptyState(
            "audio",
            tr("Nothing to hear yet"),
            tr("Each paragraph of the script appears here with its sound."),
        )
        self.reading_on = ReadingOn(self, deck)
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
        column.setSpacing(Space.MD)
        head = QHBoxLayout()
        head.setSpacing(Space.MD)
        head.addWidget(self._title)
        head.addWidget(self._facts, 1)
        head.addWidget(self._play_all)
        column.addLayout(head)
        self.script.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        lower = QWidget()
        under = QVBoxLayout(lower)
        under.setContentsMargins(0, Space.MD, 0, 0)
        under.addWidget(self.list)
        under.addWidget(self._empty)
        split = Splitter(Qt.Orientation.Vertical)
        split.addWidget(self.script)
        split.addWidget(lower)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        column.addWidget(split, 1)
        row.addWidget(middle, 1)
        self.fold = SideFold(self, row, self.side)
        head.addWidget(self.fold.button)

    def _join(self) -> None:
        presenter, form, side = self.presenter, self.form, self.side
        self.script.text_changed.connect(lambda: presenter.write(self.script.text()))
        self.script.submitted.connect(presenter.render)
        form.read.connect(lambda changes: presenter.read(**changes))
        form.unit_changed.connect(lambda unit: presenter.edit(unit=unit))
        form.render_wanted.connect(presenter.render)
        form.try_voices.connect(self._try_voices)
        presenter.models_changed.connect(lambda models: form.show_models(models, presenter.script))
        presenter.script_changed.connect(self._show_script)
        presenter.rows_changed.connect(self._show_rows)
        presenter.plan_changed.connect(self._show_plan)
        presenter.refused.connect(self._point_at)
        self.list.play_requested.connect(self.play)
        self.list.seek_requested.connect(self._seek)
        self.list.chosen.connect(self._show_row)
        side.reading_chosen.connect(lambda row, reading: presenter.read_paragraph(row.number, reading))
        side.take_chosen.connect(presenter.choose_take)
        side.again.connect(presenter.render_again)
        side.retry.connect(presenter.retry_row)
        side.pauses_changed.connect(lambda changes: presenter.edit(**changes))
        side.export.connect(lambda: self._spawn(self._export(), "export speech"))
        self._play_all.clicked.connect(self._play_or_stop)
        self.previews.ready.connect(self._sound_ready)
        self._deck.changed.connect(self._sound_changed)
        for place in (self, form):
            run_on_ctrl_enter(place, presenter.render)

    def stop(self) -> None:
        """The program ends."""
        self._services.tasks.cancel_owner(self)
        self.previews.stop()
        self.presenter.stop()

    def focus(self) -> None:
        self.script.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ sound

    def _heard(self, row: Row) -> Heard:
        path = self.previews.path_of(self.presenter.script, row) if row.ready else None
        if path is None:
            return Heard(None, SoundStatus())
        length = self.previews.length_of(self.presenter.script, row)
        if not self.previews.is_ready(path, row):
            self.previews.want(self.presenter.script, row)
            return Heard(path, SoundStatus(duration=length))
        self._deck.want_peaks(path)
        return Heard(path, self._deck.status(path, length))

    def path_to_play(self, row: Row) -> Path | None:
        """The file of a paragraph once it can be played; asks for it otherwise."""
        path = self.previews.path_of(self.presenter.script, row)
        if path is None or self.previews.is_ready(path, row):
            return path
        self.previews.want(self.presenter.script, row)
        return None

    def play(self, row: Row) -> None:
        """Play or pause a paragraph."""
        self.reading_on.stop()
        path = self.path_to_play(row) if row.ready else None
        if path is not None:
            self._deck.toggle(path)

    def _seek(self, row: Row, seconds: float) -> None:
        path = self.path_to_play(row)
        if path is not None:
            self._deck.seek(path, seconds)

    def _play_or_stop(self) -> None:
        if self.reading_on.active:
            self.reading_on.stop()
        else:
            self.reading_on.start(max(self.list.currentIndex().row(), 0))

    def show_reading(self, active: bool) -> None:
        """Whether one paragraph after the other is played."""
        words = tr("Stop") if active else tr("Play from here")
        if self._play_all.text() != words:
            self._play_all.setText(words)
            self._play_all.setAccessibleName(words)
            self._play_all.set_icon("pause" if active else "play")

    def _sound_ready(self) -> None:
        self.list.viewport().update()
        self.reading_on.go_on()

    def _sound_changed(self, _path: Path) -> None:
        if self.isVisible():
            self.list.viewport().update()

    # ------------------------------------------------------------------ showing

    def _show_script(self) -> None:
        script = self.presenter.script
        self.script.set_text(script.text)
        self.form.show_script(script)
        self.side.show_script(script)

    def _show_rows(self) -> None:
        rows = self.presenter.rows
        self.list.rows.show(rows)
        self.list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._play_all.setEnabled(any(row.ready for row in rows))
        takes = [take for row in rows for take in row.takes_at_hand]
        length = sum(take.duration or 0.0 for take in takes)
        facts = []
        if rows:
            facts = [
                trn("1 paragraph", "{n} paragraphs", len(rows)),
                trn("1 letter", "{n:,} letters", len(self.presenter.script.text.strip())),
            ]
        if length:
            facts.append(clock(length))
        if spent := spent_words([take.provenance.cost for take in {t.id: t for t in takes}.values()]):
            facts.append(tr("{amount} {unit} paid", amount=spent, unit=self.presenter.unit))
        self._facts.set_text(" · ".join(facts))
        missing = sum(take is None for row in rows for take in row.takes)
        self.side.show_export(missing, clock(length) if length else "")
        self._show_row()
        self.reading_on.go_on()

    def _show_row(self) -> None:
        row = self.list.current()
        script, takes = self.presenter.script, self.presenter.takes
        count = heard = 0
        price = ""
        model = None
        if row is not None:
            model = self.presenter.model_named(row.reading.model)
            counts = [takes.of(line.key) for line in row.lines]
            count = max((len(one) for one in counts), default=0)
            longest = max(range(len(counts)), key=lambda place: len(counts[place]), default=0)
            chosen = row.takes[longest]
            heard = next((n for n, take in enumerate(counts[longest]) if take == chosen), max(count - 1, 0))
            plan = self.presenter.plan(row.lines)
            if plan.low is not None and plan.high is not None:
                price = f"≈ {pollen_range(plan.low, plan.high)}"
        self.side.show_row(row, script, model, (count, heard), price)

    def _show_plan(self, plan: AudioPlan) -> None:
        self.form.foot.show_plan(plan, self.presenter.unit)

    def _point_at(self, field: str) -> None:
        control = {"script": self.script.editor, "model": self.form.model}.get(field)
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ questions

    async def _ask(self, plan: AudioPlan) -> bool:
        action = trn("Render one piece", "Render {n} pieces", len(plan.orders))
        return await ask_to_spend(self, plan, self.presenter.unit, action)

    def _try_voices(self) -> None:
        from studio.panes.audio.audition import audition

        self._spawn(audition(self, self.presenter, self._deck, self._services), "try voices")

    async def _export(self) -> None:
        if self._exporting:
            return
        script, rows = self.presenter.script, self.presenter.rows
        takes = [take for row in rows for take in row.takes_at_hand]
        lines = [line for row in rows for line in row.lines]
        if len(takes) < len(lines) or not lines:
            return
        form = SoundFormat(self.side.format.value() or "mp3")
        suggested = Path.home() / f"{suggested_name(script)}{form.extension}"
        into = await dialogs.pick_save(
            self, tr("Export speech"), suggested, [(form.value.upper(), (f"*{form.extension}",))]
        )
        if into is None:
            return
        choice = ExportChoice(
            format=form,
            level=self.side.level.isChecked(),
            subtitles=self.side.subtitles.isChecked(),
            chapters=self.side.chapters.isChecked(),
        )
        self._exporting = True
        self.side.export_button.set_loading(True)
        try:
            written = await export_speech(
                self._services, script, lines, takes, into.with_suffix(form.extension), choice
            )
            show = Action("file.show", tr("Show in folder"), str(written[0]))
            self.presenter.tell(tr("{name} is written.", name=written[0].name), "", (show,), bad=False)
        except StudioError as error:
            self.presenter.tell(error.title, error.detail, error.actions)
        finally:
            self._exporting = False
            self.side.export_button.set_loading(False)

    def _spawn(self, work: Coroutine[Any, Any, object], name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self)

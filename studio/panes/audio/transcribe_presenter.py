"""State and commands of the Transcribe page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

from PySide6.QtCore import QObject, Signal

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.subtitles import CueRules
from studio.domain.transcript import Document
from studio.domain.transcription import Phase, Recording
from studio.panes.audio.page_presenter import Ask, PagePresenter
from studio.qt_models.asset_list import clock
from studio.qt_models.bridge import bridge
from studio.qt_models.job_words import elapsed, state_words
from studio.services import undo
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.transcription import DEFAULT_MODEL, Wishes
from studio.services.undo import Step
from studio.ui.amounts import file_size

READ_MS = 250
TICK_MS = 1000
SAVE_MS = 600
CHOICES = "audio.transcribe"
SHOWN = 200
STEPS = 200
SENDING_SHARE = 0.2


class FileItem(NamedTuple):
    """A line of the list of files.

    Args:
        key: asset id of a transcript, job id, or the id of what is still to be sent.
        state: "reading", "ready", "working", "failed" or "done".
        share: 0 to 1 where it is known how much is done, else None.
        tip: more about it than there is room for.
    """

    key: str
    title: str
    words: str
    state: str
    share: float | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is remembered from one time to the next."""

    wishes: Wishes = field(default_factory=Wishes)
    rules: CueRules = field(default_factory=CueRules)


class Pending(NamedTuple):
    """A file that was taken in and not sent yet.

    Args:
        problem: why it cannot be; `detail`: all there is to say of that.
    """

    key: str
    title: str
    recording: Recording | None = None
    problem: str = ""
    detail: str = ""


class TranscribePresenter(PagePresenter):
    """Takes files in, has them transcribed, and holds the transcript that is edited.

    Signals:
        files_changed().
        opened(): another transcript, or none, is shown. document_changed(): it was edited.
        remembered(): the wishes and the rules of the last time are here.
    """

    files_changed = Signal()
    opened = Signal()
    document_changed = Signal()
    remembered = Signal()

    topic = "transcribe"

    def __init__(self, services: Services, parent: QObject, ask: Ask) -> None:
        super().__init__(services, parent, ask)
        self.wishes = Wishes()
        self.rules = CueRules()
        self.files: list[FileItem] = []
        self.asset: Asset | None = None
        self.recording: Asset | None = None
        self.document = Document()
        self._pending: list[Pending] = []
        self._done: list[FileItem] = []
        self._phases: dict[str, Phase] = {}
        self._mine: set[str] = set()
        self._undo: list[Document] = []
        self._redo: list[Document] = []
        self._tick = self._timer(TICK_MS, self.refresh, once=False)
        self._save = self._timer(SAVE_MS, self._keep)
        self._remember = self._timer(SAVE_MS, self._keep_choices)
        self._read_soon = self._timer(READ_MS, self._read_done)
        bridge(services.jobs.changed, self._elsewhere, self)
        bridge(services.jobs.queue_changed, self._elsewhere, self)
        bridge(services.jobs.finished, self._finished, self)
        bridge(services.transcription.phases, self._phase, self)
        bridge(services.library.changed, self._library_changed, self)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Show the models and the transcripts there are."""
        self._catalogue_changed(None)
        self._read_done()
        self._services.tasks.spawn(self._bring_back(), name="transcribe choices", owner=self)

    async def _bring_back(self) -> None:
        kept = await self._services.profile.draft(CHOICES)
        if not isinstance(kept, dict):
            return
        try:
            choices = from_json(Choices, cast("dict[str, Any]", kept))
        except ValueError:
            return
        if not self._remember.isActive():
            self.wishes, self.rules = choices.wishes, choices.rules
            self._choose_model()
            self.remembered.emit()
            self.refresh()

    def _keep_choices(self) -> None:
        choices = Choices(wishes=self.wishes, rules=self.rules)
        self._services.tasks.spawn(
            self._services.profile.set_draft(CHOICES, to_json(choices)), name="transcribe choices",
            owner=self._services, finish=True,
        )  # fmt: skip

    def set_rules(self, rules: CueRules) -> None:
        """Make subtitles by other rules, the next time too."""
        self.rules = rules
        self._remember.start()

    def stop(self) -> None:
        """The program ends: what was edited is kept."""
        for timer in (self._tick, self._settle, self._read_soon):
            timer.stop()
        self.flush()
        if self._remember.isActive():
            self._remember.stop()
            self._keep_choices()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ state

    def offers(self, model: ModelInfo) -> bool:
        return model.transcribes

    @property
    def model_name(self) -> str:
        return self.wishes.model

    def plan(self) -> AudioPlan:
        """What transcribing the files that wait would cost."""
        model = self.model
        ready = [one.recording for one in self._pending if one.recording is not None]
        reading = any(one.recording is None and not one.problem for one in self._pending)
        problem, field = "", ""
        if model is None:
            problem, field = tr("Choose a model."), "model"
        elif reading:
            problem = tr("Reading the files.") if len(self._pending) > 1 else tr("Reading the file.")
        elif not ready:
            problem, field = tr("Drop a file, or choose one."), "file"
        orders = [] if model is None else [
            self._services.transcription.order(recording, self.wishes, model) for recording in ready
        ]  # fmt: skip
        return self._services.audio.plan(orders, problem=problem, field=field)

    # ------------------------------------------------------------------ files

    def wish(self, **changes: object) -> None:
        """Change how files are transcribed: fields of `Wishes`."""
        self.wishes = replace(self.wishes, **changes)  # type: ignore[arg-type]  # the form knows the types
        self._remember.start()
        self.refresh()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Copy files into the library, to be transcribed at the press of the button."""
        taken = [(Pending(new_id(), path.name), path) for path in paths]
        self._pending += [one for one, _path in taken]
        self.refresh()
        self._services.tasks.spawn(self._take(taken), name="take recordings in", owner=self)

    async def _take(self, taken: Sequence[tuple[Pending, Path]]) -> None:
        for one, path in taken:
            try:
                _asset, recording = await self._services.transcription.take_file(path)
                self._replace(one._replace(recording=recording))
            except StudioError as error:
                self._replace(one._replace(problem=error.title, detail=str(error)))

    def take_asset(self, asset: Asset) -> None:
        """A sound or film of the library is to be transcribed; a transcript is opened."""
        if asset.kind is MediaKind.TRANSCRIPT:
            self.open(asset.id)
            return
        one = Pending(new_id(), asset.title or Path(asset.path).name)
        self._pending.append(one)
        self.refresh()
        self._services.tasks.spawn(self._take_asset(one, asset), name="take a recording in", owner=self)

    async def _take_asset(self, one: Pending, asset: Asset) -> None:
        try:
            self._replace(one._replace(recording=await self._services.transcription.recording_of(asset)))
        except StudioError as error:
            self._replace(one._replace(problem=error.title, detail=str(error)))

    def _replace(self, one: Pending) -> None:
        self._pending = [one if other.key == one.key else other for other in self._pending]
        self.refresh()

    def drop(self, key: str) -> None:
        """Take a file off the list: not sent, failed or under way. A transcript stays in the library."""
        self._pending = [one for one in self._pending if one.key != key]
        self.cancel(key)
        self.refresh()

    def transcribe(self) -> None:
        """The button: the files that wait are sent."""
        self.carry_out(self.plan(), self._sent)

    def _sent(self, jobs: list[Job]) -> None:
        self._mine |= {job.id for job in jobs}
        self._pending = [one for one in self._pending if one.recording is None]

    def tell_discarded(self, step: Step) -> None:
        """A recording went into the trash."""
        self._services.notices.tell(
            tr("The recording is in the trash."), topic=undo.TOPIC,
            actions=(Action("edit.undo_step", tr("Undo"), step.id),),
        )  # fmt: skip

    # ------------------------------------------------------------------ the transcript

    def open(self, asset_id: str) -> None:
        """Show a transcript."""
        if self.asset is None or self.asset.id != asset_id:
            self._services.tasks.spawn(
                self._open(asset_id), name="open a transcript", owner=self, group="open"
            )

    async def _open(self, asset_id: str) -> None:
        self.flush()
        asset = await self._services.library.asset(asset_id)
        if asset is None:
            return
        try:
            document = await self._services.transcription.document(asset)
        except StudioError as error:
            self.tell(error.title, error.detail, error.actions)
            return
        self.recording = await self._services.transcription.recording_behind(asset)
        self.asset, self.document = asset, document
        self._undo, self._redo = [], []
        self.opened.emit()

    def edit(self, document: Document) -> None:
        """Another state of the transcript; Ctrl+Z takes it back."""
        if document == self.document or self.asset is None:
            return
        self._undo = [*self._undo[-STEPS:], self.document]
        self._redo = []
        self._show(document)

    def undo(self) -> None:
        if self._undo:
            self._redo.append(self.document)
            self._show(self._undo.pop())

    def redo(self) -> None:
        if self._redo:
            self._undo.append(self.document)
            self._show(self._redo.pop())

    def _show(self, document: Document) -> None:
        self.document = document
        self._save.start()
        self.document_changed.emit()

    def flush(self) -> None:
        """Keep what was edited now."""
        if self._save.isActive():
            self._save.stop()
            self._keep()

    def _keep(self) -> None:
        if self.asset is not None:
            self._services.tasks.spawn(
                self._services.transcription.keep_document(self.asset, self.document),
                name="keep a transcript", owner=self._services, finish=True,
            )  # fmt: skip

    # ------------------------------------------------------------------ what happens elsewhere

    def _phase(self, phase: Phase) -> None:
        self._phases[phase.job_id] = phase
        self._elsewhere()

    def _finished(self, job: Job) -> None:
        if job.kind != "transcription":
            return
        self._phases.pop(job.id, None)
        if job.state is JobState.DONE and job.id in self._mine:
            self._mine.discard(job.id)
            if self.asset is None or not self._mine:
                self.open(job.asset_id)

    def _choose_model(self) -> None:
        models = self.models()
        if models and self.model is None:
            usual = self._services.catalogue.find(DEFAULT_MODEL)
            self.wishes = replace(self.wishes, model=(usual or models[0]).name)
        elif self.model is not None:
            self.wishes = replace(self.wishes, model=self.model.name)

    def _library_changed(self, _change: LibraryChange) -> None:
        # Many results in a row are read once.
        if not self._read_soon.isActive():
            self._read_soon.start()

    def _read_done(self) -> None:
        self._services.tasks.spawn(self._read(), name="transcripts", owner=self, group="read")

    async def _read(self) -> None:
        library = self._services.library
        numbers = await library.row_ids(LibraryQuery(kinds=(MediaKind.TRANSCRIPT,)))
        done: list[FileItem] = []
        for row in await library.rows(numbers[:SHOWN]):
            words = [tr("done")]
            if row.cost is not None:
                words.append(pollen(row.cost))
            done.append(FileItem(row.id, row.title or Path(row.path).stem, " · ".join(words), "done"))
        self._done = done
        self.refresh()

    def refresh(self) -> None:
        jobs = [job for job in self._services.jobs.all() if job.kind == "transcription"]
        working = [
            self._job_item(job) for job in jobs if job.state not in (JobState.DONE, JobState.CANCELLED)
        ]
        self.files = [*working, *(self._pending_item(one) for one in self._pending), *self._done]
        if any(item.state == "working" for item in self.files):
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()
        self.files_changed.emit()
        self.plan_changed.emit(self.plan())

    def _pending_item(self, one: Pending) -> FileItem:
        if one.problem:
            return FileItem(one.key, one.title, one.problem, "failed", tip=one.detail)
        if one.recording is None:
            return FileItem(one.key, one.title, tr("reading the file"), "reading")
        return FileItem(
            one.key, one.title, tr("{length} · ready", length=clock(one.recording.duration)), "ready"
        )

    def _job_item(self, job: Job) -> FileItem:
        if job.state is JobState.FAILED:
            return FileItem(job.id, job.title, state_words(job), "failed")
        phase = self._phases.get(job.id)
        if phase is None or job.state not in (JobState.RUNNING, JobState.STORING):
            return FileItem(job.id, job.title, state_words(job), "working", 0.0)
        return FileItem(job.id, job.title, phase_words(phase, elapsed(job)), "working", phase_share(phase))


def phase_words(phase: Phase, seconds: float) -> str:
    """A phase in words, with its numbers: "Uploading piece 2 of 9 · 3.1 MB of 12.4 MB"."""
    time, where = clock(seconds), _where(phase)
    if phase.stage == "reading":
        return tr("Reading the sound · {time}", time=time)
    if phase.stage == "cutting":
        return tr("Cutting{where} · {time}", where=where, time=time)
    if phase.stage == "saving":
        return tr("Saving")
    if phase.stage == "uploading":
        sent, size = file_size(phase.sent), file_size(phase.size)
        return tr("Uploading{where} · {sent} of {size}", where=where, sent=sent, size=size)
    return tr("Transcribing{where} · {time}", where=where, time=time)


def _where(phase: Phase) -> str:
    """Which pieces are at the service: " pieces 2 and 3 of 9"; nothing where there is but one."""
    if phase.pieces == 1 or not phase.busy:
        return ""
    if len(phase.busy) == 1:
        return " " + tr("piece {n} of {all}", n=phase.busy[0], all=phase.pieces)
    first, last = phase.busy[0], phase.busy[-1]
    return " " + tr("pieces {a} and {b} of {all}", a=first, b=last, all=phase.pieces)


def phase_share(phase: Phase) -> float | None:
    """How much is done; None where nobody knows. Sending a piece is a small part of its time."""
    if phase.stage == "saving":
        return 1.0
    if phase.stage in ("uploading", "transcribing"):
        sent = phase.sent / phase.size if phase.size else 0.0
        if phase.pieces > 1:
            return (phase.done + SENDING_SHARE * sent) / phase.pieces
        return sent if phase.stage == "uploading" else None
    return None


def facts_of(document: Document, model: str) -> str:
    """A transcript in one line: model, language, speakers."""
    speakers = len({cue.speaker for cue in document.cues if cue.speaker})
    parts = [model, document.language, trn("1 speaker", "{n} speakers", speakers) if speakers else ""]
    return " · ".join(part for part in parts if part)

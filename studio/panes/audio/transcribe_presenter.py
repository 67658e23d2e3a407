"""State and commands of the Transcribe page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.transcript import Document
from studio.domain.transcription import Phase, Recording
from studio.qt_models.asset_list import clock
from studio.qt_models.bridge import bridge
from studio.qt_models.job_words import elapsed, state_words
from studio.services import undo
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.notices import Severity
from studio.services.transcription import DEFAULT_MODEL, Wishes
from studio.services.undo import Step

SETTLE_MS = 80
READ_MS = 250
TICK_MS = 1000
SAVE_MS = 600
SHOWN = 200
STEPS = 200


class FileItem(NamedTuple):
    """A line of the list of files.

    Args:
        key: asset id of a transcript, job id, or the id of what is still to be sent.
        state: "reading", "ready", "working", "failed" or "done".
        share: 0 to 1 where it is known how much is done, else None.
    """

    key: str
    title: str
    words: str
    state: str
    share: float | None = None


class Pending(NamedTuple):
    """A file that was taken in and not sent yet; `problem` when it cannot be."""

    key: str
    title: str
    recording: Recording | None = None
    problem: str = ""


class TranscribePresenter(QObject):
    """Takes files in, has them transcribed, and holds the transcript that is edited.

    Args:
        ask: puts a plan to the user that costs more than they want to spend unasked; True goes on.

    Signals:
        files_changed(), plan_changed(AudioPlan), models_changed(list[ModelInfo]).
        opened(): another transcript, or none, is shown. document_changed(): it was edited.
    """

    files_changed = Signal()
    plan_changed = Signal(object)
    models_changed = Signal(object)
    opened = Signal()
    document_changed = Signal()

    def __init__(
        self, services: Services, parent: QObject, ask: Callable[[AudioPlan], Awaitable[bool]]
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._ask = ask
        self.wishes = Wishes()
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
        self._submitting = False
        self._settle = self._timer(SETTLE_MS, self._refresh, once=True)
        self._tick = self._timer(TICK_MS, self._refresh, once=False)
        self._save = self._timer(SAVE_MS, self._keep, once=True)
        bridge(services.catalogue.changed, self._catalogue_changed, self)
        bridge(services.account.changed, self._elsewhere, self)
        bridge(services.session.changed, self._elsewhere, self)
        bridge(services.jobs.changed, self._elsewhere, self)
        bridge(services.jobs.queue_changed, self._elsewhere, self)
        bridge(services.jobs.finished, self._finished, self)
        bridge(services.transcription.phases, self._phase, self)
        self._read_soon = self._timer(READ_MS, self._read_done, once=True)
        bridge(services.library.changed, self._library_changed, self)

    def _timer(self, milliseconds: int, run: Callable[[], object], *, once: bool) -> QTimer:
        timer = QTimer(self, interval=milliseconds, singleShot=once)
        timer.timeout.connect(run)
        return timer

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Show the models and the transcripts there are."""
        self._catalogue_changed(None)
        self._read_done()

    def stop(self) -> None:
        """The program ends: what was edited is kept."""
        for timer in (self._tick, self._settle, self._read_soon):
            timer.stop()
        self.flush()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ state

    @property
    def unit(self) -> str:
        """Whose pollen it is."""
        return tr("sandbox pollen") if self._services.session.state.is_sandbox else tr("pollen")

    def models(self) -> list[ModelInfo]:
        """Models that transcribe, as the catalogue orders them."""
        return [model for model in self._services.catalogue.models if model.transcribes]

    @property
    def model(self) -> ModelInfo | None:
        return self._services.catalogue.find(self.wishes.model)

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
        self._refresh()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Copy files into the library, to be transcribed at the press of the button."""
        taken = [(Pending(new_id(), path.name), path) for path in paths]
        self._pending += [one for one, _path in taken]
        self._refresh()
        self._services.tasks.spawn(self._take(taken), name="take recordings in", owner=self)

    async def _take(self, taken: Sequence[tuple[Pending, Path]]) -> None:
        for one, path in taken:
            try:
                _asset, recording = await self._services.transcription.take_file(path)
                self._replace(one._replace(recording=recording))
            except StudioError as error:
                self._replace(one._replace(problem=str(error)))

    def take_asset(self, asset: Asset) -> None:
        """A sound or film of the library is to be transcribed; a transcript is opened."""
        if asset.kind is MediaKind.TRANSCRIPT:
            self.open(asset.id)
            return
        one = Pending(new_id(), asset.title or Path(asset.path).name)
        self._pending.append(one)
        self._services.tasks.spawn(self._take_asset(one, asset), name="take a recording in", owner=self)

    async def _take_asset(self, one: Pending, asset: Asset) -> None:
        try:
            self._replace(one._replace(recording=await self._services.transcription.recording_of(asset)))
        except StudioError as error:
            self._replace(one._replace(problem=str(error)))

    def _replace(self, one: Pending) -> None:
        self._pending = [one if other.key == one.key else other for other in self._pending]
        self._refresh()

    def drop(self, key: str) -> None:
        """Take a file off the list: not sent, failed or under way. A transcript stays in the library."""
        self._pending = [one for one in self._pending if one.key != key]
        job = self._services.jobs.get(key)
        if job is not None and job.state.is_final:
            self._services.jobs.dismiss(key)
        elif job is not None:
            self._services.tasks.spawn(self._services.jobs.cancel([key]), name="cancel", owner=self)
        self._refresh()

    def retry(self, key: str) -> None:
        """Send what is missing of a failed job again."""
        self._services.tasks.spawn(self._services.jobs.retry([key]), name="try again", owner=self)

    def transcribe(self) -> None:
        """The button: the files that wait are sent."""
        plan = self.plan()
        if self._submitting:
            return
        if plan.problem:
            if plan.field not in ("", "file"):
                self.tell(plan.problem, "", plan.actions)
            return
        self._submitting = True
        self._services.tasks.spawn(self._submit(plan), name="transcribe", owner=self)

    async def _submit(self, plan: AudioPlan) -> None:
        try:
            if plan.ask_first and not await self._ask(plan):
                return
            jobs = await self._services.audio.submit(plan)
        except StudioError as error:
            self.tell(error.title, error.detail, error.actions)
            return
        finally:
            self._submitting = False
        self._mine |= {job.id for job in jobs}
        self._pending = [one for one in self._pending if one.recording is None]
        self._refresh()

    def tell(self, title: str, detail: str = "", actions: tuple = (), *, bad: bool = True) -> None:  # type: ignore[type-arg]  # of Action
        """A notice about transcripts."""
        severity = Severity.WARNING if bad else Severity.INFO
        self._services.notices.tell(title, detail, severity=severity, topic="transcribe", actions=actions)

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

    def _elsewhere(self, _value: object) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _phase(self, phase: Phase) -> None:
        self._phases[phase.job_id] = phase
        self._elsewhere(None)

    def _finished(self, job: Job) -> None:
        if job.kind != "transcription":
            return
        self._phases.pop(job.id, None)
        if job.state is JobState.DONE and job.id in self._mine:
            self._mine.discard(job.id)
            if self.asset is None or not self._mine:
                self.open(job.asset_id)

    def _catalogue_changed(self, _models: object) -> None:
        models = self.models()
        if models and self.model is None:
            usual = self._services.catalogue.find(DEFAULT_MODEL)
            self.wishes = replace(self.wishes, model=(usual or models[0]).name)
        elif self.model is not None:
            self.wishes = replace(self.wishes, model=self.model.name)
        self.models_changed.emit(models)
        self._elsewhere(None)

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
        self._refresh()

    def _refresh(self) -> None:
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
            return FileItem(one.key, one.title, one.problem, "failed")
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
    """A phase in words, with its numbers: "piece 2 of 5 · waiting for the server · 0:18"."""
    if phase.stage == "preparing":
        return tr("preparing · {time}", time=clock(seconds))
    if phase.stage == "saving":
        return tr("saving")
    waiting = tr("waiting for the server · {time}", time=clock(seconds))
    if phase.pieces == 1:
        return waiting
    return tr("piece {n} of {all} · {words}", n=phase.piece, all=phase.pieces, words=waiting)


def phase_share(phase: Phase) -> float | None:
    """How much of the pieces is done; None where nobody knows."""
    if phase.stage == "saving":
        return 1.0
    if phase.stage == "waiting" and phase.pieces > 1:
        return (phase.piece - 1) / phase.pieces
    return None


def facts_of(document: Document, model: str) -> str:
    """A transcript in one line: model, language, speakers."""
    speakers = len({cue.speaker for cue in document.cues if cue.speaker})
    parts = [model, document.language, trn("1 speaker", "{n} speakers", speakers) if speakers else ""]
    return " · ".join(part for part in parts if part)

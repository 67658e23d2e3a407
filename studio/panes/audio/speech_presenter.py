"""State and commands of the Speech page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.codec import from_json
from studio.domain.job import Job, JobState
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.script import (
    Line,
    Paragraph,
    Reading,
    Script,
    lines_of,
    voices_of,
    with_choice,
    with_reading,
    with_text,
)
from studio.domain.speech import SpeechRequest
from studio.panes.audio.page_presenter import Ask, PagePresenter
from studio.panes.audio.takes import Takes
from studio.panes.audio.words import takes_instructions
from studio.qt_models.job_words import state_words
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.ordering import Order

DRAFT_MS = 600
LONGEST_TEXT = 100_000
"""Letters of a text file that become script: some two hours of speech."""


class Row(NamedTuple):
    """A paragraph as it is listed.

    Args:
        takes: one per line, None where there is none.
        state: "ready", "missing", "working" or "failed".
        words: what is to be said instead of the sound.
    """

    number: int
    text: str
    reading: Reading
    lines: tuple[Line, ...]
    takes: tuple[Asset | None, ...]
    state: str
    words: str

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    @property
    def takes_at_hand(self) -> list[Asset]:
        return [take for take in self.takes if take is not None]

    @property
    def cost(self) -> Decimal | None:
        """Pollen paid for what is heard; None when nobody knows."""
        known = [take.provenance.cost for take in self.takes_at_hand if take.provenance.cost is not None]
        return sum(known, Decimal(0)) if known else None


class SpeechPresenter(PagePresenter):
    """Holds the script, says what rendering it would cost, and renders what is missing.

    Signals:
        script_changed(): another text or other settings, otherwise than by typing.
        rows_changed(): the paragraphs, their takes or their states.
    """

    script_changed = Signal()
    rows_changed = Signal()

    topic = "speech"
    settle_ms = 120

    def __init__(self, services: Services, parent: QObject, ask: Ask) -> None:
        super().__init__(services, parent, ask)
        self.script = Script()
        self.lines: list[Line] = []
        self.rows: list[Row] = []
        self._loaded = False
        self._render_soon = False
        self.takes = Takes(services, self)
        self.takes.changed.connect(self._elsewhere)
        self._save = self._timer(DRAFT_MS, self._keep)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Show the models, and bring back what was being written."""
        self._catalogue_changed(None)
        self._services.tasks.spawn(self._bring_back(), name="script", owner=self)

    async def _bring_back(self) -> None:
        kept = await self._services.audio.script()
        if not self.script.paragraphs:
            self.script = replace(kept, reading=kept.reading if kept.reading.model else self.script.reading)
        self._loaded = True
        self._choose_model()
        self.script_changed.emit()
        self.refresh()

    def stop(self) -> None:
        """The program ends: what was written is kept."""
        self._settle.stop()
        if self._save.isActive():
            self._save.stop()
            self._keep()
        self.takes.stop()

    # ------------------------------------------------------------------ state

    def offers(self, model: ModelInfo) -> bool:
        return model.speaks

    @property
    def model_name(self) -> str:
        return self.script.reading.model

    def model_named(self, name: str) -> ModelInfo | None:
        return self._services.catalogue.find(name)

    def missing(self) -> list[Line]:
        """The lines that have no take and are not being made; equal ones once."""
        found: dict[str, Line] = {}
        for line in self.lines:
            if not self.takes.of(line.key) and self.takes.job_of(line.key) is None:
                found.setdefault(line.key, line)
        return list(found.values())

    def plan(self, lines: Sequence[Line] | None = None) -> AudioPlan:
        """What rendering these lines would cost, what is missing unless told otherwise."""
        wanted = self.missing() if lines is None else lines
        orders = [order for line in wanted if (order := self._services.audio.speech_order(line)) is not None]
        problem, field = self._missing_of_form(wanted, orders, explicit=lines is not None)
        return self._services.audio.plan(orders, problem=problem, field=field)

    def _missing_of_form(
        self, wanted: Sequence[Line], orders: Sequence[Order], *, explicit: bool
    ) -> tuple[str, str]:
        if not self.lines:
            return tr("Write a script first."), "script"
        if not self._services.catalogue.models:
            return tr("The list of models comes when the service answers."), "model"
        if len(orders) < len(wanted) or self.model is None:
            return tr("Choose a model."), "model"
        if explicit:
            return "", ""
        if not self.takes.complete:
            return tr("Looking for what was rendered before."), "takes"
        if not wanted:
            working = any(row.state == "working" for row in self.rows)
            return (tr("Rendering.") if working else tr("Everything is rendered.")), "done"
        return "", ""

    # ------------------------------------------------------------------ edits

    def write(self, text: str) -> None:
        """The user wrote in the script."""
        if text != self.script.text:
            self._change(with_text(self.script, text))

    def read(self, **changes: Any) -> None:
        """Change how the whole script is read: model, voice, speed, instructions."""
        self._change(replace(self.script, reading=replace(self.script.reading, **changes)))
        if "model" in changes:
            self._choose_model()
            self.script_changed.emit()

    def read_paragraph(self, number: int, reading: Reading) -> None:
        """Read one paragraph in another way; an empty reading is the script's."""
        self._change(with_reading(self.script, number, reading))

    def edit(self, **changes: Any) -> None:
        """Change the unit or the pauses."""
        self._change(replace(self.script, **changes))

    def _change(self, script: Script) -> None:
        self.script = script
        self._save.start()
        self._elsewhere()

    def choose_take(self, row: Row, place: int) -> None:
        """Let the `place`th take of each line of a paragraph stand for it, as far as there are so many."""
        for line in row.lines:
            takes = self.takes.of(line.key)
            if takes:
                self.script = with_choice(self.script, line.key, takes[min(place, len(takes) - 1)].id)
        self._change(self.script)
        self.refresh()

    # ------------------------------------------------------------------ commands

    def render(self) -> None:
        """The button: what is missing is rendered, as soon as it is known what that is."""
        self._render_soon = False
        self.refresh()
        if not self.takes.complete:
            self._render_soon = True
            return
        self.carry_out(self.plan())

    def render_again(self, row: Row) -> None:
        """Another take of a paragraph, with seeds of its own."""
        keys = {line.key for line in row.lines}

        def hear_the_newest(_jobs: list[Job]) -> None:
            left = {key: take for key, take in self.script.chosen.items() if key not in keys}
            self._change(replace(self.script, chosen=left))

        self.carry_out(self.plan(row.lines), hear_the_newest)

    def retry_row(self, row: Row) -> None:
        """Try what failed of a paragraph once more, with the identical request."""
        keys = {line.key for line in row.lines}
        failed = [
            job.id for job in self._services.jobs.all()
            if job.batch in keys and job.state is JobState.FAILED
        ]  # fmt: skip
        self.retry(*failed)

    def hear(self, lines: Sequence[Line]) -> None:
        """Render lines that need not be in the script: voices that are tried."""
        self.carry_out(self.plan_of(lines))

    def plan_of(self, lines: Sequence[Line]) -> AudioPlan:
        """What rendering these lines would cost as far as they have no take."""
        wanted = [
            line for line in lines if not self.takes.of(line.key) and self.takes.job_of(line.key) is None
        ]
        orders = [order for line in wanted if (order := self._services.audio.speech_order(line)) is not None]
        return self._services.audio.plan(orders)

    def use(self, text: str) -> None:
        """Somebody hands over something to be spoken: its words become the end of the script."""
        words = text.strip()
        if not words:
            self.tell(tr("There is nothing to speak in it."), bad=False)
            return
        before = self.script.text.rstrip()
        self._change(with_text(self.script, f"{before}\n\n{words}" if before else words))
        self.script_changed.emit()

    def narrate(self, asset: Asset) -> None:
        """Speak an asset's words: what a text says, what a transcript heard, what a picture was made of."""
        if asset.kind is MediaKind.TEXT:
            self._services.tasks.spawn(self._read_text(asset), name="read a text", owner=self)
        else:
            self.use(asset.prompt)

    async def _read_text(self, asset: Asset) -> None:
        path = self._services.library.file_path(asset)
        try:
            text = await asyncio.to_thread(_beginning_of, path)
        except OSError:
            self.tell(tr("The text cannot be read."))
            return
        self.use(text[:LONGEST_TEXT])
        if len(text) > LONGEST_TEXT:
            words = tr("The text is long. Its first {n:,} letters are in the script.", n=LONGEST_TEXT)
            self.tell(words, bad=False)

    def use_asset(self, asset: Asset) -> None:
        """Speech of the library comes back as script, each paragraph in the voice it was read in."""
        made = asset.provenance
        try:
            if made.request_kind == "joined":
                script = from_json(Script, made.request)
                added = [replace(one, reading=one.reading.over(script.reading)) for one in script.paragraphs]
            else:
                request = from_json(SpeechRequest, made.request)
                reading = Reading(
                    model=request.model, voice=request.voice, speed=request.speed or 0.0,
                    instructions=request.instructions,
                )  # fmt: skip
                added = [Paragraph(text=request.input, reading=reading)]
        except ValueError:
            self.use(asset.prompt)
            return
        before = [*self.script.paragraphs]
        if before:
            before[-1] = replace(before[-1], text=f"{before[-1].text.rstrip()}\n\n")
        self._change(replace(self.script, paragraphs=(*before, *added)))
        self.script_changed.emit()

    # ------------------------------------------------------------------ inside

    def refresh(self) -> None:
        """Look at the script, its takes and its jobs again."""
        self._settle.stop()
        self.lines = lines_of(self.script)
        self.takes.want(dict.fromkeys(line.key for line in self.lines))
        by_paragraph: dict[int, list[Line]] = {}
        for line in self.lines:
            by_paragraph.setdefault(line.paragraph, []).append(line)
        self.rows = [self._row(number, lines) for number, lines in by_paragraph.items()]
        self.rows_changed.emit()
        self.plan_changed.emit(self.plan())
        if self._render_soon and self.takes.complete:
            self._render_soon = False
            self.carry_out(self.plan())

    def _row(self, number: int, lines: Sequence[Line]) -> Row:
        takes = tuple(self.takes.chosen(self.script, line) for line in lines)
        state, words = self._state(lines, takes)
        return Row(
            number, " ".join(self.script.paragraphs[number].text.split()), lines[0].reading, tuple(lines),
            takes, state, words,
        )  # fmt: skip

    def _state(self, lines: Sequence[Line], takes: Sequence[Asset | None]) -> tuple[str, str]:
        jobs: list[Job] = [job for line in lines if (job := self.takes.job_of(line.key)) is not None]
        if jobs:
            done = sum(take is not None for take in takes)
            lead = min(jobs, key=lambda job: not job.state.was_sent)
            words = tr("Rendering.") if lead.state is JobState.RUNNING else state_words(lead)
            if len(lines) > 1 and done < len(lines):
                words = tr("{n} of {all} sentences. {words}", n=done, all=len(lines), words=words)
            return "working", words
        problem = next((text for line in lines if (text := self.takes.problem_of(line.key))), "")
        if all(takes):
            return "ready", problem
        if problem:
            return "failed", problem
        count = sum(take is None for take in takes)
        if count < len(lines):
            return "missing", tr("{n} of {all} sentences changed.", n=count, all=len(lines))
        return "missing", tr("Not rendered yet.")

    def _choose_model(self) -> None:
        """A model and a voice that exist: what the user chose, else the catalogue's first."""
        models = self.models()
        reading = self.script.reading
        if models and self.model is None:
            reading = replace(reading, model=models[0].name, voice="")
        voices = voices_of(self._services.catalogue.find(reading.model))
        if reading.model and reading.voice not in voices:
            reading = replace(reading, voice=voices[0])
        if not takes_instructions(self._services.catalogue.find(reading.model)) and reading.instructions:
            reading = replace(reading, instructions="")
        self.script = replace(self.script, reading=reading)

    def _keep(self) -> None:
        if self._loaded:
            self._services.tasks.spawn(
                self._services.audio.keep_script(self.script), name="script", owner=self, finish=True
            )


def _beginning_of(path: Path) -> str:
    """The text of a file, a little more of it than a script takes; what is no text in it is replaced."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.read(LONGEST_TEXT + 1)

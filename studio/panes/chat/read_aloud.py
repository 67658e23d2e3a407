"""Reading an answer aloud: its price first, then one paragraph after the other as soon as it is rendered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.domain.markdown import CodeBlock, MathBlock, Table
from studio.domain.markdown_parser import parse
from studio.domain.markdown_text import plain_text
from studio.domain.money import pollen_range
from studio.domain.script import Line, Reading, Script, lines_of, with_text
from studio.qt_models.bridge import bridge
from studio.services.audio import AudioPlan
from studio.services.context import Services
from studio.services.notices import Severity
from studio.ui import dialogs
from studio.ui.player import PlayerState
from studio.ui.sound_deck import SoundDeck
from studio.ui.transcript.view import TranscriptView

SILENT = (CodeBlock, MathBlock, Table)
"""What nobody wants to be read out."""


def spoken_text(markdown: str) -> str:
    """The words of an answer that can be read out."""
    return plain_text(block for block in parse(markdown) if not isinstance(block, SILENT))


class ReadAloud(QObject):
    """Speaks one answer at a time in the voice of the Audio pane's script. What was rendered is free."""

    def __init__(self, services: Services, deck: SoundDeck, view: TranscriptView, owner: QWidget) -> None:
        super().__init__(owner)
        self._services, self._deck, self._view, self._owner = services, deck, view, owner
        self._lines: Sequence[Line] = ()
        self._place = 0
        self._before = PlayerState.EMPTY
        deck.player.state.connect(self._follow)
        bridge(services.jobs.changed, self._job_changed, self)

    @property
    def active(self) -> bool:
        return bool(self._lines)

    def toggle(self, markdown: str) -> None:
        """Read an answer, or stop."""
        if self.active:
            self._deck.pause()
            self.stop()
        else:
            self._services.tasks.spawn(self._start(markdown), name="read aloud", owner=self, group="read")

    def stop(self) -> None:
        """Read no further; what is being rendered is kept."""
        self._services.tasks.cancel_owner(self)
        self._set(())

    async def _start(self, markdown: str) -> None:
        audio = self._services.audio
        reading = await audio.usual_reading()
        script = with_text(Script(reading=reading, unit="paragraph"), spoken_text(markdown))
        lines = lines_of(script)
        if not lines or not reading.model:
            words = tr("There is nothing to read in it.") if reading.model else tr("No model can speak now.")
            self._tell(words)
            return
        at_work = audio.at_work()
        missing = {line.key: line for line in lines if line.key not in at_work}
        for key in list(missing):
            if await audio.takes(key):
                del missing[key]
        try:
            if missing and not await self._render(list(missing.values()), reading):
                return
        except StudioError as error:
            self._tell(error.title, error.detail)
            return
        self._set(lines)
        await self._play()

    async def _render(self, lines: Sequence[Line], reading: Reading) -> bool:
        """Order what is missing once the price is agreed to."""
        audio = self._services.audio
        plan = audio.plan([order for line in lines if (order := audio.speech_order(line)) is not None])
        if plan.problem:
            self._services.notices.tell(
                plan.problem, severity=Severity.WARNING, topic="read aloud", actions=plan.actions
            )
            return False
        if not await self._ask(plan, reading):
            return False
        await audio.submit(plan)
        return True

    async def _ask(self, plan: AudioPlan, reading: Reading) -> bool:
        unit = tr("sandbox pollen") if plan.sandbox else tr("pollen")
        voice = tr("{model}, voice {voice}", model=plan.orders[0].model.title or reading.model,
                   voice=reading.voice)  # fmt: skip
        price = tr("The price is not known.")
        if plan.low is not None and plan.high is not None:
            price = tr("About {amount} {unit}.", amount=pollen_range(plan.low, plan.high), unit=unit)
        return await dialogs.confirm(
            self._owner, tr("Read this answer aloud?"), f"{voice}. {price}", action=tr("Read aloud")
        )

    # ------------------------------------------------------------------ one after the other

    async def _play(self) -> None:
        """Play the paragraph whose turn it is, as soon as it can be heard."""
        if self._place >= len(self._lines):
            self._set(())
            return
        takes = await self._services.audio.takes(self._lines[self._place].key)
        if takes and self.active:
            self._deck.play(self._services.library.file_path(takes[-1]), 0.0)

    def _job_changed(self, job: Job) -> None:
        if not self.active or job.batch != self._lines[self._place].key:
            return
        if job.state is JobState.DONE:
            self._go_on()
        elif job.state in (JobState.FAILED, JobState.CANCELLED):
            if job.error is not None:
                self._tell(job.error.title, job.error.detail)
            self._set(())

    def _go_on(self) -> None:
        self._services.tasks.spawn(self._play(), name="read on", owner=self, group="read")

    @Slot(str)
    def _follow(self, state: str) -> None:
        before, self._before = self._before, PlayerState(state)
        if not self.active:
            return
        if self._before is PlayerState.STOPPED and before is PlayerState.PLAYING:
            self._place += 1
            self._go_on()
        elif self._before in (PlayerState.PAUSED, PlayerState.FAILED):
            self._set(())

    def _set(self, lines: Sequence[Line]) -> None:
        self._lines, self._place = lines, 0
        self._view.reads_aloud = bool(lines)

    def _tell(self, title: str, detail: str = "") -> None:
        self._services.notices.tell(title, detail, severity=Severity.WARNING, topic="read aloud")

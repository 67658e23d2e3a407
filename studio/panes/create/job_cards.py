"""The running jobs above the gallery: one card per batch, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.domain.money import pollen
from studio.qt_models.job_words import clock, elapsed, pace_words, state_words
from studio.services.job_logs import JobLog
from studio.services.job_pace import Waiting
from studio.services.jobs import BY_HAND
from studio.ui.job_log import JobLogView
from studio.ui.theme import Size, Space, Weight
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.progress import ProgressBar
from studio.ui.widgets.surfaces import Card, IconLabel
from studio.ui.widgets.text import ElidedLabel, Label

TICK_MS = 250
SHOWN = 3
TELL_SECONDS = 20.0
_ICONS = {
    JobState.WAITING: "clock",
    JobState.PAUSED: "pause",
    JobState.FAILED: "error",
    JobState.QUEUED: "clock",
    JobState.DONE: "done",
}


def title_of(model_info: dict[str, object], model: str) -> str:
    """The model's name for people."""
    return str(model_info.get("title") or model)


class BatchCard(Card):
    """One batch: title, model, how far it is, how long it takes, and what one can do about it."""

    command = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=Space.MD, parent=parent)
        self._jobs: list[Job] = []
        row = QHBoxLayout()
        row.setSpacing(Space.MD)
        self._icon = IconLabel("picture", "accent", Size.ICON_LARGE)
        row.addWidget(self._icon)
        middle = self._middle = QVBoxLayout()
        middle.setSpacing(Space.XS + Space.HAIR)
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        self._title = ElidedLabel("", weight=Weight.SEMIBOLD)
        self._what = Label("", tone="text2")
        self._time = Label("", tone="text2", tabular=True)
        head.addWidget(self._title)
        head.addWidget(self._what)
        head.addStretch(1)
        head.addWidget(self._time)
        middle.addLayout(head)
        self._bar = ProgressBar(tr("Progress"))
        middle.addWidget(self._bar)
        self._words = Label("", "caption", "text2", wrap=True)
        middle.addWidget(self._words)
        row.addLayout(middle, 1)
        self._first = Button("", "quiet")
        self._second = Button("", "quiet")
        for button, slot in ((self._first, self._press_first), (self._second, self._press_second)):
            button.clicked.connect(slot)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(row)
        self.log: JobLogView | None = None
        self._actions: list[tuple[str, str]] = []

    def show_jobs(
        self,
        jobs: Sequence[Job],
        expected: float | None,
        *,
        recovered: bool = False,
        wait: Waiting | None = None,
    ) -> None:
        """The jobs of one batch; `expected` is how many seconds one takes, learned from earlier ones,
        `recovered` says that an earlier session sent them, and `wait` why its next one does not leave yet."""
        self._jobs = list(jobs)
        now = datetime.now(UTC)
        lead = _lead(self._jobs)
        done = sum(job.state is JobState.DONE for job in self._jobs)
        size = len(self._jobs)
        self._title.set_text(lead.title)
        model = title_of(lead.model_info, lead.model)
        part = tr("{n} of {all}", n=min(done + 1, size), all=size) if size > 1 else ""
        self._what.setText(" · ".join(word for word in (model, part) if word))
        self._icon.set_icon(
            _ICONS.get(lead.state, "picture"), "bad" if lead.state is JobState.FAILED else "accent"
        )
        running = lead.state in (JobState.RUNNING, JobState.STORING)
        self._bar.setVisible(running)
        spent = elapsed(lead, now)
        self._time.setVisible(running)
        self._time.setText(
            tr("{time} of ≈ {expected}", time=clock(spent), expected=clock(expected))
            if expected and spent <= expected
            else clock(spent)
        )
        self._bar.set_share(_share(done, size, spent, expected))
        words = state_words(lead, now, wait) if not running else pace_words(wait) if wait else ""
        if lead.state is JobState.DONE and recovered:
            words = tr("Recovered, not charged again.")
        self._words.setText(words)
        self.setAccessibleName(lead.title)
        told = words or state_words(lead, now)
        self.setAccessibleDescription(f"{self._what.text()}. {told}")
        self._words.setVisible(bool(words))
        self._words.set_tone("bad" if lead.state is JobState.FAILED else "text2")
        self._offer(lead)

    def show_log(self, log: JobLog | None) -> None:
        """What the service tells about the batch's job; most services tell nothing."""
        if log is None and self.log is None:
            return
        if self.log is None:
            self.log = JobLogView(self)
            self._middle.addWidget(self.log)
        self.log.show_log(log, running=any(job.state is JobState.RUNNING for job in self._jobs))

    def _offer(self, lead: Job) -> None:
        if lead.state is JobState.DONE:
            self._actions = [(tr("Dismiss"), "job.dismiss")]
        elif lead.state is JobState.FAILED:
            self._actions = [(tr("Try again"), "job.retry"), (tr("Dismiss"), "job.dismiss")]
        elif lead.state is JobState.PAUSED:
            price = sum(
                (job.estimate or Decimal(0) for job in self._jobs if not job.state.is_final), Decimal(0)
            )
            resume = tr("Resume · ≈ {price}", price=pollen(price)) if price else tr("Resume")
            by_hand = lead.note == BY_HAND
            self._actions = [
                (resume, "job.resume" if by_hand else "queue.resume"), (tr("Cancel"), "job.cancel")
            ]  # fmt: skip
        else:
            self._actions = [(tr("Cancel"), "job.cancel")]
        for index, button in enumerate((self._first, self._second)):
            offered = index < len(self._actions)
            button.setVisible(offered)
            if offered and button.text() != self._actions[index][0]:
                button.setText(self._actions[index][0])
                name_widget(button, self._actions[index][0])
                button.updateGeometry()
        self._first.setToolTip(
            tr("Stops waiting here. What was sent already goes on at the service and may be billed.")
            if self._actions[0][1] == "job.cancel"
            else ""
        )

    def _press_first(self) -> None:
        self._press(0)

    def _press_second(self) -> None:
        self._press(1)

    def _press(self, index: int) -> None:
        _label, command = self._actions[index]
        if command == "queue.resume":
            self.command.emit(command, "")
            return
        if command in ("job.cancel", "job.resume"):
            # All at once: it may be asked about, and once is enough.
            self.command.emit(command, " ".join(job.id for job in self._jobs if not job.state.is_final))
            return
        for job in self._jobs:
            if job.state.is_final:
                self.command.emit(command, job.id)


class JobCards(QWidget):
    """The cards of all batches that are not finished; more than three fold into one line.

    Args:
        jobs: asks for the jobs to show, oldest first.
        expected: seconds one job of a model usually takes, or None.
        recovered: whether an earlier session sent a job's request; its result is announced for a while.
        waits: why a job that waits for its turn does not leave yet.
        logs: what a job's service tells about it, by the job's id.
    """

    command = Signal(str, str)
    focus_lost = Signal()
    """The card with the focus went: the focus belongs somewhere useful now."""

    def __init__(
        self,
        jobs: Callable[[], Sequence[Job]],
        expected: Callable[[str], float | None],
        recovered: Callable[[Job], bool],
        waits: Callable[[Job], Waiting | None] = lambda _job: None,
        parent: QWidget | None = None,
        logs: Callable[[str], JobLog | None] = lambda _job_id: None,
    ) -> None:
        super().__init__(parent)
        self._ask = jobs
        self._expected = expected
        self._recovered = recovered
        self._waits = waits
        self._logs = logs
        self._cards: dict[str, BatchCard] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(Space.MD)
        self._more = Label("", "caption", "text2")
        self._more.hide()
        self._column.addWidget(self._more)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self.hide()

    def refresh(self, _job: object = None) -> None:
        """Show the state of now; ticks by itself while something runs and is visible."""
        batches: dict[str, list[Job]] = {}
        for job in self._ask():
            batches.setdefault(job.batch or job.id, []).append(job)
        wanted = {key: jobs for key, jobs in batches.items() if self._shows(jobs)}
        visible = dict(list(reversed(wanted.items()))[:SHOWN])
        for key in [key for key in self._cards if key not in visible]:
            self._drop(self._cards.pop(key))
        for place, (key, jobs) in enumerate(visible.items()):
            if key not in self._cards:
                card = BatchCard(self)
                card.command.connect(self.command)
                self._cards[key] = card
                self._column.insertWidget(place, card)
            recovered = any(self._recovered(job) for job in jobs)
            self._cards[key].show_jobs(
                jobs, self._expected(jobs[0].model), recovered=recovered, wait=self._wait_of(jobs)
            )
            self._cards[key].show_log(self._logs(_lead(jobs).id))
        hidden = len(wanted) - len(visible)
        self._more.setVisible(hidden > 0)
        self._more.setText(tr("and {n} more in the queue", n=hidden))
        self.setVisible(bool(visible))
        self._run_clock(
            any(
                job.state in _TICKING or job.state is JobState.DONE or self._wait_of([job]) is not None
                for jobs in visible.values()
                for job in jobs
            )
        )

    def _wait_of(self, jobs: Sequence[Job]) -> Waiting | None:
        """What holds the next of these jobs, when it is more than its turn."""
        waits = (self._waits(job) for job in jobs if job.state in (JobState.QUEUED, JobState.WAITING))
        return next((wait for wait in waits if wait is not None and wait.reason != "place"), None)

    def _drop(self, card: BatchCard) -> None:
        focused = self.window().focusWidget()
        had_focus = focused is not None and card.isAncestorOf(focused)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        if had_focus:
            self.focus_lost.emit()

    def _shows(self, jobs: Sequence[Job]) -> bool:
        if any(not job.state.is_final or job.state is JobState.FAILED for job in jobs):
            return True
        now = datetime.now(UTC)
        return any(
            job.state is JobState.DONE
            and self._recovered(job)
            and job.finished_at is not None
            and (now - job.finished_at).total_seconds() < TELL_SECONDS
            for job in jobs
        )

    def _run_clock(self, wanted: bool) -> None:
        if wanted and self.isVisible():
            self._tick.start()
        else:
            self._tick.stop()

    def hideEvent(self, event: object) -> None:
        self._tick.stop()
        super().hideEvent(event)  # type: ignore[arg-type]  # a QHideEvent

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]  # a QShowEvent
        self.refresh()


_TICKING = (JobState.RUNNING, JobState.WAITING, JobState.STORING)
_ORDER = (
    JobState.FAILED,
    JobState.WAITING,
    JobState.RUNNING,
    JobState.STORING,
    JobState.PAUSED,
    JobState.QUEUED,
    JobState.CANCELLED,
    JobState.DONE,
)


def _lead(jobs: Sequence[Job]) -> Job:
    """The job that speaks for its batch: what needs the user first, then what runs."""
    unfinished = [job for job in jobs if not job.state.is_final]
    return min(unfinished or jobs, key=lambda job: _ORDER.index(job.state))


def _share(done: int, size: int, spent: float, expected: float | None) -> float | None:
    """How much of a batch is made, with the running one by its usual time; None if nobody knows."""
    if expected is None and size == 1:
        return None
    current = min(spent / expected, 0.95) if expected else 0.0
    return (done + current) / size

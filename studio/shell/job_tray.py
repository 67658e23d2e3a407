"""The jobs of the queue: a pill in the top bar, and the tray it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobState
from studio.domain.money import pollen
from studio.qt_models.bridge import bridge
from studio.services.jobs import INTERRUPTED
from studio.shell.host import Run
from studio.shell.job_commands import JobCommands
from studio.shell.job_row import JobRow
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.surfaces import Card, EmptyState, Pill
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

SHOWN: Final = 50
"""Rows in the tray; a longer queue is named by its number."""
TICK_MS: Final = 1_000
WIDTH: Final = 540
HEIGHT: Final = 480


class JobPill(Pill):
    """ "2 jobs" with a turning circle; it says "paused" or "1 failed" instead, and is a quiet icon when there
    is nothing to say: what ended can still be looked at. Press it for the tray.

    Args:
        run: carries out an action: command id, argument.
        commands: what can be done with jobs; shared with who else does it, so that it asks once.
    """

    def __init__(
        self, services: Services, run: Run, window: QWidget, commands: JobCommands | None = None
    ) -> None:
        super().__init__("", "jobs", filled=True, name=tr("Jobs"), parent=window)
        self._services = services
        self._commands = commands or JobCommands(services, run, window)
        self._tray: JobTray | None = None
        self.clicked.connect(self.open_tray)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._show_state)
        bridge(services.jobs.changed, self._changed, self)
        bridge(services.jobs.queue_changed, self._changed, self)
        self._show_state()

    def open_tray(self) -> None:
        """Open the tray, or close it."""
        if self._tray is not None:
            self._tray.dismiss()
            return
        self._tray = JobTray(self, self._services, self._commands)
        self._tray.dismissed.connect(self._closed)
        self._tray.present()

    def _closed(self) -> None:
        if self._tray is not None:
            self._tray.deleteLater()
            self._tray = None

    def _changed(self, _value: object) -> None:
        # A batch of 64 changes 64 jobs at once; the pill looks once.
        if not self._settle.isActive():
            self._settle.start()

    def _show_state(self) -> None:
        words, busy = pill_words(self._services.jobs.all(), self._services.jobs.paused_because)
        failed = bool(words) and not busy and not self._services.jobs.active()
        self.set_icon("failed" if failed else "jobs" if busy or not words else "pause")
        self.set_tone("bad" if failed else None)
        self.set_busy(busy)
        self.set_text(words)
        self.setToolTip("" if words else tr("Jobs"))
        self.setAccessibleDescription(words or tr("Nothing is being made"))


class JobTray(Popover):
    """The list of jobs: running first, then what waits, then what ended."""

    def __init__(self, anchor: QWidget, services: Services, commands: JobCommands) -> None:
        super().__init__(anchor, padding=Space.LG, align_right=True)
        self._services = services
        self._commands = commands
        self._rows: dict[str, JobRow] = {}
        name_widget(self, tr("Jobs"))
        self._summary = Label("", tone="text2", tabular=True)
        self._pause = Button(tr("Pause"), "quiet", "pause", size="small")
        self._cancel_all = Button(tr("Cancel all"), "quiet", size="small")
        self._clear = Button(tr("Clear finished"), "quiet", size="small")
        self._why = _PausedCard(commands)
        self._empty = EmptyState(
            "jobs", tr("Nothing is being made"), tr("What you start shows up here until it is done.")
        )
        self._list = _JobList()
        self._more = Label("", "caption", "text2")
        self._build()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._show_jobs)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._tell_time)
        self._tick.start()
        bridge(services.jobs.changed, self._changed, self)
        bridge(services.jobs.queue_changed, self._changed, self)
        self._show_jobs()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Jobs"), "title"))
        head.addWidget(self._summary, 1)
        for button in (self._clear, self._cancel_all, self._pause):
            head.addWidget(button)
        self.body.setSpacing(Space.MD)
        self.body.addLayout(head)
        self.body.addWidget(self._why)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._list)
        self.body.addWidget(self._more)
        self._pause.clicked.connect(self._pause_or_resume)
        self._cancel_all.clicked.connect(lambda: self._commands.cancel(self._services.jobs.active()))
        self._clear.clicked.connect(
            lambda: self._commands.dismiss(
                [job.id for job in self._services.jobs.all() if job.state.is_final]
            )
        )

    def _pause_or_resume(self) -> None:
        if self._stands():
            self._commands.resume()
        else:
            self._commands.pause()

    def _stands(self) -> bool:
        jobs = self._services.jobs
        return bool(jobs.paused_because) or any(job.state is JobState.PAUSED for job in jobs.active())

    def _changed(self, _value: object) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _show_jobs(self) -> None:
        jobs = in_order(self._services.jobs.all())
        shown = jobs[:SHOWN]
        gone = set(self._rows) - {job.id for job in shown}
        for job_id in gone:
            self._list.remove(self._rows.pop(job_id))
        for place, job in enumerate(shown):
            row = self._rows.get(job.id)
            if row is None:
                row = JobRow(self._commands)
                self._rows[job.id] = row
            self._list.put(place, row)
            row.show_job(job)
        self._show_head(jobs)
        self._more.setText(trn("and {n} more", "and {n} more", len(jobs) - len(shown)))
        self._more.setVisible(len(jobs) > len(shown))
        self._list.setVisible(bool(jobs))
        self._empty.setVisible(not jobs)
        self._list.updateGeometry()
        self.body.activate()
        self.arrange()

    def _show_head(self, jobs: Sequence[Job]) -> None:
        active = [job for job in jobs if not job.state.is_final]
        self._summary.setText(summary(jobs))
        self._pause.setText(tr("Resume") if self._stands() else tr("Pause"))
        self._pause.set_icon("play" if self._stands() else "pause")
        self._pause.setVisible(bool(active) or self._stands())
        self._cancel_all.setVisible(len(active) > 1)
        self._clear.setVisible(any(job.state.is_final for job in jobs))
        self._why.show_reason(paused_words(active, self._services.jobs.paused_because))

    def _tell_time(self) -> None:
        for row in self._rows.values():
            row.tell_time()


class _PausedCard(Card):
    """Why the queue stands, and what helps."""

    def __init__(self, commands: JobCommands) -> None:
        super().__init__(padding=Space.MD)
        self._commands = commands
        self._action: Action | None = None
        self._title = Label("", weight=Weight.MEDIUM, wrap=True)
        self._help = Label("", "caption", "text2", wrap=True)
        self._button = Button(tr("Resume"), "primary", size="small")
        self._button.clicked.connect(self._act)
        self.body.setSpacing(Space.XS)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(self._title)
        words.addWidget(self._help)
        row = QHBoxLayout()
        row.setSpacing(Space.MD)
        row.addLayout(words, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(row)

    def show_reason(self, words: PausedWords | None) -> None:
        """Say it, or go away."""
        self.setVisible(words is not None)
        if words is None:
            return
        self._action = words.action
        self._title.setText(words.title)
        self._help.setText(words.help)
        self._button.setText(words.action.label)
        name_widget(self._button, words.action.label)

    def _act(self) -> None:
        if self._action is None:
            return
        if self._action.id == "queue.resume":
            self._commands.resume()
        else:
            self._commands.run(self._action.id, self._action.argument)


class _JobList(QScrollArea):
    """The rows, as high as they are, up to a limit; then they scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        content = QWidget()
        content.setAutoFillBackground(False)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.SM, Space.NONE)
        self._column.setSpacing(Space.NONE)
        self._column.addStretch(1)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        name_widget(self, tr("List of jobs"))

    def put(self, place: int, row: JobRow) -> None:
        """Have a row at a place, moving it there if it is elsewhere."""
        item = self._column.itemAt(place)
        if item is None or item.widget() is not row:
            self._column.removeWidget(row)
            self._column.insertWidget(place, row)
            row.show()
        row.set_first(place == 0)

    def remove(self, row: JobRow) -> None:
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = theme.px(WIDTH)
        bar = theme.px(Size.SCROLL_BAR)
        return QSize(width, min(self._column.totalHeightForWidth(width - bar), theme.px(HEIGHT)))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.TOAST), Size.ROW_TALL)


# ---------------------------------------------------------------- words and order


@dataclass(frozen=True, slots=True)
class PausedWords:
    """Why the queue stands, what helps, and the way on."""

    title: str
    help: str
    action: Action


_ORDER = {
    JobState.STORING: 0, JobState.RUNNING: 0, JobState.WAITING: 0, JobState.QUEUED: 1, JobState.PAUSED: 1,
    JobState.FAILED: 2, JobState.DONE: 3, JobState.CANCELLED: 3,
}  # fmt: skip


def in_order(jobs: Sequence[Job]) -> list[Job]:
    """What runs first, then what waits (oldest first), then what ended (newest first)."""

    def key(job: Job) -> tuple[int, float]:
        rank = _ORDER[job.state]
        moment = job.finished_at if rank >= 2 and job.finished_at else job.created_at
        return rank, -moment.timestamp() if rank >= 2 else moment.timestamp()

    return sorted(jobs, key=key)


def pill_words(jobs: Sequence[Job], paused_because: str) -> tuple[str, bool]:
    """What the pill says, and whether its circle turns; "" when there is nothing to say."""
    active = [job for job in jobs if not job.state.is_final]
    moving = any(job.state.was_sent for job in active)
    standing = bool(paused_because) or all(job.state is JobState.PAUSED for job in active)
    if active and standing and not moving:
        return trn("{n} paused", "{n} paused", len(active)), False
    if active:
        return trn("{n} job", "{n} jobs", len(active)), True
    failed = sum(job.state is JobState.FAILED for job in jobs)
    return (trn("{n} failed", "{n} failed", failed), False) if failed else ("", False)


def summary(jobs: Sequence[Job]) -> str:
    """ "2 running, 3 waiting"."""
    running = sum(job.state.was_sent for job in jobs)
    waiting = sum(job.state in (JobState.QUEUED, JobState.PAUSED) for job in jobs)
    failed = sum(job.state is JobState.FAILED for job in jobs)
    parts = [
        tr("{n} running", n=running) if running else "",
        tr("{n} waiting", n=waiting) if waiting else "",
        tr("{n} failed", n=failed) if failed else "",
    ]
    return ", ".join(part for part in parts if part)


def paused_words(active: Sequence[Job], paused_because: str) -> PausedWords | None:
    """Why nothing new starts, in words with what helps; None while the queue goes on."""
    held = [job for job in active if job.state is JobState.PAUSED and job.note != INTERRUPTED]
    resume = Action("queue.resume", tr("Resume"))
    if paused_because == "account":
        error = next((job.error for job in held if job.note == "account" and job.error), None)
        ways = (
            [action for action in error.actions if action.id not in ("retry", "job.retry")] if error else []
        )
        return PausedWords(
            error.title if error else tr("The service asks for money or another key."),
            (error.detail if error else "") or tr("Once that is settled, resume. Nothing is paid twice."),
            ways[0] if ways else resume,
        )
    if paused_because == "offline":
        return PausedWords(
            tr("The service does not answer."),
            tr("The queue goes on by itself as soon as it does."),
            Action("session.refresh", tr("Try now")),
        )
    if paused_because == "storage":
        return PausedWords(
            tr("The disk is full or cannot be written."),
            tr("Make room, then resume. What the service finished is fetched without paying again."),
            resume,
        )
    left = [job for job in held if job.note == "restart"]
    if left:
        price = sum((job.estimate for job in left if job.estimate is not None), Decimal(0))
        waits = trn("{n} job waits since the last start.", "{n} jobs wait since the last start.", len(left))
        together = (
            tr("Together ≈ {amount} pollen.", amount=pollen(price))
            if price
            else tr("The price is not known.")
        )
        return PausedWords(waits, together, resume)
    if paused_because or held:
        return PausedWords(tr("The queue is paused."), tr("What runs already goes on."), resume)
    return None

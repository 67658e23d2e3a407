"""One job in the tray: what it is, where it stands, what it costs, what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.domain.money import pollen
from studio.qt_models.job_words import clock, elapsed, state_words
from studio.services.job_logs import JobLog
from studio.services.job_pace import Waiting
from studio.shell.job_commands import JobCommands
from studio.shell.queue_entry import QueueEntry
from studio.ui.job_log import JobLogView
from studio.ui.theme import Size, Space, Theme, Tone
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.text import Label

_MARKS: Final[dict[JobState, tuple[str, Tone]]] = {
    JobState.QUEUED: ("clock", "text3"),
    JobState.PAUSED: ("pause", "text3"),
    JobState.WAITING: ("clock", "warn"),
    JobState.DONE: ("done", "ok"),
    JobState.FAILED: ("failed", "bad"),
    JobState.CANCELLED: ("blocked", "text3"),
}
_TONES: Final[dict[JobState, Tone]] = {JobState.WAITING: "warn", JobState.FAILED: "bad"}


class JobRow(QueueEntry):
    """A job in the tray. `show_job` sets it, `tell_time` moves the clock on.

    Args:
        waits: why the job does not leave yet.
        logs: what its service tells about it, by its id.
    """

    def __init__(
        self,
        commands: JobCommands,
        waits: Callable[[Job], Waiting | None] = lambda _job: None,
        logs: Callable[[str], JobLog | None] = lambda _job_id: None,
    ) -> None:
        super().__init__(commands)
        self._waits = waits
        self._logs = logs
        self.log: JobLogView | None = None
        self._job: Job | None = None
        self._action: Action | None = None
        self._batch_title: str | None = None
        self._clock = Label("", tone="text2", tabular=True)
        self._way_on = Button("", "secondary", size="small")
        self._build()
        self._way_on.clicked.connect(self._act)
        self._cancel.clicked.connect(lambda: self._job and commands.cancel([self._job]))
        self._retry.clicked.connect(lambda: self._job and commands.retry([self._job.id]))
        self._dismiss.clicked.connect(lambda: self._job and commands.dismiss([self._job.id]))

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(Space.MD)
        top.addWidget(self._title, 1)
        top.addWidget(self._clock)
        verbs = QHBoxLayout()
        verbs.setSpacing(Space.XS)
        for button in (self._way_on, self._retry, self._cancel, self.more, self._dismiss):
            verbs.addWidget(button)
        middle = QHBoxLayout()
        middle.setSpacing(Space.SM)
        middle.addWidget(self._about, 1)
        middle.addLayout(verbs)
        words = self._column = QVBoxLayout()
        words.setSpacing(Space.NONE)
        words.addLayout(top)
        words.addLayout(middle)
        words.addWidget(self._state)
        self._row = self._frame(words)

    def set_batch_title(self, title: str | None) -> None:
        """A job of a batch stands under the batch's title and does not repeat it; None: it is by itself."""
        if title == self._batch_title:
            return
        self._batch_title = title
        left = Theme.current().px(Size.ICON) + Space.MD if title is not None else Space.NONE
        below = Space.SM if title is not None else Space.MD
        self._row.setContentsMargins(left, Space.SM, Space.NONE, below)
        self._job = None

    def jobs(self) -> Sequence[Job]:
        return (self._job,) if self._job is not None else ()

    def show_job(self, job: Job) -> None:
        """Show where a job stands now."""
        if job is self._job:
            return
        self._job = job
        is_part = job.title == self._batch_title
        self._title.set_text(_part(job) if is_part else job.title or tr("Without a prompt"))
        self._show_mark(_MARKS.get(job.state))
        self._state.set_tone(_TONES.get(job.state, "text2"))
        self._offer(job)
        self.tell_time()

    def tell_time(self) -> None:
        """Time went by: the clock and the seconds until the next attempt."""
        job = self._job
        if job is None:
            return
        now = datetime.now(UTC)
        words = state_words(job, now, self._waits(job))
        self._clock.setText(clock(elapsed(job, now)) if job.sent_at is not None else "")
        # In a batch, one line says it all, unless it is an error.
        short = self._batch_title is not None and job.state is not JobState.FAILED
        part = "" if self._batch_title is not None else _part(job)
        about = (words.removesuffix(".") if short else _model(job), part, price_words(job))
        self._about.set_text(" · ".join(word for word in about if word))
        self._state.setText(words)
        self._state.setVisible(not short)
        self.setAccessibleName(f"{job.title}. {words}")
        self._show_log(job)

    def _show_log(self, job: Job) -> None:
        log = self._logs(job.id)
        if log is None and self.log is None:
            return
        if self.log is None:
            self.log = JobLogView(self)
            self._column.addWidget(self.log)
        self.log.show_log(log, running=job.state is JobState.RUNNING)

    def _offer(self, job: Job) -> None:
        again = job.state in (JobState.FAILED, JobState.CANCELLED)
        self._cancel.setVisible(not job.state.is_final)
        self._retry.setVisible(again)
        self._dismiss.setVisible(job.state.is_final)
        self.more.setVisible(bool(self.waiting()))
        ways = job.error.actions if job.error is not None and job.state is JobState.FAILED else ()
        self._action = next((way for way in ways if way.id not in ("retry", "job.retry")), None)
        self._way_on.setVisible(self._action is not None)
        if self._action is not None:
            self._way_on.setText(self._action.label)
            name_widget(self._way_on, self._action.label)

    def _act(self) -> None:
        if self._action is not None and self._job is not None:
            self.commands.act(self._action, self._job)


def price_words(job: Job) -> str:
    """What it cost, or what it will: "0.002 pollen", "≈ 0.002 sandbox pollen"."""
    unit = tr("sandbox pollen") if job.sandbox else tr("pollen")
    if job.cost is not None:
        return f"{pollen(job.cost)} {unit}"
    if job.estimate is not None:
        return f"≈ {pollen(job.estimate)} {unit}"
    return tr("price not told") if job.kind == "legacy" else ""


def _model(job: Job) -> str:
    title = job.model_info.get("title")
    return title if isinstance(title, str) and title else job.model


def _part(job: Job) -> str:
    if job.batch_size < 2:
        return ""
    return tr("{n} of {total}", n=job.batch_index + 1, total=job.batch_size)

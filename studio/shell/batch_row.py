"""A batch in the job tray: how far it is, what it costs, how long it takes; its jobs fold out beneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from studio.core.i18n import tr
from studio.domain.job import Job
from studio.qt_models.job_groups import JobGroup, group_state, group_words
from studio.services.job_pace import Waiting
from studio.shell.job_commands import JobCommands
from studio.shell.queue_entry import QueueEntry
from studio.ui.theme import Space, Tone
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.progress import ProgressBar

Seconds = Callable[[Sequence[Job]], float | None]


class BatchRow(QueueEntry):
    """The head of a batch. `show_group` sets it, `tell_time` moves the time on.

    Args:
        seconds: how long some jobs still take, if that is known.
        waits: why a job does not leave yet.
    """

    folded = Signal(bool)
    """Whether the jobs beneath are out."""

    def __init__(
        self, commands: JobCommands, seconds: Seconds, waits: Callable[[Job], Waiting | None]
    ) -> None:
        super().__init__(commands)
        self._seconds = seconds
        self._waits = waits
        self._group: JobGroup | None = None
        self._stands = False
        self.is_open = False
        self._fold = IconButton("chevron-right", tr("Show its jobs"))
        self._bar = ProgressBar(tr("Progress"))
        self._build()
        self._fold.clicked.connect(self.toggle)
        self._retry.clicked.connect(lambda: self.commands.retry([job.id for job in self._shown().failed]))
        self._cancel.clicked.connect(lambda: self.commands.cancel(self._shown().active))
        self._dismiss.clicked.connect(lambda: self.commands.dismiss(self._shown().ids))

    def _build(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(Space.XS)
        middle.addWidget(self._about, 1)
        for button in (self._retry, self._cancel, self.more, self._dismiss, self._fold):
            middle.addWidget(button)
        words = QVBoxLayout()
        words.setSpacing(Space.NONE)
        words.addWidget(self._title)
        words.addLayout(middle)
        words.addWidget(self._bar)
        words.addSpacing(Space.XS)
        words.addWidget(self._state)
        self._frame(words)

    def _shown(self) -> JobGroup:
        return self._group or JobGroup("", ())

    def jobs(self) -> Sequence[Job]:
        return self._shown().jobs

    def show_group(self, group: JobGroup, *, stands: bool) -> None:
        """Show where a batch stands now.

        Args:
            stands: the whole queue is paused, so nobody knows how long it takes.
        """
        self._stands = stands
        if group == self._group:
            self.tell_time()
            return
        self._group = group
        self._title.set_text(group.lead.title or tr("Without a prompt"))
        runs = any(job.state.was_sent for job in group.active)
        self._show_mark(None if runs else _mark(group))
        self._bar.setVisible(bool(group.active))
        self._bar.set_share(group.done / len(group.jobs))
        self._retry.setVisible(bool(group.failed))
        self._cancel.setVisible(bool(group.active))
        self._dismiss.setVisible(not group.active)
        self.more.setVisible(bool(group.active))
        self._state.set_tone("bad" if group.failed and not group.active else "text2")
        self.tell_time()

    def tell_time(self) -> None:
        """Time went by: how long it still takes, and how long it waits."""
        group = self._shown()
        if not group.jobs:
            return
        about = group_words(group, None if self._stands or group.is_paused else self._seconds(group.active))
        state = group_state(group, self._waits)
        self._about.set_text(about)
        self._state.setText(state)
        self._state.setVisible(bool(state))
        self.setAccessibleName(". ".join(part for part in (self.title(), about, state) if part))

    # ------------------------------------------------------------------ folding

    def toggle(self) -> None:
        """Show its jobs beneath, or hide them."""
        self.set_open(not self.is_open)
        self.folded.emit(self.is_open)

    def set_open(self, is_open: bool) -> None:
        self.is_open = is_open
        self._fold.set_icon("chevron-down" if is_open else "chevron-right")
        name = tr("Hide its jobs") if is_open else tr("Show its jobs")
        self._fold.setAccessibleName(name)
        self._fold.setToolTip(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (
            enter
            or (key == Qt.Key.Key_Right and not self.is_open)
            or (key == Qt.Key.Key_Left and self.is_open)
        ):
            self.toggle()
        else:
            super().keyPressEvent(event)


def _mark(group: JobGroup) -> tuple[str, Tone]:
    if group.failed and not group.active:
        return "failed", "bad"
    if group.is_paused:
        return "pause", "text3"
    if group.active:
        return "clock", "text3"
    return ("done", "ok") if group.done else ("blocked", "text3")

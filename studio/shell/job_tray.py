"""The jobs of the queue: a pill in the top bar, and the tray it opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobState
from studio.qt_models.bridge import bridge
from studio.qt_models.job_groups import JobGroup, in_groups
from studio.shell.batch_row import BatchRow
from studio.shell.host import Run
from studio.shell.job_commands import JobCommands
from studio.shell.job_row import JobRow
from studio.shell.queue_entry import QueueEntry
from studio.shell.queue_words import PausedWords, paused_words, pill_words, stands, summary
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.base import Themed, fill_rect, name_widget, painter_for
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.surfaces import Card, EmptyState, IconLabel, Pill
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

SHOWN: Final = 50
AT_ONCE: Final = 6
"""Rows that are made, or deleted, before the window has its turn again: about what the tray shows at once."""
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
        super().__init__("", "no-jobs", filled=True, name=tr("Jobs"), parent=window)
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
            self._tray.put_away()
            self._tray = None

    def _changed(self, _value: object) -> None:
        # A batch of 64 changes 64 jobs at once; the pill looks once.
        if not self._settle.isActive():
            self._settle.start()

    def _show_state(self) -> None:
        words, busy = pill_words(self._services.jobs.all(), self._services.jobs.paused_because)
        failed = bool(words) and not busy and not self._services.jobs.active()
        # The open circle turns; standing still it would look like something that never ends.
        self.set_icon("failed" if failed else "jobs" if busy else "pause" if words else "no-jobs")
        self.set_tone("bad" if failed else None)
        self.set_busy(busy)
        self.set_text(words)
        self.setToolTip("" if words else tr("Jobs"))
        self.setAccessibleDescription(words or tr("Nothing is being made"))


class JobTray(Popover):
    """The list of jobs, batches as one: running first, then what waits in its turn, then what ended."""

    def __init__(self, anchor: QWidget, services: Services, commands: JobCommands) -> None:
        super().__init__(anchor, padding=Space.LG, align_right=True)
        self._services = services
        self._commands = commands
        self._groups: list[JobGroup] = []
        self._entries: dict[str, QueueEntry] = {}
        self._unfolded: set[str] = set()
        self._height = 0
        name_widget(self, tr("Jobs"))
        self._summary = Label("", tone="text2", tabular=True)
        self._pause = Button(tr("Pause"), "quiet", "pause", size="small")
        self._cancel_all = Button(tr("Cancel all"), "quiet", size="small")
        self._retry_all = Button(tr("Try all again"), "quiet", size="small")
        self._clear = Button(tr("Clear finished"), "quiet", size="small")
        self._why = _PausedCard(commands)
        self._empty = EmptyState(
            "jobs", tr("Nothing is being made"), tr("What you start shows up here until it is done.")
        )
        self._list = JobList()
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
        for button in (self._clear, self._retry_all, self._cancel_all, self._pause):
            head.addWidget(button)
        self.body.setSpacing(Space.MD)
        self.body.addLayout(head)
        self.body.addWidget(self._why)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._list)
        self.body.addWidget(self._more)
        self._pause.clicked.connect(self._pause_or_resume)
        self._cancel_all.clicked.connect(lambda: self._commands.cancel(self._services.jobs.active()))
        self._retry_all.clicked.connect(self._commands.retry_failed)
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
        return stands(self._services.jobs.active(), self._services.jobs.paused_because)

    def _changed(self, _value: object) -> None:
        if not self._settle.isActive():
            self._settle.start()

    # ------------------------------------------------------------------ showing

    def _show_jobs(self) -> None:
        jobs = self._services.jobs.all()
        self._groups = in_groups(jobs)
        shown = self._rows()
        for key in set(self._entries) - {key for key, _group, _job in shown[:SHOWN]}:
            self._list.remove(self._entries.pop(key))
        first_kept = next((place for place, row in enumerate(shown[:SHOWN]) if row[1].is_kept), None)
        new = AT_ONCE
        for place, (key, group, job) in enumerate(shown[:SHOWN]):
            entry = self._entries.get(key)
            if entry is None:
                if not new:
                    self._settle.start()  # the rest follows
                    first_kept = first_kept if first_kept is not None and first_kept < place else None
                    break
                new -= 1
                entry = self._new_entry(key, job)
            after_heading = first_kept is not None and place >= first_kept
            self._list.put(place + after_heading, entry, first=place in (0, first_kept))
            if isinstance(entry, BatchRow):
                entry.set_open(group.key in self._unfolded)
                entry.show_group(group, stands=bool(self._services.jobs.paused_because))
            elif isinstance(entry, JobRow) and job is not None:
                entry.set_batch_title(group.lead.title if len(group.jobs) > 1 else None)
                entry.show_job(job)
        self._list.put_heading(first_kept)
        self._show_head(jobs)
        self._more.setText(trn("and {n} more", "and {n} more", len(shown) - SHOWN))
        self._more.setVisible(len(shown) > SHOWN)
        self._list.setVisible(bool(jobs))
        self._empty.setVisible(not jobs)
        self._list.updateGeometry()
        self.body.activate()
        self.arrange()

    def put_away(self) -> None:
        """It was closed: delete it, a few rows at a time."""
        self._tick.stop()
        self._settle.timeout.disconnect(self._show_jobs)
        self._settle.timeout.connect(self._delete_some)
        self._settle.start()

    def _delete_some(self) -> None:
        for key in list(self._entries)[:AT_ONCE]:
            self._list.remove(self._entries.pop(key))
        if self._entries:
            self._settle.start()
        else:
            self.deleteLater()

    def _rows(self) -> list[tuple[str, JobGroup, Job | None]]:
        """What stands where: heads of batches (no job), and jobs, those of a batch when it is unfolded."""
        rows: list[tuple[str, JobGroup, Job | None]] = []
        for group in self._groups:
            if len(group.jobs) > 1:
                rows.append((f"batch {group.key}", group, None))
            if len(group.jobs) == 1 or group.key in self._unfolded:
                rows += [(job.id, group, job) for job in group.jobs]
        return rows

    def _new_entry(self, key: str, job: Job | None) -> QueueEntry:
        jobs = self._services.jobs
        if job is None:
            entry: QueueEntry = BatchRow(self._commands, jobs.seconds_left, jobs.waiting)
            group = key.removeprefix("batch ")
            entry.folded.connect(lambda is_open: self._unfold(group, is_open))  # type: ignore[attr-defined]
        else:
            entry = JobRow(self._commands, jobs.waiting, self._services.legacy.logs.of)
        self._entries[key] = entry
        entry.left.connect(lambda step: self._go(entry, step))
        entry.dragged.connect(lambda y: self._list.show_gap(self._target(entry, y)[1]))
        entry.dropped.connect(lambda y: self._drop(entry, y))
        return entry

    def _unfold(self, group: str, is_open: bool) -> None:
        (self._unfolded.add if is_open else self._unfolded.discard)(group)
        self._show_jobs()

    def _show_head(self, jobs: Sequence[Job]) -> None:
        active = [job for job in jobs if not job.state.is_final]
        failed = sum(job.state is JobState.FAILED for job in jobs)
        self._summary.setText(summary(jobs))
        self._pause.setText(tr("Resume") if self._stands() else tr("Pause"))
        self._pause.set_icon("play" if self._stands() else "pause")
        self._pause.setVisible(bool(active) or self._stands())
        self._cancel_all.setVisible(len(active) > 1)
        self._retry_all.setVisible(failed > 1)
        self._clear.setVisible(any(job.state.is_final for job in jobs))
        self._why.show_reason(paused_words(active, self._services.jobs.paused_because))

    def _tell_time(self) -> None:
        for entry in self._entries.values():
            if isinstance(entry, BatchRow | JobRow):
                entry.tell_time()
        wanted = self._list.sizeHint().height()
        if wanted != self._height:
            # A log came into a row, or was unfolded.
            self._height = wanted
            self._list.updateGeometry()
            self.arrange()

    def _go(self, entry: QueueEntry, step: int) -> None:
        """The arrow keys go from entry to entry."""
        rows = [self._entries[key] for key, _group, _job in self._rows()[:SHOWN] if key in self._entries]
        place = rows.index(entry) + step
        if 0 <= place < len(rows):
            rows[place].setFocus(Qt.FocusReason.TabFocusReason)
            self._list.ensureWidgetVisible(rows[place])

    # ------------------------------------------------------------------ dragging

    def _target(self, entry: QueueEntry, y: int) -> tuple[str | None, int]:
        """Where what is dragged would go: before which job (None: behind all), and the line to show."""
        blocks = self._blocks(entry)
        for first, top, bottom in blocks:
            if y < (top + bottom) // 2:
                return first, top
        if not blocks:
            return None, 0
        order = [job.id for job in self._services.jobs.in_turn()]
        last = self._last_of(blocks[-1][0])
        place = order.index(last) + 1 if last in order else len(order)
        return (order[place] if place < len(order) else None), blocks[-1][2]

    def _blocks(self, entry: QueueEntry) -> list[tuple[str, int, int]]:
        """What an entry can be dragged between: the first job that waits, top and bottom of each. A job of
        a batch stays in it."""
        own = {job.id for job in entry.jobs()}
        group = next((group for group in self._groups if own & set(group.ids)), None)
        if group is None:
            return []
        if isinstance(entry, JobRow) and len(group.jobs) > 1:
            rows = [(job, self._entries.get(job.id)) for job in group.waiting]
            return [(job.id, row.y(), row.geometry().bottom()) for job, row in rows if row is not None]
        blocks: list[tuple[str, int, int]] = []
        for other in self._groups:
            keys = [f"batch {other.key}", *other.ids]
            rows = [self._entries[key] for key in keys if key in self._entries]
            if other.waiting and rows:
                blocks.append((other.waiting[0].id, rows[0].y(), rows[-1].geometry().bottom()))
        return blocks

    def _last_of(self, first: str) -> str:
        """The last job that moves together with the one a block begins with."""
        group = next(group for group in self._groups if first in group.ids)
        return group.waiting[-1].id if group.waiting else first

    def _drop(self, entry: QueueEntry, y: int) -> None:
        before, _line = self._target(entry, y)
        self._list.show_gap(None)
        waiting = entry.waiting()
        if waiting and before not in {job.id for job in waiting}:
            self._commands.move_before(waiting, before)


class _PausedCard(Card):
    """Why the queue stands, and what helps."""

    def __init__(self, commands: JobCommands) -> None:
        super().__init__(padding=Space.MD)
        self._commands = commands
        self._action: Action | None = None
        self._title = Label("", weight=Weight.MEDIUM, tabular=True, wrap=True)
        self._help = Label("", "caption", "text2", wrap=True)
        self._button = Button(tr("Resume"), "primary", size="small")
        self._button.clicked.connect(self._act)
        self._resume = Button(tr("Resume"), "secondary", size="small")
        self._resume.clicked.connect(self._commands.resume)
        self.body.setSpacing(Space.XS)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(self._title)
        words.addWidget(self._help)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addLayout(words, 1)
        row.addWidget(self._resume, 0, Qt.AlignmentFlag.AlignVCenter)
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
        self._resume.setVisible(words.action.id not in ("queue.resume", "session.refresh"))
        name_widget(self._button, words.action.label)
        self.setAccessibleName(f"{words.title} {words.help}")

    def _act(self) -> None:
        if self._action is None:
            return
        if self._action.id == "queue.resume":
            self._commands.resume()
        else:
            self._commands.run(self._action.id, self._action.argument)


class JobList(QScrollArea):
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
        # Else its least height is that of its narrowest width, and there is room left under the last row.
        content.setMinimumHeight(1)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        name_widget(self, tr("List of jobs"))
        self._gap = _Gap(content)
        self._heading = _KeptHeading(content)

    def show_gap(self, y: int | None) -> None:
        """A line where what is dragged would go; None: no line."""
        self._gap.setVisible(y is not None)
        if y is not None:
            self._gap.setGeometry(0, max(0, y - 1), self._column.geometry().width(), Space.HAIR)
            self._gap.raise_()

    def put_heading(self, place: int | None) -> None:
        """Have the heading over what waits for the network at a place; None: nothing does."""
        self._heading.setVisible(place is not None)
        if place is None:
            self._column.removeWidget(self._heading)
        elif self._column.indexOf(self._heading) != place:
            self._column.removeWidget(self._heading)
            self._column.insertWidget(place, self._heading)

    def put(self, place: int, row: QueueEntry, *, first: bool) -> None:
        """Have a row at a place, moving it there if it is elsewhere; the first under a head has no line."""
        item = self._column.itemAt(place)
        if item is None or item.widget() is not row:
            self._column.removeWidget(row)
            self._column.insertWidget(place, row)
            row.show()
        if isinstance(row, BatchRow | JobRow):
            row.set_first(first)

    def remove(self, row: QueueEntry) -> None:
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


class _KeptHeading(QWidget):
    """Over what waits for the network: what it is, and that nobody has to do anything."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.MD, Space.NONE, Space.XS)
        row.setSpacing(Space.MD)
        row.addWidget(IconLabel("offline"))
        row.addWidget(Label(tr("Waiting for the network"), weight=Weight.MEDIUM))
        row.addWidget(Label(tr("Goes out by itself"), "caption", "text2"), 1)
        name_widget(self, tr("Waiting for the network"))
        self.hide()


class _Gap(Themed, QWidget):
    """The honey line that says where something will be dropped."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, colors = painter_for(self)
        fill_rect(painter, self.rect(), colors.accent)

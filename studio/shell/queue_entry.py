"""What the entries of the job tray share: a place in the queue that keys, menu and pointer can change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.shell.job_commands import JobCommands
from studio.ui.theme import Radius, Size, Space, Theme, Tone, Weight
from studio.ui.widgets.base import Focusable
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.progress import Spinner
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.surfaces import Divider, IconLabel
from studio.ui.widgets.text import ElidedLabel, Label

if TYPE_CHECKING:
    from studio.domain.job_order import Step

STEPS: dict[Qt.Key, Step] = {
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Home: "front",
    Qt.Key.Key_End: "back",
}


class QueueEntry(Focusable, QWidget):
    """A row of the tray. Alt with the arrow keys, Home or End moves it in the queue, Space pauses it, Delete
    cancels it; the pointer drags it."""

    dragged = Signal(int)
    """It is being dragged: where the pointer is, in the parent's pixels from the top."""
    dropped = Signal(int)
    left = Signal(int)
    """An arrow key goes on to the entry above (-1) or below (+1)."""

    def __init__(self, commands: JobCommands) -> None:
        super().__init__()
        self.commands = commands
        self._pressed: QPoint | None = None
        self._drags = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self, Role.ListItem)
        self._line = Divider()
        self._spinner = Spinner(tr("Being made"), "accent")
        self._mark = IconLabel("clock")
        self._title = ElidedLabel("", weight=Weight.MEDIUM)
        self._about = ElidedLabel("", "caption", "text2", tabular=True)
        self._state = Label("", "caption", "text2", wrap=True)
        self._cancel = Button(tr("Cancel"), "quiet", size="small")
        self._retry = Button(tr("Try again"), "quiet", size="small")
        self._dismiss = IconButton("close", tr("Dismiss"))
        self.more = IconButton("more", tr("More"))
        self.more.clicked.connect(lambda: self.open_menu(self.more))

    def _frame(self, words: QVBoxLayout) -> QHBoxLayout:
        """Lay the entry out: its line above, its mark beside `words`; the row of both."""
        side = Theme.current().px(Size.ICON)
        marks = QWidget()
        marks.setFixedSize(side, side)
        self._marks = QStackedLayout(marks)
        self._marks.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._marks.addWidget(self._spinner)
        self._marks.addWidget(self._mark)
        row = QHBoxLayout()
        row.setContentsMargins(Space.NONE, Space.SM, Space.NONE, Space.MD)
        row.setSpacing(Space.MD)
        row.addWidget(marks, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.NONE)
        column.addWidget(self._line)
        column.addLayout(row)
        return row

    def _show_mark(self, mark: tuple[str, Tone] | None) -> None:
        """An icon for where it stands; None turns the circle of what is being made."""
        self._marks.setCurrentWidget(self._mark if mark else self._spinner)
        if mark:
            self._mark.set_icon(*mark)

    def set_first(self, first: bool) -> None:
        """The first row has no line above it."""
        self._line.setVisible(not first)

    def jobs(self) -> Sequence[Job]:
        """What this entry stands for."""
        raise NotImplementedError

    def title(self) -> str:
        """What it is called when something is said about it."""
        return self.jobs()[0].title

    def waiting(self) -> list[Job]:
        """What of it has not left."""
        return [job for job in self.jobs() if job.state in (JobState.QUEUED, JobState.PAUSED)]

    def ring_radius(self) -> float:
        return Radius.CONTROL

    def ring_rect(self) -> QRect:
        return self.rect().adjusted(Space.XS, Space.XS, -Space.XS, -Space.XS)

    # ------------------------------------------------------------------ what can be done

    def move_by(self, step: Step) -> None:
        """One step in the queue, or to an end of it."""
        if self.waiting():
            self.commands.move(self.waiting(), step)

    def pause_or_resume(self) -> None:
        """Hold what has not left, or let it go on."""
        waiting = self.waiting()
        if any(job.state is JobState.QUEUED for job in waiting):
            self.commands.hold(waiting)
        elif waiting:
            self.commands.release(waiting)

    def open_menu(self, anchor: QWidget, at: QPoint | None = None) -> None:
        """Everything that can be done with it."""
        from studio.ui.widgets.popover import Menu

        menu = Menu(self)
        waiting, active = self.waiting(), [job for job in self.jobs() if not job.state.is_final]
        again = [job for job in self.jobs() if job.state in (JobState.FAILED, JobState.CANCELLED)]
        if waiting:
            queued = any(job.state is JobState.QUEUED for job in waiting)
            menu.add(
                tr("Pause") if queued else tr("Resume"), self.pause_or_resume, "pause" if queued else "play",
                shortcut="Space",
            )  # fmt: skip
            for step, text, keys, icon in (
                ("front", tr("Move to the front"), "Alt+Home", "chevrons"),
                ("up", tr("Move up"), "Alt+Up", "chevron-up"),
                ("down", tr("Move down"), "Alt+Down", "chevron-down"),
            ):
                menu.add(text, lambda step=step: self.move_by(step), icon, shortcut=keys)  # type: ignore[arg-type]
        if again:
            menu.add(tr("Try again"), lambda: self.commands.retry([job.id for job in again]), "refresh")
        if active:
            menu.add(tr("Cancel"), lambda: self.commands.cancel(active), "stop", shortcut="Del", danger=True)
        else:
            menu.add(tr("Dismiss"), lambda: self.commands.dismiss([job.id for job in self.jobs()]), "close")
        menu.aboutToHide.connect(menu.deleteLater)
        if at is not None:
            menu.popup(at)
        else:
            menu.popup_under(anchor, align_right=True)

    # ------------------------------------------------------------------ keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and key in STEPS:
            self.move_by(STEPS[key])
        elif plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.left.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif plain and key == Qt.Key.Key_Space and self.waiting():
            self.pause_or_resume()
        elif plain and key == Qt.Key.Key_Delete:
            active = [job for job in self.jobs() if not job.state.is_final]
            if active:
                self.commands.cancel(active)
            else:
                self.commands.dismiss([job.id for job in self.jobs()])
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        self.open_menu(self.more, None if by_key else event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            if self.waiting():
                self._pressed = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        far = (event.position().toPoint() - self._pressed).manhattanLength()
        if not self._drags and far < QApplication.startDragDistance():
            return
        self._drags = True
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.dragged.emit(self.mapToParent(event.position().toPoint()).y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drags, self._drags, self._pressed = self._drags, False, None
        self.unsetCursor()
        if drags:
            self.dropped.emit(self.mapToParent(event.position().toPoint()).y())
        event.accept()

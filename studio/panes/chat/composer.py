"""Where a message is written: text, attachments, what it will cost, and Send or Stop in one place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.panes.chat.attachment_chips import Attached, ChipRow
from studio.panes.chat.message_edit import MessageEdit
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme
from studio.ui.widgets.base import (
    Themed,
    name_widget,
    paint_box,
    paint_shadow,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import Button, IconButton, PaintedButton
from studio.ui.widgets.text import Label

SHARE_OF_PANE = 0.4
"""Of the pane's height the field grows to at most."""


class ContextButton(PaintedButton):
    """ "context 3.1k of 200k" with a thin bar under it; opens what will be sent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._tight = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        name_widget(self, tr("Context"))

    def show_share(self, words: str, share: float, *, tight: bool) -> None:
        """The words, how full the context is (0 to 1), and whether messages fall out of it."""
        self._share = min(max(share, 0.0), 1.0)
        self._tight = tight
        self.setText(words)
        self.setAccessibleDescription(words)
        self.setVisible(bool(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = text_width(self.text(), theme.font("caption", tabular=True))
        return QSize(round(width) + 2 * Space.SM, theme.px(Size.CONTROL_SMALL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        rect = self.rect().toRectF()
        border = t.focus if self.ring_visible else None
        paint_box(
            painter, rect, t.raised if self.underMouse() else None, border, Radius.CONTROL, FOCUS_BORDER
        )
        ink = t.warn if self._tight else t.text if self.underMouse() else t.text2
        middle = Qt.AlignmentFlag.AlignHCenter
        paint_text(painter, rect, self.text(), theme.font("caption", tabular=True), ink, middle)
        bar = QRectF(Space.SM, self.height() - Space.XS, self.width() - 2 * Space.SM, Space.HAIR)
        if self._share > 0:
            paint_box(painter, bar, t.border, None, 1)
            filled = QRectF(bar.left(), bar.top(), max(bar.width() * self._share, Space.HAIR), bar.height())
            paint_box(painter, filled, t.warn if self._tight else t.honey, None, 1)


class _EditBar(QWidget):
    """Says that an earlier question is being edited."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel = Button(tr("Cancel"), "quiet", size="small")
        self.save = Button(tr("Save only"), "secondary", size="small")
        self.save.setToolTip(plain_tip(tr("Keeps the new words without asking for an answer.")))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        row.addWidget(
            Label(tr("Editing a question. The old one stays as another version."), "caption", "text2"), 1
        )
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        self.hide()


class Composer(Themed, QWidget):
    """The field in its card.

    Signals:
        edited(text), send_pressed, stop_pressed, attach_pressed, context_wanted(anchor),
        edit_cancelled, save_only, problem_action: the button beside a problem was pressed.
        refused: the user tried to send while an answer comes.
    """

    edited = Signal(str)
    send_pressed = Signal()
    stop_pressed = Signal()
    attach_pressed = Signal()
    context_wanted = Signal(object)
    edit_cancelled = Signal()
    save_only = Signal()
    problem_action = Signal()
    refused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._focused = False
        self._over = False
        self._streaming = False
        self.edit = MessageEdit()
        self.chips = ChipRow()
        self.edit_bar = _EditBar()
        self.attach = IconButton("attach", tr("Attach files"), size="normal")
        self.record = IconButton("microphone", tr("Record a sound to attach"), size="normal")
        self.problem = Label("", "caption", "text2", wrap=True)
        self.way_on = Button("", "link", size="small")
        self.context = ContextButton()
        self.send = Button(tr("Send"), "primary", "send", name=tr("Send"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._build()
        self._join()

    def _build(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(Space.SM)
        foot.addWidget(self.attach)
        foot.addWidget(self.record)
        foot.addWidget(self.problem, 1)
        foot.addWidget(self.way_on)
        foot.addWidget(self.context)
        foot.addWidget(self.send)
        edge = Space.SM
        column = QVBoxLayout(self)
        column.setContentsMargins(edge + Space.MD, edge + Space.MD, edge + Space.SM, edge + Space.SM)
        column.setSpacing(Space.SM)
        column.addWidget(self.edit_bar)
        column.addWidget(self.chips)
        self._above = QVBoxLayout()
        column.addLayout(self._above)
        column.addWidget(self.edit)
        column.addLayout(foot)
        self.way_on.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.way_on.hide()
        self.context.hide()

    def _join(self) -> None:
        self.edit.textChanged.connect(lambda: self.edited.emit(self.edit.text()))
        self.edit.submitted.connect(self._submit)
        self.edit.focused.connect(self._set_focused)
        self.send.clicked.connect(self._press)
        self.attach.clicked.connect(self.attach_pressed)
        self.context.clicked.connect(lambda: self.context_wanted.emit(self.context))
        self.way_on.clicked.connect(self.problem_action)
        self.edit_bar.cancel.clicked.connect(self.edit_cancelled)
        self.edit_bar.save.clicked.connect(self.save_only)

    def add_recorder(self, bar: QWidget) -> None:
        """The controls of a recording, over the text while there is one."""
        bar.hide()
        self._above.addWidget(bar)

    # ------------------------------------------------------------------ showing

    def show_text(self, text: str) -> None:
        """Another conversation's draft, without telling that it was edited."""
        blocked = self.edit.blockSignals(True)
        self.edit.show_text(text)
        self.edit.blockSignals(blocked)
        self.edit.viewport().update()

    def show_attached(self, attached: Sequence[Attached]) -> None:
        self.chips.show_attached(attached)

    def show_streaming(self, streaming: bool) -> None:
        """Stop stands where Send was, in the same size: nothing moves under the pointer."""
        self._streaming = streaming
        self.send.setText(tr("Stop") if streaming else tr("Send"))
        name_widget(self.send, tr("Stop") if streaming else tr("Send"))
        self.send.set_kind("secondary" if streaming else "primary")
        self.send.set_icon("stop" if streaming else "send")
        if streaming:
            self.send.set_note("")
            self.send.setEnabled(True)
        self.send.updateGeometry()

    def show_plan(self, note: str, words: str, way_on: str, *, enabled: bool, problem: bool) -> None:
        """The price on the button, and a sentence beside it with a way on."""
        if not self._streaming:
            self.send.set_note(note)
            self.send.setEnabled(enabled)
        self.problem.setText(words)
        self.problem.set_tone("bad" if problem else "text2")
        self.way_on.setVisible(bool(way_on))
        if way_on:
            self.way_on.setText(way_on)
            name_widget(self.way_on, way_on)
        self.send.setToolTip(plain_tip(words if problem else ""))

    def show_editing(self, editing: bool) -> None:
        """An earlier question is in the field."""
        self.edit_bar.setVisible(editing)
        self.edit.set_placeholder(tr("Message"))

    def show_drop(self, over: bool) -> None:
        """Something that can be attached is held over the pane."""
        self._over = over
        self.edit.set_placeholder(tr("Drop to attach") if over else tr("Message"))
        self.update()

    def set_room(self, pane_height: int) -> None:
        """How high the pane is."""
        self.edit.set_most(round(pane_height * SHARE_OF_PANE))

    @property
    def streaming(self) -> bool:
        return self._streaming

    def focus(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ pressing

    def _submit(self) -> None:
        """The key that sends: while an answer streams it waits, what was written stays."""
        if self._streaming:
            self.refused.emit()
        else:
            self.send_pressed.emit()

    def _press(self) -> None:
        if self._streaming:
            self.stop_pressed.emit()
        else:
            self.send_pressed.emit()

    def _set_focused(self, focused: bool) -> None:
        self._focused = focused
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        edge = Space.SM
        rect = self.rect().toRectF().adjusted(edge, edge, -edge, -edge)
        paint_shadow(painter, rect, Radius.CARD, edge)
        lively = self._focused or self._over
        border = t.accent if self._over else t.border_strong if lively else t.border
        paint_box(
            painter,
            rect,
            t.accent_soft if self._over else t.surface,
            border,
            Radius.CARD,
            FOCUS_BORDER if self._over else 1,
        )
        if self._over:
            side = theme.px(Size.ICON_LARGE)
            at = QRectF(rect.right() - side - Space.MD, rect.top() + Space.MD, side, side)
            paint_icon(painter, "attach", at, t.accent_text)

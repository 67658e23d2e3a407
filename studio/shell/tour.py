"""A short tour over the real window: one callout after the other, each pointing at the control it speaks of.

Nothing is asked of anybody by it, and nothing is changed; it may be left at any time. It begins once, after
the welcome page, in a library that is empty; later from the Help menu and the palette.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core import keymap
from studio.core.i18n import tr
from studio.core.settings import Settings
from studio.shell.host import Panes
from studio.shell.window_keys import PALETTE
from studio.ui.language import key_words
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme
from studio.ui.widgets.base import name_widget, painter_for
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.overlay import Overlay, Panel
from studio.ui.widgets.text import Label

WIDTH: Final = 340
LOOK_MS: Final = 120
"""How often it is looked whether a control moved: panes fill themselves while the tour goes on."""
LEAST: Final = 8


class Step(NamedTuple):
    """What is said of a control.

    Args:
        pane: the pane that has to be in front; "" for whichever is.
        targets: object names; the callout points at all of them together.
    """

    pane: str
    targets: tuple[str, ...]
    title: str
    text: str


def steps(keys: str = "Ctrl+K") -> tuple[Step, ...]:
    """The tour, in the language of now.

    Args:
        keys: of the command palette, in words; "" when the user took them away.
    """
    palette = (
        tr(
            "Press {keys} and type what you want to do. This tour is there too, and in the Help menu.",
            keys=keys,
        )
        if keys
        else tr("Press it and type what you want to do. This tour is there too, and in the Help menu.")
    )
    return (
        Step(
            "create", ("generate",), tr("The price is on the button"),
            tr("Write above what you want to see, then press it. Nothing is paid before that, and what it "
               "leaves you stands below."),
        ),
        Step(
            "create", ("model",), tr("Choose who makes it"),
            tr("Each model has its own price and its own hand. Below it stands only what this model takes."),
        ),
        Step(
            "create", ("results",), tr("Everything you make lands here"),
            tr("It is on your disk before you see it. Choose a picture, and the inspector beside it says how "
               "it was made and what can come of it."),
        ),
        Step(
            "library", ("search_library",), tr("Find it again"),
            tr("The Library has all of it, also without a network. Search for words, a model, a rating or a "
               "seed."),
        ),
        Step(
            "", ("chat", "audio"), tr("Talk, listen, transcribe"),
            tr("Chat answers questions and can make pictures for you. Audio speaks texts, makes music and "
               "writes down recordings."),
        ),
        Step(
            "", ("search_everything",), tr("One place for all commands"),
            palette,
        ),
    )  # fmt: skip


def open_tour(window: QWidget, panes: Panes, settings: Settings) -> Tour | None:
    """Begin the tour over `window`, unless something stands before the window that wants an answer first."""
    if any(overlay.isVisible() for overlay in window.findChildren(Overlay)):
        return None
    keys = keymap.keys_of(settings.values.shortcuts.changed, PALETTE, "Ctrl+K")
    tour = Tour(window, panes, steps(key_words(keys)))
    tour.dismissed.connect(tour.deleteLater)
    settings.change("help", tour_seen=True)
    tour.start()
    return tour


class Tour(Overlay):
    """The dimmed window with a hole around one control, and the callout beside it. Enter and the arrow keys
    go on and back, Escape leaves."""

    def __init__(self, window: QWidget, panes: Panes, told: Sequence[Step]) -> None:
        super().__init__(window)
        self._panes = panes
        self._window = window
        self._steps = told
        self._at = 0
        self._pane = panes.current_pane
        self._hole = QRect()
        name_widget(self, tr("Tour"))
        self.panel = Panel(self, Space.LG)
        self.title = Label("", "title", wrap=True)
        self.text = Label("", tone="text2", wrap=True)
        self._count = Label("", "caption", "text2", tabular=True)
        self.skip = Button(tr("Skip"), "quiet", size="small")
        self.back = Button(tr("Back"), "secondary", size="small")
        self.next = Button(tr("Next"), "primary", size="small")
        self._build()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._follow)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self._count, 1)
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        self.panel.body.addWidget(self.title)
        self.panel.body.addWidget(self.text)
        self.panel.body.addSpacing(Space.XS)
        self.panel.body.addLayout(row)
        for button in (self.skip, self.back, self.next):
            button.installEventFilter(self)
        self.skip.clicked.connect(self.dismiss)
        self.back.clicked.connect(lambda: self.go(-1))
        self.next.clicked.connect(lambda: self.go(+1))
        self.dismissed.connect(self._leave)

    def start(self) -> None:
        """Show the first step."""
        self._show_step()
        self.present(self.next)
        self._look.start()

    def go(self, by: int) -> None:
        """A step on or back; behind the last one it ends."""
        at = self._at + by
        if at >= len(self._steps):
            self.dismiss()
        elif at >= 0:
            self._at = at
            self._show_step()
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_step(self) -> None:
        step = self._steps[self._at]
        if step.pane and self._panes.current_pane != step.pane:
            self._panes.open_pane(step.pane)
        last = self._at == len(self._steps) - 1
        count = tr("{n} of {total}", n=self._at + 1, total=len(self._steps))
        self.title.setText(step.title)
        self.text.setText(step.text)
        self._count.setText(count)
        self.back.setVisible(self._at > 0)
        self.skip.setVisible(not last)
        self.next.setText(tr("Done") if last else tr("Next"))
        words = f"{step.title}. {step.text} {count}"
        self.setAccessibleDescription(words)
        self.next.setAccessibleDescription(words)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.raise_()
        self._hole = self._target()
        self.panel.body.activate()
        self.arrange()
        self.update()

    def _leave(self) -> None:
        self._look.stop()
        if self._pane and self._panes.current_pane != self._pane:
            self._panes.open_pane(self._pane)

    # ------------------------------------------------------------------ places

    def _target(self) -> QRect:
        """Where the controls of this step are; empty when none of them shows."""
        room = QRect()
        for name in self._steps[self._at].targets:
            for widget in self._window.findChildren(QWidget, name):
                if widget.isVisible() and not self.isAncestorOf(widget):
                    at = QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())
                    room = room.united(at.intersected(self.rect()))
                    break
        if min(room.width(), room.height()) < LEAST:
            return QRect()
        around = room.adjusted(-Space.XS, -Space.XS, Space.XS, Space.XS)
        return around.intersected(self.rect().adjusted(Space.HAIR, Space.HAIR, -Space.HAIR, -Space.HAIR))

    def _follow(self) -> None:
        focused = self._window.focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            # A pane that was opened by a step takes the focus when it is ready.
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        found = self._target()
        if found != self._hole:
            self._hole = found
            self.arrange()
            self.update()

    def arrange(self) -> None:
        self._hole = self._target()
        edge = Size.SHADOW
        width = min(Theme.current().px(WIDTH), self.width() - 2 * Space.LG) + 2 * edge
        height = min(self.panel.body.totalHeightForWidth(width), self.height() + 2 * edge)
        place = beside(self._hole, self.rect(), width - 2 * edge, height - 2 * edge, self.layoutDirection())
        self.panel.setGeometry(place.adjusted(-edge, -edge, edge, edge))

    # ------------------------------------------------------------------ Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Buttons would give the focus to each other at these keys.
        if watched in (self.skip, self.back, self.next) and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._steer(event.key())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(+1)
        elif not self._steer(event.key()):
            super().keyPressEvent(event)

    def _steer(self, key: int) -> bool:
        """Go where a key of the arrows leads; False if it is none of them."""
        forwards = Qt.Key.Key_Right
        backwards = Qt.Key.Key_Left
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            forwards, backwards = backwards, forwards
        if key in (forwards, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.go(+1)
        elif key in (backwards, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
            self.go(-1)
        else:
            return False
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self, turned=False)  # parts are where they are seen
        veil = QPainterPath()
        veil.addRect(QRectF(self.rect()))
        hole = QPainterPath()
        if not self._hole.isEmpty():
            hole.addRoundedRect(QRectF(self._hole), Radius.CARD, Radius.CARD)
        painter.fillPath(veil.subtracted(hole), t.scrim)
        if self._hole.isEmpty():
            return
        painter.setPen(QPen(t.accent, FOCUS_BORDER))
        painter.drawPath(hole)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.surface)
        callout = self.panel.geometry().adjusted(Size.SHADOW, Size.SHADOW, -Size.SHADOW, -Size.SHADOW)
        painter.drawPolygon(arrow(callout, self._hole))


def beside(
    hole: QRect,
    room: QRect,
    width: int,
    height: int,
    direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight,
) -> QRect:
    """Where a callout of this size goes: below its control, above it, after or before it, whichever fits; in
    the middle of the room when there is no control, or no side is free."""
    margin, gap = Space.LG, Space.MD
    size = QRect(0, 0, width, height)
    middle = QRect(size)
    middle.moveCenter(room.center())
    if hole.isEmpty():
        return middle
    left = min(max(hole.center().x() - width // 2, margin), max(margin, room.width() - width - margin))
    top = min(max(hole.center().y() - height // 2, margin), max(margin, room.height() - height - margin))
    after, before = hole.right() + 1 + gap, hole.left() - gap - width
    sides = [(after, top), (before, top)]
    if direction == Qt.LayoutDirection.RightToLeft:
        sides.reverse()
    places = [(left, hole.bottom() + 1 + gap), (left, hole.top() - gap - height), *sides]
    inside = room.adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
    for x, y in places:
        place = size.translated(x, y)
        if inside.contains(place):
            return place
    if hole.width() > width + 2 * gap and hole.height() > height + 2 * gap:
        # A control that fills the window: the callout lies on it, at its lower edge.
        middle.moveCenter(hole.center())
        middle.moveBottom(hole.bottom() - gap)
    return middle


def arrow(callout: QRect, hole: QRect) -> QPolygonF:
    """The small triangle from the callout's edge towards the control; empty where they lie on each other."""
    half = float(Space.SM)
    tip = float(Space.MD - Space.HAIR)
    if callout.intersects(hole):
        return QPolygonF()
    inset = Radius.CARD + Space.SM
    across = min(max(hole.center().x(), callout.left() + inset), callout.right() - inset)
    along = min(max(hole.center().y(), callout.top() + inset), callout.bottom() - inset)
    box = QRectF(callout)
    if hole.bottom() < callout.top():
        base, to, side = QPointF(across, box.top() + 1), QPointF(0, -tip), QPointF(half, 0)
    elif hole.top() > callout.bottom():
        base, to, side = QPointF(across, box.bottom() - 1), QPointF(0, tip), QPointF(half, 0)
    elif hole.right() < callout.left():
        base, to, side = QPointF(box.left() + 1, along), QPointF(-tip, 0), QPointF(0, half)
    else:
        base, to, side = QPointF(box.right() - 1, along), QPointF(tip, 0), QPointF(0, half)
    return QPolygonF([base - side, base + to, base + side])

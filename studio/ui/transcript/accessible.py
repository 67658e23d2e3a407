"""The transcript for screen readers: a list whose items are messages with their controls; announcements.

Qt asks a factory for the interface of a widget. Interfaces are made when something asks for them, so nothing
is made where no screen reader runs. Only rows near the window have more than their words: what is far away
has no controls yet.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Sequence
from time import monotonic

import shiboken6
from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QColor,
    QWindow,
)

from studio.core.i18n import tr
from studio.domain.conversation import MessageState
from studio.ui.transcript.ordering import OrderingTranscript
from studio.ui.transcript.parts import Control
from studio.ui.transcript.pointing import visible_controls
from studio.ui.transcript.sections import Section

Role = QAccessible.Role
Text = QAccessible.Text
NO_INTERFACE = shiboken6.VoidPtr(0)
"""Qt's null pointer. Python's None is none: the bindings crash over it as soon as a screen reader asks."""
PAUSE_SECONDS = 1.5
"""Announcements of a streaming answer come at most so often."""
LONGEST = 4000
"""Characters of a message that are its description; the rest is read by going through its text."""


class _Interface(QAccessibleInterface):
    """What all of ours answer alike."""

    def __init__(self, view: OrderingTranscript) -> None:
        super().__init__()
        self._view = weakref.ref(view)

    @property
    def view(self) -> OrderingTranscript | None:
        view = self._view()
        return view if view is not None and shiboken6.isValid(view) else None

    def isValid(self) -> bool:
        return self.view is not None

    def object(self) -> QObject | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # no object is allowed
        return None

    def window(self) -> QWindow | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # none while hidden
        view = self.view
        return view.window().windowHandle() if view is not None else None

    def relations(
        self, match: QAccessible.RelationFlag = QAccessible.RelationFlag.AllRelations
    ) -> list[tuple[QAccessibleInterface, QAccessible.RelationFlag]]:
        return []

    def focusChild(self) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for at in range(self.childCount()):
            child = self.child(at)
            if child is not None and child.rect().contains(x, y):
                return child
        return None

    def child(self, index: int) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        return -1

    def setText(self, t: QAccessible.Text, text: str) -> None:
        """Nothing here can be written to."""

    def state(self) -> QAccessible.State:
        return QAccessible.State()

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()

    def interface_cast(self, t: QAccessible.InterfaceType) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]  # a void pointer
        return NO_INTERFACE

    def virtual_hook(self, id: int, data: object) -> None:  # noqa: A002 - Qt's name
        """Qt's door for later versions."""


class TranscriptInterface(_Interface):
    """The list."""

    def __init__(self, view: OrderingTranscript) -> None:
        super().__init__(view)
        self._messages: dict[str, MessageInterface] = {}

    def object(self) -> QObject | None:
        return self.view

    def parent(self) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        view = self.view
        parent = view.parentWidget() if view is not None else None
        return QAccessible.queryAccessibleInterface(parent) if parent is not None else None

    def childCount(self) -> int:
        view = self.view
        return len(view.model().turns) if view is not None else 0

    def child(self, index: int) -> QAccessibleInterface | None:
        view = self.view
        if view is None or not 0 <= index < len(view.model().turns):
            return None
        message_id = view.model().turns[index].id
        made = self._messages.get(message_id)
        if made is None:
            self._forget_gone(view)
            made = self._messages[message_id] = MessageInterface(view, message_id)
            QAccessible.registerAccessibleInterface(made)
        return made

    def _forget_gone(self, view: OrderingTranscript) -> None:
        """Messages of other branches and conversations are let go."""
        for message_id in [i for i in self._messages if view.model().row_of(i) < 0]:
            _forget(self._messages.pop(message_id))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.row if isinstance(child, MessageInterface) else -1

    def focusChild(self) -> QAccessibleInterface | None:
        view = self.view
        if view is None or not view.hasFocus() or view.current < 0:
            return None
        return self.child(view.current)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        view = self.view
        if view is None:
            return None
        point = view.viewport().mapFromGlobal(QRect(x, y, 1, 1).topLeft())
        return self.child(view.row_at(point.y())) if view.viewport().rect().contains(point) else None

    def text(self, t: QAccessible.Text) -> str:
        view = self.view
        if view is None:
            return ""
        return (
            view.accessibleName()
            if t == Text.Name
            else view.accessibleDescription()
            if t == Text.Description
            else ""
        )

    def rect(self) -> QRect:
        view = self.view
        return QRect(view.mapToGlobal(view.rect().topLeft()), view.size()) if view is not None else QRect()

    def role(self) -> QAccessible.Role:
        return Role.List

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        view = self.view
        if view is not None:
            state.focusable = True
            state.focused = view.hasFocus()
            state.invisible = not view.isVisible()
        return state

    def let_go(self) -> None:
        """The view is gone."""
        for message in self._messages.values():
            _forget(message)
        self._messages.clear()


class MessageInterface(_Interface):
    """A message: author and state are its name, its words the description, its controls the children."""

    def __init__(self, view: OrderingTranscript, message_id: str) -> None:
        super().__init__(view)
        self._id = message_id
        self._controls: dict[tuple[object, Control], ControlInterface] = {}

    @property
    def row(self) -> int:
        view = self.view
        return view.model().row_of(self._id) if view is not None else -1

    def isValid(self) -> bool:
        return self.row >= 0

    def parent(self) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        view = self.view
        return QAccessible.queryAccessibleInterface(view) if view is not None else None

    def _children(self) -> list[tuple[Section, Control]]:
        view = self.view
        return visible_controls(view, self.row) if view is not None and self.row >= 0 else []

    def childCount(self) -> int:
        return len(self._children())

    def child(self, index: int) -> QAccessibleInterface | None:
        children, view = self._children(), self.view
        if view is None or not 0 <= index < len(children):
            return None
        section, control = children[index]
        key = (section.key, control)
        made = self._controls.get(key)
        if made is None:
            made = self._controls[key] = ControlInterface(view, self, section, control)
            QAccessible.registerAccessibleInterface(made)
        made.section = section
        return made

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if not isinstance(child, ControlInterface):
            return -1
        keys = [(section.key, control) for section, control in self._children()]
        key = (child.section.key, child.control)
        return keys.index(key) if key in keys else -1

    def focusChild(self) -> QAccessibleInterface | None:
        view = self.view
        control = view.focused_control if view is not None and view.current == self.row else None
        children = self._children()
        return next((self.child(at) for at, (_s, c) in enumerate(children) if c == control), None)

    def text(self, t: QAccessible.Text) -> str:
        view, row = self.view, self.row
        if view is None or row < 0:
            return ""
        if t == Text.Name:
            state = view.state_words(row)
            heading = f"{view.model().author(row)}, {state}" if state else view.model().author(row)
            return f"{heading}: {self._words()}"
        return self._words() if t == Text.Value else ""

    def _words(self) -> str:
        view, row = self.view, self.row
        if view is None:
            return ""
        if not view.model().is_loaded(row):
            view.model().want(view.model().turns[row].ids)
            return tr("Being read")
        item = view.item(row)
        return (item.spoken() if item is not None else view.model().text(row))[:LONGEST]

    def rect(self) -> QRect:
        view, row = self.view, self.row
        return view.row_screen_rect(row) if view is not None and row >= 0 else QRect()

    def role(self) -> QAccessible.Role:
        return Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        view, row = self.view, self.row
        if view is not None and row >= 0:
            state.focusable = state.selectable = True
            state.focused = view.hasFocus() and view.current == row
            state.offscreen = row not in view.visible_rows()
            state.busy = view.is_streaming(row)
        return state

    def let_go(self) -> None:
        for control in self._controls.values():
            _forget(control)
        self._controls.clear()


class ControlInterface(_Interface):
    """A button, fold or link of a message; it can be pressed."""

    def __init__(
        self, view: OrderingTranscript, message: MessageInterface, section: Section, control: Control
    ) -> None:
        super().__init__(view)
        self._message = message
        self.section = section
        self.control = control
        self._actions = _Press(self)

    def isValid(self) -> bool:
        return self._message.isValid()

    def parent(self) -> QAccessibleInterface | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._message

    def text(self, t: QAccessible.Text) -> str:
        if t == Text.Name:
            return self.control.name
        return self.control.tip if t == Text.Description and self.control.tip != self.control.name else ""

    def rect(self) -> QRect:
        view, row = self.view, self._message.row
        return (
            view.control_screen_rect(row, self.section, self.control)
            if view is not None and row >= 0
            else QRect()
        )

    def role(self) -> QAccessible.Role:
        return Role.Link if self.control.is_link else Role.Button

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = True
        view = self.view
        state.focused = view is not None and view.hasFocus() and view.focused_control == self.control
        if self.control.checked is not None:
            state.expandable = True
            state.expanded = self.control.checked
            state.collapsed = not self.control.checked
        return state

    def interface_cast(self, t: QAccessible.InterfaceType) -> object:
        if t != QAccessible.InterfaceType.ActionInterface:
            return NO_INTERFACE
        (address,) = shiboken6.getCppPointer(self._actions)
        return shiboken6.VoidPtr(address)

    def press(self) -> None:
        view, row = self.view, self._message.row
        if view is not None and row >= 0:
            view.press(row, self.section, self.control)


class _Press(QAccessibleActionInterface):
    """The one action of a control."""

    def __init__(self, control: ControlInterface) -> None:
        super().__init__()
        self._control = weakref.ref(control)

    def actionNames(self) -> list[str]:
        return [QAccessibleActionInterface.pressAction()]

    def doAction(self, actionName: str) -> None:  # noqa: N803 - Qt's name
        control = self._control()
        if control is not None:
            control.press()

    def keyBindingsForAction(self, actionName: str) -> list[str]:  # noqa: N803
        return []

    def localizedActionName(self, name: str) -> str:
        return tr("Press")

    def localizedActionDescription(self, name: str) -> str:
        return ""


def _forget(interface: MessageInterface | ControlInterface) -> None:
    if isinstance(interface, MessageInterface):
        interface.let_go()
    if shiboken6.isValid(interface):
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(interface))


_interfaces: weakref.WeakKeyDictionary[OrderingTranscript, TranscriptInterface] = weakref.WeakKeyDictionary()
_installed: list[bool] = []


def _factory(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    """Qt's question for the interface of an object; ours are the views that were named by `watch`."""
    if thing not in _watched:
        return None
    made = TranscriptInterface(thing)  # pyright: ignore[reportArgumentType]  # `watch` takes nothing else
    _interfaces[thing] = made  # pyright: ignore[reportArgumentType]
    return made


_watched: weakref.WeakSet[QObject] = weakref.WeakSet()


def watch(view: OrderingTranscript) -> None:
    """Give a transcript its interface when a screen reader asks."""
    if not _installed:
        QAccessible.installFactory(_factory)
        _installed.append(True)
    _watched.add(view)
    if QAccessible.isActive():
        # A screen reader that runs already was told of the widget while it was built, and Qt keeps the plain
        # interface that it made then.
        plain = QAccessible.queryAccessibleInterface(view)
        if not isinstance(plain, TranscriptInterface):
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(plain))


def rows_changed(view: OrderingTranscript) -> None:
    """Messages came or went."""
    if QAccessible.isActive() and view in _watched:
        QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))


_NOTE = re.compile(r"\[\^[^\]\s]+\]:? ?")


class Announcer(QObject):
    """Says politely what happens: finished sentences of a running answer, and how it ended."""

    def __init__(self, view: OrderingTranscript) -> None:
        super().__init__(view)
        self._transcript = view
        self._said: dict[str, int] = {}
        self._streaming: set[str] = set()
        self._last = 0.0
        self._rows: dict[int, None] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._say_sentences)

    @property
    def _heard(self) -> bool:
        return QAccessible.isActive() and self._transcript.isVisible()

    def start_over(self) -> None:
        self._said.clear()
        self._streaming.clear()

    def more_came(self, rows: Sequence[int]) -> None:
        """Rows have more text; the last one that streams is spoken."""
        model = self._transcript.model()
        for row in rows:
            if row < len(model.turns) and self._transcript.is_streaming(row):
                self._streaming.add(model.turns[row].last)
                self._rows[row] = None
        if self._rows and self._heard and not self._later.isActive():
            wait = max(0.0, PAUSE_SECONDS - (monotonic() - self._last))
            self._later.start(round(wait * 1000))

    def _say_sentences(self) -> None:
        from studio.domain.markdown_parser import parse
        from studio.domain.markdown_text import plain_text, sentences

        rows, self._rows = list(self._rows), {}
        model = self._transcript.model()
        for row in rows:
            if row >= len(model.turns):
                continue
            text, turn = model.text(row), model.turns[row]
            said = self._said.get(turn.id, 0)
            parts = list(sentences(text[said:]))
            whole = "".join(parts[:-1] if self._transcript.is_streaming(row) else parts)
            if whole.strip():
                self._said[turn.id] = said + len(whole)
                # Marks of Markdown are for the eye; those of notes point to what came not yet.
                words = _NOTE.sub("", plain_text(parse(whole))).strip()
                if words:
                    self.say(words)

    def states_changed(self, rows: Iterable[int]) -> None:
        """Answers that streamed may have ended."""
        model = self._transcript.model()
        for row in rows:
            if row >= len(model.turns):
                continue
            turn = model.turns[row]
            if turn.last in self._streaming and model.state(row) is not MessageState.STREAMING:
                self._streaming.discard(turn.last)
                if self._heard:
                    self._rows[row] = None
                    self._say_sentences()
                    self.say(self._transcript.state_words(row) or tr("Answer complete"))

    def say_row(self, row: int) -> None:
        """A whole message."""
        model = self._transcript.model()
        item = self._transcript.item(row)
        words = item.spoken() if item is not None else model.text(row)
        self.say(f"{model.author(row)}: {words}")

    def say(self, words: str) -> None:
        """Announce politely: after what is being said."""
        self._last = monotonic()
        event = QAccessibleAnnouncementEvent(self._transcript, words)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
        QAccessible.updateAccessibility(event)

    def focus_moved(self) -> None:
        """The keyboard is on another message or control."""
        view = self._transcript
        if not QAccessible.isActive() or not view.hasFocus():
            return
        interface = QAccessible.queryAccessibleInterface(view)
        child = interface.focusChild() if interface is not None else None
        inner = child.focusChild() if child is not None else None
        target = inner or child
        if target is not None:
            event = QAccessibleEvent(target, QAccessible.Event.Focus)
            QAccessible.updateAccessibility(event)

    def stop(self) -> None:
        self._later.stop()

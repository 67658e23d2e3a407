"""The way of Tab through a window: as it is read, whenever its parts were made.

Qt's own order is that of making. Panes make many parts when they are first needed (facets, side columns, the
pill of the jobs), and Tab would jump from the form to the top of the window and back.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QGridLayout,
    QLayout,
    QScrollArea,
    QSplitter,
    QWidget,
)


def step(root: QWidget, forwards: bool) -> bool:
    """Move the focus to the next control of `root`, or the one before; round at the ends.

    Returns:
        Whether there was one.
    """
    order = list(in_order(root))
    at, focused = _place(order, root)
    ways = [*order[at + 1 :], *order[: at + 1]] if forwards else [*order[:at][::-1], *order[at:][::-1]]
    reason = Qt.FocusReason.TabFocusReason if forwards else Qt.FocusReason.BacktabFocusReason
    for widget in ways:
        if widget is not focused and _is_stop(widget):
            # What Qt's own way of Tab does: views show where they are only while keys are used.
            root.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            widget.setFocus(reason)
            return True
    return False


def _place(order: list[QWidget], root: QWidget) -> tuple[int, QWidget | None]:
    """Where the focus is, and what has it; parts of a control count as the control."""
    widget = focused = root.window().focusWidget()
    while widget is not None and widget is not root:
        if widget in order:
            return order.index(widget), focused
        widget = widget.parentWidget()
    return -1, focused


def in_order(root: QWidget) -> Iterator[QWidget]:
    """What shows in `root`, each before what is in it: in the order of the layouts, grids by rows."""
    for part in _parts(root):
        if part.isHidden():
            continue
        yield part
        # What is inside these is their own.
        if not isinstance(part, QAbstractItemView | QAbstractSpinBox):
            yield from in_order(part)


def stops(root: QWidget) -> list[QWidget]:
    """Where Tab stops in `root`, in order."""
    return [widget for widget in in_order(root) if _is_stop(widget)]


def regions(root: QWidget) -> list[QWidget]:
    """The parts of `root` that stand beside each other and hold controls, as they are read: what F6 goes
    through."""
    while True:
        parts = [part for part in _parts(root) if not part.isHidden() and (_is_stop(part) or stops(part))]
        if len(parts) != 1 or isinstance(parts[0], QAbstractItemView):
            return parts or [root]
        root = parts[0]


def places(parts: Sequence[QWidget | None]) -> list[tuple[QWidget, QWidget]]:
    """Those of these parts that hold controls, each with the first of them."""
    found = [(part, [part] if _is_stop(part) else stops(part)) for part in parts if part is not None]
    return [(part, controls[0]) for part, controls in found if controls]


def go_on(window: QWidget, places: Sequence[tuple[QWidget, QWidget]], by: int) -> None:
    """Move the focus to the next part of the window, or the one before; round at the ends.

    Args:
        places: the parts, each with what takes the focus there.
    """
    focused = window.focusWidget()
    within = [
        n for n, (part, _stop) in enumerate(places)
        if focused is not None and (part is focused or part.isAncestorOf(focused))
    ]  # fmt: skip
    at = within[-1] if within else (-1 if by > 0 else 0)
    if places:
        places[(at + by) % len(places)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)


class OneStop(QObject):
    """Makes one stop of Tab of several controls that belong together; the arrow keys go from one to the next.

    Tab comes back to where it was. Left and right do what up and down do where `sideways`.
    """

    def __init__(self, owner: QWidget, *, sideways: bool = False) -> None:
        super().__init__(owner)
        self._parts: list[QWidget] = []
        self._at: QWidget | None = None
        self._ways: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if sideways:
            self._ways |= {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}

    def hold(self, parts: Sequence[QWidget]) -> None:
        """These, in the order in which the arrow keys go through them."""
        for part in self._parts:
            _together.pop(part, None)
        self._parts = list(parts)
        for part in parts:
            _together[part] = self
            part.installEventFilter(self)

    def stop(self) -> QWidget | None:
        """Where Tab stops: where the focus was last, or the first that can have it."""
        ready = self._ready()
        here = next((part for part in ready if part.window().focusWidget() is part), self._at)
        return here if here in ready else next(iter(ready), None)

    def _ready(self) -> list[QWidget]:
        return [
            part for part in self._parts
            if shiboken6.isValid(part) and part.isEnabled() and part.isVisible()
        ]  # fmt: skip

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._at = watched
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        ready = self._ready()
        if watched not in ready or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        at = ready.index(watched)  # pyright: ignore[reportArgumentType]  # one of them, see above
        if event.key() == Qt.Key.Key_Home:
            at = 0
        elif event.key() == Qt.Key.Key_End:
            at = len(ready) - 1
        elif event.key() in self._ways:
            at = min(max(at + self._ways[event.key()], 0), len(ready) - 1)
        else:
            return False
        self._at = ready[at]
        ready[at].setFocus(Qt.FocusReason.TabFocusReason)
        _bring_into_sight(ready[at])
        return True


_together: weakref.WeakKeyDictionary[QWidget, OneStop] = weakref.WeakKeyDictionary()


def _bring_into_sight(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()


def _is_stop(widget: QWidget) -> bool:
    if not widget.isEnabled() or widget.focusProxy() is not None:
        return False
    # Qt takes choices off the way of Tab, and forgets to put back the one that is chosen by other means.
    takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus or len(_choices(widget)) > 1
    return bool(takes_tab) and not stands_back(widget)


def is_empty_list(widget: QWidget) -> bool:
    """A list without rows: there is nothing to do in it, nor anything to show that the keyboard is there."""
    if not isinstance(widget, QAbstractItemView):
        return False
    model = widget.model()
    return model is None or model.rowCount(widget.rootIndex()) == 0


def stands_back(widget: QWidget) -> bool:
    """Tab stops once at a group, and arrow keys go through it: at the chosen one of exclusive choices, else
    at the one that had the focus last. It passes empty lists.
    """
    if is_empty_list(widget):
        return True
    held = _together.get(widget)
    if held is not None and shiboken6.isValid(held):
        return held.stop() is not widget
    choices = _choices(widget)
    if not choices:
        return False
    chosen = next((choice for choice in choices if choice.isChecked()), None)
    ready = (choice for choice in choices if choice.isVisible() and choice.isEnabled())
    return widget is not (chosen or next(ready, None))


def _choices(widget: QWidget) -> list[QAbstractButton]:
    """The buttons of which only one can be on, this one among them; none where it stands for itself."""
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable():
        return []
    group = widget.group()
    if group is not None:
        return group.buttons() if group.exclusive() else []
    parent = widget.parentWidget()
    if not widget.autoExclusive() or parent is None:
        return []
    return [
        other for other in parent.children()
        if isinstance(other, QAbstractButton) and other.autoExclusive() and other.group() is None
    ]  # fmt: skip


def _parts(parent: QWidget) -> list[QWidget]:
    """The children: those in the layout first, then those that lie over them."""
    if isinstance(parent, QSplitter):
        return [part for at in range(parent.count()) for part in _and_handle(parent, at)]
    if isinstance(parent, QScrollArea):
        return [inside] if (inside := parent.widget()) is not None else []
    layout = parent.layout()
    laid = list(_laid(layout)) if layout is not None else []
    known = set(laid)
    over = [child for child in parent.children() if isinstance(child, QWidget) and child not in known]
    return laid + [child for child in over if not child.isWindow()]


def _and_handle(splitter: QSplitter, at: int) -> list[QWidget]:
    """A panel with what drags it before it; the first has none."""
    parts = ([splitter.handle(at)] if at else []) + [splitter.widget(at)]
    return [part for part in parts if part is not None]


def _laid(layout: QLayout) -> Iterator[QWidget]:
    order = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        order.sort(key=lambda at: layout.getItemPosition(at)[:2])  # pyright: ignore[reportIndexIssue]  # a tuple: row, column, spans
    for at in order:
        item = layout.itemAt(at)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _laid(inner)

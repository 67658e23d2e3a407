"""The way of Tab through a window: as it is read, whenever its parts were made.

Qt's own order is that of making. Panes make many parts when they are first needed (facets, side columns, the
pill of the jobs), and Tab would jump from the form to the top of the window and back.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
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


def _is_stop(widget: QWidget) -> bool:
    takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
    return bool(takes_tab) and widget.isEnabled() and not stands_back(widget)


def stands_back(widget: QWidget) -> bool:
    """Tab stops once at a group of exclusive choices: at the chosen one. Arrow keys go to the others."""
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable() or widget.isChecked():
        return False
    group = widget.group()
    if group is not None:
        return group.exclusive() and group.checkedButton() is not None
    parent = widget.parentWidget()
    return (
        widget.autoExclusive()
        and parent is not None
        and any(
            other.autoExclusive() and other.isChecked() and other.group() is None
            for other in parent.children()
            if isinstance(other, QAbstractButton)
        )
    )


def _parts(parent: QWidget) -> list[QWidget]:
    """The children: those in the layout first, then those that lie over them."""
    if isinstance(parent, QSplitter):
        return [part for at in range(parent.count()) if (part := parent.widget(at)) is not None]
    if isinstance(parent, QScrollArea):
        return [inside] if (inside := parent.widget()) is not None else []
    layout = parent.layout()
    laid = list(_laid(layout)) if layout is not None else []
    known = set(laid)
    over = [child for child in parent.children() if isinstance(child, QWidget) and child not in known]
    return laid + [child for child in over if not child.isWindow()]


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

"""Painting from right to left.

Layouts mirror by themselves; what a widget paints is written from left to right. In a language that is
written from right to left `painter_for` turns the whole painter around, and what must not be turned is set
upright again where it is painted: texts, and icons without a direction. Pictures and time keep their way:
their widgets ask for a painter that is not turned. Places of the pointer are turned by `from_start`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QMargins, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.core.i18n import right_to_left

MIRRORED: Final = right_to_left()
"""Whether the window is read from right to left; the language does not change while the program runs."""
DIRECTED: Final = frozenset(
    {"arrow-left", "arrow-right", "chevron-left", "chevron-right", "sidebar", "sidebar-right", "sign-in",
     "sign-out", "open-outside", "list", "use-all", "redo"}
)  # fmt: skip
"""Icons that point somewhere along a line."""


def turn(painter: QPainter, width: float) -> None:
    """Let what is painted from the left come from the right, in a widget so wide."""
    painter.translate(width, 0)
    painter.scale(-1, 1)


def is_turned(painter: QPainter) -> bool:
    """Whether `turn` was called on it."""
    return MIRRORED and painter.worldTransform().m11() < 0


@contextmanager
def upright(painter: QPainter, rect: QRectF) -> Iterator[None]:
    """Paint into `rect` of a turned painter as if it were not turned."""
    middle = rect.center().x()
    painter.save()
    painter.translate(2 * middle, 0)
    painter.scale(-1, 1)
    try:
        yield
    finally:
        painter.restore()


def from_start(widget: QWidget, x: float) -> float:
    """How far a place is from the side where reading begins."""
    return widget.width() - x if MIRRORED else x


def placed(widget: QWidget, rect: QRect) -> QRect:
    """Where a part goes that stands at `rect` when reading begins at the left."""
    if not MIRRORED:
        return rect
    return QRect(widget.width() - rect.x() - rect.width(), rect.y(), rect.width(), rect.height())


def margins(start: int, top: int, end: int, bottom: int) -> QMargins:
    """Margins for a layout, from where reading begins: layouts mirror what is in them, not their margins."""
    return QMargins(end, top, start, bottom) if MIRRORED else QMargins(start, top, end, bottom)


def within(outer: QRect, part: QRect) -> QRect:
    """Where a part of a cell goes that stands at `part` when reading begins at the left."""
    if not MIRRORED:
        return part
    return QRect(outer.left() + outer.right() - part.right(), part.y(), part.width(), part.height())


def in_row(row: QRectF, point: QPointF) -> QPointF:
    """Where a place of the pointer lies in a row that is painted as if reading began at the left."""
    return QPointF(row.left() + row.right() - point.x(), point.y()) if MIRRORED else point

"""A layer over the whole window: what popovers and dialogs stand on.

It lies inside the window instead of being a window of its own: it needs no compositor for round corners and
shadows, works offscreen, and no nested event loop or grab is involved.
"""

from __future__ import annotations

import weakref

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui import tab_order
from studio.ui.measures import keep_air
from studio.ui.theme import Radius, Size, Space
from studio.ui.widgets.base import Themed, paint_box, paint_shadow, painter_for
from studio.ui.widgets.roles import Role, set_role


class Overlay(Themed, QWidget):
    """Covers the window of `owner`, keeps the focus inside, and gives it back when it goes.

    Escape dismisses it. `dismissed` is emitted once each time it goes, however that came.
    """

    dismissed = Signal()

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner.window())
        self._before: weakref.ref[QWidget] | None = None
        self._open = False
        set_role(self, Role.Dialog)
        self.hide()
        owner.window().installEventFilter(self)

    def present(self, focus: QWidget | None = None) -> None:
        """Cover the window and move the focus to `focus`, or to the first control inside."""
        focused = QApplication.focusWidget()
        self._before = weakref.ref(focused) if focused is not None else None
        self._open = True
        self._cover()
        self.raise_()
        self.show()
        first = focus or next(iter(self.stops()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)
        else:
            self.setFocus()

    def dismiss(self) -> None:
        """Go away and give the focus back."""
        before = self._before() if self._before is not None else None
        self._before = None
        # Before hiding: Qt would look for a next focus of its own otherwise.
        if self._open and before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()

    def arrange(self) -> None:
        """Place what stands on the layer; called when the window changes its size."""

    def stops(self) -> list[QWidget]:
        """The controls inside that Tab stops at, in order."""
        return tab_order.stops(self)

    def _cover(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
            self.arrange()

    def retheme(self) -> None:
        super().retheme()
        if self._open:
            QTimer.singleShot(0, self, self._arrange_again)  # when all that stands on it has its new font

    def _arrange_again(self) -> None:
        if self._open:
            self.arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._open:
            self._cover()
        return False

    def event(self, event: QEvent) -> bool:
        # The shortcuts of the window behind must not act while something stands before it; Help may be asked
        # for everywhere, and opens beside it.
        if event.type() == QEvent.Type.ShortcutOverride and not _asks_for_help(event):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab stays inside, and goes as it is read."""
        tab_order.step(self, forwards)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self._open or event.spontaneous():
            return
        self._open = False
        self.dismissed.emit()


def _asks_for_help(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.HelpContents)


class Panel(Themed, QWidget):
    """The rounded surface that floats over the window; its shadow lies in the margins around `inner`."""

    def __init__(self, parent: QWidget, padding: int | None = None) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        edge = Size.SHADOW + (Space.SM if padding is None else padding)
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(Space.SM)
        keep_air(self.body)  # its margins hold the shadow

    def inner(self) -> QRect:
        """The surface without its shadow, in the panel's own coordinates."""
        edge = Size.SHADOW
        return self.rect().adjusted(edge, edge, -edge, -edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        rect = self.inner().toRectF()
        paint_shadow(painter, rect, Radius.CARD)
        paint_box(painter, rect, t.surface, t.border, Radius.CARD)

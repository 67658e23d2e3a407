"""Structure of a page: splitters, folding sections, drop zones, flowing chips."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QApplication,
    QLayout,
    QLayoutItem,
    QSizePolicy,
    QSplitter,
    QSplitterHandle,
    QWidget,
)

from studio.core.i18n import tr
from studio.ui.icons import paint_icon
from studio.ui.theme import BORDER, DISABLED, FOCUS_BORDER, Radius, Size, Space, Theme, faded
from studio.ui.widgets.base import (
    Focusable,
    Glide,
    name_widget,
    paint_box,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import PaintedButton
from studio.ui.widgets.roles import Role, set_role


class Splitter(QSplitter):
    """Panels with a line between them that drags; panels do not collapse by accident."""

    def __init__(
        self, orientation: Qt.Orientation = Qt.Orientation.Horizontal, parent: QWidget | None = None
    ) -> None:
        super().__init__(orientation, parent)
        # At one pixel Qt widens the area that can be grabbed on its own.
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        return _Handle(self.orientation(), self)


class _Handle(Focusable, QSplitterHandle):
    """The line between two panels: the arrow keys move it, too."""

    ring_always = True

    def __init__(self, orientation: Qt.Orientation, splitter: QSplitter) -> None:
        super().__init__(orientation, splitter)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_role(self, Role.Splitter)
        name_widget(self, tr("Size of the parts"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across = self.orientation() == Qt.Orientation.Horizontal
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right) if across else (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() not in keys:
            super().keyPressEvent(event)
            return
        at = self.pos().x() if across else self.pos().y()
        self.moveSplitter(at + (Space.LG if event.key() == keys[1] else -Space.LG))


class Disclosure(PaintedButton):
    """A line that unfolds what is under it: "More options" with "3 changed" at the right.

    `toggled` tells; `content` is shown and hidden with it.
    """

    def __init__(
        self, text: str, detail: str = "", *, content: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._detail = detail
        self._glide = Glide(self, self.update)
        self.setText(text)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, text)
        self.toggled.connect(lambda on: self._glide.to(float(on)))
        if content is not None:
            content.setVisible(False)
            self.toggled.connect(content.setVisible)

    def set_detail(self, detail: str) -> None:
        self._detail = detail
        self.setAccessibleDescription(detail)
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = text_width(self.text(), theme.font()) + text_width(self._detail, theme.font())
        return QSize(round(width) + theme.px(Size.ICON) + Space.XL, theme.px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if self.ring_visible:
            paint_box(painter, self.rect().toRectF(), None, t.focus, Radius.CONTROL, FOCUS_BORDER)
        ink = t.text if self.underMouse() else t.text2
        if not self.isEnabled():
            ink = faded(t.text, DISABLED)
        side = theme.px(Size.ICON_SMALL)
        middle = self.height() / 2
        painter.save()
        painter.translate(Space.XS + side / 2, middle)
        painter.rotate(90 * self._glide.at)
        paint_icon(painter, "chevron-right", QRectF(-side / 2, -side / 2, side, side), ink)
        painter.restore()
        left = Space.XS + side + Space.SM
        words = QRectF(left, 0, self.width() - left - Space.XS, self.height())
        paint_text(painter, words, self.text(), theme.font(), ink)
        if self._detail:
            font = theme.font(tabular=True)
            paint_text(painter, words, self._detail, font, t.text2, Qt.AlignmentFlag.AlignRight)


class DropZone(PaintedButton):
    """A dashed box that takes files by dropping, pasting (Ctrl+V while focused) and, when pressed, choosing.

    `dropped` carries a QMimeData that `accepts` agreed to; it is valid only during the call.
    """

    dropped = Signal(object)

    def __init__(
        self,
        text: str,
        icon: str = "",
        *,
        accepts: Callable[[object], bool] = bool,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._accepts = accepts
        self._over = False
        self.setText(text)
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, name or text)

    def ring_radius(self) -> float:
        return Radius.LARGE

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        extra = theme.px(Size.ICON_LARGE) + Space.SM if self._icon else 0
        return QSize(theme.px(Size.POPOVER_MIN), theme.px(Size.DROP) + extra)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.LABEL_COLUMN), self.sizeHint().height())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._accepts(event.mimeData()):
            event.acceptProposedAction()
            self._over = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._over = False
        self.update()
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            data = QApplication.clipboard().mimeData()
            if self._accepts(data):
                self.dropped.emit(data)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        lively = self._over or self.isDown()
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        fill = t.accent_soft if lively else t.raised if self.underMouse() else None
        edge = t.accent if lively else t.focus if self.ring_visible else t.border_strong
        half = BORDER / 2
        pen = QPen(edge, FOCUS_BORDER if self.ring_visible or lively else BORDER)
        if not self.ring_visible:
            pen.setDashPattern([Space.XS, Space.XS])
        painter.setPen(pen)
        painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(
            self.rect().toRectF().adjusted(half, half, -half, -half), Radius.LARGE, Radius.LARGE
        )
        ink = t.accent_text if lively else t.text2
        line, side = theme.line_height(), theme.px(Size.ICON_LARGE)
        total = line + (side + Space.XS if self._icon else 0)
        top = (self.height() - total) / 2
        if self._icon:
            paint_icon(painter, self._icon, QRectF((self.width() - side) // 2, round(top), side, side), ink)
            top += side + Space.XS
        words = QRectF(Space.SM, top, self.width() - 2 * Space.SM, line)
        paint_text(painter, words, self.text(), theme.font(), ink, Qt.AlignmentFlag.AlignHCenter)


FLOW_LEAST = 120
"""A line of chips asks for no more width than this, in pixels at 100 % font size."""


class FlowLayout(QLayout):
    """Widgets one after the other, breaking into lines like words: for chips and tags.

    One that is wider than the whole line gets the line: a name of any length does not widen what it is in.
    """

    def __init__(self, parent: QWidget | None = None, spacing: int | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self.setSpacing(Space.SM if spacing is None else spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # Qt wants None past the end
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # Qt wants None past the end
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def minimumSize(self) -> QSize:
        size = self.sizeHint()
        return size.boundedTo(QSize(Theme.current().px(FLOW_LEAST), size.height()))

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            hint = item.sizeHint()
            hint.setWidth(min(hint.width(), max(rect.width(), 0)))
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self.spacing()
            line = max(line, hint.height())
        return y + line - rect.y()

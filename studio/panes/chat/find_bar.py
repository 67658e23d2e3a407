"""Find in the open conversation: a field over the transcript, with steps to the next and the one before."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Radius, Space, Theme
from studio.ui.widgets.base import Themed, name_widget, paint_box, paint_shadow, painter_for
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.text import Label

WIDTH = 380
TYPING_MS = 120


class FindBar(Themed, QWidget):
    """Enter goes on, Shift+Enter goes back, Escape closes.

    Signals:
        wanted(text, step): 0 looks from where the view is, +1 and -1 go on from the last hit; `closed`.
    """

    wanted = Signal(str, int)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        name_widget(self, tr("Find in this chat"))
        self.field = SearchField(tr("Find in this chat"), tr("Find in this chat"))
        self.count = Label("", "caption", "text2", tabular=True)
        before = IconButton("chevron-up", tr("Hit before"))
        after = IconButton("chevron-down", tr("Next hit"))
        close = IconButton("close", tr("Close"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(lambda: self._want(0))
        self.field.textChanged.connect(lambda _text: self._typing.start())
        self.field.installEventFilter(self)
        before.clicked.connect(lambda: self._want(-1))
        after.clicked.connect(lambda: self._want(1))
        close.clicked.connect(self.leave)
        edge = 2 * Space.SM
        row = QHBoxLayout(self)
        row.setContentsMargins(edge, edge, edge, edge)
        row.setSpacing(Space.XS)
        row.addWidget(self.field, 1)
        for part in (self.count, before, after, close):
            row.addWidget(part)
        self.hide()

    def open(self) -> None:
        """Show it and select what was looked for last."""
        self.show()
        self.raise_()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.field.text():
            self._want(0)

    def leave(self) -> None:
        """Close; the marks go."""
        self._typing.stop()
        self.hide()
        self.wanted.emit("", 0)
        self.closed.emit()

    def show_found(self, at: int, count: int) -> None:
        """Which message with a hit is shown, from 1, and how many there are."""
        words = (
            tr("{at} of {count}", at=at, count=count) if count else tr("no hit") if self.field.text() else ""
        )
        self.count.setText(words)
        self.field.setAccessibleDescription(words)

    def _want(self, step: int) -> None:
        self._typing.stop()
        self.wanted.emit(self.field.text(), step)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self._want(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return False

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        rect = self.rect().toRectF().adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
        paint_shadow(painter, rect, Radius.CARD, Space.SM)
        paint_box(painter, rect, t.surface, t.border, Radius.CARD)

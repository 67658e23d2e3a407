"""The pill over the transcript that leads down to what is new."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio.core.i18n import tr, trn
from studio.ui.theme import Size, Space, Theme
from studio.ui.transcript.look import Look
from studio.ui.widgets.base import name_widget


class NewLinesPill(QAbstractButton):
    """ "5 new lines" with an arrow; an arrow alone where nothing is new."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines = 0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Tab belongs to the messages; End does what the pill does.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_lines(0)
        self.hide()

    @property
    def lines(self) -> int:
        return self._lines

    def set_lines(self, lines: int) -> None:
        """How many lines came in below the window."""
        self._lines = lines
        self.setText(trn("{n} new line", "{n} new lines", lines) if lines else "")
        name_widget(self, tr("Go to the end"))
        self.setAccessibleDescription(self.text())
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        look = Look(Theme.current())
        words = look.width(self.text(), look.body) + Space.SM if self.text() else 0
        return QSize(round(words + look.icon + 2 * Space.MD), look.control)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = Look(Theme.current())
        t = look.tokens
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill = t.hover if self.underMouse() else t.surface
        look.panel(painter, box, fill, t.border_strong, radius=box.height() / 2)
        x = float(Space.MD)
        look.icon_at(
            painter, "arrow-down", QRectF(x, 0, look.icon, box.height()), t.text, look.px(Size.ICON_SMALL)
        )
        x += look.icon + Space.SM
        look.text(painter, QRectF(x, 0, box.width() - x, box.height()), self.text(), look.body, t.text)

"""A column that scrolls: its scroll bar lies in the column's margin, so nothing moves when it appears."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QScrollBar, QVBoxLayout, QWidget

from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import clear_viewport

STEP = 20


class ScrollColumn(QScrollArea):
    """A vertical scroll area without a frame; put content into `column`.

    The bar that shows lies over the right margin and is not the area's own. That one would take its width
    from the content, and where content is lower when it is narrower, as a picture is, the bar would come and
    go within itself until the stack is full.

    Args:
        margins: around the content; the right one is where the scroll bar shows.
    """

    def __init__(
        self, margins: QMargins | None = None, spacing: int = Space.LG, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        clear_viewport(self)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setSpacing(spacing)
        self.column.setContentsMargins(margins or QMargins(Space.LG, Space.LG, Space.LG, Space.LG))
        self.setWidget(content)
        content.setAutoFillBackground(False)
        self._own = QScrollBar(Qt.Orientation.Vertical, self)
        self.setVerticalScrollBar(self._own)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.bar.hide()
        self._own.rangeChanged.connect(self._follow)
        self._own.valueChanged.connect(self.bar.setValue)
        self.bar.valueChanged.connect(self._own.setValue)

    def _follow(self, low: int, high: int) -> None:
        self.bar.setRange(low, high)
        self.bar.setPageStep(self.height())
        self.bar.setSingleStep(STEP)
        self.bar.setValue(self._own.value())
        self.bar.setVisible(high > low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = Theme.current().px(Size.SCROLL_BAR)
        self.bar.setGeometry(self.width() - width, 0, width, self.height())
        self.bar.setPageStep(self.height())
        self.bar.raise_()

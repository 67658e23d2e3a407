"""A column that scrolls: its scroll bar lies in the column's margin, so nothing moves when it appears."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt
from PySide6.QtWidgets import QScrollArea, QScrollBar, QVBoxLayout, QWidget

from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import clear_viewport


class ScrollColumn(QScrollArea):
    """A vertical scroll area without a frame; put content into `column`.

    Args:
        margins: around the content; the right one makes room for the scroll bar while it shows.
    """

    def __init__(
        self, margins: QMargins | None = None, spacing: int = Space.LG, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._margins = margins or QMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        clear_viewport(self)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setSpacing(spacing)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        bar = QScrollBar(Qt.Orientation.Vertical, self)
        bar.rangeChanged.connect(self._fit)
        self.setVerticalScrollBar(bar)
        self._fit(0, 0)

    def _fit(self, low: int, high: int) -> None:
        bar = Theme.current().px(Size.SCROLL_BAR) if high > low else 0
        m = self._margins
        self.column.setContentsMargins(m.left(), m.top(), max(m.right() - bar, 0), m.bottom())

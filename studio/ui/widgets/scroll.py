"""A column that scrolls: its scroll bar lies in the column's margin, so nothing moves when it appears.

The bar is always there and shows only while there is something to scroll: disabled, it paints nothing. One
that comes and goes would change the width of what scrolls, and with text that wraps Qt then lays out back and
forth until the stack is full.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, Qt
from PySide6.QtWidgets import QScrollArea, QScrollBar, QVBoxLayout, QWidget

from studio.ui.measures import air_of, usual_air
from studio.ui.mirror import margins
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import clear_viewport


class ScrollColumn(QScrollArea):
    """A vertical scroll area without a frame; put content into `column`.

    Args:
        around: margins of the content, in reading order; the scroll bar lies in the second.
    """

    def __init__(
        self, around: QMargins | None = None, spacing: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        wanted = around or QMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        self._margins = [usual_air(m) for m in (wanted.left(), wanted.top(), wanted.right(), wanted.bottom())]
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        clear_viewport(self)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setSpacing(Space.LG if spacing is None else spacing)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        bar = QScrollBar(Qt.Orientation.Vertical, self)
        bar.setEnabled(False)
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        self.setVerticalScrollBar(bar)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        bar = Theme.current().px(Size.SCROLL_BAR)
        left, top, right, bottom = (air_of(margin) for margin in self._margins)
        self.column.setContentsMargins(margins(left, top, max(right - bar, 0), bottom))

"""The pane's sections: their names at the left, or in a row on top where the window is narrow."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import TabButton
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import Surface

WIDEST: Final = 1160
"""Of a section's content at 100 % font size."""
SIDE: Final = 200
BESIDE: Final = 1000
"""Below this width, at 100 % font size, the names stand on top."""


class SectionPage(Surface):
    """One section: a column in the middle that scrolls. What it shows goes into `column`."""

    resized = Signal(int)
    """The content's new width in pixels, margins not counted."""

    def __init__(self) -> None:
        super().__init__("bg")
        self._area = ScrollColumn(QMargins(Space.XL, Space.LG, Space.XL, Space.XL))
        middle = QWidget()
        self._content = QWidget(middle)
        self.column = QVBoxLayout(self._content)
        self.column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self.column.setSpacing(Space.LG)
        row = QHBoxLayout(middle)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        # Stretches, not alignment: the height is then asked for at the content's width, not at the window's.
        row.addStretch(1)
        row.addWidget(self._content, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self._area.column.addWidget(middle)
        self._area.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        outer.addWidget(self._area)

    @property
    def content_width(self) -> int:
        """How wide the content is, in pixels."""
        return min(self.width() - 2 * Space.XL, Theme.current().px(WIDEST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Use the width there is."""
        width = self.content_width
        self._content.setFixedWidth(max(width, 0))
        self.resized.emit(width)


class Sections(Surface):
    """Names and pages. `chosen` tells the id of the section that is shown from now on."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("bg")
        self.tabs: dict[str, TabButton] = {}
        self.pages: dict[str, SectionPage] = {}
        self._stack = QStackedWidget()
        self._bar = Surface("surface", "right")
        name_widget(self._bar, tr("Sections of the account"))
        self._names = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._bar)
        self._names.setSpacing(Space.XS)
        self._names.addStretch(1)
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._beside.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._beside.setSpacing(Space.NONE)
        self._beside.addWidget(self._bar)
        self._beside.addWidget(self._stack, 1)

    def add(self, section: str, title: str, icon: str) -> SectionPage:
        """One more section after the others; the first is shown."""
        page = SectionPage()
        tab = TabButton(title, icon, wide=True)
        tab.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        tab.clicked.connect(lambda: self.choose(section))
        self.tabs[section], self.pages[section] = tab, page
        self._names.insertWidget(self._names.count() - 1, tab)
        self._stack.addWidget(page)
        if len(self.pages) == 1:
            tab.setChecked(True)
        self._arrange()
        return page

    @property
    def current(self) -> str:
        """The section that is shown."""
        return list(self.pages)[self._stack.currentIndex()]

    def choose(self, section: str) -> None:
        """Show a section. KeyError for an unknown one."""
        self.tabs[section].setChecked(True)
        if self.current == section:
            return
        self._stack.setCurrentWidget(self.pages[section])
        self.chosen.emit(section)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def retheme(self) -> None:
        super().retheme()
        self._arrange()
        for page in self.pages.values():
            page.arrange()

    def _arrange(self) -> None:
        theme = Theme.current()
        beside = self.width() >= theme.px(BESIDE)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._beside.setDirection(across if beside else down)
        self._names.setDirection(down if beside else across)
        self._bar.set_edge("right" if beside else "bottom")
        side = Space.LG if beside else Space.XL
        edge = Space.LG if beside else Space.SM
        self._names.setContentsMargins(side, edge, side, edge)
        share = (self.width() - 2 * side) // max(len(self.tabs), 1) - Space.XS
        for tab in self.tabs.values():
            tab.setFixedWidth(
                theme.px(SIDE) - 2 * side if beside else max(min(tab.sizeHint().width(), share), 1)
            )

"""Preferences: look, files, money, connection. Every change applies and is saved at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.shell.host import CommandTable
from studio.shell.preference_pages import PAGES, Page
from studio.ui.mirror import MIRRORED
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import name_widget, painter_for
from studio.ui.widgets.buttons import IconButton, TabButton
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.popover import Panel
from studio.ui.widgets.surfaces import Divider
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

WIDTH: Final = 760
HEIGHT: Final = 480
SIDE: Final = 180


def open_preferences(
    window: QWidget, services: Services, commands: CommandTable, section: str = "look"
) -> PreferencesSheet:
    """Open the preferences over the window, on a section: look, files, money or connection."""
    sheet = PreferencesSheet(window, services, commands)
    sheet.choose(section)
    sheet.present(sheet.tabs[section])
    return sheet


class PreferencesSheet(Overlay):
    """Sections at the left, their settings at the right. Escape or the cross closes: all is saved already."""

    def __init__(self, window: QWidget, services: Services, commands: CommandTable) -> None:
        super().__init__(window)
        name_widget(self, tr("Preferences"))
        self.panel = Panel(self, Space.NONE)
        self.tabs: dict[str, TabButton] = {}
        self.pages: dict[str, Page] = {}
        self._stack = QStackedWidget()
        self._side = QVBoxLayout()
        self._side.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        self._side.setSpacing(Space.XS)
        heading = Label(tr("Preferences"), "title")
        heading.setContentsMargins(Space.MD, Space.NONE, Space.NONE, Space.SM)
        self._side.addWidget(heading)
        for make in PAGES:
            self._add(make(services, commands.run, self))
        self._side.addStretch(1)
        self._close = IconButton("close", tr("Close"), size="normal", parent=self.panel)
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout()
        row.setSpacing(Space.NONE)
        row.addLayout(self._side)
        row.addWidget(Divider(vertical=True))
        right = QVBoxLayout()
        right.setContentsMargins(Space.NONE, Space.LG, Space.SM, Space.LG)
        right.setSpacing(Space.NONE)
        right.addWidget(self._stack, 1)
        row.addLayout(right, 1)
        self.panel.body.addLayout(row)
        self.dismissed.connect(self.deleteLater)

    def _add(self, page: Page) -> None:
        tab = TabButton(page.title, page.icon, wide=True)
        tab.clicked.connect(lambda: self.choose(page.id))
        self._side.addWidget(tab)
        self.tabs[page.id] = tab
        self.pages[page.id] = page
        self._stack.addWidget(_scrolled(page))

    def choose(self, section: str) -> None:
        """Show a section. KeyError for an unknown one."""
        self.tabs[section].setChecked(True)
        self._stack.setCurrentIndex(list(self.pages).index(section))

    def arrange(self) -> None:
        theme = Theme.current()
        edge = Size.SHADOW
        width = min(theme.px(WIDTH), self.width() - 2 * Space.LG) + 2 * edge
        height = min(theme.px(HEIGHT), self.height() - 2 * Space.LG) + 2 * edge
        for tab in self.tabs.values():
            tab.setFixedWidth(min(theme.px(SIDE), width // 3))
        self.panel.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)
        inner, side = self.panel.inner(), self._close.sizeHint()
        corner = inner.topRight() + QPoint(-side.width() - Space.SM, Space.SM)
        if MIRRORED:
            corner = inner.topLeft() + QPoint(Space.SM, Space.SM)
        self._close.setGeometry(QRect(corner, side))
        self._close.raise_()

    def retheme(self) -> None:
        super().retheme()
        if self.isVisible():
            self.arrange()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.inner().contains(self.panel.mapFrom(self, event.position().toPoint())):
            self.dismiss()
        event.accept()

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), Theme.current().px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.scrim)


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(page)
    page.setAutoFillBackground(False)
    return area

"""Preferences: sections, their settings, and a search over all of them. Every change applies and is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.shell.fuzzy import score
from studio.shell.host import CommandTable
from studio.shell.preference_index import keywords
from studio.shell.preference_page import Page, Row
from studio.shell.preference_pages import PAGES
from studio.ui.mirror import MIRRORED
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import name_widget, painter_for
from studio.ui.widgets.buttons import IconButton, TabButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.popover import Panel
from studio.ui.widgets.surfaces import Divider
from studio.ui.widgets.text import Label, Paragraph

if TYPE_CHECKING:
    from studio.services.context import Services

WIDTH: Final = 860
HEIGHT: Final = 580
SIDE: Final = 200
MOST: Final = 12


def open_preferences(
    window: QWidget, services: Services, commands: CommandTable, section: str = "look"
) -> PreferencesSheet:
    """Open the preferences over the window, on a section ("look") or one of its rows ("network/Proxy"); the
    sheet that is open already goes there."""
    shown = [sheet for sheet in window.window().findChildren(PreferencesSheet) if sheet.isVisible()]
    sheet = shown[0] if shown else PreferencesSheet(window, services, commands)
    section, _, row = section.partition("/")
    sheet.choose(section)
    if not shown:
        sheet.present(sheet.tabs[section])
    if row:
        sheet.show_row(section, row)
    return sheet


class Hit(NamedTuple):
    """A row that answers a search."""

    page: Page
    row: Row
    points: float


class PreferencesSheet(Overlay):
    """Sections at the left, their settings at the right. Escape or the cross closes: all is saved already."""

    def __init__(self, window: QWidget, services: Services, commands: CommandTable) -> None:
        super().__init__(window)
        name_widget(self, tr("Preferences"))
        self._services, self.commands = services, commands
        self.panel = Panel(self, Space.NONE)
        self.tabs: dict[str, TabButton] = {}
        self.pages = _Pages(self._make)
        self._stack = QStackedWidget()
        self._areas: dict[str, QScrollArea] = {}
        self.section = ""
        self.found = _Found()
        self._stack.addWidget(_scrolled(self.found))
        self._close = IconButton("close", tr("Close"), size="normal", parent=self.panel)
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout()
        row.setSpacing(Space.NONE)
        row.addLayout(self._side())
        row.addWidget(Divider(vertical=True))
        right = QVBoxLayout()
        right.setContentsMargins(Space.NONE, Space.LG, Space.SM, Space.LG)
        right.setSpacing(Space.NONE)
        right.addWidget(self._stack, 1)
        row.addLayout(right, 1)
        self.panel.body.addLayout(row)
        self.dismissed.connect(self._leave)

    def _leave(self) -> None:
        """What the pages still ask for ends with them."""
        for page in self.pages.values():
            self._services.tasks.cancel_owner(page)
        self.deleteLater()

    def _side(self) -> QVBoxLayout:
        side = QVBoxLayout()
        side.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        side.setSpacing(Space.XS)
        heading = Label(tr("Preferences"), "title")
        heading.setContentsMargins(Space.MD, Space.NONE, Space.NONE, Space.SM)
        side.addWidget(heading)
        self.search = SearchField(tr("Search the preferences"), tr("Search"))
        self.search.textChanged.connect(self._look_for)
        self.search.installEventFilter(self)
        side.addWidget(self.search)
        side.addSpacing(Space.SM)
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.XS)
        for kind in PAGES:
            tab = TabButton(kind.title, kind.icon, wide=True)
            tab.clicked.connect(lambda _on=False, section=kind.id: self.choose(section))
            tab.installEventFilter(self)
            column.addWidget(tab)
            self.tabs[kind.id] = tab
        column.addStretch(1)
        self._tab_area = _scrolled(listed)
        side.addWidget(self._tab_area, 1)
        return side

    def _make(self, section: str) -> Page:
        """Build a page when it is first needed: those of other sections need not be waited for."""
        page = next(kind for kind in PAGES if kind.id == section)(self._services, self._run, self)
        area = _scrolled(page)
        self._areas[section] = area
        self._stack.addWidget(area)
        return page

    def _run(self, command_id: str, argument: str) -> object:
        """A page's command; "preferences.again.…" builds the page once more, for its settings changed."""
        if not command_id.startswith("preferences.again."):
            return self.commands.run(command_id, argument)
        section = command_id.rpartition(".")[2]
        QTimer.singleShot(0, self, lambda: self._build_again(section))
        return None

    def _build_again(self, section: str) -> None:
        area = self._areas.pop(section)
        self._services.tasks.cancel_owner(self.pages.pop(section))
        self.choose(section)
        self._stack.removeWidget(area)
        area.deleteLater()
        self.tabs[section].setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, section: str) -> None:
        """Show a section. KeyError for an unknown one."""
        self.tabs[section].setChecked(True)
        self.pages[section]  # made now, if it was not
        self.section = section
        self.search.clear()
        self._tab_area.ensureWidgetVisible(self.tabs[section])
        self._stack.setCurrentWidget(self._areas[section])

    def show_row(self, section: str, title: str) -> None:
        """Show a section and go to one of its rows."""
        self.choose(section)
        row = self.pages[section].row_of(title)
        if row is None:
            return
        self.pages[section].layout().activate()  # type: ignore[union-attr]
        self._areas[section].ensureWidgetVisible(row.box)
        stops = [stop for stop in self.stops() if row.box.isAncestorOf(stop)]
        if stops:
            stops[0].setFocus(Qt.FocusReason.TabFocusReason)

    # ------------------------------------------------------------------ searching

    def _look_for(self, typed: str) -> None:
        if not typed.strip():
            if self.section in self._areas:
                self._stack.setCurrentWidget(self._areas[self.section])
            return
        self.found.show_hits(self.hits(typed), self.show_row)
        self._stack.setCurrentIndex(0)

    def hits(self, typed: str) -> list[Hit]:
        """Rows that answer what was typed, best first."""
        hits: list[Hit] = []
        for section in self.tabs:
            page = self.pages[section]
            for row in page.rows:
                points = score(typed, row.title)
                about = f"{row.title} {keywords(section, row.title)} {page.title} {row.note.text()}"
                if _holds(about, typed):
                    points = max(points, score(typed, about) / 2)
                if points > 0:
                    hits.append(Hit(page, row, points))
        hits.sort(key=lambda hit: -hit.points)
        return hits[:MOST]

    # ------------------------------------------------------------------ Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if watched is self.search:
                return self._key_of_search(event)
            if event.key() in steps and watched in self.tabs.values():
                names = list(self.tabs)
                at = names.index(next(name for name, tab in self.tabs.items() if tab is watched))
                name = names[(at + steps[Qt.Key(event.key())]) % len(names)]
                self.choose(name)
                self.tabs[name].setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)

    def _key_of_search(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        lines = self.found.lines if self.search.text().strip() else []
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and lines:
            lines[0].click()
            return True
        if event.key() == Qt.Key.Key_Down:
            target: QWidget = lines[0] if lines else self.tabs[self.section]
            target.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False

    def arrange(self) -> None:
        theme = Theme.current()
        edge = Size.SHADOW
        width = min(theme.px(WIDTH), self.width() - 2 * Space.LG) + 2 * edge
        height = min(theme.px(HEIGHT), self.height() - 2 * Space.LG) + 2 * edge
        for control in (self._tab_area, self.search):
            control.setFixedWidth(min(theme.px(SIDE), width // 3))
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


class _Pages(dict[str, Page]):
    """The pages that are built; asking for another builds it."""

    def __init__(self, make: Callable[[str], Page]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, section: str) -> Page:
        page = self[section] = self._make(section)
        return page


class _Found(QWidget):
    """What a search found: a line for each row, with the section it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[TabButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.LG, Space.NONE, Space.LG, Space.SM)
        column.setSpacing(Space.XS)
        heading = Label(tr("Found"), "title")
        heading.setContentsMargins(Space.SM, Space.NONE, Space.NONE, Space.SM)
        column.addWidget(heading)
        self._nothing = Paragraph(tr("Nothing found. Try fewer letters."), tone="text2")
        column.addWidget(self._nothing)
        self._box = QVBoxLayout()
        self._box.setSpacing(Space.XS)
        column.addLayout(self._box)
        column.addStretch(1)

    def show_hits(self, hits: Sequence[Hit], go: Callable[[str, str], None]) -> None:
        for line in self.lines:
            self._box.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = []
        for hit in hits:
            line = TabButton(hit.row.title, hit.page.icon, wide=True)
            line.setCheckable(False)
            line.set_detail(hit.page.title)
            line.clicked.connect(lambda _on=False, hit=hit: go(hit.page.id, hit.row.title))
            self._box.addWidget(line)
            self.lines.append(line)
        self._nothing.setVisible(not hits)


def _holds(text: str, typed: str) -> bool:
    """Whether a text has all that was typed, word by word: notes are long, and letters alone prove little."""
    low = text.casefold()
    return all(word in low for word in typed.casefold().split())


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

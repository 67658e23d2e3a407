"""What the pages with a list share: they ask when they are shown, and tell the time while they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.theme import Space
from studio.ui.widgets.base import Themed

TICK_MS: Final = 20_000
Key = QKeySequence | QKeySequence.StandardKey | Qt.Key


class Opened(Protocol):
    """What asks the services for a page."""

    def open(self) -> None: ...
    def leave(self) -> None: ...
    def stop(self) -> None: ...


class ShownPage(Themed, QWidget):
    """A page under Account; `begin` comes first."""

    def begin(self, presenter: Opened, tick: Callable[[], None]) -> None:
        """Ask through `presenter`; `tick` is called every 20 seconds while the page is shown, so that "just
        now" becomes "a minute ago"."""
        self._opened = presenter
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(tick)

    def stop(self) -> None:
        """The program ends."""
        self._tick.stop()
        self._opened.stop()

    def stack(self, *parts: QWidget) -> None:
        """Put the parts under each other."""
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.LG)
        for part in parts:
            column.addWidget(part)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()
        self._opened.open()

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        self._opened.leave()
        super().hideEvent(event)


def add_key(
    table: QWidget, key: QKeySequence | QKeySequence.StandardKey | Qt.Key, do: Callable[[], None]
) -> None:
    """A key that works while the table has the focus."""
    shortcut = QShortcut(QKeySequence(key), table)
    shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
    shortcut.activated.connect(do)

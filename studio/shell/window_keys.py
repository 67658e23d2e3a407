"""The keys of the commands in the window, which follow the preferences at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from studio.core.settings import Preferences, Settings
from studio.qt_models.bridge import bridge
from studio.shell.host import CommandTable

PALETTE: Final = "app.palette"


class WindowKeys(QObject):
    """Holds a shortcut for each command that has keys, for as long as the window lives.

    Args:
        tell: hears the palette's keys, as they are written here.
    """

    def __init__(
        self,
        window: QWidget,
        settings: Settings,
        commands: CommandTable,
        tell: Callable[[str], None] = lambda _keys: None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._tell = tell
        self._shortcuts: list[QShortcut] = []
        self._changed = settings.values.shortcuts
        bridge(settings.changed, self._follow, self)
        self._set()

    def _follow(self, values: Preferences) -> None:
        if values.shortcuts != self._changed:
            self._changed = values.shortcuts
            self._set()

    def _set(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = []
        for command in self._commands.all():
            if command.id == PALETTE:
                self._tell(QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText))
            if command.shortcut:
                shortcut = QShortcut(QKeySequence(command.shortcut), self._window)
                shortcut.activated.connect(lambda command_id=command.id: self._commands.run(command_id, ""))
                self._shortcuts.append(shortcut)

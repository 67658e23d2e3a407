"""The row of the preferences that chooses the language."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import language, languages, tr
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select

SYSTEM = "system"


def own_name(code: str) -> str:
    """A language as those who speak it call it: "Deutsch"."""
    if code == "en":
        return "English"  # Qt says "American English"
    locale = QLocale(code)
    name = locale.nativeLanguageName() or code
    return name[:1].upper() + name[1:]


class LanguageChoice(QWidget):
    """The languages there are, and a button to start again once another one is chosen.

    Signals:
        changed(code): "system" or a language. `restart`: the button was pressed.
    """

    changed = Signal(str)
    restart = Signal()

    def __init__(self, chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        options = [Option(SYSTEM, tr("As in the system"))]
        options += [Option(code, own_name(code)) for code in languages()]
        self._before = chosen if any(one.value == chosen for one in options) else SYSTEM
        self.select = Select(tr("Language"), options, self._before, search=False)
        self.again = Button(tr("Restart now"), name=tr("Restart now in the chosen language"))
        self.again.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        column.addWidget(self.select)
        column.addWidget(self.again)
        self.select.changed.connect(self._choose)
        self.again.clicked.connect(self.restart)

    def _choose(self, value: object) -> None:
        code = str(value)
        self.again.setVisible(code not in (self._before, language()))
        self.changed.emit(code)

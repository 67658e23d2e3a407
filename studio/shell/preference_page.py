"""What all sections of the preferences are made of: rows with a name at the left, a control at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.shell.host import Run
from studio.ui.theme import Space, Theme
from studio.ui.widgets.surfaces import Divider
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

CONTROL_WIDTH: Final = 264
NARROW: Final = 128


class Page(QWidget):
    """A section. Subclasses set `id`, `icon` and `title` and add rows."""

    id = ""
    icon = ""
    title = ""

    def __init__(self, services: Services, run: Run, sheet: QWidget) -> None:
        super().__init__()
        self.services = services
        self.run = run
        self._sheet = sheet
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.XL, Space.NONE, Space.LG, Space.SM)
        self._column.setSpacing(Space.NONE)
        heading = Label(self.title, "title")
        heading.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.SM)
        self._column.addWidget(heading)
        self.build()
        self._column.addStretch(1)

    def build(self) -> None:
        """Add the rows."""
        raise NotImplementedError

    def row(self, text: str, note: str, control: QWidget, width: int = CONTROL_WIDTH) -> Label:
        """Add a row; returns the note under the name, to say something else later."""
        if self._column.count() > 1:
            self._column.addWidget(Divider())
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addStretch(1)
        name = Label(text)
        name.setBuddy(control)
        if not control.accessibleName():
            control.setAccessibleName(text)  # several controls in a row are a group of that name
        words.addWidget(name)
        below = Label(note, "caption", "text2", wrap=True)
        below.setVisible(bool(note))
        words.addWidget(below)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(Space.NONE, Space.MD, Space.NONE, Space.MD)
        row.setSpacing(Space.LG)
        row.addLayout(words, 1)
        if width:
            control.setFixedWidth(Theme.current().px(width))
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column.addLayout(row)
        return below

    def change(self, section: str, **values: object) -> None:
        self.services.settings.change(section, **values)

"""What all sections of the preferences are made of: rows with a name at the left, a control at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.settings import Preferences
from studio.shell.host import Run
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import Themed
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import Divider
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

CONTROL_WIDTH: Final = 264
NARROW: Final = 128
WIDEST: Final = 0.46
"""The most of a page that a control takes."""


class Row(NamedTuple):
    """A row as it stands on its page: what it is called, the note under the name, its box and its control."""

    title: str
    note: Label
    box: QWidget
    control: QWidget


class Page(Themed, QWidget):
    """A section. Subclasses set `id`, `icon` and `title` and add rows.

    `resets` names the settings ("section.name") that "Reset this page" puts back; none, no such button.
    """

    id = ""
    icon = ""
    title = ""
    resets: tuple[str, ...] = ()

    def __init__(self, services: Services, run: Run, sheet: QWidget) -> None:
        super().__init__()
        self.services = services
        self.run = run
        self.rows: list[Row] = []
        self._widths: list[tuple[QWidget, int]] = []
        self._sheet = sheet
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.XL, Space.NONE, Space.LG, Space.SM)
        self._column.setSpacing(Space.NONE)
        self.reset = Button(tr("Reset this page"), "quiet", size="small")
        self.reset.setVisible(bool(self.resets))
        self.reset.clicked.connect(self.put_back)
        head = QHBoxLayout()
        head.setContentsMargins(Space.NONE, Space.NONE, Space.XXL, Space.SM)
        head.addWidget(Label(self.title, "title"), 1)
        head.addWidget(self.reset)
        self._column.addLayout(head)
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
        name = Label(text, wrap=True)
        name.setBuddy(control)
        if not control.accessibleName():
            control.setAccessibleName(text)  # several controls in a row are a group of that name
        words.addWidget(name)
        below = Label(note, "caption", "text2", wrap=True)
        below.setVisible(bool(note))
        words.addWidget(below)
        words.addStretch(1)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.MD, Space.NONE, Space.MD)
        row.setSpacing(Space.LG)
        row.addLayout(words, 1)
        if width:
            self._widths.append((control, width))
            control.setFixedWidth(Theme.current().px(width))
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column.addWidget(box)
        self.rows.append(Row(text, below, box, control))
        return below

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, or the text is large, a control leaves half of it to its words."""
        super().resizeEvent(event)
        self._fit()

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def _fit(self) -> None:
        for control, width in self._widths:
            control.setFixedWidth(min(Theme.current().px(width), round(self.width() * WIDEST)))

    def row_of(self, title: str) -> Row | None:
        """The row of that name, or None."""
        return next((row for row in self.rows if row.title == title), None)

    def change(self, section: str, **values: object) -> None:
        self.services.settings.change(section, **values)

    def put_back(self) -> None:
        """Put the page's settings back to what they usually are, and show that."""
        usual = Preferences()
        sections = dict.fromkeys(name.partition(".")[0] for name in self.resets)
        for section in sections:
            names = [name.partition(".")[2] for name in self.resets if name.startswith(f"{section}.")]
            self.change(section, **{name: getattr(getattr(usual, section), name) for name in names})
        self.after_reset()
        self.run(f"preferences.again.{self.id}", "")

    def after_reset(self) -> None:
        """Apply what does not follow the preferences by itself."""

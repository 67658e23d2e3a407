"""What the inspector shows while several things are chosen: rate, tag and trash all of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.compare import MOST
from studio.ui.asset_notes import TagField
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import RatingStars
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import Label, SectionHeader


class SelectionPanel(ScrollColumn):
    """Emits what is wanted; who shows it knows what is chosen."""

    rated = Signal(int)
    tagged = Signal(list)
    bulk = Signal(str)
    """"all" (choose everything the view has), "compare", "collect", "export", "trash", "restore" or
    "delete"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.title = Label("", "title")
        self._hint = Label(tr("What you do here is done to all of them."), tone="text2", wrap=True)
        self.stars = RatingStars(tr("Rating of all chosen"))
        self.stars.rated.connect(self.rated)
        self.field = TagField(tr("Tag all chosen"))
        self.field.entered.connect(self.tagged)
        self.column.addWidget(self.title)
        self.column.addWidget(self._hint)
        self._section(tr("Rating"), self.stars)
        self._section(tr("Tags"), self.field)
        self.buttons: dict[str, Button] = {}
        for what, label, icon in (
            ("all", tr("Select all"), "select-all"),
            ("compare", tr("Compare"), "compare"),
            ("collect", tr("Add all to a collection…"), "folder-add"),
            ("export", tr("Export all…"), "export"),
            ("trash", tr("Move all to the trash"), "trash"),
            ("restore", tr("Restore all"), "restore"),
            ("delete", tr("Delete all for good"), "trash"),
        ):
            button = Button(label, "danger" if what == "delete" else "secondary", icon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, what=what: self.bulk.emit(what))
            self.column.addWidget(button)
            self.buttons[what] = button
        self.column.addStretch(1)

    def _section(self, title: str, control: QWidget) -> None:
        box = QVBoxLayout()
        box.setSpacing(Space.SM)
        box.addWidget(SectionHeader(title, buddy=control))
        box.addWidget(control)
        self.column.addLayout(box)

    def show_count(self, count: int, total: int, *, trashed: bool) -> None:
        """Say how many of `total` are chosen, and offer what fits where they lie."""
        everything = self.buttons["all"]
        everything.setVisible(count < total)
        everything.setText(tr("Select all {n:,}", n=total))
        everything.setAccessibleName(everything.text())
        self.title.setText(tr("{n:,} chosen", n=count))
        self.stars.setValue(0)
        self.buttons["compare"].setVisible(2 <= count <= MOST and not trashed)
        for what in ("collect", "export", "trash"):
            self.buttons[what].setVisible(not trashed)
        self.buttons["restore"].setVisible(trashed)
        self.buttons["delete"].setVisible(trashed)

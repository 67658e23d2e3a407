"""Tags and notes of assets: what the user writes about them, saved as soon as the field is left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Size, Space
from studio.ui.widgets.fields import PromptEdit, TextField
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.surfaces import Pill


class TagField(TextField):
    """A line that adds tags: Enter or a comma takes what is written."""

    entered = Signal(list)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, tr("Add a tag"), icon="tag", parent=parent)
        self.returnPressed.connect(self.take)

    def take(self) -> None:
        """Hand over what is written."""
        tags = [" ".join(part.split()) for part in self.text().split(",") if part.strip()]
        self.clear()
        if tags:
            self.entered.emit(tags)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Comma:
            self.take()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class TagsEditor(QWidget):
    """The tags as chips, each with a cross, and a line for more."""

    added = Signal(list)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pills: dict[str, Pill] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        self._chips = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._chips.setSizePolicy(policy)
        self._flow = FlowLayout(self._chips, Space.XS + Space.HAIR)
        self.field = TagField(tr("Add a tag"))
        self.field.entered.connect(self.added)
        column.addWidget(self._chips)
        column.addWidget(self.field)
        self._chips.hide()

    def tags(self) -> list[str]:
        return list(self._pills)

    def show_tags(self, tags: Sequence[str]) -> None:
        """Show these tags; chips that stay are kept, so that the focus stays too."""
        if list(tags) == list(self._pills):
            return
        for gone in [tag for tag in self._pills if tag not in tags]:
            pill = self._pills.pop(gone)
            if pill.hasFocus():
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._flow.removeWidget(pill)
            pill.hide()
            pill.deleteLater()
        for tag in tags:
            if tag not in self._pills:
                pill = Pill(tag, closable=True, name=tr("Remove the tag {tag}", tag=tag))
                pill.removed.connect(lambda tag=tag: self.removed.emit(tag))
                pill.clicked.connect(lambda _on=False, tag=tag: self.removed.emit(tag))
                self._flow.addWidget(pill)
                self._pills[tag] = pill
        self._chips.setVisible(bool(self._pills))
        self._chips.updateGeometry()


class CollectionChips(QWidget):
    """The collections an asset is in as chips, each with a cross, and a button for one more."""

    removed = Signal(str)
    """The id of a collection."""
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pills: list[Pill] = []
        self.ids: tuple[str, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, Space.XS + Space.HAIR)
        self.add = Pill(tr("Add to collection…"), "folder-add")
        self.add.clicked.connect(self.add_wanted)
        self._flow.addWidget(self.add)

    def show_collections(self, collections: Sequence[tuple[str, str]]) -> None:
        """Show these (id, name)."""
        for pill in self._pills:
            if pill.hasFocus():
                self.add.setFocus(Qt.FocusReason.OtherFocusReason)
            self._flow.removeWidget(pill)
            pill.hide()
            pill.deleteLater()
        self._flow.removeWidget(self.add)
        self._pills = []
        self.ids = tuple(identity for identity, _name in collections)
        for identity, name in collections:
            pill = Pill(name, "folder", closable=True, name=tr("Take out of {name}", name=name))
            for pressed in (pill.removed, pill.clicked):
                pressed.connect(lambda *_, identity=identity: self.removed.emit(identity))
            self._flow.addWidget(pill)
            self._pills.append(pill)
        self._flow.addWidget(self.add)
        self.updateGeometry()


class NoteField(PromptEdit):
    """A note of several lines; `left` tells the text when the field is left with another one."""

    left = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Note"), tr("A note for yourself"), parent=parent)
        self.set_heights(Size.CONTROL + Space.XL, Size.PROMPT_MIN + Size.ROW_TALL)
        self._saved = ""

    def show_note(self, note: str, *, other: bool) -> None:
        """Show a note. What is being written stays, unless it is the note of `other` things."""
        if other or not self.editor.hasFocus():
            self._saved = note
            self.set_text(note)

    def take(self) -> None:
        """Hand over what was written, if it is something else than before."""
        text = self.text().strip()
        if text != self._saved:
            self._saved = text
            self.left.emit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.take()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.take()
        super().hideEvent(event)

"""Finding and replacing in a transcript."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.transcript import Document, Hit, find
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SearchField, TextField
from studio.ui.widgets.text import Label


class FindBar(QWidget):
    """A row over the transcript. Enter goes to the next place, Escape closes.

    Signals:
        found(list[Hit]), reached(int): a cue, replaced(str, str), closed().
    """

    found = Signal(list)
    reached = Signal(int)
    replaced = Signal(str, str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = Document()
        self._hits: list[Hit] = []
        self._at = -1
        self.field = SearchField("Find in the transcript", tr("Find"))
        self.by = TextField(tr("Replace with"), tr("Replace with"))
        self.count = Label("", "caption", "text2", tabular=True)
        self.replace_all = Button(tr("Replace all"), "secondary", size="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        row.addWidget(self.field, 2)
        row.addWidget(self.count)
        for icon, name, step in (("chevron-up", tr("Previous"), -1), ("chevron-down", tr("Next"), 1)):
            button = IconButton(icon, name)
            button.clicked.connect(lambda _on=False, step=step: self.go(step))
            row.addWidget(button)
        row.addWidget(self.by, 2)
        row.addWidget(self.replace_all)
        close = IconButton("close", tr("Close"))
        close.clicked.connect(self.close_bar)
        row.addWidget(close)
        self.field.textChanged.connect(lambda _text: self._look())
        self.field.returnPressed.connect(lambda: self.go(1))
        self.replace_all.clicked.connect(lambda: self.replaced.emit(self.field.text(), self.by.text()))
        self.hide()

    def open_bar(self) -> None:
        """Show it with the keyboard in it."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._look()

    def close_bar(self) -> None:
        self.hide()
        self.found.emit([])
        self.closed.emit()

    def show_document(self, document: Document) -> None:
        """Look in this one from now on."""
        self._document = document
        if self.isVisible():
            self._look()

    def go(self, step: int) -> None:
        """Go to the next or the previous place."""
        if self._hits:
            self._at = (self._at + step) % len(self._hits)
            self.reached.emit(self._hits[self._at].cue)
            self._tell()

    def _look(self) -> None:
        self._hits = find(self._document, self.field.text())
        self._at = -1
        self.replace_all.setEnabled(bool(self._hits))
        self.found.emit(self._hits)
        self._tell()

    def _tell(self) -> None:
        total = len(self._hits)
        if not self.field.text():
            self.count.setText("")
        elif self._at >= 0:
            self.count.setText(tr("{n} of {all}", n=self._at + 1, all=total))
        else:
            self.count.setText(trn("1 place", "{n} places", total))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
            return
        super().keyPressEvent(event)

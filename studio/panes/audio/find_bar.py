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
from studio.ui.widgets.surfaces import Pill
from studio.ui.widgets.text import Label


class FindBar(QWidget):
    """A row over the transcript. Enter goes to the next place, Escape closes.

    Signals:
        found(list[Hit]), reached(int): a cue, replaced(str, str), replaced_one(Hit, str), closed().
    """

    found = Signal(list)
    reached = Signal(int)
    replaced = Signal(str, str)
    replaced_one = Signal(object, str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = Document()
        self._hits: list[Hit] = []
        self._at = -1
        self.field = SearchField(tr("Find in the transcript"), tr("Find"))
        self.by = TextField(tr("Replace with"), tr("Replace with"))
        self.count = Label("", "caption", "text2", tabular=True)
        self.case_pill = Pill("Aa", name=tr("Match case"))
        self.word_pill = Pill(tr("Word"), name=tr("Whole words"))
        self.replace_one = Button(tr("Replace"), "secondary", size="small")
        self.replace_all = Button(tr("Replace all"), "secondary", size="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        row.addWidget(self.field, 2)
        for pill in (self.case_pill, self.word_pill):
            pill.setCheckable(True)
            pill.toggled.connect(lambda _on: self._look())
            row.addWidget(pill)
        row.addWidget(self.count)
        for icon, name, step in (("chevron-up", tr("Previous"), -1), ("chevron-down", tr("Next"), 1)):
            button = IconButton(icon, name)
            button.clicked.connect(lambda _on=False, step=step: self.go(step))
            row.addWidget(button)
        row.addWidget(self.by, 2)
        row.addWidget(self.replace_one)
        row.addWidget(self.replace_all)
        close = IconButton("close", tr("Close"))
        close.clicked.connect(self.close_bar)
        row.addWidget(close)
        self.field.textChanged.connect(lambda _text: self._look())
        self.field.returnPressed.connect(lambda: self.go(1))
        self.replace_one.clicked.connect(self._replace_one)
        self.by.returnPressed.connect(self._replace_one)
        self.replace_all.clicked.connect(lambda: self.replaced.emit(self.field.text(), self.by.text()))
        self.hide()

    @property
    def case(self) -> bool:
        """Whether capitals count."""
        return self.case_pill.isChecked()

    @property
    def whole_words(self) -> bool:
        return self.word_pill.isChecked()

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

    def _replace_one(self) -> None:
        """Replace the place that is shown, and go on to the one after it."""
        if not self._hits:
            return
        if self._at < 0:
            self.go(1)
            return
        at, hit = self._at, self._hits[self._at]
        self.replaced_one.emit(hit, self.by.text())
        # What was put in may hold what is looked for: go on behind it.
        behind = hit.start + len(self.by.text())
        after = (n for n, one in enumerate(self._hits) if (one.cue, one.start) >= (hit.cue, behind))
        self._at = next(after, 0) - 1 if self._hits else at
        self.go(1)

    def _look(self) -> None:
        self._hits = find(self._document, self.field.text(), case=self.case, whole_words=self.whole_words)
        self._at = -1
        for button in (self.replace_one, self.replace_all):
            button.setEnabled(bool(self._hits))
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

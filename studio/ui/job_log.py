"""What a job tells while it runs: one line on where it stands, and its log to unfold."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.qt_models.job_words import log_words
from studio.services.job_logs import JobLog
from studio.ui.theme import Size, Space
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.layout import Disclosure
from studio.ui.widgets.text import ElidedLabel


class JobLogView(QWidget):
    """Hidden until there is something to tell. The log is put in only while it is unfolded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = JobLog()
        self._shown = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.XS)
        self._words = ElidedLabel("", "caption", "text2", parent=self)
        self._text = PromptEdit(tr("Log of the job"), parent=self)
        self._text.editor.setReadOnly(True)
        self._text.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN * 2)
        self.fold = Disclosure(tr("Log"), content=self._text, parent=self)
        self.fold.toggled.connect(lambda _on: self._show_text())
        column.addWidget(self._words)
        column.addWidget(self.fold)
        column.addWidget(self._text)
        self.hide()

    @property
    def text(self) -> str:
        """The log as it is shown now; "" while it is folded."""
        return self._text.text() if self.fold.isChecked() else ""

    def show_log(self, log: JobLog | None, *, running: bool) -> None:
        """Show the state of now; None hides it.

        Args:
            running: whether the job is under way, so that status and place mean something.
        """
        self._log = log or JobLog()
        words = log_words(self._log) if running else ""
        self._words.set_text(words)
        self._words.setVisible(bool(words))
        self.fold.setVisible(bool(self._log.text))
        self._text.setVisible(bool(self._log.text) and self.fold.isChecked())
        self.setVisible(bool(words or self._log.text))
        self._show_text()

    def _show_text(self) -> None:
        if not self.fold.isChecked() or self._shown == self._log.text:
            return
        self._shown = self._log.text
        bar = self._text.editor.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - Size.CONTROL
        where = bar.value()
        self._text.set_text(self._shown)
        if at_end:
            # Who reads further up is left there.
            self._text.editor.moveCursor(QTextCursor.MoveOperation.End)
        else:
            bar.setValue(where)

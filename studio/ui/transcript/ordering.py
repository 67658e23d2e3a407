"""What is done with messages: commands that leave the view; folds, links, sources, which it does itself."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Signal

from studio.core.i18n import tr
from studio.domain.conversation import MessageState
from studio.domain.markdown import CodeBlock
from studio.ui.transcript.parts import LOCAL, Control
from studio.ui.transcript.pointing import control_rect
from studio.ui.transcript.sections import Section, TextSection
from studio.ui.transcript.streaming import StreamingTranscript

OF_THE_TURN = ("regenerate", "regenerate_with", "version")
"""Commands about the first message of an answer, whose parent is the question; others are about the last."""
SHOWN_BELOW = 0.2
"""Where in the window a message or hit is brought that was jumped to, as a share of its height."""


class OrderingTranscript(StreamingTranscript):
    """Adds commands.

    Signals:
        command(str, str, object): verb, message id, argument. Verbs: edit, regenerate, regenerate_with,
            continue, retry, version (-1 or 1), fork, include (bool), pin (bool), remove, permit ((call id,
            choice)), action ((command, label, argument) of the error), open_link (address), open_asset
            (asset id), play (asset id), seek ((asset id, share from 0 to 1)), read_aloud (the text).
    """

    command = Signal(str, str, object)
    reads_aloud = False
    """Whether an answer is being read aloud: the menu offers to stop it."""

    def _bring(self, row: int, y: float) -> None:
        """Scroll so that a content pixel of a row stands a little below the top, now and once laid out."""
        within = y - self.row_top(row)
        for _ in range(2):
            self.scroll_to(round(self.row_top(row) + within - self.viewport().height() * SHOWN_BELOW))
        self.release_end()

    # ------------------------------------------------------------------ pressing

    def press(self, row: int, section: Section, control: Control, x: float = 0.0) -> None:
        """Do what a control says."""
        if not control.verb.startswith(LOCAL):
            argument = control.argument
            if control.verb == "seek":
                rect = control_rect(section, control)
                argument = (argument, min(max((x - rect.left()) / max(rect.width(), 1), 0.0), 1.0))
            self._order(control.verb, row, argument, control.message_id or section.message_id)
            return
        verb = control.verb.removeprefix(LOCAL)
        if verb == "fold":
            self._fold(row, control)
        elif verb == "copy":
            self.copy_row(row)
        elif verb == "menu":
            rect = self.section_rect(row, section, control_rect(section, control))
            self.open_menu(row, rect.bottomLeft())
        elif isinstance(section, TextSection):
            self._press_in_box(row, section, control)

    def _press_in_box(self, row: int, section: TextSection, control: Control) -> None:
        _key, block, key = control.argument
        if key == "copy":
            content = section.document.blocks[block]
            box = section.box(block)
            text = (
                content.text if isinstance(content, CodeBlock) else box.markdown(0, box.length) if box else ""
            )
            self.put_on_clipboard(text)
        elif section.press(block, key):
            self._reshaped(row)
        elif ":" in key or key.startswith("#"):
            self.follow_link(row, section, key)
        self.viewport().update()

    def _fold(self, row: int, control: Control) -> None:
        opened = self._stage.opened
        opened.symmetric_difference_update({control.argument})
        self.release_end()
        item = self.item(row)
        if item is not None:
            anchor = self._anchor()
            item.rebuild()
            item.advance(float("inf"))
            self._rows.set(row, item.height)
            self.settle(anchor)

    def _reshaped(self, row: int) -> None:
        """A box of a row has another height now."""
        self.release_end()
        anchor, item = self._anchor(), self._items.get(row)
        if item is not None:
            item.stack()
            self._rows.set(row, item.height)
        self.settle(anchor)

    def follow_link(self, row: int, section: Section, url: str) -> None:
        """A footnote's number leads to the note; addresses leave as a command, nothing opens by itself."""
        if url.startswith("#note-") and isinstance(section, TextSection):
            number = url.removeprefix("#note-")
            for at, block in enumerate(section.document.blocks):
                if any(c.kind == "note" and str(c.number) == number for c in block.within):
                    self._bring(row, self.row_top(row) + section.y + section.block_top(at))
                    return
        self._order("open_link", row, url, section.message_id)

    def _order(self, verb: str, row: int, argument: object = None, message_id: str = "") -> None:
        turn = self._model.turns[row]
        if verb in OF_THE_TURN:
            message_id = turn.id
        self.command.emit(verb, message_id or turn.last, argument)

    def switch_version(self, row: int, step: int) -> None:
        which, count = self._model.version(self._model.turns[row].id)
        if 1 <= which + step <= count:
            self._order("version", row, step)

    def edit_row(self, row: int) -> None:
        if self._model.turns[row].question:
            self._order("edit", row)

    def remove_row(self, row: int) -> None:
        if not self.is_streaming(row):
            self.command.emit("remove", self._model.turns[row].id, None)

    def is_raw(self, row: int) -> bool:
        """Whether a message shows its source."""
        return any(message_id in self._stage.raw for message_id in self._model.turns[row].ids)

    def set_raw(self, row: int, raw: bool) -> None:
        """Show the source of a message, or its form."""
        ids = set(self._model.turns[row].ids)
        self._stage.raw = self._stage.raw | ids if raw else self._stage.raw - ids
        self._selection = None
        self.release_end()
        item = self.item(row)
        if item is not None:
            item.rebuild()
            item.advance(float("inf"))
            self._rows.set(row, item.height)
        self.settle()

    def order(self, verb: str, row: int, argument: object = None) -> None:
        """Send a command about a row, as its controls do."""
        self._order(verb, row, argument)

    # ------------------------------------------------------------------ for those who hear it

    def control_screen_rect(self, row: int, section: Section, control: Control) -> QRect:
        """Where a control is on the screen."""
        rect = self.section_rect(row, section, control_rect(section, control))
        return QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def row_screen_rect(self, row: int) -> QRect:
        """Where a row is on the screen."""
        top = QPoint(self.column_left(), round(self.row_top(row) - self._top))
        size = QRectF(0, 0, self.column_width(), self._rows[row]).toAlignedRect().size()
        return QRect(self.viewport().mapToGlobal(top), size)

    def state_words(self, row: int) -> str:
        """How a message stands, for those who hear it."""
        words = {
            MessageState.STREAMING: tr("answering"),
            MessageState.STOPPED: tr("stopped"),
            MessageState.FAILED: tr("failed"),
            MessageState.INTERRUPTED: tr("interrupted"),
        }
        return words.get(self._model.state(row), "")

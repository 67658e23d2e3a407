"""The transcript of a conversation: everything the Chat pane shows between its header and its composer.

Give it a `TranscriptModel`, connect `command`, call `stop` before the program ends. What the user wants done
with a message leaves as a command; what concerns the view alone (folding, copying, marking, scrolling) it
does itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPoint, QPointF, QRectF, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.domain.conversation import AttachmentPiece, ToolCallPiece
from studio.qt_models.transcript import TranscriptModel
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Space, Theme
from studio.ui.transcript.accessible import Announcer, rows_changed, watch
from studio.ui.transcript.finder import Finder, FindState
from studio.ui.transcript.item import Item
from studio.ui.transcript.menu import message_menu
from studio.ui.transcript.ordering import OrderingTranscript
from studio.ui.transcript.parts import paint_focus_bar
from studio.ui.transcript.sections import PaintJob
from studio.ui.transcript.selection import Place, Selection
from studio.ui.widgets.base import name_widget


class TranscriptPlace(NamedTuple):
    """Where a transcript stands: to be shown again later. `below` is in pixels."""

    message_id: str = ""
    below: int = 0
    following: bool = True


class TranscriptView(OrderingTranscript):
    """The painted list of messages. Its commands are those of `OrderingTranscript`.

    Signals:
        found(FindState): the hit that is shown now.
    """

    found = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._finder = Finder(self._model)
        self._awaited: tuple[str, str] | None = None
        self._announcer = Announcer(self)
        self.current_changed.connect(self._say_focus)
        name_widget(self, tr("Conversation"))
        watch(self)

    # ------------------------------------------------------------------ what it is given

    def set_model(self, model: TranscriptModel) -> None:
        super().set_model(model)
        self._finder = Finder(model)
        self._announcer.start_over()

    def set_asset_path(self, path: Callable[[str], Path | None]) -> None:
        """Where an asset's picture (or a film's thumbnail) lies; must not touch the disk."""
        self._pictures.set_path(path)
        self.viewport().update()

    def set_call_words(self, call_words: Callable[[str, ToolCallPiece], tuple[str, str]]) -> None:
        """What a card says of a call that asks: (title, detail with the price) by message id and call."""
        self._call_words = call_words
        self.refresh()

    def set_sounds(self, status: Callable[[AttachmentPiece], SoundStatus]) -> None:
        """What the strip of a sound shows; asked whenever one is painted, so it must be at hand."""
        self._sound_status = status
        self.viewport().update()

    def show_sounds(self) -> None:
        """Ask again what the strips show: something plays, or an outline came."""
        self.viewport().update()

    def refresh(self) -> None:
        """Build what is shown again: prices or names changed that the model does not hold."""
        anchor = self._anchor()
        for row, item in self._items.items():
            item.rebuild()
            self._rows.set(row, item.height)
        self.settle(anchor)

    # ------------------------------------------------------------------ going places

    def place(self) -> TranscriptPlace:
        """Where the view stands, to `restore` it when the conversation is shown again."""
        if self._following or not len(self._rows):
            return TranscriptPlace()
        row = max(self.row_at(0), 0)
        return TranscriptPlace(
            self._model.turns[row].id, round(self.row_top(row) - self._top), following=False
        )

    def restore(self, place: TranscriptPlace) -> None:
        row = self._model.row_of(place.message_id)
        if place.following or row < 0:
            self.to_end()
            return
        self.release_end()
        self.item(row)
        self.scroll_to(round(self.row_top(row) - place.below))
        self.release_end()

    def go_to(self, message_id: str, query: str = "") -> bool:
        """Bring a message into view, the first hit of a search in it; False when it is not on this branch."""
        row = self._model.row_of(message_id)
        if row < 0:
            return False
        if query:
            self._finder.look_for(query, words=True)
        self.release_end()
        self._awaited = None
        self._current = row
        item = self.item(row)
        if item is None:
            self._awaited = (message_id, query)
            self._bring(row, self.row_top(row))
            return True
        item.advance(float("inf"))
        places = self._finder.places(row, item) if query else []
        if places:
            self._show_hit(row, *places[0])
        else:
            self._bring(row, self.row_top(row))
        return True

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        super()._data_changed(first, last)
        awaited = self._awaited
        if awaited is not None and self._model.row_of(awaited[0]) == first.row():
            self.go_to(*awaited)
        self.contents_came()
        self._announcer.states_changed(range(first.row(), last.row() + 1))

    def _rows_came(self, _parent: QModelIndex, first: int, last: int) -> None:
        super()._rows_came(_parent, first, last)
        rows_changed(self)

    def _rows_going(self, _parent: QModelIndex, first: int, last: int) -> None:
        super()._rows_going(_parent, first, last)
        self._current = min(self._current, first - 1)
        rows_changed(self)

    # ------------------------------------------------------------------ find

    def find(  # pyright: ignore[reportIncompatibleMethodOverride]  # QWidget.find is for window handles
        self, text: str, step: int = 1, elsewhere: Collection[str] = ()
    ) -> FindState:
        """Mark `text` and go to a hit: 0 stays at the nearest, 1 the next, -1 the one before.

        Args:
            elsewhere: ids of messages that have it though their contents were not read yet.
        """
        finder = self._finder
        if text != finder.text:
            finder.look_for(text)
            step = 0
        if elsewhere:
            finder.add_messages(elsewhere)
        rows = finder.rows()
        self.viewport().update()
        state = FindState(0, len(rows))
        if rows:
            self.release_end()
            row = self._step_hit(rows, step)
            state = FindState(rows.index(row) + 1, len(rows))
        self.found.emit(state)
        return state

    def end_find(self) -> None:
        """Take the marks away."""
        self._finder.look_for("")
        self.viewport().update()

    def _step_hit(self, rows: Sequence[int], step: int) -> int:
        """Go to the next hit in the row shown, or to the next row; the row that is shown then."""
        here = self._selection.start if self._selection is not None else None
        if here is None or step == 0:
            top = max(self.row_at(0), 0)
            row = next((row for row in rows if row >= top), rows[-1])
            self._go_to_hit(row, 0)
            return row
        item = self.item(here.row)
        places = self._finder.places(here.row, item) if item is not None and here.row in rows else []
        beside = [hit for hit in places if (hit[0] > here if step > 0 else hit[0] < here)]
        if beside:
            self._show_hit(here.row, *(beside[0] if step > 0 else beside[-1]))
            return here.row
        after = [row for row in rows if (row > here.row if step > 0 else row < here.row)]
        row = (after or rows)[0 if step > 0 else -1]
        self._go_to_hit(row, 0 if step > 0 else -1)
        return row

    def _go_to_hit(self, row: int, which: int) -> None:
        item = self.item(row)
        if item is None:
            self._awaited = (self._model.turns[row].id, self._finder.text)
            self._bring(row, self.row_top(row))
            return
        item.advance(float("inf"))
        places = self._finder.places(row, item)
        if places:
            self._show_hit(row, *places[which])
        else:
            self._bring(row, self.row_top(row))

    def _show_hit(self, row: int, place: Place, end: int) -> None:
        item = self.item(row)
        if item is None:
            return
        section = item.sections[place.section]
        self.select(Selection(place, place._replace(offset=end)))
        box = section.box(place.block)
        rect = box.rect_at(place.offset) if box is not None else QRectF()
        y = self.row_top(row) + section.y + section.block_top(place.block) + rect.top()
        if not self._top + Space.XXL <= y <= self._top + self.viewport().height() - 3 * Space.XXL:
            self._bring(row, y)
        if box is not None:
            box.reveal(place.offset)
        self.viewport().update()

    def complete_job(self, job: PaintJob, row: int, section: int) -> None:
        super().complete_job(job, row, section)
        if self._finder.active:
            job.marks = self._finder.marks

    def _paint_item(self, painter: QPainter, row: int, item: Item, clip: QRectF) -> None:
        super()._paint_item(painter, row, item, clip)
        if self.is_marked(row) and item.sections:
            painter.setOpacity(1.0)
            top = item.bubble.top() if item.question else item.sections[0].y
            painter.translate(0, top)
            paint_focus_bar(painter, self._stage.look, item.height - top)

    # ------------------------------------------------------------------ actions of a message

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.current if by_key else self.row_at(event.pos().y())
        if row >= 0:
            self.open_menu(row, None if by_key else self.viewport().mapFrom(self, event.pos()), by_key=by_key)
        event.accept()

    def open_menu(self, row: int, at: QPoint | None = None, *, by_key: bool = True) -> None:
        """The actions of a message, at a point of the viewport."""
        item = self.item(row)
        if item is None:
            return
        hit = self.hit(at) if at is not None and not by_key else None
        link = self.link_at(hit) if hit is not None else ""
        menu = message_menu(self, row, link)
        if at is None:
            top = max(self.row_top(row) - self._top, 0)
            at = QPointF(self.column_left(), top + Space.LG).toPoint()
        menu.popup(self.viewport().mapToGlobal(at))

    # ------------------------------------------------------------------ heard, not seen

    def flushed(self, rows: Sequence[int]) -> None:
        self._announcer.more_came(rows)

    def focus_moved(self) -> None:
        self._say_focus()

    def _say_focus(self) -> None:
        self._announcer.focus_moved()

    def stop(self) -> None:
        self._announcer.stop()
        super().stop()

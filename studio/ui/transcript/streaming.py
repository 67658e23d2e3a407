"""Answers as they come: one timer for the whole view, the tail alone drawn again, the end followed or not.

The model takes what the network gives at any pace; a flush every 33 ms or more shows it. A flush that was
expensive is followed by a longer pause, so that the window's thread is busy for a small share of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from PySide6.QtCore import QModelIndex, QRect, QTimer
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.domain.conversation import MessageState
from studio.qt_models.transcript import TranscriptModel
from studio.ui.theme import Space, Theme
from studio.ui.transcript.canvas import NEAR_END, Anchor
from studio.ui.transcript.item import Item
from studio.ui.transcript.keys import KeyedTranscript
from studio.ui.transcript.pill import NewLinesPill

FLUSH_MS = 33
SLOWEST_MS = 200
SHARE = 50
"""A pause is at least so many times the cost of the flush before it: two per cent of the time."""
FLUSH_SECONDS = 0.003
"""Parsing per flush; the rest waits for the next one."""


class StreamingTranscript(KeyedTranscript):
    """Adds flushing and following."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._fresh: dict[int, None] = {}
        self._grown = 0.0
        self._paint_seconds = 0.0
        self.flush_timer = QTimer(self)
        self.flush_timer.setSingleShot(True)
        self.flush_timer.setInterval(FLUSH_MS)
        self.flush_timer.timeout.connect(self.flush)
        self.flush_seconds: list[float] = []
        """What the last flushes cost, painting included; the benchmark reads it."""
        self._pill = NewLinesPill(self)
        self._pill.clicked.connect(self.to_end)

    @property
    def pill(self) -> NewLinesPill:
        return self._pill

    def _connect(self, model: TranscriptModel) -> None:
        super()._connect(model)
        model.streamed.connect(self._streamed)

    def _rows_came(self, _parent: QModelIndex, first: int, last: int) -> None:
        fresh = not len(self._rows)
        super()._rows_came(_parent, first, last)
        self._queue_behind()
        if not fresh and not self._following:
            self._grown += sum(self._rows[row] for row in range(first, last + 1))
            self._show_pill()
        if fresh:
            self._grown = 0.0

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        row = first.row()
        before = self._rows[row] if row in self._items else None
        super()._data_changed(first, last)
        if before is not None and not self._following and row == len(self._rows) - 1:
            self._grown += self._rows[row] - before
            self._show_pill()
        self._queue_behind()

    # ------------------------------------------------------------------ flushing

    def _streamed(self, message_id: str) -> None:
        row = self._model.row_of(message_id)
        if row < 0:
            return
        self._fresh[row] = None
        if not self.flush_timer.isActive():
            self.flush_timer.start()

    def _queue_behind(self) -> None:
        """Long texts go on being parsed a slice per flush."""
        for row, item in self._items.items():
            if item.behind:
                self._fresh[row] = None
        if self._fresh and not self.flush_timer.isActive():
            self.flush_timer.start()

    def settle(self, anchor: Anchor | None = None) -> None:
        super().settle(anchor)
        if hasattr(self, "flush_timer"):
            self._queue_behind()

    def flush(self) -> None:
        """Show what came since the last time, the tails of the answers alone."""
        began = perf_counter()
        rows = [row for row in self._fresh if row < len(self._rows)]
        self._fresh.clear()
        anchor, top = self._anchor(), self._top
        dirty: int | None = None
        for row in rows:
            changed = self._flush_row(row)
            if changed is not None:
                dirty = changed if dirty is None else min(dirty, changed)
        if dirty is not None:
            self._lay_out_span(0, self.viewport().height())
            self._hold(anchor)
            self._top = self._clamped(self._top)
            self._update_bar()
            self._repaint_below(dirty, top)
            if not self._following:
                self._show_pill()
        cost = perf_counter() - began + self._paint_seconds
        self._paint_seconds = 0.0
        self.flush_seconds.append(cost)
        del self.flush_seconds[:-1000]
        self.flush_timer.setInterval(round(min(max(FLUSH_MS, cost * 1000 * SHARE), SLOWEST_MS)))
        self._queue_behind()
        self.flushed(rows)

    def _flush_row(self, row: int) -> int | None:
        """Bring one row up to date; from which content pixel on it looks different, None for nowhere."""
        known = row in self._items
        before = self._rows[row]
        item = self.item(row)
        if item is None:
            return None
        shape = item.sections
        pulled = item.pull() if known else True
        rebuilt = item.sections is not shape
        advanced = item.advance(FLUSH_SECONDS)
        if not (pulled or advanced or rebuilt):
            return None
        if rebuilt:
            item.stack()
        tails = _tails(item)
        y = self.row_top(row) - self._top
        item.lay_out(-y, self.viewport().height() - y)
        if self._following:
            # The tail comes into view with this flush.
            item.lay_out(item.height - self.viewport().height(), item.height)
        self._rows.set(row, item.height)
        if not self._following:
            self._grown += self._rows[row] - before
        top = self.row_top(row)
        return round(top) if rebuilt or not known else round(top + min(tails, default=0.0))

    def _repaint_below(self, dirty: int, old_top: int) -> None:
        """Move what is drawn already, and draw from a content pixel down again."""
        viewport = self.viewport()
        width, height = viewport.width(), viewport.height()
        moved = old_top - self._top
        if abs(moved) >= height or self._selection is not None:
            viewport.update()
            return
        if moved:
            viewport.scroll(0, moved)
        y = max(dirty - self._top, 0)
        if y < height:
            viewport.update(QRect(0, y, width, height - y))

    def paintEvent(self, event: QPaintEvent) -> None:
        began = perf_counter()
        super().paintEvent(event)
        self._paint_seconds += perf_counter() - began

    def flushed(self, rows: Sequence[int]) -> None:
        """Rows have more text. Overridden."""

    def _is_kept(self, row: int) -> bool:
        return super()._is_kept(row) or row in self._fresh

    # ------------------------------------------------------------------ the end

    def _scrolled(self) -> None:
        if not hasattr(self, "_pill"):
            return
        near = self._last_top() - self._top <= NEAR_END * self._stage.look.line
        if self._following or near:
            self._grown = 0.0
        self._show_pill()

    def _show_pill(self) -> None:
        """The pill shows what is new below, or the way down from far above."""
        below = self._last_top() - self._top
        lines = round(min(self._grown, below) / self._stage.look.line)
        far = below > 1.5 * self.viewport().height()
        pill = self._pill
        shown = not self._following and (lines >= 1 or far)
        if shown and (pill.lines != lines or not pill.isVisible()):
            pill.set_lines(max(lines, 0))
            self._place_pill()
        if pill.isVisibleTo(self) != shown:
            pill.setVisible(shown)

    def _place_pill(self) -> None:
        view = self.viewport().geometry()
        self._pill.move(
            view.center().x() - self._pill.width() // 2, view.bottom() - self._pill.height() - Space.MD
        )
        self._pill.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_pill()

    def is_streaming(self, row: int) -> bool:
        return self._model.state(row) is MessageState.STREAMING

    def stop(self) -> None:
        self.flush_timer.stop()
        super().stop()


def _tails(item: Item) -> list[float]:
    """Where the part of each text begins that looks different, in the item's coordinates. What is above a
    changed block stays as it was, and where it is."""
    changed = [(section.y, section.take_changed()) for section in item.text_sections()]
    return [y + top for y, top in changed if top is not None]

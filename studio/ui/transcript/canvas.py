"""The painted, virtual list: which rows have items, where they are, and how they scroll.

Rows have a guessed height until they come near the window; then their item is made and laid out, and what is
seen stays where it is while heights above it change. Only what the window shows is laid out at once; a screen
more in each direction follows when there is time, and what is far away is let go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from studio.core.i18n import tr
from studio.domain.conversation import AttachmentPiece, MessageState, ToolCallPiece
from studio.qt_models.transcript import TranscriptModel, Turn
from studio.ui.mirror import MIRRORED
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Radius, Space, Theme
from studio.ui.transcript import words
from studio.ui.transcript.document import DocumentCache
from studio.ui.transcript.formulas import Formulas
from studio.ui.transcript.heights import HeightIndex
from studio.ui.transcript.highlighter import Highlighter
from studio.ui.transcript.item import SKELETON, Item, Stage
from studio.ui.transcript.look import Look
from studio.ui.transcript.parts import PaintState
from studio.ui.transcript.pictures import PictureCache
from studio.ui.transcript.sections import PaintJob, Section
from studio.ui.transcript.style import TextStyle
from studio.ui.widgets.base import Themed

DIMMED = 0.5
AHEAD_SCREENS = 1.0
KEPT_SCREENS = 3.0
SLICE_SECONDS = 0.004
"""Work done at once when nobody waits for it: a quarter of a frame."""
LINE_SCROLL = 20
NEAR_END = 2
"""Lines from the end within which the view follows it."""
CUT_LINE = 40


class Anchor(NamedTuple):
    """Something that stays where it is while heights change: a block, and how far below the top it begins."""

    row: int
    section: int
    block: int
    below: float


class TranscriptCanvas(Themed, QAbstractScrollArea):
    """Layout, scrolling and painting; `TranscriptView` adds hands."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = TranscriptModel(self)
        self._rows = HeightIndex()
        self._items: dict[int, Item] = {}
        self._top = 0
        self._following = True
        self._dropped: frozenset[str] = frozenset()
        self._cut_before = ""
        self._setting_bar = False
        self._formulas = Formulas(self)
        self._formulas.drawn.connect(self._boxes_changed)
        self._highlighter = Highlighter(self)
        self._highlighter.finished.connect(self._boxes_changed)
        self._pictures = PictureCache(lambda _asset_id: None, self)
        self._pictures.ready.connect(self.viewport().update)
        self._sound_status: Callable[[AttachmentPiece], SoundStatus] = lambda _piece: SoundStatus()
        self._call_words: Callable[[str, ToolCallPiece], tuple[str, str]] = _plain_call_words
        self._stage = self._make_stage()
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.timeout.connect(self._lay_out_ahead)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(LINE_SCROLL)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        self._connect(self._model)

    # ------------------------------------------------------------------ the model

    def model(self) -> TranscriptModel:
        return self._model

    def set_model(self, model: TranscriptModel) -> None:
        """Show another model."""
        self._model.disconnect(self)
        self._model = model
        self._stage.model = model
        self._connect(model)
        self._start_over()

    def _connect(self, model: TranscriptModel) -> None:
        model.rowsAboutToBeRemoved.connect(self._rows_going)
        model.rowsInserted.connect(self._rows_came)
        model.dataChanged.connect(self._data_changed)
        model.modelReset.connect(self._start_over)

    def _start_over(self) -> None:
        self._drop_items(0)
        self._rows = HeightIndex(self._guesses(self._model.turns))
        self._top = 0
        self._following = True
        self.settle()

    def _drop_items(self, first: int) -> None:
        for row in [row for row in self._items if row >= first]:
            self._items.pop(row).let_go()

    def _rows_going(self, _parent: QModelIndex, first: int, _last: int) -> None:
        self._drop_items(first)
        self._rows.truncate(first)

    def _rows_came(self, _parent: QModelIndex, first: int, last: int) -> None:
        if not len(self._rows):
            self._following = True
        for height in self._guesses(self._model.turns[first : last + 1]):
            self._rows.append(height)
        self.settle()

    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        anchor = self._anchor()
        for row in range(first.row(), last.row() + 1):
            item = self._items.get(row)
            if item is not None:
                item.turn = self._model.turns[row]
                item.rebuild()
                item.advance(SLICE_SECONDS)
                self._rows.set(row, item.height)
        self.settle(anchor)

    # ------------------------------------------------------------------ items

    def _make_stage(self) -> Stage:
        theme = self._theme
        old: Stage | None = getattr(self, "_stage", None)
        return Stage(
            model=self._model,
            look=Look(theme),
            text=TextStyle(theme, self._formulas, self._highlighter),
            quiet=TextStyle(theme, self._formulas, self._highlighter, role="body", tone="text2"),
            documents=old.documents if old else DocumentCache(),
            pictures=self._pictures,
            sounds=self._status_of_sound,
            call_words=self._words_of_call,
            opened=old.opened if old else set(),
            raw=old.raw if old else set(),
        )

    def _status_of_sound(self, piece: AttachmentPiece) -> SoundStatus:
        return self._sound_status(piece)

    def _words_of_call(self, message_id: str, call: ToolCallPiece) -> tuple[str, str]:
        return self._call_words(message_id, call)

    def item(self, row: int) -> Item | None:
        """The item of a row, made and as wide as the column; None while its contents are not here."""
        item = self._items.get(row)
        if item is None:
            model = self._model
            if not 0 <= row < len(model.turns):
                return None
            if not model.is_loaded(row):
                model.want(model.turns[row].ids)
                return None
            item = self._items[row] = Item(model.turns[row], self._stage)
            item.advance(SLICE_SECONDS)
        lead = self._stage.look.px(CUT_LINE) if self._is_cut(row) else 0.0
        if item.lead != lead:
            item.lead = lead
            item.stack()
        item.set_width(self.column_width())
        self._rows.set(row, item.height)
        return item

    def _is_cut(self, row: int) -> bool:
        return bool(self._cut_before) and self._model.row_of(self._cut_before) == row > 0

    def _guesses(self, turns: Sequence[Turn]) -> Iterator[float]:
        """The heights of rows that were never laid out."""
        look = self._stage.look
        per_line = max(self.column_width() / (look.px(14) * 0.5), 10)
        line, around = look.line, (look.px(56), look.px(90))
        for turn in turns:
            lines = math.ceil(turn.length / per_line * (1.35 if turn.question else 1.15)) or 1
            yield lines * line + around[turn.question]

    # ------------------------------------------------------------------ geometry

    def column_width(self) -> float:
        room = self._room() - 2 * self._margin()
        return float(max(min(self._stage.look.column, room), self._stage.look.px(160)))

    def _margin(self) -> int:
        return Space.XL if self._room() > self._stage.look.px(560) else Space.LG

    def _room(self) -> int:
        """Width beside the scroll bar, also while there is none: nothing moves when it comes."""
        return max(self.width() - self.verticalScrollBar().sizeHint().width(), 1)

    def column_left(self) -> int:
        return max(self._margin(), round((self._room() - self.column_width()) / 2))

    def content_height(self) -> float:
        return self._rows.total + 2 * Space.XL

    def row_top(self, row: int) -> float:
        """Where a row begins, in content pixels."""
        return Space.XL + self._rows.top(row)

    def row_at(self, y: float) -> int:
        """The row at `y` of the viewport; -1 when there is none."""
        return self._rows.find(y + self._top - Space.XL)

    def to_item(self, row: int, point: QPoint) -> tuple[float, float]:
        """A point of the viewport in the item's coordinates."""
        return point.x() - self.column_left(), point.y() + self._top - self.row_top(row)

    def section_rect(self, row: int, section: Section, rect: QRectF) -> QRect:
        """A rectangle of a section in the viewport's coordinates."""
        x = self.column_left() + section.x
        y = self.row_top(row) + section.y - self._top
        return rect.translated(x, y).toAlignedRect()

    def visible_rows(self) -> range:
        """Rows of which something is in the window."""
        if not len(self._rows):
            return range(0)
        last = self.row_at(self.viewport().height() - 1)
        return range(max(self.row_at(0), 0), last + 1)

    # ------------------------------------------------------------------ layout

    def _anchor(self) -> Anchor | None:
        """The first laid-out block in the window, or the row there."""
        if self._following or not len(self._rows):
            return None
        for row in self.visible_rows():
            item = self._items.get(row)
            if item is None or not item.sections:
                continue
            local = self._top - self.row_top(row)
            for at, section in enumerate(item.sections):
                if section.y + section.height <= local:
                    continue
                block = section.block_at(max(local - section.y, 0.0))
                y = section.y + (section.block_top(block) if section.count else 0.0)
                return Anchor(row, at, block, self.row_top(row) + y - self._top)
        row = max(self.row_at(0), 0)
        return Anchor(row, -1, 0, self.row_top(row) - self._top)

    def _hold(self, anchor: Anchor | None) -> None:
        """Bring the anchor back to where it was, or the end into view."""
        if anchor is None:
            if self._following:
                self._top = self._last_top()
            return
        y = self.row_top(min(anchor.row, max(len(self._rows) - 1, 0)))
        item = self._items.get(anchor.row)
        if item is not None and 0 <= anchor.section < len(item.sections):
            section = item.sections[anchor.section]
            y += section.y
            if section.count:
                y += section.block_top(min(anchor.block, section.count - 1))
        self._top = self._clamped(round(y - anchor.below))

    def _last_top(self) -> int:
        return max(0, math.ceil(self.content_height() - self.viewport().height()))

    def _clamped(self, top: int) -> int:
        return min(max(top, 0), self._last_top())

    def settle(self, anchor: Anchor | None = None) -> None:
        """Lay out what the window shows; what is seen keeps its place."""
        anchor = anchor or self._anchor()
        before = self._top
        for _ in range(12):
            changed = self._lay_out_span(0, self.viewport().height())
            was = self._top
            self._hold(anchor)
            if not changed and was == self._top:
                break
        self._top = self._clamped(self._top)
        self._update_bar()
        self.viewport().update()
        if not self._ahead.isActive():
            self._ahead.start(0)
        if self._top != before:
            self._scrolled()

    def _lay_out_span(self, top: float, bottom: float, seconds: float = math.inf) -> bool:
        """Lay out what is between two heights of the viewport; whether a height changed."""
        if not len(self._rows):
            return False
        until = perf_counter() + seconds
        changed = False
        row = max(self.row_at(top), 0)
        while row < len(self._rows):
            y = self.row_top(row) - self._top
            if y >= bottom or perf_counter() > until:
                break
            before = self._rows[row]
            item = self.item(row)
            if item is not None:
                item.lay_out(top - y, bottom - y)
                self._rows.set(row, item.height)
            changed = changed or self._rows[row] != before
            row += 1
        return changed

    def _lay_out_ahead(self) -> None:
        """A screen more on both sides, a slice at a time; then what is far away goes."""
        height = self.viewport().height()
        anchor = self._anchor()
        reach = height * AHEAD_SCREENS
        changed = self._lay_out_span(height, height + reach, SLICE_SECONDS)
        changed = self._lay_out_span(-reach, 0, SLICE_SECONDS) or changed
        if changed:
            self.settle(anchor)
        self._release_far(height)

    def _release_far(self, height: int) -> None:
        far = height * KEPT_SCREENS
        for row in list(self._items):
            y = self.row_top(row) - self._top
            item = self._items[row]
            if y + item.height < -far or y > height + far:
                if self._is_kept(row):
                    item.release(0, 0)
                else:
                    self._items.pop(row).let_go()
            elif item.height > 2 * far:
                item.release(-y - far, height - y + far)

    def _is_kept(self, row: int) -> bool:
        """Rows whose item stays however far away: what streams is parsed as it comes."""
        return self._model.state(row) is MessageState.STREAMING

    # ------------------------------------------------------------------ scrolling

    def _update_bar(self) -> None:
        bar = self.verticalScrollBar()
        self._setting_bar = True
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, self._last_top())
        bar.setValue(self._top)
        self._setting_bar = False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The bar was moved by somebody."""
        if self._setting_bar:
            return
        self.scroll_to(self.verticalScrollBar().value())

    def scroll_to(self, top: int) -> None:
        """Show what begins at a content pixel; following goes on or ends with where that is."""
        self._following = False
        anchor_free = self._clamped(top)
        upwards = anchor_free < self._top
        self._top = anchor_free
        self.settle()
        near = self._last_top() - self._top <= NEAR_END * self._stage.look.line
        self._set_following(near and not upwards)

    def scroll_by(self, dy: int) -> None:
        self.scroll_to(self._top + dy)

    def to_end(self) -> None:
        """Show the end, and follow it."""
        self._set_following(True)
        self.settle()

    @property
    def following(self) -> bool:
        """Whether the view stays at the end as more comes in."""
        return self._following

    def _set_following(self, follow: bool) -> None:
        if follow != self._following:
            self._following = follow
            self._scrolled()

    def release_end(self) -> None:
        """Stay here from now on, whatever comes in."""
        self._set_following(False)

    def _scrolled(self) -> None:
        """The window shows another part. Overridden."""

    def reveal(self, rect: QRect, margin: int = Space.LG) -> None:
        """Scroll as little as it takes to show a rectangle of the viewport."""
        height = self.viewport().height()
        if rect.top() < margin:
            self.scroll_by(rect.top() - margin)
        elif rect.bottom() > height - margin:
            self.scroll_by(min(rect.bottom() - height + margin, rect.top() - margin))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        anchor = self._anchor()
        if event.oldSize().width() != event.size().width():
            self._rows = HeightIndex(self._guesses(self._model.turns))
            for row, item in self._items.items():
                item.set_width(self.column_width())
                self._rows.set(row, item.height)
        self.settle(anchor)

    # ------------------------------------------------------------------ looks

    def retheme(self) -> None:
        super().retheme()
        if not hasattr(self, "_stage"):
            return
        anchor = self._anchor()
        self._stage = self._make_stage()
        self._items.clear()
        self._rows = HeightIndex(self._guesses(self._model.turns))
        self.settle(anchor)

    def _boxes_changed(self) -> None:
        anchor = self._anchor()
        for row, item in self._items.items():
            changed = [section.refresh() for section in item.text_sections()]
            if any(changed):
                item.stack()
                self._rows.set(row, item.height)
        self.settle(anchor)

    def set_context(self, dropped: frozenset[str], cut_before: str = "") -> None:
        """What will not be sent: dimmed messages, and a line before the first message that will be."""
        if (dropped, cut_before) == (self._dropped, self._cut_before):
            return
        anchor = self._anchor()
        self._dropped, self._cut_before = frozenset(dropped), cut_before
        self.settle(anchor)

    @property
    def dropped(self) -> frozenset[str]:
        """Messages that will not be sent."""
        return self._dropped

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        rect = event.rect()
        painter.fillRect(rect, self._stage.look.tokens.bg)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not len(self._rows):
            return
        left = self.column_left()
        row = max(self.row_at(rect.top()), 0)
        while row < len(self._rows):
            y = round(self.row_top(row) - self._top)
            if y > rect.bottom():
                break
            painter.save()
            painter.translate(left, y)
            item = self._items.get(row)
            clip = QRectF(rect.translated(-left, -y))
            if item is None or not item.sections:
                self._paint_skeleton(painter, row)
            else:
                self._paint_item(painter, row, item, clip)
            painter.restore()
            row += 1

    def _is_dimmed(self, turn: Turn) -> bool:
        if any(message_id in self._dropped for message_id in turn.ids):
            return True
        return any(not self._model.node(message_id).included for message_id in turn.ids)

    def _paint_item(self, painter: QPainter, row: int, item: Item, clip: QRectF) -> None:
        if item.lead:
            self._paint_cut(painter, item)
        if self._is_dimmed(item.turn):
            painter.setOpacity(DIMMED)
        item.paint_ground(painter)
        state = self.paint_state(row)
        tail = item.streaming_section()
        for at, section in enumerate(item.sections):
            if section.y > clip.bottom() or section.y + section.height < clip.top():
                continue
            painter.save()
            painter.translate(section.x, section.y)
            job = PaintJob(clip.translated(-section.x, -section.y), state, caret=section is tail)
            self.complete_job(job, row, at)
            section.paint(painter, job)
            painter.restore()

    def _paint_cut(self, painter: QPainter, item: Item) -> None:
        look = self._stage.look
        text = tr("Messages above are not sent")
        wide = look.width(text, look.caption) + 2 * Space.MD
        box = QRectF((item.width - wide) / 2, Space.MD, wide, item.lead - Space.MD)
        middle = box.center()
        look.dashed_line(
            painter, QRectF(0, middle.y(), 0, 0).topLeft(), QRectF(box.left(), middle.y(), 0, 0).topLeft()
        )
        look.dashed_line(
            painter,
            QRectF(box.right(), middle.y(), 0, 0).topLeft(),
            QRectF(item.width, middle.y(), 0, 0).topLeft(),
        )
        look.text(painter, box, text, look.caption, look.tokens.text3, Qt.AlignmentFlag.AlignHCenter)

    def _paint_skeleton(self, painter: QPainter, row: int) -> None:
        """A message that is on its way from the disk."""
        look, turn = self._stage.look, self._model.turns[row]
        width, height = self.column_width(), self._rows[row]
        if turn.question:
            box = QRectF(
                0 if MIRRORED else width * 0.4, Space.XL, width * 0.6, max(height - 3 * Space.XL, look.line)
            )
            look.panel(painter, box, look.tokens.raised, radius=Space.MD)
            return
        y, at = float(Space.LG), 0
        while y + look.line < height and at < 12:
            bar = QRectF(0, y, width * SKELETON[at % len(SKELETON)], look.line * 0.45)
            look.panel(painter, bar, look.tokens.raised, radius=Radius.SMALL)
            y += look.line
            at += 1

    def paint_state(self, row: int) -> PaintState:
        """Hover and focus of a row. Overridden."""
        return PaintState()

    def complete_job(self, job: PaintJob, row: int, section: int) -> None:
        """Selection and marks of a section. Overridden."""

    # ------------------------------------------------------------------ ending

    def stop(self) -> None:
        """End the threads that draw formulas, colour code and decode pictures. May be called twice."""
        self._ahead.stop()
        self._formulas.stop()
        self._highlighter.stop()
        self._pictures.stop()

    def viewportEvent(self, event: QEvent) -> bool:
        return super().viewportEvent(event)


def _plain_call_words(_message_id: str, call: ToolCallPiece) -> tuple[str, str]:
    """What a card says of a call that waits, where nobody knows its price."""
    if call.name == words.IMAGE_TOOL:
        return words.permission_title(call), words.permission_detail(call)
    return words.tool_title(call), ""

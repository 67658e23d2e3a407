"""The transcript under the pointer: hover, presses, selection by dragging, links, tips."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from studio.core.tips import plain_tip
from studio.ui.theme import Theme
from studio.ui.transcript.box import Box
from studio.ui.transcript.canvas import TranscriptCanvas
from studio.ui.transcript.parts import LOCAL, Control, PaintState
from studio.ui.transcript.sections import PaintJob, Section, TextSection
from studio.ui.transcript.selection import Place, Selection, first_text

AUTOSCROLL_MS = 30
WHEEL_LINES = 3


class Hit(NamedTuple):
    """What lies under a point: the section, and the point in its coordinates."""

    row: int
    at: int
    section: Section
    x: float
    y: float


class PointedTranscript(TranscriptCanvas):
    """Adds the mouse.

    Signals:
        link_hovered(str): the full address under the pointer, "" when there is none any more.
    """

    link_hovered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._selection: Selection | None = None
        self._cursor_shown = False
        self._hovered_row = -1
        self._hovered: Control | None = None
        self._hovered_box: Box | None = None
        self._hovered_link = ""
        self._pressed: tuple[Hit, Control] | None = None
        self._pressed_link = ""
        self._press_point = QPoint()
        self._dragging = False
        self._clicks = 0
        self._click_timer = QTimer(self)
        self._click_timer.setSingleShot(True)
        self._click_timer.timeout.connect(self._forget_clicks)
        self._autoscroll = QTimer(self)
        self._autoscroll.setInterval(AUTOSCROLL_MS)
        self._autoscroll.timeout.connect(self._scroll_on)

    # ------------------------------------------------------------------ what lies where

    def hit(self, point: QPoint) -> Hit | None:
        """The section under a point of the viewport."""
        row = self.row_at(point.y())
        item = self._items.get(row)
        if item is None or not item.sections:
            return None
        x, y = self.to_item(row, point)
        at = item.section_at(y)
        section = item.sections[at]
        return Hit(row, at, section, x - section.x, y - section.y)

    def control_at(self, hit: Hit) -> Control | None:
        if not 0 <= hit.y <= hit.section.height:
            return None
        return hit.section.control_at(hit.x, hit.y)

    def link_at(self, hit: Hit) -> str:
        """The address of a link in running text."""
        found = self._box_at(hit)
        return found[0].link_at(hit.x, hit.y - found[1]) if found is not None else ""

    def _box_at(self, hit: Hit) -> tuple[Box, float] | None:
        section = hit.section
        if not isinstance(section, TextSection) or not section.count or not 0 <= hit.y <= section.height:
            return None
        block = section.block_at(hit.y)
        box = section.box(block)
        return (box, section.block_top(block)) if box is not None else None

    def place_at(self, point: QPoint) -> Place | None:
        """The caret position nearest to a point."""
        row = self.row_at(point.y())
        item = self.item(row) if row >= 0 else None
        if item is None:
            return Place(row, 0, 0, 0) if row >= 0 else None
        x, y = self.to_item(row, point)
        at = item.section_at(y)
        text = first_text(item.sections, at, -1)
        if text != at:
            if text >= 0:
                section = item.sections[text]
                box = section.box(section.count - 1)
                return Place(row, text, section.count - 1, box.length if box else 0)
            text = first_text(item.sections, at, 1)
            return Place(row, max(text, 0), 0, 0)
        section = item.sections[text]
        local = y - section.y
        block = section.block_at(local)
        box = section.box(block)
        if box is None:
            return Place(row, text, block, 0)
        inside = min(max(local - section.block_top(block), 0.0), max(box.height - 1, 0.0))
        return Place(row, text, block, box.position_at(x - section.x, inside))

    # ------------------------------------------------------------------ selection

    @property
    def selection(self) -> Selection | None:
        return self._selection if self._selection is not None and not self._selection.empty else None

    def select(self, selection: Selection | None) -> None:
        """Select, or nothing. The view stays where it is."""
        if selection is not None and not selection.empty:
            self.release_end()
        self._selection = selection
        self.viewport().update()

    def complete_job(self, job: PaintJob, row: int, section: int) -> None:
        if self._selection is None:
            return
        job.selection = self._selection.span(row, section)
        head = self._selection.head
        if self._cursor_shown and head[:2] == (row, section):
            job.cursor = head.spot

    def paint_state(self, row: int) -> PaintState:
        hovered = row == self._hovered_row
        return PaintState(hover=self._hovered if hovered else None, active=hovered)

    def _rows_going(self, _parent: QModelIndex, first: int, last: int) -> None:
        if self._selection is not None and self._selection.end.row >= first:
            self._selection = None
        self._pressed = None
        self._hovered_box = None
        super()._rows_going(_parent, first, last)

    # ------------------------------------------------------------------ hover

    def _hover(self, point: QPoint | None) -> None:
        hit = self.hit(point) if point is not None else None
        row = self.row_at(point.y()) if point is not None else -1
        control = self.control_at(hit) if hit is not None else None
        link = self.link_at(hit) if hit is not None and control is None else ""
        box = self._hover_box(hit, control, link)
        changed = (row, control, link) != (self._hovered_row, self._hovered, self._hovered_link) or box
        if link != self._hovered_link:
            self.link_hovered.emit(link)
        self._hovered_row, self._hovered, self._hovered_link = row, control, link
        shape = Qt.CursorShape.ArrowCursor
        if link or (control is not None and not _is_scroll(control)):
            shape = Qt.CursorShape.PointingHandCursor
        elif hit is not None and control is None and self._box_at(hit) is not None:
            shape = Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)
        if changed:
            self.viewport().update()

    def _hover_box(self, hit: Hit | None, control: Control | None, link: str) -> bool:
        """Tell the box under the pointer, and the one that was; whether one looks different now."""
        found = self._box_at(hit) if hit is not None else None
        box = found[0] if found is not None else None
        changed = False
        if self._hovered_box is not None and self._hovered_box is not box:
            changed = self._hovered_box.hover("")
        self._hovered_box = box
        if box is not None:
            key = control.argument[2] if control is not None and control.verb == LOCAL + "box" else ""
            changed = box.hover(key, link) or changed
        return changed

    def viewportEvent(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self._hover(None)
        elif kind == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hit = self.hit(event.pos())
            control = self.control_at(hit) if hit is not None else None
            tip = control.tip if control is not None else self._hovered_link
            QToolTip.showText(event.globalPos(), plain_tip(tip), self)
            return True
        return super().viewportEvent(event)

    # ------------------------------------------------------------------ presses

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._press_point = point
        self.pressed_on(self.row_at(point.y()))
        hit = self.hit(point)
        control = self.control_at(hit) if hit is not None else None
        if hit is not None and control is not None:
            self._pressed = (hit, control)
            return
        self._pressed_link = self.link_at(hit) if hit is not None else ""
        place = self.place_at(point)
        if place is None:
            return
        self._clicks = self._clicks + 1 if self._click_timer.isActive() else 1
        self._click_timer.start(QApplication.doubleClickInterval())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shift and self._selection is not None:
            self.select(Selection(self._selection.anchor, place))
        elif self._clicks >= 3:
            self._select_in_block(place, whole=True)
        else:
            self.select(Selection(place))
        self._dragging = True

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        hit = self.hit(event.position().toPoint())
        if hit is not None and self.control_at(hit) is not None:
            self.mousePressEvent(event)
            return
        place = self.place_at(event.position().toPoint())
        if place is not None:
            self._clicks = 2
            self._click_timer.start(QApplication.doubleClickInterval())
            self._select_in_block(place, whole=False)

    def _select_in_block(self, place: Place, *, whole: bool) -> None:
        """The word at a place, or its whole block."""
        item = self.item(place.row)
        box = item.sections[place.section].box(place.block) if item and item.sections else None
        if box is None:
            return
        start, end = (0, box.length) if whole else box.word_at(place.offset)
        self.select(Selection(place._replace(offset=start), place._replace(offset=end)))

    def _forget_clicks(self) -> None:
        self._clicks = 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._pressed is not None:
            hit, control = self._pressed
            if _is_scroll(control) and isinstance(hit.section, TextSection):
                box = hit.section.box(control.argument[1])
                if box is not None and box.drag_scroll(point.x() - self._press_point.x()):
                    self.viewport().update()
                self._press_point = point
            return
        if not self._dragging:
            self._hover(point)
            return
        if (point - self._press_point).manhattanLength() >= QApplication.startDragDistance():
            self._pressed_link = ""
        self._extend_to(point)
        outside = point.y() < 0 or point.y() >= self.viewport().height()
        if outside and not self._autoscroll.isActive():
            self._autoscroll.start()
        elif not outside:
            self._autoscroll.stop()

    def _extend_to(self, point: QPoint) -> None:
        height = self.viewport().height()
        place = self.place_at(QPoint(point.x(), min(max(point.y(), 0), height - 1)))
        if place is not None and self._selection is not None and place != self._selection.head:
            self.select(Selection(self._selection.anchor, place))

    def _scroll_on(self) -> None:
        """The pointer is held above or below the window while it selects."""
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        height = self.viewport().height()
        over = point.y() if point.y() < 0 else point.y() - height if point.y() >= height else 0
        if not self._dragging or not over:
            self._autoscroll.stop()
            return
        self.scroll_by(max(-80, min(80, over)))
        self.release_end()
        self._extend_to(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        pressed, self._pressed = self._pressed, None
        dragged, self._dragging = self._dragging, False
        self._autoscroll.stop()
        if pressed is not None:
            hit = self.hit(point)
            if hit is not None and self.control_at(hit) == pressed[1]:
                self.press(pressed[0].row, pressed[0].section, pressed[1], hit.x)
            return
        if dragged and self._pressed_link and self.selection is None:
            hit = self.hit(point)
            if hit is not None and self.link_at(hit) == self._pressed_link:
                self.follow_link(hit.row, hit.section, self._pressed_link)
        self._pressed_link = ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up releases the end at once; sideways moves wide code and tables."""
        steps, pixels = event.angleDelta(), event.pixelDelta()
        sideways = abs(steps.x()) > abs(steps.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if sideways:
            delta = pixels.x() or steps.x() or steps.y()
            hit = self.hit(event.position().toPoint())
            found = self._box_at(hit) if hit is not None else None
            if found is not None and found[0].scroll_by(-delta):
                self.viewport().update()
            event.accept()
            return
        dy = (
            -pixels.y()
            if not pixels.isNull()
            else -round(steps.y() / 120 * WHEEL_LINES * self._stage.look.line)
        )
        if dy:
            if dy < 0:
                self.release_end()
            self.scroll_by(dy)
            self._hover(event.position().toPoint())
        event.accept()

    # ------------------------------------------------------------------ for the view

    def pressed_on(self, row: int) -> None:
        """The mouse went down on a row. Overridden."""

    def press(self, row: int, section: Section, control: Control, x: float = 0.0) -> None:
        """A control was pressed. Overridden."""

    def follow_link(self, row: int, section: Section, url: str) -> None:
        """A link was clicked. Overridden."""


def _is_scroll(control: Control) -> bool:
    return control.verb == LOCAL + "box" and control.argument[2] == "scroll"


def visible_controls(view: TranscriptCanvas, row: int) -> list[tuple[Section, Control]]:
    """Everything in a row that can be pressed and is near the window, in reading order."""
    item = view.item(row)
    if item is None:
        return []
    top = view.row_top(row) - view.verticalScrollBar().value()
    height = view.viewport().height()
    found: list[tuple[Section, Control]] = []
    for section in item.sections:
        if isinstance(section, TextSection) and section.count:
            first = section.block_at(max(-top - section.y, 0))
            last = section.block_at(max(height - top - section.y, 0))
            blocks = range(first, last + 1)
        else:
            blocks = range(section.count)
        found.extend((section, control) for block in blocks for control in section.controls(block))
    return found


def control_rect(section: Section, control: Control) -> QRectF:
    """Where a control stands now, in the section's coordinates."""
    block = control.argument[1] if control.verb == LOCAL + "box" else 0
    return next((c.rect for c in section.controls(block) if c == control), control.rect)

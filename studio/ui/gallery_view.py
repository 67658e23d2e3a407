"""The gallery: a grid over half a million assets that scrolls by pixels and never jumps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEasingCurve,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QDrag,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.delegates import AssetDelegate, GalleryStyle
from studio.ui.gallery_layout import GalleryLayout, Section

SMALLEST_CELL, LARGEST_CELL, DEFAULT_CELL = 120, 480, 180
DRAG_PICTURE = 96
SETTLE_MS = 60  # after the last scroll step, what lies ahead is read and decoded
LINE_SCROLL = 40  # pixels per line: three lines per notch of a wheel

AnyIndex = QModelIndex | QPersistentModelIndex
Action = QAbstractItemView.CursorAction


class GalleryView(QAbstractItemView):
    """A grid of assets.

    Layout is arithmetic over the row count, so half a million rows cost what ten do. Rows that arrive above
    what is looked at do not move it.

    Signals:
        open_requested(QModelIndex): Enter, Space or a double click.
        rate_requested(int): a digit 0 to 5, for the selected rows.
        trash_requested(): Delete, for the selected rows.
        newer_arrived(int): rows that came above the view since it was last at the top; 0 once it is there.
        cell_size_changed(int): by `set_cell_size` or Ctrl and the wheel.
    """

    open_requested = Signal(QModelIndex)
    rate_requested = Signal(int)
    trash_requested = Signal()
    newer_arrived = Signal(int)
    cell_size_changed = Signal(int)

    def __init__(
        self,
        model: AssetListModel,
        thumbnails: ThumbnailLoader,
        style: GalleryStyle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._assets = model
        self._thumbnails = thumbnails
        self._look = style
        self._cells = AssetDelegate(style, thumbnails, self)
        self._layout = GalleryLayout(gap=style.gap, margin=style.margin, header=style.header)
        self._wanted = DEFAULT_CELL
        self._hover = -1
        self._band = QRect()
        self._newer = 0
        self._current_row: int | None = None  # across a reset
        self._anchor: tuple[int, int] | None = None
        self._shown_query: object = None
        self._moving = False
        self._wheel_target = 0
        self._set_up_widget()
        self._set_up_timers()
        self.setItemDelegate(self._cells)
        self.setModel(model)

    def _set_up_widget(self) -> None:
        self.setObjectName("gallery")
        self.setAccessibleName("Gallery")
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a bar that comes and goes would change the width, and with it every cell.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDragEnabled(True)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _set_up_timers(self) -> None:
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._look_ahead)
        self._glide = QVariantAnimation(self)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glide_to)
        self._thumbnails.ready.connect(self._thumbnails_ready)

    # ------------------------------------------------------------------ commands

    @property
    def cell_size(self) -> int:
        """Wanted width of a cell in logical pixels; cells grow from it to fill the width."""
        return self._wanted

    def set_cell_size(self, pixels: int) -> None:
        """120 to 480; the row that is looked at stays in view."""
        pixels = max(SMALLEST_CELL, min(pixels, LARGEST_CELL))
        if pixels != self._wanted:
            self._wanted = pixels
            self._fit()
            self.cell_size_changed.emit(pixels)

    def set_look(self, style: GalleryStyle) -> None:
        """Other colours or fonts, for instance when the colour scheme changes."""
        self._look = style
        self._cells.set_style(style)
        self._layout.gap, self._layout.margin, self._layout.header = style.gap, style.margin, style.header
        self._fit(force=True)

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Headings over runs of rows, in order; ignored unless their counts add up to the rows."""
        anchor = self._take_anchor()
        self._layout.set_sections(sections)
        self._relayout(anchor)

    def show_newest(self) -> None:
        """Go to the top, where what arrived meanwhile is waiting."""
        self._glide.stop()
        self._layout.drop_lead()
        self._relayout(None)
        self.verticalScrollBar().setValue(0)

    def selected_positions(self) -> list[int]:
        """Sorted positions of the selected rows."""
        positions: list[int] = []
        for part in self.selectionModel().selection():
            positions.extend(range(part.top(), part.bottom() + 1))
        return sorted(positions)

    def visible_span(self) -> tuple[int, int]:
        """First and last position that is at least partly in sight; (0, -1) when there is none."""
        top = self.verticalScrollBar().value()
        return self._layout.span(top, top + self.viewport().height())

    # ------------------------------------------------------------------ geometry for Qt

    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid() or index.row() >= self._layout.count:
            return QRect()
        return self._rect(index.row())

    def indexAt(self, point: QPoint) -> QModelIndex:
        at = self._layout.at(point.x(), point.y() + self.verticalOffset())
        return self._assets.index(at) if at >= 0 else QModelIndex()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def sizeHintForIndex(self, index: AnyIndex) -> QSize:
        return QSize(self._layout.cell_width, self._layout.cell_height)

    def scrollTo(
        self, index: AnyIndex, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid() or index.row() >= self._layout.count:
            return
        box = self._layout.box(index.row())
        edge = self._layout.edge
        bar, page = self.verticalScrollBar(), self.viewport().height()
        top, bottom = box.y - edge, box.y + box.height + edge
        hints = QAbstractItemView.ScrollHint
        if hint == hints.PositionAtTop:
            target = top
        elif hint == hints.PositionAtBottom:
            target = bottom - page
        elif hint == hints.PositionAtCenter:
            target = (top + bottom - page) // 2
        elif top < bar.value() or bottom - top > page:
            target = top
        elif bottom > bar.value() + page:
            target = bottom - page
        else:
            return
        self._glide.stop()
        bar.setValue(target)

    def updateGeometries(self) -> None:
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setSingleStep(LINE_SCROLL)
        bar.setPageStep(max(1, page - self._layout.pitch // 2))
        bar.setRange(0, max(0, self._layout.height - page))
        super().updateGeometries()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _rect(self, position: int) -> QRect:
        box = self._layout.box(position)
        return QRect(box.x, box.y - self.verticalOffset(), box.width, box.height)

    def _outer(self, position: int) -> QRect:
        out = self._look.outset
        return self._rect(position).adjusted(-out, -out, out, out)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = event.rect()
        painter.fillRect(area, self._look.background)
        self._paint_headings(painter, area)
        self._paint_cells(painter, event.region(), area)
        if not self._band.isNull():
            colour = QColor(self._look.accent)
            painter.setPen(colour)
            colour.setAlpha(40)
            painter.setBrush(colour)
            painter.drawRect(QRectF(self._band).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_cells(self, painter: QPainter, region: QRegion, area: QRect) -> None:
        out, offset = self._look.outset, self.verticalOffset()
        first, last = self._layout.span(area.top() - out + offset, area.bottom() + 1 + out + offset)
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = QStyle.StateFlag.State_Enabled
        chosen = self.selectionModel()
        several = chosen.hasSelection() and not self._one_selected()
        current = self.currentIndex().row() if self.hasFocus() else -1
        for position in range(first, last + 1):
            if not region.intersects(self._outer(position)):
                continue
            index = self._assets.index(position)
            state = plain
            if chosen.isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if position == current:
                state |= QStyle.StateFlag.State_HasFocus
                if several:
                    state |= QStyle.StateFlag.State_KeyboardFocusChange
            if position == self._hover:
                state |= QStyle.StateFlag.State_MouseOver
            option.state = state
            option.rect = self._rect(position)
            self._cells.paint(painter, option, index)

    def _paint_headings(self, painter: QPainter, area: QRect) -> None:
        offset = self.verticalOffset()
        for section, top in self._layout.headings(area.top() + offset, area.bottom() + 1 + offset):
            place = QRect(self._look.margin, top - offset, self.viewport().width(), self._look.header - 8)
            painter.setPen(self._look.text)
            painter.setFont(self._look.strong)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, section.title)
            place.setLeft(place.left() + painter.fontMetrics().horizontalAdvance(section.title + " "))
            painter.setPen(self._look.text_soft)
            painter.setFont(self._look.body)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, section.detail)

    def _one_selected(self) -> bool:
        parts = self.selectionModel().selection()
        return len(parts) == 1 and parts[0].top() == parts[0].bottom()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._moving or not self._band.isNull():
            self.viewport().update()
        else:
            self.viewport().scroll(dx, dy)  # what stays in sight is copied, only the rest is painted
        if self._newer and self.verticalOffset() == 0:
            self._newer = 0
            self.newer_arrived.emit(0)
        self._settle.start()
        self._drop_scrolled_away()

    # ------------------------------------------------------------------ thumbnails

    def _drop_scrolled_away(self) -> None:
        first, last = self.visible_span()
        self._thumbnails.retain({self._assets.number_at(at) for at in range(first, last + 1)})

    @Slot(object)
    def _thumbnails_ready(self, numbers: list[int]) -> None:
        arrived = set(numbers)
        first, last = self.visible_span()
        for at in range(first, min(last + 1, self._assets.rowCount())):
            if self._assets.number_at(at) in arrived:
                self.viewport().update(self._rect(at))

    @Slot()
    def _look_ahead(self) -> None:
        """The view has come to rest: decode one screen in each direction, the nearest rows first."""
        first, last = self.visible_span()
        if last < first or not self.isVisible():
            return
        spec = self._cells.spec(self.sizeHintForIndex(QModelIndex()), self.devicePixelRatioF())
        screen = last - first + 1
        following = range(last + 1, min(last + 1 + screen, self._layout.count))
        before = range(first - 1, max(-1, first - 1 - screen), -1)
        for at in (*following, *before):
            row = self._assets.row_at(at)
            if row is not None:
                self._thumbnails.prefetch(row, spec)

    # ------------------------------------------------------------------ what the model says

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is None:
            return
        model.rowsRemoved.connect(self._rows_removed)
        model.modelAboutToBeReset.connect(self._about_to_reset)
        model.layoutChanged.connect(self.viewport().update)
        self._layout.set_count(model.rowCount())

    @Slot()
    def _about_to_reset(self) -> None:
        current = self.currentIndex()
        self._current_row = self._assets.number_at(current.row()) if current.isValid() else None
        first, last = self.visible_span()
        self._anchor = None
        if last >= first and self.verticalOffset() > 0 and self._shown_query == self._assets.query:
            self._anchor = (self._assets.number_at(first), self._rect(first).top())

    def reset(self) -> None:
        """A new list: the current cell is found again if it is still there; a new query starts at the top."""
        super().reset()
        self._hover = -1
        self._layout.set_count(self._assets.rowCount())
        target = 0
        self._relayout(None)
        if self._anchor is not None:
            index = self._assets.index_of_row(self._anchor[0])
            if index.isValid():
                target = self._layout.box(index.row()).y - self._anchor[1]
        self._shown_query = self._assets.query
        self.verticalScrollBar().setValue(target)
        if self._current_row is not None:
            index = self._assets.index_of_row(self._current_row)
            if index.isValid():
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
        self._settle.start()

    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        count = end - start + 1
        first, last = self.visible_span()
        above = last >= first and self.verticalOffset() > 0 and start <= first
        anchor = self._take_anchor()
        self._layout.insert(start, count)
        if above and anchor is not None:
            position, column, y = anchor
            anchor = (position + count, column, y)
        self._relayout(anchor)
        super().rowsInserted(parent, start, end)
        if above:
            self._newer += count
            self.newer_arrived.emit(self._newer)
        self._settle.start()

    def rowsAboutToBeRemoved(self, parent: AnyIndex, start: int, end: int) -> None:
        self._anchor_before = self._take_anchor()
        current = self.currentIndex().row()
        self._take_next = start <= current <= end and self.selectionModel().isSelected(self.currentIndex())
        super().rowsAboutToBeRemoved(parent, start, end)

    _anchor_before: tuple[int, int, int] | None = None
    _take_next = False

    @Slot(QModelIndex, int, int)
    def _rows_removed(self, _parent: QModelIndex, start: int, end: int) -> None:
        anchor = self._anchor_before
        self._layout.remove(start, end)
        if anchor is not None:
            position, column, y = anchor
            if position > end:
                anchor = (position - (end - start + 1), column, y)
            elif position >= start:
                anchor = (start, column, y)
        self._relayout(anchor)
        chosen = self.selectionModel()
        if self._take_next and not chosen.hasSelection() and self.currentIndex().isValid():
            # The next one is taken up, so that a row of pictures can be gone through with Delete.
            chosen.setCurrentIndex(self.currentIndex(), QItemSelectionModel.SelectionFlag.Select)
        self._settle.start()

    def dataChanged(self, top_left: AnyIndex, bottom_right: AnyIndex, roles: Sequence[int] = ()) -> None:
        first, last = self.visible_span()
        for at in range(max(first, top_left.row()), min(last, bottom_right.row()) + 1):
            self._thumbnails.forget_failure(self._assets.number_at(at))
            self.viewport().update(self._outer(at))
        if bottom_right.row() > last or top_left.row() < first:
            self._settle.start()
        super().dataChanged(top_left, bottom_right, list(roles))

    # ------------------------------------------------------------------ keeping the place

    def _take_anchor(self) -> tuple[int, int, int] | None:
        """The first row in sight, its column and its y; None at the top, where the newest belong."""
        first, last = self.visible_span()
        if self.verticalOffset() == 0 or last < first:
            return None
        return first, self._layout.column(first), self._rect(first).top()

    def _relayout(self, anchor: tuple[int, int, int] | None) -> None:
        """After the layout changed: scroll so that the anchor stays where it was, paint everything."""
        self._moving = True
        target = None
        if anchor is not None and anchor[0] < self._layout.count:
            position, column, y = anchor
            if column < self._layout.columns:
                self._layout.keep_column(position, column)
            target = self._layout.box(position).y - y
        self.updateGeometries()
        if target is not None:
            self.verticalScrollBar().setValue(target)
        self._moving = False
        self._hover = -1
        self.viewport().update()

    def _fit(self, *, force: bool = False) -> None:
        """Cells for the width there is; the row that was first in sight, or the current one, stays."""
        anchor = self._take_anchor()
        current = self.currentIndex().row()
        first, last = self.visible_span()
        if anchor is not None and first <= current <= last:
            anchor = (current, 0, self._rect(current).top())
        moved = self._layout.set_width(self.viewport().width(), self._wanted)
        if not (moved or force):
            return
        target = self._layout.box(anchor[0]).y - anchor[2] if anchor is not None else 0
        self._moving = True
        self.updateGeometries()
        self.verticalScrollBar().setValue(target)
        self._moving = False
        self.viewport().update()
        self._settle.start()

    # ------------------------------------------------------------------ selection

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A rubber band takes the cells it touches; Shift takes everything from one cell to the other."""
        offset = self.verticalOffset()
        chosen = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            box = rect.normalized()
            runs = self._layout.runs(
                box.left(), box.top() + offset, box.right() + 1, box.bottom() + 1 + offset
            )
        else:
            a = self._layout.at(rect.left(), rect.top() + offset)
            b = self._layout.at(rect.right(), rect.bottom() + offset)
            runs = [(min(a, b), max(a, b))] if a >= 0 and b >= 0 else []
        for first, last in runs:
            chosen.append(QItemSelectionRange(self._assets.index(first), self._assets.index(last)))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Only what is in sight: the region is for repainting."""
        first, last = self.visible_span()
        region = QRegion()
        for part in selection:
            for at in range(max(first, part.top()), min(last, part.bottom()) + 1):
                region += self._outer(at)
        return region

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update(self.visualRegionForSelection(selected))
        self.viewport().update(self.visualRegionForSelection(deselected))

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            if index.isValid() and index.row() < self._layout.count:
                self.viewport().update(self._outer(index.row()))

    # ------------------------------------------------------------------ keyboard

    def moveCursor(self, action: Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count = self._layout.count
        if not count:
            return QModelIndex()
        at = self.currentIndex().row()
        if at < 0:
            return self._assets.index(max(0, self.visible_span()[0]))
        page = max(1, self.viewport().height() // self._layout.pitch)
        row_first, row_last = self._layout.row_edges(at)
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        target = {
            Action.MoveLeft: at - 1,
            Action.MovePrevious: at - 1,
            Action.MoveRight: at + 1,
            Action.MoveNext: at + 1,
            Action.MoveUp: self._layout.beside(at, -1),
            Action.MoveDown: self._layout.beside(at, 1),
            Action.MovePageUp: self._layout.beside(at, -page),
            Action.MovePageDown: self._layout.beside(at, page),
            Action.MoveHome: row_first if control else 0,
            Action.MoveEnd: row_last if control else count - 1,
        }[action]
        return self._assets.index(max(0, min(target, count - 1)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held == Qt.KeyboardModifier.NoModifier and self._plain_key(key):
            event.accept()
            return
        super().keyPressEvent(event)

    def _plain_key(self, key: int) -> bool:
        """Keys of the gallery itself; true when one of them was pressed."""
        current = self.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if current.isValid():
                self.open_requested.emit(current)
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            if self.selectionModel().hasSelection():
                self.rate_requested.emit(key - Qt.Key.Key_0)
        elif key == Qt.Key.Key_Delete:
            if self.selectionModel().hasSelection():
                self.trash_requested.emit()
        elif key == Qt.Key.Key_Home:
            self._layout.drop_lead()
            self._relayout(None)
            return False
        else:
            return False
        return True

    def keyboardSearch(self, search: str) -> None:
        """No search by typing: it would read every row; the library's search finds them."""

    # ------------------------------------------------------------------ mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            self._set_band(QRect(self._press - QPoint(0, self.verticalOffset()), point).normalized())
        elif not event.buttons():
            self._set_hover(self._layout.at(point.x(), point.y() + self.verticalOffset()))

    _press = QPoint()  # in content pixels, where a rubber band begins

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._glide.stop()
        self._press = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._set_band(QRect())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.open_requested.emit(index)

    def leaveEvent(self, event: object) -> None:
        self._set_hover(-1)
        super().leaveEvent(event)  # type: ignore[arg-type]  # QEvent, as Qt hands it over

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl changes the size of the cells; a notched wheel glides; a touch pad moves by pixels."""
        steps = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_cell_size(round(self._wanted * 1.1 ** (steps / 120)))
            event.accept()
        elif event.pixelDelta().isNull() and steps and self._look.motion_ms:
            bar = self.verticalScrollBar()
            running = self._glide.state() == QVariantAnimation.State.Running
            start = self._wheel_target if running else bar.value()
            self._wheel_target = max(0, min(start - round(steps / 120 * 3 * LINE_SCROLL), bar.maximum()))
            self._glide.stop()
            self._glide.setDuration(self._look.motion_ms)
            self._glide.setStartValue(bar.value())
            self._glide.setEndValue(self._wheel_target)
            self._glide.start()
            event.accept()
        else:
            super().wheelEvent(event)

    @Slot(object)
    def _glide_to(self, value: int) -> None:
        self.verticalScrollBar().setValue(value)

    def _set_hover(self, position: int) -> None:
        if position == self._hover:
            return
        old, self._hover = self._hover, position
        for at in (old, position):
            if 0 <= at < self._layout.count:
                self.viewport().update(self._outer(at))

    def _set_band(self, band: QRect) -> None:
        if band != self._band:
            self.viewport().update(self._band.united(band).adjusted(-2, -2, 2, 2))
            self._band = band

    # ------------------------------------------------------------------ dragging out

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Drag the selected files. Waits for another try while the paths of a large selection are read."""
        positions = self.selected_positions()
        if not positions or not self._assets.prefetch(positions):
            return
        drag = QDrag(self)
        drag.setMimeData(self._assets.mimeData([self._assets.index(at) for at in positions]))
        picture = self._drag_picture(positions)
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(12, 12))
        drag.exec(supported, Qt.DropAction.CopyAction)

    def _drag_picture(self, positions: Sequence[int]) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(DRAG_PICTURE * ratio), round(DRAG_PICTURE * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        thumbnail = self._thumbnails.peek(self._assets.number_at(positions[0]))
        if thumbnail is not None:
            painter.drawPixmap(QRect(0, 0, DRAG_PICTURE, DRAG_PICTURE), thumbnail)
        if len(positions) > 1:
            painter.setFont(self._look.strong)
            text = str(len(positions))
            pill = QRect(8, 8, painter.fontMetrics().horizontalAdvance(text) + 16, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.badge)
            painter.drawRoundedRect(pill, 11, 11)
            painter.setPen(self._look.on_badge)
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return picture

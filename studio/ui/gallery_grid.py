"""The grid under the gallery: geometry, painting, and keeping its place while rows come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

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
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QWidget

from studio.core.i18n import tr
from studio.domain.library import LibraryQuery
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.delegates import AssetDelegate, GalleryStyle
from studio.ui.gallery_layout import GalleryLayout, Section
from studio.ui.mirror import MIRRORED, placed

SMALLEST_CELL, LARGEST_CELL, DEFAULT_CELL = 120, 480, 168
SETTLE_MS = 60  # after the last scroll step, what lies ahead is read and decoded
LINE_SCROLL = 40  # pixels per line: three lines per notch of a wheel

AnyIndex = QModelIndex | QPersistentModelIndex
Base = QAbstractItemView


def parts(selection: QItemSelection) -> list[QItemSelectionRange]:
    """The ranges of a selection, which the stubs do not know to be a list."""
    return list(cast("Iterable[QItemSelectionRange]", selection))


def _without_stacks(query: LibraryQuery | None) -> LibraryQuery | None:
    """Unfolding a stack is no new query: what is looked at stays where it is."""
    return None if query is None else replace(query, unfolded=())


class GalleryGrid(QListView):
    """A grid of assets.

    It is a `QListView` so that screen readers get Qt's own list of items; nothing else of that class is used:
    what it would lay out itself is answered here, and calls go on to `QAbstractItemView` (`Base`).

    Layout is arithmetic over the row count, so half a million rows cost what ten do. Rows that arrive above
    what is looked at do not move it.

    Signals:
        newer_arrived(int): rows that came above the view since it was last at the top; 0 once it is there.
        cell_size_changed(int): by `set_cell_size` or Ctrl and the wheel.
    """

    newer_arrived = Signal(int)
    cell_size_changed = Signal(int)

    def __init__(
        self, model: AssetListModel, thumbnails: ThumbnailLoader, style: GalleryStyle, parent: QWidget | None
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
        self._shown_query: LibraryQuery | None = None
        self._moving = False
        self._before_removal: tuple[int, int, int] | None = None
        self._take_next = False
        self._glide_target = 0
        self._set_up_timers()
        self._set_up_widget()
        self.setItemDelegate(self._cells)
        self.setModel(model)

    def _set_up_widget(self) -> None:
        self.setObjectName("gallery")
        self.setAccessibleName(tr("Gallery"))
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a bar that comes and goes would change the width, and with it every cell.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().setEnabled(False)
        self.verticalScrollBar().rangeChanged.connect(self._enable_bar)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDragEnabled(True)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @Slot(int, int)
    def _enable_bar(self, low: int, high: int) -> None:
        self.verticalScrollBar().setEnabled(high > low)

    def _set_up_timers(self) -> None:
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._look_ahead)
        self._glide = QVariantAnimation(self)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glide_to)
        self._thumbnails.ready.connect(self._thumbnails_ready)
        self._assets.loading_changed.connect(self._thumbnails.warm)

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

    @property
    def is_list(self) -> bool:
        """Whether rows with words stand in the place of the grid."""
        return self._layout.row_height > 0

    def set_list(self, on: bool) -> None:
        """One row for each asset, with its words; or the grid again. What is looked at stays in view."""
        height = self._look.list_row if on else 0
        if height != self._layout.row_height:
            self._layout.row_height = height
            self._cells.as_list = on
            self._fit()

    def set_look(self, style: GalleryStyle) -> None:
        """Other colours or fonts, for instance when the colour scheme changes."""
        self._look = style
        self._cells.set_style(style)
        self._layout.gap, self._layout.margin, self._layout.header = style.gap, style.margin, style.header
        if self._layout.row_height:
            self._layout.row_height = style.list_row
        self._fit(force=True)

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Headings over runs of rows, in order; ignored unless their counts add up to the rows."""
        anchor = self._take_anchor()
        self._layout.set_sections(sections)
        self._relayout(anchor)

    def show_newest(self) -> None:
        """Go to the top, where what arrived meanwhile is waiting."""
        self.stop_gliding()
        self._layout.drop_lead()
        self._relayout(None)
        self.verticalScrollBar().setValue(0)

    def glide_by(self, pixels: int) -> None:
        """Scroll smoothly; a further call while it moves adds to it."""
        bar = self.verticalScrollBar()
        running = self._glide.state() == QVariantAnimation.State.Running
        start = self._glide_target if running else bar.value()
        self._glide_target = max(0, min(start + pixels, bar.maximum()))
        self._glide.stop()
        self._glide.setDuration(self._look.motion_ms)
        self._glide.setStartValue(bar.value())
        self._glide.setEndValue(self._glide_target)
        self._glide.start()

    def stop_gliding(self) -> None:
        """Stay where the view is."""
        self._glide.stop()

    @Slot(object)
    def _glide_to(self, value: int) -> None:
        self.verticalScrollBar().setValue(value)

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
        at = self._layout.at(self._from_start(point.x()), point.y() + self.verticalOffset())
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
        self.stop_gliding()
        bar.setValue(target)

    def updateGeometries(self) -> None:
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setSingleStep(LINE_SCROLL)
        bar.setPageStep(max(1, page - self._layout.pitch // 2))
        bar.setRange(0, max(0, self._layout.height - page))
        Base.updateGeometries(self)

    def doItemsLayout(self) -> None:
        Base.doItemsLayout(self)  # not QListView's, which visits every row

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        Base.resizeEvent(self, event)

    def _rect(self, position: int) -> QRect:
        box = self._layout.box(position)
        rect = QRect(box.x, box.y - self.verticalOffset(), box.width, box.height)
        return placed(self.viewport(), rect)

    def _from_start(self, x: int) -> int:
        """How far a place of the viewport is from where reading begins: the layout counts from there."""
        return self.viewport().width() - 1 - x if MIRRORED else x

    def _outer(self, position: int) -> QRect:
        out = self._look.outset
        return self._rect(position).adjusted(-out, -out, out, out)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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
        plain = QStyle.StateFlag.State_Enabled
        chosen = self.selectionModel()
        any_chosen = chosen.hasSelection()
        # The ring of what is chosen would not tell that the keyboard is here, nor on which of several.
        by_keys = self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        marked = any_chosen and (by_keys or not self._one_selected())
        current = self.currentIndex().row() if self.hasFocus() else -1
        in_pieces = region.rectCount() > 1
        for position in range(first, last + 1):
            rect = self._rect(position)
            if in_pieces and not region.intersects(rect.adjusted(-out, -out, out, out)):
                continue
            state = plain
            if any_chosen and chosen.isSelected(self._assets.index(position)):
                state |= QStyle.StateFlag.State_Selected
            if position == current:
                state |= QStyle.StateFlag.State_HasFocus
                if marked:
                    state |= QStyle.StateFlag.State_KeyboardFocusChange
            if position == self._hover:
                state |= QStyle.StateFlag.State_MouseOver
            number, row = self._assets.number_at(position), self._assets.row_at(position)
            self._cells.paint_cell(painter, rect, state, number, row)

    def _paint_headings(self, painter: QPainter, area: QRect) -> None:
        offset = self.verticalOffset()
        for section, top in self._layout.headings(area.top() + offset, area.bottom() + 1 + offset):
            room = self.viewport().width() - 2 * self._look.margin
            place = QRect(self._look.margin, top - offset, room, self._look.header - 8)
            painter.setPen(self._look.text)
            painter.setFont(self._look.strong)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, section.title)
            said = painter.fontMetrics().horizontalAdvance(section.title + " ")
            place.adjust(0 if MIRRORED else said, 0, -said if MIRRORED else 0, 0)
            painter.setPen(self._look.text_soft)
            painter.setFont(self._look.body)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, section.detail)

    def _one_selected(self) -> bool:
        chosen = parts(self.selectionModel().selection())
        return len(chosen) == 1 and chosen[0].top() == chosen[0].bottom()

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
        model.modelReset.connect(self._after_reset)
        model.layoutChanged.connect(self.viewport().update)
        self._layout.set_count(model.rowCount())

    @Slot()
    def _about_to_reset(self) -> None:
        current = self.currentIndex()
        self._current_row = self._assets.number_at(current.row()) if current.isValid() else None
        first, last = self.visible_span()
        self._anchor = None
        same = _without_stacks(self._shown_query) == _without_stacks(self._assets.query)
        if last >= first and self.verticalOffset() > 0 and same:
            self._anchor = (self._assets.number_at(first), self._rect(first).top())

    def reset(self) -> None:
        """A new list; a new query starts at the top."""
        Base.reset(self)
        self._layout.set_count(self._assets.rowCount())
        self._relayout(None)

    @Slot()
    def _after_reset(self) -> None:
        """Find the current cell and the place again. Runs after the selection model has forgotten its own."""
        if self._current_row is not None:
            index = self._assets.index_of_row(self._current_row)
            if index.isValid():
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
        target = 0
        if self._anchor is not None:
            index = self._assets.index_of_row(self._anchor[0])
            if index.isValid():
                target = self._layout.box(index.row()).y - self._anchor[1]
        self._shown_query = self._assets.query
        self.verticalScrollBar().setValue(target)
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
        Base.rowsInserted(self, parent, start, end)
        if above:
            self._newer += count
            self.newer_arrived.emit(self._newer)
        self._settle.start()

    def rowsAboutToBeRemoved(self, parent: AnyIndex, start: int, end: int) -> None:
        self._before_removal = self._take_anchor()
        current = self.currentIndex().row()
        chosen = self.selectionModel()
        self._take_next |= start <= current <= end and chosen.isSelected(self.currentIndex())
        Base.rowsAboutToBeRemoved(self, parent, start, end)

    @Slot(QModelIndex, int, int)
    def _rows_removed(self, _parent: QModelIndex, start: int, end: int) -> None:
        anchor = self._before_removal
        self._layout.remove(start, end)
        if anchor is not None:
            position, column, y = anchor
            if position > end:
                anchor = (position - (end - start + 1), column, y)
            elif position >= start:
                anchor = (start, column, y)
        self._relayout(anchor)
        if self._take_next and self._layout.count:
            # The next one is taken up, so that a row of pictures can be gone through with Delete.
            following = self._assets.index(min(start, self._layout.count - 1))
            self.selectionModel().setCurrentIndex(following, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._take_next = False
        self._settle.start()

    def dataChanged(self, top_left: AnyIndex, bottom_right: AnyIndex, roles: Sequence[int] = ()) -> None:
        first, last = self.visible_span()
        for at in range(max(first, top_left.row()), min(last, bottom_right.row()) + 1):
            self._thumbnails.forget_failure(self._assets.number_at(at))
            self.viewport().update(self._outer(at))
        if bottom_right.row() > last or top_left.row() < first:
            self._settle.start()
        Base.dataChanged(self, top_left, bottom_right, list(roles))

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

    # ------------------------------------------------------------------ hover and rubber band

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

    # ------------------------------------------------------------------ repainting a selection

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Only what is in sight: the region is for repainting."""
        first, last = self.visible_span()
        region = QRegion()
        for part in parts(selection):
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

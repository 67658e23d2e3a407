"""The gallery: a grid over half a million assets that scrolls by pixels and never jumps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QMouseEvent, QPainter, QPixmap, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from studio.qt_models.asset_list import KEPT_ROWS, AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.asset_verbs import KEYS
from studio.ui.delegates import GalleryStyle
from studio.ui.gallery_grid import LINE_SCROLL, Base, GalleryGrid, parts
from studio.ui.mirror import MIRRORED

DRAG_PICTURE = 96

Action = QAbstractItemView.CursorAction


class GalleryView(GalleryGrid):
    """The gallery's hands: keyboard, mouse, wheel, selection, dragging files out.

    Signals:
        open_requested(QModelIndex): Enter, Space or a double click.
        rate_requested(int): a digit 0 to 5, for the selected rows.
        trash_requested(), export_requested(): Delete and Ctrl+E, for the selected rows.
        menu_requested(QPoint): the right button or the menu key on a row that is selected now; where on the
            screen.
        compare_requested(): C, for the selected rows.
        verb_requested(str): a letter of `asset_verbs.KEYS`, for the current row.
        stack_requested(QModelIndex): a press on the count of a stack, or S: unfold it, or fold it again.
    """

    open_requested = Signal(QModelIndex)
    rate_requested = Signal(int)
    trash_requested = Signal()
    export_requested = Signal()
    menu_requested = Signal(QPoint)
    stack_requested = Signal(QModelIndex)
    compare_requested = Signal()
    verb_requested = Signal(str)

    def __init__(
        self,
        model: AssetListModel,
        thumbnails: ThumbnailLoader,
        style: GalleryStyle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, thumbnails, style, parent)
        self._press = QPoint()  # in content pixels, where a rubber band begins

    def selected_positions(self) -> list[int]:
        """Sorted positions of the selected rows."""
        positions: list[int] = []
        for part in parts(self.selectionModel().selection()):
            positions.extend(range(part.top(), part.bottom() + 1))
        return sorted(positions)

    # ------------------------------------------------------------------ selection

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A rubber band takes the cells it touches; Shift takes everything from one cell to the other."""
        offset = self.verticalOffset()
        chosen = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            box = rect.normalized()
            left, right = sorted((self._from_start(box.left()), self._from_start(box.right())))
            runs = self._layout.runs(left, box.top() + offset, right + 1, box.bottom() + 1 + offset)
        else:
            a = self._layout.at(self._from_start(rect.left()), rect.top() + offset)
            b = self._layout.at(self._from_start(rect.right()), rect.bottom() + offset)
            runs = [(min(a, b), max(a, b))] if a >= 0 and b >= 0 else []
        for first, last in runs:
            chosen.append(QItemSelectionRange(self._assets.index(first), self._assets.index(last)))
        self.selectionModel().select(chosen, command)

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
        along = -1 if MIRRORED else 1
        target = {
            Action.MoveLeft: at - along,
            Action.MovePrevious: at - 1,
            Action.MoveRight: at + along,
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
        if held == Qt.KeyboardModifier.NoModifier and key in KEYS and self.currentIndex().isValid():
            self.verb_requested.emit(KEYS[Qt.Key(key)])
            return
        if held == Qt.KeyboardModifier.ControlModifier and key == Qt.Key.Key_E:
            if self.selectionModel().hasSelection():
                self.export_requested.emit()
            return
        Base.keyPressEvent(self, event)

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
        elif key == Qt.Key.Key_C:
            self.compare_requested.emit()
        elif key == Qt.Key.Key_S:
            if current.isValid():
                self.stack_requested.emit(current)
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
        Base.mouseMoveEvent(self, event)
        point = event.position().toPoint()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            self._set_band(QRect(self._press - QPoint(0, self.verticalOffset()), point).normalized())
        elif not event.buttons():
            self._set_hover(self._layout.at(point.x(), point.y() + self.verticalOffset()))

    def stack_at(self, point: QPoint) -> QModelIndex:
        """The cell whose stack badge is at a point of the viewport; invalid when there is none."""
        index = self.indexAt(point)
        row = self._assets.asset_row(index)
        if row is None or not self._cells.stack_badge(self.visualRect(index), row).contains(point):
            return QModelIndex()
        return index

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.stop_gliding()
        stack = self.stack_at(event.position().toPoint())
        if stack.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.stack_requested.emit(stack)
            return
        self._press = event.position().toPoint() + QPoint(0, self.verticalOffset())
        Base.mousePressEvent(self, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        Base.mouseReleaseEvent(self, event)
        self._set_band(QRect())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        Base.mouseDoubleClickEvent(self, event)
        index = self.indexAt(event.position().toPoint())
        if self.stack_at(event.position().toPoint()).isValid():
            return
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.open_requested.emit(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        if not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        middle = self.viewport().mapToGlobal(self.visualRect(index).center())
        self.menu_requested.emit(middle if by_key else event.globalPos())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._set_hover(-1)
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl changes the size of the cells; a notched wheel glides; a touch pad moves by pixels."""
        steps = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_cell_size(round(self._wanted * 1.1 ** (steps / 120)))
            event.accept()
        elif event.pixelDelta().isNull() and steps and self._look.motion_ms:
            self.glide_by(-round(steps / 120 * 3 * LINE_SCROLL))
            event.accept()
        else:
            Base.wheelEvent(self, event)

    # ------------------------------------------------------------------ dragging out

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Drag the selected files. Waits for another try while the paths of a large selection are read."""
        positions = self.selected_positions()
        few = len(positions) <= KEPT_ROWS // 2
        if not positions or (few and not self._assets.prefetch(positions)):
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

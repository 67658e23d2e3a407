"""The table of a grid: pictures in cells, and headers on both sides that stay while it scrolls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.core.i18n import tr
from studio.domain.library import AssetRow
from studio.qt_models.grid_table import GridTableModel, cell_words
from studio.qt_models.thumbnails import State, ThumbnailLoader, ThumbnailSpec
from studio.services.grids import CellState, CellStatus
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme, Tokens, Weight
from studio.ui.widgets.base import Themed, name_widget, paint_box
from studio.ui.widgets.progress import paint_spinner
from studio.ui.widgets.text import Label

SMALLEST, LARGEST, USUAL, FITTED_MOST = 72, 640, 200, 360
STEP = 1.25
ROW_HEADER, ROW_HEADER_MOST = 84, 220
HEADER_LINES = 3
TURN_MS = 80
TURNS = 12  # steps of the circle in one turn
MOST_TALL = 2.0
_RATES = range(Qt.Key.Key_0, Qt.Key.Key_6)
_ICONS = {
    CellStatus.WAITING: "clock",
    CellStatus.FAILED: "warning",
    CellStatus.MISSING: "add",
    CellStatus.LEFT_OUT: "blocked",
}


class GridDelegate(QStyledItemDelegate):
    """Paints a cell: the whole picture, or why there is none."""

    def __init__(self, thumbnails: ThumbnailLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.turn = 0.0

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        if not isinstance(model, GridTableModel):
            return
        theme = Theme.current()
        t, state = theme.tokens, model.state_at(index)
        edge = Space.XS
        box = QRectF(option.rect.adjusted(edge, edge, -edge, -edge))
        painter.save()
        painter.fillRect(option.rect, t.bg)  # what is chosen has a ring here, no ground
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state is not None and state.status is CellStatus.DONE and state.row is not None:
            box = self._picture(painter, box, state.row, t)
        elif state is not None:
            self._words(painter, box, state, theme)
        flags = option.state
        if flags & QStyle.StateFlag.State_Selected:
            paint_box(painter, box.adjusted(-1, -1, 1, 1), None, t.accent, Radius.CONTROL, 2 * FOCUS_BORDER)
        if flags & QStyle.StateFlag.State_HasFocus:
            paint_box(painter, box.adjusted(-3, -3, 3, 3), None, t.focus, Radius.LARGE, FOCUS_BORDER)
        painter.restore()

    def _picture(self, painter: QPainter, box: QRectF, row: AssetRow, t: Tokens) -> QRectF:
        """The picture as large as it fits, uncut; tells where it stands."""
        wide, high = row.width or 1, row.height or 1
        scale = min(box.width() / wide, box.height() / high)
        size = QRectF(0, 0, max(wide * scale, 1), max(high * scale, 1))
        size.moveCenter(box.center())
        place = QRectF(size.toRect())
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        spec = ThumbnailSpec(
            round(place.width() * ratio), round(place.height() * ratio), Radius.CONTROL * ratio
        )
        found, pixmap = self._thumbnails.get(row, spec)
        if pixmap is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        else:
            paint_box(painter, place, t.raised, t.border, Radius.CONTROL)
            if found is not State.PENDING:
                self._icon(painter, place, "picture", t)
        return place

    def _words(self, painter: QPainter, box: QRectF, state: CellState, theme: Theme) -> None:
        t = theme.tokens
        plain = state.status is CellStatus.LEFT_OUT
        paint_box(painter, box, None if plain else t.surface, t.border, Radius.CONTROL)
        font = theme.font("caption")
        metrics = QFontMetrics(font)
        side = theme.px(Size.ICON_LARGE)
        room = box.adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
        lines = max(int((room.height() - side - Space.XS) // metrics.lineSpacing()), 0)
        words = _fitted(_short_words(state), metrics, round(room.width()), lines)
        height = side + (Space.XS + metrics.lineSpacing() * len(words) if words else 0)
        top = room.center().y() - height / 2
        sign = QRectF(room.center().x() - side / 2, top, side, side)
        if state.status is CellStatus.RUNNING:
            paint_spinner(painter, sign, t.info, self.turn)
        else:
            ink = t.bad if state.status is CellStatus.FAILED else t.text3
            paint_icon(painter, _ICONS.get(state.status, "picture"), sign, ink)
        painter.setFont(font)
        painter.setPen(t.bad if state.status is CellStatus.FAILED else t.text2)
        for number, line in enumerate(words):
            at = QRectF(room.left(), sign.bottom() + Space.XS + number * metrics.lineSpacing(), room.width(),
                        metrics.lineSpacing())  # fmt: skip
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, line)

    def _icon(self, painter: QPainter, box: QRectF, name: str, t: Tokens) -> None:
        side = Theme.current().px(Size.ICON_LARGE)
        sign = QRectF(0, 0, side, side)
        sign.moveCenter(box.center())
        paint_icon(painter, name, sign, t.text3)


def _short_words(state: CellState) -> str:
    if state.status is CellStatus.LEFT_OUT:
        return state.words
    return cell_words(state)


def _fitted(text: str, metrics: QFontMetrics, width: int, lines: int) -> list[str]:
    """The words in lines of a width, the last one cut where there are too many."""
    found: list[str] = []
    left = text.split()
    while left and len(found) < lines:
        count = 1
        while count < len(left) and metrics.horizontalAdvance(" ".join(left[: count + 1])) <= width:
            count += 1
        if len(found) == lines - 1:
            count = len(left)
        found.append(metrics.elidedText(" ".join(left[:count]), Qt.TextElideMode.ElideRight, width))
        left = left[count:]
    return found


class GridHeader(Themed, QHeaderView):
    """The values of one side, in up to three lines each."""

    def __init__(self, orientation: Qt.Orientation, parent: QTableView) -> None:
        super().__init__(orientation, parent)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        model = self.model()
        if self.orientation() == Qt.Orientation.Horizontal:
            metrics = QFontMetrics(theme.font("caption", weight=Weight.MEDIUM))
            width = max(self.defaultSectionSize() - 2 * Space.SM, 1)
            texts = (
                [str(model.headerData(n, self.orientation())) for n in range(self.count())] if model else []
            )
            lines = max((len(_fitted(text, metrics, width, HEADER_LINES)) for text in texts), default=1)
            # The corner beside it says in two lines what the sides are.
            least = 2 if model is not None and model.rowCount() > 1 else 1
            return QSize(0, max(lines, least) * metrics.lineSpacing() + 2 * Space.SM)
        if model is None or not self.count():
            return QSize(theme.px(ROW_HEADER), 0)
        metrics = QFontMetrics(theme.font("caption", weight=Weight.MEDIUM))
        texts = [str(model.headerData(n, self.orientation())) for n in range(self.count())]
        widest = max(metrics.horizontalAdvance(text) for text in texts) + 2 * Space.MD
        return QSize(min(max(widest, theme.px(ROW_HEADER)), theme.px(ROW_HEADER_MOST)), 0)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        model = self.model()
        if model is None or not rect.isValid():
            return
        theme = Theme.current()
        t = theme.tokens
        font = theme.font("caption", weight=Weight.MEDIUM)
        metrics = QFontMetrics(font)
        painter.save()
        painter.fillRect(rect, t.bg)
        painter.setFont(font)
        painter.setPen(t.text)
        across = self.orientation() == Qt.Orientation.Horizontal
        box = rect.adjusted(Space.SM, Space.XS, -Space.SM, -Space.XS)
        most = HEADER_LINES if across else max(box.height() // metrics.lineSpacing(), 1)
        text = str(model.headerData(logical, self.orientation()))
        lines = _fitted(text, metrics, box.width(), min(most, 2 * HEADER_LINES))
        top = box.top() + max(box.height() - len(lines) * metrics.lineSpacing(), 0) // 2
        side = Qt.AlignmentFlag.AlignHCenter if across else Qt.AlignmentFlag.AlignRight
        for number, line in enumerate(lines):
            place = QRect(
                box.left(), top + number * metrics.lineSpacing(), box.width(), metrics.lineSpacing()
            )
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter), line)
        painter.restore()


class GridTable(Themed, QTableView):
    """Keys: arrows (move, Shift chooses several), Enter or Space (show large), 0 to 5 (rate), C (compare),
    + and - or Ctrl+wheel (zoom), Delete (trash), the menu key.

    Signals:
        opened(CellState): Enter, Space or a double click.
        rated(int), compared(), trashed(): for the chosen cells.
        menu_wanted(QPoint): where on the screen.
    """

    opened = Signal(object)
    rated = Signal(int)
    compared = Signal()
    trashed = Signal()
    menu_wanted = Signal(object)

    def __init__(
        self, model: GridTableModel, thumbnails: ThumbnailLoader, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        name_widget(self, tr("Grid"))
        self._grid = model
        self._aspect = 1.0
        self._cell = float(USUAL)
        self.delegate = GridDelegate(thumbnails, self)
        self.setHorizontalHeader(GridHeader(Qt.Orientation.Horizontal, self))
        self.setVerticalHeader(GridHeader(Qt.Orientation.Vertical, self))
        self.setItemDelegate(self.delegate)
        self.setModel(model)
        self._set_up()
        self._corner = Label("", "caption", "text2", parent=self)
        self._corner.setMargin(Space.SM)
        self._corner.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self._corner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._spin = QTimer(self, interval=TURN_MS)
        self._spin.timeout.connect(self._turn)
        thumbnails.ready.connect(self._pictures_ready)
        model.dataChanged.connect(self._cells_changed)
        self.retheme()

    def _set_up(self) -> None:
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.viewport().setAutoFillBackground(False)
        self.verticalHeader().setVisible(self._grid.grid.y is not None)
        self.doubleClicked.connect(self._open)

    def retheme(self) -> None:
        self._lay_out()

    # ------------------------------------------------------------------ size

    def set_aspect(self, aspect: float) -> None:
        """Width through height of the cells, as most of the pictures have it."""
        aspect = min(max(aspect, 1 / MOST_TALL), MOST_TALL)
        if abs(aspect - self._aspect) > 0.01:
            self._aspect = aspect
            self._lay_out()

    def fit(self) -> None:
        """All cells at once, as large as there is room; small windows scroll."""
        grid = self._grid.grid
        self._lay_out()
        head, side = self.horizontalHeader().height(), self.verticalHeader().width()
        wide = (self.width() - (side if grid.y is not None else 0) - Space.SM) / max(grid.columns, 1)
        high = (self.height() - head - Space.SM) / max(grid.rows, 1)
        self.set_cell(min(wide, high * self._aspect, FITTED_MOST))

    def set_cell(self, width: float) -> None:
        """The width of the cells."""
        self._cell = min(max(width, SMALLEST), LARGEST)
        self._lay_out()

    def zoom(self, factor: float) -> None:
        self.set_cell(self._cell * factor)

    def _lay_out(self) -> None:
        self.horizontalHeader().setDefaultSectionSize(round(self._cell))
        self.verticalHeader().setDefaultSectionSize(round(self._cell / self._aspect))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.updateGeometry()
        self.updateGeometries()
        self._place_corner()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_corner()

    def _place_corner(self) -> None:
        header, side = self.horizontalHeader(), self.verticalHeader()
        x, y = self._grid.grid.x, self._grid.grid.y
        self._corner.setVisible(y is not None)
        self._corner.setGeometry(0, 0, side.width(), header.height())
        self._corner.raise_()
        if y is None:
            return
        # The arrows stay; a long title loses its end.
        metrics = self._corner.fontMetrics()
        room = side.width() - 2 * self._corner.margin() - metrics.horizontalAdvance(" →")
        across, down = (metrics.elidedText(axis.title, Qt.TextElideMode.ElideRight, room) for axis in (x, y))
        self._corner.setText(tr("{x} →", x=across) + "\n" + tr("{y} ↓", y=down))

    # ------------------------------------------------------------------ what is chosen

    def chosen(self) -> list[CellState]:
        """The chosen cells in reading order; the current one when none is chosen."""
        indexes = self.selectionModel().selectedIndexes() or [self.currentIndex()]
        found = [self._grid.state_at(index) for index in sorted(indexes, key=lambda i: (i.row(), i.column()))]
        return [state for state in found if state is not None]

    def current_state(self) -> CellState | None:
        return self._grid.state_at(self.currentIndex())

    def choose(self, column: int, row: int) -> None:
        self.setCurrentIndex(self._grid.index(row, column))

    # ------------------------------------------------------------------ inside

    def _cells_changed(self, *_: object) -> None:
        running = any(state.status is CellStatus.RUNNING for state in self._grid.states)
        if running and Theme.current().motion_ms:
            self._spin.start()
        else:
            self._spin.stop()

    def _pictures_ready(self, _rows: object) -> None:
        self.viewport().update()

    def _turn(self) -> None:
        self.delegate.turn = (self.delegate.turn + 1 / TURNS) % 1
        self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        state = self._grid.state_at(index)
        if state is not None:
            self.opened.emit(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, key = Qt.Key, event.key()
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._open(self.currentIndex())
        elif key in _RATES:
            self.rated.emit(key - keys.Key_0)
        elif key == keys.Key_C:
            self.compared.emit()
        elif key in (keys.Key_Plus, keys.Key_Equal, keys.Key_Minus):
            self.zoom(1 / STEP if key == keys.Key_Minus else STEP)
        elif key == keys.Key_Delete:
            self.trashed.emit()
        else:
            super().keyPressEvent(event)
            # Escape and the rest are for whoever this stands on.
            if key == keys.Key_Escape:
                event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(STEP if event.angleDelta().y() > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() != QContextMenuEvent.Reason.Keyboard:
            index = self.indexAt(event.pos())
            if index.isValid() and not self.selectionModel().isSelected(index):
                self.setCurrentIndex(index)
            self.menu_wanted.emit(event.globalPos())
        else:
            rect = self.visualRect(self.currentIndex())
            self.menu_wanted.emit(self.viewport().mapToGlobal(rect.center()))


def aspect_of_rows(states: Sequence[CellState]) -> float:
    """Width through height of the pictures in the middle of all: one odd size does not change the table."""
    found = sorted(
        state.row.width / state.row.height
        for state in states
        if state.row is not None and state.row.width and state.row.height
    )
    return found[len(found) // 2] if found else 1.0

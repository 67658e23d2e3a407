"""The look and the habits of the pane's tables: flat, sorted by their heads, copied with Ctrl+C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
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

from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import Themed, name_widget

Index = QModelIndex | QPersistentModelIndex
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
MOST_COPIED: Final = 10_000
LEAST: Final = 110
"""Pixels at 100 % font size for a column that takes what is left."""
REMEMBERED: Final = 2000
"""Shortened texts that are kept; more than any window shows."""
_ALIGNMENT: Final = Qt.ItemDataRole.TextAlignmentRole


class CellDelegate(QStyledItemDelegate):
    """Paints a cell of plain text: three calls where the style sheet's way takes ten times as long."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._fitted: dict[tuple[str, int], str] = {}

    def forget(self) -> None:
        """The font is another one."""
        self._fitted.clear()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors, box = Theme.current().tokens, option.rect
        if QStyle.StateFlag.State_Selected in option.state:
            painter.fillRect(box, colors.raised)
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, colors.border)
        text = index.data()
        if text:
            room = box.adjusted(Space.SM, 0, -Space.SM, 0)
            painter.setPen(colors.text)
            painter.drawText(room, index.data(_ALIGNMENT) or LEFT, self._short(text, room.width()))

    def _short(self, text: str, width: int) -> str:
        fitted = self._fitted.get((text, width))
        if fitted is None:
            if len(self._fitted) >= REMEMBERED:
                self._fitted.clear()
            fitted = self._table.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
            self._fitted[text, width] = fitted
        return fitted


class FlatModel(QAbstractTableModel):
    """Cells under heads: words to the left, figures to the right."""

    def heads(self) -> Sequence[str]:
        """What stands above the columns."""
        raise NotImplementedError

    def first_figure(self) -> int:
        """The column from which on there are figures."""
        return len(self.heads()) - 1

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Where a column's cells and its head stand."""
        return RIGHT if column >= self.first_figure() else LEFT

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.heads())

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(section)
        return self.heads()[section] if role == Qt.ItemDataRole.DisplayRole else None


class FlatTable(Themed, QTableView):
    """A table that is as high as its rows up to some, and scrolls by itself from there on; only rows in sight
    are painted.

    Args:
        widths: of the columns in pixels at 100 % font size; 0 takes what is left.
        least, most: rows there is room for.
        one: only one row can be chosen; what is done is done with it.
    """

    def __init__(
        self,
        model: QAbstractItemModel,
        name: str,
        widths: Sequence[int],
        *,
        least: int = 0,
        most: int = 12,
        sorts: bool = True,
        one: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._widths = tuple(widths)
        self._least, self._most = least, most
        name_widget(self, name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        modes = QAbstractItemView.SelectionMode
        self.setSelectionMode(modes.SingleSelection if one else modes.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.viewport().setAutoFillBackground(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(sorts)
        header.setSortIndicatorShown(sorts)
        self.setModel(model)
        self._cells = CellDelegate(self)
        self.setItemDelegate(self._cells)
        if sorts:
            header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
            header.sortIndicatorChanged.connect(lambda column, order: self.model().sort(column, order))
        model.modelReset.connect(self.fit)
        model.rowsInserted.connect(self.fit)
        self.set_widths(widths)

    def set_widths(self, widths: Sequence[int]) -> None:
        """Other columns."""
        self._widths = tuple(widths)
        header = self.horizontalHeader()
        for column, width in enumerate(self._widths):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
        self.fit()

    def fit(self, *_: object) -> None:
        """Take the height of the rows."""
        theme = Theme.current()
        row = theme.px(Size.ROW)
        shown = max(self._least, min(self.model().rowCount(), self._most))
        if self.verticalHeader().defaultSectionSize() != row:
            self.verticalHeader().setDefaultSectionSize(row)  # paints everything, even when it is the same
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * row + Space.XS)
        # Where there is no room for all of them, the columns after the first share what there is.
        first = theme.px(self._widths[0])
        fixed = theme.px(sum(self._widths)) - first
        room = self.viewport().width() - theme.px(LEAST) * self._widths.count(0) - first
        share = min(room / fixed, 1.0) if fixed and room > 0 else 1.0
        for column, width in enumerate(self._widths):
            if width:
                self.setColumnWidth(column, int(theme.px(width) * (share if column else 1.0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def retheme(self) -> None:
        super().retheme()
        self._cells.forget()
        self.fit()

    def chosen_rows(self) -> list[int]:
        """The selected rows from top to bottom."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def copy(self) -> None:
        """Put the selected rows on the clipboard, with their heads, as spreadsheets take them."""
        rows = self.chosen_rows()[:MOST_COPIED]
        if rows:
            QGuiApplication.clipboard().setText(rows_as_text(self.model(), rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)


def rows_as_text(model: QAbstractItemModel, rows: Sequence[int]) -> str:
    """Rows with tabs between their cells, under the heads of the columns."""
    columns = range(model.columnCount())
    heads = [str(model.headerData(column, Qt.Orientation.Horizontal)) for column in columns]
    lines = ["\t".join(heads)]
    for row in rows:
        cells = [model.index(row, c).data(Qt.ItemDataRole.AccessibleTextRole) for c in columns]
        lines.append("\t".join(str(cell if cell is not None else "") for cell in cells))
    return "\n".join(lines)

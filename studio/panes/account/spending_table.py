"""Spending by day, model and kind as a table model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import QObject, Qt

from studio.core.i18n import number, tr, trn
from studio.domain.money import pollen
from studio.domain.spending import Cell
from studio.panes.account.tables import FlatModel, Index
from studio.panes.account.words import kind_words
from studio.ui.moments import day_in_words

COLUMNS = (tr("Day"), tr("Model"), tr("Kind"), tr("Requests"), tr("Pollen"))
WIDTHS = (140, 0, 110, 96, 110)
_FIRST_FIGURE = 3


class SpendingTable(FlatModel):
    """One row for each day, model and kind; sorted by any column. By day, a day is named on its first row
    alone.

    Args:
        title: names a model as people know it.
    """

    def __init__(self, title: Callable[[str], str] = str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Cell] = []
        self._title = title
        self._today = date.min
        self._column, self._order = 0, Qt.SortOrder.DescendingOrder

    def show(self, cells: Sequence[Cell], today: date) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows, self._today = list(cells), today
        self._sort()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.beginResetModel()
        self._column, self._order = column, order
        self._sort()
        self.endResetModel()

    def _sort(self) -> None:
        keys: tuple[Callable[[Cell], object], ...] = (
            lambda cell: (cell.day, cell.amount),
            lambda cell: self._title(cell.model).casefold(),
            lambda cell: cell.kind,
            lambda cell: cell.requests,
            lambda cell: cell.amount,
        )
        down = self._order == Qt.SortOrder.DescendingOrder
        self._rows.sort(key=keys[self._column], reverse=down)  # type: ignore[arg-type]  # each key is one kind

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def heads(self) -> Sequence[str]:
        return COLUMNS

    def first_figure(self) -> int:
        return _FIRST_FIGURE

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            repeats = self._column == 0 and index.row() and self._rows[index.row() - 1].day == row.day
            return "" if repeats and not index.column() else self._text(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == len(COLUMNS) - 1:
            exact = tr("{amount} pollen", amount=f"{row.amount:f}")
            if row.open:
                exact += ". " + trn("{n} of these is an estimate", "{n} of these are estimates", row.open)
            return exact
        return None

    def _text(self, row: Cell, column: int) -> str:
        if column == 0:
            return day_in_words(row.day, self._today)
        if column == 1:
            return self._title(row.model) or "–"
        if column == 2:
            return kind_words(row.kind)
        if column == 3:
            return number(row.requests)
        return ("≈ " if row.open else "") + pollen(row.amount)

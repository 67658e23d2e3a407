"""The ledger's days as a table model."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.core.i18n import tr, trn
from studio.domain.money import pollen
from studio.panes.account.presenter import Day, SpendingPage
from studio.ui.moments import day_in_words

Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SpendingTable(QAbstractTableModel):
    """Day, model, requests, pollen: one row for each model and day. A day is named on its first row alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Day, ...] = ()
        self._today = date.min

    def show(self, page: SpendingPage, today: date) -> None:
        """Show other rows."""
        if page.rows == self._rows and today == self._today:
            return
        self.beginResetModel()
        self._rows, self._today = page.rows, today
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 4

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section >= 2 else _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Day"), tr("Model"), tr("Requests"), tr("Pollen"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() >= 2 else _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            first = index.row() == 0 or self._rows[index.row() - 1].day != row.day
            return self._text(row, index.column()) if index.column() or first else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 3 and row.open:
            return trn("{n} of these is an estimate", "{n} of these are estimates", row.open)
        return None

    def _text(self, row: Day, column: int) -> str:
        if column == 0:
            return day_in_words(row.day, self._today)
        if column == 1:
            return row.model
        if column == 2:
            return f"{row.requests:,}"
        return ("≈ " if row.open else "") + pollen(row.amount)

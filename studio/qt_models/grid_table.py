"""The cells of a grid as a table: the values of one parameter across, of the other down."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.core.i18n import tr, trn
from studio.core.tips import plain_tip
from studio.domain.grid import Axis, Grid, Place
from studio.domain.library import AssetRow
from studio.domain.money import pollen
from studio.qt_models.asset_list import KIND_NAMES, clock
from studio.qt_models.job_words import state_words
from studio.services.grids import CellState, CellStatus

Index = QModelIndex | QPersistentModelIndex


class GridRole(IntEnum):
    """What `GridTableModel.data` answers beside Qt's own roles."""

    STATE = Qt.ItemDataRole.UserRole + 1  # CellState


class GridTableModel(QAbstractTableModel):
    """One grid. `show_states` replaces what is shown and tells only the cells that are different now."""

    def __init__(self, grid: Grid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.grid = grid
        self._states: list[CellState] = []

    def show_states(self, states: Sequence[CellState]) -> None:
        """Show how the cells stand, in the order of `Grid.places`."""
        before, self._states = self._states, list(states)
        for number, state in enumerate(states):
            if number >= len(before) or before[number] != state:
                index = self.index(number // self.grid.columns, number % self.grid.columns)
                self.dataChanged.emit(index, index)

    @property
    def states(self) -> list[CellState]:
        return self._states

    def state_at(self, index: Index) -> CellState | None:
        number = self.grid.number(Place(index.column(), index.row())) if index.isValid() else -1
        return self._states[number] if 0 <= number < len(self._states) else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.grid.rows

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.grid.columns

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        axis = self.grid.x if orientation == Qt.Orientation.Horizontal else self.grid.y
        if axis is None:
            return "" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return heading(axis, section)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{axis.title}: {heading(axis, section)}"
        return plain_tip(heading(axis, section)) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        state = self.state_at(index)
        if state is None:
            return None
        if role == GridRole.STATE:
            return state
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.grid.words(state.cell.place)}: {cell_words(state)}"
        if role == Qt.ItemDataRole.ToolTipRole and state.status is not CellStatus.DONE:
            return plain_tip(cell_words(state))
        return None


def heading(axis: Axis, number: int) -> str:
    """What stands over a column or beside a row; something also where the value is nothing."""
    return axis.label(number).strip() or tr("(nothing)")


def _picture_words(row: AssetRow) -> str:
    parts = [KIND_NAMES[row.kind]]
    if row.width and row.height:
        parts.append(f"{row.width} × {row.height}")
    if row.duration is not None:
        parts.append(clock(row.duration))
    if row.rating:
        parts.append(trn("{n} star", "{n} stars", row.rating))
    if row.cost is not None:
        unit = tr("sandbox pollen") if row.sandbox else tr("pollen")
        parts.append(f"{pollen(row.cost)} {unit}")
    return ", ".join(parts)


def cell_words(state: CellState) -> str:
    """One short sentence on what a cell holds."""
    if state.status is CellStatus.DONE and state.row is not None:
        words = _picture_words(state.row)
        return tr("{words}, was in the library already", words=words) if state.borrowed else words
    if state.status is CellStatus.FAILED:
        return state_words(state.job) if state.job is not None else tr("It did not work.")
    if state.status is CellStatus.LEFT_OUT:
        return tr("Left out. {why}.", why=state.words)
    if state.job is not None and state.status in (CellStatus.WAITING, CellStatus.RUNNING):
        return state_words(state.job)
    return tr("Not made yet.")

"""What the service billed, as a table model: it grows at its end as older rows are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.core.i18n import tr
from studio.domain.account import UsageRow
from studio.domain.money import pollen

Index = QModelIndex | QPersistentModelIndex
COLUMNS = (tr("Time"), tr("Model"), tr("Kind"), tr("In"), tr("Out"), tr("Took"), tr("Pollen"))
_FIRST_FIGURE = 3
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RequestsTable(QAbstractTableModel):
    """One row for each request, newest first. Times are local.

    Args:
        title: names a model as people know it.
    """

    def __init__(self, title: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[UsageRow] = []
        self._title = title

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._rows = []
        self.endResetModel()

    def append(self, rows: Sequence[UsageRow]) -> None:
        """Add older rows below."""
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows += rows
        self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section >= _FIRST_FIGURE else _LEFT
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() >= _FIRST_FIGURE else _LEFT
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell(self._rows[index.row()], index.column(), self._title)
        return None


def cell(row: UsageRow, column: int, title: Callable[[str], str]) -> str:
    """The text of one cell."""
    if column == 0:
        return row.timestamp.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if column == 1:
        return title(row.model) if row.model else "–"
    if column == 2:
        return row.type.removeprefix("generate.") or "–"
    if column == 3:
        return _tokens(row.input_text_tokens + row.input_cached_tokens + row.input_audio_tokens
                       + row.input_image_tokens)  # fmt: skip
    if column == 4:
        return _tokens(row.output_text_tokens + row.output_reasoning_tokens + row.output_audio_tokens
                       + row.output_image_tokens)  # fmt: skip
    if column == 5:
        return "–" if row.response_time_ms is None else tr("{n} s", n=f"{row.response_time_ms / 1000:.1f}")
    return pollen(row.cost_usd)


def _tokens(count: int) -> str:
    return f"{count:,}" if count else "–"

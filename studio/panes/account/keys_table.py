"""The account's keys as a table model, narrowed to those that match a search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt

from studio.core.i18n import tr
from studio.panes.account.keys_presenter import cell, has_ended, now
from studio.panes.account.tables import FlatModel, Index
from studio.services.keys import ListedKey
from studio.ui.theme import Theme

COLUMNS = (tr("Name"), tr("Kind"), tr("Last used"), tr("Expires"), tr("Can spend"))


class KeysTable(FlatModel):
    """One row for each key, in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[ListedKey, ...] = ()
        self._rows: list[ListedKey] = []
        self._words: list[str] = []

    def show(self, keys: Sequence[ListedKey]) -> None:
        """Show these."""
        if tuple(keys) == self._all:
            return
        self._all = tuple(keys)
        self._find()

    def search(self, text: str) -> None:
        """Only those with all of these words in name, first letters or models."""
        self._words = text.lower().split()
        self._find()

    def key(self, row: int) -> ListedKey | None:
        """The key of a row; None where there is none."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, key_id: str) -> int:
        """The row of a key; -1 when it is not shown."""
        return next((row for row, item in enumerate(self._rows) if item.key.id == key_id), -1)

    def tick(self) -> None:
        """Time went by: ages are said anew."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def _find(self) -> None:
        self.beginResetModel()
        self._rows = [item for item in self._all if _matches(item, self._words)]
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def heads(self) -> Sequence[str]:
        return COLUMNS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        listed = self._rows[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and has_ended(listed.key, now()):
            return Theme.current().tokens.text3
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell(listed, index.column(), now())
        return None


def _matches(listed: ListedKey, words: Sequence[str]) -> bool:
    key = listed.key
    text = f"{key.name} {key.start} {' '.join(key.models or ())}".lower()
    return all(word in text for word in words)

"""A list of values that have keys: another list becomes the steps that lead to it, never a reset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")


class KeyedListModel(QAbstractListModel, Generic[T]):
    """Shows items in the order they are given.

    Rows go, come, move and change, in runs where they can, so that selection, place and an open editor stay.
    Subclasses say how an item reads: `text`, `spoken` and `tip`.

    Args:
        key: what an item is known by. Items that share a key are told apart by their order.
    """

    ItemRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, key: Callable[[T], Hashable], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._items: list[T] = []
        self._keys: list[Hashable] = []

    # ------------------------------------------------------------------ what an item says

    def text(self, item: T) -> str:
        """What is shown where only text can be."""
        return str(item)

    def spoken(self, item: T) -> str:
        """What a screen reader says of it."""
        return self.text(item)

    def tip(self, item: T) -> str:
        """What the pointer tells when it rests on it."""
        return ""

    # ------------------------------------------------------------------ contents

    @property
    def items(self) -> Sequence[T]:
        return tuple(self._items)

    def item(self, row: int) -> T | None:
        """The item of a row, or None."""
        return self._items[row] if 0 <= row < len(self._items) else None

    def row_of(self, key: Hashable) -> int:
        """The row of a key, or -1."""
        return next((row for row, item in enumerate(self._items) if self._key(item) == key), -1)

    def show(self, items: Sequence[T]) -> None:
        """Show these."""
        wanted = list(items)
        keys = self._distinct(wanted)
        self._drop(set(keys))
        self._arrange(wanted, keys)
        self._refresh(wanted)

    def _distinct(self, items: Sequence[T]) -> list[Hashable]:
        keys: list[Hashable] = [self._key(item) for item in items]
        if len(set(keys)) == len(keys):
            return keys
        seen: Counter[Hashable] = Counter()
        made: list[Hashable] = []
        for key in keys:
            seen[key] += 1
            made.append(key if seen[key] == 1 else (key, seen[key]))
        return made

    def _drop(self, keys: set[Hashable]) -> None:
        """Take away rows that are not wanted any more, in runs from the end."""
        last = len(self._items) - 1
        while last >= 0:
            if self._keys[last] in keys:
                last -= 1
                continue
            first = last
            while first > 0 and self._keys[first - 1] not in keys:
                first -= 1
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._items[first : last + 1]
            del self._keys[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _arrange(self, wanted: Sequence[T], keys: Sequence[Hashable]) -> None:
        """Bring the rows that stay into order and insert the new ones, in runs."""
        here = set(self._keys)
        row = 0
        while row < len(wanted):
            if row < len(self._keys) and self._keys[row] == keys[row]:
                row += 1
            elif keys[row] in here:
                self._move(self._keys.index(keys[row], row), row)
                row += 1
            else:
                end = row
                while end < len(wanted) and keys[end] not in here:
                    end += 1
                self.beginInsertRows(QModelIndex(), row, end - 1)
                self._items[row:row] = wanted[row:end]
                self._keys[row:row] = keys[row:end]
                self.endInsertRows()
                row = end

    def _move(self, source: int, target: int) -> None:
        self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), target)
        self._items.insert(target, self._items.pop(source))
        self._keys.insert(target, self._keys.pop(source))
        self.endMoveRows()

    def _refresh(self, wanted: Sequence[T]) -> None:
        """Tell of the rows whose contents changed, in runs."""
        row = 0
        while row < len(wanted):
            if self._items[row] == wanted[row]:
                row += 1
                continue
            first = row
            while row < len(wanted) and self._items[row] != wanted[row]:
                self._items[row] = wanted[row]
                row += 1
            self.dataChanged.emit(self.index(first), self.index(row - 1))

    def touch(self) -> None:
        """What is said of the items changed, though they are the same."""
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    # ------------------------------------------------------------------ Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.item(index.row()) if index.isValid() else None
        if item is None:
            return None
        if role == self.ItemRole:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.text(item)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(item)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(item)
        return None

"""The gallery's rows: half a million of them as numbers, and the few that are looked at as values."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections import OrderedDict
from collections.abc import Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)

from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.i18n import in_a_sentence, tr, trn
from studio.core.tips import plain_tip
from studio.domain.library import AssetRow, LeadingRows, LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.money import pollen
from studio.qt_models import row_ids
from studio.qt_models.bridge import bridge
from studio.qt_models.picture_data import PictureData

CHUNK = 128  # rows asked for at once: two screens of a large window
KEPT_ROWS = 4096  # rows held as values, about 1 kB each
WANTED_CHUNKS = 8  # what scrolled past before it could be asked for is forgotten

MANY_RANGES = 128  # scattered changes beyond this cost more one by one than a new list

ROWS_MIME = "application/x-nectary-rows"
"""What drags within the program carry beside the files: row numbers, as a JSON list."""

AnyIndex = QModelIndex | QPersistentModelIndex


class AssetSource(Protocol):
    """What the gallery needs of the library.

    `leading` answers None where all rows are there as soon as the first ones.
    `file_path` and `thumbnail_path` only compute a path (no disk, no lock): decoding threads call them too. A
    change names rows that left the library for the trash as `removed`, and rows that came back as `added`.
    """

    @property
    def changed(self) -> Event[LibraryChange]: ...

    async def leading(self, query: LibraryQuery) -> LeadingRows | None: ...

    async def row_ids(self, query: LibraryQuery) -> array[int]: ...

    async def rows(
        self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None
    ) -> list[AssetRow]: ...

    def file_path(self, row: AssetRow, /) -> Path: ...

    def thumbnail_path(self, row: AssetRow, /) -> Path: ...


class Spawner(Protocol):
    """The task supervisor, as far as a Qt model knows it: a task has an owner and ends with it."""

    def spawn(
        self, coro: Coroutine[Any, Any, Any], *, name: str, owner: object, group: str | None = None
    ) -> asyncio.Task[Any]: ...

    def cancel_owner(self, owner: object) -> object: ...


class AssetRole(IntEnum):
    """What `AssetListModel.data` answers beside Qt's own roles."""

    ASSET = Qt.ItemDataRole.UserRole + 1  # AssetRow, or None while it is being read
    ROW = Qt.ItemDataRole.UserRole + 2
    ID = Qt.ItemDataRole.UserRole + 3
    KIND = Qt.ItemDataRole.UserRole + 4
    TITLE = Qt.ItemDataRole.UserRole + 5
    THUMBNAIL = Qt.ItemDataRole.UserRole + 6  # str, a path that may not exist yet
    PATH = Qt.ItemDataRole.UserRole + 7
    DURATION = Qt.ItemDataRole.UserRole + 8
    RATING = Qt.ItemDataRole.UserRole + 9
    COST = Qt.ItemDataRole.UserRole + 10
    STACK = Qt.ItemDataRole.UserRole + 11


KIND_NAMES = {
    MediaKind.IMAGE: tr("Picture"),
    MediaKind.VIDEO: tr("Video"),
    MediaKind.SPEECH: tr("Speech"),
    MediaKind.MUSIC: tr("Music"),
    MediaKind.TRANSCRIPT: tr("Transcript"),
    MediaKind.TEXT: tr("Text"),
    MediaKind.OTHER: tr("File"),
}


def clock(seconds: float) -> str:
    """A duration as people write it: 0:05, 12:30, 1:02:03."""
    whole = max(0, round(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def spoken(row: AssetRow) -> str:
    """What a screen reader says for a cell."""
    parts = [row.title or tr("Untitled"), in_a_sentence(KIND_NAMES[row.kind])]
    if row.model:
        parts.append(row.model.rpartition("/")[2])  # the maker says little
    if row.duration is not None:
        parts.append(clock(row.duration))
    if row.rating:
        parts.append(trn("{n} star", "{n} stars", row.rating))
    if row.cost is not None:
        amount = pollen(row.cost)
        parts.append(
            tr("{amount} sandbox pollen", amount=amount)
            if row.sandbox
            else tr("{amount} pollen", amount=amount)
        )
    return ", ".join(parts)


@dataclass(slots=True)
class PendingChanges:
    """What the library said since the list was last brought up to date."""

    added: set[int] = field(default_factory=set[int])
    updated: set[int] = field(default_factory=set[int])
    removed: set[int] = field(default_factory=set[int])
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed or self.everything)

    @property
    def touched(self) -> set[int]:
        return self.added | self.updated | self.removed

    def add(self, change: LibraryChange) -> None:
        """A later word about a row replaces the earlier one: removed and then added again is added."""
        self.updated.update(change.updated)
        self.removed.difference_update(change.added)
        self.added.update(change.added)
        self.added.difference_update(change.removed)
        self.removed.update(change.removed)
        self.everything |= change.reset

    def put_back(self, earlier: PendingChanges) -> None:
        """Take up changes that came before these."""
        self.updated |= earlier.updated
        self.added |= earlier.added - self.removed
        self.removed |= earlier.removed - self.added
        self.everything |= earlier.everything


class AssetListModel(QAbstractListModel):
    """All assets of one query.

    Holds the row numbers of the query and reads values by chunks when a view asks for them; a value that is
    not there yet is None and `dataChanged` follows. What the library changes arrives as inserted, removed,
    moved and changed rows; a new query, or a change in more than `MANY_RANGES` places, resets the model.

    Signals:
        loading_changed(bool): a new query is being answered.
        loaded(int): the model was reset and has this many rows; more may follow at the end.
        completed(int): it has all rows of its query, this many.
        failed(StudioError): the library could not answer; `retry()` asks again.
    """

    loading_changed = Signal(bool)
    loaded = Signal(int)
    completed = Signal(int)
    failed = Signal(object)

    def __init__(self, source: AssetSource, tasks: Spawner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._tasks = tasks
        self._query = LibraryQuery()
        self._shown: LibraryQuery | None = None  # whose rows these are
        self._ids: array[int] = array("q")
        self._rows: OrderedDict[int, AssetRow] = OrderedDict()
        self._row_of: dict[str, int] = {}
        self._gone: set[int] = set()  # rows the library no longer has; a change will say so
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._reading = False
        self._following = False
        self._loading = False
        self._ready = False
        self._paused = False
        self._closed = False
        self._generation = 0
        self._query_order = "newest"  # of the list shown, which lags behind the query while one is answered
        self._pending = PendingChanges()
        self._bridge = bridge(source.changed, self._library_changed, self)

    # ------------------------------------------------------------------ commands

    @property
    def query(self) -> LibraryQuery:
        return self._query

    @property
    def loading(self) -> bool:
        return self._loading

    def set_query(self, query: LibraryQuery) -> None:
        """Show the assets of `query`. The old ones stay until the answer is there; the latest query wins."""
        self._query = query
        self._generation += 1
        self._paused = False
        if not self._loading:
            self._loading = True
            self.loading_changed.emit(True)
        self._tasks.spawn(self._load(query), name="gallery query", owner=self, group="query")

    def retry(self) -> None:
        """Ask the library again after `failed`."""
        self.set_query(self._query)

    def close(self) -> None:
        """Stop listening and end the tasks."""
        self._closed = True
        self._bridge.disconnect_event()
        self._tasks.cancel_owner(self)

    def prefetch(self, positions: Iterable[int]) -> bool:
        """Ask for the values of these positions; true when all of them are here already."""
        missing = [at for at in positions if self.row_at(at) is None]
        for at in missing:
            self._want(at)
        return not missing

    # ------------------------------------------------------------------ look-ups

    def row_at(self, position: int) -> AssetRow | None:
        """The value at a position; None, and a request for it, when it has not been read."""
        number = self._ids[position]
        row = self._rows.get(number)
        if row is None:
            self._want(position)
        else:
            self._rows.move_to_end(number)
        return row

    def number_at(self, position: int) -> int:
        """The row number at a position: always known, no reading."""
        return self._ids[position]

    def asset_row(self, index: AnyIndex) -> AssetRow | None:
        """The value behind an index; None while it is being read."""
        return self.row_at(index.row()) if index.isValid() else None

    def index_of(self, asset_id: str) -> QModelIndex:
        """The index of an asset that has been read; invalid otherwise."""
        number = self._row_of.get(asset_id)
        return QModelIndex() if number is None else self.index_of_row(number)

    def index_of_row(self, number: int) -> QModelIndex:
        """The index of a row number; invalid when the query does not have it."""
        at = row_ids.find(self._ids, number, self._query_order)
        return QModelIndex() if at < 0 else self.index(at)

    # ------------------------------------------------------------------ QAbstractListModel

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        if role == AssetRole.ROW:
            return self._ids[index.row()]
        if role not in _ANSWERS:
            return None
        row = self.row_at(index.row())
        if row is None:
            return tr("Loading") if role == Qt.ItemDataRole.AccessibleTextRole else None
        if role == AssetRole.THUMBNAIL:
            return str(self._source.thumbnail_path(row))
        if role == AssetRole.PATH:
            return str(self._source.file_path(row))
        return _ANSWERS[role](row)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def roleNames(self) -> dict[int, Any]:
        return {**super().roleNames(), **{int(role): role.name.lower().encode() for role in AssetRole}}

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list", ROWS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files of the rows that have been read, as URLs, in the order of the gallery; and all row
        numbers. More rows than are held have no URLs: it would be some of them only."""
        data: QMimeData = QMimeData()
        positions = sorted(index.row() for index in indexes)
        if len(positions) <= KEPT_ROWS // 2:
            rows = [self.row_at(at) for at in positions]
            found = [(row, self._source.file_path(row)) for row in rows if row]
            if len(found) == 1 and found[0][0].kind is MediaKind.IMAGE:
                data = PictureData(found[0][1])
            data.setUrls([QUrl.fromLocalFile(str(path)) for _, path in found])
        data.setData(ROWS_MIME, QByteArray(json.dumps([self._ids[at] for at in positions]).encode()))
        return data

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    # ------------------------------------------------------------------ a new query

    async def _load(self, query: LibraryQuery) -> None:
        """The first rows at once, then all of them; together where the view may have scrolled further."""
        try:
            first = None if query == self._shown else await self._source.leading(query)
            if first is not None:
                self._show(first.rows, query)
            ids = first.rows if first and first.complete else await self._source.row_ids(query)
        except StudioError as error:
            self._end_loading()
            self.failed.emit(error)
            return
        if first is None:
            self._show(ids, query)
        elif not first.complete:
            self._append(ids, query)
        self._ready = True
        self._end_loading()
        self.completed.emit(len(ids))
        self._start_following()

    def _show(self, ids: array[int], query: LibraryQuery) -> None:
        self.beginResetModel()
        if self._shown is not None and _counts(self._shown) != _counts(query):
            # The values hold how many their cells stand for.
            self._rows.clear()
            self._row_of.clear()
        self._ids = ids
        self._query_order = query.order
        self._shown = query
        self._wanted.clear()
        self._gone.clear()
        self.endResetModel()
        self.loaded.emit(len(ids))

    def _append(self, ids: array[int], query: LibraryQuery) -> None:
        """All rows, of which the first ones are shown already."""
        shown = len(self._ids)
        if ids[:shown] != self._ids:  # the library changed between the two answers
            self._show(ids, query)
        elif len(ids) > shown:
            self.beginInsertRows(QModelIndex(), shown, len(ids) - 1)
            self._ids = ids
            self.endInsertRows()

    def _end_loading(self) -> None:
        self._loading = False
        self.loading_changed.emit(False)

    # ------------------------------------------------------------------ reading values

    def _want(self, position: int) -> None:
        if self._paused or self._closed or self._ids[position] in self._gone:
            return
        chunk = position // CHUNK
        self._wanted[chunk] = None
        self._wanted.move_to_end(chunk)
        if len(self._wanted) > WANTED_CHUNKS:
            self._wanted.popitem(last=False)
        if not self._reading:
            self._reading = True
            self._tasks.spawn(self._read_wanted(), name="gallery rows", owner=self)

    async def _read_wanted(self) -> None:
        """Read the chunks that were asked for, the latest first, until none is left."""
        try:
            while self._wanted:
                chunk, _ = self._wanted.popitem()
                ids = self._ids[chunk * CHUNK : (chunk + 1) * CHUNK]
                missing = [number for number in ids if number not in self._rows]
                if missing:
                    self._keep(missing, await self._source.rows(missing, self._stacked_in))
                    self._tell_changed(missing)
        except StudioError as error:
            self._paused = True
            self._wanted.clear()
            self.failed.emit(error)
        finally:
            self._reading = False

    def _keep(self, asked: Collection[int], rows: Iterable[AssetRow]) -> None:
        got: set[int] = set()
        for row in rows:
            got.add(row.row)
            self._rows[row.row] = row
            self._rows.move_to_end(row.row)
            self._row_of[row.id] = row.row
        self._gone.update(number for number in asked if number not in got)
        while len(self._rows) > KEPT_ROWS:
            _, dropped = self._rows.popitem(last=False)
            self._row_of.pop(dropped.id, None)

    def _tell_changed(self, numbers: Collection[int]) -> None:
        positions = row_ids.find_all(self._ids, numbers, self._query_order).values()
        for first, last in row_ids.ranges(positions):
            self.dataChanged.emit(self.index(first), self.index(last))

    # ------------------------------------------------------------------ following the library

    def _library_changed(self, change: LibraryChange) -> None:
        self._pending.add(change)
        self._start_following()

    def _start_following(self) -> None:
        if self._following or not self._ready or self._loading or self._closed or not self._pending:
            return
        self._following = True
        self._tasks.spawn(self._follow(), name="gallery changes", owner=self)

    async def _follow(self) -> None:
        """Bring the list up to date until nothing has changed meanwhile."""
        try:
            while self._pending and not self._loading:
                await self._follow_once()
        finally:
            self._following = False

    async def _follow_once(self) -> None:
        generation, changes = self._generation, self._pending
        self._pending = PendingChanges()
        try:
            new = await self._answer(changes)
            fresh = await self._read_again(changes)
        except StudioError as error:
            self.failed.emit(error)
            return
        if generation != self._generation:  # another query came between; its answer may be older than this
            self._pending.put_back(changes)
            return
        for number in changes.removed:
            self._forget(number)
        self._gone -= changes.added
        asked, rows = fresh
        self._keep(asked, rows)
        self._go_to(row_ids.plan(self._ids, new, changes.touched, self._query_order), new)
        self._tell_changed(asked)

    async def _answer(self, changes: PendingChanges) -> array[int]:
        """The list as it should be now; worked out here where that needs no filter."""
        query = self._query
        plain = query == LibraryQuery(order=query.order) and query.order in ("newest", "oldest")
        if changes.everything or not plain:
            return await self._source.row_ids(query)
        known = row_ids.find_all(self._ids, changes.touched, query.order)
        new = row_ids.without(self._ids, [at for row, at in known.items() if row in changes.removed])
        for number in sorted(changes.added - known.keys()):
            new.insert(row_ids.insertion_point(new, number, query.order), number)
        return new

    async def _read_again(self, changes: PendingChanges) -> tuple[list[int], list[AssetRow]]:
        """New values of rows that are held, and of the newest that were added, so that they show at once."""
        all_of_them = changes.everything or self._query.stacked  # a change counts in the cell of its stack
        held = set(self._rows) if all_of_them else (changes.updated | changes.added) & self._rows.keys()
        newest = sorted(changes.added - held, reverse=True)[:CHUNK]
        asked = [*held, *newest]
        return asked, (await self._source.rows(asked, self._stacked_in) if asked else [])

    @property
    def _stacked_in(self) -> LibraryQuery | None:
        return self._query if self._query.stacked else None

    def _forget(self, number: int) -> None:
        row = self._rows.pop(number, None)
        if row is not None:
            self._row_of.pop(row.id, None)

    def _go_to(self, plan: row_ids.Plan, new: array[int]) -> None:
        self._wanted.clear()
        if len(plan.removed) + len(plan.inserted) > MANY_RANGES:
            self.beginResetModel()
            self._ids = new
            self.endResetModel()
            self.loaded.emit(len(new))
            self.completed.emit(len(new))
            return
        nowhere = QModelIndex()
        for first, last in reversed(plan.removed):
            self.beginRemoveRows(nowhere, first, last)
            del self._ids[first : last + 1]
            self.endRemoveRows()
        if plan.reordered is not None:
            self._reorder(plan.reordered)
        for first, last in plan.inserted:
            self.beginInsertRows(nowhere, first, last)
            self._ids[first:first] = new[first : last + 1]
            self.endInsertRows()

    def _reorder(self, ids: array[int]) -> None:
        """Same rows, other order: selection and current cell go along."""
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        numbers = [self._ids[index.row()] for index in old]
        self._ids = ids
        where = row_ids.find_all(ids, set(numbers), self._query_order)
        self.changePersistentIndexList(old, [self.index(where[number]) for number in numbers])
        self.layoutChanged.emit()


def _counts(query: LibraryQuery) -> LibraryQuery | None:
    """Whose rows a cell counts: none, or those of the query."""
    return replace(query, order="newest", unfolded=()) if query.stacked else None


def _nothing(row: AssetRow) -> Any:
    return row


_ANSWERS: dict[int, Any] = {
    Qt.ItemDataRole.DisplayRole: lambda row: row.title,
    Qt.ItemDataRole.ToolTipRole: lambda row: plain_tip(row.title) or None,
    Qt.ItemDataRole.AccessibleTextRole: spoken,
    AssetRole.ASSET: lambda row: row,
    AssetRole.ID: lambda row: row.id,
    AssetRole.KIND: lambda row: row.kind,
    AssetRole.TITLE: lambda row: row.title,
    AssetRole.THUMBNAIL: _nothing,
    AssetRole.PATH: _nothing,
    AssetRole.DURATION: lambda row: row.duration,
    AssetRole.RATING: lambda row: row.rating,
    AssetRole.COST: lambda row: row.cost,
    AssetRole.STACK: lambda row: row.stack,
}

"""The index over the library's sidecars: SQL in, domain values out. Disposable: `rebuild` makes it again.

Rows grow with time and are never used twice, so "newest first" is "highest row first" and needs no sorting.
Filters and facets are computed on `Columns`; full-text search, names and single assets come from SQL.
"""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.asset import Asset
from studio.domain.codec import from_json
from studio.domain.library import (
    AssetRow,
    DayRun,
    Facets,
    LeadingRows,
    LibraryChange,
    LibraryQuery,
    Shelves,
    Sums,
)
from studio.domain.media import MediaKind
from studio.domain.stacks import stack_key
from studio.library import plain, writing
from studio.library.database import Database
from studio.library.interrupt import Interrupt
from studio.library.leading import Candidates, SqlCandidates, leading_rows
from studio.library.migrations import INDEX
from studio.library.text_search import TextSearch, has_only_text, text_terms
from studio.library.writing import Record, local_day, nano

if TYPE_CHECKING:
    import sqlite3

    from studio.library.columns import ColumnRow, Columns

_CHUNK = 500
ENOUGH, LEADING = 256, 512  # rows: one and two screens of a very large window
_ROW_COLUMNS = (
    "row, id, kind, path, sha256, mime, created_at, title, width, height, duration, rating, cost, model,"
    " sandbox, stack"
)
_LOADED_COLUMNS = {
    "row": "row",
    "state": "trashed",
    "rating": "rating",
    "day": "day",
    "cost": "cost_nano",
    "seed": "ifnull(seed, -1)",
    "width": "ifnull(width, -1)",
    "height": "ifnull(height, -1)",
    "duration": "ifnull(duration, -1)",
    "sandbox": "sandbox",
    "stack": "stack",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file or its sidecar changed since it was indexed."""

    row: int
    id: str
    path: str
    size: int
    mtime_ns: int
    sidecar_mtime_ns: int
    sha256: str
    trashed: bool


class Index:
    """One library's index.

    Writes come from one thread at a time; reads from any.

    Raises:
        StorageError: the file is newer than this program, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.database = Database(path, INDEX)
        self._columns: Columns | None = None
        self._loading = threading.Lock()
        self._shelves = Shelves()
        self._texts = TextSearch(self.database)

    def close(self) -> None:
        self.database.close()

    # ------------------------------------------------------------ writing

    def put(self, records: Sequence[Record]) -> LibraryChange:
        """Add assets, or replace the ones whose id is known, in one transaction."""
        added: list[int] = []
        updated: list[int] = []
        with self._loading:
            with self.database.write() as connection:
                last = connection.execute("select ifnull(max(row), 0) from assets").fetchone()[0]
                rows = writing.put(connection, records, last)
            self._texts.forget(rows)
            for row, record in zip(rows, records, strict=True):
                (added if row > last else updated).append(row)
                last = max(last, row)
                if self._columns is not None:
                    self._columns.put(_column_row(row, record.asset))
        return LibraryChange(added=tuple(added), updated=tuple(updated))

    def remove(self, asset_ids: Iterable[str]) -> LibraryChange:
        """Forget assets; their files are not touched."""
        rows: list[int] = []
        with self._loading:
            with self.database.write() as connection:
                for identity in asset_ids:
                    found = connection.execute("select row from assets where id = ?", (identity,)).fetchone()
                    if found:
                        rows.append(found[0])
                for table in ("assets", "details", "tags", "members", "parents", "texts"):
                    connection.executemany(
                        f"delete from {table} where row = ?",  # noqa: S608 - literals
                        [(row,) for row in rows],
                    )
            self._texts.forget(rows)
            if self._columns is not None:
                self._columns.remove(rows)
        return LibraryChange(removed=tuple(rows))

    def clear(self) -> None:
        """Forget everything; rows go on counting."""
        with self._loading:
            with self.database.write() as connection:
                connection.execute("insert into search (search) values ('delete-all')")
                connection.execute("drop trigger texts_removed")
                for table in ("assets", "details", "tags", "members", "parents", "texts"):
                    connection.execute(f"delete from {table}")  # noqa: S608 - literals
                connection.execute(_REMOVED_TRIGGER)
            self._texts.forget(everything=True)
            self._columns = None

    def set_shelves(self, shelves: Shelves) -> None:
        """Tell which collections lie in which, for queries."""
        self._shelves = shelves

    # ------------------------------------------------------------ reading

    def leading(self, query: LibraryQuery, stop: Interrupt | None = None) -> LeadingRows | None:
        """The first rows of a query, where those can be had much sooner than all of them.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        columns, reader = self._columns, self.database.reader()
        if columns is None and plain.is_plain(query):
            rows = plain.row_ids(reader, query, LEADING)
            return LeadingRows(rows, complete=len(rows) < LEADING)
        terms = text_terms(query)
        if (
            query.stacked
            or query.order not in ("newest", "oldest")
            or not terms.only_words
            or self._texts.knows(terms)
        ):
            return None
        if columns is None:
            bare = replace(query, text="", job_id="", batch="")
            if not (plain.is_plain(bare) and has_only_text(query)):
                return None
            candidates: Candidates = SqlCandidates(reader, query)
        else:
            from studio.library import querying

            candidates = querying.ColumnCandidates(columns, query, self._shelves)
        return leading_rows(
            reader,
            self._texts.spelled_out(terms),
            candidates,
            order=query.order,
            enough=ENOUGH,
            limit=LEADING,
            stop=stop or Interrupt(),
        )

    def row_ids(self, query: LibraryQuery, stop: Interrupt | None = None) -> array[int]:
        """The rows of a query as `array('q')`, in the query's order.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        if self._columns is None and plain.is_plain(query):
            return plain.row_ids(self.database.reader(), query)
        from studio.library import querying

        text = self._texts.find(text_terms(query), stop)
        return querying.row_ids(self.columns(), self.database.reader(), query, self._shelves, text)

    def count(self, query: LibraryQuery, stop: Interrupt | None = None) -> int:
        """Raises InterruptedSearchError when `stop` was called meanwhile."""
        if self._columns is None and plain.is_plain(query):
            return plain.count(self.database.reader(), query)
        from studio.library import querying

        text = self._texts.find(text_terms(query), stop)
        return querying.count(self.columns(), query, self._shelves, text)

    def facets(self, query: LibraryQuery, stop: Interrupt | None = None) -> Facets:
        """Counts beside the filters: each facet counts what its other filters leave.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        from studio.library import querying

        text = self._texts.find(text_terms(query), stop)
        return querying.facets(self.columns(), query, self._shelves, text)

    def sums(self, query: LibraryQuery, stop: Interrupt | None = None) -> Sums:
        """What a query's assets cost, by model, collection and day.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        from studio.library.sums import sums

        text = self._texts.find(text_terms(query), stop)
        return sums(self.columns(), query, self._shelves, text)

    def day_runs(self, query: LibraryQuery, stop: Interrupt | None = None) -> list[DayRun]:
        """The days of a query in its order.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        from studio.library import querying

        text = self._texts.find(text_terms(query), stop)
        return querying.day_runs(self.columns(), query, self._shelves, text)

    def days_of(self, rows: Sequence[int]) -> list[DayRun]:
        """The days of a few rows, in the order given."""
        return plain.days_of(self.database.reader(), rows)

    def warm(self) -> None:
        """Load what filters, facets and searches need; it is loaded on demand otherwise."""
        self.columns()
        self._texts.load_words()

    def columns(self) -> Columns:
        """The columns, loaded on first use."""
        with self._loading:
            if self._columns is None:
                self._columns = _load_columns(self.database.reader())
            return self._columns

    def rows(self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None) -> list[AssetRow]:
        """The cells of these rows, in the order asked for; rows that are gone are left out.

        Args:
            stacked_in: count for each row how many of its stack this query has.
        """
        found: dict[int, AssetRow] = {}
        reader = self.database.reader()
        for start in range(0, len(row_ids), _CHUNK):
            part = list(row_ids[start : start + _CHUNK])
            marks = ", ".join("?" * len(part))
            for values in reader.execute(
                f"select {_ROW_COLUMNS} from assets where row in ({marks})",  # noqa: S608 - literals
                part,
            ):
                found[values[0]] = _asset_row(values)
        cells = [found[row] for row in row_ids if row in found]
        return cells if stacked_in is None else self._with_stacks(cells, stacked_in)

    def _with_stacks(self, cells: list[AssetRow], query: LibraryQuery) -> list[AssetRow]:
        from studio.library import querying

        text = self._texts.find(text_terms(query))
        keys = [cell.stack_key for cell in cells]
        sizes = querying.stack_sizes(self.columns(), query, self._shelves, text, keys)
        return [replace(cell, stack=sizes.get(cell.stack_key, 1)) for cell in cells]

    def asset(self, asset_id: str) -> Asset | None:
        return self._one("assets.id = ?", asset_id)

    def asset_by_row(self, row: int) -> Asset | None:
        return self._one("assets.row = ?", row)

    def row_of(self, asset_id: str) -> int | None:
        found = self.database.reader().execute("select row from assets where id = ?", (asset_id,)).fetchone()
        return found[0] if found else None

    def place_of(self, asset_id: str) -> tuple[str, bool] | None:
        """Where an asset lies: its path, and whether in the trash."""
        found = (
            self.database.reader()
            .execute("select path, trashed from assets where id = ?", (asset_id,))
            .fetchone()
        )
        return (found[0], bool(found[1])) if found else None

    def children(self, asset_id: str) -> list[Asset]:
        """Assets that were made from this one, oldest first."""
        return self._many("details.row in (select row from parents where parent = ?)", asset_id)

    def parents(self, asset: Asset) -> list[Asset]:
        """Assets this one was made from, as far as they are still here, in the request's order."""
        found = [self.asset(parent) for parent in asset.provenance.parents]
        return [parent for parent in found if parent is not None]

    def of_job(self, job_id: str) -> list[Asset]:
        return self._many("details.row in (select row from assets where job_id = ? and job_id <> '')", job_id)

    def with_hash(self, sha256: str) -> list[Asset]:
        return self._many("details.row in (select row from assets where sha256 = ?)", sha256)

    def with_content(self, sha256: str) -> list[Asset]:
        """Assets whose bytes, as the service sent them, have this hash."""
        return self._many("details.row in (select row from assets where content_sha256 = ?)", sha256)

    def with_label(self, table: str, label: str) -> list[str]:
        """Ids of the assets with a tag (table `tags`) or in a collection (table `members`)."""
        column = {"tags": "tag", "members": "collection"}[table]
        cursor = self.database.reader().execute(
            f"select id from assets where row in (select row from {table} where {column} = ?)",  # noqa: S608
            (label,),
        )
        return [identity for (identity,) in cursor]

    def stamps(self) -> Iterator[Stamp]:
        cursor = self.database.reader().execute(
            "select row, id, path, size, mtime_ns, sidecar_mtime_ns, sha256, trashed from assets"
        )
        for values in cursor:
            yield Stamp(*values[:7], trashed=bool(values[7]))

    def hashes(self) -> set[str]:
        """The SHA-256 of every file, the trash included."""
        return {value for (value,) in self.database.reader().execute("select sha256 from assets")}

    def forget_searches(self) -> None:
        """Search again next time, as after a write; for measuring."""
        self._texts.forget()

    def _one(self, condition: str, argument: object) -> Asset | None:
        found = (
            self.database.reader()
            .execute(
                f"select json from details join assets using (row) where {condition}",  # noqa: S608 - literals
                (argument,),
            )
            .fetchone()
        )
        return from_json(Asset, json.loads(found[0])) if found else None

    def _many(self, condition: str, argument: object) -> list[Asset]:
        cursor = self.database.reader().execute(
            f"select json from details where {condition} order by row",  # noqa: S608 - literals
            (argument,),
        )
        return [from_json(Asset, json.loads(text)) for (text,) in cursor]


_REMOVED_TRIGGER = """
    create trigger texts_removed after delete on texts begin
        insert into search (search, rowid, prompt, negative, title, note, tags, model, name)
        values ('delete', old.row, old.prompt, old.negative, old.title, old.note, old.tags, old.model,
                old.name);
    end
"""


def _load_columns(reader: sqlite3.Connection) -> Columns:
    """One string per column crosses from SQLite, made without the interpreter lock: ten times faster."""
    from studio.library.columns import Columns, numbers, reals

    columns = Columns()
    selected = ", ".join(f"group_concat({value}, char(31))" for value in _LOADED_COLUMNS.values())
    found = reader.execute(
        f"select {selected} from (select * from assets order by row)"  # noqa: S608 - literals
    ).fetchone()
    if found[0] is None:
        return columns
    texts = dict(zip(_LOADED_COLUMNS, found, strict=True))
    columns.load(
        {name: (reals if name == "duration" else numbers)(text, "\x1f") for name, text in texts.items()}
    )
    for names, column in ((columns.kinds, "kind"), (columns.models, "model")):
        for name, rows in reader.execute(
            f"select {column}, group_concat(row) from assets group by {column}"  # noqa: S608 - literals
        ):
            columns.load_name(column, names, name, numbers(rows))
    for which, table, column in (
        (columns.tags, "tags", "tag"),
        (columns.collections, "members", "collection"),
    ):
        for label, rows in reader.execute(
            f"select {column}, group_concat(row) from {table} group by {column}"  # noqa: S608 - literals
        ):
            columns.load_label(which, label, numbers(rows))
    return columns


def _column_row(row: int, asset: Asset) -> ColumnRow:
    from studio.library.columns import ColumnRow

    def number(value: float | None) -> float:
        return -1 if value is None else value

    return ColumnRow(
        row=row,
        trashed=asset.trashed_at is not None,
        kind=asset.kind.value,
        model=asset.provenance.model,
        rating=asset.rating,
        day=local_day(asset),
        cost=nano(asset.provenance.cost),
        seed=int(number(asset.provenance.seed)),
        width=int(number(asset.width)),
        height=int(number(asset.height)),
        duration=number(asset.duration),
        sandbox=asset.provenance.sandbox,
        stack=stack_key(asset.provenance.request),
        tags=asset.tags,
        collections=asset.collections,
    )


def _asset_row(values: tuple[Any, ...]) -> AssetRow:
    (
        row,
        identity,
        kind,
        path,
        sha256,
        mime,
        created_at,
        title,
        width,
        height,
        duration,
        rating,
        cost,
        model,
        sandbox,
        stack,
    ) = values
    return AssetRow(
        row=row,
        id=identity,
        kind=MediaKind(kind),
        path=path,
        sha256=sha256,
        mime=mime,
        created_at=created_at,
        title=title,
        width=width,
        height=height,
        duration=duration,
        rating=rating,
        cost=None if cost is None else Decimal(cost),
        model=model,
        sandbox=bool(sandbox),
        stack_key=stack,
    )

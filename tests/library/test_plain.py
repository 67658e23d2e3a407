from __future__ import annotations

import sqlite3
from itertools import product

import pytest

from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.library import plain

ROWS = list(product(("image", "video", "music"), (0, 1)))


@pytest.fixture
def reader() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table assets (row integer primary key, kind text, trashed integer)")
    connection.executemany("insert into assets (kind, trashed) values (?, ?)", ROWS)
    return connection


@pytest.mark.parametrize(
    "query",
    [
        LibraryQuery(),
        LibraryQuery(trash=True),
        LibraryQuery(kinds=(MediaKind.IMAGE, MediaKind.VIDEO)),
        LibraryQuery(kinds=(MediaKind.TEXT,)),
        LibraryQuery(order="oldest", kinds=(MediaKind.MUSIC,)),
    ],
)
def test_rows_and_count_agree_with_the_table(reader: sqlite3.Connection, query: LibraryQuery) -> None:
    assert plain.is_plain(query)
    wanted = [
        number
        for number, (kind, trashed) in enumerate(ROWS, start=1)
        if trashed == int(query.trash) and (not query.kinds or kind in query.kinds)
    ]
    if query.order == "newest":
        wanted.reverse()
    assert list(plain.row_ids(reader, query)) == wanted
    assert plain.count(reader, query) == len(wanted)
    reader.close()


@pytest.mark.parametrize(
    "query", [LibraryQuery(text="sea"), LibraryQuery(order="cost"), LibraryQuery(min_rating=1)]
)
def test_anything_else_needs_the_columns(query: LibraryQuery) -> None:
    assert not plain.is_plain(query)

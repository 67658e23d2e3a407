"""What crosses from SQLite as text, and which queries need no columns."""

from __future__ import annotations

from studio.domain.library import LibraryQuery
from studio.library.columns import numbers, reals
from studio.library.plain import is_plain


def test_numbers_of_a_concatenation() -> None:
    assert numbers(None).tolist() == []
    assert numbers("3,1,2").tolist() == [3, 1, 2]
    assert numbers("9007199254740993\x1f-1", "\x1f").tolist() == [9007199254740993, -1]
    assert reals("1.5\x1f-1\x1f2e-1", "\x1f").tolist() == [1.5, -1.0, 0.2]


def test_plain_queries() -> None:
    assert is_plain(LibraryQuery())
    assert is_plain(LibraryQuery(trash=True, order="oldest"))
    assert not is_plain(LibraryQuery(order="rating"))
    assert not is_plain(LibraryQuery(text="a"))

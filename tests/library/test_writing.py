"""Putting assets into the index: new ones, replaced ones, and the same id twice in one go."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from studio.domain.library import LibraryQuery
from studio.library.index import Index, Record
from studio.library.writing import nano
from tests.library.test_index import ASSETS


def test_a_replaced_asset_leaves_nothing_behind(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    old = replace(ASSETS[5], tags=("old",), collections=("a",), note="before")
    new = replace(old, tags=("new",), collections=("b",), note="after")
    added = index.put([Record(old)]).added
    assert index.put([Record(new)]).updated == added
    assert [index.count(LibraryQuery(text=text)) for text in ("before", "after", "tag:old", "tag:new")] == [
        0,
        1,
        0,
        1,
    ]
    assert index.with_label("members", "a") == []
    assert index.with_label("members", "b") == [old.id]
    index.close()


def test_the_last_of_two_with_one_id_counts(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    first, second = replace(ASSETS[5], note="first"), replace(ASSETS[5], note="second")
    index.put([Record(first), Record(second)])
    assert index.asset(first.id) == second
    assert index.count(LibraryQuery(text="second")) == 1
    assert index.count(LibraryQuery(text="first")) == 0
    index.close()


def test_money_in_billionths() -> None:
    assert nano(None) == 0
    assert nano(Decimal("0.000000001")) == 1
    assert nano(Decimal("1e30")) == 10**15

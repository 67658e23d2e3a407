"""Searching texts: the first rows agree with all rows, middles of words, calling a search off."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.library import LibraryQuery, Shelves
from studio.domain.media import MediaKind
from studio.library import leading, querying
from studio.library.index import Index, Record
from studio.library.interrupt import Interrupt, InterruptedSearchError
from studio.library.text_search import TextTerms, text_terms
from tests.library.makers import START
from tests.library.test_index import ASSETS, asset

MANY = 2_500


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> object:
    made = Index(tmp_path_factory.mktemp("large") / "index.sqlite")
    made.put([Record(replace(asset(number), created_at=START)) for number in range(MANY)])
    made.remove([f"id{number:06}" for number in range(0, MANY, 97)])
    yield made
    made.close()


TEXTS = ["", "light", "dusk", "-dusk", "fog -number1", "number1", '"at dusk"', "prompt:dusk", "lighthouse"]


@given(
    text=st.sampled_from(TEXTS),
    kinds=st.sampled_from([(), (MediaKind.VIDEO,)]),
    rating=st.integers(0, 4),
    order=st.sampled_from(["newest", "oldest"]),
    warm=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_the_first_rows_are_the_first_of_all(
    large: Index, *, text: str, kinds: tuple[MediaKind, ...], rating: int, order: str, warm: bool
) -> None:
    query = LibraryQuery(text=text, kinds=kinds, min_rating=rating, order=order)
    large.forget_searches()
    if warm:
        large.warm()
    else:
        large._columns = None
    first = large.leading(query)
    every = large.row_ids(query)
    if first is None:
        return
    assert first.rows == every[: len(first.rows)]
    assert not first.complete or len(first.rows) == len(every)


def test_the_first_rows_need_no_columns(large: Index) -> None:
    large._columns = None
    large.forget_searches()
    assert large.leading(LibraryQuery()) is not None
    assert large.leading(LibraryQuery(text="dusk", kinds=(MediaKind.IMAGE,))) is not None
    assert large.leading(LibraryQuery(text="rating:>3")) is None
    assert large.leading(LibraryQuery(order="rating")) is None
    assert large._columns is None


def test_candidates_from_sql_and_from_columns_agree(large: Index) -> None:
    query = LibraryQuery(kinds=(MediaKind.VIDEO, MediaKind.IMAGE))
    from_sql = leading.SqlCandidates(large.database.reader(), query)
    from_columns = querying.ColumnCandidates(large.columns(), query, Shelves())
    rows = [2, 5, 7, 98, 900, 2_400, 99_999]
    for candidates in (from_sql, from_columns):
        assert list(candidates.among([])) == []
    assert set(from_sql.between(3, 900)) == set(from_columns.between(3, 900))
    assert set(from_sql.among(rows)) == set(from_columns.among(rows)) < set(rows)


def test_days_of_the_first_rows_are_those_of_all(large: Index) -> None:
    rows = large.row_ids(LibraryQuery())
    assert large.days_of(rows[:512])[0].day == large.day_runs(LibraryQuery())[0].day
    assert sum(run.count for run in large.days_of(rows[:512])) == 512


@pytest.mark.parametrize("warm", [False, True])
def test_middles_of_words(tmp_path: Path, *, warm: bool) -> None:
    index = Index(tmp_path / "i.sqlite")
    index.put([Record(value) for value in ASSETS])
    index.put([Record(replace(ASSETS[5], prompt="黄昏的灯塔 Crème brûlée"))])
    if warm:
        index.warm()
    assert index.count(LibraryQuery(text="umber7")) == 1
    assert index.count(LibraryQuery(text="灯塔")) == 1
    assert index.count(LibraryQuery(text="ghthous")) == 59
    assert index.count(LibraryQuery(text="ghthous -dusk")) == 30
    assert index.count(LibraryQuery(text="ghthous -lighthouse")) == 0
    assert index.count(LibraryQuery(text="note:ghthous")) == 0
    if warm:
        assert index.count(LibraryQuery(text="rulee")) == 1, "without accents, too"
    index.put([Record(replace(ASSETS[6], note="a brandnewword"))])
    assert index.count(LibraryQuery(text="andneww")) == 1, "written since the words were listed"
    index.close()


def test_a_word_that_is_the_only_one_is_spelled_out(large: Index) -> None:
    terms = text_terms(LibraryQuery(text="light number2"))
    large.forget_searches()
    large.warm()
    spelled = large._texts.spelled_out(terms)
    assert [term.value for term in spelled.wanted] == ["lighthouse", "number2"]
    assert [term.phrase for term in spelled.wanted] == [True, False], "many words begin with number2"
    large._texts.forget([1])
    assert large._texts.spelled_out(terms) == terms, "a new word may begin so"


def test_letters_and_blanks_that_narrow_nothing_are_the_same_search() -> None:
    assert text_terms(LibraryQuery(text="dusk l")) == text_terms(LibraryQuery(text=" dusk"))
    assert not text_terms(LibraryQuery(text="l rating:>3"))
    assert not TextTerms()


def test_a_search_can_be_called_off(large: Index) -> None:
    stop = Interrupt()
    stop.call()
    large.forget_searches()
    with pytest.raises(InterruptedSearchError):
        large.row_ids(LibraryQuery(text="dusk"), stop)
    with pytest.raises(InterruptedSearchError):
        large.leading(LibraryQuery(text="dusk"), stop)
    assert large.count(LibraryQuery(text="dusk")) > 0, "the connection goes on"


def test_a_running_statement_is_interrupted(large: Index) -> None:
    stop, running, reader = Interrupt(), threading.Event(), large.database.reader()
    reader.create_function("started", 0, lambda: running.set() or 1)
    caller = threading.Thread(target=lambda: (running.wait(), stop.call()))
    caller.start()
    endless = "with recursive n(x) as (select started() union all select x + 1 from n) select count(*) from n"
    with pytest.raises(InterruptedSearchError), stop.watching(reader):
        reader.execute(endless).fetchone()
    caller.join()
    assert large.count(LibraryQuery()) > 0

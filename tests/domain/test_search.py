"""The search grammar: what is typed, what it means, and that nothing is an error."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.search import (
    FIELDS,
    NUMBER_FIELDS,
    Bounds,
    Search,
    Term,
    date_bounds,
    dimensions,
    number_bounds,
    parse_search,
)


def test_the_grammar_of_the_design() -> None:
    found = parse_search('model:flux seed:42 rating:>3 cost:>0.05 -cat "exact phrase" -tag:"two words"')
    assert found == Search(
        (
            Term(field="model", value="flux"),
            Term(field="seed", value="42"),
            Term(field="rating", value=">3"),
            Term(field="cost", value=">0.05"),
            Term(value="cat", negated=True),
            Term(value="exact phrase", phrase=True),
            Term(field="tag", value="two words", negated=True, phrase=True),
        )
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("http://example.org", [Term(value="http://example.org")]),
        ("rating:many", [Term(value="rating:many")]),
        ("date:soon", [Term(value="date:soon")]),
        ("a - b", [Term(value="a"), Term(value="b")]),
        ("--", []),
        ('"open phrase', [Term(value="open phrase", phrase=True)]),
        ('""', []),
        ("model:", []),
        ("sea -rating:>", [Term(value="sea")]),
        ("model: flux", [Term(value="flux")]),
        ("none:", [Term(value="none:")]),
        ("stars:5", [Term(field="rating", value="5")]),
        ("Model:FLUX", [Term(field="model", value="FLUX")]),
        ("size:1024x768", [Term(field="size", value="1024x768")]),
    ],
)
def test_it_forgives(text: str, terms: list[Term]) -> None:
    assert list(parse_search(text).terms) == terms


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ("42", Bounds(Decimal(42), Decimal(42))),
        (">3", Bounds(low=Decimal(3), low_open=True)),
        (">=3", Bounds(low=Decimal(3))),
        ("<0.5", Bounds(high=Decimal("0.5"), high_open=True)),
        ("3..5", Bounds(Decimal(3), Decimal(5))),
        ("3..", Bounds(low=Decimal(3))),
        ("..", None),
        ("nan", None),
        ("1e99", None),
    ],
)
def test_numbers(value: str, bounds: Bounds | None) -> None:
    assert number_bounds(value) == bounds


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2026-11", (739921, 739950)),
        ("2026", (739617, 739981)),
        ("2026-11-05", (739925, 739925)),
        ("2026-02-31", None),
        ("2026-13", None),
        (">2026-11", (739950, None)),
        ("2026-11..2026-12-01", (739921, 739951)),
    ],
)
def test_dates(value: str, days: tuple[int, int | None] | None) -> None:
    bounds = date_bounds(value)
    if days is None:
        assert bounds is None
    else:
        assert bounds is not None
        assert (bounds.low, bounds.high) == days


def test_dimensions() -> None:
    assert dimensions("1024x768") == (1024, 768)
    assert dimensions(">1024") is None


@given(st.text())
def test_nothing_is_an_error_and_no_term_is_empty(text: str) -> None:
    for term in parse_search(text).terms:
        assert term.value
        assert term.field in FIELDS | {""}


_word = st.from_regex(r"[a-zà-ÿ0-9_]{1,9}", fullmatch=True)
_phrase = st.from_regex(r"[a-z]{1,5}( [a-z:\-]{1,5}){0,3}", fullmatch=True)
_plain = st.builds(
    Term,
    value=_word,
    field=st.sampled_from(sorted(FIELDS - NUMBER_FIELDS - {"date"} | {""})),
    negated=st.booleans(),
)
_quoted = st.builds(
    Term,
    value=_phrase,
    field=st.sampled_from(["", "tag", "note"]),
    negated=st.booleans(),
    phrase=st.just(True),
)
_number = st.builds(
    Term,
    value=st.from_regex(r"(>=|<=|>|<)?[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True),
    field=st.sampled_from(sorted(NUMBER_FIELDS)),
    negated=st.booleans(),
)


@given(st.lists(_plain | _quoted | _number, max_size=6))
def test_what_is_written_out_reads_back(terms: list[Term]) -> None:
    search = Search(tuple(terms))
    assert parse_search(str(search)) == search

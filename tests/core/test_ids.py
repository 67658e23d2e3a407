from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from studio.core.ids import _encode, new_id


def test_ids_are_unique_and_shaped_alike() -> None:
    made = {new_id() for _ in range(5000)}
    assert len(made) == 5000
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{20}", identity) for identity in made)


@given(st.integers(0, 2**50 - 1), st.integers(0, 2**50 - 1))
def test_they_sort_as_the_numbers_they_encode(one: int, other: int) -> None:
    assert (_encode(one, 10) < _encode(other, 10)) == (one < other)


def test_later_ids_sort_later() -> None:
    assert sorted(times := [new_id()[:10] for _ in range(100)]) == times

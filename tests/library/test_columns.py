"""The columns: rows come and go, labels change, numbers are compared exactly."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from studio.domain.search import number_bounds
from studio.library.columns import ColumnRow, Columns, numbers, reals
from studio.library.plain import pieces


def row(number: int, **changes: object) -> ColumnRow:
    values: dict[str, object] = {
        "row": number,
        "trashed": False,
        "kind": "image",
        "model": "flux",
        "rating": number % 6,
        "day": 739_000 + number,
        "cost": number * 1_000_000,
        "seed": number,
        "width": 512,
        "height": 768,
        "duration": -1.0,
    }
    return ColumnRow(**(values | changes))  # type: ignore[arg-type]


def test_rows_are_added_replaced_and_removed() -> None:
    columns = Columns()
    for number in range(1, 3_001):
        columns.put(row(number, tags=("even",) if number % 2 == 0 else ()))
    assert len(columns) == 3_000
    assert np.count_nonzero(columns.tags.mask(["even"], 3_000)) == 1_500
    columns.put(row(2, trashed=True, tags=("odd",)))
    columns.remove([4, 9_999])
    assert np.count_nonzero(columns.tags.mask(["even"], 3_000)) == 1_498
    assert np.count_nonzero(columns.state(trash=False)) == 2_998
    assert np.count_nonzero(columns.state(trash=True)) == 1
    columns.put(row(2))
    assert "odd" not in set(columns.tags.names())
    with pytest.raises(ValueError, match="not newer"):
        columns._append(5)


def test_unknown_rows_are_in_no_mask() -> None:
    columns = Columns()
    assert not len(columns.mask_of(np.array([1], np.int64)))
    for number in (2, 4, 6):
        columns.put(row(number))
    assert columns.mask_of(np.array([9, 1, 4, 5], np.int64)).tolist() == [False, True, False]


def test_costs_are_compared_exactly() -> None:
    columns = Columns()
    for number in (49, 50, 51):
        columns.put(row(number))
    bounds = number_bounds(">0.05")
    assert bounds is not None
    assert bounds.low == Decimal("0.05")
    assert columns.within("cost", bounds).tolist() == [False, False, True]


def test_what_is_missing_lies_in_no_range() -> None:
    columns = Columns()
    columns.put(row(1, seed=-1))
    bounds = number_bounds("<100")
    assert bounds is not None
    assert not columns.within("seed", bounds).any()
    assert not columns.within("duration", bounds).any()


def test_long_lists_of_numbers_are_read_in_pieces() -> None:
    wanted = list(range(100_000, 130_000))
    text = "\x1f".join(map(str, wanted))
    assert len(list(pieces(text, "\x1f"))) > 5
    assert numbers(text, "\x1f").tolist() == wanted
    assert reals(text, "\x1f").tolist() == wanted
    assert numbers(None).tolist() == []
    assert numbers("7").tolist() == [7]

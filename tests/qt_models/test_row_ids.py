from array import array

from hypothesis import given
from hypothesis import strategies as st

from studio.qt_models import row_ids

numbers = st.sets(st.integers(1, 60), max_size=40)


def steps(old: array, plan: row_ids.Plan, new: array) -> array:
    """Do what the model does with a plan."""
    ids = array("q", old)
    for first, last in reversed(plan.removed):
        del ids[first : last + 1]
    if plan.reordered is not None:
        assert sorted(ids) == sorted(plan.reordered)
        ids = array("q", plan.reordered)
    for first, last in plan.inserted:
        ids[first:first] = new[first : last + 1]
    return ids


@given(numbers, numbers, st.sampled_from(["newest", "oldest"]))
def test_a_plan_leads_from_any_sorted_list_to_any_other(old: set[int], new: set[int], order: str) -> None:
    a = array("q", sorted(old, reverse=order == "newest"))
    b = array("q", sorted(new, reverse=order == "newest"))
    for touched in (old ^ new, old | new, set()):
        plan = row_ids.plan(a, b, touched, order)
        assert plan.reordered is None
        assert steps(a, plan, b) == b


@given(st.permutations(range(1, 25)), st.permutations(range(5, 30)), numbers)
def test_a_plan_leads_from_any_order_to_any_other(old: list[int], new: list[int], touched: set[int]) -> None:
    a, b = array("q", old), array("q", new)
    assert steps(a, row_ids.plan(a, b, touched, "rating"), b) == b


@given(st.permutations(range(40)), numbers)
def test_finding_many_rows_is_finding_each(ids: list[int], wanted: set[int]) -> None:
    for order, rows in (
        ("rating", array("q", ids)),
        ("newest", array("q", sorted(ids, reverse=True))),
        ("oldest", array("q", sorted(ids))),
    ):
        expected = {row: rows.index(row) for row in wanted if row in rows}
        assert row_ids.find_all(rows, wanted, order) == expected
        assert {row: row_ids.find(rows, row, order) for row in wanted if row in expected} == expected
        assert row_ids.find(rows, 1000, order) == -1


def test_ranges() -> None:
    assert row_ids.ranges([7, 1, 3, 2]) == [(1, 3), (7, 7)]
    assert row_ids.ranges([]) == []

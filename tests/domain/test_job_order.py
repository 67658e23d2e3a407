"""Moving jobs in the queue: only what moves gets a new rank, and the order is what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.job import Job
from studio.domain.job_order import Step, at_the_end, in_turn, of_one_batch, placed, stepped

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def job(name: str, rank: float = 0.0) -> Job:
    """`a1` is the first job of batch a; a name without a number is a batch of its own."""
    batch, number = name[0], int(name[1:] or 0)
    return Job(
        id=name, kind="image", request={}, created_at=NOW, rank=rank, batch=batch,
        batch_index=number, batch_size=8 if number else 1,
    )  # fmt: skip


def queue(*names: str) -> list[Job]:
    return at_the_end([job(name) for name in names], [])


def after(order: Sequence[Job], changed: Sequence[Job]) -> list[str]:
    new = {one.id: one for one in changed}
    return [one.id for one in in_turn(new.get(one.id, one) for one in order)]


@pytest.mark.parametrize(
    ("ids", "step", "expected"),
    [
        ("b1 b2", "up", "b1 b2 a1 a2 c"),
        ("b1 b2", "down", "a1 a2 c b1 b2"),
        ("b1 b2", "front", "b1 b2 a1 a2 c"),
        ("a1 a2", "back", "b1 b2 c a1 a2"),
        ("a1 a2", "up", "a1 a2 b1 b2 c"),
        ("c", "up", "a1 a2 c b1 b2"),
        ("c", "down", "a1 a2 b1 b2 c"),
        ("b2", "up", "a1 a2 b2 b1 c"),
        ("b1", "up", "a1 a2 b1 b2 c"),
        ("b1", "down", "a1 a2 b2 b1 c"),
        ("b2", "front", "b2 a1 a2 b1 c"),
        ("gone", "front", "a1 a2 b1 b2 c"),
    ],
)
def test_steps(ids: str, step: Step, expected: str) -> None:
    order = queue("a1", "a2", "b1", "b2", "c")
    changed = stepped(order, ids.split(), step)
    assert " ".join(after(order, changed)) == expected
    assert {one.id for one in changed} <= set(ids.split())


def test_a_batch_is_one_group_and_a_single_job_its_own() -> None:
    assert {key: len(jobs) for key, jobs in of_one_batch(queue("a1", "c", "a2")).items()} == {"a": 2, "c": 1}


def test_jobs_from_before_there_were_ranks_keep_their_order_and_can_be_moved() -> None:
    order = in_turn([job("a2"), job("a1"), job("a3")])
    assert [one.id for one in order] == ["a1", "a2", "a3"]
    assert after(order, placed(order, ["a3"], "a2")) == ["a1", "a3", "a2"]


@given(st.data())
def test_any_moves_give_the_order_that_was_asked_for(data: st.DataObject) -> None:
    names = [f"a{number}" for number in range(1, data.draw(st.integers(1, 8)) + 1)]
    order = queue(*names)
    for _ in range(data.draw(st.integers(1, 60))):
        ids = data.draw(st.sets(st.sampled_from(names), min_size=1))
        before = data.draw(st.sampled_from([*names, None]))
        moving = [one.id for one in order if one.id in ids and one.id != before]
        rest = [one.id for one in order if one.id not in moving]
        place = rest.index(before) if before else len(rest)
        new = {one.id: one for one in placed(order, ids, before)}
        order = in_turn(new.get(one.id, one) for one in order)
        assert [one.id for one in order] == [*rest[:place], *moving, *rest[place:]]
        assert len({one.rank for one in order}) == len(order)


def test_moving_into_the_same_gap_for_ever_finds_room() -> None:
    order = queue("a1", "a2", "a3")
    for _ in range(200):
        new = {one.id: one for one in placed(order, [order[2].id], order[1].id)}
        order = in_turn(new.get(one.id, one) for one in order)
    assert len({one.rank for one in order}) == 3
    assert replace(order[0], rank=0) == job("a1")

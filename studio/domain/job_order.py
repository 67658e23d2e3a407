"""The order in which jobs leave, and moving them in it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Literal

from studio.domain.job import Job

Step = Literal["up", "down", "front", "back"]
NARROWEST = 1e-6
"""The smallest distance between two ranks; where there is less room, all are numbered anew."""


def in_turn(jobs: Iterable[Job]) -> list[Job]:
    """Jobs as they leave, first to last."""
    return sorted(jobs, key=lambda job: (job.rank, job.created_at, job.batch_index, job.id))


def at_the_end(jobs: Sequence[Job], others: Iterable[Job]) -> list[Job]:
    """`jobs` ranked behind all `others`, in the order they are given."""
    last = max((job.rank for job in others), default=0.0)
    return [replace(job, rank=last + number) for number, job in enumerate(jobs, start=1)]


def of_one_batch(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    """Jobs by the batch they were ordered in, in the order they come; one ordered alone is by itself."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(group_of(job), []).append(job)
    return groups


def group_of(job: Job) -> str:
    """What jobs of one batch share."""
    return job.batch if job.batch and job.batch_size > 1 else job.id


def placed(order: Sequence[Job], ids: Collection[str], before: str | None) -> list[Job]:
    """The jobs whose rank changes when those of `ids` stand before `before`, or last.

    Args:
        order: everything that waits, first to last.
    """
    moving = [job for job in order if job.id in ids and job.id != before]
    kept = {job.id for job in moving}
    rest = [job for job in order if job.id not in kept]
    place = next((number for number, job in enumerate(rest) if job.id == before), len(rest))
    new = [*rest[:place], *moving, *rest[place:]]
    if [job.id for job in new] == [job.id for job in order]:
        return []
    low = rest[place - 1].rank if place else None
    high = rest[place].rank if place < len(rest) else None
    ranks = _between(low, high, len(moving))
    if ranks is not None:
        return [replace(job, rank=rank) for job, rank in zip(moving, ranks, strict=True)]
    return [replace(job, rank=float(number)) for number, job in enumerate(new, start=1) if job.rank != number]


def _between(low: float | None, high: float | None, count: int) -> list[float] | None:
    """`count` ranks above `low` and below `high`; None when there is no room for them."""
    if low is None and high is None:
        return [float(number) for number in range(1, count + 1)]
    if low is None:
        return [(high or 0.0) - count + number for number in range(count)]
    if high is None:
        return [low + number for number in range(1, count + 1)]
    step = (high - low) / (count + 1)
    return [low + step * number for number in range(1, count + 1)] if step >= NARROWEST else None


def stepped(order: Sequence[Job], ids: Collection[str], step: Step) -> list[Job]:
    """The jobs whose rank changes when those of `ids` go one step, or all the way.

    A whole batch goes past whole batches, and a part of one past the others of its batch; "front" and "back"
    are those of everything that waits.
    """
    moving = [job for job in order if job.id in ids]
    if not moving:
        return []
    if step in ("front", "back"):
        first = next((job.id for job in order if job.id not in ids), None)
        return placed(order, ids, first if step == "front" else None)
    blocks = _blocks(order, ids)
    places = [number for number, block in enumerate(blocks) if block[0].id in ids]
    if step == "up":
        return placed(order, ids, blocks[places[0] - 1][0].id) if places[0] else []
    if places[-1] + 1 == len(blocks):
        return []
    behind = blocks[places[-1] + 1][-1].id
    rest = [job.id for job in order if job.id not in ids]
    place = rest.index(behind) + 1
    return placed(order, ids, rest[place] if place < len(rest) else None)


def _blocks(order: Sequence[Job], ids: Collection[str]) -> list[list[Job]]:
    """What is passed in one step: batches for a whole batch, jobs of the same batch for a part of one."""
    groups = of_one_batch(order)
    touched = [jobs for jobs in groups.values() if any(job.id in ids for job in jobs)]
    if len(touched) == 1 and not all(job.id in ids for job in touched[0]):
        return [[job] for job in touched[0]]
    return list(groups.values())

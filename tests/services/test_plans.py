"""What one press of the button would do and cost, from the form to the journal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.image import SEED_MAX
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.create import MAX_BATCH
from tests.services.studio import bills, connected, opened, picture


async def test_price_and_what_it_leaves(tmp_path: Path) -> None:
    with SandboxServer(balance="0.01") as server:
        async with connected(tmp_path, server) as studio:
            one = studio.services.create.plan(picture(), 1)
            four = studio.services.create.plan(picture(), 4)
            assert one.price is not None
            assert four.price is not None
            assert one.price.high is not None
            assert four.price.high == one.price.high * 4
            assert one.leaves == Decimal("0.01") - one.price.high
            assert not one.problem
            many = studio.services.create.plan(picture(), MAX_BATCH)
            assert many.leaves is not None
            assert many.leaves < 0
            assert many.problem == "This costs more than you have left."
            with pytest.raises(InputError, match="more than you have"):
                await studio.services.create.submit(many)
            assert studio.services.jobs.all() == []


async def test_the_price_told_is_the_price_billed(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            plan = studio.services.create.plan(picture(), 1)
            job = await studio.make()
            (bill,) = bills(server)
            assert plan.price is not None
            assert job.cost == Decimal(bill["billed"]) == plan.price.high == job.estimate
            spent = await studio.services.profile.spending()
            assert [(s.model, s.amount, s.open) for s in spent] == [(job.model, job.cost, 0)]


async def test_seeds_follow_each_other_and_wrap(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            plan = studio.services.create.plan(picture(seed=41), 3)
            assert [request.seed for request in plan.requests] == [41, 42, 43]
            plan = studio.services.create.plan(picture(seed=SEED_MAX), 2)
            assert [request.seed for request in plan.requests] == [SEED_MAX, 1]
            jobs = await studio.order(picture(seed=41), 3)
            done = [await studio.until(job.id, JobState.DONE) for job in jobs]
            assert [job.request["seed"] for job in done] == [41, 42, 43]
            assert len({job.batch for job in done}) == 1
            assert [(job.batch_index, job.batch_size) for job in done] == [(0, 3), (1, 3), (2, 3)]
            sent = {r["query"]["seed"] for r in server.requests() if "seed" in r["query"]}
            assert sent == {"41", "42", "43"}


@pytest.mark.parametrize(
    ("changes", "count", "problem", "field"),
    [
        ({"prompt": " "}, 1, "Write a prompt first.", "prompt"),
        ({"prompt": "./."}, 1, "Write a prompt first.", "prompt"),
        ({"model": "gone"}, 1, "Choose a model.", "model"),
        ({}, 0, f"Choose 1 to {MAX_BATCH} images.", "count"),
        ({}, MAX_BATCH + 1, f"Choose 1 to {MAX_BATCH} images.", "count"),
    ],
)
async def test_what_is_missing_is_said_in_one_sentence(
    tmp_path: Path, changes: dict[str, str], count: int, problem: str, field: str
) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            plan = studio.services.create.plan(replace(picture(), **changes), count)
            assert (plan.problem, plan.field) == (problem, field)
            with pytest.raises(InputError) as caught:
                await studio.services.create.submit(plan)
            assert caught.value.field == field


async def test_the_prompt_and_the_draft_are_kept(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            await studio.services.create.keep_draft("a heron, half wri")
            await studio.make(picture("a heron in the reeds"))
    async with opened(tmp_path, {}) as studio:
        assert await studio.services.create.draft() == "a heron, half wri"
        assert await studio.services.profile.prompts() == ["a heron in the reeds"]

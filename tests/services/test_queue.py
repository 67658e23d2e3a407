"""The queue over the real client and a sandbox: the pace it keeps, the purses that stop it, its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.job import Job, JobState
from studio.sandbox.server import SandboxServer
from studio.services.job_notices import BATCH_BUDGET, DAY_BUDGET
from studio.services.job_pace import rpm_of_order
from tests.services.studio import Studio, bills, connected, picture


async def all_done(studio: Studio, jobs: Sequence[Job]) -> list[Job]:
    return [await studio.until(job.id, JobState.DONE) for job in jobs]


def sent(server: SandboxServer) -> list[str]:
    """The seeds that were asked for, in the order they came."""
    made = [request for request in server.requests() if "seed" in request["query"]]
    return [str(request["query"]["seed"]) for request in made]


def check_paid_once(server: SandboxServer, jobs: Sequence[Job]) -> None:
    billed = Counter(str(request["identity"]) for request in bills(server))
    assert len(billed) == len(jobs), "none is lost"
    assert set(billed.values()) == {1}, "none is billed twice"


# ---------------------------------------------------------------- the pace


@pytest.mark.parametrize("refused", [1, 3, 7])
async def test_too_many_requests_hold_the_lane_and_lose_nothing(tmp_path: Path, refused: int) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 4
            asked: list[float] = []

            def look(_why: str) -> None:
                waits = [jobs.waiting(job) for job in jobs.active()]
                asked.extend(wait.seconds or 0.0 for wait in waits if wait and wait.reason == "asked")

            jobs.queue_changed.connect(look)
            fault = {"path": "/image/", "status": 429, "code": "community_model_rate_limit", "skip": 2}
            server.faults([{**fault, "count": refused, "headers": {"Retry-After": "12"}}])
            made = await studio.order(picture(), 12)
            done = await all_done(studio, made)
            check_paid_once(server, made)
            assert len(server.requests()) >= 12 + refused
            assert asked, "it is told why a job waits"
            assert max(asked) <= 12
            waits = studio.waits
            assert set(waits) == {12.0}, "as long as the service asks, and once for all of the lane"
            assert len(waits) <= refused
            assert {job.attempts for job in done} == {1}, "what the service did not take is no attempt"


async def test_the_whole_lane_waits_and_another_model_goes_on(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 1
            other = next(
                m.name for m in studio.services.catalogue.models
                if "image" in m.output_modalities and m.name != "flux" and "flux" not in m.aliases
                and not m.paid_only
            )  # fmt: skip
            began: list[tuple[str, float]] = []
            jobs.changed.connect(
                lambda job: began.append((job.model, studio.now())) if job.state is JobState.RUNNING else None
            )
            fault = {"path": "/image/", "status": 429, "code": "community_model_rate_limit"}
            server.faults([{**fault, "headers": {"Retry-After": "30"}}])
            jobs.pause("user")
            slow = await studio.order(picture(), 2)
            quick = await studio.order(replace(picture(), model=other), 1)
            await jobs.resume()
            await all_done(studio, [*slow, *quick])
            assert [model for model, _ in began][1] == quick[0].model, "it does not wait behind the lane"
            assert [moment for model, moment in began if model == slow[0].model] == [0.0, 30.0, 30.0]


async def test_an_address_that_is_too_fast_holds_everything(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            server.faults([{"path": "/image/", "error": "edge_rate_limit", "count": 3}])
            made = await studio.order(picture(), 6)
            await all_done(studio, made)
            check_paid_once(server, made)
            assert set(studio.waits) == {60.0}, "without a word from the service, a minute"


async def test_requests_per_minute_are_kept(tmp_path: Path) -> None:
    """A model of twelve a minute, on a service that counts."""
    with SandboxServer(balance=1000, limits=True) as server:
        async with connected(tmp_path, server, patient=True) as studio:
            model = next(
                m for m in studio.services.catalogue.models
                if m.per_user_rpm == 12 and m.output_modalities == ("image",) and not m.paid_only
            )  # fmt: skip
            began: list[float] = []
            studio.services.jobs.changed.connect(
                lambda job: began.append(studio.now()) if job.state is JobState.RUNNING else None
            )
            made = await studio.order(replace(picture(), model=model.name), 16)
            for job in made[:12]:
                await studio.until(job.id, JobState.DONE)
            assert rpm_of_order(made[0]) == 12
            await studio.until(made[12].id, JobState.RUNNING, JobState.QUEUED, JobState.DONE)
            # The clock of the test may jump between leaving and being told of it, by the one wait there is.
            assert began[:9] == [0.0] * 9
            assert sum(moment == 0.0 for moment in began) <= 12
            assert all(moment >= 60.0 for moment in began[12:]), "the thirteenth waits for the next minute"
            await studio.services.jobs.cancel([job.id for job in made])


async def test_a_service_that_only_refuses_pauses_the_queue(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 1
            server.faults([{"path": "/image/", "error": "model_rate_limit", "count": None}])
            first, second = await studio.order(picture(), 2)
            held = await studio.until(first.id, JobState.PAUSED)
            assert (held.note, jobs.paused_because, held.attempts) == ("busy", "busy", 0)
            assert await studio.services.profile.spending() == []
            server.clear_faults()
            await jobs.resume()
            await all_done(studio, [first, second])
            check_paid_once(server, [first, second])


# ---------------------------------------------------------------- the three kinds of 402


@pytest.mark.parametrize(
    ("error", "kind", "title", "page"),
    [
        ("insufficient_balance", "balance", "There is not enough pollen for this.", "/top-up"),
        ("key_budget", "key_budget", "This key's budget is used up.", "/edit-key"),
        ("quest_pollen_only", "quest_only", "This model needs paid pollen.", "/top-up"),
    ],
)
async def test_an_empty_purse_pauses_and_says_which(
    tmp_path: Path, error: str, kind: str, title: str, page: str
) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 1
            server.faults([{"path": "/image/", "error": error, "count": None}])
            made = await studio.order(picture(), 4)
            held = await studio.until(made[0].id, JobState.PAUSED)
            assert held.error is not None
            assert (held.error.kind, held.error.title, held.note) == (kind, title, "account")
            assert page in held.error.actions[0].argument
            assert jobs.paused_because == "account"
            assert [jobs.get(job.id).state for job in made[1:]] == [JobState.QUEUED] * 3  # type: ignore[union-attr]
            assert len(sent(server)) == 1, "nothing more is tried"
            assert await studio.services.profile.spending() == []
            server.clear_faults()
            await jobs.resume()
            await all_done(studio, made)
            check_paid_once(server, made)


async def test_a_wallet_that_runs_dry_in_the_middle(tmp_path: Path) -> None:
    with SandboxServer(balance="0.005") as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 1
            first = await studio.order(picture(), 2)
            await all_done(studio, first)
            # As if the wallet had been spent elsewhere since it was last looked at.
            more = await studio.order(picture("reeds", seed=50), 2)
            held = await studio.until(more[0].id, JobState.PAUSED)
            assert held.error is not None
            assert held.error.kind == "balance"
            server.set_balance(paid="5")
            await jobs.resume()
            await all_done(studio, more)
            check_paid_once(server, [*first, *more])


# ---------------------------------------------------------------- budgets


async def test_a_batch_stops_at_the_budget_of_the_day(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs, settings = studio.services.jobs, studio.services.settings
            jobs.parallel = 8
            made = await order_then_limit(studio, 8, day_budget=0.007)
            done = [job for job in made if jobs.get(job.id).state is JobState.DONE]  # type: ignore[union-attr]
            assert len(done) == 3, "0.002 each"
            assert {job.note for job in jobs.active()} == {DAY_BUDGET}
            notice = studio.services.notices.recent[-1]
            assert (notice.text, notice.detail) == ("Today's budget is used up.", "5 jobs wait.")
            await jobs.resume()
            assert {job.note for job in jobs.active()} == {DAY_BUDGET}, "it holds until it is raised"
            settings.change("money", day_budget=0.02)
            await jobs.resume()
            await all_done(studio, made)
            check_paid_once(server, made)


async def test_a_batch_stops_at_its_own_budget_and_others_go_on(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            made = await order_then_limit(studio, 6, batch_budget=0.005)
            assert sum(job.cost or Decimal(0) for job in jobs.all()) == Decimal("0.004")
            assert {job.note for job in jobs.active()} == {BATCH_BUDGET}
            other = await studio.order(picture("reeds", seed=90), 2)
            await all_done(studio, other)
            assert len(bills(server)) == 4
            assert len([job for job in jobs.batch_of(made[0]) if job.state is JobState.PAUSED]) == 4


async def order_then_limit(studio: Studio, count: int, **money: float) -> list[Job]:
    """A batch that was ordered before its budget was made smaller, until nothing of it moves."""
    jobs = studio.services.jobs
    jobs.pause("user")
    made = await studio.order(picture(), count)
    studio.services.settings.change("money", **money)
    await jobs.resume()
    for job in made:
        await studio.until(job.id, JobState.DONE, JobState.PAUSED)
    return made


# ---------------------------------------------------------------- order, pausing, restart


async def test_order_and_pause_survive_a_restart(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.pause("user")
            first = await studio.order(picture(seed=10), 3)
            second = await studio.order(picture("reeds", seed=20), 2)
            await jobs.move([job.id for job in second], "front")
            await jobs.move([first[2].id], "up")
            await jobs.hold([first[0].id])
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            await jobs.recover()
            order = [str(job.request["seed"]) for job in jobs.in_turn()]
            assert order == ["20", "21", "10", "12", "11"]
            assert [job.note for job in jobs.in_turn()] == [
                "restart",
                "restart",
                "user",
                "restart",
                "restart",
            ]
            assert sent(server) == []
            jobs.parallel = 1
            await jobs.resume()
            await all_done(studio, [*second, *first[1:]])
            assert sent(server) == ["20", "21", "12", "11"]
            assert jobs.get(first[0].id).state is JobState.PAUSED  # type: ignore[union-attr]
            await jobs.resume()
            await all_done(studio, first)
            check_paid_once(server, [*first, *second])


async def test_a_batch_keeps_its_count_over_a_restart(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.parallel = 1
            made = await studio.order(picture(), 3)
            await jobs.hold([job.id for job in made[1:]])
            await studio.until(made[0].id, JobState.DONE)
        async with connected(tmp_path, server, patient=True) as studio:
            await studio.services.jobs.recover()
            batch = studio.services.jobs.batch_of(made[1])
            assert Counter(job.state for job in batch) == {JobState.DONE: 1, JobState.PAUSED: 2}


async def test_a_batch_tells_once_that_it_is_finished(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            ends: list[tuple[Job, ...]] = []
            jobs.batch_finished.connect(ends.append)
            server.faults([{"path": "/image/", "status": 422, "skip": 1}])
            made = await studio.order(picture(), 4)
            for job in made:
                await studio.until(job.id, JobState.DONE, JobState.FAILED)
            (end,) = ends
            assert Counter(job.state for job in end) == {JobState.DONE: 3, JobState.FAILED: 1}
            await jobs.retry_failed()
            await all_done(studio, made)
            assert len(ends) == 2


async def test_cancelling_and_trying_again_a_whole_batch(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            jobs.pause("user")
            made = await studio.order(picture(), 20)
            await jobs.cancel([job.id for job in made])
            assert jobs.active() == []
            assert [job.state async for job in journalled(studio, made)] == [JobState.CANCELLED] * 20
            await jobs.retry([job.id for job in made])
            await jobs.resume()
            await all_done(studio, made)
            check_paid_once(server, made)


async def journalled(studio: Studio, jobs: Sequence[Job]) -> AsyncIterator[Job]:
    for job in jobs:
        yield await studio.journal(job.id)


async def test_time_left_is_learned(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            jobs = studio.services.jobs
            made = await studio.order(picture(), 1)
            assert jobs.seconds_left(made) is None
            await all_done(studio, made)
            jobs.pause("user")
            jobs.parallel = 2
            each = jobs.usual_seconds(made[0].model)
            assert each is not None
            many = await studio.order(picture(seed=30), 6)
            assert jobs.seconds_left(many) == pytest.approx(max(1.0, 3 * each))


async def test_a_pause_while_the_queue_is_let_go_on_stays(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            jobs = studio.services.jobs
            jobs.pause("user")
            made = await studio.order(picture(), 2)
            await jobs.hold([job.id for job in made])
            await jobs.resume()
            assert {job.state for job in jobs.active()} == {JobState.PAUSED}, "what was paused job by job"

            def pause(job: Job) -> None:
                if job.state is JobState.QUEUED:
                    jobs.pause("user")

            listening = jobs.changed.connect(pause)
            await jobs.resume()
            listening.disconnect()
            assert jobs.paused_because == "user"
            assert {job.state for job in jobs.active()} == {JobState.QUEUED}
            await jobs.resume()
            await all_done(studio, made)

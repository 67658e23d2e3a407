"""The queue against a real journal on the disk, with a runner that the test steers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from studio.api.errors import ApiOffline, ApiPaymentError, ApiRequestError
from studio.core.ids import new_id
from studio.domain.asset import Asset, Provenance
from studio.domain.job import Job, JobState
from studio.domain.media import MediaKind
from studio.domain.service import RetryNotice
from studio.services.jobs import JobReport, JobService
from studio.services.notices import NoticeCentre
from studio.services.profile import ProfileService
from studio.services.tasks import TaskSupervisor


def job(number: int = 1, *, sandbox: bool = True, state: JobState = JobState.QUEUED) -> Job:
    return Job(
        id=new_id(), kind="image", request={"prompt": "p", "model": "flux", "seed": number}, model="flux",
        created_at=datetime.now(UTC), estimate=Decimal("0.002"), sandbox=sandbox, state=state,
    )  # fmt: skip


def asset_of(made: Job) -> Asset:
    return Asset(
        id=f"asset-{made.id}", kind=MediaKind.IMAGE, path="x.jpg", mime="image/jpeg", size=1, sha256="0",
        created_at=datetime.now(UTC), provenance=Provenance(job_id=made.id, cost=Decimal("0.002")),
    )  # fmt: skip


@dataclass
class Steered:
    """A runner that waits for the test to let go, and remembers what it was asked."""

    sent: list[dict[str, object]] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    fails: list[BaseException] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def __call__(self, work: Job, report: JobReport) -> Asset:
        self.sent.append(work.request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            report.waiting(RetryNotice(attempt=2, delay=4.0, reason="The model is busy."))
            await self.go.wait()
            if self.fails:
                raise self.fails.pop(0)
            await report.storing()
            return asset_of(work)
        finally:
            self.running -= 1


@dataclass
class Bench:
    jobs: JobService
    profile: ProfileService
    runner: Steered
    tasks: TaskSupervisor
    notices: NoticeCentre
    found: dict[str, Asset]

    async def until(self, made: Job, *states: JobState) -> Job:
        """Wait, without sleeping, until the job is in one of the states."""
        arrived: asyncio.Future[Job] = asyncio.get_running_loop().create_future()

        def look(changed: Job) -> None:
            if changed.id == made.id and changed.state in states and not arrived.done():
                arrived.set_result(changed)

        connection = self.jobs.changed.connect(look)
        current = self.jobs.get(made.id)
        if current is not None:
            look(current)
        async with asyncio.timeout(10):
            result = await arrived
        connection.disconnect()
        return result


@contextlib.asynccontextmanager
async def bench(folder: Path, *, parallel: int = 2, sandbox: bool = True) -> AsyncIterator[Bench]:
    profile = ProfileService(folder)
    await profile.open()
    tasks, notices, runner = TaskSupervisor(), NoticeCentre(), Steered()
    found: dict[str, Asset] = {}

    async def find(job_id: str) -> Asset | None:
        return found.get(job_id)

    jobs = JobService(
        profile, tasks, notices, runners={"image": runner}, find_result=find, parallel=parallel,
        can_send=lambda work: work.sandbox == sandbox,
    )  # fmt: skip
    try:
        yield Bench(jobs, profile, runner, tasks, notices, found)
    finally:
        jobs.close()
        await tasks.shutdown()
        await profile.close()


async def test_the_journal_knows_before_the_request_leaves(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        made = job()
        await b.jobs.submit([made])
        waiting = await b.until(made, JobState.WAITING)
        assert waiting.retry_at is not None
        (written,) = await b.profile.unfinished()
        assert written.state is JobState.RUNNING, "as sent, so that only the identical request may follow"
        assert written.request == made.request
        b.runner.go.set()
        done = await b.until(made, JobState.DONE)
        assert done.cost == Decimal("0.002")
        assert await b.profile.unfinished() == []


async def test_no_more_run_at_once_than_allowed(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=2) as b:
        batch = [job(n) for n in range(5)]
        await b.jobs.submit(batch)
        b.runner.go.set()
        for made in batch:
            await b.until(made, JobState.DONE)
        assert b.runner.most == 2
        assert len(b.runner.sent) == 5


async def test_after_a_crash_the_identical_request_is_sent_and_the_rest_waits(tmp_path: Path) -> None:
    cut_off, never_sent = job(1), job(2)
    async with bench(tmp_path, parallel=1) as b:
        await b.jobs.submit([cut_off, never_sent])
        await b.until(cut_off, JobState.WAITING)
    async with bench(tmp_path) as b:
        b.runner.go.set()
        await b.jobs.recover()
        await b.until(cut_off, JobState.DONE)
        assert b.runner.sent == [cut_off.request]
        waiting = await b.until(never_sent, JobState.PAUSED)
        assert waiting.note == "restart"
        await b.jobs.resume()
        await b.until(never_sent, JobState.DONE)


async def test_a_result_that_was_filed_before_the_crash_is_not_asked_for_again(tmp_path: Path) -> None:
    made = job()
    async with bench(tmp_path) as b:
        await b.jobs.submit([made])
        await b.until(made, JobState.WAITING)
    async with bench(tmp_path) as b:
        b.found[made.id] = asset_of(made)
        await b.jobs.recover()
        done = await b.until(made, JobState.DONE)
        assert done.asset_id == f"asset-{made.id}"
        assert b.runner.sent == []


async def test_sandbox_jobs_never_go_to_the_cloud(tmp_path: Path) -> None:
    made = job(sandbox=True)
    async with bench(tmp_path) as b:
        await b.jobs.submit([made])
        await b.until(made, JobState.WAITING)
    async with bench(tmp_path, sandbox=False) as b:
        b.runner.go.set()
        await b.jobs.recover()
        await b.until(made, JobState.PAUSED)
        await b.jobs.resume()
        assert b.runner.sent == []


async def test_no_money_pauses_the_queue_and_keeps_the_jobs(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=1) as b:
        b.runner.fails = [ApiPaymentError("You have no pollen left.", status=402)]
        first, second = job(1), job(2)
        await b.jobs.submit([first, second])
        b.runner.go.set()
        held = await b.until(first, JobState.PAUSED)
        assert held.error is not None
        assert b.jobs.paused_because == "account"
        assert b.notices.recent[-1].text == "You have no pollen left."
        current = b.jobs.get(second.id)
        assert current is not None
        assert current.state is JobState.QUEUED
        await b.jobs.resume()
        await b.until(second, JobState.DONE)
        assert [r["seed"] for r in b.runner.sent].count(1) == 2, "the same request again"


async def test_offline_holds_without_a_notice_per_job(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.runner.fails = [
            ApiOffline("The service cannot be reached."),
            ApiOffline("The service cannot be reached."),
        ]
        batch = [job(1), job(2)]
        await b.jobs.submit(batch)
        b.runner.go.set()
        for made in batch:
            await b.until(made, JobState.PAUSED)
        assert not b.notices.recent


async def test_a_refused_prompt_fails_its_job_alone_and_can_be_tried_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.runner.fails = [ApiRequestError("The prompt was refused.", status=400)]
        made = job()
        await b.jobs.submit([made])
        b.runner.go.set()
        failed = await b.until(made, JobState.FAILED)
        assert failed.error is not None
        assert failed.error.title == "The prompt was refused."
        await b.jobs.retry([made.id])
        await b.until(made, JobState.DONE)
        assert b.runner.sent == [made.request, made.request]


async def test_a_bug_in_one_job_does_not_stop_the_queue(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=1) as b:
        b.runner.fails = [ZeroDivisionError("oops")]
        first, second = job(1), job(2)
        await b.jobs.submit([first, second])
        b.runner.go.set()
        await b.until(first, JobState.FAILED)
        await b.until(second, JobState.DONE)
        assert b.notices.bugs


async def test_cancel_ends_the_waiting_and_frees_the_place(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=1) as b:
        first, second = job(1), job(2)
        await b.jobs.submit([first, second])
        await b.until(first, JobState.WAITING)
        await b.jobs.cancel([first.id])
        b.runner.go.set()
        await b.until(second, JobState.DONE)
        cancelled = b.jobs.get(first.id)
        assert cancelled is not None
        assert cancelled.state is JobState.CANCELLED

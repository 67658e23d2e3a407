"""The queue where things happen at the wrong moment: twice, in the middle, or under another service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from studio.api.errors import ApiClosed, ApiInterrupted, ApiOffline, ApiPaymentError
from studio.core.errors import StorageError
from studio.domain.asset import Asset
from studio.domain.job import Job, JobState
from studio.services.jobs import JobReport, JobService
from studio.services.notices import NoticeCentre
from studio.services.profile import ProfileService
from studio.services.tasks import TaskSupervisor
from tests.services.test_jobs import asset_of, bench, job


async def test_taking_up_twice_sends_once_also_while_a_job_waits_to_try_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        running, waiting = job(1), job(2)
        await b.jobs.submit([running, waiting])
        await b.until(running, JobState.WAITING)
        await b.until(waiting, JobState.WAITING)
        await asyncio.gather(b.jobs.recover(), b.jobs.recover())
        assert len(b.runner.sent) == 2, "both are in hand"
        b.runner.go.set()
        await b.until(running, JobState.DONE)
        await b.until(waiting, JobState.DONE)
        assert len(b.runner.sent) == 2


async def test_connecting_again_does_not_pause_what_waits_for_its_turn(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=1) as b:
        first, second = job(1), job(2)
        await b.jobs.submit([first, second])
        await b.until(first, JobState.WAITING)
        await b.jobs.recover()
        current = b.jobs.get(second.id)
        assert current is not None
        assert current.state is JobState.QUEUED


async def test_a_crash_of_many_keeps_to_the_places_there_are(tmp_path: Path) -> None:
    batch = [job(n) for n in range(4)]
    async with bench(tmp_path, parallel=4) as b:
        await b.jobs.submit(batch)
        for made in batch:
            await b.until(made, JobState.WAITING)
    async with bench(tmp_path, parallel=2) as b:
        b.runner.go.set()
        await b.jobs.recover()
        for made in batch:
            await b.until(made, JobState.DONE)
        assert b.runner.most == 2


async def test_a_result_is_not_thrown_away_while_it_is_stored(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        made = job()
        b.runner.go.set()
        cancelled: list[bool] = []

        def cancel_now(changed: Job) -> None:
            if changed.state is JobState.STORING and not cancelled:
                cancelled.append(True)
                b.tasks.spawn(b.jobs.cancel([made.id]), name="cancel", owner=b)

        b.jobs.changed.connect(cancel_now)
        await b.jobs.submit([made])
        assert (await b.until(made, JobState.DONE, JobState.CANCELLED)).state is JobState.DONE
        assert cancelled


async def test_a_cancelled_job_whose_result_came_all_the_same_is_not_asked_for_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        made = job()
        await b.jobs.submit([made])
        await b.until(made, JobState.WAITING)
        await b.jobs.cancel([made.id])
        b.found[made.id] = asset_of(made)
        await b.jobs.retry([made.id])
        await b.until(made, JobState.DONE)
        assert len(b.runner.sent) == 1


async def test_trying_again_at_once_waits_until_the_cancelled_one_has_ended(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        made = job()
        await b.jobs.submit([made])
        await b.until(made, JobState.WAITING)
        await b.jobs.cancel([made.id])
        await b.jobs.retry([made.id])
        b.runner.go.set()
        await b.until(made, JobState.DONE)
        assert b.runner.most == 1, "two of them would write to one file"
        assert b.runner.sent == [made.request, made.request]


async def test_cancelling_before_the_first_step_gives_the_place_back(tmp_path: Path) -> None:
    async with bench(tmp_path, parallel=1) as b:
        first, second = job(1), job(2)
        b.runner.go.set()

        def cancel_first(changed: Job) -> None:
            if changed.id == second.id and changed.state is JobState.QUEUED:
                asyncio.get_running_loop().call_soon(b.jobs._running[first.id].cancel)

        await b.jobs.submit([first])
        b.jobs.changed.connect(cancel_first)
        await b.jobs.submit([second])
        await b.until(second, JobState.DONE)


@dataclass
class Service:
    """Which service is connected."""

    sandbox: bool = True


async def test_a_job_whose_service_is_left_waits_for_it_and_sends_the_same(tmp_path: Path) -> None:
    connected = Service()
    sent: list[dict[str, object]] = []
    left: asyncio.Event = asyncio.Event()

    async def run(work: Job, report: JobReport) -> Asset:
        sent.append(work.request)
        if len(sent) == 1:
            await left.wait()
            raise ApiInterrupted("The connection broke off.")
        await report.storing()
        return asset_of(work)

    async def nothing(_job_id: str) -> Asset | None:
        return None

    profile, tasks = ProfileService(tmp_path), TaskSupervisor()
    await profile.open()
    jobs = JobService(
        profile, tasks, NoticeCentre(), runners={"image": run}, find_result=nothing,
        can_send=lambda work: work.sandbox == connected.sandbox,
    )  # fmt: skip
    made = job(sandbox=True)
    states: asyncio.Queue[JobState] = asyncio.Queue()
    jobs.changed.connect(lambda changed: states.put_nowait(changed.state))

    async def until(state: JobState) -> None:
        async with asyncio.timeout(10):
            while await states.get() is not state:
                pass

    await jobs.submit([made])
    await until(JobState.RUNNING)
    connected.sandbox = False
    left.set()
    await until(JobState.PAUSED)
    assert jobs.paused_because == "", "the queue goes on with the other service"
    (written,) = await profile.unfinished()
    assert written.note == "interrupted"
    connected.sandbox = True
    await jobs.recover()
    await until(JobState.DONE)
    assert sent == [made.request, made.request]
    jobs.close()
    await tasks.shutdown()
    await profile.close()


async def test_a_new_key_of_the_same_service_goes_on_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.runner.fails = [ApiClosed("The connection was closed.")]
        b.runner.go.set()
        made = job()
        await b.jobs.submit([made])
        await b.until(made, JobState.DONE)
        assert b.runner.sent == [made.request, made.request]


async def test_being_online_again_starts_nothing_the_user_has_not_allowed(tmp_path: Path) -> None:
    never_sent = job(1)
    async with bench(tmp_path, parallel=1) as b:
        b.jobs.pause("user")
        await b.jobs.submit([never_sent])
    async with bench(tmp_path) as b:
        await b.jobs.recover()
        b.runner.fails = [ApiOffline("The service cannot be reached.")]
        b.runner.go.set()
        made = job(2)
        await b.jobs.submit([made])
        await b.until(made, JobState.PAUSED)
        assert b.jobs.paused_because == "offline"
        await b.jobs.resume("offline")
        await b.until(made, JobState.DONE)
        waiting = b.jobs.get(never_sent.id)
        assert waiting is not None
        assert waiting.state is JobState.PAUSED
        assert never_sent.request not in b.runner.sent


async def test_the_users_pause_outlasts_the_programs_reasons(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.runner.fails = [ApiOffline("The service cannot be reached.")]
        made = job()
        await b.jobs.submit([made])
        await b.until(made, JobState.WAITING)
        b.jobs.pause("user")
        b.runner.go.set()
        await b.until(made, JobState.PAUSED)
        await b.jobs.resume("offline")
        assert b.jobs.paused_because == "user"


async def test_what_needs_the_user_is_not_replaced_by_what_ends_by_itself(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.runner.fails = [ApiPaymentError("No pollen.", status=402), ApiOffline("No network.")]
        batch = [job(1), job(2)]
        await b.jobs.submit(batch)
        b.runner.go.set()
        for made in batch:
            await b.until(made, JobState.PAUSED)
        assert b.jobs.paused_because == "account"


class FullDisk(ProfileService):
    """A journal whose disk is full when a job is to be marked as done, once."""

    full = False

    async def update(self, *jobs: Job) -> None:
        if self.full and any(job.state is JobState.DONE for job in jobs):
            self.full = False
            raise StorageError("The disk is full.")
        await super().update(*jobs)


async def test_a_result_that_the_journal_could_not_note_is_found_when_the_queue_goes_on(
    tmp_path: Path,
) -> None:
    filed: dict[str, Asset] = {}

    async def run(work: Job, report: JobReport) -> Asset:
        assert work.id not in filed, "asked for twice"
        await report.storing()
        filed[work.id] = asset_of(work)
        return filed[work.id]

    async def find(job_id: str) -> Asset | None:
        return filed.get(job_id)

    profile, tasks, notices = FullDisk(tmp_path), TaskSupervisor(), NoticeCentre()
    await profile.open()
    profile.full = True
    jobs = JobService(
        profile, tasks, notices, runners={"image": run}, find_result=find, can_send=lambda _job: True
    )
    paused, done = asyncio.Event(), asyncio.Event()
    jobs.queue_changed.connect(lambda because: paused.set() if because == "storage" else None)
    jobs.finished.connect(lambda _job: done.set())
    made = job()
    async with asyncio.timeout(10):
        await jobs.submit([made])
        await paused.wait()
        await jobs.resume()
        await done.wait()
    assert [notice.topic for notice in notices.recent] == ["journal"]
    assert await profile.unfinished() == []
    jobs.close()
    await tasks.shutdown()
    await profile.close()

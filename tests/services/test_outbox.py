"""What is asked for without a network (studio/services/outbox.py): kept, counted again, sent and paid once.

The service is a real sandbox that is stopped and started again on the same port.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.core.clock import Clock
from studio.domain.image import VideoRequest
from studio.domain.job import Job, JobState
from studio.domain.models import Pricing
from studio.sandbox.server import SandboxServer
from studio.services.job_notices import DAY_BUDGET
from studio.services.jobs import OFFLINE, PRICE
from studio.services.outbox import FIRST_LOOK_SECONDS, LOOK_SECONDS, Outbox, price_now
from tests.services.studio import Studio, bills, connected, opened, picture


class Line:
    """A service whose cable is pulled and put back: the same address, the same account."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.server = SandboxServer(state=state, balance=100).start()
        self._port = int(self.server.base_url.rpartition(":")[2])
        self._before: list[dict[str, Any]] = []

    def pull(self) -> None:
        self._before += bills(self.server)
        self.server.stop()

    def mend(self) -> None:
        self.server = SandboxServer(state=self._state, balance=100, port=self._port).start()

    def check_paid_once(self, jobs: list[Job]) -> None:
        billed = Counter(str(request["identity"]) for request in [*self._before, *bills(self.server)])
        assert len(billed) == len(jobs), "none is lost"
        assert set(billed.values()) <= {1}, "none is billed twice"


@contextmanager
def line_to(state: Path) -> Iterator[Line]:
    line = Line(state)
    try:
        yield line
    finally:
        line.server.stop()


def stand(studio: Studio) -> list[tuple[JobState, str]]:
    return [(job.state, job.note) for job in studio.services.jobs.active()]


async def test_what_is_asked_while_away_waits_and_goes_out_by_itself(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            session, jobs = studio.services.session, studio.services.jobs
            line.pull()
            first = await studio.order(picture(), 4)
            for job in first:
                await studio.until(job.id, JobState.PAUSED)
            assert session.state.is_away, "one who meets it tells all"
            since = session.state.away_since
            later = await studio.order(picture("reeds in the wind"), 2)
            assert {(job.state, job.note) for job in later} | set(stand(studio)) == {
                (JobState.QUEUED, ""), (JobState.PAUSED, OFFLINE)
            }  # fmt: skip
            assert set(stand(studio)) == {(JobState.PAUSED, OFFLINE)}
            assert {(await studio.journal(job.id)).note for job in [*first, *later]} == {OFFLINE}
            await session.refresh()
            assert session.state.away_since == since, "asking again does not make it shorter"
            assert not [n for n in studio.services.notices.recent if n.severity == "error"]
            await jobs.cancel([later[1].id])
            line.mend()
            await session.refresh()
            made = [await studio.until(job.id, JobState.DONE) for job in [*first, later[0]]]
            assert not session.state.is_away
            assert jobs.paused_because == ""
            line.check_paid_once(made)


async def test_it_outlives_the_program_and_goes_out_without_a_word(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            line.pull()
            await studio.services.session.refresh()
            asked = await studio.order(picture(), 3)
            assert [job.attempts for job in studio.services.jobs.active()] == [0, 0, 0]
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            assert studio.services.session.state.is_away
            await studio.services.jobs.recover()
            assert stand(studio) == [(JobState.PAUSED, OFFLINE)] * 3
            line.mend()
            await studio.services.session.refresh()
            made = [await studio.until(job.id, JobState.DONE) for job in asked]
            line.check_paid_once(made)


async def test_what_was_written_down_before_the_restart_waits_for_the_user_all_the_same(
    tmp_path: Path,
) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            studio.services.jobs.pause("user")
            (asked,) = await studio.order(picture())
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            await studio.services.outbox.send()
            kept = studio.services.jobs.get(asked.id)
            assert kept is not None
            assert (kept.state, kept.note) == (JobState.PAUSED, "restart")
        assert not bills(line.server)


def change_prices(home: Path, factor: str) -> None:
    """As if the catalogue that was last seen had other prices."""
    (file,) = home.rglob("catalogue-cloud.json")
    data = json.loads(file.read_bytes())
    for model in data["models"]:
        rates = (model.get("pricing") or {}).get("rates", {})
        rates |= {kind: str(Decimal(rate) * Decimal(factor)) for kind, rate in rates.items()}
    file.write_text(json.dumps(data))


@pytest.mark.parametrize(("factor", "goes"), [("0.5", False), ("2", True)])
async def test_what_became_dearer_waits_for_the_users_word(tmp_path: Path, factor: str, goes: bool) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            usual = studio.services.create.plan(picture(), 1).price
            assert usual is not None
        line.pull()
        change_prices(tmp_path / "home", factor)
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            asked = await studio.order(picture(), 2)
            was = asked[0].estimate
            assert was == (usual.high or Decimal(0)) * Decimal(factor)
            line.mend()
            await studio.services.session.refresh()
            if not goes:
                dearer = [await studio.until(job.id, JobState.PAUSED) for job in asked]
                await studio.services.outbox.send()
                assert stand(studio) == [(JobState.PAUSED, PRICE)] * 2
                assert [job.estimate for job in studio.services.jobs.active()] == [usual.high] * 2
                assert not bills(line.server)
                (told,) = [n for n in studio.services.notices.recent if n.topic == "dearer"]
                assert told.actions[0].id == "job.resume"
                await studio.services.jobs.release([job.id for job in dearer])
            made = [await studio.until(job.id, JobState.DONE) for job in asked]
            assert [job.estimate for job in made] == [usual.high] * 2
            line.check_paid_once(made)


async def test_the_budget_is_asked_when_it_leaves(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            line.pull()
            await studio.services.session.refresh()
            asked = await studio.order(picture(), 3)
            price = asked[0].estimate
            assert price is not None
            studio.services.settings.change("money", day_budget=float(price * Decimal("1.5")))
            line.mend()
            await studio.services.session.refresh()
            await studio.until(asked[0].id, JobState.DONE)
            for job in asked[1:]:
                assert (await studio.until(job.id, JobState.PAUSED)).note in (DAY_BUDGET, OFFLINE)
            assert len(bills(line.server)) == 1


async def test_a_picture_that_goes_along_is_uploaded_when_the_job_leaves(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            services = studio.services
            buffer = BytesIO()
            Image.radial_gradient("L").convert("RGB").save(buffer, "PNG")
            reference = await services.references.add_picture(buffer.getvalue())
            line.pull()
            await services.session.refresh()
            model = next(
                m for m in services.catalogue.models
                if "video" in m.output_modalities and "image" in m.input_modalities
            )  # fmt: skip
            request = VideoRequest(prompt="it turns", model=model.name, seed=3, image=(reference,))
            plan = services.create.plan(request, 1)
            assert not plan.problem
            (asked,) = await services.create.submit(plan)
            assert not asked.request["image"][0].get("url")
            line.mend()
            await services.session.refresh()
            made = await studio.until(asked.id, JobState.DONE, JobState.FAILED)
            assert made.state is JobState.DONE, made.error
            kept = await studio.journal(asked.id)
            assert kept.request["image"][0]["url"].startswith(line.server.media_url)
            line.check_paid_once([made])


async def test_the_users_own_pause_outlasts_the_network(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            line.pull()
            await studio.services.session.refresh()
            (asked,) = await studio.order(picture())
            studio.services.jobs.pause("user")
            line.mend()
            await studio.services.session.refresh()
            await studio.services.outbox.send()
            assert stand(studio) == [(JobState.PAUSED, OFFLINE)]
            await studio.services.jobs.resume()
            await studio.until(asked.id, JobState.DONE)


async def test_it_looks_soon_and_then_now_and_then(tmp_path: Path) -> None:
    """The clock of the test lets five looks pass, and the cable is put back before the last."""
    with line_to(tmp_path / "service") as line:
        async with connected(tmp_path / "home", line.server, patient=True) as studio:
            s = studio.services
            waits: list[float] = []

            async def sleep(seconds: float) -> None:
                waits.append(seconds)
                if len(waits) == 2:
                    line.pull()
                    await s.session.refresh()
                elif len(waits) == 4:
                    line.mend()
                elif len(waits) == 6:
                    await asyncio.Event().wait()

            outbox = Outbox(s.jobs, s.session, s.catalogue, s.notices, s.tasks, Clock(sleep=sleep))
            back = asyncio.Event()
            s.session.changed.connect(lambda state: back.set() if state.online else None)
            watch = s.tasks.spawn(outbox.watch(), name="watch", owner=outbox)
            async with asyncio.timeout(20):
                await back.wait()
            watch.cancel()
            assert waits[:4] == [FIRST_LOOK_SECONDS] * 2 + [LOOK_SECONDS] * 2


async def test_a_price_is_counted_for_every_kind(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, patient=True) as studio:
            (asked,) = await studio.order(picture())
            model = studio.services.catalogue.find("flux")
            assert model is not None
            assert price_now(asked, model) == asked.estimate
            assert price_now(replace(asked, kind="legacy"), model) is None
            assert price_now(replace(asked, request={"prompt": 3}), model) is None
            assert price_now(asked, replace(model, pricing=Pricing())) is None
            await studio.until(asked.id)


async def test_nothing_is_asked_of_anybody_by_who_chose_to_be_offline(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        await studio.services.session.browse_offline()
        await studio.services.outbox.send()
        assert not studio.services.session.state.is_away
        studio.services.session.mark_away("nobody asked")
        assert not studio.services.session.state.is_away

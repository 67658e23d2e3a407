"""What the ledger says of a picture: an estimate while it is made, the bill after, nothing when refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from studio.api.errors import ApiInterrupted, ApiOffline, ApiRefused, ApiTimeout, ApiTooLarge, ApiUnavailable
from studio.core.errors import InputError, StudioError
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.job_records import is_unbilled
from studio.services.profile import Spending
from tests.services.studio import Studio, addresses, opened, picture


async def spending(studio: Studio) -> list[Spending]:
    return await studio.services.profile.spending()


async def test_the_ledger_follows_a_picture(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server, POLLINATIONS_API_KEY=server.key)) as studio:
            await studio.services.session.use_cloud("")
            server.faults([{"path": "/image/", "status": 422}])
            refused = await studio.make(picture())
            assert refused.state is JobState.FAILED
            assert await spending(studio) == [], "refused, so nothing was spent"

            await studio.services.jobs.retry([refused.id])
            done = await studio.until(refused.id, JobState.DONE)
            (line,) = await spending(studio)
            billed = sum(Decimal(request["billed"]) for request in server.requests())
            assert (line.entries, line.open, line.amount, done.cost) == (1, 0, billed, billed)


@pytest.mark.parametrize("refusal", [422, 429])
async def test_what_was_worked_on_before_a_refusal_stays(tmp_path: Path, refusal: int) -> None:
    """The first attempt was billed though its answer was lost; the repeat of the same call is refused."""
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server, POLLINATIONS_API_KEY=server.key)) as studio:
            await studio.services.session.use_cloud("")
            server.faults(
                [
                    {"path": "/image/", "status": 504, "after_work": True},
                    {"path": "/image/", "status": refusal},
                ]
            )
            job = await studio.make(picture())
            if refusal == 422:
                assert job.state is JobState.FAILED
            else:
                job = await studio.until(job.id, JobState.DONE)
            (line,) = await spending(studio)
            assert line.entries == 1
            assert line.amount == Decimal("0.002"), "the estimate, and the bill in its place"


@pytest.mark.parametrize(
    ("error", "unbilled"),
    [
        (ApiOffline("x"), True),
        (InputError("x"), True),
        (ApiRefused("x", status=422), True),
        (ApiTimeout("x", status=408), False),
        (ApiTooLarge("An answer above the limit."), False),
        (ApiInterrupted("x"), False),
        (ApiUnavailable("x", status=504), False),
        (StudioError("The result is damaged."), False),
    ],
)
def test_only_what_was_certainly_not_billed_is_taken_back(error: StudioError, unbilled: bool) -> None:
    assert is_unbilled(error) is unbilled

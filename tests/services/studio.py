"""All services together, on a real disk, against a real sandbox over a socket, with no waiting in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from studio.api.client import ApiClient
from studio.api.transport import Call, OnProgress, TimeLimits, Transport
from studio.core.clock import Clock
from studio.core.paths import portable_paths
from studio.core.secrets import Secret
from studio.core.settings import Settings
from studio.domain.image import ImageRequest
from studio.domain.job import Job, JobState
from studio.domain.service import ServiceHosts
from studio.sandbox.server import SandboxServer
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.notices import NoticeCentre

SHORT = TimeLimits(connect=5, read=0.4, write=5, pool=5)
SETTLED = (JobState.DONE, JobState.FAILED, JobState.PAUSED, JobState.CANCELLED)


class ImpatientTransport(Transport):
    """The real transport, with limits that a test can wait for."""

    def stream(
        self, call: Call, sending: OnProgress | None = None
    ) -> AbstractAsyncContextManager[httpx.Response]:
        return super().stream(replace(call, limits=SHORT), sending)


@dataclass
class Studio:
    """`waits` are the seconds that would have passed before each repetition."""

    services: Services
    waits: list[float] = field(default_factory=list)
    now: Callable[[], float] = lambda: 0.0

    async def make(
        self, request: ImageRequest | None = None, *, states: tuple[JobState, ...] = SETTLED
    ) -> Job:
        """Order one picture and wait until its job settles."""
        (job,) = await self.order(request or picture())
        return await self.until(job.id, *states)

    async def order(self, request: ImageRequest, count: int = 1) -> list[Job]:
        plan = self.services.create.plan(request, count)
        assert not plan.problem, plan.problem
        return await self.services.create.submit(plan)

    async def until(self, job_id: str, *states: JobState) -> Job:
        """Wait, without sleeping, until the job is in one of the states."""
        arrived: asyncio.Future[Job] = asyncio.get_running_loop().create_future()

        def look(changed: Job) -> None:
            if changed.id == job_id and changed.state in (states or SETTLED) and not arrived.done():
                arrived.set_result(changed)

        connection = self.services.jobs.changed.connect(look)
        current = self.services.jobs.get(job_id)
        if current is not None:
            look(current)
        try:
            async with asyncio.timeout(20):
                return await arrived
        finally:
            connection.disconnect()

    async def journal(self, job_id: str) -> Job:
        """The job as it stands on the disk."""
        return next(job for job in await self.services.profile.recent(1000) if job.id == job_id)

    def incoming(self) -> list[str]:
        return sorted(path.name for path in (self.services.paths.library / ".nectary/incoming").iterdir())


def picture(prompt: str = "a heron in the reeds", seed: int = 7) -> ImageRequest:
    return ImageRequest(prompt=prompt, model="flux", seed=seed, width=96, height=96)


def addresses(server: SandboxServer, **more: str) -> dict[str, str]:
    """The environment that points the program at the sandbox, as a cloud."""
    return {
        "POLLINATIONS_BASE_URL": server.base_url,
        "POLLINATIONS_ENTER_URL": server.enter_url,
        "POLLINATIONS_MEDIA_URL": server.media_url,
        "POLLINATIONS_LEGACY_URL": server.legacy_url,
        **more,
    }


@asynccontextmanager
async def opened(
    folder: Path, environment: Mapping[str, str], *, patient: bool = False
) -> AsyncGenerator[Studio]:
    """Services opened on `folder`, connected to nothing yet; closed at the end.

    Args:
        patient: with the time limits of the program, for tests where a slow machine must not make a
            difference.
    """
    waits: list[float] = []
    moment = [0.0]

    async def sleep(delay: float) -> None:
        waits.append(delay)
        moment[0] += delay
        await asyncio.sleep(0)

    def make_client(hosts: ServiceHosts, key: Callable[[], Secret | None]) -> ApiClient:
        transport = (Transport if patient else ImpatientTransport)(
            key, user_agent="Nectary-tests", http2=False, sleep=sleep, jitter=lambda delay: delay
        )
        return ApiClient(hosts, key, user_agent="", transport=transport)

    paths = portable_paths(folder)
    services = build_services(
        paths, Settings(paths.settings), NoticeCentre(), environment, make_client=make_client,
        clock=Clock(now=lambda: moment[0], sleep=sleep),
    )  # fmt: skip
    try:
        await open_services(services)
        yield Studio(services, waits, lambda: moment[0])
    finally:
        await close_services(services)


@asynccontextmanager
async def connected(
    folder: Path, server: SandboxServer, key: str = "", *, patient: bool = False
) -> AsyncIterator[Studio]:
    """The same, connected to `server` as the cloud with a key of the environment."""
    environment = addresses(server, POLLINATIONS_API_KEY=key or server.key)
    async with opened(folder, environment, patient=patient) as studio:
        await studio.services.session.use_cloud("")
        yield studio


def bills(server: SandboxServer) -> list[dict[str, Any]]:
    """The requests that were charged."""
    return [request for request in server.requests() if float(request["billed"]) > 0]

"""Changing the service while things are under way: nothing of one ever reaches the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from studio.api.client import ApiClient
from studio.core.errors import StudioError
from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.domain.job import JobState
from studio.domain.service import ServiceHosts
from studio.sandbox.server import SandboxServer
from studio.services.account import AccountService, KeySource
from studio.services.catalogue import CatalogueService
from studio.services.sandbox import RunningSandbox, SandboxProcess
from studio.services.session import Session
from tests.services.studio import addresses, opened, picture

REAL_KEY = "sk_real_0123456789"


class SteeredSandbox(SandboxProcess):
    """The stand-in in this process, started when the test lets it."""

    def __init__(self, server: SandboxServer) -> None:
        super().__init__(Path())
        self.server = server
        self.ready = asyncio.Event()
        self.starting = asyncio.Event()
        self.fails = False

    @property
    def is_running(self) -> bool:
        return self.running is not None

    async def start(self) -> RunningSandbox:
        self.starting.set()
        await self.ready.wait()
        if self.fails:
            raise StudioError("The sandbox did not start.")
        self.running = RunningSandbox(hosts=hosts(self.server), key=Secret(self.server.key))
        return self.running


def hosts(server: SandboxServer) -> ServiceHosts:
    return ServiceHosts.from_environment(addresses(server))


@asynccontextmanager
async def session_on(
    folder: Path, cloud: SandboxServer, sandbox: SteeredSandbox
) -> AsyncGenerator[tuple[Session, AccountService]]:
    account = AccountService(KeyringStore())
    session = Session(
        account, CatalogueService(folder), sandbox, hosts=hosts(cloud), environment_key=Secret(REAL_KEY),
        make_client=lambda where, key: ApiClient(where, key, user_agent="Nectary-tests"),
    )  # fmt: skip
    try:
        yield session, account
    finally:
        await session.close()


async def test_no_service_is_connected_while_the_other_one_starts(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud, SandboxServer(speed=0) as local:
        sandbox = SteeredSandbox(local)
        async with session_on(tmp_path, cloud, sandbox) as (session, account):
            await session.use_cloud("")
            choosing = asyncio.ensure_future(session.use_sandbox())
            await sandbox.starting.wait()
            assert session.state.is_sandbox
            assert not session.connected, "a pretended job must not meet the real client"
            assert account.current_key() is None
            sandbox.ready.set()
            await choosing
            assert session.connected
            assert session.client.hosts == hosts(local)


async def test_a_sandbox_that_does_not_start_leaves_no_client_behind(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud:
        sandbox = SteeredSandbox(cloud)
        sandbox.fails = True
        sandbox.ready.set()
        async with session_on(tmp_path, cloud, sandbox) as (session, _account):
            await session.use_cloud("")
            with pytest.raises(StudioError):
                await session.use_sandbox()
            assert not session.connected
            assert session.state.problem


async def test_the_later_choice_wins_however_long_the_earlier_one_takes(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud, SandboxServer(speed=0) as local:
        sandbox = SteeredSandbox(local)
        async with session_on(tmp_path, cloud, sandbox) as (session, account):
            choosing = asyncio.ensure_future(session.use_sandbox())
            await sandbox.starting.wait()
            await session.use_cloud("")
            sandbox.ready.set()
            await choosing
            assert session.state.mode == "cloud"
            assert session.client.hosts == hosts(cloud)
            assert account.state.source is KeySource.ENVIRONMENT


async def test_a_real_key_given_in_the_sandbox_does_not_go_there(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud, SandboxServer(speed=0) as local:
        sandbox = SteeredSandbox(local)
        sandbox.ready.set()
        async with session_on(tmp_path, cloud, sandbox) as (session, account):
            await session.use_sandbox()
            account.keep_in_memory(Secret(REAL_KEY), "default")
            await session.refresh()
            names = {request["key"] for request in local.requests()}
            assert len(names) == 1, "one key, its own"


async def test_a_key_in_memory_outlives_a_visit_to_the_sandbox(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud, SandboxServer(speed=0) as local:
        sandbox = SteeredSandbox(local)
        sandbox.ready.set()
        async with session_on(tmp_path, cloud, sandbox) as (session, account):
            account.keep_in_memory(Secret("sk_given_0123456789"), "default")
            await session.use_cloud("")
            await session.use_sandbox()
            await session.use_cloud("")
            assert account.state.source is KeySource.MEMORY
            assert account.current_key() == Secret("sk_given_0123456789")


async def test_a_sandbox_that_ended_is_started_again(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as cloud, SandboxServer(speed=0) as local, SandboxServer(speed=0) as next_one:
        sandbox = SteeredSandbox(local)
        sandbox.ready.set()
        async with session_on(tmp_path, cloud, sandbox) as (session, _account):
            await session.use_sandbox()
            sandbox.running, sandbox.server = None, next_one
            await session.refresh()
            assert session.state.online
            assert session.client.hosts == hosts(next_one)


async def test_a_job_under_way_waits_for_its_service_and_is_paid_once(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        environment = addresses(server, POLLINATIONS_API_KEY=server.key)
        async with opened(tmp_path, environment) as studio:
            jobs, session = studio.services.jobs, studio.services.session
            await session.use_cloud("")
            server.faults([{"path": "/image/", "latency": 0.3}])
            (made,) = await studio.order(picture())
            await studio.until(made.id, JobState.RUNNING)
            await session.browse_offline()
            held = await studio.until(made.id, JobState.PAUSED)
            assert held.note == "interrupted"
            assert jobs.paused_because == ""
            await session.use_cloud("")
            done = await studio.until(made.id, JobState.DONE)
            assert done.request == made.request
            assert len([r for r in server.requests() if Decimal(r["billed"])]) == 1


async def test_what_was_priced_for_one_service_never_goes_to_another(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        environment = addresses(server, POLLINATIONS_API_KEY=server.key)
        async with opened(tmp_path, environment) as studio:
            services = studio.services
            await services.session.use_cloud("")
            plan = replace(services.create.plan(picture(), 1), sandbox=True)
            (made,) = await services.create.submit(plan)
            assert made.sandbox
            queued = services.jobs.get(made.id)
            assert queued is not None
            assert queued.state is JobState.QUEUED, "its service is not the one in use"
            await services.jobs.cancel([made.id])
            assert not [r for r in server.requests() if Decimal(r["billed"])]

"""Which service the program speaks to, and whose key goes there."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.sandbox.server import SandboxServer
from studio.services.account import KeySource
from studio.services.session import SessionState
from tests.services.studio import addresses, connected, opened, picture


async def test_the_key_of_the_environment_is_used_and_never_stored(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            services = studio.services
            assert services.account.state.source is KeySource.ENVIRONMENT
            assert services.session.state == SessionState(mode="cloud", online=True)
            assert services.account.current_key() == Secret(server.key)
            await studio.make()
        held = [
            path
            for path in tmp_path.rglob("*")
            if path.is_file() and server.key.encode() in path.read_bytes()
        ]
        assert held == []


async def test_without_a_keyring_the_user_is_asked_and_the_catalogue_is_there(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as studio:
            session = studio.services.session
            with pytest.raises(KeyringUnavailableError) as caught:
                await session.use_cloud("")
            assert [action.label for action in caught.value.actions] == ["Try again", "Keep in memory"]
            assert session.connected
            assert session.state.online
            assert studio.services.catalogue.models
            assert not studio.services.account.state.signed_in
            assert studio.services.create.plan(picture(), 1).problem == (
                "Sign in or open the sandbox to make something."
            )
            studio.services.account.keep_in_memory(Secret(server.key), "default")
            await session.use_cloud("")
            assert studio.services.account.state.source is KeySource.MEMORY
            assert studio.services.account.state.balance is not None


async def test_a_key_the_user_gave_goes_before_the_one_of_the_environment(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            other = Secret("sk_sandboxPlain4lK7zX9cV2bN6mQ1wE3rT")
            studio.services.account.keep_in_memory(other, "default")
            await studio.services.session.use_cloud("")
            assert studio.services.account.current_key() == other


async def test_a_rejected_key_is_told_and_the_service_counts_as_there(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, key="sk_sandboxExpired1qW4eR7tY0uI3oP6aS9d") as studio:
            state = studio.services.session.state
            assert (state.online, state.problem) == (True, "The service does not accept your key.")
            assert studio.services.account.state.rejected
            assert not studio.services.account.state.signed_in


async def test_a_service_that_comes_back_is_noticed(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            session, states = studio.services.session, list[SessionState]()
            session.changed.connect(states.append)
            server.faults([{"path": "/", "count": None, "error": "unavailable"}])
            await session.refresh()
            assert not session.state.online
            assert session.state.problem == "The service is not available right now."
            server.clear_faults()
            await session.refresh()
            assert session.state == SessionState(mode="cloud", online=True)
            assert states[-1] is session.state


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            asked = len(server.requests())
            session = studio.services.session
            await session.browse_offline()
            await session.refresh()
            assert not session.connected
            with pytest.raises(StudioError, match="not connected"):
                _ = session.client
            assert studio.services.catalogue.models, "what is remembered stays to be looked at"
            assert len(server.requests()) == asked


async def test_the_real_sandbox_process_is_started_used_and_marked(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        session = studio.services.session
        await session.use_sandbox()
        assert session.state.is_sandbox
        assert session.state.online
        assert studio.services.account.state.source is KeySource.SANDBOX
        job = await studio.make()
        assert job.sandbox
        asset = await studio.services.library.asset(job.asset_id)
        assert asset is not None
        assert asset.provenance.sandbox
        assert await studio.services.profile.spending() == []
        assert [s.amount for s in await studio.services.profile.spending(sandbox=True)] == [job.cost]
        assert session.hosts.gen == "https://gen.pollinations.ai", "the cloud's addresses are still known"

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from studio.core.errors import InputError
from studio.core.keyring_store import KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.network import NetworkService
from tests.fakes.proxy import Proxy, proxy
from tests.services.studio import Studio, addresses, bills, connected, opened, picture

ELSEWHERE = "http://gen.example"


@pytest.fixture(autouse=True)
def drawer(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of one test."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(KeyringStore, "get", lambda _s, name: Secret(kept[name]) if name in kept else None)
    monkeypatch.setattr(KeyringStore, "set", lambda _s, name, key: kept.update({name: key.reveal()}))
    monkeypatch.setattr(KeyringStore, "delete", lambda _s, name: kept.pop(name, None))
    return kept


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(speed=0) as running:
        yield running


@asynccontextmanager
async def behind(folder: Path, server: SandboxServer, login: str = "") -> AsyncIterator[tuple[Studio, Proxy]]:
    """The service has a name that only the proxy can reach."""
    environment = addresses(
        server, POLLINATIONS_BASE_URL=ELSEWHERE, POLLINATIONS_ENTER_URL=ELSEWHERE,
        POLLINATIONS_API_KEY=server.key,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        between = await stack.enter_async_context(proxy(urlsplit(server.base_url).port or 0, login=login))
        yield await stack.enter_async_context(opened(folder, environment, patient=True)), between


async def settled(studio: Studio) -> None:
    """The connection is made anew."""
    async with asyncio.timeout(20):
        while any("connect anew" in name for name in studio.services.tasks.names()):
            await asyncio.sleep(0.002)


async def test_a_proxy_that_is_chosen_counts_at_once(tmp_path: Path, server: SandboxServer) -> None:
    async with behind(tmp_path, server) as (studio, between):
        services = studio.services
        await services.network.set_proxy(between.url)
        services.settings.change("network", proxy="own")
        await services.session.use_cloud("")
        assert services.session.state.online
        assert (await studio.make(picture())).state is JobState.DONE
        assert any("/image/" in line for line in between.asked)
        before = len(between.asked)
        services.settings.change("network", proxy="none")
        await settled(studio)
        assert not services.session.state.online
        assert len(between.asked) == before


async def test_its_password_is_in_the_keyring_and_nowhere_else(
    tmp_path: Path, server: SandboxServer, drawer: dict[str, str]
) -> None:
    async with behind(tmp_path, server, "ada:hush-hush") as (studio, between):
        services = studio.services
        services.settings.change("network", proxy="own")
        await services.network.set_proxy(between.url.replace("//", "//ada:hush-hush@"))
        place = f"proxy at 127.0.0.1:{between.port}"
        assert drawer == {place: "ada:hush-hush"}
        await services.session.use_cloud("")
        assert services.session.state.online
        services.settings.save()
        assert "hush" not in services.settings.path.read_text()
        # The next start finds it again.
        again = NetworkService(services.settings, {}, KeyringStore(), user_agent="x")
        assert not again.has_login
        await again.open()
        assert again.now.login == Secret("ada:hush-hush")
        await services.network.set_login("", "")
        await settled(studio)
        assert not drawer
        assert not services.session.state.online


async def test_without_a_keyring_the_password_holds_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_store: KeyringStore, _name: str, _key: Secret) -> None:
        raise KeyringUnavailableError("This system has no keyring.")

    monkeypatch.setattr(KeyringStore, "set", refuse)
    async with opened(tmp_path, {}) as studio:
        network = studio.services.network
        studio.services.settings.change("network", proxy="own", proxy_url="http://p.example:1")
        with pytest.raises(KeyringUnavailableError):
            await network.set_login("ada", "pass")
        assert network.now.login == Secret("ada:pass")
        assert not studio.services.settings.values.network.proxy_login
        with pytest.raises(InputError):
            await network.set_login("a:b", "c")


async def test_patience_changes_without_a_break(tmp_path: Path, server: SandboxServer) -> None:
    async with connected(tmp_path, server, patient=True) as studio:
        client = studio.services.session.client
        studio.services.settings.change("network", connect=7, answer=90)
        assert studio.services.session.client is client
        assert client._transport.network.answer == 90


async def test_another_address_needs_a_yes(tmp_path: Path, server: SandboxServer) -> None:
    async with opened(tmp_path, {"POLLINATIONS_API_KEY": server.key}) as studio:
        services, network = studio.services, studio.services.network
        usual = network.hosts.gen
        # Written into the file by somebody else, it does not count.
        services.settings.change("network", gen=server.base_url)
        assert network.hosts.gen == usual
        assert network.unconfirmed("gen") == server.base_url
        assert not network.knows(server.base_url)
        address = network.address("gen", f"{server.base_url}/v1/")
        network.use_address("gen", address)
        assert network.hosts.gen == server.base_url
        assert network.knows(address)
        assert network.address("gen", usual) == ""
        network.use_address("gen", "")
        assert network.hosts.gen == usual


async def test_an_address_is_not_changed_under_a_job(tmp_path: Path, server: SandboxServer) -> None:
    async with connected(tmp_path, server, patient=True) as studio:
        studio.services.network.busy = lambda: True
        with pytest.raises(InputError, match="being made"):
            studio.services.network.use_address("media", "https://other.example")
        assert studio.services.settings.values.network.media == ""


async def test_a_job_under_way_goes_on_through_another_proxy_and_is_paid_once(
    tmp_path: Path, server: SandboxServer
) -> None:
    async with behind(tmp_path, server) as (studio, between):
        services = studio.services
        await services.network.set_proxy(between.url)
        services.settings.change("network", proxy="own")
        await services.session.use_cloud("")
        server.faults([{"path": "/image/", "hold": 1, "count": 1}])
        (job,) = await studio.order(picture())
        await studio.until(job.id, JobState.RUNNING)
        async with proxy(between.target) as other:
            await services.network.set_proxy(other.url)
            await settled(studio)
            done = await studio.until(job.id, JobState.DONE, JobState.FAILED)
            assert done.state is JobState.DONE
            assert any("/image/" in line for line in other.asked)
        assert len(bills(server)) == 1


async def test_the_environment_goes_first(tmp_path: Path, server: SandboxServer) -> None:
    environment = {**addresses(server), "HTTPS_PROXY": "http://ada:pass@proxy.example:8080"}
    async with opened(tmp_path, environment) as studio:
        network = studio.services.network
        assert network.proxy_variable == ("HTTPS_PROXY", "proxy.example:8080")
        assert network.variable_of("gen") == "POLLINATIONS_BASE_URL"
        network.use_address("gen", "https://other.example")
        assert network.hosts.gen == server.base_url


async def test_it_is_tested_as_it_is_set(tmp_path: Path, server: SandboxServer) -> None:
    async with connected(tmp_path, server) as studio:
        assert (await studio.services.network.test()).good


async def test_own_certificates_must_be_some(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no")
    async with opened(tmp_path / "p", {}) as studio:
        with pytest.raises(InputError, match="PEM"):
            await studio.services.network.set_certificates(tmp_path / "x.pem")
        with pytest.raises(InputError):
            await studio.services.network.set_certificates(tmp_path / "missing.pem")
        assert studio.services.settings.values.network.certificates == ""


async def test_nonsense_in_the_file_is_no_proxy(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        studio.services.settings.change("network", proxy="own", proxy_url="ftp://x", gen="y", trusted="y")
        assert studio.services.network.now.proxy_url == ""
        assert studio.services.network.unconfirmed("gen") == "y"

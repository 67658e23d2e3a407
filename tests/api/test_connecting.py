from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from studio.api import errors as e
from studio.api.client import ApiClient
from studio.api.connecting import build_client, network_error, proxy_in_use
from studio.api.probe import probe
from studio.api.transport import GENERATING, QUICK, TimeLimits
from studio.core.errors import StudioError
from studio.core.secrets import Secret
from studio.domain.network import Network
from studio.domain.service import ServiceHosts
from studio.sandbox.server import SandboxServer
from tests.api.test_tls import Service, served
from tests.fakes.proxy import proxy

ELSEWHERE = "http://gen.example"


def client_of(network: Network, url: str = ELSEWHERE) -> ApiClient:
    hosts = ServiceHosts(gen=url, enter=url, media=url, legacy=url)
    client = ApiClient(hosts, lambda: None, user_agent="x")
    client.use_network(network)
    return client


async def test_requests_go_through_the_users_proxy_with_its_password() -> None:
    with SandboxServer(speed=0) as server:
        port = urlsplit(server.base_url).port or 0
        async with proxy(port, login="ada:pass") as between:
            network = Network(proxy="own", proxy_url=between.url, login=Secret("ada:pass"))
            async with client_of(network) as client:
                assert await client.catalogue.models("image")
            assert between.asked
            assert all(line.startswith("GET http://gen.example/") for line in between.asked)
            without = Network(proxy="own", proxy_url=between.url)
            async with client_of(without) as client:
                with pytest.raises(e.ApiError):
                    await client.catalogue.models("image")


async def test_socks_works_too(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(Service(), tmp_path, authority, "gen.example"))
        async with proxy(urlsplit(url).port or 0) as between:
            network = Network(proxy="own", proxy_url=between.socks, certificates=str(tmp_path / "ca.pem"))
            async with client_of(network, "https://gen.example") as client:
                assert (await client.account.key()).valid
            assert between.asked == ["SOCKS gen.example"]


async def test_encrypted_requests_go_through_a_tunnel_with_own_certificates(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    service = Service()
    # The tunnel must be asked for a name that is not this machine's; the certificate knows it.
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(service, tmp_path, authority, "gen.example"))
        async with proxy(urlsplit(url).port or 0) as between:
            network = Network(proxy="own", proxy_url=between.url, certificates=str(tmp_path / "ca.pem"))
            async with client_of(network, "https://gen.example") as client:
                assert (await client.account.key()).valid
            assert between.asked == ["CONNECT gen.example:443"]
            bare = Network(proxy="own", proxy_url=between.url)
            async with client_of(bare, "https://gen.example") as client:
                with pytest.raises(e.ApiUntrusted):
                    await client.account.key()


async def test_no_proxy_and_loopback_are_reached_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxServer(speed=0) as server:
        async with proxy(1) as between:
            network = Network(proxy="own", proxy_url=between.url)
            async with client_of(network, server.base_url) as client:
                assert await client.catalogue.models("image")
            monkeypatch.setenv("NO_PROXY", "gen.example")
            pool = await _pool(network)
            assert pool._transport_for_url(httpx.URL(ELSEWHERE)) is pool._transport
            assert proxy_in_use(network, "gen.example") == ""
            assert proxy_in_use(network, "other.example") == f"127.0.0.1:{between.port}"
            await pool.aclose()
        assert not between.asked


async def _pool(network: Network) -> httpx.AsyncClient:
    return build_client("x", http2=False, network=network)


async def test_the_environments_proxy_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxServer(speed=0) as server:
        async with proxy(urlsplit(server.base_url).port or 0) as between, proxy(1) as other:
            monkeypatch.setenv("ALL_PROXY", between.url)
            network = Network(proxy="own", proxy_url=other.url)
            async with client_of(network) as client:
                assert await client.catalogue.models("image")
            assert between.asked
            assert not other.asked


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_wrong_proxy_is_one_sentence_that_leads_to_it(refuses: bool) -> None:
    async with proxy(1, refuses=refuses, login="" if refuses else "a:b") as between:
        network = Network(proxy="own", proxy_url=between.url)
        async with client_of(network, "https://gen.example") as client:
            client._transport._sleep = _at_once
            with pytest.raises(e.ApiOffline) as caught:
                await client.catalogue.models("image")
    assert f"127.0.0.1:{between.port}" in caught.value.title
    assert [action.argument for action in caught.value.actions][-1] == "network"


async def _at_once(_seconds: float) -> None:
    return None


@pytest.mark.parametrize("host", ["xn--", "xn--zzzzzz99999999", "\u2603.net", "[v1.x]", "a..b", "-", "."])
async def test_a_host_that_is_no_name_is_one_sentence(host: str) -> None:
    async with client_of(Network(), f"https://{host}") as client:
        with pytest.raises(e.ApiError):
            await client.catalogue.models("image")
    assert not (await probe(f"https://{host}", Network(), user_agent="x")).good
    async with client_of(Network(proxy="own", proxy_url=f"http://{host}")) as client:
        with pytest.raises(StudioError):
            await client.catalogue.models("image")


async def test_a_proxy_that_is_not_there() -> None:
    async with proxy(1) as between:
        pass
    network = Network(proxy="own", proxy_url=between.url)
    async with client_of(network) as client:
        client._transport._sleep = _at_once
        with pytest.raises(e.ApiOffline, match="cannot be reached") as caught:
            await client.catalogue.models("image")
    assert "proxy" in caught.value.title


async def test_a_file_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    async with client_of(Network(certificates=str(tmp_path / "ca.pem"))) as client:
        with pytest.raises(StudioError, match="network settings"):
            await client.warm_up()


def test_patience_never_shortens_what_takes_long() -> None:
    quick = QUICK.within(Network(connect=5, answer=60))
    assert (quick.connect, quick.read) == (5, 60)
    assert QUICK.within(Network(answer=10)).read == 10
    assert QUICK.within(Network(answer=400)).total == 415
    assert GENERATING.within(Network(answer=10)).read == GENERATING.read
    short = TimeLimits(connect=8.0, read=10.0)
    assert short.within(Network(connect=60, answer=60)) == short
    assert QUICK.within(Network()) is QUICK


def test_without_a_proxy_nothing_of_one_is_said() -> None:
    error = network_error(httpx.ConnectError("no"), "gen.example")
    assert "proxy" not in f"{error.title} {error.detail}"

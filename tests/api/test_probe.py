from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from studio.api.probe import probe
from studio.core.secrets import Secret
from studio.domain.network import Network
from studio.sandbox.server import SandboxServer
from tests.api.test_tls import Service, served
from tests.fakes.proxy import proxy


async def test_it_says_how_long_the_answer_took() -> None:
    with SandboxServer(speed=0) as server:
        told = await probe(server.base_url, Network(), user_agent="x")
        assert not any("authorization" in request["headers"] for request in server.requests())
    assert told.good
    assert f"{told.milliseconds} ms" in told.words


async def test_each_part_of_the_way_has_its_sentence(tmp_path: Path) -> None:
    async with proxy(1) as gone:
        pass
    no_proxy = Network(proxy="own", proxy_url=gone.url)
    assert (await probe("http://gen.example", no_proxy, user_agent="x")).failed == "proxy"
    nameless = await probe("http://nobody.invalid", Network(proxy="none"), user_agent="x")
    assert nameless.failed == "name"
    assert "nobody.invalid" in nameless.words
    assert (await probe(gone.url, Network(), user_agent="x")).failed == "answer"
    unknown = trustme.CA()
    async with served(Service(), tmp_path, unknown) as url:
        assert (await probe(url, Network(), user_agent="x")).failed == "tls"


async def test_a_proxy_that_wants_a_password(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(Service(), tmp_path, authority, "gen.example"))
        async with proxy(urlsplit(url).port or 0, login="ada:pass") as between:
            network = Network(proxy="own", proxy_url=between.url, certificates=str(tmp_path / "ca.pem"))
            told = await probe("https://gen.example", network, user_agent="x")
            assert (told.good, told.failed) == (False, "proxy")
            assert "user and a password" in told.words
            with_login = Network(
                proxy="own", proxy_url=between.url, certificates=network.certificates,
                login=Secret("ada:pass"),
            )  # fmt: skip
            told = await probe("https://gen.example", with_login, user_agent="x")
            assert told.good, told.words
            assert f"127.0.0.1:{between.port}" in told.words


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
async def test_a_broken_variable_is_told(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nonsense://x")
    told = await probe("https://gen.example", Network(connect=3), user_agent="x")
    assert not told.good
    assert told.words.endswith(".")

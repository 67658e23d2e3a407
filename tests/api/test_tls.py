"""Real TLS and HTTP/2 on loopback, with a certificate of a trust store that the test makes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import hypercorn.asyncio
import hypercorn.config
import pytest
import trustme

from studio.api.client import ApiClient
from studio.api.errors import ApiUntrusted
from studio.core.secrets import Secret
from studio.domain.service import ServiceHosts

SECRET = Secret("sk_a_key_for_the_tls_test_only")


class Service:
    """Answers `/account/key`, and notes the protocol and connection of each request."""

    def __init__(self) -> None:
        self.versions: list[str] = []
        self.peers: set[Any] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.versions.append(scope["http_version"])
        self.peers.add(tuple(scope["client"]))
        body = b'{"valid": true, "type": "secret"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(service: Service, folder: Path, authority: trustme.CA, *names: str) -> AsyncIterator[str]:
    authority.issue_cert("localhost", "127.0.0.1", *names).private_key_and_cert_chain_pem.write_to_path(
        folder / "server.pem"
    )
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    config = hypercorn.config.Config()
    config.bind = [f"fd://{sock.detach()}"]
    config.certfile = config.keyfile = str(folder / "server.pem")
    config.alpn_protocols = ["h2", "http/1.1"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.1
    stop = asyncio.Event()
    task = asyncio.create_task(hypercorn.asyncio.serve(service, config, shutdown_trigger=stop.wait))
    try:
        yield f"https://localhost:{port}"
    finally:
        stop.set()
        await task


def client(url: str) -> ApiClient:
    hosts = ServiceHosts(gen=url, enter=url, media=url, legacy=url)
    return ApiClient(hosts, lambda: SECRET, user_agent="test")


async def test_http2_over_tls_with_the_systems_trust_store_on_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    service = Service()
    async with served(service, tmp_path, authority) as url, client(url) as api:
        for _ in range(3):
            assert (await api.account.key()).valid
    assert service.versions == ["2", "2", "2"]
    assert len(service.peers) == 1, "the connection is used again"


async def test_a_stranger_is_not_trusted_and_never_sees_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other-ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other-ca.pem"))
    service = Service()
    async with served(service, tmp_path, trustme.CA()) as url, client(url) as api:
        with pytest.raises(ApiUntrusted) as caught:
            await api.account.key()
    assert service.versions == []
    assert "localhost" in caught.value.title
    assert isinstance(caught.value.__cause__, Exception)


def test_the_trust_store_is_the_systems() -> None:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname

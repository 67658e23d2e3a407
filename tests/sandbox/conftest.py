"""A sandbox for each test, and clients that know its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from studio.sandbox.server import SandboxServer

Client = Callable[..., httpx.Client]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """An instant sandbox of the current era."""
    with SandboxServer() as running:
        yield running


@pytest.fixture
def seed_server() -> Iterator[SandboxServer]:
    """An instant sandbox of the seed era."""
    with SandboxServer(era="seed") as running:
        yield running


@pytest.fixture
def client_of() -> Iterator[Client]:
    """`client_of(server)` is an HTTP client with the main key; `key=None` sends none."""
    made: list[httpx.Client] = []

    def build(server: SandboxServer, *, key: str | None = "", base_url: str = "") -> httpx.Client:
        headers = {} if key is None else {"Authorization": f"Bearer {key or server.key}"}
        client = httpx.Client(
            base_url=base_url or server.base_url,
            headers=headers,
            timeout=30,
            trust_env=False,
            verify=False,  # plain HTTP on loopback: reading the machine's certificates would cost the most
        )
        made.append(client)
        return client

    yield build
    for client in made:
        client.close()


@pytest.fixture
def http(server: SandboxServer, client_of: Client) -> httpx.Client:
    """A client of the current era's sandbox with the main key."""
    return client_of(server)


@pytest.fixture
def seed_http(seed_server: SandboxServer, client_of: Client) -> httpx.Client:
    """A client of the seed era's sandbox with the main key."""
    return client_of(seed_server)

"""Clients for the tests: no waiting between retries, every wait written down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from studio.api.client import ApiClient
from studio.api.transport import Transport
from studio.core.secrets import Secret
from studio.domain.service import ServiceHosts

KEY = "sk_0123456789abcdefghijklmnopqrstuv"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000020000000208020000"
    "00fdd49a73000000104944415478da6338a1110544"
    "0c100a0025de052913 3aaf5f0000000049454e44ae426082".replace(" ", "")
)
MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0" * 64
MP3 = b"ID3\x04\0\0\0\0\0\0" + b"\0" * 64


@asynccontextmanager
async def client_for(
    url: str,
    *,
    key: str | None = KEY,
    enter: str = "",
    media: str = "",
    waits: list[float] | None = None,
    jitter: Callable[[float], float] = lambda delay: delay,
) -> AsyncGenerator[ApiClient, None]:
    """A client whose hosts are all `url`; the seconds it would have waited go to `waits`."""

    async def sleep(delay: float) -> None:
        if waits is not None:
            waits.append(delay)

    secret = Secret(key) if key else None
    hosts = ServiceHosts(gen=url, enter=enter or url, media=media or url, legacy=url)
    transport = Transport(lambda: secret, user_agent="Nectary-tests", http2=False, sleep=sleep, jitter=jitter)
    async with ApiClient(hosts, lambda: secret, user_agent="", transport=transport) as client:
        yield client

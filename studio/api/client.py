"""The client: one connection pool, one group of methods per part of the service."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from studio.api.account import AccountApi
from studio.api.audio import AudioApi
from studio.api.catalogue import CatalogueApi
from studio.api.chat import TextApi
from studio.api.images import ImagesApi
from studio.api.media import MediaApi
from studio.api.sign_in import SignInApi
from studio.api.transport import Transport
from studio.core.secrets import Secret
from studio.domain.network import Network
from studio.domain.service import ServiceHosts

if TYPE_CHECKING:
    from studio.api.legacy import LegacyApi


class ApiClient:
    """Speaks to the Pollinations service (CONTRACT 1 to 12).

    Belongs to one event loop. Making it is cheap; the first request, or `warm_up`, loads the trust store in
    a thread.

    Args:
        hosts: where the service lives.
        key: gives the key of the account in use, or None; asked for each request, so a change of account
            needs no new client.
        user_agent: the program's name and version.
    """

    def __init__(
        self,
        hosts: ServiceHosts,
        key: Callable[[], Secret | None],
        *,
        user_agent: str,
        transport: Transport | None = None,
    ) -> None:
        http2 = all(host.startswith("https:") for host in (hosts.gen, hosts.enter, hosts.media))
        self.hosts = hosts
        self._transport = transport or Transport(key, user_agent=user_agent, http2=http2)
        self.catalogue = CatalogueApi(self._transport, hosts)
        self.images = ImagesApi(self._transport, hosts)
        self.text = TextApi(self._transport, hosts)
        self.audio = AudioApi(self._transport, hosts)
        self.account = AccountApi(self._transport, hosts)
        self.media = MediaApi(self._transport, hosts)
        self.sign_in = SignInApi(self._transport, hosts)
        self._legacy: LegacyApi | None = None

    @property
    def legacy(self) -> LegacyApi:
        """The retired service, loaded when it is first used."""
        if self._legacy is None:
            from studio.api.legacy import LegacyApi

            self._legacy = LegacyApi(self._transport, self.hosts)
        return self._legacy

    def use_network(self, network: Network) -> None:
        """Connect as `network` says; before the first request, or when only its patience differs."""
        self._transport.network = network

    def on_refused(self, tell: Callable[[Secret], None]) -> None:
        """Tell of the client's own key whenever the service answers 401 to it."""
        self._transport.on_refused = tell

    @property
    def closed(self) -> bool:
        """Whether it was closed; it never opens again."""
        return self._transport.closed

    async def warm_up(self) -> None:
        """Build the connection pool ahead of the first request."""
        await self._transport.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.close()

    async def __aenter__(self) -> ApiClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

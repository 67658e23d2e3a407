"""Which service the program speaks to: the cloud, the sandbox, or none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from studio.api.client import ApiClient
from studio.api.errors import ApiAuthError, ApiError
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.service import ServiceHosts, is_page_of
from studio.services.account import AccountService, KeySource
from studio.services.catalogue import CatalogueService
from studio.services.sandbox import SandboxProcess

log = logging.getLogger(__name__)
Mode = Literal["", "cloud", "sandbox", "offline"]
DEFAULT_ACCOUNT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """`mode` is what was chosen, `online` whether the service answered last time it was asked."""

    mode: Mode = ""
    online: bool = False
    connecting: bool = False
    problem: str = ""

    @property
    def is_sandbox(self) -> bool:
        return self.mode == "sandbox"


class Session:
    """Owns the client and changes it when the user chooses another service.

    Args:
        make_client: builds a client for hosts and a source of the key.
        environment_key: a key from `POLLINATIONS_API_KEY`: used, never stored.
    """

    def __init__(
        self,
        account: AccountService,
        catalogue: CatalogueService,
        sandbox: SandboxProcess,
        *,
        hosts: ServiceHosts,
        make_client: Callable[[ServiceHosts, Callable[[], Secret | None]], ApiClient],
        environment_key: Secret | None,
    ) -> None:
        self.changed: Event[SessionState] = Event("session.changed")
        self.state = SessionState()
        self._account = account
        self._catalogue = catalogue
        self._sandbox = sandbox
        self._hosts = hosts
        self._make_client = make_client
        self._environment_key = environment_key
        self._client: ApiClient | None = None

    @property
    def connected(self) -> bool:
        """True if a service is chosen; whether it answers is another matter (`state.online`)."""
        return self._client is not None and self.state.mode in ("cloud", "sandbox")

    @property
    def client(self) -> ApiClient:
        """The client of the chosen service.

        Raises:
            StudioError: none is chosen.
        """
        if self._client is None:
            raise StudioError("You are not connected.", "Sign in, or try the sandbox.")
        return self._client

    @property
    def top_up_url(self) -> str:
        """The page where pollen is bought."""
        return f"{self._hosts.enter}/top-up"

    def is_own_page(self, address: str) -> bool:
        """True for a page of the service in use, or of the real one: nothing else is opened on its word."""
        hosts = [self._hosts, self._sandbox.running.hosts] if self._sandbox.running else [self._hosts]
        return is_page_of(address, *(page for host in hosts for page in (host.enter, host.gen)))

    @property
    def hosts(self) -> ServiceHosts:
        """Where the real service lives."""
        return self._hosts

    async def use_sandbox(self) -> None:
        """Start the stand-in service and connect to it.

        Raises:
            StudioError: it did not start.
        """
        self._set(SessionState(mode="sandbox", connecting=True))
        await self._catalogue.open("sandbox")
        try:
            running = await self._sandbox.start()
        except StudioError as error:
            self._set(SessionState(mode="sandbox", problem=error.title))
            raise
        self._account.use(running.key, KeySource.SANDBOX)
        await self._connect(running.hosts)

    async def use_cloud(self, account: str) -> None:
        """Connect to the real service with the key of the environment or the keyring; without a key the
        catalogue can still be looked at.

        Raises:
            KeyringUnavailableError: the keyring is locked or missing, and no key is in the environment.
        """
        self._set(SessionState(mode="cloud", connecting=True))
        await self._catalogue.open("cloud")
        problem: KeyringUnavailableError | None = None
        if self._account.state.source in (KeySource.KEYRING, KeySource.MEMORY):
            pass  # a key the user just gave goes before the one of the environment
        elif self._environment_key is not None:
            self._account.use(self._environment_key, KeySource.ENVIRONMENT)
        else:
            self._account.use(None, KeySource.NONE)
            try:
                await self._account.load(account or DEFAULT_ACCOUNT)
            except KeyringUnavailableError as error:
                problem = error
        await self._connect(self._hosts)
        if problem is not None:
            raise problem

    def client_for(self, key: Secret | None) -> ApiClient:
        """A client of the real service with that key or none, for signing in while another service may be in
        use. The caller closes it.
        """
        return self._make_client(self._hosts, lambda: key)

    async def browse_offline(self) -> None:
        """Nothing is asked of any service."""
        await self._drop_client()
        self._account.use(None, KeySource.NONE)
        await self._catalogue.open("cloud")
        self._set(SessionState(mode="offline"))

    async def refresh(self) -> None:
        """Ask for the catalogue and the account; errors are kept in the state, not raised."""
        if self._client is None:
            return
        client = self._client
        try:
            await self._catalogue.refresh(client)
            await self._account.refresh(client)
        except ApiAuthError as error:
            self._set(replace(self.state, online=True, connecting=False, problem=error.title))
            return
        except (ApiError, StudioError) as error:
            log.info("not connected: %s", error)
            if client is self._client:
                self._set(replace(self.state, online=False, connecting=False, problem=error.title))
            return
        if client is self._client:
            self._set(replace(self.state, online=True, connecting=False, problem=""))

    async def close(self) -> None:
        await self._drop_client()
        await self._sandbox.stop()

    async def _connect(self, hosts: ServiceHosts) -> None:
        await self._replace_client(hosts)
        await self.refresh()

    async def _replace_client(self, hosts: ServiceHosts) -> None:
        await self._drop_client()
        self._client = self._make_client(hosts, self._account.current_key)

    async def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _set(self, state: SessionState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)

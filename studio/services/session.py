"""Which service the program speaks to: the cloud, the sandbox, or none."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from studio.api.client import ApiClient
from studio.api.errors import (
    SIGN_IN,
    ApiAuthError,
    ApiInterrupted,
    ApiOffline,
    ApiTimeout,
    ApiUnavailable,
    ApiUntrusted,
)
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.service import ServiceHosts, is_page_of
from studio.services.account import AccountService, KeySource
from studio.services.catalogue import CatalogueService
from studio.services.sandbox import SandboxProcess

log = logging.getLogger(__name__)
Mode = Literal["", "cloud", "sandbox", "offline"]
DEFAULT_ACCOUNT = "default"
_AWAY = (ApiOffline, ApiUntrusted, ApiTimeout, ApiInterrupted, ApiUnavailable)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """`mode` is what was chosen, `online` whether the service answered last time it was asked; `away_since`
    is when it first did not."""

    mode: Mode = ""
    online: bool = False
    connecting: bool = False
    problem: str = ""
    away_since: datetime | None = None

    @property
    def is_away(self) -> bool:
        """Whether a service is chosen that cannot be reached."""
        return self.away_since is not None

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
        self._turn = 0

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
            raise StudioError(tr("You are not connected."), tr("Sign in, or try the sandbox."))
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

    async def reconnect(self, hosts: ServiceHosts) -> None:
        """Give up the connections that stand and make new ones to the same service with the same key, for its
        addresses or the way to them changed. What is under way is cut off and taken up by its own rules.
        """
        self._hosts = hosts
        running, mode = self._sandbox.running, self.state.mode
        if self._client is None or mode not in ("cloud", "sandbox"):
            return
        turn = await self._leave(replace(self.state, connecting=True))
        if turn != self._turn:
            return
        if mode == "cloud":
            await self._connect(self._hosts, self._account.current_key)
        elif running is not None:
            await self._connect(running.hosts, lambda: running.key)

    async def use_sandbox(self) -> None:
        """Start the stand-in service and connect to it.

        Raises:
            StudioError: it did not start.
        """
        turn = await self._leave(SessionState(mode="sandbox", connecting=True))
        self._account.use(None, KeySource.NONE)
        await self._catalogue.open("sandbox")
        try:
            running = await self._sandbox.start()
        except StudioError as error:
            if turn == self._turn:
                self._set(SessionState(mode="sandbox", problem=error.title), away=True)
            raise
        if turn != self._turn:
            return
        self._account.use(running.key, KeySource.SANDBOX)
        # Its own key, whatever key the user gives next: a real one never goes to the stand-in.
        await self._connect(running.hosts, lambda: running.key)

    async def use_cloud(self, account: str) -> None:
        """Connect to the real service with the key the user gave, of the environment, or of the keyring, in
        this order; without a key the catalogue can still be looked at.

        Raises:
            KeyringUnavailableError: the keyring is locked or missing, and there is no other key.
        """
        turn = await self._leave(SessionState(mode="cloud", connecting=True))
        await self._catalogue.open("cloud")
        problem: KeyringUnavailableError | None = None
        if not self._account.use_given():
            self._account.use(self._environment_key, KeySource.ENVIRONMENT)
        if self._account.current_key() is None:
            account = account or DEFAULT_ACCOUNT
            try:
                key = await self._account.stored_key(account)
            except KeyringUnavailableError as error:
                key, problem = None, error
            if turn == self._turn:
                self._account.use(key, KeySource.KEYRING, account)
        if turn != self._turn:
            return
        await self._connect(self._hosts, self._account.current_key)
        if problem is not None:
            raise problem

    async def go_on_with(self, account: str, *, before: str) -> None:
        """Use the key that was just given: the same account goes on without a break, as the client asks for
        the key at each request, so that no answer that comes is cut off; another one connects anew.

        Args:
            before: the account in use until now.
        """
        if self.state.mode == "cloud" and self._client is not None and account == before:
            await self.refresh()
        else:
            await self.use_cloud(account)

    async def use_account(self, account: str) -> None:
        """Connect to the real service with that account's key from the keyring.

        Raises:
            KeyringUnavailableError: the keyring is locked or missing; nothing changed.
            StudioError: there is no key of that account any more; nothing changed.
        """
        key = await self._account.stored_key(account)
        if key is None:
            raise StudioError(
                tr("There is no key of {account} any more.", account=account),
                tr("Sign in again."),
                (SIGN_IN,),
            )
        self._account.use(key, KeySource.KEYRING, account)
        await self.use_cloud(account)

    def client_for(self, key: Secret | None) -> ApiClient:
        """A client of the real service with that key or none, for signing in while another service may be in
        use. The caller closes it.
        """
        return self._make_client(self._hosts, lambda: key)

    async def browse_offline(self) -> None:
        """Nothing is asked of any service."""
        turn = await self._leave(SessionState(mode="offline"))
        if turn == self._turn:
            self._account.use(None, KeySource.NONE)
            await self._catalogue.open("cloud")

    async def refresh(self) -> None:
        """Ask for the catalogue and the account; errors are kept in the state, not raised.

        A stand-in service that ended by itself is started again.
        """
        if self.state.is_sandbox and not self.state.connecting and not self._sandbox.is_running:
            with contextlib.suppress(StudioError):
                await self.use_sandbox()
            return
        client = self._client
        if client is None:
            return
        online, away, problem = True, False, ""
        try:
            await self._catalogue.refresh(client)
            await self._account.refresh(client)
        except ApiAuthError as error:
            if client is self._client:
                self._account.mark_rejected()
            problem = error.title
        except StudioError as error:
            log.info("not connected: %s", error)
            # One that answers nonsense here may still make pictures: nothing is kept back for it.
            online, away, problem = False, isinstance(error, _AWAY), error.title
        if client is self._client:
            self._set(replace(self.state, online=online, connecting=False, problem=problem), away=away)

    def mark_away(self, problem: str) -> None:
        """Something else found that the service cannot be reached; `refresh` asks again."""
        if self.connected and not self.state.connecting and not self.state.is_away:
            self._set(replace(self.state, online=False, problem=problem), away=True)

    async def close(self) -> None:
        self._turn += 1
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        await self._sandbox.stop()

    async def _leave(self, state: SessionState) -> int:
        """Give up the service in use before anything of the next one is in place: no request, key or price of
        one must ever meet the other.

        Returns:
            The number of this change. Whoever finds another one in `_turn` after an await was overtaken by a
            later choice and stops.
        """
        self._turn += 1
        turn = self._turn
        client, self._client = self._client, None
        self._set(state)
        if client is not None:
            await client.close()
        return turn

    async def _connect(self, hosts: ServiceHosts, key: Callable[[], Secret | None]) -> None:
        client = self._client = self._make_client(hosts, key)

        def refused(secret: Secret) -> None:
            # An answer to the key before this one says nothing about this one.
            if client is self._client and secret is self._account.current_key():
                self._account.mark_rejected()

        client.on_refused(refused)
        await self.refresh()

    def _set(self, state: SessionState, *, away: bool = False) -> None:
        since = (self.state.away_since or datetime.now(UTC)) if away else None
        state = replace(state, away_since=since)
        if state != self.state:
            self.state = state
            self.changed.emit(state)

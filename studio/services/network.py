"""The way to the services as the preferences and the environment say it: proxy, patience, addresses.

User and password of a proxy lie in the keyring under the proxy's address, never in the preferences. Another
address of the service counts only after the user said that the key may go there; one that merely stands in
the file (edited by hand, or brought from elsewhere) is not used. Variables of the environment go before all
of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from studio.api.client import ApiClient
from studio.api.connecting import trust
from studio.api.probe import Probe, probe
from studio.core.errors import InputError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.core.settings import Preferences, Settings
from studio.domain.network import Network, checked_address, place_of, proxy_of, read_proxy
from studio.domain.service import ENVIRONMENT, ServiceHosts

log = logging.getLogger(__name__)
Place = Literal["gen", "enter", "media"]
PLACES: Final[tuple[Place, ...]] = ("gen", "enter", "media")
MakeClient = Callable[[ServiceHosts, Callable[[], Secret | None]], ApiClient]
_LONGEST_LOGIN = 500


class NetworkService:
    """Knows how to connect now; `changed` tells that connections must be made anew.

    Args:
        environment: of the process: `POLLINATIONS_…_URL` and `HTTPS_PROXY` go before the preferences.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        keyring: KeyringStore,
        *,
        user_agent: str,
    ) -> None:
        self.changed: Event[Network] = Event("network.changed")
        self.busy: Callable[[], bool] = lambda: False
        """Whether something was sent whose result is to come."""
        self._settings = settings
        self._environment = environment
        self._keyring = keyring
        self._user_agent = user_agent
        self._login: Secret | None = None
        self._clients: list[ApiClient] = []
        self.now = self._read()
        self._connected_to = self.hosts
        settings.changed.connect(self._follow)

    # ------------------------------------------------------------------ how it stands

    @property
    def hosts(self) -> ServiceHosts:
        """Where the services are.

        Raises:
            InputError: a variable of the environment is no address.
        """
        return ServiceHosts.from_environment(
            self._environment, **{place: self._trusted(place) for place in PLACES}
        )

    @property
    def proxy_variable(self) -> tuple[str, str]:
        """The variable that decides on the proxy and host and port in it; ("", "") if none does."""
        name, address = proxy_of(self._environment)
        return name, place_of(address)

    def variable_of(self, place: Place) -> str:
        """The variable that decides on an address, or ""."""
        name = ENVIRONMENT[place]
        return name if self._environment.get(name, "").strip() else ""

    def unconfirmed(self, place: Place) -> str:
        """An address in the preferences that is not used, because nobody said that the key may go there."""
        kept = getattr(self._settings.values.network, place)
        return kept if kept and not self._trusted(place) and not self.variable_of(place) else ""

    @property
    def has_login(self) -> bool:
        """Whether the proxy gets a user and a password."""
        return self._login is not None

    async def open(self) -> None:
        """Fetch the proxy's user and password, if they are kept.

        Raises:
            KeyringUnavailableError: they are, but the keyring is locked or missing.
        """
        network = self._settings.values.network
        if network.proxy == "own" and network.proxy_login and self._login is None:
            account = _account_of(network.proxy_url)
            self._login = await asyncio.to_thread(self._keyring.get, account)
            self.now = self._read()

    def maker(self, make: MakeClient) -> MakeClient:
        """`make`, whose clients connect as it is said now."""

        def made(hosts: ServiceHosts, key: Callable[[], Secret | None]) -> ApiClient:
            client = make(hosts, key)
            client.use_network(self.now)
            self._clients = [*(one for one in self._clients if not one.closed), client]
            return client

        return made

    # ------------------------------------------------------------------ changing

    async def set_proxy(self, text: str) -> None:
        """Keep the address of the user's own proxy; a user and password in it go to the keyring.

        Raises:
            InputError: it is none.
            KeyringUnavailableError: they hold until the program ends, but could not be kept.
        """
        url, login = read_proxy(text) if text.strip() else ("", None)
        if url == self._settings.values.network.proxy_url and login is None:
            return
        self._login = None
        self._settings.change("network", proxy_url=url, proxy_login=False)
        if login is not None:
            await self._keep(login)

    async def set_login(self, user: str, password: str) -> None:
        """Keep user and password of the proxy in the keyring; both empty forgets them.

        Raises:
            InputError: they cannot be any.
            KeyringUnavailableError: they hold until the program ends, but could not be kept.
        """
        if not user and not password:
            self._login = None
            kept, url = self._settings.values.network.proxy_login, self._settings.values.network.proxy_url
            self._settings.change("network", proxy_login=False)
            self._follow(self._settings.values)
            if kept:
                await asyncio.to_thread(self._keyring.delete, _account_of(url))
            return
        if not user or ":" in user or not f"{user}{password}".isprintable():
            raise InputError(tr("A user's name has no colon and is not empty."), field="user")
        if len(user) + len(password) > _LONGEST_LOGIN:
            raise InputError(tr("That is too long for a user and a password."), field="user")
        await self._keep(Secret(f"{user}:{password}"))

    async def _keep(self, login: Secret) -> None:
        self._login = login
        self._follow(self._settings.values)
        url = self._settings.values.network.proxy_url
        await asyncio.to_thread(self._keyring.set, _account_of(url), login)
        self._settings.change("network", proxy_login=True)

    async def set_certificates(self, path: Path | None) -> None:
        """Trust the authorities in a PEM file besides the system's; None for the system's alone.

        Raises:
            InputError: there are none in it.
        """
        if path is not None:
            try:
                await asyncio.to_thread(trust, str(path))
            except OSError as error:
                raise InputError(
                    tr("{name} holds no certificates in PEM form.", name=path.name), field="file"
                ) from error
        self._settings.change("network", certificates=str(path or ""))

    def address(self, place: Place, text: str) -> str:
        """An address as it would be kept; "" for the usual one.

        Raises:
            InputError: it is none.
        """
        url = checked_address(text)
        if place == "gen":
            url = url.removesuffix("/v1")
        return "" if url == getattr(ServiceHosts(), place) else url

    def knows(self, address: str) -> bool:
        """Whether the user said already that the key may go there; nobody is asked about the usual ones."""
        return not address or address in self._settings.values.network.trusted.splitlines()

    def use_address(self, place: Place, address: str) -> None:
        """Use an address of `address()`. The user agreed that the key goes there.

        Raises:
            InputError: something is being made; another service would make it, and charge it, once more.
        """
        if self.busy():
            raise InputError(tr("Something is being made. Change the address when it is done."), field=place)
        trusted = self._settings.values.network.trusted.splitlines()
        if address and address not in trusted:
            trusted.append(address)
        self._settings.change("network", **{place: address}, trusted="\n".join(trusted))

    async def test(self) -> Probe:
        """Whether the service answers as everything is set now."""
        return await probe(self.hosts.gen, self.now, user_agent=self._user_agent)

    # ------------------------------------------------------------------ following

    def _trusted(self, place: Place) -> str:
        network = self._settings.values.network
        kept = getattr(network, place)
        if not kept or kept not in network.trusted.splitlines():
            return ""
        try:
            return checked_address(kept)
        except InputError:
            log.warning("the address of %s in the preferences cannot be used", place)
            return ""

    def _read(self) -> Network:
        kept = self._settings.values.network
        proxy, url = kept.proxy, ""
        try:
            url = read_proxy(kept.proxy_url)[0] if kept.proxy_url else ""
        except InputError as error:
            log.warning("the proxy in the preferences cannot be used: %s", error.title)
        return Network(
            proxy=proxy, proxy_url=url, login=self._login if proxy == "own" and url else None,
            connect=float(kept.connect), answer=float(kept.answer), certificates=kept.certificates,
        )  # fmt: skip

    def _follow(self, _values: Preferences) -> None:
        before, self.now = self.now, self._read()
        hosts = self.hosts
        if before == self.now and hosts == self._connected_to:
            return
        if before.connects_as(self.now) and hosts == self._connected_to:
            for client in self._clients:
                client.use_network(self.now)
            return
        self._connected_to = hosts
        self.changed.emit(self.now)


def _account_of(url: str) -> str:
    """What the keyring knows a proxy's user and password by."""
    return f"proxy at {place_of(url)}"

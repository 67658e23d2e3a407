"""The connector to the retired service (CONTRACT 12): whether it is on, where it is, and its own token.

It is off unless the user turned it on, and then nothing of it is loaded and nobody is asked. What carries
jobs out and what reads forms is imported when it is first needed. The token is the user's own of that
service: it lies in the system keyring under the service's address, so that another address never gets it, and
the key of the account never goes there. In the sandbox the stand-in's own routes and token are used.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from studio.api.client import ApiClient
from studio.api.errors import ApiClosed
from studio.core.errors import Action, InputError, StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret
from studio.core.settings import Preferences, Settings
from studio.domain.job import Job
from studio.domain.network import checked_address
from studio.domain.service import ServiceHosts
from studio.services.account import AccountService
from studio.services.job_logs import JobLogs
from studio.services.session import Session, SessionState
from studio.services.tasks import TaskSupervisor

if TYPE_CHECKING:
    from studio.domain.schema_form import SchemaForm

log = logging.getLogger(__name__)
KIND = "legacy"
"""Of its jobs."""
OPEN_PAGE = Action("preferences", tr("Open its preferences"), "legacy")
LONGEST_TOKEN = 8192


class LegacyConnector:
    """Holds the client of the retired service while it is on. `changed` tells of another state.

    Args:
        make_client: builds a client for hosts and a source of the key.
    """

    def __init__(
        self,
        settings: Settings,
        session: Session,
        account: AccountService,
        keyring: KeyringStore,
        tasks: TaskSupervisor,
        make_client: Callable[[ServiceHosts, Callable[[], Secret | None]], ApiClient],
    ) -> None:
        self.changed: Event[bool] = Event("legacy.changed")
        self.logs = JobLogs()
        self._settings = settings
        self._session = session
        self._account = account
        self._keyring = keyring
        self._tasks = tasks
        self._make_client = make_client
        self._client: ApiClient | None = None
        self._tokens: dict[str, Secret] = {}
        self._models: tuple[str, ...] = ()
        self._forms: dict[str, SchemaForm] = {}
        self._state = (False, False, "")
        settings.changed.connect(self._follow)
        session.changed.connect(self._follow)
        self._follow()

    # ------------------------------------------------------------------ where it stands

    @property
    def on(self) -> bool:
        """Whether the user turned it on."""
        return self._settings.values.legacy.enabled

    @property
    def in_sandbox(self) -> bool:
        return self._session.state.is_sandbox

    @property
    def usual_url(self) -> str:
        """Its address when the preferences name none: of the environment, or the built-in one."""
        return self._session.hosts.legacy

    @property
    def url(self) -> str:
        """Where it is now, without a slash at the end; the sandbox has its own."""
        if self.in_sandbox:
            return self._session.client.hosts.legacy if self._session.connected else ""
        return self._settings.values.legacy.url or self.usual_url

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def available(self) -> bool:
        """Whether something can be asked of it: on, and the user did not choose to be offline."""
        return self.on and self._session.state.mode in ("cloud", "sandbox") and bool(self.url)

    def can_send(self, job: Job) -> bool:
        """Whether a job may go out: to the address it was made for, and nowhere else."""
        return self.available and job.sandbox == self.in_sandbox and job.request.get("service") == self.url

    def _follow(self, _value: Preferences | SessionState | None = None) -> None:
        state = (self.on, self.available, self.url)
        if state == self._state:
            return
        self._state = state
        self._models, self._forms = (), {}
        self.renew()
        self.changed.emit(self.available)

    def renew(self) -> None:
        """Leave the connections that stand; the next request makes new ones."""
        client, self._client = self._client, None
        if client is not None:
            self._tasks.spawn(client.close(), name="leave the legacy service", owner=self, finish=True)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    # ------------------------------------------------------------------ preferences

    def set_url(self, text: str) -> str:
        """Use another base URL; "" for the usual one. Gives it as it is kept.

        Raises:
            InputError: it is no web address, or one without encryption that is not on this machine.
        """
        url = checked_address(text, plain=tr("Without https the token could be read on its way."))
        self._settings.change("legacy", url="" if url == self.usual_url else url)
        return self.url

    async def token(self) -> Secret | None:
        """The token for the address of now, or None.

        Raises:
            KeyringUnavailableError: the keyring is locked or missing.
            ApiError: the sandbox gave none.
        """
        url = self.url
        if url not in self._tokens:
            if self.in_sandbox:
                key = self._account.current_key()
                found = await self.client().legacy.own_token(key) if key is not None else None
            else:
                found = await asyncio.to_thread(self._keyring.get, _account_of(url))
            if found is None:
                return None
            self._tokens[url] = found
        return self._tokens[url]

    async def set_token(self, text: str) -> None:
        """Keep the token in the system keyring; "" forgets it.

        Raises:
            InputError: it cannot be one.
            KeyringUnavailableError: it could not be kept; it holds until the program ends.
        """
        token, url = text.strip(), self.url
        if self.in_sandbox:
            raise InputError(tr("The sandbox has a token of its own."), field="token")
        if not token:
            self._tokens.pop(url, None)
            await asyncio.to_thread(self._keyring.delete, _account_of(url))
            return
        if not token.isascii() or not token.isprintable() or " " in token or len(token) > LONGEST_TOKEN:
            raise InputError(tr("This does not look like a token."), field="token")
        self._tokens[url] = Secret(token)
        await asyncio.to_thread(self._keyring.set, _account_of(url), Secret(token))

    async def test(self) -> str:
        """Ask it for its models, and whether the token holds; one sentence with what came of it.

        Raises:
            StudioError: it does not answer, or does not take the token.
        """
        client = self.client()
        self._models = await client.legacy.models()
        token = await self.token()
        if token is None:
            raise StudioError(tr("It answers. To run a model it needs your token."))
        await client.legacy.mine(token)
        return tr("It answers with {n} models and takes your token.", n=len(self._models))

    # ------------------------------------------------------------------ asking it

    def client(self) -> ApiClient:
        """A client that has no key of the account, so that none can go there.

        Raises:
            ApiClosed: it is off, or the user chose to be offline.
        """
        if not self.available:
            raise ApiClosed(tr("The legacy service is off."))
        if self._client is None:
            hosts = replace(self._session.hosts, legacy=self.url)
            self._client = self._make_client(hosts, lambda: None)
        return self._client

    async def models(self) -> tuple[str, ...]:
        """The models it has, as `author/model`; asked once.

        Raises:
            ApiError: it does not answer.
        """
        if not self._models:
            names = await self.client().legacy.models()
            self._models = tuple(dict.fromkeys(name for name in names if is_model(name)))
        return self._models

    async def form(self, model: str) -> SchemaForm:
        """The form of a model's inputs; asked once.

        Raises:
            ApiError: it does not answer, or there is no such model.
        """
        if model not in self._forms:
            self._forms[model] = await self.client().legacy.form(model)
        return self._forms[model]

    async def ready_for(self, job: Job) -> tuple[ApiClient, Secret]:
        """Client and token to carry a job out with.

        Raises:
            ApiClosed: its service is not the one of now.
            StudioError: there is no token.
        """
        if not self.can_send(job):
            raise ApiClosed(tr("Another service is in use now."))
        client = self.client()
        try:
            token = await self.token()
        except KeyringUnavailableError as error:
            raise StudioError(error.title, tr("The legacy service needs its token."), (OPEN_PAGE,)) from error
        if token is None:
            raise StudioError(tr("The legacy service needs its own token."), "", (OPEN_PAGE,))
        return client, token


def is_model(name: str) -> bool:
    """Whether this may be a model's name: `author/model`, with nothing in it that could lead elsewhere."""
    parts = name.removeprefix("replicate:").split("/")
    return len(name) <= 200 and len(parts) == 2 and all(
        part and part.isascii() and part.replace("-", "").replace("_", "").replace(".", "").isalnum()
        and set(part) != {"."} for part in parts
    )  # fmt: skip


def _account_of(url: str) -> str:
    """What the keyring knows the token by."""
    return f"legacy service at {url}"

"""Signing in by the browser: which flow the service offers, the page, the answer (CONTRACT 11.1, 11.2).

With an app key and a service that offers it, a code comes back that only this attempt can exchange. Without,
the key itself comes back behind the `#` of the address. Either way the key is neither stored nor in use when
this returns: the user first sees whose it is.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from studio.api.client import ApiClient
from studio.api.errors import ApiError, ApiOffline, ApiSignInError, ApiTimeout, ApiUntrusted
from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.service import AuthorizeLink
from studio.services.sign_in_listener import SignInListener
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
SCOPE: Final = ("profile", "usage")
"""What every sign-in asks for; "keys" only where the Keys page asks for it."""
APP_KEY: Final = ""
"""The program's registered app key (`pk_…`), filled in when it is packaged; everything works without one."""
_APP_KEY_SHAPE: Final = re.compile(r"pk_[A-Za-z0-9_-]{4,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user wants the key to be able to do.

    Args:
        scope: account permissions, beyond making things.
        budget: pollen it may spend in all. `days`: until it ends.
    """

    scope: tuple[str, ...] = SCOPE
    budget: float = 5.0
    days: int = 7


class Step(StrEnum):
    """What is going on, for whoever watches."""

    STARTING = "starting"
    WAITING = "waiting"
    EXCHANGING = "exchanging"
    PROXIED = "proxied"


class NoBrowserError(StudioError):
    """This machine opened no browser."""


def app_key_of(text: str | None) -> str:
    """The app key to use: that of the environment, or the built-in one; "" for none.

    What is no app key is not used, and said in the log.
    """
    found = (text or APP_KEY).strip()
    if found and not _APP_KEY_SHAPE.fullmatch(found):
        log.warning("POLLINATIONS_APP_KEY is not an app key, which begins with pk_")
        return ""
    return found


class BrowserSignIn:
    """One attempt.

    Args:
        client: of the real service, without a key.
        open_url: opens a page in the browser, in a thread; False when it could not.
        tell: what is going on, and the page's address once there is one.
    """

    def __init__(
        self,
        client: ApiClient,
        tasks: TaskSupervisor,
        *,
        app_key: str,
        open_url: Callable[[str], object],
        tell: Callable[[Step, str], None],
    ) -> None:
        self._client = client
        self._tasks = tasks
        self._app_key = app_key
        self._open_url = open_url
        self._tell = tell

    async def run(self, wishes: Wishes) -> Secret:
        """Open the page, wait for the answer, give the key.

        Raises:
            ListenerBlockedError: no port on this machine.
            ApiOffline, ApiUntrusted: no way to the service; no browser was opened.
            NoBrowserError: the page could not be opened.
            ApiSignInError: declined, too late, forged, or the code did not work.
            ApiError: the service cannot be reached.
        """
        self._tell(Step.STARTING, "")
        by_code = await self._offers_codes()
        async with SignInListener(
            self._tasks,
            registered=bool(self._app_key),
            on_proxy=lambda: self._tell(Step.PROXIED, ""),
        ) as listener:
            link = self._link(listener.redirect_uri, wishes, by_code=by_code)
            listener.expect(link)
            self._tell(Step.WAITING, link.url)
            if await asyncio.to_thread(self._open_url, link.url) is False:
                raise NoBrowserError(
                    tr("No browser could be opened."), tr("Sign in with a code on another device.")
                )
            answer = await listener.wait()
        if not by_code:
            return answer
        self._tell(Step.EXCHANGING, "")
        grant = await self._client.sign_in.exchange_code(link, answer.reveal())
        if not grant.access_token.reveal().startswith("sk_"):
            raise ApiSignInError(
                tr("The service gave a key that Nectary cannot use."), tr("Sign in with a code.")
            )
        return grant.access_token

    async def _offers_codes(self) -> bool:
        """Whether codes with PKCE are offered, and we are known there.

        It is asked without an app key too: where there is no network, or one that wants a sign-in of its own
        first, that is said here, calmly, and not by a browser that shows an error.

        Raises:
            ApiError: there is no way to the service.
        """
        try:
            server = await self._client.sign_in.server()
        except (ApiOffline, ApiTimeout, ApiUntrusted):
            raise
        except ApiError as error:
            log.info("the service does not say what it can do: %s", error)
            return False
        return (
            bool(self._app_key)
            and server is not None
            and "authorization_code" in server.grant_types
            and "S256" in server.challenge_methods
        )

    def _link(self, redirect_uri: str, wishes: Wishes, *, by_code: bool) -> AuthorizeLink:
        sign_in = self._client.sign_in
        if by_code:
            return sign_in.code_link(
                redirect_uri, self._app_key, scope=wishes.scope, budget=wishes.budget, expiry_days=wishes.days
            )
        return sign_in.fragment_link(
            redirect_uri, client_id=self._app_key, scope=wishes.scope, budget=wishes.budget,
            expiry_days=wishes.days,
        )  # fmt: skip

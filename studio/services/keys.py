"""The account's keys: which there are, which one is in use here, making and revoking (CONTRACT 7.2).

A key cannot be changed at the service, only made and revoked. So "change" is one more key with other
settings, after which the old one is revoked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from studio.api.errors import ApiNotFound, ApiPermissionError
from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.account import ApiKey, KeyInfo, KeyRequest, NewKey
from studio.services.account import AccountService
from studio.services.session import Session

SCOPE: Final = "keys"
"""The permission that this page needs, and nothing else in the program."""
YEAR_SECONDS: Final = 365 * 86400
LONGEST_NAME: Final = 253
_SAME_MOMENT = timedelta(seconds=2)


class KeysForbiddenError(StudioError):
    """The key in use may not manage keys."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key of the account. `own`: Nectary uses it now, so it is not revoked here but by signing out."""

    key: ApiKey
    own: bool = False


class KeyBook:
    """Lists, makes and revokes keys of the account in use."""

    def __init__(self, account: AccountService, session: Session) -> None:
        self._account = account
        self._session = session

    @property
    def allowed(self) -> bool:
        """Whether the key in use may manage keys, as far as it is known."""
        key = self._account.state.key
        return key is not None and key.type != "publishable" and SCOPE in key.permissions

    async def all(self) -> tuple[ListedKey, ...]:
        """Every key, the newest first, the one in use before all others.

        Raises:
            KeysForbiddenError: the key in use may not see them.
            ApiError: the service cannot be reached.
        """
        try:
            keys = await self._session.client.account.keys()
        except ApiPermissionError as error:
            raise KeysForbiddenError(tr("This key may not manage keys."), error.detail) from error
        own = own_ids(keys, self._account.state.key, self._account.current_key())
        listed = [ListedKey(key, key.id in own) for key in keys]
        listed.sort(key=lambda item: (not item.own, -(item.key.created_at or _LONG_AGO).timestamp()))
        return tuple(listed)

    async def create(self, request: KeyRequest) -> NewKey:
        """Make a key; its text is shown by whoever called, and kept nowhere.

        Raises:
            InputError: the name is missing or too long, or the expiry too far away.
            ApiError: the service refused, or cannot be reached. Then it may exist all the same: list again.
        """
        return await self._session.client.account.create_key(checked(request))

    async def revoke(self, listed: ListedKey) -> None:
        """End a key for good. One that is gone already is no error.

        Raises:
            InputError: it is the key in use.
            ApiError: the service refused, or cannot be reached.
        """
        if listed.own:
            raise InputError(tr("Nectary uses this key now."), tr("Sign out to give it up."), field="key")
        try:
            await self._session.client.account.revoke_key(listed.key.id)
        except ApiNotFound:
            return


def checked(request: KeyRequest) -> KeyRequest:
    """The request as it can be sent.

    Raises:
        InputError: see `KeyBook.create`.
    """
    name = " ".join(request.name.split())
    if not name:
        raise InputError(tr("The key needs a name."), field="name")
    if len(name) > LONGEST_NAME:
        raise InputError(
            tr("A name has at most {longest_name} characters.", longest_name=LONGEST_NAME), field="name"
        )
    if request.expires_in is not None and not 1 <= request.expires_in <= YEAR_SECONDS:
        raise InputError(tr("A key ends after at most 365 days."), field="expiresIn")
    if request.allowed_models is not None and not request.allowed_models:
        raise InputError(tr("Choose at least one model, or allow all."), field="allowedModels")
    return replace(request, name=name)


def like(key: ApiKey, now: datetime) -> KeyRequest:
    """What would make another key of the same kind: its expiry as far away as it was when it was made."""
    expires_in = None
    if key.expires_at is not None:
        lasts = key.expires_at - (key.created_at or now)
        expires_in = min(max(int(lasts.total_seconds()), 86400), YEAR_SECONDS)
    return KeyRequest(
        name=key.name,
        type="publishable" if is_publishable(key) else "secret",
        expires_in=expires_in,
        allowed_models=key.models,
        pollen_budget=key.pollen_balance if not is_publishable(key) else None,
        account_permissions=tuple(name for name in key.permissions if name != SCOPE),
        redirect_uris=key.redirect_uris,
    )


def is_publishable(key: ApiKey) -> bool:
    """Meant for web pages: servers name the kind, older ones only the first letters."""
    return key.type == "publishable" or (not key.type and key.prefix == "pk")


def own_ids(keys: Sequence[ApiKey], info: KeyInfo | None, secret: Secret | None) -> frozenset[str]:
    """Ids of the keys that may be the one in use.

    The service never tells the id of the key that asks, so it is known by its first letters, name and expiry.
    When several are alike, all of them count: one that is revoked by mistake cannot be brought back.
    """
    if secret is None:
        return frozenset()
    text = secret.reveal()
    alike = [key for key in keys if text.startswith(key.start or key.prefix)]
    if info is not None:
        named = [key for key in alike if not info.name or key.name == info.name]
        # The name may have been changed on the site; the letters have not.
        alike = named or alike
        ends = [key for key in alike if _same_end(key.expires_at, info.expires_at)]
        alike = ends or alike
    return frozenset(key.id for key in alike)


def _same_end(first: datetime | None, second: datetime | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= _SAME_MOMENT


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

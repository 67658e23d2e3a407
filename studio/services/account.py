"""Who pays: the key, where it came from, what it may spend."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from studio.api.client import ApiClient
from studio.api.errors import (
    ApiAuthError,
    ApiError,
    ApiInterrupted,
    ApiNotFound,
    ApiOffline,
    ApiPermissionError,
    ApiSignInError,
    ApiTimeout,
    ApiUnavailable,
)
from studio.api.sign_in import SCOPE
from studio.core.clock import steady
from studio.core.errors import InputError, StorageError, StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.key_file import KeyFile
from studio.core.keyring_store import KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.account import Balance, KeyInfo, Profile, seconds_left
from studio.domain.service import DeviceCode, DevicePending, ServiceHosts, TokenGrant, is_page_of
from studio.services.keyring_thread import call_keyring

T = TypeVar("T")
PORTRAITS: Final = "https://avatars.githubusercontent.com"
"""Accounts of the service are GitHub accounts; this is where their pictures lie."""
PORTRAIT_BYTES: Final = 512 * 1024
PORTRAIT_SECONDS: Final = 4.0
log = logging.getLogger(__name__)


class KeySource(StrEnum):
    """Where the key in use came from."""

    NONE = "none"
    KEYRING = "keyring"
    MEMORY = "memory"
    FILE = "file"
    ENVIRONMENT = "environment"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What is known of the account. Amounts are pollen; `checked_at` is when the service told of key and
    profile, `checked_steady` the same moment by `core.clock.steady`, `balance_at` when it told the balance.
    """

    source: KeySource = KeySource.NONE
    account: str = ""
    key: KeyInfo | None = None
    profile: Profile | None = None
    balance: Balance | None = None
    checked_at: datetime | None = None
    checked_steady: float = 0.0
    balance_at: datetime | None = None
    rejected: bool = False
    checking: bool = False

    @property
    def signed_in(self) -> bool:
        return self.source is not KeySource.NONE and not self.rejected

    def seconds_left(self, now: datetime, steady_now: float) -> float | None:
        """How long the key is still good for; None when it has no end or nobody told."""
        return seconds_left(self.key, self.checked_at, steady_now - self.checked_steady, now)

    @property
    def spendable(self) -> Decimal | None:
        """What one can spend: the smaller of the key's own budget and the wallet, of those that are known."""
        known = [self.key.pollen_budget if self.key is not None else None]
        if self.balance is not None:
            known += [self.balance.balance, self.balance.account_total]
        return min((amount for amount in known if amount is not None), default=None)


class AccountService:
    """Holds the one key in use and hands it to the client, never to anything that is written.

    Args:
        app_key: the program's own `pk_` key, which the service knows it by; "" when it has none.
    """

    def __init__(self, keyring: KeyringStore, *, app_key: str = "", key_file: KeyFile | None = None) -> None:
        self.app_key = app_key
        self.changed: Event[AccountState] = Event("account.changed")
        self.state = AccountState()
        self._keyring = keyring
        self._key_file = key_file
        self._key: Secret | None = None
        # A key that is kept nowhere else must outlive a visit to the sandbox.
        self._in_memory: tuple[Secret, str] | None = None

    def current_key(self) -> Secret | None:
        return self._key

    def use(self, key: Secret | None, source: KeySource, account: str = "") -> None:
        """Use `key` from now on, unchecked; `refresh` finds out what it may do."""
        self._key = key
        self._set(AccountState(source=source if key else KeySource.NONE, account=account))

    async def stored_key(self, account: str) -> Secret | None:
        """The key of `account` in the keyring, which is not in use by that; None if there is none.

        Raises:
            KeyringUnavailableError: the keyring is locked or missing.
        """
        return await call_keyring(self._keyring.get, account)

    async def check_key(self, client: ApiClient) -> tuple[KeyInfo, Profile | None]:
        """What the client's key is and whose; nothing is stored or used.

        Args:
            client: with the key in question (`Session.client_for`).

        Raises:
            ApiError: the service refused it or cannot be reached.
        """
        info = await client.account.key()
        if not info.valid:
            raise ApiAuthError(tr("The service does not accept this key."), tr("It may have expired."))
        profile = await _unless_refused(client.account.profile)
        if profile is None or not account_name(info, profile):
            # Servers that show the profile only with its permission still say whose the key is.
            who = await _unless_refused(client.sign_in.userinfo)
            if who is not None:
                profile = Profile(
                    github_username=who.preferred_username, name=who.name, email=who.email, image=who.picture
                )
        return info, profile

    async def picture_of(self, client: ApiClient, profile: Profile | None, folder: Path) -> bytes:
        """The portrait of a profile, so that an account is known at a glance; b"" where there is none.

        It is fetched without the key, once, and only from the service itself or from where it keeps its
        portraits; no picture is worth a failure.

        Args:
            folder: to receive it in for a moment.
        """
        address = profile.image if profile is not None else ""
        if not _is_portrait(address, client.hosts):
            return b""
        into = folder / f"portrait-{new_id()}"
        try:
            async with asyncio.timeout(PORTRAIT_SECONDS):
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                await client.media.download(address, into, expect=("image/",), limit=PORTRAIT_BYTES)
                return await asyncio.to_thread(into.read_bytes)
        except (StudioError, OSError, TimeoutError) as error:
            log.info("no portrait: %s", error)
            return b""
        finally:
            await asyncio.to_thread(into.unlink, missing_ok=True)

    async def keep(self, key: Secret, account: str) -> None:
        """Store the key in the system keyring and use it.

        Raises:
            KeyringUnavailableError: it could not be stored; the key is not in use yet.
        """
        await call_keyring(self._keyring.set, account, key)
        self._in_memory = None
        self.use(key, KeySource.KEYRING, account)

    def keep_in_memory(self, key: Secret, account: str) -> None:
        """Use the key until the program ends; nothing is written."""
        self._in_memory = (key, account)
        self.use(key, KeySource.MEMORY, account)

    @property
    def has_key_file(self) -> bool:
        """True if a key lies in a file, behind a passphrase."""
        return self._key_file is not None and self._key_file.exists()

    async def keep_in_file(self, key: Secret, account: str, passphrase: Secret) -> None:
        """Store the key in a file behind a passphrase and use it.

        Raises:
            InputError: the passphrase is too short.
            StorageError: it could not be written; the key is not in use yet.
        """
        if self._key_file is None:
            raise StorageError(tr("There is no place for the key."))
        await asyncio.to_thread(self._key_file.write, account, key, passphrase)
        self._in_memory = (key, account)
        self.use(key, KeySource.FILE, account)

    async def open_file(self, passphrase: Secret) -> str:
        """Use the key of the file from now on; gives its account.

        Raises:
            InputError: the passphrase is wrong.
            StorageError: the file cannot be read.
        """
        if self._key_file is None:
            raise StorageError(tr("There is no file with a key."))
        account, key = await asyncio.to_thread(self._key_file.read, passphrase)
        self._in_memory = (key, account)
        self.use(key, KeySource.FILE, account)
        return account

    def use_given(self) -> bool:
        """Use the key the user gave in this session, if there is one; whether there is."""
        if self.state.source in (KeySource.KEYRING, KeySource.MEMORY, KeySource.FILE):
            return True
        if self._in_memory is None:
            return False
        source = KeySource.FILE if self.has_key_file else KeySource.MEMORY
        self.use(self._in_memory[0], source, self._in_memory[1])
        return True

    async def sign_out(self) -> None:
        """Forget the key here; on the service it lives until its expiry or until it is revoked."""
        state = self.state
        self._in_memory = None
        self.use(None, KeySource.NONE)
        if state.source is KeySource.FILE and self._key_file is not None:
            await asyncio.to_thread(self._key_file.delete)
        if state.source is KeySource.KEYRING:
            try:
                await call_keyring(self._keyring.delete, state.account)
            except KeyringUnavailableError as error:
                log.warning("the key stays in the keyring: %s", error)
                raise

    async def refresh(self, client: ApiClient) -> None:
        """Ask for key, profile and balance; each may be missing for want of a permission.

        Raises:
            ApiError: the key was refused, or the service cannot be reached.
        """
        if self._key is None:
            return
        asked = self._key
        self._set(replace(self.state, checking=True))
        try:
            key = await client.account.key()
            profile = await _unless_refused(client.account.profile)
            balance = await _unless_refused(client.account.balance)
        except ApiError as error:
            # The state may be another key's by now.
            if asked is self._key:
                rejected = self.state.rejected or isinstance(error, ApiAuthError)
                self._set(replace(self.state, rejected=rejected, checking=False))
            raise
        if asked is self._key:
            self._set(
                replace(
                    self.state, key=key, profile=profile, balance=balance, rejected=False, checking=False,
                    checked_at=datetime.now(UTC), checked_steady=steady(), balance_at=datetime.now(UTC),
                )
            )  # fmt: skip

    async def refresh_balance(self, client: ApiClient) -> None:
        """Ask for the balance alone; silent when that is not possible now."""
        asked = self._key
        if asked is None:
            return
        try:
            balance = await client.account.balance()
        except ApiError as error:
            log.info("no balance: %s", error)
            return
        if asked is self._key:
            self._set(replace(self.state, balance=balance, balance_at=datetime.now(UTC)))

    def mark_rejected(self) -> None:
        """The service refused the key in use."""
        self._set(replace(self.state, rejected=True))

    async def sign_in_with_code(
        self, client: ApiClient, show: Callable[[DeviceCode], None], *, scope: Sequence[str] = SCOPE
    ) -> Secret:
        """The device flow (CONTRACT 11.3): `show` gets the code for the user, the key comes back once.

        The key is neither stored nor in use yet: the user first sees whose it is. A network that comes and
        goes does not end the wait; denial and expiry do.

        Raises:
            ApiSignInError: denied, expired, or used already.
            ApiError: no code could be had.
        """
        code = await client.sign_in.device_code(scope=scope)
        show(code)
        interval = code.interval
        try:
            async with asyncio.timeout(code.expires_in):
                while True:
                    await asyncio.sleep(interval)
                    answer = await _ask_for_token(client, code)
                    if isinstance(answer, TokenGrant):
                        return answer.access_token
                    # "slow_down" adds to the pause for good.
                    interval = max(interval, answer.interval)
        except TimeoutError as error:
            raise ApiSignInError(tr("The code has expired."), tr("Start again to get a new one.")) from error

    def _set(self, state: AccountState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)


def _is_portrait(address: str, hosts: ServiceHosts) -> bool:
    return is_page_of(address, hosts.enter, hosts.gen, hosts.media) or address.startswith(f"{PORTRAITS}/")


def parse_key(text: str) -> Secret:
    """A key as the user pasted it, without the spaces and line breaks around it.

    Raises:
        InputError: it does not look like a key.
    """
    text = text.strip()
    if not re.fullmatch(r"(sk|pk)_[A-Za-z0-9_-]{6,256}", text):
        raise InputError(tr("This does not look like a key."), tr("A key begins with sk_."), field="key")
    return Secret(text)


async def _unless_refused(ask: Callable[[], Awaitable[T]]) -> T | None:
    """None where the key lacks the permission or the server lacks the route; other errors pass."""
    try:
        return await ask()
    except (ApiPermissionError, ApiNotFound) as error:
        log.info("not shown for this key: %s", error)
        return None


async def _ask_for_token(client: ApiClient, code: DeviceCode) -> TokenGrant | DevicePending:
    try:
        return await client.sign_in.poll_device(code)
    except (ApiOffline, ApiTimeout, ApiUnavailable, ApiInterrupted) as error:
        log.info("asking for the key again: %s", error)
        return DevicePending(interval=code.interval)


def account_name(info: KeyInfo, profile: Profile | None) -> str:
    """What an account is called in the keyring and in the list of accounts; "" when the key does not say
    whose it is. One printable line, because settings and keyrings hold it as text.
    """
    for name in (profile.github_username if profile else "", info.user_id, profile.name if profile else ""):
        plain = "".join(letter for letter in name if letter.isprintable()).strip()[:64]
        if plain:
            return plain
    return ""


def with_account(accounts: str, account: str) -> str:
    """The list of accounts with that one in it, one per line."""
    known = accounts.splitlines()
    return "\n".join(known if account in known else [*known, account])


def without_account(accounts: str, account: str) -> str:
    """The list without it."""
    return "\n".join(name for name in accounts.splitlines() if name != account)

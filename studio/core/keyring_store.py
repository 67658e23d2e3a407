"""API keys in the system keyring. Blocking: call from a thread, a locked keyring may wait for its prompt.

`keyring` is imported when first used (54 ms, and its back ends 70 to 150 ms more). Only back ends that keep a
secret encrypted count: the null, fail and plain-text ones are as good as none.
"""

from __future__ import annotations

import hmac
from typing import Any

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret

SERVICE = "nectary"
_UNUSABLE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class KeyringUnavailableError(StudioError):
    """There is no keyring, or it is locked and stayed so."""

    help = "trouble#the-keyring"


class KeyringStore:
    """Keys by account id."""

    def available(self) -> bool:
        """True if this system has a keyring that keeps secrets encrypted."""
        try:
            backend = self._backend()
        except KeyringUnavailableError:
            return False
        return backend is not None

    def get(self, account: str) -> Secret | None:
        """The key of `account`, or None.

        Raises:
            KeyringUnavailableError: there is no usable keyring or it is locked.
        """
        value = self._call("get_password", account)
        return Secret(value) if value else None

    def set(self, account: str, secret: Secret) -> None:
        """Store the key and read it back, because some back ends accept and forget.

        Raises:
            KeyringUnavailableError: it could not be stored.
        """
        self._call("set_password", account, secret.reveal())
        stored = self._call("get_password", account)
        if not stored or not hmac.compare_digest(stored.encode(), secret.reveal().encode()):
            raise KeyringUnavailableError(tr("The system keyring did not keep the key."), _WAY_ON, _ACTIONS)

    def delete(self, account: str) -> None:
        """Forget the key; a key that is not there is no error.

        Raises:
            KeyringUnavailableError: the keyring is locked.
        """
        if self._call("get_password", account):
            self._call("delete_password", account)

    def _call(self, method: str, *arguments: str) -> Any:
        from keyring.errors import KeyringError

        try:
            return getattr(self._backend(), method)(SERVICE, *arguments)
        except KeyringError as error:
            raise KeyringUnavailableError(
                tr("The system keyring is locked or missing."), _WAY_ON, _ACTIONS
            ) from error

    def _backend(self) -> Any:
        import keyring
        from keyring.errors import KeyringError

        try:
            backend: Any = keyring.get_keyring()
        except (KeyringError, RuntimeError, ImportError) as error:
            raise KeyringUnavailableError(tr("This system has no keyring."), _WITHOUT, _ACTIONS) from error
        if type(backend).__module__.startswith(_UNUSABLE):
            raise KeyringUnavailableError(tr("This system has no keyring."), _WITHOUT, _ACTIONS)
        return backend


_WAY_ON = tr("Unlock it and try again, or keep the key in memory until the program ends.")
_WITHOUT = tr("You can keep the key in memory until the program ends.")
_ACTIONS = (
    Action("account.retry_keyring", tr("Try again")),
    Action("account.keep_in_memory", tr("Keep in memory")),
)

"""The keyring's ways to fail. A real Secret Service is met in `tests/end_to_end/test_keyring.py`."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from studio.core.keyring_store import SERVICE, KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret


class Remembers(KeyringBackend):
    """A back end that keeps what it is given, in the way its `mood` says."""

    priority = 1  # pyright: ignore[reportAssignmentType] - keyring declares a property of the class

    def __init__(self, mood: str = "") -> None:
        super().__init__()
        self.mood = mood
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.mood == "locked":
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.mood == "locked":
            raise KeyringLocked("locked")
        if self.mood != "forgets":
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def _the_old_one_afterwards() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_stored_read_and_forgotten() -> None:
    backend, store = Remembers(), KeyringStore()
    keyring.set_keyring(backend)
    assert store.available()
    assert store.get("default") is None
    store.set("default", Secret("sk_abcdefgh"))
    assert backend.kept == {(SERVICE, "default"): "sk_abcdefgh"}
    assert store.get("default") == Secret("sk_abcdefgh")
    store.delete("default")
    store.delete("default")
    assert backend.kept == {}


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_what_keeps_nothing_does_not_count(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    store = KeyringStore()
    assert not store.available()
    with pytest.raises(KeyringUnavailableError, match=r"^This system has no keyring\."):
        store.get("default")


@pytest.mark.parametrize(
    ("mood", "words"),
    [("locked", "The system keyring is locked or missing."), ("forgets", "did not keep the key")],
)
def test_trouble_is_told_with_two_ways_on_and_without_the_key(mood: str, words: str) -> None:
    keyring.set_keyring(Remembers(mood))
    with pytest.raises(KeyringUnavailableError, match=words) as caught:
        KeyringStore().set("default", Secret("sk_abcdefgh"))
    assert [action.label for action in caught.value.actions] == ["Try again", "Keep in memory"]
    assert "abcdefgh" not in repr(caught.value) + str(caught.value.__cause__)

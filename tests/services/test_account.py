from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InputError
from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.services.account import AccountService, KeySource, parse_key


@given(st.from_regex(r"\A(sk|pk)_[A-Za-z0-9_-]{6,256}\Z"), st.sampled_from(["", " ", "\n", "\t "]))
def test_a_key_survives_the_spaces_around_it(key: str, space: str) -> None:
    assert parse_key(f"{space}{key}{space}").reveal() == key


@pytest.mark.parametrize(
    "text", ["", "sk_x", "sk_ab cd efgh", "hello", "Bearer sk_abcdefgh", "sk_äöüäöüäöü", "ag_12345678"]
)
def test_what_is_no_key_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_key(text)
    assert not text or text not in str(caught.value)


def test_a_key_in_memory_is_used_and_forgotten() -> None:
    service = AccountService(KeyringStore())
    service.keep_in_memory(Secret("sk_abcdefgh"), "default")
    assert service.state.source is KeySource.MEMORY
    assert service.current_key() == Secret("sk_abcdefgh")
    assert "abcdefgh" not in repr(service.state)


async def test_signing_out_of_memory_asks_no_keyring() -> None:
    service = AccountService(KeyringStore())
    service.keep_in_memory(Secret("sk_abcdefgh"), "default")
    await service.sign_out()
    assert service.current_key() is None
    assert not service.state.signed_in

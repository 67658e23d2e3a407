from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.errors import ApiAuthError
from studio.core.errors import InputError
from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.account import AccountService, KeySource, parse_key
from tests.services.studio import bills, connected


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


async def test_what_one_can_spend_is_the_smaller_of_budget_and_wallet(tmp_path: Path) -> None:
    with SandboxServer(balance=5) as server:
        async with connected(tmp_path, server, key="sk_sandboxBudget6tY3uI8oP1aS5dF0gH2j") as studio:
            state = studio.services.account.state
            assert state.key is not None
            assert state.spendable == Decimal("0.01")
            assert state.checked_at is not None
    with SandboxServer(balance=5) as server:
        async with connected(tmp_path, server) as studio:
            assert studio.services.account.state.spendable == Decimal(5)
            await studio.make()
            await studio.services.account.refresh_balance(studio.services.session.client)
            spendable = studio.services.account.state.spendable
            assert spendable is not None
            assert spendable == 5 - Decimal(bills(server)[0]["billed"])


async def test_a_key_that_sees_nothing_of_the_account_works_all_the_same(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server, key="sk_sandboxPlain4lK7zX9cV2bN6mQ1wE3rT") as studio:
            state = studio.services.account.state
            assert state.signed_in
            assert state.balance is None
            assert state.profile is None or not state.profile.email
            assert studio.services.session.state.online
            assert (await studio.make()).state is JobState.DONE


async def test_checking_a_key_neither_uses_nor_keeps_it(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            account, session = studio.services.account, studio.services.session
            other = Secret("sk_sandboxModels8yU5iO0pA3sD7fG2hJ6k")
            client = session.client_for(other)
            info, profile = await account.check_key(client)
            assert info.valid
            assert profile is not None
            await client.close()
            assert account.current_key() == Secret(server.key)
            bad = session.client_for(Secret("sk_sandboxExpired1qW4eR7tY0uI3oP6aS9d"))
            with pytest.raises(ApiAuthError):
                await account.check_key(bad)
            await bad.close()

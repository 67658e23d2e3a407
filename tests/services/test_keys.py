from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from studio.api.errors import ApiRequestError
from studio.core.errors import InputError
from studio.core.secrets import Secret
from studio.domain.account import ApiKey, KeyInfo, KeyRequest
from studio.sandbox.account import PLAIN_KEY
from studio.sandbox.server import SandboxServer
from studio.services.keys import KeyBook, KeysForbiddenError, ListedKey, checked, like, own_ids
from tests.services.studio import addresses, opened

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = Secret("sk_AbCdefghijklmnopqrstuv")


async def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            book = KeyBook(services.account, services.session)
            assert book.allowed
            before = await book.all()
            assert [item.own for item in before][:2] == [True, False]
            made = await book.create(
                KeyRequest(
                    name="  for  my laptop ", expires_in=7 * 86400, pollen_budget=Decimal("2.5"),
                    allowed_models=("flux",), account_permissions=("usage", "keys"),
                )
            )  # fmt: skip
            assert (made.name, made.pollen_budget, made.permissions) == (
                "for my laptop",
                Decimal("2.5"),
                ("usage",),
            )
            assert made.key.reveal() not in repr(made)
            listed = {item.key.id: item for item in await book.all()}
            assert len(listed) == len(before) + 1
            assert listed[made.id].key.start == made.key.reveal()[:6]
            await book.revoke(listed[made.id])
            await book.revoke(listed[made.id])  # it is gone, which is what was wanted
            assert len(await book.all()) == len(before)
            with pytest.raises(InputError):
                await book.revoke(before[0])
            # Also when the program were mistaken about which one it uses.
            with pytest.raises(ApiRequestError):
                await book.revoke(ListedKey(before[0].key))


async def test_without_the_permission_it_is_said_before_and_by_the_service(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(PLAIN_KEY), "default")
            await services.session.use_cloud("default")
            book = KeyBook(services.account, services.session)
            assert not book.allowed
            with pytest.raises(KeysForbiddenError):
                await book.all()


@pytest.mark.parametrize(
    ("request_", "field"),
    [(KeyRequest(name="  "), "name"), (KeyRequest(name="a" * 254), "name"),
     (KeyRequest(name="a", expires_in=366 * 86400), "expiresIn"),
     (KeyRequest(name="a", allowed_models=()), "allowedModels")],
)  # fmt: skip
def test_what_the_service_would_refuse_is_said_first(request_: KeyRequest, field: str) -> None:
    with pytest.raises(InputError) as told:
        checked(request_)
    assert told.value.field == field


def test_the_key_in_use_is_known_by_letters_name_and_expiry() -> None:
    end = NOW + timedelta(days=5)
    keys = [
        ApiKey(id="1", start="sk_AbC", name="Nectary", expires_at=end),
        ApiKey(id="2", start="sk_AbC", name="Nectary"),
        ApiKey(id="3", start="sk_AbC", name="Other", expires_at=end),
        ApiKey(id="4", start="sk_Xyz", name="Nectary", expires_at=end),
    ]
    info = KeyInfo(valid=True, name="Nectary", expires_at=end + timedelta(milliseconds=700))
    assert own_ids(keys, info, OWN) == {"1"}
    assert own_ids(keys, None, OWN) == {"1", "2", "3"}
    assert own_ids(keys, KeyInfo(valid=True, name="Renamed", expires_at=end), OWN) == {"1", "3"}
    assert own_ids(keys, info, Secret("sk_nothingOfThese123")) == frozenset()
    assert own_ids(keys, info, None) == frozenset()


def test_a_key_like_another() -> None:
    key = ApiKey(
        id="1", name="Laptop", created_at=NOW - timedelta(days=20), expires_at=NOW + timedelta(days=10),
        models=("flux",), permissions=("usage", "keys"), pollen_balance=Decimal("0.5"), type="secret",
    )  # fmt: skip
    assert like(key, NOW) == KeyRequest(
        name="Laptop", expires_in=30 * 86400, allowed_models=("flux",), pollen_budget=Decimal("0.5"),
        account_permissions=("usage",),
    )  # fmt: skip
    web = like(ApiKey(id="2", name="Site", prefix="pk", redirect_uris=("https://a.example/cb",)), NOW)
    assert (web.type, web.pollen_budget, web.redirect_uris) == (
        "publishable",
        None,
        ("https://a.example/cb",),
    )

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from studio.api import errors as e
from studio.core.secrets import Secret
from studio.domain.account import KeyRequest, UsageQuery
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for

SAMPLES = Path(__file__).parent / "samples"


def from_samples(request: Received) -> Reply:
    name = {
        ("GET", "/account/profile"): "account_profile.json",
        ("GET", "/account/balance"): "account_balance.json",
        ("GET", "/account/key"): "account_key.json",
        ("GET", "/account/usage"): "account_usage.json",
        ("GET", "/account/usage/daily"): "account_usage_daily.json",
        ("GET", "/account/key/usage"): "account_key_usage.json",
        ("GET", "/account/keys"): "account_keys.list.json",
        ("POST", "/account/keys"): "account_keys.create.response.json",
        ("DELETE", "/account/keys/k%2F1"): "account_keys.delete.response.json",
    }[request.method, request.path]
    if ("format", "csv") in request.params:
        return Reply(headers={"content-type": "text/csv"}, body=(SAMPLES / "account_usage.csv").read_bytes())
    return reply_json(json.loads((SAMPLES / name).read_bytes()))


async def test_every_route() -> None:
    query = UsageQuery(
        limit=50, before=datetime(2026, 9, 26, 10, tzinfo=UTC), days=30, granularity="day",
        period="2026-09-26", api_key_ids=("k_1", "k_2"),
    )  # fmt: skip
    async with serve(from_samples) as server, client_for(server.url) as client:
        assert (await client.account.profile()).github_username == "octocat"
        assert (await client.account.balance()).balance == Decimal("4.82")
        assert (await client.account.key(Secret("sk_new_key"))).valid
        assert len(await client.account.usage(query)) == 4
        assert len(await client.account.daily_usage()) == 3
        assert len(await client.account.key_usage()) == 2
        assert len(await client.account.keys()) == 2
        assert (await client.account.usage_csv(query)).startswith("timestamp,")
        made = await client.account.create_key(KeyRequest(name="n", pollen_budget=Decimal("2.5")))
        await client.account.revoke_key("k/1")
    assert made.key.reveal().startswith("sk_")
    assert server.received[2].headers["authorization"] == "Bearer sk_new_key"
    assert server.received[3].params == [
        ("limit", "50"), ("before", "2026-09-26T10:00:00Z"), ("days", "30"), ("granularity", "day"),
        ("period", "2026-09-26"), ("api_key_ids", "k_1,k_2"),
    ]  # fmt: skip
    assert server.received[8].json == {"name": "n", "type": "secret", "pollenBudget": 2.5}


async def test_the_account_is_found_on_the_other_host() -> None:
    def enter(request: Received) -> Reply:
        assert request.path == "/api/account/usage"
        return reply_json({"usage": [], "count": 0})

    async with (
        serve(lambda _: reply_json({}, 404)) as gen,
        serve(enter) as other,
        client_for(gen.url, enter=other.url) as client,
    ):
        assert await client.account.usage(UsageQuery(days=1)) == ()
        other.handler = lambda _: reply_json({}, 404)
        with pytest.raises(e.ApiNotFound):
            await client.account.balance()
    assert other.received[0].params == [("days", "1")]
    assert "authorization" in other.received[0].headers


async def test_a_key_is_made_once_even_when_the_answer_is_lost() -> None:
    async with serve(lambda _: Reply(status=502)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiUnavailable):
            await client.account.create_key(KeyRequest(name="n"))
    assert len(server.received) == 1


@pytest.mark.parametrize("data", [[], {}, {"balance": None}, {"balance": "much"}, {"balance": True}])
async def test_a_balance_that_is_none(data: object) -> None:
    async with serve(lambda _: reply_json(data)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await client.account.balance()


async def test_a_balance_may_be_text() -> None:
    async with (
        serve(lambda _: reply_json({"balance": "0.000000000001"})) as server,
        client_for(server.url) as client,
    ):
        assert (await client.account.balance()).balance == Decimal("0.000000000001")

"""Billed once: joining, replaying, budgets, and what survives (CONTRACT 8)."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import httpx
import pytest

from studio.sandbox.account import BUDGET_KEY, MODELS_KEY, PLAIN_KEY, PUBLISHABLE_KEY
from studio.sandbox.server import SandboxServer

PICTURE = "/image/a%20bee?model=flux&width=64&height=64&seed=7"


def _client(server: SandboxServer) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {server.key}"}
    return httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=20, trust_env=False)


async def test_the_same_request_joins_the_running_work(server: SandboxServer) -> None:
    server.faults([{"path": "/image/", "hold": 0.3}])
    async with _client(server) as client:
        answers = await asyncio.gather(*(client.get(PICTURE) for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1
    outcomes = sorted(entry["outcome"] for entry in server.requests())
    assert outcomes == ["joined"] * 4 + ["started"]
    assert server.state()["charges"] == 1
    assert sum(Decimal(entry["billed"]) for entry in server.requests()) == Decimal("0.002")


async def test_work_goes_on_when_the_client_hangs_up(server: SandboxServer) -> None:
    server.faults([{"path": "/image/", "hold": 0.4}])
    async with _client(server) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(PICTURE, timeout=0.15)
        answer = await client.get(PICTURE)
    assert answer.status_code == 200
    assert [entry["outcome"] for entry in server.requests()] == ["started", "joined"]
    assert server.state()["charges"] == 1


def test_a_finished_request_is_replayed_and_anything_else_is_new(server: SandboxServer, http) -> None:
    first = http.get(PICTURE)
    assert http.get(PICTURE + "&nofeed=true").content == first.content
    assert http.get("/image/a%20bee?seed=7&height=64&width=64&model=flux").content == first.content
    assert http.get(f"{PICTURE}&key={server.key}").content == first.content
    http.get(PICTURE.replace("seed=7", "seed=8"))
    http.get(PICTURE + "&no-cache=true")
    outcomes = [entry["outcome"] for entry in server.requests()]
    assert outcomes == ["started", "replayed", "replayed", "replayed", "started", "started"]
    assert len({entry["identity"] for entry in server.requests()}) == 2


def test_the_record_never_holds_a_key(server: SandboxServer, http) -> None:
    http.get(f"{PICTURE}&key={server.key}")
    assert server.key not in str(server.requests())
    assert server.requests()[0]["key"] == "Sandbox"


def test_refusals_are_not_stored(server: SandboxServer, http) -> None:
    server.set_balance(paid="0")
    assert http.get(PICTURE).status_code == 402
    server.set_balance(paid="1")
    assert http.get(PICTURE).status_code == 200
    assert server.state()["charges"] == 1


def test_a_known_result_costs_nothing_even_with_an_empty_purse(server: SandboxServer, http) -> None:
    http.get(PICTURE)
    server.set_balance(paid="0")
    assert http.get(PICTURE).status_code == 200


def test_the_kinds_of_402(server: SandboxServer, http, client_of) -> None:
    server.set_balance(tier="0", paid="0.001")
    empty = http.get(PICTURE).json()["error"]
    assert empty["code"] == "INSUFFICIENT_BALANCE"
    assert empty["fixUrl"].startswith(server.enter_url + "/top-up")
    server.set_balance(tier="5", paid="0")
    quest = http.get("/image/x?model=kontext&width=64&height=64")
    assert quest.status_code == 200  # not a paid model
    paid_only = http.get("/image/x?model=seedream&width=64&height=64").json()["error"]
    assert paid_only["code"] == "QUEST_POLLEN_ONLY"
    server.set_balance(paid="10")
    budget = client_of(server, key=BUDGET_KEY)
    assert (
        budget.get("/image/x?model=kontext&seed=2&width=64&height=64").json()["error"]["code"]
        == "KEY_BUDGET_EXHAUSTED"
    )
    assert budget.get(PICTURE).status_code == 200
    assert budget.get("/account/balance").json() == {"balance": 0.008}
    assert client_of(server, key=MODELS_KEY).get("/image/x?model=kontext").status_code == 403


def test_the_seed_era_has_one_402(seed_server: SandboxServer, seed_http) -> None:
    seed_server.set_balance(paid="0")
    error = seed_http.get("/image/x?model=flux").json()["error"]
    assert (error["code"], error["details"]) == ("PAYMENT_REQUIRED", {"name": "HTTPException"})


async def test_a_burst_cannot_spend_the_same_pollen_twice(server: SandboxServer) -> None:
    server.set_balance(paid="0.005")
    server.faults([{"path": "/image/", "hold": 0.2, "count": None}])
    async with _client(server) as client:
        addresses = [PICTURE.replace("seed=7", f"seed={seed}") for seed in range(5)]
        answers = await asyncio.gather(*(client.get(address) for address in addresses))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 402, 402, 402]
    assert server.state()["balance"]["total"] == "0.001"


def test_free_pollen_goes_first(server: SandboxServer, http) -> None:
    server.set_balance(tier="0.003", paid="1")
    http.get(PICTURE)
    http.get(PICTURE + "1")
    rows = http.get("/account/usage").json()["usage"]
    assert [row["meter_source"] for row in rows] == ["pack", "tier"]
    assert server.state()["balance"] == {"tier": "0.000", "paid": "0.999", "total": "0.999"}


def test_a_raw_publishable_key_has_one_pollen_an_hour(server: SandboxServer, client_of) -> None:
    client = client_of(server, key=PUBLISHABLE_KEY)
    assert client.get("/video/x?model=nova-reel&duration=24").status_code == 200
    limited = client.get(PICTURE)
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 3000
    assert limited.json()["error"] == "Rate limit exceeded"
    assert limited.json()["retryAfterSeconds"] > 3000


def test_limits_of_the_model(client_of) -> None:
    with SandboxServer(limits=True) as server:
        client = client_of(server)
        statuses = [
            client.get(f"/image/x?model=microsoft/mai-image-2.6&seed={n}&width=64&height=64")
            for n in range(13)
        ]
        assert [answer.status_code for answer in statuses] == [200] * 12 + [429]
        assert statuses[-1].json()["error"]["code"] == "community_model_rate_limit"
        assert statuses[-1].headers["retry-after"]


def test_chat_notices_stand_in_for_refusals(
    server: SandboxServer, http, seed_server, seed_http, client_of
) -> None:
    server.set_balance(paid="0")
    seed_server.set_balance(paid="0")
    ask = {"model": "openai", "messages": [{"role": "user", "content": "hi"}]}
    notice = http.post("/v1/chat/completions", json=ask)
    assert notice.status_code == 200
    assert notice.headers["cache-control"] == "private, no-store"
    assert f"{server.enter_url}/top-up" in notice.json()["choices"][0]["message"]["content"]
    assert notice.json()["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert "/top-up" in http.get("/text/hi").text
    streamed = http.post("/v1/chat/completions", json={**ask, "stream": True}).text
    assert "/quests" in streamed
    assert streamed.endswith("data: [DONE]\n\n")
    as_json = {**ask, "response_format": {"type": "json_object"}}
    assert http.post("/v1/chat/completions", json=as_json).status_code == 402
    assert seed_http.post("/v1/chat/completions", json=ask).status_code == 402
    limited = client_of(server, key=MODELS_KEY).post("/v1/chat/completions", json={**ask, "model": "mistral"})
    assert limited.status_code == 200
    assert "/edit-key" in limited.json()["choices"][0]["message"]["content"]


def test_scopes_guard_the_account(server: SandboxServer, client_of) -> None:
    plain = client_of(server, key=PLAIN_KEY)
    assert plain.get("/account/key").status_code == 200
    assert plain.get("/account/usage").json()["error"]["message"].endswith("'account:usage' permission")
    assert "no budget of its own" in plain.get("/account/balance").json()["error"]["message"]
    assert "name" not in plain.get("/account/profile").json()
    assert plain.get("/account/keys").status_code == 403


def test_answers_do_not_wait_for_acknowledgements(http) -> None:
    """Headers and body are two writes: with Nagle's algorithm on, each answer would take 40 ms more."""
    http.get("/account/key")
    times = [http.get("/account/key").elapsed.total_seconds() for _ in range(20)]
    assert min(times) < 0.02

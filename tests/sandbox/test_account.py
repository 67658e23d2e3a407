from __future__ import annotations

import csv
import io
import json

import httpx
import pytest

from studio.sandbox.account import EXPIRED_KEY, PLAIN_KEY, PUBLISHABLE_KEY
from studio.sandbox.server import SandboxServer

PICTURE = "/image/bee?model=flux&width=64&height=64&seed="


@pytest.mark.parametrize("name", ["profile", "key", "usage", "usage_daily", "balance"])
@pytest.mark.parametrize("era", ["seed", "current"])
def test_shapes_are_the_samples(http, seed_http, sample, name: str, era: str) -> None:
    client = seed_http if era == "seed" else http
    client.get(PICTURE + "1")
    variant = ".seed_era" if era == "seed" and name != "usage_daily" else ""
    expected = json.loads(sample(f"account_{name}{variant}.json"))
    answer = client.get("/account/" + name.replace("_", "/")).json()
    assert set(answer) == set(expected)
    if "usage" in expected:
        assert list(answer["usage"][0]) == list(expected["usage"][0])


def test_accounts_are_reached_by_every_address(server: SandboxServer, http) -> None:
    for path in ("/account/key", "/api/account/key", "/enter/account/key", "/enter/api/account/key"):
        assert http.get(path).json()["name"] == "Sandbox"


def test_keys_of_all_kinds(server: SandboxServer, http, client_of) -> None:
    for value in (EXPIRED_KEY, "sk_nobody"):
        answer = client_of(server, key=value).get("/account/key")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert client_of(server, key=None).get("/account/key").status_code == 401
    assert client_of(server, key=None).get(f"/account/key?key={server.key}").json()["valid"] is True
    assert client_of(server, key=PUBLISHABLE_KEY).get("/account/key").json()["type"] == "publishable"
    assert client_of(server, key=PUBLISHABLE_KEY).get("/account/keys").status_code == 403


def test_usage_pages_and_filters(http: httpx.Client) -> None:
    for seed in range(3):
        http.get(f"{PICTURE}{seed}")
    rows = http.get("/account/usage?limit=2").json()
    assert rows["count"] == 2
    before = http.get("/account/usage", params={"before": rows["usage"][-1]["timestamp"]}).json()
    assert before["count"] >= 1
    assert http.get("/account/usage", params={"before": "2026-01-01T00:00:00Z"}).json()["count"] == 0
    today = rows["usage"][0]["timestamp"][:10]
    assert http.get(f"/account/usage?granularity=day&period={today}").json()["count"] == 3
    assert http.get(f"/account/usage?granularity=month&period={today[:7]}").json()["count"] == 3
    assert http.get("/account/usage?granularity=day&period=2025-01-01").status_code == 400
    for wrong in ("limit=0", "days=91", "format=xml", "before=yesterday"):
        assert http.get(f"/account/usage?{wrong}").status_code == 400
    daily = http.get("/account/usage/daily").json()
    assert daily["usage"][0] | {"cost_usd": 0} == {
        "date": today,
        "model": "black-forest-labs/flux.1-schnell",
        "meter_source": "pack",
        "requests": 3,
        "cost_usd": 0,
    }
    assert daily["usage"][0]["cost_usd"] == 0.006
    assert http.get("/account/usage/daily?api_key_ids=k_other").json()["count"] == 0
    assert http.get("/account/key/usage").json()["count"] == 3


def test_usage_as_csv_has_the_columns_of_the_sample(http: httpx.Client, sample) -> None:
    http.get(PICTURE + "1")
    answer = http.get("/account/usage?format=csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    header = sample("account_usage.csv").decode().splitlines()[0]
    assert answer.text.splitlines()[0] == header
    row = next(csv.DictReader(io.StringIO(answer.text)))
    assert (row["type"], row["cost_usd"]) == ("generate.image", "0.002")
    assert http.get("/account/usage/daily?format=csv").text.startswith("date,model,")


def test_keys_are_made_used_listed_and_revoked(server: SandboxServer, http, client_of, sample) -> None:
    asked = json.loads(sample("account_keys.create.request.json"))
    made = http.post("/account/keys", json={**asked, "accountPermissions": ["usage", "keys", "x"]}).json()
    assert set(made) == set(json.loads(sample("account_keys.create.response.json")))
    assert made["permissions"] == {
        "models": ["black-forest-labs/flux.1-schnell", "openai/gpt-5.4-nano"],
        "account": ["usage"],
    }
    child = client_of(server, key=made["key"])
    assert child.get(PICTURE + "1").status_code == 200
    assert child.get("/image/x?model=kontext").status_code == 403
    assert child.get("/account/balance").json()["balance"] == 2.498
    listed = http.get("/account/keys").json()["data"]
    assert made["key"] not in json.dumps(listed)
    assert set(listed[0]) == set(json.loads(sample("account_keys.list.json"))["data"][0])
    assert http.delete(f"/account/keys/{made['id']}").json() == {"success": True}
    assert child.get("/account/key").status_code == 401
    assert http.delete(f"/account/keys/{made['id']}").status_code == 404
    assert http.delete("/account/keys/k_main").status_code == 400


def test_wrong_keys_are_not_made(http: httpx.Client) -> None:
    wrong = {"name": "", "type": "root", "expiresIn": 10**9, "pollenBudget": -1, "redirectUris": "x"}
    answer = http.post("/account/keys", json=wrong)
    assert set(answer.json()["error"]["details"]["fieldErrors"]) == set(wrong)
    assert http.post("/account/keys", json={"name": "x", "allowedModels": ["nope"]}).status_code == 400


def test_profiles_without_the_scope(server: SandboxServer, seed_server, client_of) -> None:
    assert client_of(server, key=PLAIN_KEY).get("/account/profile").status_code == 200
    assert client_of(seed_server, key=PLAIN_KEY).get("/account/profile").status_code == 403

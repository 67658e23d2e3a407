from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sandbox.account import APP_KEY
from studio.sandbox.server import SandboxServer
from studio.sandbox.sign_in import challenge_of, redirect_matches

RETURN = "http://127.0.0.1:53123/callback"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def _decide(http: httpx.Client, decision: str, **asked: str) -> httpx.Response:
    return http.post("/enter/authorize", data={**asked, "decision": decision})


def _fragment(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.fragment).items()}


def _query(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


# ------------------------------------------------------------------ fragment flow
def test_the_fragment_flow(server: SandboxServer, http: httpx.Client, client_of) -> None:
    asked = {
        "redirect_url": RETURN,
        "permissions": "profile,usage,balance",
        "models": "flux,openai",
        "budget": "2",
    }
    assert http.get("/enter/authorize", params=asked).status_code == 200
    answer = _fragment(_decide(http, "approve", **asked, expiry="3", state="S1"))
    assert answer["state"] == "S1"
    key = client_of(server, key=answer["api_key"]).get("/account/key").json()
    assert key["permissions"] == {
        "models": ["black-forest-labs/flux.1-schnell", "openai/gpt-5.4-nano"],
        "account": ["profile", "usage"],
    }
    assert key["pollenBudget"] == 2
    assert 3 * 86_400 - 60 < key["expiresIn"] <= 3 * 86_400


def test_denial_and_defaults(server, http: httpx.Client, client_of) -> None:
    denied = _fragment(_decide(http, "deny", redirect_uri=RETURN, state="S1"))
    assert denied == {"error": "access_denied", "state": "S1"}
    granted = _fragment(_decide(http, "approve", redirect_uri=RETURN))
    key = client_of(server, key=granted["api_key"]).get("/account/key").json()
    assert (key["pollenBudget"], round(key["expiresIn"] / 86_400)) == (5, 7)


def test_the_seed_era_page(seed_server, seed_http: httpx.Client, client_of) -> None:
    granted = _fragment(_decide(seed_http, "approve", redirect_url=RETURN, state="S1"))
    assert "state" not in granted
    key = client_of(seed_server, key=granted["api_key"]).get("/account/key").json()
    assert (key["pollenBudget"], round(key["expiresIn"] / 86_400)) == (None, 30)
    assert _decide(seed_http, "approve", redirect_uri=RETURN).status_code == 400
    assert _decide(seed_http, "deny", redirect_url=RETURN).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"redirect_uri": RETURN, "client_id": "pk_unknown"},
        {"redirect_uri": "https://evil.example/callback", "client_id": APP_KEY},
        {"redirect_uri": RETURN, "response_type": "token", "client_id": APP_KEY},
        {"redirect_uri": RETURN, "response_type": "code"},
        {"redirect_uri": RETURN, "response_type": "code", "client_id": APP_KEY},
        {"redirect_uri": RETURN, "budget": "lots"},
        {"redirect_uri": RETURN, "expiry": "0"},
    ],
)
def test_problems_are_shown_and_never_redirected(http: httpx.Client, asked: dict[str, str]) -> None:
    for answer in (http.get("/enter/authorize", params=asked), _decide(http, "approve", **asked)):
        assert answer.status_code == 400
        assert "location" not in answer.headers


# ------------------------------------------------------------------ code and PKCE
def _code(http: httpx.Client, verifier: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": APP_KEY,
        "redirect_uri": RETURN,
        "scope": "profile usage",
        "state": "S1",
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    answer = _query(_decide(http, "approve", **asked))
    assert answer["state"] == "S1"
    return answer["code"]


def _exchange(http: httpx.Client, code: str, verifier: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": APP_KEY,
        "redirect_uri": RETURN,
        "code_verifier": verifier,
    }
    return http.post("/enter/api/oauth/token", data={**form, **changed})


def test_the_code_flow(server: SandboxServer, http: httpx.Client, client_of) -> None:
    verifier = secrets.token_urlsafe(48)
    code = _code(http, verifier)
    token = _exchange(http, code, verifier).json()
    assert (token["token_type"], token["scope"], token["expires_in"]) == ("bearer", "profile usage", 604_800)
    key = client_of(server, key=token["access_token"])
    assert key.get("/account/key").json()["byopApp"] == {"clientKeyId": "k_app"}
    assert key.get("/enter/api/oauth/userinfo").json()["email"] == "octocat@example.com"
    assert _exchange(http, code, verifier).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "w" * 43}, {"redirect_uri": RETURN + "/"}, {"client_id": "pk_other"}]
)
def test_a_failed_exchange_burns_the_code(http: httpx.Client, changed: dict[str, str]) -> None:
    verifier = secrets.token_urlsafe(48)
    code = _code(http, verifier)
    failed = _exchange(http, code, verifier, **changed)
    assert (failed.status_code, failed.json()["error"]) == (400, "invalid_grant")
    assert _exchange(http, code, verifier).json()["error"] == "invalid_grant"


def test_denied_codes_and_wrong_grants(http: httpx.Client, sample) -> None:
    asked = {"response_type": "code", "client_id": APP_KEY, "redirect_uri": RETURN, "state": "S1"}
    challenge = {"code_challenge": challenge_of("v" * 43), "code_challenge_method": "S256"}
    assert _query(_decide(http, "deny", **asked, **challenge)) == {"error": "access_denied", "state": "S1"}
    wrong = http.post("/enter/api/oauth/token", json={"grant_type": "password"})
    assert (
        wrong.json()
        == httpx.Response(200, content=sample("oauth_token.400.unsupported_grant_type.json")).json()
    )
    missing = http.post("/enter/api/oauth/token", json={"grant_type": "authorization_code"})
    assert missing.json() == {"error": "invalid_request", "error_description": "code required"}


def test_discovery(server: SandboxServer, http: httpx.Client, seed_http: httpx.Client, sample) -> None:
    found = http.get("/enter/.well-known/oauth-authorization-server")
    expected = (
        sample("oauth_discovery.json").decode().replace("https://enter.pollinations.ai", server.enter_url)
    )
    assert found.json() == httpx.Response(200, content=expected.encode()).json()
    for path in ("/enter/.well-known/oauth-authorization-server", "/enter/api/oauth/userinfo"):
        assert seed_http.get(path).status_code == 404


# ------------------------------------------------------------------ device flow
def _poll(http: httpx.Client, device_code: str, **more: str) -> httpx.Response:
    return http.post(
        "/enter/api/device/token", json={"device_code": device_code, "grant_type": DEVICE_GRANT, **more}
    )


def test_the_device_flow(server: SandboxServer, http: httpx.Client, client_of) -> None:
    device = http.post(
        "/enter/api/device/code", json={"client_id": APP_KEY, "scope": "generate profile"}
    ).json()
    assert (device["interval"], device["expires_in"]) == (5, 1800)
    assert http.get(device["verification_uri_complete"]).status_code == 200
    assert http.get("/enter/device").status_code == 200
    assert http.get("/enter/device?user_code=NOPE").status_code == 404
    assert _poll(http, device["device_code"]).json() == {"error": "authorization_pending"}
    assert _poll(http, device["device_code"], client_id="pk_x").json()["error"] == "invalid_client"
    typed = device["user_code"].lower()
    assert http.post("/enter/device", data={"user_code": typed, "decision": "approve"}).status_code == 200
    token = _poll(http, device["device_code"]).json()
    assert token["scope"] == "profile"
    assert client_of(server, key=token["access_token"]).get("/account/key").json()["valid"]
    assert _poll(http, device["device_code"]).json()["error"] == "invalid_grant"


def test_the_device_flow_s_errors(http: httpx.Client) -> None:
    device = http.post("/enter/api/device/code", json={}).json()
    http.post("/enter/device", data={"user_code": device["user_code"], "decision": "deny"})
    assert _poll(http, device["device_code"]).json() == {"error": "access_denied"}
    late = http.post("/enter/api/device/code", json={}).json()
    http.post("/_sandbox/expire", json={"device_code": late["device_code"]})
    assert _poll(http, late["device_code"]).json() == {"error": "expired_token"}
    assert _poll(http, "nope").json()["error"] == "invalid_grant"
    assert http.post("/enter/api/device/token", json={}).json()["error"] == "invalid_request"
    as_form = http.post("/enter/api/device/token", data={"device_code": "x"})
    assert (as_form.status_code, as_form.json()["error"]) == (400, "invalid_request")
    form = {"device_code": "x", "grant_type": DEVICE_GRANT}
    assert http.post("/enter/api/oauth/token", data=form).json()["error"] == "invalid_grant"
    assert http.post("/enter/api/device/code", json={"client_id": "pk_x"}).json()["error"] == "invalid_client"


def test_the_seed_era_device_flow(seed_http: httpx.Client, sample) -> None:
    device = seed_http.post("/enter/api/device/code", json={"scope": "generate"}).json()
    expected = httpx.Response(200, content=sample("device_code.response.seed_era.json")).json()
    assert set(device) == set(expected)
    assert (device["verification_uri"], device["user_code"][4]) == ("/device", "-")
    page = seed_http.get(f"/enter/device?user_code={device['user_code']}")
    assert device["user_code"] in page.text


def test_the_wallet_page_adds_pretend_pollen(server: SandboxServer, http: httpx.Client) -> None:
    assert "10 pollen" in http.get("/enter/top-up?ref=agent_low_balance_topup").text
    assert http.post("/enter/top-up", data={"decision": "add"}).status_code == 303
    assert server.state()["balance"]["total"] == "20"
    http.post("/enter/edit-key", data={"id": "k_budget", "decision": "add"})
    assert "10.01" in http.get("/enter/edit-key?id=k_budget").text


# ------------------------------------------------------------------ return addresses
@pytest.mark.parametrize(
    ("registered", "presented", "fits"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:5/callback", True),
        ("http://127.0.0.1/callback", "http://127.0.0.1:5/callback/", True),
        ("http://127.0.0.1/callback", "http://localhost:5/callback", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:5/other", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:5/callback#x", False),
        ("https://app.example/cb", "https://app.example/cb?x=1", True),
        ("https://app.example/cb?x=1", "https://app.example/cb?x=2", False),
        ("https://app.example/cb", "https://app.example:8443/cb", False),
        ("http://app.example/cb", "http://app.example/cb", False),
        ("myapp://cb", "myapp://cb", False),
    ],
)
def test_return_addresses(registered: str, presented: str, fits: bool) -> None:
    assert redirect_matches(registered, presented) is fits


@given(st.text())
def test_any_text_is_no_return_address_of_the_app(presented: str) -> None:
    assert not redirect_matches("https://app.example/only-this-one", presented)

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from studio.api import errors as e
from studio.api.sign_in import SignInApi, challenge, new_verifier, parse_device_code, read_callback
from studio.core.secrets import Secret
from studio.domain.service import AuthorizeLink, DevicePending, TokenGrant
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for

CALLBACK = "http://127.0.0.1:5000/abc/callback"


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


async def test_the_device_flow() -> None:
    polls: list[Any] = [
        ({"error": "authorization_pending"}, 400),
        ({"error": "slow_down"}, 400),
        ({"access_token": "sk_x1", "token_type": "bearer", "expires_in": None, "key_name": "k"}, 200),
        ({"error": "invalid_grant", "error_description": "Unknown device code"}, 400),
    ]

    def handle(request: Received) -> Reply:
        if request.path == "/api/device/code":
            return reply_json({"device_code": "d" * 40, "user_code": "ABCD", "verification_uri": "/device"})
        data, status = polls.pop(0)
        return reply_json(data, status)

    async with serve(handle) as server, client_for(server.url) as client:
        code = await client.sign_in.device_code(client_id="pk_app")
        assert await client.sign_in.poll_device(code) == DevicePending(interval=5)
        assert await client.sign_in.poll_device(code) == DevicePending(interval=10)
        grant = await client.sign_in.poll_device(code)
        assert isinstance(grant, TokenGrant)
        assert (grant.access_token.reveal(), grant.expires_in, grant.key_name) == ("sk_x1", None, "k")
        with pytest.raises(e.ApiSignInError) as error:
            await client.sign_in.poll_device(code)
    assert error.value.code == "invalid_grant"
    assert code.verification_uri_complete == f"{server.url}/device?user_code=ABCD"
    assert server.received[0].json == {"client_id": "pk_app", "scope": "profile usage"}
    assert server.received[1].json == {
        "device_code": "d" * 40, "client_id": "pk_app",
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    }  # fmt: skip
    assert all("authorization" not in request.headers for request in server.received)


async def test_the_code_flow() -> None:
    async with (
        serve(lambda _: reply_json({"access_token": "sk_x2"})) as server,
        client_for(server.url) as client,
    ):
        link = client.sign_in.code_link(
            CALLBACK, "pk_app", budget=10, expiry_days=7, models=["flux", "openai"]
        )
        code = read_callback(link, f"code=abc&state={link.state}")
        grant = await client.sign_in.exchange_code(link, code.reveal())
    assert grant.access_token.reveal() == "sk_x2"
    asked = query(link.url)
    assert link.verifier is not None
    assert asked["code_challenge"] == [challenge(link.verifier)]
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["budget"], asked["expiry"], asked["models"]) == (["10"], ["7"], ["flux,openai"])
    form = parse_qs(server.received[0].body.decode())
    assert form == {
        "grant_type": ["authorization_code"], "code": ["abc"], "client_id": ["pk_app"],
        "redirect_uri": [CALLBACK], "code_verifier": [link.verifier.reveal()],
    }  # fmt: skip


async def test_a_failed_exchange_is_not_repeated() -> None:
    link = AuthorizeLink(url="", redirect_uri=CALLBACK, state="s", flow="code", verifier=Secret("v"))
    async with serve(lambda _: Reply(status=503)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiUnavailable):
            await client.sign_in.exchange_code(link, "c")
    assert len(server.received) == 1


async def test_old_servers_have_no_code_flow() -> None:
    async with serve(lambda _: reply_json({}, 404)) as server, client_for(server.url) as client:
        assert await client.sign_in.server() is None


async def test_userinfo_falls_back() -> None:
    def handle(request: Received) -> Reply:
        return reply_json({"sub": "u"}) if "oauth" in request.path else reply_json({}, 404)

    async with serve(handle) as server, client_for(server.url) as client:
        assert (await client.sign_in.userinfo(Secret("sk_mine_123"))).sub == "u"
    assert {r.headers["authorization"] for r in server.received} == {"Bearer sk_mine_123"}


async def test_the_fragment_link_speaks_both_spellings() -> None:
    async with client_for("https://enter.example") as client:
        link = client.sign_in.fragment_link(CALLBACK, client_id="pk_a", budget=2.5, expiry_days=30)
    asked = query(link.url)
    assert asked["redirect_url"] == asked["redirect_uri"] == [CALLBACK]
    assert asked["app_key"] == asked["client_id"] == ["pk_a"]
    assert (asked["permissions"], asked["scope"]) == (["profile,usage"], ["profile usage"])
    assert (asked["state"], asked["budget"], asked["expiry"]) == ([link.state], ["2.5"], ["30"])


def test_the_challenge_is_the_standards_own_example() -> None:
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", new_verifier().reveal())


@pytest.mark.parametrize(
    ("flow", "inside_query", "fragment", "code"),
    [
        ("code", "code=c", "", "invalid_state"),
        ("code", "code=c&state=other", "", "invalid_state"),
        ("code", "state=S", "", "no_key"),
        ("fragment", "", "api_key=sk_a&state=other", "invalid_state"),
        ("fragment", "", "api_key=<script>&state=S", "no_key"),
        ("fragment", "", "", "no_key"),
        ("fragment", "error=access_denied", "", "access_denied"),
        ("fragment", "", "error=server_error&error_description=x&state=S", "server_error"),
        ("code", "code=c&state=é", "", "invalid_state"),
    ],
)
def test_forged_and_empty_answers_are_refused(flow: str, inside_query: str, fragment: str, code: str) -> None:
    link = AuthorizeLink(url="", redirect_uri=CALLBACK, state="S", flow=flow)
    with pytest.raises(e.ApiSignInError) as error:
        read_callback(link, inside_query, fragment)
    assert error.value.code == code


def test_a_relative_page_keeps_the_path_of_the_host() -> None:
    data = {"device_code": "d", "user_code": "U", "verification_uri": "/device"}
    code = parse_device_code(data, "http://127.0.0.1:1/enter")
    assert code.verification_uri == "http://127.0.0.1:1/enter/device"


async def test_a_sign_in_page_must_be_on_the_web() -> None:
    bad = {"device_code": "d", "user_code": "u", "verification_uri": "javascript:alert(1)"}
    async with serve(lambda _: reply_json(bad)) as server, client_for(server.url) as client:
        assert isinstance(client.sign_in, SignInApi)
        with pytest.raises(e.ApiBadAnswer):
            await client.sign_in.device_code()

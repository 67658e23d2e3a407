"""A service that lies, floods and sends nonsense: what it says ends as an ApiError, or is left out."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

import pytest

from studio.api import errors as e
from studio.api.catalogue import parse_models
from studio.api.error_parsing import error_from_response, in_words
from studio.api.images import ImagesApi
from studio.api.sign_in import parse_device_code, parse_grant
from studio.api.transport import Call, TimeLimits, Transport
from studio.core.secrets import Secret
from studio.domain.codec import from_json, to_json
from studio.domain.image import ImageRequest
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.service import ServiceHosts
from tests.api.loopback import Received, Reply, serve
from tests.api.support import client_for

ENTER = "https://enter.pollinations.ai"
DEEP = b"[" * 100_000
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f"
    "0005fe02fea72d1fc00000000049454e44ae426082"
)
PICTURE = ImageRequest(prompt="p", model="flux", seed=1)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("status", [400, 402, 403, 422, 429, 500])
@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "' + b"eyJ-" * 16_000 + b'"}',
        b'{"message": "' + b"http://" * 9_000 + b'"}',
        b'{"code": "' + b"eyJ-" * 16_000 + b'"}',
        b"<title>" * 9_000,
        b"<" * 64_000,
        b'{"message": "costs ' + b"1" * 60_000 + b'"}',
        b'{"error":{"details":{"fieldErrors":{'
        + b",".join(b'"%d":["must be small"]' % i for i in range(3000))
        + b"}}}}",
        DEEP,
        b'{"error": ' + DEEP,
        b'{"retryAfterSeconds": 1e999}',
        b'{"retryAfterSeconds": ' + b"9" * 4000 + b"}",
        b"\0" * 1000,
        b"\xff\xfe" * 1000,
    ],
)
def test_no_error_body_holds_the_program_up_or_floods_the_message(status: int, body: bytes) -> None:
    started = time.thread_time()
    error = error_from_response(status, {}, body)
    assert time.thread_time() - started < 0.2
    assert len(str(error)) + len(error.code) + len(error.request_id) < 2000


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "https://",
        "https://a b",
        "https://a\nb",
        "https://a\u202eb",
        "https://" + "a" * 5000,
        "smb://host/share",
        "//host/share",
        7,
        {},
    ],
)
def test_a_link_that_is_no_web_page_gets_no_button(link: object) -> None:
    body = json.dumps({"error": {"message": "m", "fixUrl": link}}).encode()
    error = error_from_response(402, {}, body)
    assert error.fix_url == ""
    assert "open_link" not in [action.id for action in error.actions]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (90, "90 seconds"), (3000, "50 minutes"), (9000, "2 hours"), (1e300, "until tomorrow")],
)
def test_a_wait_can_be_read(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


# ---------------------------------------------------------------- catalogue


def test_a_hostile_catalogue_becomes_plain_values() -> None:
    entries = [
        {"name": "good", "title": "Good"},
        {"name": "a\nb"},
        {"name": "\u202eevil"},
        {"name": "x" * 300},
        {"name": ""},
        {"name": ["list"]},
        {"name": "long", "title": "<b>t</b>\u202e\n" + "x" * 1_000_000, "description": "y" * 1_000_000},
        {"name": "prices", "pricing": {"a": -1, "b": "NaN", "c": "1e999", "d": 1e300, "e": "0.002"}},
        {"name": "numbers", "max_duration": "1e999", "context_length": "9" * 4000, "added_date": 1e300},
        {"name": "dates", "added_date": "0001-01-01T00:00:00+14:00"},
        {"name": "types", "aliases": 7, "pricing": [], "health": "x", "voices": {"a": 1}, "tools": "maybe"},
        {"name": "good"},
        *({"name": f"m{n}"} for n in range(50_000)),
        None, 7, "x", [],
    ]  # fmt: skip
    models = parse_models(entries)
    by_name = {model.name: model for model in models}
    assert len(models) <= 5000
    assert {"a\nb", "\u202eevil", "x" * 300} & set(by_name) == set()
    assert len(by_name["long"].title) <= 200
    assert by_name["long"].title.isprintable()
    assert by_name["prices"].pricing.rates == {"e": Decimal("0.002")}
    for model in by_name.values():
        assert from_json(ModelInfo, json.loads(json.dumps(to_json(model)))) == model


# ---------------------------------------------------------------- bodies


async def test_deep_json_is_a_bad_answer() -> None:
    def handle(_request: Received) -> Reply:
        return Reply(headers={"content-type": "application/json"}, body=DEEP)

    async with serve(handle) as server, client_for(server.url) as client:
        for ask in (client.catalogue.all, client.account.balance, client.sign_in.device_code):
            with pytest.raises(e.ApiBadAnswer):
                await ask()


async def test_an_answer_that_drips_for_ever_has_an_end() -> None:
    async def drip() -> AsyncGenerator[bytes, None]:
        while True:
            yield b" " * 100

    def handle(_request: Received) -> Reply:
        return Reply(headers={"content-type": "application/json"}, chunks=drip())

    async with serve(handle) as server, client_for(server.url) as client:
        call = Call(method="GET", url=f"{server.url}/x", limits=TimeLimits(total=0.2))
        with pytest.raises(e.ApiTimeout):
            await client._transport.json(call)


async def test_a_packed_error_page_is_read_only_so_far() -> None:
    packed = gzip.compress(b"x" * 200_000_000)

    def handle(_request: Received) -> Reply:
        return Reply(status=400, headers={"content-encoding": "gzip"}, body=packed)

    async with serve(handle) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiRequestError) as error:
            await client.account.balance()
    assert len(error.value.body) < 3000


@pytest.mark.parametrize(
    ("header", "cost"),
    [("0.25", Decimal("0.25")), ("-5", None), ("1e30", None), ("NaN", None), ("1e999999", None), ("", None)],
)
async def test_an_absurd_bill_is_not_believed(header: str, cost: Decimal | None, tmp_path: Path) -> None:
    usage = {"x-usage-completion-image-tokens": "1e999999", "x-usage-prompt-text-tokens": "-3"}

    def handle(_request: Received) -> Reply:
        headers = {"content-type": "image/png", "x-pollen-cost": header, **usage}
        return Reply(headers=headers, body=PNG)

    async with serve(handle) as server, client_for(server.url) as client:
        result = await client.images.make(PICTURE, tmp_path / "x.part")
    assert result.pollen_cost == cost
    assert not result.usage


@pytest.mark.parametrize("value", ["-3", "NaN", "1e30", [], {}, True, "1e-999999", 0.1, "9" * 50])
async def test_any_balance_can_be_shown(value: object) -> None:
    def handle(_request: Received) -> Reply:
        body = json.dumps({"balance": value, "tierBalance": value}).encode()
        return Reply(headers={"content-type": "application/json"}, body=body)

    async with serve(handle) as server, client_for(server.url) as client:
        try:
            balance = await client.account.balance()
        except e.ApiBadAnswer:
            return
    assert balance.balance is None or len(pollen(balance.balance)) < 40


@pytest.mark.parametrize("url", ["http://192.168.0.1/x.png", "file:///etc/passwd", "http://[bad", "x.png"])
async def test_a_picture_of_the_local_network_is_not_fetched(url: str, tmp_path: Path) -> None:
    api = ImagesApi(Transport(lambda: None, user_agent="t"), ServiceHosts())
    with pytest.raises(e.ApiBadAnswer):
        await api._fetch(url, tmp_path / "x.part", {}, None)


# ---------------------------------------------------------------- signing in


@pytest.mark.parametrize(
    "change",
    [
        {"verification_uri": "https://evil.example/device"},
        {"verification_uri": "https://enter.pollinations.ai.evil.example/device"},
        {"verification_uri": "https://enter.pollinations.ai@evil.example/"},
        {"verification_uri": "http://enter.pollinations.ai/device"},
        {"verification_uri": "//evil.example/device"},
        {"verification_uri": "file:///etc/passwd"},
        {"verification_uri": "https://[bad"},
        {"verification_uri": "https://enter.pollinations.ai\\@evil.example/"},
        {"verification_uri_complete": "https://evil.example/device?user_code=K7"},
        {"user_code": "A\nB"},
        {"user_code": "A\u202eB"},
        {"user_code": "A" * 10_000},
        {"user_code": ""},
        {"device_code": ""},
    ],
)
def test_a_sign_in_page_of_somebody_else_is_refused(change: dict[str, str]) -> None:
    data = {"device_code": "d", "user_code": "K7QW-M4RX", "verification_uri": f"{ENTER}/device"}
    parse_device_code(data, ENTER)
    with pytest.raises(e.ApiBadAnswer):
        parse_device_code(data | change, ENTER)


@pytest.mark.parametrize("number", [0, -1, 1e9, 1e300, "1e999", "x", None, True, []])
def test_times_of_a_sign_in_stay_believable(number: object) -> None:
    data = {"device_code": "d", "user_code": "K", "interval": number, "expires_in": number}
    code = parse_device_code(data, ENTER)
    assert 1 <= code.interval <= 60
    assert 1 <= code.expires_in <= 600


@pytest.mark.parametrize("key", ["", "sk_\n", "sk_ключ", "a b", "x" * 10_000, 7.5e300, [], None])
def test_a_key_that_no_header_can_carry_is_refused(key: object) -> None:
    if isinstance(key, float):
        assert parse_grant({"access_token": key}).access_token
        return
    with pytest.raises(e.ApiBadAnswer):
        parse_grant({"access_token": key})


@pytest.mark.parametrize("key", ["sk_ключ", "sk_a\r\nX-Evil: 1", "sk a"])
async def test_a_damaged_key_is_told_and_sent_nowhere(key: str) -> None:
    async with serve(lambda _: Reply()) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiAuthError):
            await client.account.key(Secret(key))
    assert not server.received

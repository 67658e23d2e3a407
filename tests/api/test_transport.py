from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from studio.api import errors as e
from studio.api.client import ApiClient
from studio.api.retry import ONCE_ONLY, READ
from studio.api.transport import Call, TimeLimits, Transport, build_client
from studio.core.errors import StudioError
from studio.core.secrets import Secret
from studio.domain.service import RetryNotice, ServiceHosts
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import KEY, client_for

PATIENT = TimeLimits(connect=5, read=5, write=5, pool=5)


def call(url: str, **more: object) -> Call:
    return Call(method="GET", url=url, **more)  # type: ignore[arg-type]


def to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"location": location})


async def test_a_key_never_follows_to_another_origin() -> None:
    async with (
        serve(lambda _: reply_json({"here": True})) as other,
        serve(lambda _: to(f"{other.url}/b")) as home,
        client_for(home.url) as client,
    ):
        answer = await client._transport.json(call(f"{home.url}/a"))
    assert answer.data == {"here": True}
    assert home.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in other.received[0].headers
    assert KEY not in f"{other.received[0]}"


async def test_a_key_follows_within_its_origin() -> None:
    def handle(request: Received) -> Reply:
        return to("/b?x=1") if request.path == "/a" else reply_json({})

    async with serve(handle) as server, client_for(server.url) as client:
        await client._transport.json(call(f"{server.url}/a"))
    assert [r.headers.get("authorization") for r in server.received] == [f"Bearer {KEY}"] * 2
    assert server.received[1].target == "/b?x=1"


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [
        (301, "GET", b""),
        (302, "GET", b""),
        (303, "GET", b""),
        (307, "POST", b'{"a":1}'),
        (308, "POST", b'{"a":1}'),
    ],
)
async def test_a_post_is_redirected_by_the_rules(status: int, method: str, body: bytes) -> None:
    def handle(request: Received) -> Reply:
        return to("/b", status) if request.path == "/a" else reply_json({})

    async with serve(handle) as server, client_for(server.url) as client:
        await client._transport.json(Call(method="POST", url=f"{server.url}/a", json={"a": 1}))
    assert (server.received[1].method, server.received[1].body) == (method, body)


@pytest.mark.parametrize("location", ["/a", "ftp://x/", "http://[", "file:///etc/passwd"])
async def test_bad_redirects_are_told(location: str) -> None:
    async with serve(lambda _: to(location)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await client._transport.json(call(f"{server.url}/a"))
    assert len(server.received) <= 6


async def test_the_wait_and_the_reason_are_told() -> None:
    answers = iter([Reply(status=503), Reply(status=429, headers={"retry-after": "12"}), reply_json({})])
    waits: list[float] = []
    notices: list[RetryNotice] = []
    async with serve(lambda _: next(answers)) as server, client_for(server.url, waits=waits) as client:
        from studio.api.retry import GENERATION

        await client._transport.json(call(f"{server.url}/x", policy=GENERATION), notices.append)
    assert waits == [2.0, 12.0]
    assert [notice.attempt for notice in notices] == [2, 3]
    assert notices[1].delay == 12.0
    assert notices[1].reason == "Too many requests at once."


async def test_silence_is_a_timeout() -> None:
    limits = TimeLimits(connect=5, read=0.05, write=5, pool=5)
    async with serve(lambda _: Reply(stall=30)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiTimeout):
            await client._transport.json(call(f"{server.url}/x", limits=limits, policy=ONCE_ONLY))


async def test_nobody_there_is_offline() -> None:
    async with serve(lambda _: reply_json({})) as server:
        gone = server.url
    async with client_for(gone) as client:
        with pytest.raises(e.ApiOffline, match="The service on this computer cannot be reached"):
            await client._transport.json(call(f"{gone}/x"))


async def test_a_cut_answer_is_interrupted() -> None:
    async with serve(lambda _: Reply(body=b'{"a": 1}', cut=3)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiInterrupted):
            await client._transport.json(call(f"{server.url}/x", policy=ONCE_ONLY))


async def test_a_server_that_hangs_up_is_interrupted() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, client_for(url) as client:
        with pytest.raises(e.ApiInterrupted):
            await client._transport.json(call(url, policy=ONCE_ONLY))


async def test_a_sign_in_page_of_a_network_is_recognised() -> None:
    page = Reply(headers={"content-type": "text/html"}, body=b"<html><title>Hotel</title></html>")
    async with serve(lambda _: page) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer, match="sign-in page"):
            await client._transport.json(call(f"{server.url}/x"))


async def test_a_damaged_packing_is_told() -> None:
    reply = Reply(headers={"content-encoding": "gzip"}, body=b"not gzip")
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await client._transport.json(call(f"{server.url}/x"))


async def test_calls_without_a_key_and_with_another_one() -> None:
    async with serve(lambda _: reply_json({})) as server, client_for(server.url) as client:
        await client._transport.json(call(f"{server.url}/x", key=False))
        await client._transport.json(call(f"{server.url}/x", secret=Secret("sk_other_key")))
    assert [r.headers.get("authorization") for r in server.received] == [None, "Bearer sk_other_key"]


async def test_keys_and_prompts_stay_out_of_the_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(lambda _: Reply(status=503)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiUnavailable):
            await client._transport.json(call(f"{server.url}/image/secret%20wish?key={KEY}"))
    assert KEY not in caplog.text
    assert "wish" not in caplog.text


async def test_proxies_are_never_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serve(lambda _: reply_json({"ok": 1})) as server, client_for(server.url) as client:
        assert (await client._transport.json(call(f"{server.url}/x"))).data == {"ok": 1}
        other = server.url.replace("127.0.0.1", "localhost")
        assert (await client._transport.json(call(f"{other}/x"))).data == {"ok": 1}


async def test_other_addresses_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: reply_json({"proxied": True})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client_for("http://service.invalid") as client:
            answer = await client._transport.json(call("http://service.invalid/x", key=False))
    assert answer.data == {"proxied": True}
    assert proxy.received[0].target == "http://service.invalid/x"


@pytest.mark.parametrize("proxy", ["nonsense://x", "::::"])
async def test_broken_proxy_settings_are_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    async with client_for("https://service.invalid") as client:
        with pytest.raises(StudioError, match="network settings"):
            await client.warm_up()


async def test_a_missing_certificate_file_does_not_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    await build_client("x", http2=True).aclose()


async def test_calls_run_side_by_side_over_few_connections() -> None:
    async with serve(lambda r: reply_json(r.path)) as server, client_for(server.url) as client:
        calls = [client._transport.json(call(f"{server.url}/{n}", policy=READ)) for n in range(30)]
        answers = await asyncio.gather(*calls)
    assert [answer.data for answer in answers] == [f"/{n}" for n in range(30)]


async def test_a_cancelled_call_leaves_the_client_usable() -> None:
    async def slow(request: Received) -> Reply:
        if request.path == "/slow":
            await asyncio.sleep(30)
        return reply_json({})

    async with serve(slow) as server, client_for(server.url) as client:
        task = asyncio.create_task(client._transport.json(call(f"{server.url}/slow")))
        while not server.received:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client._transport.json(call(f"{server.url}/x"))).data == {}


async def test_after_closing_nothing_is_sent() -> None:
    client = ApiClient(ServiceHosts(), lambda: None, user_agent="x")
    await client.close()
    with pytest.raises(e.ApiClosed):
        await client.warm_up()


async def test_text_that_cannot_be_encoded_is_told_before_sending() -> None:
    transport = Transport(lambda: None, user_agent="x", http2=False)
    with pytest.raises(StudioError, match="damaged"):
        await transport.json(Call(method="POST", url="http://127.0.0.1:9/", json={"a": "\ud800"}))
    await transport.close()

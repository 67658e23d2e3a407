"""The attacks of the sign-in checklist against the running listener, over real sockets. After each, the
honest sign-in must still succeed. Names carry the numbers of the points in docs/sign-in.md; `pytest -s`
prints the figures of each. The points that are no requests to the listener are in test_sign_in_checklist.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.api.errors import ApiSignInError
from studio.core.secrets import Secret
from studio.domain.service import AuthorizeLink
from studio.services import sign_in_page
from studio.services.loopback_http import HEAD_BYTES, RefusedRequestError, read_head
from studio.services.sign_in_listener import BAD_ANSWERS, SignInListener, Stage
from studio.services.tasks import TaskSupervisor

STATE = "s" * 43
KEY = "sk_" + "a" * 40


class Rig:
    """A listener that awaits an answer, and a hand to send it bytes."""

    def __init__(self, listener: SignInListener, proxies: list[None] | None = None) -> None:
        self.listener = listener
        self.proxies = [] if proxies is None else proxies
        parts = urlsplit(listener.redirect_uri)
        self.host, self.path, self.port = parts.netloc, parts.path, parts.port or 0
        self.sent = 0
        self.honest_ones = 0

    async def raw(self, data: bytes) -> bytes:
        """The whole answer; b"" when the connection was cut or refused."""
        self.sent += 1
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return b""
        try:
            writer.write(data)
            await writer.drain()
            return await reader.read()
        except OSError:
            return b""
        finally:
            writer.close()

    async def ask(
        self, method: str = "GET", target: str = "", body: bytes = b"", **headers: str | None
    ) -> int:
        """The status of an answer; a header given as None is left out, `sec_fetch_mode` is Sec-Fetch-Mode."""
        said: dict[str, str | None] = {"Host": self.host}
        if method == "POST":
            said |= {
                "Origin": f"http://{self.host}", "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }  # fmt: skip
        said |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value is not None)
        reply = await self.raw(f"{method} {target or self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        return int(reply.split(b" ", 2)[1]) if reply else 0

    async def post(self, data: object, **headers: str | None) -> int:
        return await self.ask("POST", body=json.dumps(data).encode(), **headers)

    async def honest(self) -> str:
        """What a browser does; gives the key that the program got."""
        assert await self.ask(sec_fetch_mode="navigate", sec_fetch_dest="document") == 200
        assert await self.post({"api_key": KEY, "state": STATE}, sec_fetch_site="same-origin") == 200
        self.sent -= 2
        self.honest_ones += 1
        return (await self.listener.wait()).reveal()

    def tell(self) -> None:
        """The figures, for `pytest -s`."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[2].partition(" (")[0]
        came = self.listener.stage is Stage.RECEIVED and not self.honest_ones
        print(
            f"\n{test}: {self.sent} requests, {self.listener.turned.requests} turned away, "
            f"{self.listener.turned.answers} wrong answers, {int(came)} let in by its own secret; "
            f"honest sign-in afterwards: {'succeeded' if self.honest_ones else 'not part of it'}"
        )


@asynccontextmanager
async def rig(*, flow: str = "fragment", registered: bool = False, life: float = 20) -> AsyncIterator[Rig]:
    tasks = TaskSupervisor()
    try:
        proxies: list[None] = []
        async with SignInListener(
            tasks, registered=registered, life=life, on_proxy=lambda: proxies.append(None)
        ) as listener:
            listener.expect(
                AuthorizeLink(url="x", redirect_uri=listener.redirect_uri, state=STATE, flow=flow)
            )
            r = Rig(listener, proxies)
            yield r
            r.tell()
    finally:
        await tasks.shutdown()


def own_addresses() -> list[str]:
    """Addresses of this machine that others could reach."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(address for address in found if not address.startswith("127."))


async def test_the_honest_sign_in() -> None:
    async with rig() as r:
        assert await r.honest() == KEY
        assert r.listener.turned.requests == 0


async def test_1_only_this_machine_reaches_it() -> None:
    async with rig() as r:
        assert urlsplit(r.listener.redirect_uri).hostname == "127.0.0.1"
        for address in [*own_addresses(), "127.0.0.2"]:
            with pytest.raises(OSError):
                await asyncio.open_connection(address, r.port)
        assert await r.honest() == KEY


async def test_2_many_starts_at_once_never_meet() -> None:
    tasks = TaskSupervisor()

    async def start() -> str:
        async with SignInListener(tasks) as listener:
            await asyncio.sleep(0)
            return listener.redirect_uri

    addresses = [uri for _ in range(10) for uri in await asyncio.gather(*(start() for _ in range(100)))]
    assert len(set(addresses)) == 1000


async def test_3_nobody_else_listens_on_the_same_port() -> None:
    async with rig() as r:
        for options in ((), (socket.SO_REUSEADDR,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
            with socket.socket() as second:
                for option in options:
                    second.setsockopt(socket.SOL_SOCKET, option, 1)
                with pytest.raises(OSError):
                    second.bind(("127.0.0.1", r.port))
                    second.listen()
        assert await r.honest() == KEY


@pytest.mark.parametrize("state", [None, "", "t" * 43, STATE[:-1], STATE + "s", "\ud800", STATE.upper()])
async def test_4_an_answer_without_the_state_is_nobodys(state: str | None) -> None:
    async with rig(registered=True) as r:
        await r.ask()
        given = {"api_key": KEY} | ({"state": state} if state is not None else {})
        assert await r.post(given) == 403
        assert r.listener.stage is Stage.PAGE_SERVED
        assert await r.honest() == KEY


async def test_4_an_old_service_drops_the_state_and_the_path_stands_in() -> None:
    async with rig() as r:
        assert await r.ask(target="/callback") == 404
        assert len(r.path) > 50
        await r.ask()
        assert await r.post({"api_key": KEY}) == 200
        assert (await r.listener.wait()).reveal() == KEY


async def test_6_a_flood_of_stray_requests_does_not_end_it() -> None:
    async with rig() as r:
        for start in range(0, 1000, 4):
            targets = [f"/{number}" for number in range(start, start + 4)]
            assert set(await asyncio.gather(*(r.ask(target=target) for target in targets))) <= {404, 0}
        assert r.listener.stage is Stage.OPENED
        assert await r.honest() == KEY


async def test_6_twenty_wrong_answers_end_it_with_a_warning() -> None:
    async with rig() as r:
        await r.ask()
        for _ in range(BAD_ANSWERS):
            assert await r.post({"api_key": KEY, "state": "wrong"}) == 403
        with pytest.raises(ApiSignInError) as told:
            await r.listener.wait()
        assert told.value.code == "too_many_wrong"
        assert await r.ask() == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:{port}", "127.0.0.1", "127.0.0.1:{port}.", "[::1]:{port}", None,
             "127.0.0.1:1"],
)  # fmt: skip
async def test_7_only_our_own_host_is_answered(host: str | None) -> None:
    async with rig() as r:
        named = host.format(port=r.port) if host else None
        assert await r.ask(host=named) == 403
        assert await r.ask(target=f"http://{r.host}{r.path}") == 400
        assert await r.honest() == KEY


async def test_7_two_hosts_are_none() -> None:
    async with rig() as r:
        head = f"GET {r.path} HTTP/1.1\r\nHost: {r.host}\r\nHost: {r.host}\r\n\r\n"
        assert b" 400 " in await r.raw(head.encode())
        assert await r.honest() == KEY


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": None}, 403), ({"origin": "null"}, 403), ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost"}, 403), ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": "application/json;charset=utf-8"}, 415), ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)  # fmt: skip
async def test_8_only_our_own_page_may_post(headers: dict[str, str | None], status: int) -> None:
    async with rig() as r:
        await r.ask()
        assert await r.post({"api_key": KEY, "state": STATE}, **headers) == status
        assert await r.honest() == KEY


async def test_8_no_preflight_is_granted() -> None:
    async with rig() as r:
        reply = await r.raw(
            f"OPTIONS {r.path} HTTP/1.1\r\nHost: {r.host}\r\nOrigin: http://{r.host}\r\n\r\n".encode()
        )
        assert reply.startswith(b"HTTP/1.1 403")
        assert b"access-control" not in reply.lower()
        for method in ("PUT", "DELETE", "HEAD", "CONNECT", "get"):
            assert await r.ask(method) in (403, 405)
        assert await r.honest() == KEY


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_mode": "no-cors"}, {"sec_fetch_mode": "cors"}, {"sec_fetch_dest": "image"},
                {"sec_fetch_dest": "iframe"}, {"sec_fetch_dest": "script"}, {"sec_purpose": "prefetch"}],
)  # fmt: skip
async def test_9_the_page_is_only_for_a_visit(headers: dict[str, str]) -> None:
    async with rig() as r:
        assert await r.ask(**headers) == 403
        assert r.listener.stage is Stage.OPENED
        assert await r.honest() == KEY


def test_10_and_11_the_page_clears_the_address_before_it_sends() -> None:
    page = sign_in_page.RELAY.decode()
    clear, send = page.index("history.replaceState"), page.index("fetch(")
    assert page.index("location.hash") < clear < send
    assert "mode:" not in page
    assert "<form" not in page


async def test_12_the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with rig() as r:
        await r.ask()
        await r.post({"api_key": KEY, "state": "wrong"})
        await r.post({"api_key": KEY + "!", "state": STATE})
        assert await r.honest() == KEY
        assert KEY not in repr(vars(r.listener))
    assert KEY not in caplog.text
    assert KEY not in repr(Secret(KEY))


async def test_13_to_15_the_headers_of_the_page() -> None:
    async with rig() as r:
        reply = await r.raw(f"GET {r.path} HTTP/1.1\r\nHost: {r.host}\r\n\r\n".encode())
        head, _, body = reply.partition(b"\r\n\r\n")
        policy = sign_in_page.RELAY_POLICY
        assert head.decode().split("\r\n") == [
            "HTTP/1.1 200 OK", "Cache-Control: no-store", "Connection: close",
            "Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Resource-Policy: same-origin",
            "Referrer-Policy: no-referrer", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
            f"Content-Security-Policy: {policy}", "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
        assert body == sign_in_page.RELAY
        assert b"src=" not in body
        assert b"href=" not in body
        for part in (
            "default-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'none'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert await r.ask(target="/favicon.ico") == 404
        assert await r.honest() == KEY


def test_14_nothing_of_a_request_is_written_into_the_page() -> None:
    assert b"innerHTML" not in sign_in_page.RELAY
    assert b"document.write" not in sign_in_page.RELAY
    assert b"eval" not in sign_in_page.RELAY


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"[" * 4000, b'{"api_key":1}', b'{"api_key":{"a":1}}', b'{"other":"x"}',
     b'{"state":"a","state":"b"}', b'"text"', b"\xff\xfe", b'{"api_key":"x"}trailing', b'{"a":NaN}'],
)  # fmt: skip
async def test_16_only_a_plain_object_is_read(body: bytes) -> None:
    async with rig() as r:
        await r.ask()
        assert await r.ask("POST", body=body) in (400, 403)
        assert await r.honest() == KEY


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"content_length": "1000000000"}, 413), ({"content_length": "-1"}, 400),
     ({"content_length": "+5"}, 400), ({"content_length": "5, 5"}, 400),
     ({"content_length": None}, 411), ({"content_length": "0x10"}, 400),
     ({"transfer_encoding": "chunked"}, 400), ({"transfer_encoding": "identity"}, 400)],
)  # fmt: skip
async def test_16_lengths_are_plain(headers: dict[str, str | None], status: int) -> None:
    async with rig() as r:
        await r.ask()
        assert await r.ask("POST", body=b"{}", **headers) == status
        assert await r.honest() == KEY


async def test_16_large_heads_are_refused() -> None:
    async with rig() as r:
        first = f"GET {r.path} HTTP/1.1\r\nHost: {r.host}\r\n".encode()
        assert b" 431 " in await r.raw(first + b"X: " + b"a" * HEAD_BYTES + b"\r\n\r\n")
        assert b" 431 " in await r.raw(first + b"".join(b"X%d: a\r\n" % n for n in range(60)) + b"\r\n")
        assert b" 400 " in await r.raw(first + b" folded: a\r\n\r\n")
        assert b" 400 " in await r.raw(first + b"bare: a\nHost: x\r\n\r\n")
        assert await r.honest() == KEY


async def test_16_who_holds_connections_open_does_not_keep_the_browser_out() -> None:
    async with rig() as r:
        held = [await asyncio.open_connection("127.0.0.1", r.port) for _ in range(40)]
        for _reader, writer in held:
            writer.write(b"GET /")
        assert await r.honest() == KEY
        for _reader, writer in held:
            writer.close()


async def test_17_one_answer_closes_the_port() -> None:
    async with rig() as r:
        assert await r.honest() == KEY
        assert await r.post({"api_key": KEY, "state": STATE}) == 0
        assert r.listener.stage is Stage.RECEIVED


async def test_18_it_ends_by_itself() -> None:
    async with rig(life=0.05) as r:
        with pytest.raises(ApiSignInError) as told:
            await r.listener.wait()
        assert told.value.code == "too_late"
        assert await r.ask() == 0
        assert r.listener.stage is Stage.FAILED


async def test_18_a_clock_that_went_on_while_asleep_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with rig() as r:
        r.listener._ends -= 21
        assert await r.ask() == 403


@pytest.mark.parametrize(
    "key", ["", "sk_short", "sk_" + "a" * 257, KEY + " ", " " + KEY, KEY + "\n", "SK_" + "a" * 40,
            "sk_" + "ä" * 30, "Bearer " + KEY, "sk_<script>alert(1)</script>"],
)  # fmt: skip
async def test_19_what_is_no_key_is_not_taken(key: str) -> None:
    async with rig() as r:
        await r.ask()
        assert await r.post({"api_key": key, "state": STATE}) == 403
        assert await r.honest() == KEY


async def test_19_a_key_for_web_pages_is_named_as_such() -> None:
    async with rig() as r:
        await r.ask()
        assert await r.post({"api_key": "pk_" + "a" * 40, "state": STATE}) == 400
        with pytest.raises(ApiSignInError, match="web pages"):
            await r.listener.wait()


async def test_24_no_cookies() -> None:
    async with rig() as r:
        reply = await r.raw(f"GET {r.path} HTTP/1.1\r\nHost: {r.host}\r\nCookie: a=b\r\n\r\n".encode())
        assert b"set-cookie" not in reply.lower()
        assert await r.honest() == KEY


@pytest.mark.parametrize("name", ["via", "forwarded", "x_forwarded_for", "proxy_connection"])
async def test_25_a_proxy_in_between_is_refused(name: str) -> None:
    async with rig() as r:
        assert await r.ask(target="/elsewhere", **{name: "1.1 proxy"}) == 404
        assert r.proxies == []
        assert await r.ask(**{name: "1.1 proxy"}) == 403
        assert r.proxies == [None]
        assert await r.honest() == KEY


async def test_26_without_scripts_the_page_says_what_to_do() -> None:
    assert b"<noscript>" in sign_in_page.RELAY


async def test_27_the_way_back_is_a_literal_address_without_a_query() -> None:
    async with rig(registered=True) as r:
        assert r.listener.redirect_uri == f"http://127.0.0.1:{r.port}/callback"


@pytest.mark.parametrize("word", ["access_denied", "server_error", "<script>"])
async def test_30_a_refusal_behind_the_hash(word: str) -> None:
    async with rig() as r:
        await r.ask()
        assert await r.post({"error": word, "state": "wrong"}) == 403
        assert await r.post({"error": word, "state": STATE}) == 200
        with pytest.raises(ApiSignInError) as told:
            await r.listener.wait()
        assert told.value.code == ("access_denied" if word == "access_denied" else "failed")
        assert "<" not in f"{told.value.title}{told.value.detail}"


@pytest.mark.parametrize("flow", ["fragment", "code"])
async def test_30_a_refusal_in_the_query(flow: str) -> None:
    async with rig(flow=flow, registered=True) as r:
        assert await r.ask(target=f"{r.path}?error=access_denied&state=wrong") == 403
        assert await r.ask(target=f"{r.path}?error=access_denied&state={STATE}") == 200
        with pytest.raises(ApiSignInError, match="declined"):
            await r.listener.wait()


async def test_31_a_code_comes_with_its_state_and_once() -> None:
    async with rig(flow="code", registered=True) as r:
        assert await r.ask(target=f"{r.path}?code=c0dec0dec0de") == 403
        assert await r.ask(target=f"{r.path}?code=c0dec0dec0de&state=wrong") == 403
        assert await r.ask(target=f"{r.path}?code=a1b2c3d4&code=c0dec0dec0de&state={STATE}") == 400
        assert await r.post({"api_key": KEY, "state": STATE}) == 403
        assert await r.ask(target=f"{r.path}?code=c0dec0dec0de&state={STATE}") == 200
        assert (await r.listener.wait()).reveal() == "c0dec0dec0de"
        assert await r.ask(target=f"{r.path}?code=c0dec0dec0de&state={STATE}") == 0


async def test_an_answer_before_the_page_was_served_is_refused() -> None:
    async with rig() as r:
        assert await r.post({"api_key": KEY, "state": STATE}) == 403
        assert await r.honest() == KEY


async def test_a_request_before_the_browser_was_opened_is_refused() -> None:
    tasks = TaskSupervisor()
    async with SignInListener(tasks) as listener:
        r = Rig(listener)
        assert await r.ask() == 403
        assert listener.stage is Stage.LISTENING
    await tasks.shutdown()


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    async def read() -> None:
        reader = asyncio.StreamReader(limit=HEAD_BYTES)
        reader.feed_data(b"GET /x HTTP/1.1\r\n" + data + b"\r\n\r\n")
        reader.feed_eof()
        try:
            request = await read_head(reader)
        except (RefusedRequestError, asyncio.IncompleteReadError):
            return
        assert request.path == "/x"
        assert all("\n" not in value and "\r" not in value for value in request.headers.values())

    asyncio.run(read())


async def test_1_to_19_a_thousand_bad_requests_of_all_kinds_let_nothing_in() -> None:
    """Mixed as they come, many at once, beside a browser that is on its way."""
    bad: list[tuple[str, dict[str, str | None]]] = [
        ("GET", {"host": "evil.example"}), ("GET", {"host": None}), ("GET", {"sec_fetch_mode": "no-cors"}),
        ("GET", {"sec_fetch_dest": "iframe"}), ("GET", {"via": "1.1 proxy"}), ("OPTIONS", {}), ("PUT", {}),
        ("POST", {"origin": None}), ("POST", {"origin": "null"}), ("POST", {"origin": "https://evil.example"}),
        ("POST", {"content_type": "text/plain"}), ("POST", {"sec_fetch_site": "cross-site"}),
        ("POST", {"content_length": "99999999"}), ("POST", {"transfer_encoding": "chunked"}),
        ("POST", {"content_length": None}), ("GET", {"x_long": "a" * HEAD_BYTES}),
    ]  # fmt: skip
    body = json.dumps({"api_key": "sk_" + "e" * 40, "state": "x" * 43}).encode()
    async with rig(registered=True) as r:

        async def attack(number: int) -> int:
            method, headers = bad[number % len(bad)]
            return await r.ask(method, body=body if method == "POST" else b"", **headers)

        seen: dict[int, int] = {}
        for start in range(0, 1000, 4):
            for status in await asyncio.gather(*(attack(number) for number in range(start, start + 4))):
                seen[status] = seen.get(status, 0) + 1
        assert 200 not in seen
        assert sum(seen.values()) == 1000
        assert r.listener.stage is Stage.OPENED
        print(f"\nstatuses, 0 is cut off: {dict(sorted(seen.items()))}")
        assert await r.honest() == KEY

"""The points of the sign-in checklist that are no requests to the listener; numbers as in docs/sign-in.md.

Points 5 and 20 are in tests/shell/test_identity_sheet.py, 8 to 14 in a real browser and 12 and 21 in a search
of every file in tests/end_to_end, 22 in tests/core and tests/end_to_end/test_keyring.py.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from studio.api.errors import ApiBadAnswer, ApiSignInError
from studio.api.sign_in import LONGEST_CODE_SECONDS, challenge
from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.domain.service import DeviceCode, ServiceHosts
from studio.sandbox.account import APP_KEY
from studio.sandbox.routes import sign_in as sandbox_sign_in
from studio.sandbox.server import SandboxServer
from studio.services import sign_in_listener
from studio.services.account import AccountService, KeySource
from studio.services.browser_sign_in import APP_KEY as BUILT_IN
from studio.services.browser_sign_in import BrowserSignIn, Step, Wishes
from studio.services.keys import SCOPE
from studio.services.tasks import TaskSupervisor
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for
from tests.services.studio import addresses, opened
from tests.services.test_sign_in_listener import KEY, rig

STUDIO = Path(sign_in_listener.__file__).parents[1]


async def test_16_who_sends_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_listener, "CONNECTION_SECONDS", 0.2)
    async with rig() as r:
        await r.ask()
        head = (
            f"POST {r.path} HTTP/1.1\r\nHost: {r.host}\r\nOrigin: http://{r.host}\r\n"
            "Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n{"
        )
        for beginning in ("GET / HTTP/1.1\r\nX: ", head):
            start = time.monotonic()
            assert await r.raw(beginning.encode()) == b""
            assert time.monotonic() - start < 5
        assert await r.honest() == KEY


async def test_18_giving_up_and_a_second_attempt_leave_no_port_open(tmp_path: Path) -> None:
    """Each attempt has a port of its own, and the one before is closed by then."""
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            ports: list[int] = []
            pages: asyncio.Queue[str] = asyncio.Queue()
            loop = asyncio.get_running_loop()
            for _ in range(3):
                async with services.session.client_for(None) as client:
                    attempt = BrowserSignIn(
                        client, services.tasks, app_key="", tell=lambda _step, _page: None,
                        open_url=lambda url: loop.call_soon_threadsafe(pages.put_nowait, url),
                    )  # fmt: skip
                    waiting = services.tasks.spawn(attempt.run(Wishes()), name="attempt", owner=services)
                    asked = dict(parse_qsl(urlsplit(await pages.get()).query))
                    ports.append(urlsplit(asked["redirect_uri"]).port or 0)
                    waiting.cancel()
                    await asyncio.wait([waiting])
                with pytest.raises(OSError):
                    await asyncio.open_connection("127.0.0.1", ports[-1])


def test_21_a_key_is_written_read_back_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that accepts and forgets, or returns something else, is no store."""
    kept: dict[str, str] = {}

    class Backend:
        def __init__(self, change: str) -> None:
            self.change = change

        def set_password(self, _service: str, account: str, value: str) -> None:
            kept[account] = value

        def get_password(self, _service: str, account: str) -> str | None:
            return None if self.change == "forgets" else kept[account] + self.change

    store = KeyringStore()
    for change, works in (("", True), ("forgets", False), ("x", False)):
        monkeypatch.setattr(store, "_backend", lambda change=change: Backend(change))
        if works:
            store.set("ada", Secret(KEY))
        else:
            with pytest.raises(Exception, match="did not keep"):
                store.set("ada", Secret(KEY))


def test_27_the_service_is_https_and_nothing_names_another_way_back(tmp_path: Path) -> None:
    """The addresses are constants; the documented variables that lead elsewhere are the user's own."""
    hosts = ServiceHosts.from_environment({})
    assert hosts.enter == "https://enter.pollinations.ai"
    assert BUILT_IN == ""
    for address in ("javascript:alert(1)", "//evil.example", "enter.evil.example", "file:///etc/passwd"):
        with pytest.raises(Exception, match="not a web address"):
            ServiceHosts.from_environment({"POLLINATIONS_ENTER_URL": address})


NASTY = "pk_a'b\"c;$(touch x)|`id`&& <>\n%s"


async def test_28_what_opens_the_browser_gets_one_argument(tmp_path: Path) -> None:
    """A link made of hostile values has nothing in it that a shell would read, and arrives whole."""
    recorder = tmp_path / "browser"
    recorder.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(tmp_path / 'argv')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
    )
    recorder.chmod(0o755)
    with SandboxServer(speed=0) as server:
        async with (
            opened(tmp_path / "p", addresses(server)) as studio,
            studio.services.session.client_for(None) as client,
        ):
            link = client.sign_in.fragment_link(
                "http://127.0.0.1:1/x/callback", client_id=NASTY, scope=(NASTY,), models=(NASTY,)
            )
    assert not set(link.url) & set(" '\"`$;|<>()\\\n{}")
    script = f"import webbrowser; assert webbrowser.open({link.url!r})"
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], check=True, cwd=tmp_path,
        env={"BROWSER": str(recorder), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert json.loads((tmp_path / "argv").read_text()) == [link.url]
    assert not (tmp_path / "x").exists()
    assert dict(parse_qsl(urlsplit(link.url).query))["client_id"] == NASTY


def test_28_and_29_no_shell_and_no_embedded_browser_anywhere() -> None:
    """RFC 8252 8.12: the program never shows the service's page itself, so it never sees the password."""
    found: list[str] = []
    for path in STUDIO.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [f"{path}: {name}" for name in names if "WebEngine" in name or "WebView" in name]
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append(f"{path}:{node.value.lineno}: shell=")
            if isinstance(node, ast.Attribute) and node.attr in ("system", "popen") and isinstance(
                node.value, ast.Name
            ) and node.value.id == "os":  # fmt: skip
                found.append(f"{path}:{node.lineno}: os.{node.attr}")
    assert found == []


@pytest.mark.parametrize(
    ("grant", "error"),
    [({"access_token": "sk_" + "a" * 30, "token_type": "mac"}, "kind of key"),
     ({"token_type": "bearer"}, "no key"),
     ({"access_token": "pk_" + "a" * 30, "token_type": "bearer"}, "cannot use"),
     ({"access_token": "sk_a\r\nX: y", "token_type": "bearer"}, "no key")],
)  # fmt: skip
async def test_31_what_the_code_is_exchanged_for_is_checked(grant: dict[str, str], error: str) -> None:
    """And the code goes out once, as a form, with the same way back and the verifier of this attempt."""
    pages: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    tasks = TaskSupervisor()

    def handle(request: Received) -> Reply:
        offered = {
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
        }
        return reply_json(grant if request.method == "POST" else offered)

    async with serve(handle) as server, client_for(server.url, key=None) as client:
        attempt = BrowserSignIn(
            client, tasks, app_key=APP_KEY, tell=lambda _step, _page: None,
            open_url=lambda url: loop.call_soon_threadsafe(pages.put_nowait, url),
        )  # fmt: skip
        waiting = tasks.spawn(attempt.run(Wishes()), name="attempt", owner=server)
        asked = dict(parse_qsl(urlsplit(await pages.get()).query))
        back = urlsplit(asked["redirect_uri"])
        reader, writer = await asyncio.open_connection(back.hostname, back.port)
        target = f"{back.path}?code=c0dec0dec0de&state={asked['state']}"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {back.netloc}\r\n\r\n".encode())
        await reader.read()
        writer.close()
        with pytest.raises((ApiSignInError, ApiBadAnswer), match=error):
            await waiting
        (sent,) = [request for request in server.received if request.method == "POST"]
    await tasks.shutdown()
    form = dict(parse_qsl(sent.body.decode()))
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (form["code"], form["redirect_uri"]) == ("c0dec0dec0de", asked["redirect_uri"])
    assert challenge(Secret(form["code_verifier"])) == asked["code_challenge"]
    assert 43 <= len(form["code_verifier"]) <= 128


@pytest.mark.parametrize("status", [307, 308])
async def test_31_and_32_a_redirect_elsewhere_gets_no_code(status: int) -> None:
    """307 and 308 repeat the body, which holds the device code, or the code and its verifier."""
    async with serve(lambda _request: reply_json({})) as elsewhere:

        def handle(request: Received) -> Reply:
            return Reply(status=status, headers={"location": f"{elsewhere.url}{request.target}"})

        async with serve(handle) as server, client_for(server.url, key=None) as client:
            link = client.sign_in.code_link("http://127.0.0.1:1/callback", APP_KEY)
            code = DeviceCode(
                device_code=Secret("d" * 40), user_code="A", verification_uri="", verification_uri_complete=""
            )
            for attempt in (
                client.sign_in.exchange_code(link, "c0dec0dec0de"), client.sign_in.poll_device(code),
                client.sign_in.device_code(),
            ):  # fmt: skip
                with pytest.raises(ApiBadAnswer, match="another address"):
                    await attempt
        assert elsewhere.received == []


async def test_32_a_code_is_asked_for_slowly_and_not_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No faster than the service says, and never longer than ten minutes."""
    assert LONGEST_CODE_SECONDS == 600
    monkeypatch.setattr(sandbox_sign_in, "POLL_SECONDS", 1)
    times: list[float] = []
    with SandboxServer(speed=0) as server:
        async with (
            opened(tmp_path, addresses(server)) as studio,
            studio.services.session.client_for(None) as client,
        ):
            poll = client.sign_in.poll_device

            async def watched(code: object) -> object:
                times.append(time.monotonic())
                return await poll(code)  # type: ignore[arg-type]

            monkeypatch.setattr(client.sign_in, "poll_device", watched)
            waiting = studio.services.tasks.spawn(
                studio.services.account.sign_in_with_code(client, lambda _code: None),
                name="code",
                owner=studio,
            )
            async with asyncio.timeout(20):
                while len(times) < 3:
                    await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])
    gaps = [later - earlier for earlier, later in pairwise(times)]
    print(f"\nasked {len(times)} times, {min(gaps):.2f} s apart at least")
    assert min(gaps) >= 0.99


async def test_33_signing_out_forgets_the_key_everywhere(tmp_path: Path) -> None:
    """Memory, store, and the client: a request afterwards goes without it."""
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "ada")
            await services.session.use_cloud("ada")
            await services.account.sign_out()
            assert services.account.current_key() is None
            assert services.account._in_memory is None
            assert server.key not in repr(vars(services.account))
            assert not services.account.use_given()
            await services.session.browse_offline()
            assert not services.session.connected


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can act as somebody else")
async def test_34_another_user_of_the_machine_reaches_the_port_and_nothing_more() -> None:
    """Loopback is everybody's: the secrets of the attempt are what keeps others out."""
    foreign = json.dumps({"api_key": "sk_" + "e" * 40, "state": "guessed"})
    async with rig(registered=True) as r:
        await r.ask()
        post = (
            f"POST {r.path} HTTP/1.1\r\nHost: {r.host}\r\nOrigin: http://{r.host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(foreign)}\r\n\r\n{foreign}"
        )
        tried = {"/": 404, f"{r.path}x": 404, "post": 403}
        answers: dict[str, int] = {}
        for target in tried:
            request = post if target == "post" else f"GET {target} HTTP/1.1\r\nHost: {r.host}\r\n\r\n"
            done = await asyncio.to_thread(
                subprocess.run,
                ["bash", "-c", 'exec 3<>"/dev/tcp/127.0.0.1/$0"; printf %s "$1" >&3; id -un; cat <&3',
                 str(r.port), request],
                capture_output=True, text=True, user="nobody", check=False, cwd="/",
            )  # fmt: skip
            who, _, answer = done.stdout.partition("\n")
            assert who == "nobody", done.stderr
            answers[target] = int(answer.split()[1])
        print(f"\nanother user's requests were answered {list(answers.values())}")
        assert answers == tried
        assert await r.honest() == KEY


def test_35_what_a_stolen_key_could_do_is_little() -> None:
    """Other programs of the same user cannot be kept out; what they could take is limited."""
    wishes = Wishes()
    assert wishes.budget <= 5
    assert wishes.days <= 7
    assert SCOPE not in wishes.scope
    assert set(wishes.scope) == {"profile", "usage"}


def test_12_and_33_a_secret_is_never_printed() -> None:
    account = AccountService(KeyringStore())
    account.use(Secret(KEY), KeySource.MEMORY, "ada")
    assert KEY not in f"{account.state!r} {account.current_key()!s} {account.current_key()!r}"
    assert KEY not in repr(vars(account))


def test_steps_are_told_apart() -> None:
    assert [step.value for step in Step] == ["starting", "waiting", "exchanging", "proxied"]

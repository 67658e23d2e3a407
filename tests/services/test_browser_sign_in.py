from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from studio.api.errors import ApiSignInError
from studio.sandbox.account import APP_KEY
from studio.sandbox.server import SandboxServer
from studio.services.browser_sign_in import BrowserSignIn, NoBrowserError, Step, Wishes, app_key_of
from tests.services.studio import addresses, opened


@pytest.mark.parametrize(
    ("given", "used"),
    [(None, ""), ("", ""), ("pk_someApp123", "pk_someApp123"), (" pk_someApp123\n", "pk_someApp123"),
     ("sk_notAnAppKey", ""), ("pk_", ""), ("pk_a b", ""), ("pk_x&state=y", "")],
)  # fmt: skip
def test_only_an_app_key_is_one(given: str | None, used: str) -> None:
    assert app_key_of(given) == used


@pytest.mark.parametrize(("era", "flow"), [("seed", "token"), ("current", "code")])
async def test_codes_are_asked_for_only_where_they_are_offered(tmp_path: Path, era: str, flow: str) -> None:
    """Budget, expiry and permissions are in the address in both spellings; nothing secret is, and there is no
    way to send the answer elsewhere."""
    told: list[tuple[Step, str]] = []
    with SandboxServer(speed=0, era=era) as server:  # type: ignore[arg-type]
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            async with services.session.client_for(None) as client:
                attempt = BrowserSignIn(
                    client, services.tasks, app_key=APP_KEY, open_url=lambda _url: False,
                    tell=lambda step, page: told.append((step, page)),
                )  # fmt: skip
                with pytest.raises(NoBrowserError):
                    await attempt.run(Wishes(scope=("profile",), budget=1.0, days=30))
        steps, page = [step for step, _page in told], told[-1][1]
        assert steps == [Step.STARTING, Step.WAITING]
        assert page.startswith(f"{server.enter_url}/authorize?")
    asked = dict(parse_qsl(urlsplit(page).query))
    back = urlsplit(asked["redirect_uri"])
    assert (back.hostname, back.path, back.query) == ("127.0.0.1", "/callback", "")
    assert (asked["budget"], asked["expiry"], asked["scope"]) == ("1", "30", "profile")
    assert asked["client_id"] == APP_KEY
    assert ("code_challenge" in asked) is (flow == "code")
    if flow == "token":
        assert asked["redirect_url"] == asked["redirect_uri"]
        assert (asked["permissions"], asked["app_key"]) == ("profile", APP_KEY)
    assert not {"next", "code_verifier", "api_key"} & set(asked)


async def test_an_attempt_that_is_given_up_closes_its_port(tmp_path: Path) -> None:
    pages: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            async with services.session.client_for(None) as client:
                attempt = BrowserSignIn(
                    client, services.tasks, app_key="", tell=lambda _step, _page: None,
                    open_url=lambda url: loop.call_soon_threadsafe(pages.put_nowait, url),
                )  # fmt: skip
                waiting = services.tasks.spawn(attempt.run(Wishes()), name="attempt", owner=services)
                back = urlsplit(dict(parse_qsl(urlsplit(await pages.get()).query))["redirect_uri"])
                waiting.cancel()
                await asyncio.wait([waiting])
                with pytest.raises(OSError):
                    await asyncio.open_connection(back.hostname, back.port)


async def test_a_made_up_code_is_refused_by_the_service(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with (
            opened(tmp_path, addresses(server)) as studio,
            studio.services.session.client_for(None) as client,
        ):
            link = client.sign_in.code_link("http://127.0.0.1:1/callback", APP_KEY)
            with pytest.raises(ApiSignInError):
                await client.sign_in.exchange_code(link, "madeUpCode123")

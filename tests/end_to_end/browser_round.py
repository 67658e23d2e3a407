"""The whole sign-in by a real Chromium, inside a session bus of its own. Prints one JSON line.

python browser_round.py PROFILE fragment|code|device|denied|forged
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from studio.api.errors import ApiSignInError
from studio.core.secrets import Secret
from studio.sandbox.account import APP_KEY
from studio.sandbox.routes import sign_in as sandbox_sign_in
from studio.sandbox.server import SandboxServer
from studio.services.browser_sign_in import BrowserSignIn, Step, Wishes
from studio.services.context import Services
from tests.end_to_end.browser import Browser, chromium
from tests.services.studio import addresses, opened

FORGED = "sk_" + "f" * 40
SHOWN = (
    "document.querySelector('h1') && document.title === 'Nectary' && document.querySelector('h1').textContent"
)


async def by_browser(services: Services, browser: Browser, errand: str) -> tuple[Secret, dict[str, object]]:
    """Sign in with the listener; the key, and what the browser showed in the end."""
    pages: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with services.session.client_for(None) as client:
        attempt = BrowserSignIn(
            client, services.tasks, app_key=APP_KEY if errand == "code" else "",
            open_url=lambda url: loop.call_soon_threadsafe(pages.put_nowait, url), tell=lambda _s, _p: None,
        )  # fmt: skip
        waiting = services.tasks.spawn(attempt.run(Wishes()), name=Step.WAITING, owner=services)
        await browser.open(await pages.get())
        if errand == "forged":
            await forge(services, browser)
        await browser.decide("deny" if errand == "denied" else "approve")
        await browser.until(f"{SHOWN} !== 'One moment' && {SHOWN}")
        shown: dict[str, object] = {"said": await browser.evaluate(SHOWN)}
        shown["path"] = urlsplit(str(await browser.evaluate("location.href"))).path
        shown["clean"] = await browser.evaluate("location.hash + location.search") == ""
        return await waiting, shown


async def forge(services: Services, browser: Browser) -> None:
    """Before the user decides, the same browser carries somebody else's key with a made-up state."""
    asked = str(await browser.until("new URLSearchParams(location.search).get('redirect_uri')"))
    consent = str(await browser.evaluate("location.href"))
    await browser.open(f"{asked}#api_key={FORGED}&state=madeUp")
    await browser.until(f"{SHOWN} === 'This did not work'")
    await browser.open(consent)


async def by_code(services: Services, browser: Browser) -> tuple[Secret, dict[str, object]]:
    pages: asyncio.Queue[str] = asyncio.Queue()
    async with services.session.client_for(None) as client:
        waiting = services.tasks.spawn(
            services.account.sign_in_with_code(
                client, lambda code: pages.put_nowait(code.verification_uri_complete)
            ),
            name="device", owner=services,
        )  # fmt: skip
        await browser.open(await pages.get())
        await browser.decide("approve")
        return await waiting, {}


async def main(profile: Path, errand: str) -> dict[str, object]:
    sandbox_sign_in.POLL_SECONDS = 1
    with SandboxServer(speed=0) as server:
        async with (
            opened(profile, addresses(server)) as studio,
            chromium(profile.parent / "browser") as browser,
        ):
            services = studio.services
            try:
                if errand == "device":
                    key, told = await by_code(services, browser)
                else:
                    key, told = await by_browser(services, browser, errand)
            except ApiSignInError as error:
                return {"refused": error.code, "key": services.account.current_key() is not None}
            await services.account.keep(key, "default")
            await services.session.use_cloud("default")
        text = key.reveal().encode()
        async with opened(profile, addresses(server)) as studio:
            await studio.services.session.use_cloud("default")
            told["kept"] = studio.services.account.current_key() == key
        told["forged"] = key.reveal() == FORGED
        told["on_disk"] = [
            str(path.relative_to(profile)) for path in profile.rglob("*")
            if path.is_file() and text in path.read_bytes()
        ]  # fmt: skip
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))), flush=True)

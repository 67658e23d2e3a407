"""The whole program with its window signs in by a real Chromium, inside a session bus of its own. Prints one
JSON line.

    python window_round.py PROFILE fragment|code|device

The user declines first and starts again; then a foreign key or code comes with a made-up state (not in the
device flow, where nothing comes back), and then the user agrees.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtWidgets import QAbstractButton

from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.sandbox.account import APP_KEY
from studio.sandbox.routes import sign_in as sandbox_sign_in
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.shell.browser_sheet import BrowserSheet
from studio.shell.code_sheet import CodeSheet
from studio.shell.main_window import MainWindow
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import Avatar
from studio.ui.widgets.text import KeyValueGrid
from tests.end_to_end.browser import Browser, chromium
from tests.end_to_end.errand import start

FORGED = "sk_" + "f" * 40
SHOWN = (
    "document.querySelector('h1') && document.title === 'Nectary' && document.querySelector('h1').textContent"
)


class Handed:
    """The page that the program handed to the system's browser, by way of the BROWSER variable."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "handed"
        script = folder / "browser.sh"
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > "{self.file}.new" && mv "{self.file}.new" "{self.file}"\n'
        )
        script.chmod(0o755)
        os.environ["BROWSER"] = str(script)

    async def page(self) -> str:
        await found(self.file.exists)
        page = self.file.read_text().strip()
        self.file.unlink()
        return page


async def follow(browser: Browser, page: str, what: str, *, comes_back: bool) -> dict[str, Any]:
    """What the user does in the browser, and what is shown in the end."""
    await browser.open(page)
    if what == "forge":
        asked = str(await browser.until("new URLSearchParams(location.search).get('redirect_uri')"))
        by_code = await browser.evaluate(
            "new URLSearchParams(location.search).get('response_type') === 'code'"
        )
        foreign = "?code=f0f0f0f0f0f0&state=madeUp" if by_code else f"#api_key={FORGED}&state=madeUp"
        await browser.open(asked + foreign)
        # A wrong code gets a bare 403; a wrong key is told by the page that found it.
        await browser.until(f"location.href.startsWith({asked!r}) || {SHOWN} === 'This did not work'")
        await browser.open(page)
    await browser.decide("deny" if what == "deny" else "approve")
    if not comes_back:
        await browser.until("document.readyState === 'complete' && !document.querySelector('button[value]')")
        return {}
    said = await browser.until(f"{SHOWN} !== 'One moment' && {SHOWN}")
    address = str(await browser.evaluate("location.href"))
    return {"said": said, "path": urlsplit(address).path, "clean": "#" not in address and "?" not in address}


def browse(folder: Path, page: str, what: str, *, comes_back: bool) -> dict[str, Any]:
    """In a thread: a loop of its own, because the window's cannot start processes."""

    async def run() -> dict[str, Any]:
        async with chromium(folder) as browser:
            return await follow(browser, page, what, comes_back=comes_back)

    return asyncio.run(run())


async def found(look: Any) -> Any:
    """What `look` gives once it gives something."""
    async with asyncio.timeout(30):
        while not (value := look()):
            await asyncio.sleep(0.02)
    return value


def button(window: MainWindow, text: str) -> Button | None:
    """A button of an open sheet."""
    sheets = [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]
    return next(
        (b for s in sheets for b in s.findChildren(Button) if b.text() == text and b.isEnabled()), None
    )


def errand(folder: Path, flow: str, handed: Handed, told: dict[str, Any]) -> Any:
    async def decline(window: MainWindow, services: Services) -> Any:
        """Press Sign in and say no in the browser; gives the sheet, which says so calmly."""
        begin = await found(lambda: window.findChild(QAbstractButton, "sign_in"))
        begin.click()
        sheet = await found(lambda: window.findChild(BrowserSheet))
        if flow == "device":
            (await found(lambda: button(window, "Use a code"))).click()
            sheet = await found(lambda: window.findChild(CodeSheet))
            await found(sheet.go.isEnabled)
        sheet.go.click()
        told["denied"] = await in_browser("deny")
        again = await found(lambda: button(window, "Start again"))
        words = sheet.title.text() if flow == "device" else sheet._waiting.text()
        told["denied"] |= {"window": words.split(".")[0], "key": services.account.current_key() is not None}
        again.click()

    async def in_browser(what: str) -> dict[str, Any]:
        page = await handed.page()
        return await asyncio.to_thread(
            browse, folder / f"chromium-{what}", page, what, comes_back=flow != "device"
        )

    async def sign_in(window: MainWindow, services: Services) -> int:
        services.account.app_key = APP_KEY if flow == "code" else ""
        await decline(window, services)
        told.update(await in_browser("approve" if flow == "device" else "forge"))
        use = await found(lambda: button(window, "Use this key"))
        told["portrait"] = any(avatar._picture is not None for avatar in use.window().findChildren(Avatar))
        told["kept_before"] = services.account.current_key() is not None
        told["may"] = use.window().findChild(KeyValueGrid).value("May do")
        use.click()
        await found(lambda: services.account.state.signed_in and services.session.state.online)
        key = services.account.current_key()
        assert key is not None
        told["key"], told["source"] = key, str(services.account.state.source)
        told["account"] = services.account.state.account
        return 0

    return sign_in


def places(folder: Path, key: Secret) -> list[str]:
    """Files that hold the key."""
    text = key.reveal().encode()
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and text in path.read_bytes()
    )  # fmt: skip


def main(profile: Path, flow: str) -> dict[str, Any]:
    sandbox_sign_in.POLL_SECONDS = 1
    folder = profile.parent / "round"
    folder.mkdir()
    handed = Handed(folder)
    told: dict[str, Any] = {}
    with SandboxServer(speed=0) as server:
        os.environ |= {
            "POLLINATIONS_BASE_URL": server.base_url, "POLLINATIONS_ENTER_URL": server.enter_url,
            "POLLINATIONS_MEDIA_URL": server.media_url, "POLLINATIONS_LEGACY_URL": server.legacy_url,
        }  # fmt: skip
        start(str(profile), errand(folder, flow, handed, told))
        asked = [json.dumps(request) for request in server.requests()]
    key = told.get("key")
    assert isinstance(key, Secret)
    # Read by itself, as the next start of the program would.
    told["in_keyring"] = KeyringStore().get(told["account"]) == key
    told["key"] = key.reveal() != FORGED and key.reveal().startswith("sk_")
    told["in_profile"] = places(profile, key)
    told["in_home"] = [
        name for name in places(profile.parent, key) if not name.startswith(("profile/", "round/chromium-"))
    ]
    told["in_browser"] = sorted(
        {name.split("/")[2] for name in places(profile.parent, key) if "chromium" in name}
    )
    told["in_requests"] = sum(key.reveal() in line for line in asked)
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])), flush=True)

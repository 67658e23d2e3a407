"""A real Chromium with no window, driven over its own debugging socket."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 30.0
EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or ""


class Browser:
    """One tab. `address` and `text` are what it shows."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session = ""

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._socket.send(json.dumps(message))
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = json.loads(await self._socket.recv())
                if answer.get("id") == number:
                    return answer.get("result", {})

    async def open(self, address: str) -> None:
        if not self._session:
            target = await self.call("Target.createTarget", url="about:blank")
            found = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            self._session = found["sessionId"]
        await self.call("Page.navigate", url=address)

    async def evaluate(self, script: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=script)
        return answer.get("result", {}).get("value")

    async def until(self, script: str) -> Any:
        """What the script gives once it gives something."""
        async with asyncio.timeout(PATIENCE):
            while not (value := await self.evaluate(script)):
                await asyncio.sleep(0.05)
        return value

    async def decide(self, decision: str) -> None:
        """Press a button of the consent page."""
        button = f"document.querySelector('button[value={decision}]')"
        await self.until(f"!!{button}")
        await self.evaluate(f"{button}.click()")


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Browser]:
    """Start it with a profile of its own, and end it."""
    process = await asyncio.create_subprocess_exec(
        EXECUTABLE, "--headless=new", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={profile}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = profile / "DevToolsActivePort"
        async with asyncio.timeout(PATIENCE):
            while not told.exists() or len(lines := told.read_text().splitlines()) < 2:
                await asyncio.sleep(0.05)
        async with connect(f"ws://127.0.0.1:{lines[0]}{lines[1]}", max_size=None) as socket:
            browser = Browser(socket)
            yield browser
            await browser.call("Browser.close")
        await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

"""Starts and stops the stand-in service as a process of its own, so that it never slows the window."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.service import ServiceHosts

log = logging.getLogger(__name__)
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSandbox:
    """Where the stand-in listens, and its pretend key."""

    hosts: ServiceHosts
    key: Secret


class SandboxProcess:
    """One stand-in service. It ends by itself when this program ends, however that happens."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self.running: RunningSandbox | None = None

    @property
    def is_running(self) -> bool:
        """True from the moment it is ready until it ends, also by itself."""
        return self.running is not None and self._process is not None and self._process.returncode is None

    async def start(self) -> RunningSandbox:
        """Start it, or return the running one.

        Raises:
            StudioError: it did not come up.
        """
        async with self._starting:
            if self.running is not None and self.is_running:
                return self.running
            return await self._start()

    async def _start(self) -> RunningSandbox:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_command(), "--state", str(self._state), "--exit-with-parent", "--quiet",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            async with asyncio.timeout(START_SECONDS):
                line = await self._process.stdout.readline() if self._process.stdout else b""
            ready = json.loads(line)
            self.running = RunningSandbox(
                hosts=ServiceHosts(
                    gen=ready["base_url"], enter=ready["enter_url"], media=ready["media_url"],
                    legacy=ready["legacy_url"],
                ),
                key=Secret(ready["key"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError) as error:
            await self.stop()
            raise StudioError(
                tr("The sandbox did not start."), tr("Try again; if it keeps failing, the log says why.")
            ) from error
        log.info("sandbox ready at %s", self.running.hosts.gen)
        return self.running

    async def stop(self) -> None:
        process, self._process, self.running = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _command() -> tuple[str, ...]:
    """A frozen build has no `-m`; its own executable answers to `--run-sandbox`."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--run-sandbox")
    return (sys.executable, "-m", "studio.sandbox")

"""Real services against a real sandbox, and a window to stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.sandbox.server import SandboxServer
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.notices import NoticeCentre
from studio.ui.theme import Theme

UNTIL_SECONDS = 20.0


@asynccontextmanager
async def running(tmp_path: Path, server: SandboxServer | None = None) -> AsyncIterator[Services]:
    """The program's services, with the real service's addresses leading to `server`."""
    paths = portable_paths(tmp_path)
    environment = {}
    if server is not None:
        environment = {
            "POLLINATIONS_BASE_URL": server.base_url,
            "POLLINATIONS_ENTER_URL": server.enter_url,
            "POLLINATIONS_MEDIA_URL": server.media_url,
            "POLLINATIONS_LEGACY_URL": server.legacy_url,
        }
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), environment)
    try:
        await open_services(services)
        yield services
    finally:
        await close_services(services)


def make_window(qapp: QApplication, size: tuple[int, int] = (1280, 800), scale: float = 1.0) -> QWidget:
    """A shown window in the light look."""
    Theme("light", scale, True).apply(qapp)
    window = QWidget()
    window.resize(*size)
    window.show()
    window.activateWindow()
    return window


async def until(found: Callable[[], object]) -> object:
    """What `found` gives once it gives something.

    Raises:
        TimeoutError: it did not for longer than any machine needs.
    """
    async with asyncio.timeout(UNTIL_SECONDS):
        while not (value := found()):
            await asyncio.sleep(0.01)
    return value

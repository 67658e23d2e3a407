"""The Audio pane in a window, against a real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from studio.core.secrets import Secret
from studio.panes.audio.view import AudioView
from studio.sandbox.server import SandboxServer
from tests.panes.support import Desk, desk


class Bench:
    """The pane's parts; `asked` tells what the sandbox received."""

    def __init__(self, at: Desk, server: SandboxServer) -> None:
        view = at.window.pane("audio")
        assert isinstance(view, AudioView)
        self.view: AudioView = view
        self.parts: Any = view._parts
        self.window: QWidget = at.window
        self.services = at.services
        self.server = server

    def asked(self, path: str) -> list[Any]:
        return [request for request in self.server.requests() if request["path"] == path]


@asynccontextmanager
async def hearing(
    tmp_path: Path, qapp: QApplication, *, faults: Sequence[dict[str, Any]] = ()
) -> AsyncIterator[Bench]:
    """A window on the Audio pane, signed in at a sandbox that stands for the cloud."""
    with SandboxServer() as server:
        server.faults(list(faults))
        async with desk(tmp_path, qapp, server=server, first="audio") as at:
            at.services.account.keep_in_memory(Secret(server.key), "default")
            await at.services.session.use_cloud("default")
            yield Bench(at, server)

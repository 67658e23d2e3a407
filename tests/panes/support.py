"""A window of the program over real services, and pictures in its library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw
from PySide6.QtWidgets import QApplication

from studio.core.settings import Settings
from studio.domain.asset import AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.shell.commands import Commands
from studio.shell.joints import join
from studio.shell.main_window import MainWindow
from studio.ui.theme import Theme
from tests.shell.support import running


@dataclass
class Desk:
    """The window, joined to its services as the program does it."""

    window: MainWindow
    services: Services
    commands: Commands


@asynccontextmanager
async def desk(
    tmp_path: Path,
    qapp: QApplication,
    *,
    server: SandboxServer | None = None,
    first: str = "library",
    size: tuple[int, int] = (1440, 900),
    pictures: int = 0,
) -> AsyncIterator[Desk]:
    """A shown window over services in `tmp_path`, with this many pictures in the library."""
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    async with running(tmp_path, server) as services:
        await fill(services, pictures)
        window = MainWindow(
            theme, Settings(tmp_path / "unused.toml"), window_state=tmp_path / "window.ini", first=first
        )
        window.resize(*size)
        window.show()
        window.activateWindow()

        async def stay(_services: Services) -> None:
            """The command that quits ends nothing here."""

        commands = Commands(services, window, quit=stay)
        window.attach(services, commands, join(window, services, commands))
        try:
            yield Desk(window, services, commands)
        finally:
            window.detach()
            window.hide()
            window.deleteLater()


async def fill(
    services: Services,
    count: int,
    days: Sequence[str] = (),
    *,
    prompt: str = "",
    sandbox: bool = False,
    model: str = "flux",
) -> list[str]:
    """File `count` pictures, the oldest first; ids in that order.

    Args:
        days: when they were made, ISO 8601.
        prompt: the same for all, which differ in their seed only; else each has its own.
        sandbox: made by the sandbox, for pretend pollen.
    """
    ids: list[str] = []
    for number in range(count):
        incoming = services.library.incoming_path(f"job{number}")
        image = Image.new("RGB", (96, 64), (number * 37 % 256, 90, 240 if prompt else 140))
        ImageDraw.Draw(image).line((0, 0, 90, number * 11 % 64), (250, number * 7 % 256, 10), 3)
        image.save(incoming, "PNG")
        day = days[number] if number < len(days) else ""
        draft = AssetDraft(
            kind=MediaKind.IMAGE,
            prompt=prompt or f"a heron in the reeds {number}",
            created_at=datetime.fromisoformat(f"{day}T12:00:00").astimezone(UTC) if day else None,
            provenance=Provenance(
                job_id=f"job{number}", model=model, seed=number + 1, cost=Decimal("0.002"),
                request_kind="image", sandbox=sandbox,
                request={"prompt": prompt, "seed": number + 1, "width": 768, "height": 512}
                if prompt
                else {"prompt": f"a heron in the reeds {number}", "width": 768, "height": 512},
            ),
        )  # fmt: skip
        ids.append((await services.library.store(incoming, draft)).id)
    return ids

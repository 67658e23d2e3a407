"""Commands that look after the program itself: backup, restore, repair, safe mode, reports, logs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from studio.core.i18n import tr
from studio.core.restart import Again

if TYPE_CHECKING:
    from studio.services.context import Services
    from studio.shell.main_window import MainWindow


class Restart(Protocol):
    """Ends the program and starts it anew; `ask` first where something is being made."""

    def __call__(self, again: Again, *, ask: bool = True) -> Awaitable[None]: ...


class Entry(NamedTuple):
    """As `commands.Command`."""

    id: str
    title: str
    run: Callable[[str], Any]
    icon: str = ""


class UpkeepCommands:
    """Args:
    restart: None where the program cannot be started anew (tests of single panes).
    """

    def __init__(self, services: Services, window: MainWindow, restart: Restart | None) -> None:
        self._services = services
        self._window = window
        self._restart = restart

    def all(self) -> list[Entry]:
        return [
            Entry("backup.make", tr("Back up everything"), lambda _a: self._back_up(), "download"),
            Entry("backup.restore", tr("Restore a backup"), lambda _a: self._restore(), "upload"),
            Entry("storage.show", tr("What takes space"),
                  lambda _a: self._window.open_preferences("storage"), "archive"),
            Entry("app.restart", tr("Restart Nectary"),
                  lambda _a: self._again(safe_mode=self._services.settings.is_plain), "refresh"),
            Entry("app.safe_mode", tr("Start anew in safe mode"),
                  lambda _a: self._again(safe_mode=True), "tool"),
            Entry("app.start_normally", "", lambda _a: self._again(safe_mode=False)),
            Entry("app.repair", tr("Repair"), lambda _a: self._repair(), "tool"),
            Entry("report.save", tr("Save a report"), lambda _a: self._report(), "file-text"),
            Entry("logs.open", tr("Open the folder of the logs"), lambda _a: self._open_logs(), "folder"),
            Entry("folder.open", "", lambda a: open_folder(Path(a))),
        ]  # fmt: skip

    async def _again(self, *, safe_mode: bool) -> None:
        if self._restart is not None:
            await self._restart(Again(safe_mode=safe_mode))

    async def _back_up(self) -> None:
        from studio.shell.backup_sheet import back_up

        await back_up(self._window, self._services)

    async def _restore(self) -> None:
        from studio.shell.restore_sheet import restore

        again = await restore(self._window, self._services)
        if again is not None and self._restart is not None:
            await self._restart(again, ask=False)

    async def _repair(self) -> None:
        from studio.shell.repair_sheet import repair

        if await repair(self._window, self._services) and self._restart is not None:
            await self._restart(Again(), ask=False)

    async def _report(self) -> None:
        from studio.shell.report_sheet import report

        await report(self._window, self._services)

    async def _open_logs(self) -> None:
        await open_folder(self._services.paths.logs)


async def open_folder(folder: Path) -> None:
    """Show a folder in the desktop's file manager; it is made when it is not there yet."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

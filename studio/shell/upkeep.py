"""The library's upkeep beside the user's work: a lost index is rebuilt, changes on the disk are followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from studio.core.i18n import tr, trn
from studio.domain.library import LibraryChange, Progress
from studio.services.context import Services
from studio.services.notices import Severity

BETWEEN_LOOKS_SECONDS = 30.0
RECONCILE_SECONDS = 6.0
"""After the start: the whole folder is listed then, and the first seconds belong to the window."""


async def keep_up(services: Services) -> None:
    """Once per start: make a lost index again from the files, or, some seconds later, follow what changed
    outside the program."""
    if services.library.needs_rebuild:
        await rebuild(services)
        return
    await asyncio.sleep(RECONCILE_SECONDS)
    tell_difference(services, await services.library.reconcile())


async def look_again(services: Services) -> None:
    """Follow what changed outside the program while it runs; told when something did."""
    tell_difference(services, await services.library.reconcile(), running=True)


class FolderWatch:
    """Looks again when the user comes back to the window, which is when something may have happened to the
    files; never twice within half a minute, and not unless a folder of the library changed."""

    def __init__(self, services: Services, now: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._now = now
        self._last = now()
        self._seen: frozenset[tuple[str, int]] | None = None

    def came_back(self) -> None:
        """The window has the user's attention again."""
        library = self._services.library
        if (
            self._now() - self._last >= BETWEEN_LOOKS_SECONDS
            and library.is_open
            and not library.needs_rebuild
        ):
            self._last = self._now()
            self._services.tasks.spawn(self._look(), name="look again", owner=self, group="look again")

    async def _look(self) -> None:
        seen = await self._services.library.folder_stamps()
        if seen != self._seen:
            await look_again(self._services)
            # Following may have written sidecars, which is no news.
            self._seen = await self._services.library.folder_stamps()


async def rebuild(services: Services) -> None:
    """Make the index again from the files; browsing works meanwhile."""
    await services.library.rebuild()
    services.notices.tell(
        tr("The index is rebuilt from the files."), severity=Severity.SUCCESS, topic="rebuild"
    )


def progress_words(progress: Progress | None) -> str:
    """How far the rebuilding is, for the line under the top bar; "" when it is over."""
    if progress is None:
        return ""
    if progress.phase == "scan":
        return tr("Looking through the library's files.")
    return tr("Reading the library: {done:,} of {all:,}.", done=progress.done, all=progress.total)


def tell_difference(services: Services, change: LibraryChange, *, running: bool = False) -> None:
    """Say what happened to the library's files outside the program; nothing if nothing did.

    Args:
        running: it was just now, while the program ran, so that the user may have done it.
    """
    parts = [
        trn("{n} new file", "{n} new files", len(change.added)) if change.added else "",
        trn("{n} moved or changed", "{n} moved or changed", len(change.updated)) if change.updated else "",
        trn("{n} no longer there", "{n} no longer there", len(change.removed)) if change.removed else "",
    ]
    words = ", ".join(part for part in parts if part)
    if words:
        severity = Severity.WARNING if running and change.removed else Severity.INFO
        services.notices.tell(
            tr("The library followed what changed in its folder."),
            f"{words}.",
            topic="reconcile",
            severity=severity,
        )

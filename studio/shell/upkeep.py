"""The library's upkeep beside the user's work: a lost index is rebuilt, changes on the disk are followed."""

from __future__ import annotations

import asyncio

from studio.core.i18n import tr, trn
from studio.domain.library import LibraryChange, Progress
from studio.services.context import Services
from studio.services.notices import Severity

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


def tell_difference(services: Services, change: LibraryChange) -> None:
    """Say what happened to the library's files while the program was closed; nothing if nothing did."""
    parts = [
        trn("{n} new file", "{n} new files", len(change.added)) if change.added else "",
        trn("{n} moved or changed", "{n} moved or changed", len(change.updated)) if change.updated else "",
        trn("{n} no longer there", "{n} no longer there", len(change.removed)) if change.removed else "",
    ]
    words = ", ".join(part for part in parts if part)
    if words:
        services.notices.tell(
            tr("The library followed what changed in its folder."), f"{words}.", topic="reconcile"
        )

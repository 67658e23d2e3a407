"""The library's upkeep beside the user's work: a lost index is rebuilt, changes on the disk are followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from studio.core.i18n import tr, trn
from studio.domain.library import LibraryChange, Progress
from studio.services.context import Services
from studio.services.notices import Severity

RECONCILE_SECONDS = 6.0
"""After the start: the whole folder is listed then, and the first seconds belong to the window."""


async def keep_up(services: Services, show: Callable[[str], None]) -> None:
    """Once per start: rebuild an index that was lost, then follow what changed outside the program.

    Args:
        show: says on the window what is going on; "" when it is over.
    """
    if services.library.needs_rebuild:
        await rebuild(services, show)
        return
    await asyncio.sleep(RECONCILE_SECONDS)
    tell_difference(services, await services.library.reconcile())


async def rebuild(services: Services, show: Callable[[str], None]) -> None:
    """Make the index again from the files, with the progress on the window; browsing works meanwhile."""

    def tell(progress: Progress) -> None:
        if progress.phase == "scan":
            show(tr("Looking through the library's files."))
        else:
            show(tr("Reading the library: {done:,} of {all:,}.", done=progress.done, all=progress.total))

    try:
        await services.library.rebuild(tell)
    finally:
        show("")
    services.notices.tell(
        tr("The index is rebuilt from the files."), severity=Severity.SUCCESS, topic="rebuild"
    )


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

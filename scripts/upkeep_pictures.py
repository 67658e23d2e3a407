"""Pictures of storage, backup, repair and safe mode, for `scripts.screenshots`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.audio_pictures import until
from studio.core.restart import Again
from studio.domain.backup import BackupWish
from studio.shell import backup_sheet, report_sheet, restore_sheet, starting
from studio.shell.preferences import PreferencesSheet
from studio.shell.progress_sheet import Told, with_progress
from studio.shell.repair_sheet import repair
from studio.shell.storage_page import StoragePage

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from scripts.screenshots import Photographer


async def storage_page(p: Photographer) -> StoragePage:
    """The page, counted."""
    p.window.open_preferences("storage")
    sheet = next(s for s in reversed(p.window.findChildren(PreferencesSheet)) if s.isVisible())
    page = sheet.pages["storage"]
    assert isinstance(page, StoragePage)
    await until(lambda: "Nectary takes" in page.total.text())
    return page


async def upkeep_pictures(p: Photographer) -> None:
    p.window.open_pane("library")
    page = await storage_page(p)
    for name, how in (
        ("light", {}), ("dark", {"dark": True}), ("150-small", {"scale": 1.5, "size": p.small}),
    ):  # fmt: skip
        await p.shoot(f"preferences-storage-{name}", **how)
    page.low.setText(page.low.text())
    page.low.show()
    area = page.parentWidget().parentWidget()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())  # type: ignore[attr-defined]
    await p.over("preferences-storage-end-light")
    await questions(p)
    banner = starting.safe_mode_banner(p.services, lambda *_a: None)
    p.window.put_banner(banner)
    await p.shoot("safe-mode-light")
    await p.shoot("safe-mode-dark", dark=True)
    await p.shoot("safe-mode-150", scale=1.5, size=p.small)
    banner.deleteLater()
    p.clear_notices()


async def questions(p: Photographer) -> None:
    """Every sheet, one after the other."""
    target = p.services.paths.profile / "everything.nectary-backup.zip"
    manifest = await p.services.backup.make(target, BackupWish(), lambda _done, _all: None)

    async def half(told: Told) -> Again:
        told(1_300_000_000, 3_000_000_000)
        await asyncio.Event().wait()
        return Again()

    sheets: tuple[tuple[str, Coroutine[Any, Any, object]], ...] = (
        ("backup", backup_sheet.ask_wish(p.window, p.services)),
        ("backup-progress", with_progress(
            p.window, p.services.tasks, "Backing up",
            "You may stop it at any time; then nothing is left of it.", half)),
        ("restore", restore_sheet.ask_where(p.window, Path(target.name), manifest)),
        ("repair", repair(p.window, p.services)),
        ("report", report_sheet.report(p.window, p.services)),
        ("safe-mode-offer", starting.offer_safe_mode(p.window)),
    )  # fmt: skip
    for name, work in sheets:
        task = p.services.tasks.spawn(work, name=name, owner=p)
        await p.settle(1.0)
        await p.shoot(f"{name}-light")
        await p.over(f"{name}-dark", dark=True)
        await task
    assert manifest.made_at <= datetime.now(UTC)

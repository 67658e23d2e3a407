"""Backing up: what goes along, where to, how far, and that it is done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain.backup import SUFFIX, BackupWish, Manifest
from studio.services.notices import Notice, Severity
from studio.shell.progress_sheet import with_progress
from studio.ui import dialogs
from studio.ui.amounts import file_size
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.services.context import Services


async def back_up(window: QWidget, services: Services) -> None:
    """Ask what and where to, write the backup, and tell."""
    wish = await ask_wish(window, services)
    if wish is None:
        return
    name = f"nectary-{datetime.now().astimezone():%Y-%m-%d}{SUFFIX}"
    target = await dialogs.pick_save(
        window, tr("Where to keep the backup"), Path.home() / name, [(tr("Backups"), ("*.zip",))]
    )
    if target is None:
        return
    try:
        manifest = await with_progress(
            window, services.tasks, tr("Backing up"),
            tr("You may stop it at any time; then nothing is left of it."),
            lambda told: services.backup.make(target, wish, told),
        )  # fmt: skip
    except StudioError as error:
        services.notices.report(error)
        return
    if manifest is not None:
        services.notices.post(_done(target, manifest))


async def ask_wish(window: QWidget, services: Services) -> BackupWish | None:
    """What goes along; None when it was thought better of."""
    sheet = dialogs.Sheet(
        window,
        tr("Back up everything"),
        tr("Chats, jobs, what was spent, preferences, wildcards and drafts go into one file. Keys never do: "
           "you sign in again where you restore it."),
    )  # fmt: skip
    library = Switch(tr("The library, with ratings, notes and collections"), checked=True)
    trash = Switch(tr("What lies in the trash, too"), checked=False)
    size = Label(" ", "caption", "text2")
    for widget in (library, trash):
        sheet.add_content(widget)
    sheet.body.addWidget(size)

    def wish() -> BackupWish:
        return BackupWish(library=library.isChecked(), trash=library.isChecked() and trash.isChecked())

    async def measure() -> None:
        size.setText(tr("Counting…"))
        size.setText(
            tr("About {size} before packing.", size=file_size(await services.backup.measure(wish())))
        )

    def count() -> None:
        trash.setEnabled(library.isChecked())
        services.tasks.spawn(measure(), name="measure a backup", owner=sheet, group="measure")

    library.toggled.connect(count)
    trash.toggled.connect(count)
    count()
    sheet.add_button(tr("Cancel"), None)
    yes = sheet.add_button(tr("Choose a place"), wish, "primary", default=True)
    try:
        answer = await sheet.result(yes)
    finally:
        services.tasks.cancel_owner(sheet)
    return answer if isinstance(answer, BackupWish) else None


def _done(target: Path, manifest: Manifest) -> Notice:
    left_out = manifest.counts.get("left_out", 0)
    parts = [tr("{name}, {size} of files.", name=target.name, size=file_size(manifest.size))]
    if left_out:
        parts.append(trn("One file could not be read and is not in it.",
                         "{n} files could not be read and are not in it.", left_out))  # fmt: skip
    return Notice(
        text=tr("The backup is written."), detail=" ".join(parts), topic="backup",
        severity=Severity.WARNING if left_out else Severity.SUCCESS,
        actions=(Action("file.show", tr("Open folder"), str(target)),),
    )  # fmt: skip

"""Restoring: what is in a backup, where it goes, checking it, and the last question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import StudioError
from studio.core.i18n import date_and_time, number, tr, trn
from studio.core.restart import Again
from studio.domain.backup import Manifest
from studio.shell.progress_sheet import with_progress
from studio.ui import dialogs
from studio.ui.amounts import file_size
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.text import KeyValueGrid, Paragraph

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.services.context import Services


async def restore(window: QWidget, services: Services, path: Path | None = None) -> Again | None:
    """Choose a backup and take it in; how to start again when something is to be put in place, else None."""
    if path is None:
        chosen = await dialogs.pick_files(
            window, tr("Choose a backup"), [(tr("Backups"), ("*.zip",))], several=False
        )
        if not chosen:
            return None
        path = chosen[0]
    try:
        manifest = await services.backup.look(path)
        where = await ask_where(window, path, manifest)
        if where == "new":
            return await _into_new(window, services, path)
        if where == "here":
            return await _in_place(window, services, path, manifest)
    except StudioError as error:
        services.notices.report(error)
    return None


async def ask_where(window: QWidget, path: Path, manifest: Manifest) -> str:
    """Show what is in it; "here", "new", or "" for neither."""
    sheet = dialogs.Sheet(window, tr("What is in this backup"), path.name)
    sheet.add_content(KeyValueGrid(contents(manifest)))
    choice = Segmented(
        tr("Where to"),
        [("here", tr("In place of what is here")), ("new", tr("In a folder of its own"))],
        "here",
    )
    sheet.add_content(choice)
    words = Paragraph(_words("here", manifest), tone="text2")
    sheet.body.addWidget(words)

    def explain(where: str) -> None:
        words.set_text(_words(where, manifest))
        sheet.arrange()

    choice.changed.connect(explain)
    sheet.add_button(tr("Cancel"), "")
    yes = sheet.add_button(tr("Check and unpack"), choice.value, "primary", default=True)
    answer = await sheet.result(yes)
    return answer if isinstance(answer, str) else ""


def contents(manifest: Manifest) -> list[tuple[str, str]]:
    """What a backup holds, for people."""
    counts = manifest.counts
    files = trn("One file", "{n:,} files", counts.get("files", 0)) if manifest.library else tr("Not in it")
    if manifest.trash:
        files = tr("{files} and the trash", files=files)
    return [
        (tr("Made"), date_and_time(manifest.made_at.astimezone())),
        (tr("By"), f"Nectary {manifest.program}"),
        (tr("Library"), files),
        (tr("Chats"), number(counts.get("conversations", 0))),
        (tr("Jobs"), number(counts.get("jobs", 0))),
        (tr("Size"), file_size(manifest.size)),
    ]


async def _in_place(window: QWidget, services: Services, path: Path, manifest: Manifest) -> Again | None:
    if any(job.state.was_sent for job in services.jobs.active()):
        raise StudioError(
            tr("Something is being made just now."), tr("Wait until it is done, then restore the backup.")
        )
    staged = await with_progress(
        window, services.tasks, tr("Checking and unpacking"),
        tr("Nothing that you have is touched yet."), lambda told: services.backup.stage(path, told),
    )  # fmt: skip
    if staged is None:
        return None
    when = date_and_time(manifest.made_at.astimezone())
    sure = await dialogs.confirm(
        window,
        tr("Put the backup of {when} in place?", when=when),
        tr("It is whole. Nectary starts anew; what is here now is moved into a folder beside it, and nothing "
           "is deleted."),
        action=tr("Restore and start anew"), cancel=tr("Cancel"),
    )  # fmt: skip
    if not sure:
        await services.backup.discard(staged)
        return None
    await services.backup.decide(staged)
    return Again()


async def _into_new(window: QWidget, services: Services, path: Path) -> Again | None:
    folder = await dialogs.pick_folder(window, tr("Choose an empty folder"))
    if folder is None:
        return None
    manifest = await with_progress(
        window, services.tasks, tr("Checking and unpacking"),
        tr("It goes into {folder}.", folder=folder),
        lambda told: services.backup.unpack_new(path, folder, told),
    )  # fmt: skip
    if manifest is None:
        return None
    opens = await dialogs.confirm(
        window,
        tr("The backup is unpacked"),
        tr("To open it later, start Nectary with --profile {folder}.", folder=folder),
        action=tr("Open it now"), cancel=tr("Stay here"),
    )  # fmt: skip
    return Again(profile=folder) if opens else None


def _words(where: str, manifest: Manifest) -> str:
    if where == "new":
        return tr("A profile and a library of their own; what you have here stays as it is.")
    if manifest.library:
        return tr("What is here now, the library too, is kept beside it until you delete it.")
    return tr("Your profile is replaced and kept beside it; the library stays as it is.")

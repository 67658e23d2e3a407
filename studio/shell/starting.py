"""What is asked and told around a start that is not like the others: safe mode, a restore, a repair."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import Action, StorageError
from studio.core.i18n import date_and_time, tr
from studio.services import backup
from studio.services.notices import Notice, Severity
from studio.shell.host import Run
from studio.ui import dialogs
from studio.ui.widgets.surfaces import Banner

if TYPE_CHECKING:
    from studio.services.context import Services
    from studio.shell.main_window import MainWindow


async def offer_safe_mode(window: MainWindow) -> bool:
    """After a start that did not end well: whether the user wants to start in safe mode."""
    sheet = dialogs.Sheet(
        window,
        tr("The last start did not end well"),
        tr("Safe mode starts with the usual preferences, connects to nothing and lets the queue wait, so "
           "that you can find out why. What you made is untouched either way."),
    )  # fmt: skip
    window.close_requested.connect(sheet.dismiss)
    sheet.add_button(tr("Start in safe mode"), True)
    normal = sheet.add_button(tr("Start normally"), False, "primary", default=True)
    return await sheet.result(normal) is True


async def finish_swap(window: MainWindow, profile: Path) -> bool:
    """Put in place what could not be at the beginning of this start, as another program had the library;
    whether that was done now, so that the program has to start anew."""
    done = False
    while not done and backup.has_pending(profile):
        try:
            await backup.finish_pending(profile)
            done = True
        except StorageError as error:
            sheet = dialogs.Sheet(window, tr("What you restored could not be put in place"), str(error))
            window.close_requested.connect(sheet.dismiss)
            sheet.add_button(tr("Leave everything as it was"), "back")
            again = sheet.add_button(tr("Try again"), "again", "primary", default=True)
            answer = await sheet.result(again)
            if answer is None:
                return False  # the window was closed: the next start asks again
            if answer == "back":
                await backup.take_back(profile)
                return True
    return done


def tell_swap(services: Services) -> None:
    """Say what was put in place at this start, and where what was there before is."""
    done = backup.told(services.paths.profile)
    if done is None:
        return
    when = _local(done.made_at)
    words = {
        "restore": tr("The backup of {when} is in place.", when=when),
        "snapshot": tr("The copy of {when} is in place.", when=when),
        "preferences": tr("Your preferences are the usual ones again."),
    }
    detail = tr("What was here before is kept in {folder}.", folder=done.aside[0]) if done.aside else ""
    services.notices.post(Notice(
        text=words.get(done.kind, words["restore"]), detail=detail, severity=Severity.SUCCESS, topic="swap",
        actions=(Action("preferences", tr("See what takes space"), "storage"),) if done.aside else (),
    ))  # fmt: skip


def safe_mode_banner(services: Services, run: Run) -> Banner:
    """The line that says that this is safe mode, with the ways out of it."""
    banner = Banner(
        tr("Safe mode: usual preferences, nothing is connected, the queue waits. Changes to preferences are "
           "not kept."),
        "tool", "info", action=tr("Repair"), on_action=lambda: run("app.repair", ""),
    )  # fmt: skip
    banner.add_action(tr("Start normally"), lambda: run("app.start_normally", ""))
    return banner


def _local(moment: str) -> str:
    try:
        return date_and_time(datetime.fromisoformat(moment).astimezone())
    except ValueError:
        return moment

"""The report a user may pass on: shown in full before it is copied or saved."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action, StorageError
from studio.core.files import write_atomically
from studio.core.i18n import tr
from studio.services.notices import Notice, Severity
from studio.services.report import make_report
from studio.ui import dialogs
from studio.ui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from studio.services.context import Services


async def report(window: QWidget, services: Services) -> None:
    """Make a report, show all of it, and copy or save it when the user says so."""
    sheet = dialogs.Sheet(
        window,
        tr("Report"),
        tr("This is all of it. Keys, names and prompts are taken out; look it over before you pass it on."),
    )
    words = PlainText(tr("Looking around…"), tr("Report"))
    sheet.add_content(words)
    close = sheet.add_button(tr("Close"), None)
    copy = sheet.add_button(tr("Copy"), None)
    save = sheet.add_button(tr("Save"), "save", "primary", default=True)
    copy.clicked.disconnect()
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(words.toPlainText()))
    copy.clicked.connect(lambda: copy.setText(tr("Copied")))
    for button in (copy, save):
        button.setEnabled(False)

    async def fill() -> None:
        words.setPlainText(await make_report(services, seen=seen_by_the_window()))
        for button in (copy, save):
            button.setEnabled(True)
        save.setFocus()

    services.tasks.spawn(fill(), name="make a report", owner=sheet)
    try:
        answer = await sheet.result(close)
    finally:
        services.tasks.cancel_owner(sheet)
    if answer == "save":
        await save_report(window, services, words.toPlainText())


async def save_report(window: QWidget, services: Services, text: str) -> None:
    """Ask where to and write it; what goes wrong is told."""
    name = f"nectary-report-{datetime.now().astimezone():%Y-%m-%d-%H%M}.txt"
    target = await dialogs.pick_save(
        window, tr("Where to save the report"), Path.home() / name, [(tr("Text"), ("*.txt",))]
    )
    if target is None:
        return
    try:
        await asyncio.to_thread(write_atomically, target, text.encode())
    except StorageError as error:
        services.notices.report(error)
        return
    services.notices.post(Notice(
        text=tr("The report is saved."), detail=target.name, severity=Severity.SUCCESS, topic="report",
        actions=(Action("file.show", tr("Open folder"), str(target)),),
    ))  # fmt: skip


def seen_by_the_window() -> list[str]:
    """Screens, sound devices and drawing, without the names that people give them."""
    from studio.ui.loudspeaker import Loudspeaker
    from studio.ui.theme import Theme

    screens = [
        f"{s.size().width()}×{s.size().height()} at {s.devicePixelRatio():g}"
        for s in QGuiApplication.screens()
    ]
    theme = Theme.current()
    return [
        f"window system: {QGuiApplication.platformName()}, screens: {', '.join(screens)}",
        f"OpenGL: {_opengl()}",
        f"sound outputs: {len(Loudspeaker.shared().devices())}",
        f"look: {'dark' if theme.dark else 'light'}, text {theme.font_scale:.0%}",
    ]


def _opengl() -> str:
    """Whether there is any; systems without a display have none to ask for."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        return "not asked"
    from PySide6.QtGui import QOpenGLContext

    context = QOpenGLContext()
    if not context.create():
        return "none"
    version = context.format().version()
    return ".".join(str(number) for number in version)

"""The report of an error in the program itself: one calm sentence, the details folded, a way to copy them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.qt_models.bridge import bridge
from studio.services.notices import BugReport
from studio.services.report import make_report
from studio.shell.report_sheet import save_report, seen_by_the_window
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from studio.services.context import Services

log = logging.getLogger(__name__)
MOST_IN_A_ROW: Final = 5
"""Dialogs one after the other; what fails more often than that is in the log alone."""


class ErrorReports(QObject):
    """Shows a report for every distinct error, one at a time, also for those from before it existed."""

    def __init__(self, window: QWidget, services: Services) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._waiting: deque[BugReport] = deque(services.notices.bugs)
        self._showing = False
        self._shown = 0
        bridge(services.notices.bug, self._add, self)
        self._next()

    def _add(self, bug: BugReport) -> None:
        self._waiting.append(bug)
        self._next()

    def _next(self) -> None:
        if self._showing or not self._waiting or self._shown >= MOST_IN_A_ROW:
            return
        self._showing = True
        self._shown += 1
        bug = self._waiting.popleft()
        self._services.tasks.spawn(self._show(bug), name="error report", owner=self)

    async def _show(self, bug: BugReport) -> None:
        try:
            text = await make_report(self._services, bug, seen=seen_by_the_window())
            await show_report(self._window, text, lambda: save_report(self._window, self._services, text))
        finally:
            self._showing = False
        self._next()


async def show_report(
    window: QWidget, report: str, save: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Show one report until the user goes on.

    Args:
        save: asks where to, and writes it; afterwards the user goes on.
        report: what is behind "Show the details" and on the clipboard after "Copy".
    """
    sheet = Sheet(
        window,
        tr("Something went wrong in Nectary"),
        tr("You can go on working, and what you made is safe on your disk. If it happens again, copy the "
           "report and send it to us."),
    )  # fmt: skip
    details = PlainText(report, tr("Details"))
    details.hide()
    fold = Button(tr("Show the details"), "quiet", "chevron-right", size="small")

    def toggle() -> None:
        details.setVisible(details.isHidden())
        fold.set_icon("chevron-right" if details.isHidden() else "chevron-down")
        fold.setText(tr("Show the details") if details.isHidden() else tr("Hide the details"))
        sheet.arrange()

    fold.clicked.connect(toggle)
    sheet.body.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeft)
    sheet.body.addWidget(details)
    copy = sheet.add_button(tr("Copy the report"), None)
    copy.clicked.disconnect()

    def copy_report() -> None:
        QGuiApplication.clipboard().setText(report)
        copy.setText(tr("Copied"))

    copy.clicked.connect(copy_report)
    if save is not None:
        sheet.add_button(tr("Save it"), "save")
    if await sheet.result(sheet.add_button(tr("Continue"), True, "primary", default=True)) == "save" and save:
        await save()

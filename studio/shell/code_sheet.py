"""The sheet of the device flow: the code, large; the page to enter it on; how long it still holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.service import DeviceCode
from studio.qt_models.job_words import clock
from studio.services.tasks import TaskSupervisor
from studio.ui.dialogs import Sheet
from studio.ui.theme import Space, Weight
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.progress import Spinner
from studio.ui.widgets.surfaces import Card
from studio.ui.widgets.text import ElidedLabel, Label

TICK_MS: Final = 1_000


class CodeSheet(Sheet):
    """Shows a sign-in code until the key is there, the user gives up, or the code is refused.

    Args:
        open_url: opens a page in the browser; called in a thread, because starting one takes a while.
    """

    def __init__(self, window: QWidget, tasks: TaskSupervisor, open_url: Callable[[str], object]) -> None:
        super().__init__(
            window,
            tr("Sign in with Pollinations"),
            tr("Enter this code on the page that opens, and choose a budget and an expiry there. Only enter "
               "this code if you just started it."),
        )  # fmt: skip
        self._tasks = tasks
        self._open_url = open_url
        self._page = ""
        self._ends = 0.0
        self._open_at_once = False
        self._code = Label("····", "display", weight=Weight.SEMIBOLD, tabular=True)
        name_widget(self._code, tr("Sign-in code"))
        self._copy_code = IconButton("copy", tr("Copy the code"))
        self._link = ElidedLabel("", "caption", "text2", mode=Qt.TextElideMode.ElideMiddle)
        self._copy_link = IconButton("link", tr("Copy the link"))
        self._spinner = Spinner(tr("Waiting"))
        self._waiting = Label(tr("Asking for a code"), "caption", "text2", tabular=True)
        self._card = self._box()
        self.add_content(self._card)
        self.body.addLayout(self._wait_row())
        self.cancel = self.add_button(tr("Cancel"), None)
        self.go = self.add_button(tr("Open the page"), None, "primary", default=True)
        self.go.clicked.disconnect()
        self.go.clicked.connect(self.open_page)
        self.go.setEnabled(False)
        self._copy_code.clicked.connect(lambda: self._copy(self._code.text(), tr("The code is copied.")))
        self._copy_link.clicked.connect(lambda: self._copy(self._page, tr("The link is copied.")))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._tell_time)

    async def wait_for_key(self, flow: Coroutine[Any, Any, Secret], *, open_browser: bool) -> object:
        """Show the sheet and run `flow` beside it.

        Returns:
            the key; "again" when the user wants a new code; None when they gave up.
        """
        self._open_at_once = open_browser
        self._tasks.spawn(self._run(flow), name="sign in with a code", owner=self)
        try:
            return await self.result(self.cancel)
        finally:
            self._tasks.cancel_owner(self)

    def show_code(self, code: DeviceCode) -> None:
        """The service gave a code."""
        self._code.setText(code.user_code)
        self._page = code.verification_uri_complete or code.verification_uri
        self._link.set_text(code.verification_uri)
        self._ends = time.monotonic() + code.expires_in
        self.go.setEnabled(is_web_page(self._page))
        self._tick.start()
        self._tell_time()
        self.go.setFocus()
        if self._open_at_once:
            self.open_page()

    def open_page(self) -> None:
        """Open the page in the browser."""
        if is_web_page(self._page):
            self._tasks.spawn(
                asyncio.to_thread(self._open_url, self._page), name="open the browser", owner=self
            )

    # ------------------------------------------------------------------ parts

    def _box(self) -> QWidget:
        box = Card(padding=Space.LG)
        first = QHBoxLayout()
        first.setSpacing(Space.SM)
        self._code.set_selectable()
        first.addWidget(self._code, 1)
        first.addWidget(self._copy_code)
        second = QHBoxLayout()
        second.setSpacing(Space.SM)
        second.addWidget(self._link, 1)
        second.addWidget(self._copy_link)
        lines = QVBoxLayout()
        lines.setSpacing(Space.XS)
        lines.addLayout(first)
        lines.addLayout(second)
        box.body.addLayout(lines)
        return box

    def _wait_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self._spinner)
        row.addWidget(self._waiting, 1)
        return row

    def _copy(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._waiting.setText(said)

    def _tell_time(self) -> None:
        left = clock(self._ends - time.monotonic())
        self._waiting.setText(tr("Waiting for you in the browser. The code holds for {left}.", left=left))

    async def _run(self, flow: Coroutine[Any, Any, Secret]) -> None:
        try:
            self.finish(await flow)
        except StudioError as error:
            self._say_no(error)

    def _say_no(self, error: StudioError) -> None:
        """Denied, expired, or no answer: said calmly, with a new start."""
        self._tick.stop()
        self._spinner.hide()
        self.title.setText(error.title)
        self.text.set_text(error.detail or tr("You can start again whenever you like."))
        self._waiting.hide()
        self._card.hide()
        self.go.clicked.disconnect()
        self.go.clicked.connect(lambda: self.finish("again"))
        self.go.setText(tr("Start again"))
        name_widget(self.go, tr("Start again"))
        self.go.setEnabled(True)
        self.go.setFocus()
        self.arrange()


def is_web_page(address: str) -> bool:
    """True for what may be handed to the browser: https, or http on this machine alone."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    )

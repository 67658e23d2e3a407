"""The sheet of the sign-in by browser: what the key may do and spend, then waiting, then the ways on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.services.browser_sign_in import SCOPE, Step, Wishes
from studio.services.tasks import TaskSupervisor
from studio.shell.code_sheet import is_web_page
from studio.ui.dialogs import Sheet
from studio.ui.key_limits import BudgetChoice, ExpiryChoice
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Checkbox
from studio.ui.widgets.progress import Spinner
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.browser_sign_in import BrowserSignIn

OTHER_WAYS_MS: Final = 60_000
"""After so long without an answer the other ways are named."""
_SCOPES: Final = {
    "profile": tr("See my name"),
    "usage": tr("See the wallet and what was used"),
    "keys": tr("Manage my keys"),
}


class _Choices(QWidget):
    """Budget, expiry and permissions. Only the permissions of `scope` are offered, all of them chosen."""

    def __init__(self, scope: Sequence[str]) -> None:
        super().__init__()
        self.budget = BudgetChoice(tr("It may spend this much pollen in all"))
        self.expiry = ExpiryChoice(tr("It ends after"))
        self.scopes = {name: Checkbox(text, checked=True) for name, text in _SCOPES.items() if name in scope}
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        column.addWidget(self.budget)
        column.addSpacing(Space.XS)
        column.addWidget(self.expiry)
        column.addSpacing(Space.XS)
        column.addWidget(Label(tr("Besides making things it may"), "caption", "text2"))
        for box in self.scopes.values():
            column.addWidget(box)

    def wishes(self) -> Wishes:
        """What is chosen."""
        return Wishes(
            scope=tuple(scope for scope, box in self.scopes.items() if box.isChecked()),
            budget=float(self.budget.value or 5),
            days=self.expiry.value or 7,
        )


class BrowserSheet(Sheet):
    """Asks what the key may do, then waits for the browser. `wait_for_key` gives the key, "code" or "paste"
    when the user takes another way, or None when they gave up.

    Args:
        open_url: opens a page in the browser; called in a thread.
        scope: account permissions to ask for.
    """

    def __init__(
        self,
        window: QWidget,
        tasks: TaskSupervisor,
        open_url: Callable[[str], object],
        scope: Sequence[str] = SCOPE,
    ) -> None:
        super().__init__(
            window,
            tr("Sign in with Pollinations"),
            tr("To manage your keys, Nectary needs a key that may do so. Your browser asks you to agree; the "
               "present key stays in use until the new one is there.")
            if "keys" in scope
            else tr("Your browser opens and asks you to agree. Nectary then gets a key of its own, "
                    "which you can limit here."),
        )  # fmt: skip
        self._tasks = tasks
        self._open_url = open_url
        self._page = ""
        self.choices = _Choices(scope)
        for choice in (self.choices.budget, self.choices.expiry):
            choice.changed.connect(self.arrange)
        self.add_content(self.choices)
        self._spinner = Spinner(tr("Waiting"))
        self._waiting = Label(tr("Waiting for you in the browser."), tone="text2", wrap=True)
        self._wait_row = QWidget()
        self._wait_row.hide()
        self.body.addWidget(self._wait_row)
        self._copy = Button(tr("Copy the link"), "quiet", "link")
        self._fill_wait_row()
        self.by_code = self.add_button(tr("Use a code"), "code", "quiet")
        self.by_paste = self.add_button(tr("Paste a key"), "paste", "quiet")
        self.cancel = self.add_button(tr("Cancel"), None)
        self.go = self.add_button(tr("Continue"), None, "primary", default=True)
        self.go.clicked.disconnect()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(OTHER_WAYS_MS)
        self._late.timeout.connect(self._tell_late)

    async def wait_for_key(self, attempt: Callable[[BrowserSheet], BrowserSignIn]) -> object:
        """Show the sheet and, once the user goes on, run the attempt beside it."""
        sign_in = attempt(self)
        self.go.clicked.connect(lambda: self._go(sign_in))
        try:
            return await self.result(self.go)
        finally:
            self._tasks.cancel_owner(self)

    def tell(self, step: Step, page: str) -> None:
        """What is going on."""
        if step is Step.WAITING:
            self._page = page
            self._copy.setEnabled(is_web_page(page))
            self._late.start()
        if step is Step.PROXIED:
            self._name_other_ways(
                tr("Your browser came through a proxy, so its answer was not taken. Use a code instead.")
            )
            return
        self._waiting.setText(
            tr("Waiting for you in the browser.") if step is Step.WAITING
            else tr("Getting the key.") if step is Step.EXCHANGING
            else tr("Asking the service.")
        )  # fmt: skip

    def arrange(self) -> None:
        # What is said changes its height, which a row inside a row tells its own row only.
        self._wait_row.updateGeometry()
        super().arrange()

    # ------------------------------------------------------------------ steps

    def _go(self, sign_in: BrowserSignIn) -> None:
        """Start, or open the page of the running attempt again: there is never a second one."""
        if self._page:
            self._spawn(asyncio.to_thread(self._open_url, self._page), "open the browser")
            return
        self.choices.hide()
        self._wait_row.show()
        self._spinner.show()
        self._copy.show()
        self._copy.setEnabled(False)
        self.go.setText(tr("Open again"))
        self.arrange()
        self._spawn(self._run(sign_in), "sign in by browser")

    async def _run(self, sign_in: BrowserSignIn) -> None:
        try:
            self.finish(await sign_in.run(self.choices.wishes()))
        except StudioError as error:
            self._say_no(error)

    def _say_no(self, error: StudioError) -> None:
        """Declined, too late, blocked, no browser: said calmly, back to the start, the other ways beside."""
        self._page = ""
        self._late.stop()
        self._spinner.hide()
        self._copy.hide()
        self._waiting.setText(f"{error.title} {error.detail or tr('You can start again whenever you like.')}")
        self.go.setText(tr("Start again"))
        self.by_code.set_kind("secondary")
        self.go.setFocus()
        self.arrange()

    def _tell_late(self) -> None:
        self._name_other_ways(
            tr("Still waiting. If the page does not come back, use a code or paste a key instead.")
        )

    def _name_other_ways(self, why: str) -> None:
        self._waiting.setText(why)
        self.by_code.set_kind("secondary")
        self.arrange()

    # ------------------------------------------------------------------ parts

    def _fill_wait_row(self) -> None:
        row = QHBoxLayout(self._wait_row)
        row.setContentsMargins(Space.NONE, Space.SM, Space.NONE, Space.SM)
        row.setSpacing(Space.SM)
        row.addWidget(self._spinner)
        row.addWidget(self._waiting, 1)
        row.addWidget(self._copy)
        self._copy.clicked.connect(self._copy_link)

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self._page)
        self._waiting.setText(tr("The link is copied. Open it in a browser on this computer."))

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._tasks.spawn(work, name=name, owner=self)

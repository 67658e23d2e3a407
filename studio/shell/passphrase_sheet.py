"""Asks for a passphrase: a new one, twice, or the one that opens the file with the key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.key_file import SHORTEST
from studio.core.secrets import Secret
from studio.ui.dialogs import Sheet
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.tasks import TaskSupervisor


class PassphraseSheet(Sheet):
    """One or two fields; `use` is tried with what was entered, until it does not raise.

    Args:
        use: takes the passphrase; a StudioError it raises is shown and the user tries again.
        new: a new passphrase, entered twice.
    """

    def __init__(
        self, window: QWidget, tasks: TaskSupervisor, use: Callable[[Secret], Awaitable[None]], *, new: bool
    ) -> None:
        words = tr(
            "At least {n} characters. Nobody can recover it: without it you sign in again.", n=SHORTEST
        )
        super().__init__(
            window,
            tr("Choose a passphrase") if new else tr("Enter your passphrase"),
            words if new else tr("It opens the file that holds your key."),
        )
        self._tasks, self._use = tasks, use
        self.first = TextField(tr("Passphrase"))
        self.second = TextField(tr("The same again"), tr("The same again")) if new else None
        for field in (self.first, self.second):
            if field is not None:
                field.setEchoMode(QLineEdit.EchoMode.Password)
                field.textChanged.connect(self._judge)
                self.add_content(field)
        self._problem = Label(" ", "caption", "bad", wrap=True)
        self.body.addWidget(self._problem)
        self.add_button(tr("Cancel"), None)
        self.go = self.add_button(tr("Keep the key") if new else tr("Open"), None, "primary", default=True)
        self.go.clicked.disconnect()
        self.go.clicked.connect(self._start)
        self.go.setEnabled(False)

    async def done(self) -> bool:
        """Show it; True once `use` took a passphrase."""
        try:
            return await self.result(self.first) is True
        finally:
            self._tasks.cancel_owner(self)

    def _judge(self, _text: str = "") -> None:
        text = self.first.text()
        self.go.setEnabled(bool(text) and (self.second is None or self.second.text() == text))
        self._problem.setText(" ")

    def _start(self) -> None:
        self.go.set_loading(True)
        self._tasks.spawn(self._try(Secret(self.first.text())), name="passphrase", owner=self, group="try")

    async def _try(self, passphrase: Secret) -> None:
        try:
            await self._use(passphrase)
        except StudioError as error:
            self._problem.setText(f"{error.title} {error.detail}".strip())
            self.first.setFocus()
            self.arrange()
            return
        finally:
            self.go.set_loading(False)
        for field in (self.first, self.second):
            if field is not None:
                field.clear()
        self.finish(True)


async def ask_passphrase(
    window: QWidget, tasks: TaskSupervisor, use: Callable[[Secret], Awaitable[None]], *, new: bool
) -> bool:
    """Ask until `use` takes the passphrase, or the user gives up; True when it did."""
    return await PassphraseSheet(window, tasks, use, new=new).done()

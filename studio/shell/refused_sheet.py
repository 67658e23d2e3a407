"""The one question when the service refuses the key: whose it is, why, and the ways on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.panes.account.presenter import kept_words
from studio.qt_models.bridge import bridge
from studio.services.access import Reason, Refusal
from studio.ui.dialogs import Sheet
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.text import KeyValueGrid

if TYPE_CHECKING:
    from studio.services.context import Services
    from studio.shell.main_window import MainWindow

log = logging.getLogger(__name__)
MOST_ACCOUNTS: Final = 4
TITLES: Final = {
    Reason.EXPIRED: tr("Your key has expired"),
    Reason.REVOKED: tr("Your key was revoked"),
    Reason.UNKNOWN: tr("The service does not accept your key"),
}
CAUSES: Final = {
    Reason.EXPIRED: tr("The time it was made for is over. Sign in to get a new one."),
    Reason.REVOKED: tr("The service accepted it before and does not any more. Sign in to get a new one."),
    Reason.UNKNOWN: tr("It may be mistyped, expired or revoked. Sign in to get a new one."),
}


class RefusedSheet(Sheet):
    """Ends with "sign_in", "paste", ("switch", account), or None for later."""

    def __init__(self, window: QWidget, services: Services, refusal: Refusal) -> None:
        super().__init__(window, TITLES[refusal.reason], CAUSES[refusal.reason])
        facts = [
            (tr("Account"), refusal.who or tr("The key does not say whose it is")),
            (tr("Kept"), kept_words(refusal.source)),
            (tr("Waiting"), waiting_words(services)),
        ]
        self.add_content(KeyValueGrid(facts))
        self.body.setSpacing(Space.SM)
        others = [
            name
            for name in services.settings.values.connection.accounts.splitlines()
            if name != refusal.account
        ]
        if others:
            self.body.addSpacing(Space.SM)
        for name in others[:MOST_ACCOUNTS]:
            button = Button(tr("Use the account {account}", account=name), "secondary", "users")
            button.clicked.connect(lambda _on=False, name=name: self.finish(("switch", name)))
            self.body.addWidget(button)
        self.add_button(tr("Later"), None, "quiet")
        self.add_button(tr("Paste a key"), "paste")
        self.first = self.add_button(tr("Sign in again"), "sign_in", "primary", default=True)


def waiting_words(services: Services) -> str:
    """What waits for a key, and that it is not lost."""
    parts: list[str] = []
    if jobs := len(services.jobs.active()):
        parts.append(trn("{n} job", "{n} jobs", jobs))
    if answers := services.access.answers_waiting:
        parts.append(trn("{n} answer", "{n} answers", answers))
    if not parts:
        return tr("nothing")
    return tr("{what}; goes on by itself afterwards", what=tr(" and ").join(parts))


class AccessDialog(QObject):
    """Opens the question once, however many requests are refused, and carries the answer out."""

    def __init__(self, window: MainWindow, services: Services) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self.sheet: RefusedSheet | None = None
        self._busy = False
        bridge(services.access.refused, self._ask, self)

    def _ask(self, refusal: Refusal) -> None:
        if not self._busy:
            self._busy = True
            self._services.tasks.spawn(self._talk(refusal), name="ask for another key", owner=self)

    async def _talk(self, refusal: Refusal) -> None:
        """Ask until the key is accepted or the user puts it off: who turns back in the middle of signing in
        finds the question again."""
        services = self._services
        try:
            while services.account.state.rejected:
                self.sheet = RefusedSheet(self._window, services, refusal)
                answer = await self.sheet.result(self.sheet.first)
                self.sheet = None
                if answer == "sign_in":
                    await self._window.sign_in()
                elif answer == "paste":
                    await self._window.paste_key()
                elif isinstance(answer, tuple):
                    await self._switch(answer[1])
                else:
                    break
        finally:
            self.sheet = None
            self._busy = False
            if services.account.state.rejected:
                services.access.put_off()

    async def _switch(self, account: str) -> None:
        services = self._services
        try:
            await services.session.use_account(account)
        except StudioError as error:
            services.notices.report(error)
            return
        services.settings.change("connection", mode="cloud", account=account)

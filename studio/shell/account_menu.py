"""The menu under the avatar: who pays, what is left, for how long, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from studio.core.clock import steady
from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.panes.account.presenter import expiry_words
from studio.services.account import AccountState, KeySource
from studio.ui.widgets.popover import Menu

if TYPE_CHECKING:
    from studio.services.context import Services
    from studio.shell.host import Run


def menu_heads(account: AccountState, now: datetime, steady_now: float) -> list[str]:
    """What stands at the top of the menu: whose key, what it can spend, when it ends."""
    profile = account.profile
    who = (profile.name or profile.github_username) if profile else ""
    heads = [who or account.account or tr("Your key")]
    if account.rejected:
        return [*heads, tr("The key is not accepted")]
    if account.spendable is not None:
        heads.append(tr("Can spend {amount} pollen", amount=pollen(account.spendable)))
    end = expiry_words(account.seconds_left(now, steady_now))
    return [*heads, end] if end else heads


def account_menu(owner: QWidget, services: Services, run: Run) -> Menu:
    """The menu, not shown yet."""
    account = services.account.state
    menu = Menu(owner)
    for head in menu_heads(account, datetime.now(UTC), steady()):
        menu.add(head, enabled=False)
    menu.addSeparator()
    menu.add(tr("Account and spending"), lambda: run("pane.account", ""), "account")
    if account.source is not KeySource.ENVIRONMENT:
        text = tr("Sign in again") if account.rejected else tr("Renew the key")
        menu.add(text, lambda: run("account.renew", ""), "key")
    menu.add(tr("Add an account"), lambda: run("account.sign_in", ""), "add")
    names = services.settings.values.connection.accounts.splitlines()
    if len(names) > 1:
        menu.addSeparator()
        for name in names:
            menu.add(name, lambda name=name: run("account.switch", name), checked=name == account.account)
    menu.addSeparator()
    menu.add(tr("Sign out"), lambda: run("account.sign_out", ""), "sign-out")
    return menu

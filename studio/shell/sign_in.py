"""Signing in: by the browser, with a code, or by pasting a key. A key is stored only after the user saw whose
it is and what it may do."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.money import pollen
from studio.services.account import KeySource, account_name, parse_key, with_account
from studio.services.browser_sign_in import SCOPE, BrowserSignIn
from studio.services.notices import Severity
from studio.services.session import DEFAULT_ACCOUNT
from studio.shell.browser_sheet import BrowserSheet
from studio.shell.code_sheet import CodeSheet
from studio.shell.identity_sheet import CheckedKey, confirm_identity
from studio.shell.passphrase_sheet import ask_passphrase
from studio.ui.dialogs import Sheet
from studio.ui.theme import Space
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

log = logging.getLogger(__name__)
OpenUrl = Callable[[str], object]


async def sign_in(
    window: QWidget, services: Services, *, more: str = "", open_url: OpenUrl = webbrowser.open
) -> bool:
    """By the browser, and by whichever other way the user turns to. True when signed in.

    Args:
        more: a permission beyond the usual ones: "keys", when the Keys page asks.
        open_url: opens a page in the browser; called in a thread.
    """
    scope = (*SCOPE, more) if more == "keys" else SCOPE
    async with services.session.client_for(None) as client:

        def attempt(sheet: BrowserSheet) -> BrowserSignIn:
            return BrowserSignIn(
                client, services.tasks, app_key=services.account.app_key, open_url=open_url, tell=sheet.tell
            )

        answer = await BrowserSheet(window, services.tasks, open_url, scope).wait_for_key(attempt)
    if answer == "code":
        return await sign_in_with_code(window, services, scope=scope, open_browser=False, open_url=open_url)
    if answer == "paste":
        return await paste_key(window, services)
    return isinstance(answer, Secret) and await _check_and_adopt(window, services, answer, scope)


async def sign_in_with_code(
    window: QWidget,
    services: Services,
    *,
    scope: Sequence[str] = SCOPE,
    open_browser: bool = True,
    open_url: OpenUrl = webbrowser.open,
) -> bool:
    """The device flow (CONTRACT 11.3): a code to enter on the service's page. True when signed in.

    Args:
        scope: account permissions to ask for.
        open_browser: open the page at once; else the user presses the button, or takes another device.
        open_url: opens a page in the browser; called in a thread.
    """
    async with services.session.client_for(None) as client:
        while True:
            sheet = CodeSheet(window, services.tasks, open_url)
            answer = await sheet.wait_for_key(
                services.account.sign_in_with_code(client, sheet.show_code, scope=scope),
                open_browser=open_browser,
            )
            if answer != "again":
                break
            open_browser = True
    return isinstance(answer, Secret) and await _check_and_adopt(window, services, answer, scope)


async def paste_key(window: QWidget, services: Services, *, remember: bool = True) -> bool:
    """Ask for a key, check it with the service, show whose it is, then use it. True when signed in.

    Args:
        remember: store it in the system keyring; else it is gone when the program ends.
    """
    checked = await _ask_for_key(window, services, remember=remember)
    return checked is not None and await _adopt(window, services, checked, remember=remember)


# ---------------------------------------------------------------- steps


async def _check(services: Services, key: Secret) -> CheckedKey:
    async with services.session.client_for(key) as client:
        info, profile = await services.account.check_key(client)
        picture = await services.account.picture_of(client, profile, services.paths.cache)
    return CheckedKey(key, info, profile, picture)


async def _check_and_adopt(
    window: QWidget, services: Services, key: Secret, scope: Sequence[str] = SCOPE
) -> bool:
    """A key just got: ask the service about it, let the user confirm it, keep it.

    It is handed over only once, so a network that is gone just now must not lose it.
    """
    while True:
        try:
            checked = await _check(services, key)
        except StudioError as error:
            if not await _ask_again(window, error):
                return False
        else:
            return await _adopt(window, services, checked, remember=True, wished=scope)


async def _ask_again(window: QWidget, error: StudioError) -> bool:
    """Whether to ask the service about the key once more."""
    sheet = Sheet(
        window,
        tr("Nectary has a key but cannot check it."),
        tr("{why} The key is not in use and not kept yet.", why=str(error)),
    )
    sheet.add_button(tr("Cancel"), False)
    return await sheet.result(sheet.add_button(tr("Try again"), True, "primary", default=True)) is True


async def _ask_for_key(window: QWidget, services: Services, *, remember: bool) -> CheckedKey | None:
    where = tr("It goes to your system keyring and nowhere else.")
    if not remember:
        where = tr("It stays in memory and is gone when Nectary ends.")
    sheet = Sheet(window, tr("Paste a key"), tr("A key begins with sk_. {where}", where=where))
    field = TextField(tr("Key"), "sk_…")
    field.setEchoMode(QLineEdit.EchoMode.Password)
    eye = IconButton("eye", tr("Show the key"), icon_on="eye-off")
    eye.toggled.connect(
        lambda on: field.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
    )
    field.add_trailing(eye)
    problem = Label(" ", "caption", "bad", wrap=True)
    sheet.add_content(field)
    sheet.body.addWidget(problem)
    sheet.add_button(tr("Cancel"), None)
    check = sheet.add_button(tr("Check the key"), None, "primary", default=True)
    check.clicked.disconnect()

    def say(why: str) -> None:
        field.set_error(why)
        problem.setText(why or " ")
        sheet.arrange()

    async def check_it() -> None:
        check.set_loading(True)
        try:
            checked = await _check(services, parse_key(field.text()))
        except StudioError as error:
            check.set_loading(False)
            say(f"{error.title} {error.detail}".strip())
            field.setFocus()
            return
        field.clear()
        sheet.finish(checked)

    def start() -> None:
        services.tasks.spawn(check_it(), name="check a key", owner=sheet, group="check")

    def edited(text: str) -> None:
        check.setEnabled(bool(text.strip()))
        say("")

    check.clicked.connect(start)
    field.textChanged.connect(edited)
    check.setEnabled(False)
    try:
        answer = await sheet.result(field)
    finally:
        services.tasks.cancel_owner(sheet)
    return answer if isinstance(answer, CheckedKey) else None


async def _adopt(
    window: QWidget,
    services: Services,
    checked: CheckedKey,
    *,
    remember: bool,
    wished: Sequence[str] = (),
) -> bool:
    """Confirm, store, connect."""
    account = account_name(checked.info, checked.profile) or DEFAULT_ACCOUNT
    if not await confirm_identity(window, checked, before=_other_than(services, account), wished=wished):
        return False
    was = services.account.state.account
    if not await _keep(window, services, checked.key, account, remember=remember):
        return False
    accounts = services.settings.values.connection.accounts
    if services.account.state.source is KeySource.KEYRING:
        accounts = with_account(accounts, account)
    services.settings.change("connection", mode="cloud", account=account, accounts=accounts)
    await services.session.go_on_with(account, before=was)
    spendable = services.account.state.spendable
    services.notices.tell(
        tr("You are signed in."),
        tr("You can spend {amount} pollen.", amount=pollen(spendable)) if spendable is not None else "",
        severity=Severity.SUCCESS,
        topic="sign-in",
    )
    await services.jobs.resume("account")
    return True


def _other_than(services: Services, account: str) -> str:
    """Who was signed in until now; "" when it was the same one, or nobody."""
    state = services.account.state
    last = services.settings.values.connection.account
    if services.session.state.is_sandbox or not state.signed_in:
        # Signed out for a moment: the account of before is still worth a word.
        return last if last not in ("", DEFAULT_ACCOUNT, account) else ""
    name = state.account
    if state.key is not None:
        name = account_name(state.key, state.profile) or name
    profile = state.profile
    shown = (profile.name or profile.github_username) if profile else ""
    return (shown or name) if name not in (account, DEFAULT_ACCOUNT) else ""


async def _keep(window: QWidget, services: Services, key: Secret, account: str, *, remember: bool) -> bool:
    """Store the key; where there is no keyring, ask whether memory or a file behind a passphrase will do."""
    while remember:
        try:
            await services.account.keep(key, account)
            return True
        except KeyringUnavailableError as error:
            log.warning("the key was not stored: %s", error)
            answer = await _ask_where(window, error)
            if answer is None:
                return False
            if answer == "file":
                return await _keep_in_file(window, services, key, account)
            remember = answer == "again"
    services.account.keep_in_memory(key, account)
    return True


async def _ask_where(window: QWidget, error: KeyringUnavailableError) -> object:
    sheet = Sheet(
        window,
        error.title,
        tr("Nectary can keep the key in memory: you use it now and sign in again at the next start. Or it "
           "can keep it in a file that a passphrase opens. Or unlock the keyring and try again."),
    )  # fmt: skip
    sheet.body.setSpacing(Space.SM)
    sheet.add_button(tr("Cancel"), None, "quiet")
    sheet.add_button(tr("Try again"), "again", "quiet")
    sheet.add_button(tr("Passphrase"), "file")
    return await sheet.result(sheet.add_button(tr("Keep in memory"), "memory", "primary", default=True))


async def _keep_in_file(window: QWidget, services: Services, key: Secret, account: str) -> bool:
    """Ask for a new passphrase, twice, and write the file."""

    async def write(passphrase: Secret) -> None:
        await services.account.keep_in_file(key, account, passphrase)

    return await ask_passphrase(window, services.tasks, write, new=True)


async def unlock(window: QWidget, services: Services) -> bool:
    """Ask for the passphrase of the file with the key, and use the key. True when signed in."""
    found: list[str] = []

    async def read(passphrase: Secret) -> None:
        found.append(await services.account.open_file(passphrase))

    if not await ask_passphrase(window, services.tasks, read, new=False):
        return False
    services.settings.change("connection", mode="cloud", account=found[-1])
    await services.session.use_cloud(found[-1])
    await services.jobs.resume("account")
    return True

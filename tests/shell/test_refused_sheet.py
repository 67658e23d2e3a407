"""One question for everything that is refused, and the menu that says how long the key lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from studio.core.secrets import Secret
from studio.domain.account import Balance, KeyInfo, Profile
from studio.sandbox.server import SandboxServer
from studio.services.account import AccountState, KeySource
from studio.shell.account_menu import account_menu, menu_heads
from studio.shell.refused_sheet import RefusedSheet
from tests.panes.support import desk
from tests.services.studio import picture
from tests.shell.support import until

PLAIN = "sk_sandboxPlain4lK7zX9cV2bN6mQ1wE3rT"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATE = AccountState(
    source=KeySource.KEYRING, account="ada", checked_at=NOW, checked_steady=100.0,
    key=KeyInfo(valid=True, name="Desk", expires_in=3 * 86400), profile=Profile(name="Ada"),
    balance=Balance(balance=Decimal("3.1")),
)  # fmt: skip


def sheets(window: object) -> list[RefusedSheet]:
    return [s for s in window.findChildren(RefusedSheet) if s.isVisible()]  # type: ignore[attr-defined]


def press(sheet: RefusedSheet, text: str) -> None:
    button = next(b for b in sheet.findChildren(QPushButton) if b.accessibleName() == text)
    QTest.keyClick(button, Qt.Key.Key_Return)


async def test_a_queue_that_is_refused_is_one_question(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server=server, first="create") as here:
            services = here.services
            services.account.keep_in_memory(Secret(PLAIN), "ada")
            services.settings.change("connection", accounts="ada\ngrace", account="ada")
            await services.session.use_cloud("ada")
            server._on_loop(lambda: server.service.account.revoke("k_plain"))
            await services.create.submit(services.create.plan(picture(), 12))
            await until(lambda: sheets(here.window))
            await until(lambda: not any(job.state.was_sent for job in services.jobs.active()))
            (sheet,) = sheets(here.window)
            assert sheet.title.text() == "Your key was revoked"
            names = [b.accessibleName() for b in sheet.findChildren(QPushButton)]
            assert names == ["Use the account grace", "Later", "Paste a key", "Sign in again"]
            assert not any("key" in notice.text for notice in services.notices.recent)

            press(sheet, "Later")
            await until(lambda: not sheets(here.window))
            here.commands.run("queue.resume")
            await until(lambda: sheets(here.window))
            services.account.keep_in_memory(Secret(server.key), "ada")
            await services.session.use_cloud("ada")
            press(sheets(here.window)[0], "Later")
            await until(lambda: not services.jobs.active())
            assert [job.state.value for job in services.jobs.all()] == ["done"] * 12


async def test_turning_back_while_signing_in_finds_the_question_again(
    tmp_path: Path, qapp: QApplication
) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server=server, first="create") as here:
            services = here.services
            services.account.keep_in_memory(Secret("sk_nobodyKnowsThisOne"), "ada")
            await services.session.use_cloud("ada")
            await until(lambda: sheets(here.window))
            assert sheets(here.window)[0].title.text() == "The service does not accept your key"
            press(sheets(here.window)[0], "Paste a key")
            field = await until(lambda: next(iter(here.window.findChildren(QLineEdit, "key")), None))
            QTest.keyClick(field, Qt.Key.Key_Escape)
            await until(lambda: sheets(here.window))
            press(sheets(here.window)[0], "Later")
            await until(lambda: not sheets(here.window))


def test_the_menu_says_who_pays_and_for_how_long() -> None:
    assert menu_heads(STATE, NOW, 100.0) == ["Ada", "Can spend 3.100 pollen", "key expires in 3 days"]
    later = menu_heads(STATE, NOW - timedelta(days=40), 100.0 + 3 * 86400 - 7200)
    assert later[-1] == "key expires in 2 h", "the clock was set back meanwhile"
    assert menu_heads(replace(STATE, rejected=True), NOW, 100.0)[-1] == "The key is not accepted"
    nameless = replace(STATE, profile=None, key=None, balance=None)
    assert menu_heads(nameless, NOW, 100.0) == ["ada"]


async def test_the_menu_offers_to_renew_and_to_switch(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server=server) as here:
            services = here.services
            services.account.keep_in_memory(Secret(server.key), "ada")
            services.settings.change("connection", accounts="ada\ngrace", account="ada")
            await services.session.use_cloud("ada")
            ran: list[tuple[str, str]] = []
            menu = account_menu(here.window, services, lambda what, argument: ran.append((what, argument)))
            actions = {action.text(): action for action in menu.actions() if action.text()}
            for text in ("Renew the key", "grace", "Sign out"):
                actions[text].trigger()
            assert ran == [("account.renew", ""), ("account.switch", "grace"), ("account.sign_out", "")]
            await until(here.window.top_bar.avatar.isVisible)
            menu.deleteLater()

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.account import Balance, KeyInfo, Profile
from studio.library.profile_store import LedgerEntry
from studio.panes.account import PANE
from studio.panes.account.presenter import TodayPage, make_page, today_tile
from studio.panes.account.sections import Sections
from studio.panes.account.view import AccountPane
from studio.sandbox.server import SandboxServer
from studio.services.account import AccountState, KeySource
from studio.services.session import DEFAULT_ACCOUNT, SessionState
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme
from tests.shell.support import running, until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONLINE = SessionState(mode="cloud", online=True)
ACCOUNT = AccountState(
    source=KeySource.KEYRING,
    checked_at=NOW - timedelta(minutes=3),
    key=KeyInfo(
        valid=True, type="secret", name="Desk", permissions=("profile",), pollen_budget=Decimal("3.102"),
        expires_in=5 * 86400,
    ),
    profile=Profile(github_username="ada", name="Ada", tier="flower", next_reset_at=NOW + timedelta(hours=3)),
    balance=Balance(
        balance=Decimal("3.102"), account_total=Decimal("18.44"), account_free=Decimal("4.2"),
        account_paid=Decimal("14.24"),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- words


def test_figures_name_their_source_and_age() -> None:
    page = make_page(ACCOUNT, ONLINE, NOW)
    assert (page.standing, page.who) == ("signed_in", "Ada")
    assert page.line == "ada · flower · key expires in 4 days"
    spend, budget, wallet = page.tiles
    assert (spend.figure, spend.note) == ("3.102", "the smaller of the two · 3 min ago")
    assert (budget.figure, budget.note) == ("3.102", "until 25 November")
    assert (wallet.figure, wallet.note) == ("18.440", "free 4.200 · paid 14.240 · refills in 3 h")
    assert dict(page.facts)["Kept"] == "in the system keyring"


def test_a_wallet_smaller_than_the_budget_is_what_one_can_spend() -> None:
    poor = replace(ACCOUNT, balance=Balance(balance=Decimal("3.102"), account_total=Decimal("0.5")))
    assert make_page(poor, ONLINE, NOW).tiles[0].figure == "0.500"


def test_what_the_key_may_not_see_is_said() -> None:
    blind = replace(ACCOUNT, balance=None, profile=None, key=replace(ACCOUNT.key, pollen_budget=None))
    spend, budget, wallet = make_page(blind, ONLINE, NOW).tiles
    assert (spend.figure, spend.note) == ("–", "this key may not see it · 3 min ago")
    assert budget.figure == "No limit"
    assert (wallet.figure, wallet.note) == ("–", "this key may not see it")


@pytest.mark.parametrize(
    ("account", "session", "standing"),
    [
        (AccountState(), ONLINE, "signed_out"),
        (AccountState(), SessionState(mode="offline"), "signed_out"),
        (ACCOUNT, SessionState(mode="cloud", connecting=True), "connecting"),
        (ACCOUNT, SessionState(mode="cloud", problem="No connection."), "offline"),
        (replace(ACCOUNT, rejected=True), ONLINE, "rejected"),
        (replace(ACCOUNT, source=KeySource.SANDBOX), SessionState(mode="sandbox", online=True), "sandbox"),
    ],
)
def test_standings(account: AccountState, session: SessionState, standing: str) -> None:
    assert make_page(account, session, NOW).standing == standing


def test_an_expired_key_says_so() -> None:
    old = replace(ACCOUNT, key=replace(ACCOUNT.key, expires_at=NOW - timedelta(days=1)))
    page = make_page(old, ONLINE, NOW)
    assert "key expired" in page.line
    assert dict(page.facts)["Expires"] == "expired"


def test_today_and_its_limits() -> None:
    page = TodayPage(today=Decimal("0.5"), requests=51, day_budget=Decimal(2))
    assert (today_tile(page).figure, today_tile(page).note) == ("0.500", "51 requests · limit 2.000 a day")
    assert today_tile(TodayPage()).note == "0 requests"


# ---------------------------------------------------------------- the pane over real services


async def test_the_pane_from_signed_out_to_signed_in_and_back(tmp_path: Path, qapp: QApplication) -> None:
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    ran: list[str] = []
    pane = PANE.build(theme, None)
    assert isinstance(pane, AccountPane)
    pane.resize(1280, 750)
    pane.show()
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            pane.attach(PaneContext(services, theme, lambda *_: None, lambda what, _a: ran.append(what)))
            await until(lambda: pane._signed_out.title.text() == "You are not signed in")
            QTest.keyClick(pane._signed_out.button, Qt.Key.Key_Return)
            services.account.keep_in_memory(Secret(server.key), DEFAULT_ACCOUNT)
            await services.session.use_cloud(DEFAULT_ACCOUNT)
            await until(lambda: pane._header.isVisible() and pane._header.who.text == "The Octocat")
            assert pane._tiles[0]._figure.text() != "–"
            server.set_balance(tier="0.25", paid="0")
            QTest.keyClick(pane._header.refresh, Qt.Key.Key_Return)
            await until(lambda: pane._tiles[0]._figure.text() == "0.250")
            await services.profile.note_spending(
                LedgerEntry(id="e1", time=datetime.now(UTC), model="flux", cost=Decimal("0.002"))
            )
            pane.shown()
            assert pane._spending is not None
            pane._spending.start()
            await until(lambda: pane._spending.model.rowCount() == 1)
            await until(lambda: pane._tiles[3]._figure.text() == "0.002")
            services.account.mark_rejected()
            await until(pane._banners["rejected"].isVisible)
            QTest.keyClick(pane._header.sign_out, Qt.Key.Key_Return)
            assert ran == ["account.sign_in", "account.sign_out"]
            pane.detach()
    pane.close()
    pane.deleteLater()


@pytest.mark.parametrize(("scale", "width"), [(1.0, 1280), (1.5, 1280), (1.0, 700)])
def test_nothing_is_cut_off_at_the_side(qapp: QApplication, scale: float, width: int) -> None:
    Theme("dark", scale, True).apply(qapp)
    pane = AccountPane(Theme.current())
    pane.resize(width, 750)
    pane.show()
    pane.show_page(make_page(ACCOUNT, ONLINE, NOW))
    qapp.sendPostedEvents()
    for tile in pane._tiles:
        right = tile.mapTo(pane, tile.rect().topRight()).x()
        assert right <= width
    pane.close()
    pane.deleteLater()


# ---------------------------------------------------------------- sections


def test_the_sections_stand_at_the_side_or_on_top(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    sections = Sections()
    for name in ("overview", "requests", "keys", "uploads"):
        sections.add(name, name.title(), "key")
    told: list[str] = []
    sections.chosen.connect(told.append)
    sections.resize(1280, 750)
    sections.show()
    qapp.sendPostedEvents()
    tabs = list(sections.tabs.values())
    assert len({tab.x() for tab in tabs}) == 1
    assert sections.pages["overview"].content_width == 1280 - 200 - 48
    sections.resize(640, 750)
    qapp.sendPostedEvents()
    assert len({tab.y() for tab in tabs}) == 1
    assert all(left.geometry().right() < right.x() for left, right in pairwise(tabs))
    assert tabs[-1].geometry().right() < 640
    QTest.mouseClick(tabs[2], Qt.MouseButton.LeftButton)
    assert (sections.current, told) == ("keys", ["keys"])
    assert sections.pages["keys"].isVisible()
    sections.close()

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.account import Balance, KeyInfo, Profile, UsageRow
from studio.library.profile_store import LedgerEntry, Spending
from studio.panes.account import PANE
from studio.panes.account.presenter import make_page, make_spending, today_tile
from studio.panes.account.requests_card import RequestsCard
from studio.panes.account.requests_table import cell
from studio.panes.account.sections import Sections
from studio.panes.account.spending_chart import SpendingChart, chart_of
from studio.panes.account.spending_table import SpendingTable
from studio.panes.account.view import AccountPane
from studio.sandbox.server import SandboxServer
from studio.services.account import AccountState, KeySource
from studio.services.session import DEFAULT_ACCOUNT, SessionState
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme
from tests.services.studio import picture
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


def test_the_ledger_in_rows_and_sums() -> None:
    today = date(2026, 11, 20)
    found = [
        Spending(day="2026-11-19", model="flux", amount=Decimal("0.04"), entries=20),
        Spending(day="2026-11-20", model="flux", amount=Decimal("0.1"), entries=50, open=2),
        Spending(day="2026-11-20", model="veo", amount=Decimal("0.4"), entries=1),
    ]
    page = make_spending(found, today, day_budget=Decimal(2), pretend=False)
    assert [(row.day.day, row.model) for row in page.rows] == [(20, "veo"), (20, "flux"), (19, "flux")]
    assert (page.total, page.requests) == (Decimal("0.54"), 71)
    assert (today_tile(page).figure, today_tile(page).note) == ("0.500", "51 requests · limit 2.000 a day")
    table = SpendingTable()
    table.show(page, today)
    cells = [[table.index(row, column).data() for column in range(4)] for row in range(3)]
    assert cells == [
        ["Today", "veo", "1", "0.400"], ["", "flux", "50", "≈ 0.100"], ["Yesterday", "flux", "20", "0.040"]
    ]  # fmt: skip
    assert table.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Today"


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
            await until(lambda: pane._header.isVisible() and pane._header.who.text() == "The Octocat")
            assert pane._tiles[0]._figure.text() != "–"
            server.set_balance(tier="0.25", paid="0")
            QTest.keyClick(pane._header.refresh, Qt.Key.Key_Return)
            await until(lambda: pane._tiles[0]._figure.text() == "0.250")
            await services.profile.note_spending(
                LedgerEntry(id="e1", time=datetime.now(UTC), model="flux", cost=Decimal("0.002"))
            )
            pane.shown()
            await until(lambda: pane._ledger.model.rowCount() == 1)
            assert pane._tiles[3]._figure.text() == "0.002"
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


# ---------------------------------------------------------------- chart and requests


def test_the_chart_has_a_bar_for_each_day_and_its_sums_are_the_ledgers() -> None:
    today = date(2026, 3, 30)  # the day after clocks change in much of Europe
    spent = [
        Spending(day=day, model=model, amount=Decimal(amount), entries=1)
        for day, model, amount in (
            ("2026-03-30", "flux", "0.000000000001"), ("2026-03-29", "flux", "1"), ("2026-03-29", "veo", "3"),
            ("2026-03-28", "a", "0.1"), ("2026-03-28", "b", "0.2"), ("2026-03-28", "c", "0.3"),
        )
    ]  # fmt: skip
    page = make_spending(spent, today, day_budget=None, pretend=False, days=7)
    data = chart_of(page.rows, today, 7)
    assert data.series == ("veo", "flux", "c", "Others")
    assert [bar.day.day for bar in data.bars] == [24, 25, 26, 27, 28, 29, 30]
    assert sum((bar.total for bar in data.bars), Decimal(0)) == page.total == Decimal("4.600000000001")
    assert data.highest == 4
    assert data.sum_of(3) == Decimal("0.3")


async def test_the_chart_is_read_by_pointer_and_by_keyboard(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    today = date(2026, 11, 20)
    rows = make_spending(
        [Spending(day="2026-11-19", model="flux", amount=Decimal("0.5"), entries=2)], today,
        day_budget=None, pretend=False,
    ).rows  # fmt: skip
    chart = SpendingChart()
    chart.resize(600, 200)
    chart.show()
    chart.show_data(chart_of(rows, today, 30))
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "Today: 0 pollen"
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "Yesterday: 0.500 pollen · flux 0.500"
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart.accessibleDescription() == "22 October: 0 pollen"
    QTest.mouseMove(chart, QPoint(570, 100))
    await until(lambda: chart.accessibleDescription().startswith("Yesterday"))
    assert not chart.grab().isNull()
    chart.close()


async def test_requests_are_read_when_asked_and_saved_as_a_table(tmp_path: Path, qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    with SandboxServer(speed=0) as server:
        async with running(tmp_path, server) as services:
            services.account.keep_in_memory(Secret(server.key), DEFAULT_ACCOUNT)
            await services.session.use_cloud(DEFAULT_ACCOUNT)
            await services.create.submit(services.create.plan(picture(), 3))
            await until(lambda: not services.jobs.active())
            pane = PANE.build(Theme.current(), None)
            assert isinstance(pane, AccountPane)
            pane.resize(1200, 900)
            pane.show()
            pane.attach(PaneContext(services, Theme.current(), lambda *_: None, lambda *_: None))
            card = pane.findChild(RequestsCard)
            assert card is not None
            assert card.model.rowCount() == 0
            QTest.keyClick(card.more, Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 3)
            assert card.words.text().startswith("3 requests of the account")
            assert not card.more.isVisible()
            texts = [card.model.index(0, column).data() for column in range(card.model.columnCount())]
            assert texts[2] == "image"
            assert Decimal(texts[6]) > 0
            await card.write_table(tmp_path / "usage.csv")
            assert len((tmp_path / "usage.csv").read_text().splitlines()) == 4
            QTest.keyClick(pane._ledger.days.part("7"), Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 0)
            pane.detach()
            pane.close()


def test_a_request_is_a_row_of_words() -> None:
    row = UsageRow(
        timestamp=NOW, type="generate.text", model="openai", input_text_tokens=1200, input_cached_tokens=34,
        output_text_tokens=7, output_reasoning_tokens=5, cost_usd=Decimal("0.000000000001"),
        response_time_ms=1234,
    )  # fmt: skip
    assert [cell(row, column, str.upper) for column in range(1, 7)] == [
        "OPENAI", "text", "1,234", "12", "1.2 s", "0.000000000001",
    ]  # fmt: skip
    bare = UsageRow(timestamp=NOW, type="")
    assert [cell(bare, column, str) for column in range(1, 7)] == ["–", "–", "–", "–", "–", "0"]


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

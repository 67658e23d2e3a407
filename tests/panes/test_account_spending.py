"""Spending as chart and table, the requests behind it, budgets, and what can be saved of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.account import UsageRow
from studio.domain.reconciliation import Match, Verdict
from studio.domain.spending import Cell, ChartData, DaySpan, LedgerLine, SpendingFilter, chart_of
from studio.library.profile_store import LedgerEntry
from studio.panes.account import PANE
from studio.panes.account.budgets_card import BudgetsCard
from studio.panes.account.days_chooser import DaysChooser
from studio.panes.account.export_sheets import TableWish
from studio.panes.account.presenter import TodayPage, largest_batch
from studio.panes.account.requests_card import RequestsCard
from studio.panes.account.requests_table import arranged, cell
from studio.panes.account.spending_card import SpendingCard
from studio.panes.account.spending_chart import SpendingChart, round_step
from studio.panes.account.spending_presenter import SpendingPresenter
from studio.panes.account.spending_table import SpendingTable
from studio.panes.account.tables import FlatTable
from studio.panes.account.view import AccountPane
from studio.panes.account.words import kind_words, state_words, verdict_words
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.services.session import DEFAULT_ACCOUNT
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme
from tests.services.billing import fill
from tests.services.studio import picture
from tests.shell.support import running, until

TODAY = date(2026, 11, 20)
WHOLE = DaySpan(TODAY - timedelta(days=29), TODAY)
CELLS = (
    Cell(day=TODAY, model="flux", kind="image", amount=Decimal("0.1"), requests=50, open=2),
    Cell(day=TODAY, model="veo", kind="video", amount=Decimal("0.4"), requests=1),
    Cell(day=TODAY - timedelta(days=1), model="flux", kind="image", amount=Decimal("0.5"), requests=20),
)


def chart(qapp: QApplication) -> tuple[SpendingChart, list[DaySpan]]:
    Theme("light", 1.0, True).apply(qapp)
    shown = SpendingChart()
    shown.resize(656, 240)
    shown.show()
    shown.show_data(chart_of(CELLS, WHOLE), WHOLE)
    wanted: list[DaySpan] = []
    shown.span_wanted.connect(wanted.append)
    return shown, wanted


@asynccontextmanager
async def account(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> AsyncIterator[tuple[AccountPane, Services]]:
    """The pane, signed in."""
    Theme("light", 1.0, True).apply(qapp)
    async with running(tmp_path, server) as services:
        services.account.keep_in_memory(Secret(server.key), DEFAULT_ACCOUNT)
        await services.session.use_cloud(DEFAULT_ACCOUNT)
        pane = PANE.build(Theme.current(), None)
        assert isinstance(pane, AccountPane)
        pane.resize(1280, 900)
        pane.show()
        pane.attach(PaneContext(services, Theme.current(), lambda *_: None, lambda *_: None))
        try:
            yield pane, services
        finally:
            pane.detach()
            pane.close()
            pane.deleteLater()


# ---------------------------------------------------------------- the chart


def test_the_chart_is_read_by_pointer_and_by_keyboard(qapp: QApplication) -> None:
    shown, _ = chart(qapp)
    QTest.keyClick(shown, Qt.Key.Key_Left)
    assert shown.accessibleDescription() == "Today: 0.500 pollen · 51 requests · flux 0.100 · veo 0.400"
    QTest.keyClick(shown, Qt.Key.Key_Left)
    assert shown.accessibleDescription() == "Yesterday: 0.500 pollen · 20 requests · flux 0.500"
    QTest.keyClick(shown, Qt.Key.Key_Home)
    assert shown.accessibleDescription() == "22 October: 0 pollen"
    QTest.mouseMove(shown, QPoint(630, 100))
    assert shown.accessibleDescription().startswith("Yesterday")
    assert not shown.grab().isNull()
    shown.close()


def test_the_chart_is_zoomed_by_dragging_wheel_and_keys(qapp: QApplication) -> None:
    shown, wanted = chart(qapp)
    QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=QPoint(456, 100))
    QTest.mouseMove(shown, QPoint(500, 110))
    QTest.mouseMove(shown, QPoint(556, 100))
    shown.grab()
    QTest.mouseRelease(shown, Qt.MouseButton.LeftButton, pos=QPoint(556, 100))
    assert [(span.first.day, span.last.day) for span in wanted] == [(11, 16)]
    wanted.clear()
    wheel = QWheelEvent(
        QPointF(640, 100), QPointF(640, 100), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    shown.wheelEvent(wheel)
    assert wanted[-1].days == 21
    assert wanted[-1].last == TODAY
    shown.show_data(chart_of(CELLS, wanted[-1]), WHOLE)
    for key, days in ((Qt.Key.Key_Minus, 30), (Qt.Key.Key_Plus, 15), (Qt.Key.Key_Escape, 30)):
        QTest.keyClick(shown, key)
        assert wanted[-1].days == days
    QTest.keyClick(shown, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert wanted[-1].last == TODAY - timedelta(days=5)
    QTest.mouseDClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert wanted[-1] == WHOLE
    shown.close()


def test_a_name_of_the_legend_can_be_clicked(qapp: QApplication) -> None:
    shown, _ = chart(qapp)
    told: list[str] = []
    shown.series_chosen.connect(told.append)
    shown.grab()
    box, series = shown._legend[1]
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert told == [shown.data.series[series]] == ["veo"]
    shown.show_data(ChartData(), WHOLE)
    assert not shown.grab().isNull()
    shown.close()


@pytest.mark.parametrize(
    ("highest", "step"),
    [("0", "0"), ("1", "0.25"), ("0.000000000003", "0.000000000001"), ("1.906", "0.5"), ("900", "250")],
)
def test_the_scale_stands_at_round_amounts(highest: str, step: str) -> None:
    assert round_step(Decimal(highest), 4) == Decimal(step)


# ---------------------------------------------------------------- the table


def test_spending_in_rows_sorted_and_copied(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    model = SpendingTable()
    table = FlatTable(model, "Spending", (140, 0, 110, 96, 110))
    model.show(CELLS, TODAY)
    cells = [[model.index(row, column).data() for column in range(5)] for row in range(3)]
    assert cells == [
        ["Today", "veo", "Video", "1", "0.400"], ["", "flux", "Pictures", "50", "≈ 0.100"],
        ["Yesterday", "flux", "Pictures", "20", "0.500"],
    ]  # fmt: skip
    assert model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Today"
    assert "estimates" in model.index(1, 4).data(Qt.ItemDataRole.ToolTipRole)
    table.horizontalHeader().setSortIndicator(4, Qt.SortOrder.DescendingOrder)
    assert [model.index(row, 4).data() for row in range(3)] == ["0.500", "0.400", "≈ 0.100"]
    assert [model.index(row, 0).data() for row in range(3)] == ["Yesterday", "Today", "Today"]
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[:2] == ["Day\tModel\tKind\tRequests\tPollen", "Yesterday\tflux\tPictures\t20\t0.500"]
    table.deleteLater()


def test_kinds_and_states_have_words() -> None:
    assert (kind_words("video"), kind_words(""), kind_words("scent")) == ("Video", "–", "scent")
    assert (state_words("interrupted"), state_words("")) == ("Broken off", "–")
    assert {verdict_words(verdict) for verdict in Verdict} >= {"Billed differently", "Not billed"}


# ---------------------------------------------------------------- the card over real services


async def test_sources_days_and_filters(tmp_path: Path, qapp: QApplication) -> None:
    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        fill(server, [now - timedelta(hours=6 * n) for n in range(400)])
        async with account(tmp_path, qapp, server) as (pane, services):
            card = pane._spending
            assert isinstance(card, SpendingCard)
            for number in range(60):
                await services.profile.note_spending(
                    LedgerEntry(
                        id=str(number), time=now - timedelta(days=number), model="flux",
                        cost=Decimal("0.000000000001"), account="ada" if number % 2 else "grace",
                    )
                )  # fmt: skip
            card.start()
            await until(lambda: card.presenter.view.requests == 30)
            assert card.presenter.view.total == Decimal("0.00000000003")
            assert card.sum.text() == "0.00000000003 pollen · 30 requests"
            QTest.keyClick(card.days.choice.part("all"), Qt.Key.Key_Space)
            await until(lambda: card.presenter.view.requests == 60)
            card.account_filter.changed.emit("ada")
            assert card.presenter.view.requests == 30
            card.presenter.zoom(DaySpan(card.presenter.today - timedelta(days=9), card.presenter.today))
            assert card.presenter.view.requests == 5

            QTest.keyClick(card.source.part("account"), Qt.Key.Key_Space)
            await until(lambda: card.presenter.view.source == "account" and not card.presenter.view.loading)
            charges = server.service.account.ledger
            view = card.presenter.view
            assert (view.zone, view.total) == ("utc", sum(charge.cost for charge in charges))
            assert {"image", "text"} <= set(view.kinds)
            card.kind_filter.changed.emit("text")
            texts = [charge for charge in charges if charge.type == "generate.text"]
            assert card.presenter.view.total == sum(charge.cost for charge in texts)
            assert "asked just now" in card.note.text()
            server.faults([{"path": "/account/usage/daily", "error": "account_unavailable", "count": None}])
            QTest.keyClick(card.days.choice.part("7"), Qt.Key.Key_Space)
            await until(lambda: card.presenter.view.problem)
            assert card.nothing.isVisible()
            assert not card.chart.isVisible()
            server.clear_faults()
            QTest.keyClick(card.nothing.button, Qt.Key.Key_Space)
            await until(lambda: card.presenter.view.total > 0)


async def test_days_between_two_dates(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    chooser = DaysChooser()
    chooser.show()
    told: list[tuple[str, object]] = []
    chooser.chosen.connect(lambda choice, span: told.append((choice, span)))
    QTest.keyClick(chooser.choice.part("custom"), Qt.Key.Key_Space)
    assert chooser.between.isVisible()
    today = chooser.between.last.day
    chooser.between.first.setText("")
    QTest.keyClicks(chooser.between.first, (today - timedelta(days=2)).isoformat())
    assert told[-1] == ("custom", DaySpan(today - timedelta(days=2), today))
    chooser.between.set_span(DaySpan(today, today))
    assert chooser.between.span.days == 1
    chooser.close()
    chooser.deleteLater()


async def test_midnight_begins_another_day(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with account(tmp_path, qapp, server) as (pane, _services):
            presenter, card = pane._presenter, pane._spending
            assert presenter is not None
            assert card is not None
            assert isinstance(card.presenter, SpendingPresenter)
            await until(lambda: not card.presenter.view.loading and presenter._day != date.min)
            asked: list[object] = []
            presenter.spent.connect(lambda: asked.append(1))
            presenter.tick()
            assert asked == []
            presenter._day -= timedelta(days=1)
            presenter.tick()
            assert asked == [1]


# ---------------------------------------------------------------- requests


def own(number: int, **more: object) -> Match:
    values: dict[str, object] = {"model": "flux", "kind": "image", "state": "done", **more}
    line = LedgerLine(id=str(number), time=datetime(2026, 11, 20, 12, number, tzinfo=UTC), **values)  # type: ignore[arg-type]
    return Match(verdict=Verdict.AGREES, line=line)


def test_rows_are_filtered_and_sorted() -> None:
    matches = [
        own(3, cost=Decimal(2)), own(2, cost=Decimal(5), kind="video"),
        own(1, cost=Decimal(1), state="failed", error="The prompt was refused."),
    ]  # fmt: skip
    assert [m.line.id for m in arranged(matches, "here", 0, True) if m.line] == ["3", "2", "1"]
    assert [m.line.id for m in arranged(matches, "here", 0, False) if m.line] == ["1", "2", "3"]
    assert [m.line.id for m in arranged(matches, "here", 4, True) if m.line] == ["2", "3", "1"]
    assert [m.line.id for m in arranged(matches, "here", 0, True, kind="video") if m.line] == ["2"]
    assert [m.line.id for m in arranged(matches, "here", 0, True, words="refused FAILED") if m.line] == ["1"]
    differing = replace(matches[0], verdict=Verdict.DIFFERS)
    assert arranged([differing, matches[1]], "both", 3, True, differences=True) == [differing]
    for view, columns in (("here", 5), ("both", 7)):
        for column in range(columns):
            assert len(arranged(matches, view, column, True)) == 3  # type: ignore[arg-type]
            assert all(cell(match, column, view, str) for match in matches)  # type: ignore[arg-type]


def test_a_request_is_a_row_of_words() -> None:
    row = UsageRow(
        timestamp=datetime(2026, 11, 20, 12, tzinfo=UTC), type="generate.text", model="openai/gpt-5.4-nano",
        input_text_tokens=12_000, output_text_tokens=7, output_reasoning_tokens=3,
        cost_usd=Decimal("0.00012"), response_time_ms=912,
    )  # fmt: skip
    match = Match(verdict=Verdict.UNKNOWN, rows=(row,))
    texts = [cell(match, column, "service", lambda name: name.rpartition("/")[2]) for column in range(7)]
    assert texts[1:] == ["gpt-5.4-nano", "Text", "12,000", "10", "0.9 s", "0.00012"]
    bare = Match(
        verdict=Verdict.UNKNOWN, rows=(replace(row, model="", response_time_ms=None, input_text_tokens=0),)
    )
    assert [cell(bare, column, "service", str) for column in (1, 3, 5)] == ["–", "–", "–"]


async def test_requests_are_read_compared_and_saved(tmp_path: Path, qapp: QApplication) -> None:
    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        async with account(tmp_path, qapp, server) as (pane, services):
            await services.create.submit(services.create.plan(picture(), 3))
            await until(lambda: not services.jobs.active())
            fill(server, [now - timedelta(hours=n + 1) for n in range(140)])
            card = pane.findChild(RequestsCard)
            assert card is not None
            pane._sections.choose("requests")
            assert card.model.rowCount() == 0
            assert "when you press" in card.nothing.sentence.text
            QTest.keyClick(card.nothing.button, Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 100)
            card.table.verticalScrollBar().setValue(card.table.verticalScrollBar().maximum())
            await until(lambda: card.model.rowCount() == 143)
            assert card.words.text().startswith("143 requests of the account")
            assert not card.more.isVisible()
            card.kind.changed.emit("audio")
            card.search.setText("eleven")
            card.table.horizontalHeader().setSortIndicator(6, Qt.SortOrder.AscendingOrder)
            await until(lambda: 0 < card.model.rowCount() < 143)
            prices = [Decimal(card.model.index(row, 6).data()) for row in range(card.model.rowCount())]
            assert prices == sorted(prices)
            card.search.clear()
            card.kind.set_value("")

            QTest.keyClick(card.view.part("here"), Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 3)
            QTest.keyClick(card.view.part("both"), Qt.Key.Key_Space)
            assert card.nothing.button.text() == "Compare"
            QTest.keyClick(card.nothing.button, Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 143)
            assert "Agrees: 3" in card.words.text()
            QTest.keyClick(card.differences, Qt.Key.Key_Space)
            await until(lambda: card.model.rowCount() == 140)
            card.table.selectRow(0)
            assert card.words.text().startswith("1 request chosen")

            today = now.date()
            span = DaySpan(today - timedelta(days=3), today)
            await card.write_table(tmp_path / "usage.csv", TableWish("service", span))
            charges = [c for c in server.service.account.ledger if c.at[:10] >= span.first.isoformat()]
            lines = (tmp_path / "usage.csv").read_text().splitlines()
            assert len(lines) == 1 + len(charges)
            assert sum(Decimal(line.split(",")[-2]) for line in lines[1:]) == sum(c.cost for c in charges)
            await card.write_table(tmp_path / "ledger.csv", TableWish("here", span))
            assert len((tmp_path / "ledger.csv").read_text().splitlines()) == 4
            assert card._comparison is not None
            chosen = [m for m in card._comparison.result.matches if m.line is not None]
            await card.write_evidence(tmp_path / "evidence.zip", chosen, prompts=False)
            data = (tmp_path / "evidence.zip").read_bytes()
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                text = "".join(archive.read(name).decode() for name in archive.namelist())
            assert "Requests: 3" in text
            assert "x-request-id" in text.lower() or "request_id" in text
            assert server.key not in text
            assert "heron" not in text


# ---------------------------------------------------------------- budgets


async def test_budgets_are_set_here_and_in_the_preferences(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with account(tmp_path, qapp, server) as (pane, services):
            card = pane._budgets
            assert isinstance(card, BudgetsCard)
            await until(card.isVisible)
            assert not card.day_bar.isVisible()
            card.day.setValue(2.0)
            assert services.settings.values.money.day_budget == 2.0
            page = TodayPage(today=Decimal("1.5"), largest_batch=Decimal("0.5"))
            card.show_today(page)
            assert card.day_bar.isVisible()
            assert (card.day_bar.value(), card.day_words.text()) == (750, "1.500 of 2.000 pollen spent today")
            services.settings.change("money", batch_budget=0.25)
            await until(lambda: card.batch.value() == 0.25)
            card.show_today(TodayPage(today=Decimal("1.5"), largest_batch=Decimal("0.5")))
            assert (card.batch_bar.value(), card.batch_bar._tone) == (1000, "bad")


def test_the_largest_batch() -> None:
    assert largest_batch([]) == 0
    assert SpendingFilter().keeps(CELLS[0])

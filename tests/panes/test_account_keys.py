from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.account import ApiKey, KeyRequest
from studio.panes.account import PANE
from studio.panes.account.key_sheets import NewKeySheet, ShownKeySheet
from studio.panes.account.keys_page import KeysView
from studio.panes.account.keys_presenter import cell, facts
from studio.panes.account.keys_table import COLUMNS
from studio.panes.account.view import AccountPane
from studio.sandbox.account import PLAIN_KEY
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.services.keys import ListedKey
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme
from studio.ui.widgets.surfaces import Pill
from tests.shell.support import running, until
from tests.shell.test_sign_in import press, sheets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Desk:
    pane: AccountPane
    view: KeysView
    services: Services
    ran: list[tuple[str, str]] = field(default_factory=list)


@asynccontextmanager
async def desk(tmp_path: Path, qapp: QApplication, server: SandboxServer, key: str) -> AsyncIterator[Desk]:
    """The Account pane on its Keys page, signed in with `key`."""
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    pane = PANE.build(theme, None)
    assert isinstance(pane, AccountPane)
    pane.resize(1280, 750)
    pane.show()
    pane.activateWindow()
    ran: list[tuple[str, str]] = []
    async with running(tmp_path, server) as services:
        pane.attach(PaneContext(services, theme, lambda *_: None, lambda *what: ran.append(what)))
        if key:
            services.account.keep_in_memory(Secret(key), "default")
            await services.session.use_cloud("default")
        QTest.mouseClick(pane._sections.tabs["keys"], Qt.MouseButton.LeftButton)
        assert pane._keys is not None
        yield Desk(pane, pane._keys, services, ran)
        pane.detach()
        pane.close()
        pane.deleteLater()


async def test_a_key_is_made_shown_once_and_revoked_by_keyboard(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            model = d.view.model
            await until(lambda: model.rowCount() > 1)
            count = model.rowCount()
            assert model.index(0, 0).data() == "Sandbox · in use here"
            QTest.keyClick(d.view.new, Qt.Key.Key_Space)
            sheet = await until(lambda: d.pane.findChild(NewKeySheet))
            assert not sheet.go.isEnabled()
            QTest.keyClicks(sheet.name, "Laptop")
            QTest.mouseClick(sheet.budget.parts.part("1"), Qt.MouseButton.LeftButton)
            QTest.keyClick(sheet.name, Qt.Key.Key_Return)
            shown = await until(lambda: d.pane.findChild(ShownKeySheet))
            key = shown.shown.text()
            assert key.startswith("sk_")
            QTest.keyClick(shown.copy, Qt.Key.Key_Space)
            assert QGuiApplication.clipboard().text() == key
            QTest.keyClick(shown.done, Qt.Key.Key_Space)
            await until(lambda: model.rowCount() == count + 1 and d.view.details.title.text() == "Laptop")
            assert d.view._board is not None
            d.view._board.clear()
            assert QGuiApplication.clipboard().text() == ""
            row = model.row_of(d.view.chosen().key.id)
            assert [model.index(row, column).data() for column in range(1, 5)] == [
                "secret", "never", "in 29 days", "1.000",
            ]  # fmt: skip
            for path in tmp_path.rglob("*"):
                assert not path.is_file() or key.encode() not in path.read_bytes()
            d.view.table.setFocus()
            QTest.keyClick(d.view.table, Qt.Key.Key_Delete)
            await until(press(d.pane, "Revoke"))
            await until(lambda: model.rowCount() == count)
            assert d.services.notices.recent[-1].text == "Laptop is revoked."


async def test_the_key_in_use_cannot_be_revoked_here(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            await until(lambda: d.view.model.rowCount() > 1)
            assert d.view.chosen().own
            assert not d.view.details.revoke.isVisible()
            d.view.table.setFocus()
            QTest.keyClick(d.view.table, Qt.Key.Key_Delete)
            assert not sheets(d.pane)
            QTest.keyClick(d.view.details.sign_out, Qt.Key.Key_Space)
            assert d.ran == [("account.sign_out", "")]


async def test_the_permission_is_asked_for_when_the_page_is_opened(
    tmp_path: Path, qapp: QApplication
) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, PLAIN_KEY) as d:
            await until(lambda: d.view.empty.title.text() == "Nectary may not manage your keys yet")
            QTest.keyClick(d.view.empty.button, Qt.Key.Key_Space)
            assert d.ran == [("account.sign_in", "keys")]
            assert all("/account/keys" not in request["path"] for request in server.requests())


async def test_a_new_key_that_may_shows_the_list_at_once(tmp_path: Path, qapp: QApplication) -> None:
    """After signing in again for the permission, and the other way round; the one in use is marked anew."""
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, PLAIN_KEY) as d:
            await until(lambda: d.view.empty.title.text() == "Nectary may not manage your keys yet")
            d.services.account.keep_in_memory(Secret(server.key), "default")
            await d.services.session.use_cloud("default")
            await until(lambda: d.view.model.rowCount() > 1)
            assert d.view.model.index(0, 0).data() == "Sandbox · in use here"
            d.services.account.keep_in_memory(Secret(PLAIN_KEY), "default")
            await d.services.session.use_cloud("default")
            await until(d.view.empty.isVisible)
            assert not d.view.card.isVisible()


async def test_a_service_that_refuses_is_told_with_a_way_on(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        server.faults([{"path": "/account/keys", "count": 1, "status": 400, "message": "No"}])
        async with desk(tmp_path, qapp, server, server.key) as d:
            await until(lambda: d.view.empty.title.text() == "The keys could not be read")
            QTest.keyClick(d.view.empty.button, Qt.Key.Key_Space)
            await until(lambda: d.view.model.rowCount() > 1)
            server.faults([{"path": "/account/keys", "count": 1, "status": 403, "message": "scope"}])
            QTest.keyClick(d.view.refresh, Qt.Key.Key_Space)
            await until(lambda: d.view.empty.title.text() == "Nectary may not manage your keys yet")


async def test_offline_the_last_list_stays_and_nothing_can_be_changed(
    tmp_path: Path, qapp: QApplication
) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            await until(lambda: d.view.model.rowCount() > 1)
            server.faults([{"path": "", "count": None, "status": 503}])
            await d.services.session.refresh()
            await until(d.view.old.isVisible)
            assert d.view.model.rowCount() > 1
            assert not d.view.new.isEnabled()
            assert not d.view.details.again.isEnabled()
            server.clear_faults()
            await d.services.session.refresh()
            await until(d.view.new.isEnabled)
            await d.services.account.sign_out()
            await until(lambda: d.view.empty.title.text() == "You are not signed in")
            assert not d.view.details.isVisible()


async def test_many_keys_are_searched(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            for number in range(20):
                await d.services.session.client.account.create_key(
                    KeyRequest(name=f"Machine {chr(97 + number) * 6}")
                )
            d.view.presenter.refresh()
            await until(lambda: d.view.model.rowCount() > 20)
            assert d.view.search.isVisible()
            QTest.keyClicks(d.view.search, "machine rrrrrr")  # as no random key begins
            await until(lambda: d.view.model.rowCount() == 1)
            await until(lambda: d.view.details.title.text() == "Machine rrrrrr")
            d.view.search.clear()
            QTest.keyClicks(d.view.search, "nothing like this")
            await until(lambda: d.view.model.rowCount() == 0)
            assert not d.view.details.isVisible()


async def test_closing_without_copying_asks_first(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            await until(lambda: d.view.model.rowCount() > 1)
            d.view.make_new()
            sheet = await until(lambda: d.pane.findChild(NewKeySheet))
            sheet.name.setText("Short lived")
            QTest.keyClick(sheet.go, Qt.Key.Key_Space)
            first = await until(lambda: d.pane.findChild(ShownKeySheet))
            key = first.shown.text()
            QTest.keyClick(first, Qt.Key.Key_Escape)
            await until(press(d.pane, "Back to the key"))
            again = await until(
                lambda: next((s for s in d.pane.findChildren(ShownKeySheet) if s is not first), None)
            )
            assert again.shown.text() == key
            QTest.keyClick(again.done, Qt.Key.Key_Space)
            await until(press(d.pane, "Close"))
            await until(lambda: not sheets(d.pane))


async def test_the_form_says_what_is_sent(qapp: QApplication, tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, server.key) as d:
            await until(lambda: d.view.model.rowCount() > 1)
            d.view.make_new()
            sheet = await until(lambda: d.pane.findChild(NewKeySheet))
            sheet.name.setText("Site")
            sheet.scopes["usage"].setChecked(True)
            sheet.models.which.part("some").click()
            sheet._start()
            assert "at least one model" in sheet._problem.text()
            sheet.models._take("flux")
            sheet.models._take("openai")
            chip = sheet.models.findChildren(Pill)[1]
            QTest.keyClick(chip, Qt.Key.Key_Delete)
            sheet.expiry.parts.part("other").click()
            sheet.expiry.other.setValue(45)
            assert sheet.request == KeyRequest(
                name="Site", type="secret", expires_in=45 * 86400, allowed_models=("flux",),
                pollen_budget=None, account_permissions=("usage",),
            )  # fmt: skip
            sheet.kind.part("publishable").click()
            sheet.addresses.setText("https://a.example/cb, http://127.0.0.1/callback")
            assert sheet.request.redirect_uris == ("https://a.example/cb", "http://127.0.0.1/callback")
            assert (sheet.request.pollen_budget, sheet.request.account_permissions) == (None, ())
            QTest.keyClick(sheet, Qt.Key.Key_Escape)
            await until(lambda: not sheets(d.pane))


def test_a_key_in_words() -> None:
    key = ApiKey(
        id="1", name="Laptop", start="sk_AbC", created_at=NOW - timedelta(days=3), created_via="device-auth",
        expires_at=NOW + timedelta(days=9, minutes=1), last_request=NOW - timedelta(hours=5),
        models=("openai/gpt", "flux"), permissions=("usage", "keys"),
        pollen_balance=Decimal("0.000000000001"),
    )  # fmt: skip
    assert [cell(ListedKey(key), column, NOW) for column in range(len(COLUMNS))] == [
        "Laptop", "secret", "5 h ago", "in 9 days", "0.000000000001",
    ]  # fmt: skip
    assert dict(facts(ListedKey(key), NOW, lambda name: name.rpartition("/")[2])) == {
        "Begins with": "sk_AbC…",
        "May do": "make things, see the wallet and usage, manage keys",
        "Models": "gpt, flux",
        "Made": "17 November, by signing in with a code",
        "Expires": "29 November, in 9 days",
    }
    web = ApiKey(id="2", prefix="pk", enabled=False)
    assert [cell(ListedKey(web, own=True), column, NOW) for column in range(len(COLUMNS))] == [
        "without a name · in use here", "web pages", "never", "switched off", "–",
    ]  # fmt: skip

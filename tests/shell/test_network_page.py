from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.shell.network_page import NetworkPage
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import TextField
from tests.fakes.proxy import proxy
from tests.shell.support import make_window, running, until
from tests.shell.test_preferences import Table, named


@pytest.fixture(autouse=True)
def drawer(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of one test."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(KeyringStore, "get", lambda _s, name: Secret(kept[name]) if name in kept else None)
    monkeypatch.setattr(KeyringStore, "set", lambda _s, name, key: kept.update({name: key.reveal()}))
    monkeypatch.setattr(KeyringStore, "delete", lambda _s, name: kept.pop(name, None))
    return kept


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(speed=0) as running_server:
        yield running_server


def page_of(window: QWidget, services: Services) -> NetworkPage:
    page = open_preferences(window, services, Table(), "network").pages["network"]
    assert isinstance(page, NetworkPage)
    return page


async def gone(window: QWidget) -> None:
    for sheet in window.findChildren(PreferencesSheet):
        sheet.dismiss()
    await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


def note(page: NetworkPage, title: str) -> str:
    row = page.row_of(title)
    assert row is not None
    return row.note.text()


async def test_an_own_proxy_and_its_login(tmp_path: Path, qapp: QApplication, drawer: dict[str, str]) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        page = page_of(window, services)
        assert not page.address.isEnabled()
        page.proxy.part("own").click()
        assert page.address.isEnabled()
        assert "straight" in note(page, "Proxy address")
        page.address.setText("ftp://nonsense")
        QTest.keyClick(page.address, Qt.Key.Key_Return)
        await until(lambda: page.address.error)
        page.address.setText("http://ada:hush@proxy.example:3128")
        QTest.keyClick(page.address, Qt.Key.Key_Return)
        await until(lambda: drawer)
        await until(lambda: page.address.text() == "http://proxy.example:3128")
        assert drawer == {"proxy at proxy.example:3128": "ada:hush"}
        assert services.settings.values.network.proxy_url == "http://proxy.example:3128"
        await until(page.forget.isEnabled)
        page.forget.click()
        await until(lambda: not drawer)
        page.user.setText("grace")
        page.password.setText("hopper")
        page.keep.click()
        await until(lambda: drawer == {"proxy at proxy.example:3128": "grace:hopper"})
        await until(lambda: page.password.text() == "")
        await gone(window)


async def test_another_address_is_asked_about_once(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        page = page_of(window, services)
        usual = services.network.hosts.gen
        field = named(page, TextField, "Address of the service")

        async def answer(button: str) -> None:
            field.setFocus()
            field.setText(server.base_url)
            QTest.keyClick(field, Qt.Key.Key_Return)
            sheet = await until(lambda: next((s for s in window.findChildren(Sheet) if s.isVisible()), None))
            assert isinstance(sheet, Sheet)
            assert "gen.pollinations.ai" in sheet.text.text
            named(sheet, Button, button).click()
            await until(lambda: not [s for s in window.findChildren(Sheet) if s.isVisible()])

        await answer("Keep the address")
        assert services.network.hosts.gen == usual
        await until(lambda: field.text() == "")
        await answer("Send it there")
        await until(lambda: services.network.hosts.gen == server.base_url)
        field.setText("")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: services.network.hosts.gen == usual)
        # The second time nobody is asked.
        field.setText(server.base_url)
        QTest.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: services.network.hosts.gen == server.base_url)
        field.setText("gen.example")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: field.error)
        assert services.network.hosts.gen == server.base_url
        await gone(window)


async def test_what_the_environment_says_is_shown_and_fixed(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    window = make_window(qapp)
    async with running(tmp_path, server) as services:
        page = page_of(window, services)
        field = named(page, TextField, "Address of the service")
        assert field.text() == server.base_url
        assert not field.isEnabled()
        assert "POLLINATIONS_BASE_URL" in note(page, "Address of the service")
        await gone(window)


async def test_an_address_nobody_confirmed_is_not_used(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        services.settings.change("network", media=server.media_url)
        page = page_of(window, services)
        assert named(page, TextField, "Address of the file storage").text() == server.media_url
        assert "Not in use" in note(page, "Address of the file storage")
        assert services.network.hosts.media != server.media_url
        await gone(window)


async def test_the_test_says_what_came_of_it(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    window = make_window(qapp)
    async with running(tmp_path, server) as services:
        page = page_of(window, services)
        page.tester.click()
        await until(lambda: "answered in" in note(page, "Test the connection"))
        await gone(window)
    window = make_window(qapp)
    async with running(tmp_path / "other") as services, proxy(1, refuses=True) as between:
        services.settings.change("network", proxy="own", proxy_url=between.url)
        page = page_of(window, services)
        page.tester.click()
        await until(lambda: f"127.0.0.1:{between.port}" in note(page, "Test the connection"))
        await gone(window)


async def test_certificates_must_be_some(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(qapp)
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")

    async def pick(*_args: object, **_named: object) -> list[Path]:
        return [wrong]

    monkeypatch.setattr("studio.shell.network_page.dialogs.pick_files", pick)
    async with running(tmp_path / "profile") as services:
        page = page_of(window, services)
        named(page, Button, "Choose a file of certificates").click()
        await until(lambda: "wrong.pem" in note(page, "Certificates"))
        assert services.settings.values.network.certificates == ""
        await gone(window)

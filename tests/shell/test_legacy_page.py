from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.keyring_store import KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret
from studio.sandbox.legacy import new_token
from studio.sandbox.server import SandboxServer
from studio.shell.legacy_page import LegacyPage
from studio.shell.preference_page import Page
from studio.shell.preferences import PreferencesSheet, open_preferences
from tests.shell.support import make_window, running, until
from tests.shell.test_preferences import Table


async def test_turned_on_given_a_token_and_tested(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(KeyringStore, "get", lambda _s, name: Secret(kept[name]) if name in kept else None)
    monkeypatch.setattr(KeyringStore, "set", lambda _s, name, key: kept.update({name: key.reveal()}))
    monkeypatch.setattr(KeyringStore, "delete", lambda _s, name: kept.pop(name, None))
    window = make_window(qapp)
    with SandboxServer(speed=0) as server:
        async with running(tmp_path, server) as services:
            await services.session.use_cloud("")
            sheet = open_preferences(window, services, Table(), "legacy")
            page = sheet.pages["legacy"]
            assert isinstance(page, LegacyPage)
            assert isinstance(page, Page)
            assert not page.tester.isEnabled()
            assert not page.token.isEnabled()
            QTest.keyClick(page.switch, Qt.Key.Key_Space)
            assert services.legacy.on
            await until(lambda: page._token_note.text() == "There is none for 127.0.0.1 yet.")
            QTest.mouseClick(page.tester, Qt.MouseButton.LeftButton)
            await until(lambda: "needs your token" in page._result.text())
            QTest.keyClicks(page.token, "no token")
            QTest.mouseClick(page.keep, Qt.MouseButton.LeftButton)
            await until(lambda: page._token_note.text() == "This does not look like a token.")
            page.token.setText(new_token())
            QTest.keyClick(page.token, Qt.Key.Key_Return)
            await until(lambda: page._token_note.text().startswith("Kept in the system keyring"))
            assert page.token.text() == ""
            assert len(kept) == 1
            QTest.mouseClick(page.tester, Qt.MouseButton.LeftButton)
            await until(lambda: page._result.text() == "It answers with 26 models and takes your token.")
            page.address.setText("http://elsewhere.example")
            page.address.editingFinished.emit()
            assert page.address.error
            page.address.setText("https://elsewhere.example/")
            page.address.editingFinished.emit()
            assert services.settings.values.legacy.url == "https://elsewhere.example"
            await until(lambda: page._token_note.text() == "There is none for elsewhere.example yet.")
            page.address.setText("")
            page.address.editingFinished.emit()
            await until(page.forget.isEnabled)
            QTest.mouseClick(page.forget, Qt.MouseButton.LeftButton)
            await until(lambda: not kept)

            def locked(*_args: object) -> None:
                raise KeyringUnavailableError("This system has no keyring.")

            monkeypatch.setattr(KeyringStore, "set", locked)
            page.token.setText(new_token())
            QTest.keyClick(page.token, Qt.Key.Key_Return)
            await until(lambda: page._token_note.text().endswith("holds until the program ends."))
            QTest.keyClick(page.switch, Qt.Key.Key_Space)
            assert not services.legacy.on
            sheet.dismiss()
            await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()

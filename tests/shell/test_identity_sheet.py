"""What is shown of a key before it is kept (points 5 and 20 of the sign-in checklist)."""

from __future__ import annotations

import asyncio
import io
import urllib.parse
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.account import KeyInfo, Profile
from studio.sandbox.account import PLAIN_KEY
from studio.sandbox.server import SandboxServer
from studio.services.account import KeySource
from studio.shell.browser_sheet import BrowserSheet
from studio.shell.identity_sheet import CheckedKey, confirm_identity, read_picture
from studio.shell.sign_in import sign_in
from studio.ui.widgets.surfaces import Avatar, Banner
from studio.ui.widgets.text import KeyValueGrid, Label
from tests.shell.support import make_window, running, until
from tests.shell.test_sign_in import MemoryKeyring, press, ring, sheets, visit, walk

__all__ = ["ring"]


def png(width: int, height: int) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(body, "PNG")
    return body.getvalue()


async def test_20_picture_name_permissions_budget_and_expiry_are_shown(qapp: QApplication) -> None:
    window = make_window(qapp)
    checked = CheckedKey(
        Secret("sk_something1234567890"),
        KeyInfo(
            valid=True, type="secret", name="Nectary", permissions=("profile", "usage"),
            pollen_budget=Decimal("2.5"), expires_at=datetime.now(UTC) + timedelta(days=7, minutes=5),
        ),
        Profile(name="Ada Lovelace", github_username="ada", email="ada@example.org"),
        png(64, 64),
    )  # fmt: skip
    asking = asyncio.ensure_future(confirm_identity(window, checked, wished=("profile", "usage", "keys")))
    sheet = (await until(lambda: sheets(window)))[0]
    assert sheet.findChild(Avatar)._picture is not None
    texts = [label.text() for label in sheet.findChildren(Label)]
    assert "Ada Lovelace" in texts
    assert "ada · ada@example.org" in texts
    facts = sheet.findChild(KeyValueGrid)
    assert facts.value("May do") == "make things, see your profile, see the wallet and usage"
    assert facts.value("Can spend") == "2.500 pollen"
    assert facts.value("Expires") == "in 7 days"
    assert "may not manage keys" in sheet.findChild(Banner).accessibleName()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert await asking is False
    window.close()


@pytest.mark.parametrize("data", [b"", b"no picture", b"<svg/>", png(4096, 2)])
def test_a_picture_that_is_none_or_huge_is_a_letter(qapp: QApplication, data: bytes) -> None:
    assert read_picture(data, 80) is None


async def test_5_another_account_is_named_before_the_key_is_kept(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    """A valid foreign key with the right state, as who read the browser's command line could send it: the
    other account is named, and until the user agrees the old key stays in use."""
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await services.account.keep(Secret(server.key), "ada")
            await services.session.use_cloud("ada")
            # As if the account of before were another one than the sandbox's only user.
            services.account._set(
                type(services.account.state)(
                    source=KeySource.KEYRING, account="ada",
                    key=KeyInfo(valid=True, user_id="usr_ada"), profile=Profile(github_username="ada"),
                )
            )  # fmt: skip
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            page = await until(lambda: opened and opened[0])
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page).query))
            foreign = f"{asked['redirect_uri']}#api_key={PLAIN_KEY}&state={asked['state']}"
            assert await asyncio.to_thread(visit, foreign) == "taken"
            told = await until(lambda: window.findChild(Banner))
            assert told.accessibleName() == "Until now Nectary used the account of ada."
            assert services.account.current_key() == Secret(server.key)
            assert list(ring.kept.values()) == [server.key]
            QTest.keyClick(sheets(window)[0], Qt.Key.Key_Escape)
            assert await asking is False
            assert services.account.current_key() == Secret(server.key)
            assert list(ring.kept.values()) == [server.key]
    window.close()


async def test_managing_keys_is_asked_for_only_when_wanted(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            for more, scope in (
                ("", "profile,usage"),
                ("keys", "profile,usage,keys"),
                ("deploy", "profile,usage"),
            ):
                asking = asyncio.ensure_future(sign_in(window, services, more=more, open_url=opened.append))
                sheet = await until(lambda: window.findChild(BrowserSheet))
                assert ("keys" in sheet.choices.scopes) is (more == "keys")
                sheet.choices.budget.parts.part("other").click()
                sheet.choices.budget.other.setValue(2.25)
                sheet.choices.expiry.parts.part("other").click()
                sheet.choices.expiry.other.setValue(3)
                QTest.keyClick(sheet.go, Qt.Key.Key_Space)
                page = await until(lambda: opened and opened.pop())
                asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page).query))
                assert asked["permissions"] == scope
                assert asked["scope"] == scope.replace(",", " ")
                assert (asked["budget"], asked["expiry"]) == ("2.25", "3")
                if more == "keys":
                    await asyncio.to_thread(visit, await asyncio.to_thread(walk, page, "approve"))
                    await until(press(window, "Use this key"))
                    assert await asking is True
                    assert "keys" in services.account.state.key.permissions
                    assert services.account.state.key.pollen_budget == Decimal("2.25")
                else:
                    QTest.keyClick(sheet, Qt.Key.Key_Escape)
                    assert await asking is False
                await until(lambda: window.findChild(BrowserSheet) is None)
    window.close()


async def test_a_key_that_cannot_be_checked_just_now_is_not_lost(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    """The network is gone, or wants a sign-in of its own first, when the key arrives."""
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer(speed=0) as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            back = await asyncio.to_thread(walk, str(await until(lambda: opened and opened[0])), "approve")
            server.faults([{"path": "/account", "count": None, "body": "html", "content_type": "text/html"}])
            await asyncio.to_thread(visit, back)
            told = await until(
                lambda: next((s for s in sheets(window) if "check it" in s.title.text()), None)
            )
            assert "open one in your browser" in told.text.text
            server.clear_faults()
            await until(press(window, "Try again"))
            await until(press(window, "Use this key"))
            assert await asking is True
            assert services.account.state.source is KeySource.KEYRING
    window.close()


async def test_no_way_to_the_service_is_told_before_a_browser_opens(
    tmp_path: Path, qapp: QApplication
) -> None:
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            server.stop()
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            await until(lambda: "cannot be reached" in sheet._waiting.text())
            assert not opened
            QTest.keyClick(sheet, Qt.Key.Key_Escape)
            assert await asking is False
    window.close()

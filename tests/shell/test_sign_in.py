from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.secrets import Secret
from studio.domain.account import KeyInfo, Profile
from studio.domain.job import JobState
from studio.sandbox.account import APP_KEY
from studio.sandbox.routes import sign_in as sandbox_sign_in
from studio.sandbox.server import SandboxServer
from studio.services import sign_in_listener
from studio.services.account import KeySource
from studio.services.browser_sign_in import Step
from studio.services.session import DEFAULT_ACCOUNT
from studio.shell.browser_sheet import BrowserSheet
from studio.shell.code_sheet import CodeSheet, is_web_page
from studio.shell.identity_sheet import CheckedKey, confirm_identity
from studio.shell.passphrase_sheet import PassphraseSheet
from studio.shell.sign_in import paste_key, sign_in, sign_in_with_code, unlock
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.surfaces import Banner
from studio.ui.widgets.text import KeyValueGrid
from tests.panes.support import desk
from tests.services.studio import picture
from tests.shell.support import make_window, running, until


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps secrets for the length of a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> object:
    before = keyring.get_keyring()
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def sheets(window: QWidget) -> list[Sheet]:
    return [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]


def press(window: QWidget, text: str) -> Callable[[], bool]:
    """Presses the button of the open sheet by keyboard, as soon as it is there and enabled."""

    def try_it() -> bool:
        for sheet in sheets(window):
            for button in sheet.findChildren(Button):
                if button.text() == text and button.isVisible() and button.isEnabled():
                    QTest.keyClick(button, Qt.Key.Key_Space)
                    return True
        return False

    return try_it


def decide(page: str, decision: str) -> None:
    """What the user does on the page, in a browser."""
    with urllib.request.urlopen(page, data=urllib.parse.urlencode({"decision": decision}).encode()) as answer:
        assert answer.status == 200


async def test_a_pasted_key_is_shown_before_it_is_stored(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(paste_key(window, services))
            await until(lambda: sheets(window))
            field = window.findChild(TextField)
            assert field.echoMode() is TextField.EchoMode.Password
            QTest.keyClicks(field, "hello")
            QTest.keyClick(field, Qt.Key.Key_Return)
            await until(lambda: field.error)
            assert field.error.startswith("This does not look like a key.")
            field.setText(f"  {server.key}\n")
            QTest.keyClick(field, Qt.Key.Key_Return)
            facts = await until(lambda: window.findChild(KeyValueGrid))
            assert facts.value("May do").startswith("make things")
            assert not ring.kept
            assert services.account.state.source is KeySource.NONE
            await until(press(window, "Use this key"))
            assert await asking is True
            assert list(ring.kept.values()) == [server.key]
            assert services.account.state.source is KeySource.KEYRING
            assert services.account.state.spendable is not None
            assert services.settings.values.connection.mode == "cloud"
            services.settings.save()
            assert server.key not in services.settings.path.read_text()
            assert services.notices.recent[-1].text == "You are signed in."
    window.close()


async def test_a_key_that_the_service_refuses_is_not_kept(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(paste_key(window, services))
            await until(lambda: sheets(window))
            field = window.findChild(TextField)
            field.setText("sk_thisOneIsNobodysKeyAtAll12345")
            await until(press(window, "Check the key"))
            await until(lambda: field.error)
            QTest.keyClick(field, Qt.Key.Key_Escape)
            assert await asking is False
            assert not ring.kept
            assert services.account.state.source is KeySource.NONE
    window.close()


async def test_without_a_keyring_it_asks_whether_memory_will_do(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(paste_key(window, services))
            await until(lambda: sheets(window))
            window.findChild(TextField).setText(server.key)
            await until(press(window, "Check the key"))
            await until(press(window, "Use this key"))
            await until(press(window, "Keep in memory"))
            assert await asking is True
            assert services.account.state.source is KeySource.MEMORY
            assert services.session.state.online
    window.close()


async def test_a_code_entered_in_the_browser_signs_in(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_sign_in, "POLL_SECONDS", 1)
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in_with_code(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(CodeSheet))
            await until(lambda: opened)
            assert opened[0].startswith(server.enter_url)
            QTest.keyClick(sheet._copy_code, Qt.Key.Key_Space)
            code = QGuiApplication.clipboard().text()
            assert code in opened[0]
            await asyncio.to_thread(decide, opened[0], "approve")
            await until(press(window, "Use this key"))
            assert await asking is True
            assert services.account.state.source is KeySource.KEYRING
            account = services.settings.values.connection.account
            assert ring.kept["nectary", account].startswith("sk_")
    window.close()


async def test_a_denied_code_is_told_calmly_and_can_be_asked_for_again(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_sign_in, "POLL_SECONDS", 1)
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in_with_code(window, services, open_browser=False))
            sheet = await until(lambda: window.findChild(CodeSheet))
            await until(sheet.go.isEnabled)
            await asyncio.to_thread(decide, sheet._page, "deny")
            await until(press(window, "Start again"))
            again = await until(
                lambda: next((s for s in window.findChildren(CodeSheet) if s is not sheet), None)
            )
            QTest.keyClick(again, Qt.Key.Key_Escape)
            assert await asking is False
    window.close()


async def test_the_sandbox_goes_on_while_one_signs_in(tmp_path: Path, qapp: QApplication) -> None:
    """Looking at the sign-in must not change which service the queue speaks to."""
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            services.account.use(Secret(server.key), KeySource.MEMORY)
            await services.session.use_cloud(DEFAULT_ACCOUNT)
            before = services.session.client
            asking = asyncio.ensure_future(
                sign_in_with_code(window, services, open_browser=False, open_url=lambda _url: None)
            )
            sheet = await until(lambda: window.findChild(CodeSheet))
            QTest.keyClick(sheet, Qt.Key.Key_Escape)
            assert await asking is False
            assert services.session.client is before
            assert services.account.state.source is KeySource.MEMORY
    window.close()


async def test_who_it_was_before_and_keys_for_web_pages_are_said(qapp: QApplication) -> None:
    window = make_window(qapp)
    checked = CheckedKey(
        Secret("pk_forAWebPage1234"), KeyInfo(valid=True, type="publishable"), Profile(name="Ada")
    )
    asking = asyncio.ensure_future(confirm_identity(window, checked, before="Grace"))
    sheet = (await until(lambda: sheets(window)))[0]
    assert sheet.text.text == "This is the key of Ada."
    other, web = sheet.findChildren(Banner)
    assert other.accessibleName() == "Until now Nectary used the account of Grace."
    assert "web pages" in web.accessibleName()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert await asking is False
    window.close()


@pytest.mark.parametrize(
    ("address", "fits"),
    [("https://enter.pollinations.ai/device", True), ("http://127.0.0.1:9/device", True),
     ("http://enter.pollinations.ai/device", False), ("file:///etc/passwd", False), ("javascript:1", False),
     ("", False)],
)  # fmt: skip
def test_only_web_pages_are_opened(address: str, fits: bool) -> None:
    assert is_web_page(address) is fits


def walk(page: str, decision: str) -> str:
    """What a browser does: agree or decline on the page; gives the address it is then sent to."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: object) -> None:
            return None

    data = urllib.parse.urlencode({"decision": decision}).encode()
    try:
        urllib.request.build_opener(Stay).open(page, data=data)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers["Location"]
    raise AssertionError("the page sent nobody anywhere")


def visit(address: str) -> str:
    """Go where the page sends one, and do what the relay page's script does. What is shown in the end."""
    place, _, fragment = address.partition("#")
    with urllib.request.urlopen(place) as answer:
        shown = answer.read().decode()
    if not fragment:
        return shown
    given = dict(urllib.parse.parse_qsl(fragment))
    origin = "http://" + urllib.parse.urlsplit(place).netloc
    post = urllib.request.Request(
        place, json.dumps(given).encode(), {"Content-Type": "application/json", "Origin": origin}
    )
    with urllib.request.urlopen(post) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("app_key", ["", APP_KEY])
async def test_the_browser_signs_in(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring, app_key: str
) -> None:
    """Without an app key the key comes back behind the `#`; with one, a code does."""
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            services.account.app_key = app_key
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            assert not opened
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            page = await until(lambda: opened and opened[0])
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page).query))
            assert asked["budget"] == "5"
            assert asked["expiry"] == "7"
            assert asked.get("response_type") == ("code" if app_key else None)
            back = await asyncio.to_thread(walk, page, "approve")
            assert ("code=" in back) is bool(app_key)
            await asyncio.to_thread(visit, back)
            assert not ring.kept
            await until(press(window, "Use this key"))
            assert await asking is True
            assert services.account.state.source is KeySource.KEYRING
            assert services.account.state.key.pollen_budget == 5
            services.settings.save()
            kept = ring.kept["nectary", services.settings.values.connection.account]
            assert kept.startswith("sk_")
            for path in tmp_path.rglob("*"):
                assert not path.is_file() or kept.encode() not in path.read_bytes()
    window.close()


async def test_declining_in_the_browser_is_told_calmly_and_other_ways_are_beside(
    tmp_path: Path, qapp: QApplication
) -> None:
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            page = await until(lambda: opened and opened[0])
            await asyncio.to_thread(visit, await asyncio.to_thread(walk, page, "deny"))
            await until(lambda: "declined" in sheet._waiting.text())
            await until(press(window, "Start again"))
            await until(lambda: len(opened) == 2)
            assert opened[1] != page
            await until(press(window, "Use a code"))
            code = await until(lambda: window.findChild(CodeSheet))
            QTest.keyClick(code, Qt.Key.Key_Escape)
            assert await asking is False
            assert services.account.state.source is KeySource.NONE
    window.close()


async def test_no_browser_and_no_port_leave_the_other_ways(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in(window, services, open_url=lambda _url: False))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            await until(lambda: "No browser" in sheet._waiting.text())

            def blocked(*_args: object) -> None:
                raise PermissionError

            monkeypatch.setattr(sign_in_listener, "_bind_to", blocked)
            await until(press(window, "Start again"))
            await until(lambda: "cannot wait" in sheet._waiting.text())
            await until(press(window, "Paste a key"))
            field = await until(lambda: window.findChild(TextField))
            QTest.keyClick(field, Qt.Key.Key_Escape)
            assert await asking is False
    window.close()


async def test_after_a_while_the_other_ways_are_named(tmp_path: Path, qapp: QApplication) -> None:
    opened: list[str] = []
    window = make_window(qapp)
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(sign_in(window, services, open_url=opened.append))
            sheet = await until(lambda: window.findChild(BrowserSheet))
            sheet._late.setInterval(0)
            QTest.keyClick(sheet.go, Qt.Key.Key_Return)
            await until(lambda: "Still waiting" in sheet._waiting.text())
            sheet.tell(Step.PROXIED, "")  # point 25
            assert "through a proxy" in sheet._waiting.text()
            assert sheet.by_code.kind == "secondary"
            await until(press(window, "Open again"))
            await until(lambda: len(opened) == 2)
            assert opened[0] == opened[1]
            QTest.keyClick(sheet, Qt.Key.Key_Escape)
            assert await asking is False
    window.close()


async def test_several_accounts_are_kept_and_switched(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first="account") as d:
            await d.services.account.keep(Secret(server.key), "ada")
            ring.set_password("nectary", "grace", server.key)
            d.services.settings.change("connection", mode="cloud", account="ada", accounts="ada\ngrace")
            await d.services.session.use_cloud("ada")
            d.commands.run("account.switch", "grace")
            await until(lambda: d.services.settings.values.connection.account == "grace")
            assert d.services.account.state.account == "grace"
            assert d.services.session.state.online
            d.commands.run("account.switch", "nobody")
            await until(lambda: any("nobody" in notice.text for notice in d.services.notices.recent))
            assert d.services.account.state.account == "grace"
            d.commands.run("account.sign_out")
            notice = await until(
                lambda: next((n for n in d.services.notices.recent if n.text == "You are signed out."), None)
            )
            assert [action.argument for action in notice.actions] == ["ada", server.enter_url]
            assert "until you revoke it there" in notice.detail
            assert not d.services.session.connected
            assert list(ring.kept) == [("nectary", "ada")]
            assert d.services.settings.values.connection.accounts == "ada"


async def test_without_a_keyring_a_passphrase_keeps_the_key(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)

    def enter(*texts: str) -> bool:
        sheet = next((s for s in sheets(window) if isinstance(s, PassphraseSheet)), None)
        if sheet is None:
            return False
        for field, text in zip(sheet.findChildren(TextField), texts, strict=True):
            field.setText(text)
        return True

    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(paste_key(window, services))
            await until(lambda: sheets(window))
            window.findChild(TextField).setText(server.key)
            await until(press(window, "Check the key"))
            await until(press(window, "Use this key"))
            await until(press(window, "Passphrase"))
            await until(lambda: enter("correct horse battery", "correct horse batterz"))
            assert not press(window, "Keep the key")()
            assert enter("correct horse battery", "correct horse battery")
            await until(press(window, "Keep the key"))
            assert await asking is True
            assert services.account.state.source is KeySource.FILE
            assert services.session.state.online
        async with running(tmp_path, server) as services:
            asking = asyncio.ensure_future(unlock(window, services))
            await until(lambda: enter("something else here"))
            await until(press(window, "Open"))
            await until(lambda: "does not open" in sheets(window)[0]._problem.text())
            assert enter("correct horse battery")
            await until(press(window, "Open"))
            assert await asking is True
            assert services.account.current_key() == Secret(server.key)
            for path in tmp_path.rglob("*"):
                assert not path.is_file() or server.key.encode() not in path.read_bytes()
            await services.account.sign_out()
            assert not services.account.has_key_file
    window.close()


async def test_33_signing_out_cuts_off_what_is_under_way(
    tmp_path: Path, qapp: QApplication, ring: MemoryKeyring
) -> None:
    """A running job's request ends with the key; the job waits and is not lost."""
    with SandboxServer(speed=0) as server:
        server.faults([{"path": "/image/", "count": None, "latency": 4}])
        async with desk(tmp_path, qapp, server=server, first="account") as d:
            await d.services.account.keep(Secret(server.key), "ada")
            await d.services.session.use_cloud("ada")
            (job,) = await d.services.create.submit(d.services.create.plan(picture(), 1))
            await until(lambda: d.services.jobs.get(job.id).state is JobState.RUNNING)
            d.commands.run("account.sign_out")
            await until(lambda: any(n.text == "You are signed out." for n in d.services.notices.recent))
            await until(lambda: d.services.jobs.get(job.id).state is not JobState.RUNNING)
            assert d.services.jobs.get(job.id).state in (JobState.PAUSED, JobState.QUEUED)
            assert not ring.kept
            assert d.services.account.current_key() is None

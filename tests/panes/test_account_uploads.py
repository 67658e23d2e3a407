from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.secrets import Secret
from studio.domain.asset import Asset
from studio.domain.image import ImageRequest
from studio.domain.media import MediaKind
from studio.panes.account import PANE
from studio.panes.account import uploads_presenter as presenter_module
from studio.panes.account.uploads_page import UploadsView
from studio.panes.account.uploads_table import COLUMNS
from studio.panes.account.uploads_words import cell, facts, sum_words
from studio.panes.account.view import AccountPane
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.services.uploads import Upload
from studio.ui.pane import PaneContext
from studio.ui.theme import Theme
from tests.library.makers import encoded
from tests.shell.support import running, until
from tests.shell.test_sign_in import press

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Desk:
    pane: AccountPane
    view: UploadsView
    services: Services
    opened: list[Any] = field(default_factory=list)


@asynccontextmanager
async def desk(
    tmp_path: Path, qapp: QApplication, server: SandboxServer, *, count: int = 2
) -> AsyncIterator[Desk]:
    """The Account pane on its Uploads page, after so many references were sent."""
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    pane = PANE.build(theme, None)
    assert isinstance(pane, AccountPane)
    pane.resize(1280, 750)
    pane.show()
    pane.activateWindow()
    opened: list[Any] = []
    async with running(tmp_path, server) as services:
        services.account.keep_in_memory(Secret(server.key), "default")
        await services.session.use_cloud("default")
        for number in range(count):
            path = tmp_path / f"heron {number}.png"
            path.write_bytes(encoded(number=number))
            (item,) = await services.references.add_files([path])
            await services.references.prepare([ImageRequest(prompt="x", model="flux", seed=1, image=(item,))])
        pane.attach(PaneContext(services, theme, lambda *what: opened.append(what), lambda *_: None))
        QTest.mouseClick(pane._sections.tabs["uploads"], Qt.MouseButton.LeftButton)
        assert pane._uploads is not None
        yield Desk(pane, pane._uploads, services, opened)
        pane.detach()
        pane.close()
        pane.deleteLater()


async def test_what_was_sent_is_listed_without_asking_and_checked_when_asked(
    tmp_path: Path, qapp: QApplication
) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server) as d:
            model = d.view.model
            await until(lambda: model.rowCount() == 2)
            asked = len([r for r in server.requests() if r["method"] == "HEAD"])
            assert d.view.sum.text().startswith("2 files · ")
            assert {model.index(row, 2).data() for row in range(2)} == {"13 days left"}
            await until(lambda: model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is not None)
            assert len([r for r in server.requests() if r["method"] == "HEAD"]) == asked
            gone = model.upload(0)
            server.service.media.expire(gone.id)
            QTest.keyClick(d.view.check, Qt.Key.Key_Space)
            await until(lambda: model.index(0, 2).data() == "gone")
            assert model.index(1, 2).data().endswith("left")
            assert not d.view.details.copy.isEnabled()
            QTest.keyClick(d.view.details.again, Qt.Key.Key_Space)
            await until(lambda: model.index(0, 2).data().endswith("left"))
            assert model.upload(0).url != gone.url


async def test_link_library_and_forgetting_by_keyboard(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    monkeypatch.setattr(presenter_module.webbrowser, "open", pages.append)
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server) as d:
            await until(lambda: d.view.model.rowCount() == 2)
            first = d.view.chosen()
            d.view.table.setFocus()
            QTest.keyClick(d.view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            assert QGuiApplication.clipboard().text() == first.url
            QTest.keyClick(d.view.details.open, Qt.Key.Key_Space)
            await until(lambda: pages == [first.url])
            QTest.keyClick(d.view.details.show_it, Qt.Key.Key_Space)
            assert [(pane, verb) for pane, verb, _asset in d.opened] == [("library", "show")]
            d.view.table.setFocus()
            QTest.keyClick(d.view.table, Qt.Key.Key_Delete)
            await until(press(d.pane, "Forget"))
            await until(lambda: d.view.model.rowCount() == 1)
            assert d.view.model.upload(0).url != first.url
            foreign = Upload(id="x", url="https://evil.example/x")
            d.view.presenter.open_in_browser(foreign)
            assert pages == [first.url]


async def test_a_tag_lists_what_the_service_has_and_deletes_it(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0) as server:
        async with desk(tmp_path, qapp, server, count=1) as d:
            path = tmp_path / "poster.png"
            path.write_bytes(encoded(number=7))
            await d.services.session.client.media.upload(path, "image/png", tags=("poster",))
            await until(lambda: d.view.model.rowCount() == 1)
            QTest.mouseClick(d.view.which.part("tag"), Qt.MouseButton.LeftButton)
            assert d.view.empty.title.text() == "Which tag?"
            QTest.keyClicks(d.view.tag, "poster")
            QTest.keyClick(d.view.tag, Qt.Key.Key_Return)
            await until(lambda: d.view.model.rowCount() == 1 and d.view.chosen().tags == ("poster",))
            assert d.view.details.remove.text() == "Delete"
            QTest.keyClick(d.view.details.remove, Qt.Key.Key_Space)
            await until(press(d.pane, "Delete"))
            await until(d.view.empty.isVisible)
            assert d.view.empty.title.text() == "Nothing lies under this tag"
            assert server.service.media.tagged("poster") == []
            QTest.mouseClick(d.view.which.part("sent"), Qt.MouseButton.LeftButton)
            await until(lambda: d.view.model.rowCount() == 1)


async def test_nothing_sent_offline_and_a_service_too_old(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer(speed=0, era="seed") as server:
        async with desk(tmp_path, qapp, server, count=0) as d:
            await until(lambda: d.view.empty.title.text() == "Nothing was uploaded from here")
            QTest.mouseClick(d.view.which.part("tag"), Qt.MouseButton.LeftButton)
            QTest.keyClicks(d.view.tag, "poster")
            QTest.keyClick(d.view.tag, Qt.Key.Key_Return)
            await until(d.view.problem.isVisible)
            server.faults([{"path": "", "count": None, "status": 503}])
            await d.services.session.refresh()
            await until(lambda: d.view.empty.title.text() == "The service does not answer")
            assert not d.view.tag.isEnabled()


def test_an_upload_in_words() -> None:
    asset = Asset(
        id="a", path="2026/11/a heron.png", kind=MediaKind.IMAGE, mime="image/png", size=340_000,
        sha256="a" * 64, created_at=NOW,
    )  # fmt: skip
    upload = Upload(
        id="m1", url="https://media.example/m1", asset=asset, size=340_000, mime="image/png",
        uploaded_at=NOW - timedelta(days=3), expires_at=NOW + timedelta(days=11, minutes=5),
    )  # fmt: skip
    assert [cell(upload, column, NOW) for column in range(len(COLUMNS))] == [
        "a heron.png", "3 days ago", "11 days left", "340 kB",
    ]  # fmt: skip
    told = dict(facts(upload, NOW))
    assert (told["Until"], told["Still there"]) == ("1 December, 11 days left", "not asked yet")
    bare = Upload(id="m2", url="https://media.example/m2")
    assert [cell(bare, column, NOW) for column in range(len(COLUMNS))] == ["m2", "–", "–", "–"]
    late = Upload(id="m3", url="https://media.example/m3", expires_at=NOW - timedelta(days=1))
    assert cell(late, 2, NOW) == "over"
    there = Upload(id="m3", url="https://m/m3", expires_at=NOW - timedelta(days=1), presence="there")
    assert cell(there, 2, NOW) == "still there"
    assert sum_words([upload, bare, late], NOW) == "3 files · 340 kB"

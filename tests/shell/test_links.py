from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.shell.links import LinkOpener, host_of
from studio.ui.dialogs import Sheet
from tests.shell.support import make_window, running, until


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://example.com/a?b=c", "example.com"),
        ("http://EXAMPLE.com", "example.com"),
        ("https://user@evil.example/", "evil.example"),
        ("https://аpple.com/", "xn--pple-43d.com"),
        ("mailto:a@b.example", "mailto"),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://", ""),
        ("https://[bad", ""),
        ("https://example.com/\u202ecod.exe", ""),
        ("https://example.com/" + "a" * 3000, ""),
    ],
)
def test_where_a_link_really_leads(address: str, host: str) -> None:
    assert host_of(address) == host


async def test_unknown_hosts_are_asked_about_once(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    window = make_window(qapp)
    async with running(tmp_path) as services:
        links = LinkOpener(services, window)

        def sheet() -> Sheet | None:
            return next((one for one in window.findChildren(Sheet) if one.isVisible()), None)

        first = services.tasks.spawn(links.open("https://example.com/page"), name="link", owner=links)
        shown = await until(sheet)
        assert isinstance(shown, Sheet)
        assert shown.accessibleDescription() == "https://example.com/page", "the whole address is shown"
        shown.finish(False)
        await first
        assert opened == []
        second = services.tasks.spawn(links.open("https://example.com/page"), name="link", owner=links)
        shown = await until(sheet)
        assert isinstance(shown, Sheet)
        shown.finish(True)
        await second
        await links.open("https://example.com/other")
        assert opened == ["https://example.com/page", "https://example.com/other"]
        await links.open("file:///etc/passwd")
        assert len(opened) == 2
        assert services.notices.recent[-1].text == "This link was not opened."
    window.deleteLater()

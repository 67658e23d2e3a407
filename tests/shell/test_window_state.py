"""How the window was left, and how it comes back (studio/shell/main_window.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication

from studio.core.settings import Settings
from studio.shell.main_window import FRAME, LONGEST_STATE, SMALLEST, MainWindow
from studio.shell.top_bar import TopBar
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import TabButton
from tests.panes.support import desk


def window_of(folder: Path, qapp: QApplication, first: str = "create") -> MainWindow:
    Theme("light", 1.0, True).apply(qapp)
    return MainWindow(
        Theme.current(), Settings(folder / "settings.toml"), window_state=folder / "window.state", first=first
    )


def marked(bar: TopBar) -> list[str]:
    return [tab.text() for tab in bar.findChildren(TabButton) if tab.isChecked()]


def test_size_place_and_pane_come_back(tmp_path: Path, qapp: QApplication) -> None:
    window = window_of(tmp_path, qapp)
    place = QRect(QPoint(13, 40), SMALLEST.grownBy(window.contentsMargins()))
    window.setGeometry(place)
    window.show()
    window.open_pane("audio")
    window.detach()
    window.hide()
    again = window_of(tmp_path, qapp, Settings(tmp_path / "settings.toml").values.window.pane)
    screen = again.screen().availableGeometry()
    assert again.size() == place.size().boundedTo(screen.size()) or again.size() == place.size()
    assert marked(again.top_bar) == ["Audio"]
    for one in (window, again):
        one.deleteLater()


def test_a_maximised_window_comes_back_so(tmp_path: Path, qapp: QApplication) -> None:
    window = window_of(tmp_path, qapp)
    window.showMaximized()
    window.detach()
    again = window_of(tmp_path, qapp)
    assert again.isMaximized()
    for one in (window, again):
        one.hide()
        one.deleteLater()


async def test_a_pane_that_takes_longer_comes_with_the_services(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, first="chat") as at:
        assert at.window.current_pane == "chat"
    window = window_of(tmp_path, qapp, "chat")
    assert (window.current_pane, marked(window.top_bar)) == ("", ["Chat"])
    assert window.shows_pane, "it is not the welcome page"
    window.open_pane("create")
    assert (window.current_pane, marked(window.top_bar)) == ("create", ["Create"])
    window.deleteLater()


def test_a_pane_that_is_not_there_is_the_usual_one(tmp_path: Path, qapp: QApplication) -> None:
    window = window_of(tmp_path, qapp, "../../etc")
    assert window.current_pane == "create"
    window.deleteLater()


@pytest.mark.parametrize(
    "kept", [b"", b"nonsense", b"\0" * 100, bytes(range(256)) * 40, b"x" * (LONGEST_STATE * 4)]
)
def test_nonsense_is_the_usual_size(tmp_path: Path, qapp: QApplication, kept: bytes) -> None:
    (tmp_path / "window.state").write_bytes(kept)
    window = window_of(tmp_path, qapp)
    assert window.width() >= SMALLEST.width()
    assert window._is_reachable()
    window.deleteLater()


@pytest.mark.parametrize("at", [QPoint(-30_000, -30_000), QPoint(9_000, 200), QPoint(200, 9_000)])
def test_a_screen_that_is_gone_leaves_nobody_without_a_window(
    tmp_path: Path, qapp: QApplication, at: QPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "window.state").write_bytes(b"kept")

    def restore(window: MainWindow, _kept: QByteArray | bytes) -> bool:
        """A system that puts it where it was, screen or no screen."""
        window.setGeometry(QRect(at, QSize(1200, 800)))
        return True

    monkeypatch.setattr(MainWindow, "restoreGeometry", restore)
    window = window_of(tmp_path, qapp)
    assert window._is_reachable()
    window.deleteLater()


def test_a_folder_that_cannot_be_written_does_not_keep_the_program_open(
    tmp_path: Path, qapp: QApplication
) -> None:
    (tmp_path / "file").write_text("in the way")
    window = window_of(tmp_path, qapp)
    window._state_file = tmp_path / "file" / "window.state"
    window.detach()
    window.deleteLater()


def test_the_first_window_leaves_room_for_the_systems_frame(tmp_path: Path, qapp: QApplication) -> None:
    window = window_of(tmp_path, qapp)
    room = window.screen().availableSize()
    assert window.height() <= max(room.height() - FRAME.height(), SMALLEST.height())
    assert window.width() <= max(room.width() - FRAME.width(), SMALLEST.width())
    window.deleteLater()

"""The window as keyboards and screen readers meet it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QWidget,
)

from studio.ui import tab_order
from studio.ui.theme import Theme
from studio.ui.widgets.overlay import Overlay
from tests.panes.support import desk
from tests.shell.support import until

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QLineEdit)
HANDLES = {
    "create": ("Create", "Library", "Account", "Prompt", "Model", "Generate", "Gallery", "Inspector"),
    "library": ("Create", "Library", "Account", "Search library", "Gallery", "Inspector"),
    "account": ("Create", "Library", "Account", "Sign in"),
    "": ("Create", "Library", "Account", "Sign in"),
}


def walk(window: QWidget) -> list[QWidget]:
    """Where Tab leads, until it is round."""
    stops: list[QWidget] = []
    if (focused := window.focusWidget()) is not None:
        focused.clearFocus()
    while tab_order.step(window, forwards=True) and (at := window.focusWidget()) not in stops:
        assert at is not None
        stops.append(at)
    return stops


@pytest.mark.parametrize("pane", list(HANDLES))
async def test_tab_reaches_every_control_and_each_has_a_name(
    pane: str, tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, first=pane or "create", pictures=3) as at:
        window = at.window
        window.show_welcome() if not pane else window.open_pane(pane)
        if pane in ("create", "library"):
            await until(lambda: part_shows(window, "Note"))
        stops = walk(window)
        nameless = [stop for stop in stops if not stop.accessibleName()]
        assert nameless == []
        visible = [w for w in window.findChildren(QWidget) if w.isVisible() and w.isEnabled()]
        unreachable = [
            w.accessibleName() or repr(w)
            for w in visible
            if isinstance(w, CONTROLS)
            and w not in stops
            and w.focusProxy() is None
            and not tab_order.stands_back(w)
            and w.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert unreachable == []
        names = Counter(w.accessibleName() for w in window.findChildren(QWidget) if w.isVisible())
        assert {handle: names[handle] for handle in HANDLES[pane]} == dict.fromkeys(HANDLES[pane], 1)
        controls = Counter(stop.accessibleName() for stop in stops)
        assert [name for name, count in controls.items() if count > 1] == []


def part_shows(window: QWidget, name: str) -> bool:
    return any(w.isVisible() and w.accessibleName() == name for w in window.findChildren(QWidget))


async def test_the_order_of_tab_follows_the_eye(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, first="create", pictures=3) as at:
        await until(lambda: part_shows(at.window, "Note"))
        names = [stop.accessibleName() for stop in walk(at.window)]
        order = [
            "Create", "Jobs", "Search everything", "Preferences", "Prompt", "Model", "Seed", "Images",
            "More options", "Generate", "Make a grid", "Search results", "Gallery", "Show large",
            "Add a tag", "Note",
        ]  # fmt: skip
        assert [name for name in names if name in order] == order


async def test_the_shortcuts_page_lists_the_commands_and_closes(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        at.commands.run("app.shortcuts")
        sheet = await until(lambda: next((o for o in at.window.findChildren(Overlay) if o.isVisible()), None))
        assert isinstance(sheet, Overlay)
        assert sheet.accessibleName() == "Keyboard shortcuts"
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not sheet.isVisible())


@pytest.mark.parametrize(("scale", "size", "columns"), [(1.0, (1280, 800), 3), (1.5, (1280, 800), 3)])
async def test_three_columns_fit_beside_the_form(
    scale: float, size: tuple[int, int], columns: int, tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, first="create", size=size, pictures=4) as at:
        Theme.current().set_font_scale(scale)
        gallery = next(w for w in at.window.findChildren(QWidget) if w.accessibleName() == "Gallery")
        await until(lambda: gallery.model().rowCount() == 4)  # type: ignore[attr-defined]  # a gallery view
        tops = [gallery.visualRect(gallery.model().index(n, 0)).top() for n in range(4)]  # type: ignore[attr-defined]
        assert tops.count(tops[0]) >= columns
        right = gallery.mapTo(at.window, gallery.rect().topRight()).x()
        assert right <= at.window.width()

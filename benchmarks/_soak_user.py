"""A busy user for the soak: finds controls as one does, presses them, and waits for what follows."""

from __future__ import annotations

import asyncio
import json
import random
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu, QWidget

from studio.services.context import Services
from studio.shell.main_window import MainWindow
from studio.ui.asset_browser import AssetBrowser
from studio.ui.widgets.overlay import Overlay

W = TypeVar("W", bound=QWidget)
PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.02
KEY_SECONDS = 0.03
NOTHING_ELSE = "step took too long"
WORDS = (
    "lighthouse", "heron", "reeds", "fog", "harbour", "dunes", "pine", "winter", "lantern", "violet", "ridge",
    "evening", "poppy", "glass", "copper", "rain", "window", "market", "garden", "planet", "river", "moss",
)  # fmt: skip


class GiveUpError(Exception):
    """A step cannot be done now (nothing to choose, a service that is away); no fault of the program."""


@dataclass(slots=True)
class Tally:
    """What was done and what went wrong."""

    steps: Counter[str] = field(default_factory=Counter[str])
    given_up: Counter[str] = field(default_factory=Counter[str])
    troubles: list[str] = field(default_factory=list[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    restarts: int = 0


class User:
    """What every part of the script builds on.

    Args:
        order: asks the process outside for something ("kill" or "start" the service).
        pace: seconds of thinking between two steps, on average.
    """

    def __init__(
        self, window: MainWindow, services: Services, folder: Path, seed: int, order: Callable[[str], None],
        pace: float,
    ) -> None:  # fmt: skip
        self.window, self.services, self.folder, self.order = window, services, folder, order
        self.rng = random.Random(seed)
        self.tally = Tally()
        self.pace = pace
        self.base_url = services.session.hosts.gen
        self.away = False
        """Whether the service is down by our own doing."""

    # ------------------------------------------------------------------ waiting

    async def until(self, is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for a state of the window; TimeoutError names what was waited for."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not is_so():
            if loop.time() > end:
                raise TimeoutError(is_so.__qualname__)
            await asyncio.sleep(LOOK_SECONDS)

    async def found(self, look: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """What `look` gives once it gives something."""
        last: list[Any] = []

        def there() -> bool:
            last[:] = [look()]
            return bool(last[0])

        there.__qualname__ = look.__qualname__
        await self.until(there, seconds)
        return last[0]

    async def rest(self, least: float = 0.1, most: float = 0.4) -> None:
        await asyncio.sleep(self.rng.uniform(least, most) * min(self.pace * 2, 1))

    # ------------------------------------------------------------------ pressing

    async def type(self, widget: QWidget, text: str) -> None:
        """Letters, with the moments between two of them."""
        widget.setFocus()
        for letter in text:
            QTest.keyClick(widget, letter)
            await asyncio.sleep(KEY_SECONDS)

    async def keys(
        self, widget: QWidget, *keys: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        for key in keys:
            if not shiboken6.isValid(widget):
                return
            QTest.keyClick(widget, key, held)
            await asyncio.sleep(KEY_SECONDS)

    def press(self, button: QAbstractButton) -> None:
        """A click on a button that may be pressed."""
        if not button.isEnabled():
            raise GiveUpError(f"{button.text() or button.accessibleName()} cannot be pressed")
        if button.isVisible():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            button.click()

    def part(self, parent: QWidget, kind: type[W]) -> W:
        part = parent.findChild(kind)
        if part is None:
            raise GiveUpError(f"no {kind.__name__}")
        return part

    # ------------------------------------------------------------------ what stands before the window

    def overlays(self) -> list[Overlay]:
        return [one for one in self.window.findChildren(Overlay) if one.isVisible()]

    async def overlay(self, kind: type[Overlay] = Overlay) -> Any:
        """The sheet that was asked for, once it is there."""
        return await self.found(lambda: next((o for o in self.overlays() if isinstance(o, kind)), None), 10)

    def button_in(self, parent: QWidget, *texts: str) -> QAbstractButton:
        for one in parent.findChildren(QAbstractButton):
            if one.isVisibleTo(parent) and any(
                one.text().startswith(text) or one.accessibleName().startswith(text) for text in texts
            ):
                return one
        raise GiveUpError(f"no button {texts}")

    async def save_as(self, target: Path) -> None:
        """Answer the dialog that asks for a place, a folder or a file."""

        def dialog() -> QFileDialog | None:
            tops = QApplication.topLevelWidgets()
            shown = [*self.window.findChildren(QFileDialog), *(t for t in tops if isinstance(t, QFileDialog))]
            return next((one for one in shown if one.isVisible()), None)

        asked = await self.found(dialog, 10)
        await self.rest()
        if asked.fileMode() == QFileDialog.FileMode.Directory:
            asked.setDirectory(str(target))
        asked.selectFile(str(target))
        asked.done(QFileDialog.DialogCode.Accepted)
        await asyncio.sleep(0.05)

    async def clear_the_way(self) -> None:
        """Close whatever stands before the window."""
        for menu in self.window.findChildren(QMenu):
            menu.close()
        for dialog in self.window.findChildren(QFileDialog):
            if dialog.isVisible():
                dialog.reject()
        for pane in ("create", "library"):
            if pane in self.window._panes:
                self.browser(pane).leave_viewer()
        for overlay in reversed(self.overlays()):
            if shiboken6.isValid(overlay):
                overlay.dismiss()
        await asyncio.sleep(0.05)

    # ------------------------------------------------------------------ the gallery

    def browser(self, pane: str) -> AssetBrowser:
        view: Any = self.window.pane(pane)
        found = view._browser if pane == "library" else view._results and view._results.browser
        if found is None:
            raise GiveUpError("the gallery is not there yet")
        return found

    async def choose(self, browser: AssetBrowser, count: int = 1) -> list[int]:
        """Select neighbours in the gallery, with the pointer's first click and keys; their positions."""
        rows = browser.model.rowCount()
        if rows < count:
            raise GiveUpError("too few in the gallery")
        first = self.rng.randrange(min(rows, 60) - count + 1)
        view = browser.view
        view.setFocus()
        view.clearSelection()
        view.setCurrentIndex(browser.model.index(first, 0))
        view.scrollTo(browser.model.index(first, 0))
        for place in range(first, first + count):
            flag = QItemSelectionModel.SelectionFlag.Select
            view.selectionModel().select(browser.model.index(place, 0), flag)
        await self.rest()
        return list(range(first, first + count))

    async def click_in(self, widget: QWidget, at: QPoint) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        await asyncio.sleep(KEY_SECONDS)

    # ------------------------------------------------------------------ the service

    async def control(self, path: str, method: str = "POST", body: object = None) -> Any:
        """Tell the sandbox something, or ask it; None while it is away."""
        return await asyncio.to_thread(self._control, path, method, body)

    def _control(self, path: str, method: str, body: object) -> Any:
        request = urllib.request.Request(
            f"{self.base_url}/_sandbox/{path}", None if body is None else json.dumps(body).encode(),
            {"content-type": "application/json"}, method=method,
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read() or b"null")
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def sentence(self, least: int = 3, most: int = 9) -> str:
        return " ".join(self.rng.choice(WORDS) for _ in range(self.rng.randint(least, most)))

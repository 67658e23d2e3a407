"""Goes round the program in one language: `python -m scripts.word_round LANGUAGE [DIR]`.

Opens every pane, the preferences and the main sheets on the sandbox, prints as JSON every word that a
widget shows or says (place, widget, text), and saves a picture of each place in DIR. `qps` is English in
brackets, so that a text without them has not been through `tr`; `qpsr` is the same from right to left:
docs/translating.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.i18n import use_language

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView, QWidget

    from studio.services.context import Services
    from studio.shell.main_window import MainWindow

PROMPT = "0x5ea 4711"
"""Data of the user's: nothing in it looks like words."""
FROM_THE_RIGHT = "מגדלור על צוק 4711\nمنارة عند الغروب, flux 0.5"
"""A lighthouse in Hebrew and in Arabic, for the pictures: each line runs its own way."""
PANES = ("create", "library", "chat", "audio", "account")
SHEETS = (
    "backup.make",
    "app.repair",
    "help.about",
    "help.tour",
    "account.sign_in",
    "account.sign_in_code",
    "account.paste_key",
)
SIZE = (1280, 800)
SETTLE = 0.15
LONGER = 0.5
"""Seconds until what was opened has come to rest: to be listened to, and to be looked at."""
MOST_ITEMS = 60


class Round:
    """One way through the window."""

    def __init__(self, window: MainWindow, services: Services, folder: Path | None) -> None:
        self.window = window
        self.services = services
        self.folder = folder
        self.heard: list[tuple[str, str, str]] = []

    async def at(self, place: str) -> None:
        """Listen to what is seen here, and take a picture of it."""
        await asyncio.sleep(LONGER if self.folder is not None else SETTLE)
        for widget, text in said_by(self.window):
            self.heard.append((place, widget, text))
        if self.folder is not None:
            self.window.grab().save(str(self.folder / f"{place}.png"))

    async def go(self) -> None:
        await self._make()
        for pane in PANES:
            self.window.open_pane(pane)
            await self.at(pane)
        await self._inside()
        await self._sheets()
        self.window.show_welcome()
        await self.at("welcome")

    async def _make(self) -> None:
        """A picture and an answer, so that the panes have something to show."""
        from studio.domain.image import ImageRequest

        services = self.services
        model = next(m.name for m in services.catalogue.models if m.makes_images and not m.paid_only)
        request = ImageRequest(prompt=PROMPT, model=model, seed=5, width=512, height=512)
        plan = replace(services.create.plan(request, 2), problem="")
        waiting = {job.id for job in await services.create.submit(plan)}
        done = asyncio.Event()
        connection = services.jobs.finished.connect(
            lambda job: (waiting.discard(job.id), None if waiting else done.set())
        )
        if waiting & {job.id for job in services.jobs.active()}:
            await asyncio.wait_for(done.wait(), 60)
        connection.disconnect()

    async def _inside(self) -> None:
        """Further places of the panes."""
        self.window.open_pane("create")
        view: Any = self.window.pane("create")
        view.form.prompt.set_text(f"{PROMPT} {{1|2}}")
        await self.at("create-variants")
        if view.form.parts is not None:
            view.form.parts.disclosure.setChecked(True)
        await self.at("create-more")
        view.form.kind.part("video").click()
        await self.at("create-video")
        self.window.open_pane("library")
        library: Any = self.window.pane("library")
        from studio.ui.asset_browser import AssetBrowser

        browser: Any = library.findChild(AssetBrowser)
        browser.view.selectAll()
        await self.at("library-many")
        browser.view.setCurrentIndex(browser.model.index(0))
        browser.show_large()
        await self.at("viewer")
        browser.viewer.leave()
        library.search.setText("0x0")
        await self.at("library-nothing")
        library.search.clear()
        library._layouts.part("list").click()
        await self.at("library-list")
        library._layouts.part("grid").click()
        await self._chat()
        audio: Any = self.window.pane("audio")
        self.window.open_pane("audio")
        for page in ("music", "transcribe"):
            audio.pages.part(page).click()
            await self.at(f"audio-{page}")
        await self._account()

    async def _chat(self) -> None:
        self.window.open_pane("chat")
        view: Any = self.window.pane("chat")
        presenter = view._desk.presenter
        presenter.drafts.put(PROMPT)
        await asyncio.sleep(SETTLE)
        presenter.send()
        await asyncio.sleep(SETTLE)
        while presenter.streaming:  # noqa: ASYNC110 - the moment does not matter
            await asyncio.sleep(0.1)
        await self.at("chat-answer")
        if self.folder is not None:
            presenter.drafts.put(FROM_THE_RIGHT)
            await asyncio.sleep(SETTLE)
            presenter.send()
            await asyncio.sleep(SETTLE)
            while presenter.streaming:  # noqa: ASYNC110 - the moment does not matter
                await asyncio.sleep(0.1)
            presenter.drafts.put(FROM_THE_RIGHT)
            await self.at("chat-from-the-right")
            presenter.drafts.put("")
        view.act("parameters")
        await self.at("chat-parameters")
        view.header.parameters.click()

    async def _account(self) -> None:
        from studio.panes.account.sections import Sections

        self.window.open_pane("account")
        sections: Any = self.window.pane("account").findChild(Sections)
        for section in ("keys", "uploads", "requests"):
            sections.choose(section)
            await self.at(f"account-{section}")
        sections.choose("overview")

    async def _sheets(self) -> None:
        from studio.shell.preference_pages import PAGES

        for page in PAGES:
            self.window.open_preferences(page.id)
            await self._sheet(f"preferences-{page.id}")
        self.window.open_palette()
        await self._sheet("palette")
        self.window.open_shortcuts()
        await self._sheet("shortcuts")
        for command in SHEETS:
            self.window.run(command)
            await self._sheet(command.replace(".", "-"))
        self.window.open_pane("create")
        view: Any = self.window.pane("create")
        view.form.kind.part("image").click()
        view.act("grid")
        await self._sheet("grid")
        self.window.top_bar.open_jobs()
        await self._sheet("jobs")

    async def _sheet(self, place: str) -> None:
        """What stands over the window, which goes afterwards."""
        from studio.ui.widgets.overlay import Overlay

        await self.at(place)
        for overlay in reversed(self.window.findChildren(Overlay)):
            if overlay.isVisible():
                overlay.dismiss()
        await asyncio.sleep(SETTLE)


def said_by(window: QWidget) -> Iterator[tuple[str, str]]:
    """Every text of every widget that is seen: what it shows, and what a screen reader says of it."""
    from PySide6.QtWidgets import QAbstractItemView, QWidget

    for widget in [window, *window.findChildren(QWidget)]:
        if not widget.isVisible():
            continue
        kind = f"{type(widget).__name__} {widget.objectName()}".strip()
        for read in (
            "text",
            "accessibleName",
            "accessibleDescription",
            "toolTip",
            "placeholderText",
            "title",
        ):
            method = getattr(widget, read, None)
            text = method() if callable(method) else None
            if isinstance(text, str) and text.strip():
                yield f"{kind}.{read}", text
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            for text in items_of(widget):
                yield f"{kind}.item", text


def items_of(view: QAbstractItemView) -> Iterator[str]:
    """What the first items of a list or a table say."""
    from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
    from PySide6.QtWidgets import QTableView

    model = view.model()
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
    # Lists keep their columns to themselves.
    columns = model.columnCount(QModelIndex()) if isinstance(model, QAbstractTableModel) else 1
    found: list[object] = []
    for column in range(columns):
        if isinstance(view, QTableView):
            found.append(model.headerData(column, Qt.Orientation.Horizontal))
        for row in range(min(model.rowCount(QModelIndex()), MOST_ITEMS)):
            found += [model.data(model.index(row, column), role) for role in roles]
    yield from (text for text in found if isinstance(text, str) and text.strip())


def main(arguments: list[str]) -> int:
    language, folder = arguments[0], Path(arguments[1]) if len(arguments) > 1 else None
    use_language(language)  # before anything with words is imported
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)

    from PySide6.QtWidgets import QApplication

    from studio import eventloop
    from studio.core.paths import portable_paths
    from studio.core.settings import Settings
    from studio.services.notices import NoticeCentre
    from studio.shell.main_window import MainWindow
    from studio.shell.program import Program
    from studio.ui.language import speak
    from studio.ui.theme import Theme

    application = QApplication(sys.argv[:1])
    speak(application)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        paths = portable_paths(Path(temporary))
        settings = Settings(paths.settings)
        theme = Theme("light", 1.0, True)
        theme.apply(application)
        window = MainWindow(theme, settings, window_state=paths.window_state)
        window.resize(*SIZE)
        window.show()
        notices = NoticeCentre()
        heard: list[tuple[str, str, str]] = []

        async def errand(window: MainWindow, services: Services) -> int:
            way = Round(window, services, folder)
            await way.go()
            heard.extend(way.heard)
            heard.extend(("models", "name", one.title) for one in services.catalogue.models if one.title)
            return 0

        program = Program(window, settings, notices, paths, environment={}, force_sandbox=True, errand=errand)
        code = eventloop.run(
            application, program.run, report=notices.report, on_interrupt=program.request_quit
        )
    print(json.dumps(heard, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

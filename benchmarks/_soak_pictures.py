"""What the soak's user does with pictures and films: makes them, looks at them, keeps them in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from benchmarks._soak_user import GiveUpError, User
from studio.domain.media import MediaKind
from studio.panes.create.grid_sheet import GridSheet
from studio.ui.compare_view import CompareView
from studio.ui.dialogs import Sheet
from studio.ui.drop_veil import TAKE_IN, wanted
from studio.ui.film_panel import FilmPanel
from studio.ui.grid_view import GridView
from studio.ui.lineage_sheet import LineageSheet

Key = Qt.Key
CHEAP = ("flux", "zimage", "turbo")


def make_folder(folder: Path, count: int, number: int) -> Path:
    """Pictures from elsewhere, some of them damaged, some not pictures at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        picture = Image.effect_noise((640, 480), 40 + n % 30).convert("RGB")
        ImageDraw.Draw(picture).text((20, 20), f"{number} {n}", (250, 240, 200))
        picture.save(folder / f"photo {n}.jpg", quality=80)
    whole = (folder / "photo 0.jpg").read_bytes()
    (folder / "torn.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "words.png").write_text("no picture")
    (folder / "broken film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(400))
    (folder / "notes.json").write_text("{not json")
    return folder


class PictureUser(User):
    """The Create and Library panes."""

    imports = 0

    # ------------------------------------------------------------------ making

    def _form(self) -> Any:
        self.window.open_pane("create")
        view: Any = self.window.pane("create")
        if view._presenter is None:
            raise GiveUpError("no services yet")
        return view.form

    async def _write(self, text: str) -> Any:
        form = self._form()
        form.prompt.set_text("")
        await self.type(form.prompt.editor, text[:30])
        form.prompt.set_text(text)
        return form

    def _model(self, form: Any, kind: str) -> None:
        models = [m for m in self.services.catalogue.models if (
            m.makes_images if kind == "image" else m.makes_videos)]  # fmt: skip
        if not models:
            raise GiveUpError("no models")
        cheap = [m for m in models if any(name in (m.name, *m.aliases) for name in CHEAP)]
        model = self.rng.choice(cheap or models)
        form.model.set_value(model.name)
        form.edit(model=model.name)

    async def _generate(self, form: Any) -> None:
        before = len(self.services.jobs.all())
        await self.until(lambda: form.button.isEnabled() and not form.button.loading, 10)
        self.press(form.button)
        await asyncio.sleep(0.3)
        for sheet in self.overlays():
            if isinstance(sheet, Sheet):
                self.press(self.button_in(sheet, "Generate", "Make"))
        await asyncio.sleep(0.2)
        if len(self.services.jobs.all()) < before:
            raise GiveUpError("nothing was ordered")

    async def make_pictures(self) -> None:
        form = await self._write(self.sentence())
        form.kind.part("image").click()
        self._model(form, "image")
        form.shape.part(self.rng.choice(("1:1", "3:2", "16:9", "9:16"))).click()
        form.count.setValue(self.rng.randint(1, 4))
        await self._generate(form)

    async def make_variants(self) -> None:
        form = await self._write(f"{self.sentence(2, 4)} at {{dawn|noon|{{blue|golden}} hour}}")
        form.kind.part("image").click()
        self._model(form, "image")
        form.count.setValue(1)
        form.words.variants_wanted.emit(form.words)
        await self.rest()
        await self.clear_the_way()
        await self._generate(form)

    async def make_film(self) -> None:
        form = await self._write(self.sentence())
        form.kind.part("video").click()
        await self.rest()
        form.count.setValue(1)
        try:
            await self._generate(form)
        finally:
            form.kind.part("image").click()

    async def make_grid(self) -> None:
        form = await self._write(f"{self.sentence(2, 4)} at {{dawn|noon|dusk}}")
        form.kind.part("image").click()
        self._model(form, "image")
        form.edit(style="")
        self.window.run("create.grid")
        sheet: Any = await self.overlay(GridSheet)
        chosen = 0
        for choice, box, _row in sheet.across.listed_rows():
            wanted_one = "FLUX" in choice.label.upper() and chosen < 2
            chosen += wanted_one
            box.setChecked(wanted_one)
        sheet.down.show_parameter("choice:0")
        sheet.judge()
        await self.rest()
        if not sheet.make.isEnabled():
            raise GiveUpError("no grid of this")
        self.press(sheet.make)
        view: Any = await self.overlay(GridView)
        await asyncio.sleep(1.5)
        await self.keys(view, Key.Key_Right, Key.Key_Down)
        await self.clear_the_way()

    async def use_reference(self) -> None:
        browser = self.browser("library")
        self.window.open_pane("library")
        await self.choose(browser)
        row = browser.current()
        if row is None or row.kind is not MediaKind.IMAGE:
            raise GiveUpError("no picture")
        self.window.run(f"asset.{self.rng.choice(('reference', 'edit', 'vary', 'use_all', 'animate'))}")
        await asyncio.sleep(0.5)
        form = self._form()
        if form.kind.value() == "video":
            form.kind.part("image").click()
        form.count.setValue(1)
        if self.rng.random() < 0.4:
            await self._generate(form)
        if form.parts is not None:
            form.parts.reset.emit()

    async def type_many_choices(self) -> None:
        """A prompt with hundreds of choices, and keys into it."""
        form = self._form()
        form.prompt.set_text("a {" + "|".join(f"{word} {n}" for n in range(20) for word in (
            "heron", "fox", "owl", "hare", "lynx")) + "} in {a|b|c|d} ")  # fmt: skip
        await self.type(form.prompt.editor, self.sentence(2, 3))
        form.prompt.set_text("")

    async def cancel_some(self) -> None:
        active = self.services.jobs.active()
        if not active:
            raise GiveUpError("nothing runs")
        self.window.top_bar.open_jobs()
        await self.rest(0.3, 0.6)
        await self.clear_the_way()
        self.window.run("job.cancel", self.rng.choice(active).id)

    async def retry_failed(self) -> None:
        self.window.top_bar.open_jobs()
        await self.rest(0.3, 0.6)
        await self.clear_the_way()
        self.window.run("queue.retry_failed")

    async def clear_jobs(self) -> None:
        """Press Clear in the tray, as one does when it is full."""
        self.window.top_bar.open_jobs()
        tray = await self.overlay()
        try:
            self.press(self.button_in(tray, "Clear"))
        finally:
            await self.clear_the_way()

    # ------------------------------------------------------------------ looking

    async def scroll(self) -> None:
        self.window.open_pane("library")
        bar = self.browser("library").view.verticalScrollBar()
        for _ in range(3):
            for step in range(15):
                bar.setValue(bar.maximum() * step // 14)
                await asyncio.sleep(0.02)
        bar.setValue(0)

    async def search(self) -> None:
        self.window.open_pane("library")
        view: Any = self.window.pane("library")
        word = self.rng.choice((self.sentence(1, 1), "model:flux", "rating:>2", "-fog harbour", "nowhere"))
        await self.type(view.search, word)
        await asyncio.sleep(0.4)
        view.search.clear()
        await asyncio.sleep(0.2)

    async def filter(self) -> None:
        self.window.open_pane("library")
        view: Any = self.window.pane("library")
        presenter = view._presenter
        for _ in range(2):
            view.side_bar.rating.emit(3)
            await self.rest()
        view.side_bar.kind.emit("image")
        view._order._take(self.rng.choice(("newest", "oldest", "rating", "cost", "name")))
        await self.rest()
        view._stacks.setChecked(not view._stacks.isChecked())
        await self.rest()
        view._layouts.part(self.rng.choice(("list", "grid"))).click()
        await self.rest(0.3, 0.6)
        view._layouts.part("grid").click()
        view._stacks.setChecked(False)
        view._order._take("newest")
        presenter.show_everything()

    async def look_large(self) -> None:
        """The viewer: zoom, pan, step, leave."""
        pane = self.rng.choice(("create", "library"))
        self.window.open_pane(pane)
        browser = self.browser(pane)
        await self.choose(browser)
        browser.show_large()
        viewer = browser.viewer
        if viewer is None:
            raise GiveUpError("no viewer")
        await self.rest(0.2, 0.4)
        for key in (Key.Key_Plus, Key.Key_Plus, Key.Key_Left, Key.Key_Minus, Key.Key_Right, Key.Key_Right):
            await self.keys(viewer, key)
            await self.rest(0.05, 0.15)
        viewer.zoom_to(2.0)
        for _ in range(10):
            viewer.zoom_by(0.9)
            await asyncio.sleep(0.016)
        for _ in range(4):
            viewer.step(1)
            await self.rest(0.05, 0.2)
        await self.keys(viewer, Key.Key_3, Key.Key_Escape)
        await self.rest()

    async def play_film(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        view: Any = self.window.pane("library")
        view.side_bar.kind.emit("video")
        try:
            await self.until(lambda: not browser.model.loading, 5)
            await asyncio.sleep(0.2)
            await self.choose(browser)
            browser.show_large()
            panel = await self.found(lambda: browser.viewer and browser.viewer.findChild(FilmPanel), 5)
            await asyncio.sleep(0.5)
            panel.toggle()
            await asyncio.sleep(1.5)
            await self.keys(panel, Key.Key_Period, Key.Key_Period, Key.Key_Comma)
            if self.rng.random() < 0.3:
                panel.take_frame()
            await asyncio.sleep(0.3)
        finally:
            await self.clear_the_way()
            view._presenter.show_everything()

    async def compare(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        await self.choose(browser, self.rng.choice((2, 2, 3, 4)))
        browser.compare_selected()
        view = await self.overlay(CompareView)
        await self.rest(0.3, 0.6)
        await self.keys(view, Key.Key_2, Key.Key_Plus, Key.Key_Plus, Key.Key_3, Key.Key_Space, Key.Key_1)
        await self.rest()
        await self.keys(view, Key.Key_Escape)

    async def family(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        await self.choose(browser)
        view: Any = self.window.pane("library")
        await asyncio.sleep(0.4)
        view._inspector._show_family()
        try:
            await self.overlay(LineageSheet)
            await self.rest(0.3, 0.6)
        finally:
            await self.clear_the_way()

    # ------------------------------------------------------------------ keeping in order

    async def rate(self) -> None:
        pane = self.rng.choice(("create", "library"))
        self.window.open_pane(pane)
        browser = self.browser(pane)
        await self.choose(browser, self.rng.randint(1, 3))
        await self.keys(browser.view, self.rng.choice((Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_5)))
        await self.keys(browser.view, Key.Key_Right, Key.Key_Right, Key.Key_Left)

    async def tag_and_note(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        await self.choose(browser)
        view: Any = self.window.pane("library")
        await asyncio.sleep(0.3)
        view._inspector.tags_added.emit([self.rng.choice(("coast", "evening", "cover", "try again"))])
        asset = view._inspector.asset
        if asset is not None:
            view._inspector.noted.emit(asset, self.sentence())
        await self.rest()

    async def collect(self) -> None:
        self.window.open_pane("library")
        view: Any = self.window.pane("library")
        shelving = self.services.curator.shelving
        names = [one.name for one in shelving.shelves.collections]
        if len(names) < 6:
            view.side_bar.collections.verb.emit("new", "")
            sheet = await self.overlay(Sheet)
            field = sheet.findChild(type(view.search).__mro__[1]) or sheet.focusWidget()
            await self.type(sheet.window().focusWidget() or field, f"{self.sentence(1, 2)} {len(names)}")
            self.press(self.button_in(sheet, "Create"))
            await self.rest()
            view._presenter.show_everything()
        browser = self.browser("library")
        positions = await self.choose(browser, 2)
        collections = shelving.shelves.collections
        if collections:
            chosen = self.rng.choice(collections).id
            view.side_bar.collections.rows_dropped.emit(
                chosen, [browser.model.number_at(position) for position in positions]
            )
            await self.rest()
            view.side_bar.collections.chosen.emit(chosen)
            await self.rest(0.3, 0.5)
        view._presenter.show_everything()

    async def export(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        await self.choose(browser, self.rng.randint(1, 4))
        browser.export_requested.emit()
        sheet = await self.overlay(Sheet)
        self.press(self.button_in(sheet, "Choose where to"))
        target = self.folder / "exported"
        target.mkdir(exist_ok=True)
        await self.save_as(target)
        await self.rest(0.4, 0.8)

    async def trash_and_undo(self) -> None:
        self.window.open_pane("library")
        browser = self.browser("library")
        await self.choose(browser, self.rng.randint(1, 3))
        QTest.keyClick(browser.view, Key.Key_Delete)
        await asyncio.sleep(0.5)
        if self.rng.random() < 0.7:
            self.window.run("edit.undo")
        view: Any = self.window.pane("library")
        view.side_bar.trash.emit()
        await self.rest(0.3, 0.5)
        view.side_bar.everything.emit()

    async def undo(self) -> None:
        self.window.run("edit.undo")
        await self.rest()

    async def import_folder(self) -> None:
        """A folder with damaged files, dropped on the window."""
        self.imports += 1
        number = self.imports
        folder = self.folder / f"from elsewhere {number}"
        await asyncio.to_thread(make_folder, folder, self.rng.randint(8, 20), self.rng.randint(0, 10**9))
        self.window.open_pane("library")
        self.window.run(TAKE_IN, wanted([folder]))
        await asyncio.sleep(2)
        await self.clear_the_way()

    async def look_at_sums(self) -> None:
        self.window.open_pane("library")
        view: Any = self.window.pane("library")
        self.press(view._sums)
        await self.rest(0.4, 0.8)
        await self.clear_the_way()

    async def press_about(self) -> None:
        """Clicks on pictures in the gallery."""
        pane = self.rng.choice(("create", "library"))
        self.window.open_pane(pane)
        view = self.browser(pane).view
        for _ in range(4):
            x = self.rng.randrange(max(view.viewport().width(), 1))
            y = self.rng.randrange(max(view.viewport().height(), 1))
            await self.click_in(view.viewport(), QPoint(x, y))
            await self.rest(0.05, 0.2)

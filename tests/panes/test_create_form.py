"""The whole form end to end: window, service over a socket, file, sidecar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.settings import Settings
from studio.domain.asset import Asset
from studio.panes.create.form import Form, size_of
from studio.panes.create.form_parts import OptionalParts
from studio.panes.create.media_strip import MediaStrip, MediaTile
from studio.panes.create.parameter_fields import ParameterRow
from studio.panes.create.prompt_section import variant_words
from studio.panes.create.prompt_tools import PromptTools
from studio.panes.create.view import CreateView
from studio.sandbox.server import SandboxServer
from studio.shell.main_window import MainWindow
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.numbers import NumberField
from tests.panes.support import Desk, desk
from tests.panes.test_create import Pane, creating, visible
from tests.shell.support import until


def parts_of(pane: Pane) -> OptionalParts:
    assert isinstance(pane.form.parts, OptionalParts)
    return pane.form.parts


def strip_of(pane: Pane, name: str) -> MediaStrip:
    return next(strip for strip in parts_of(pane).strips() if strip.slot.name == name)


def choose(at: Desk, pane: Pane, alias: str) -> Any:
    model = next(m for m in at.services.catalogue.models if m.answers_to(alias))
    pane.form.edit(kind="video" if model.makes_videos else "image")
    pane.form.edit(model=model.name)
    return model


async def asset_at(at: Desk, pane: Pane, position: int = 0) -> Asset:
    asset = await at.services.library.asset_by_row(pane.browser.model.number_at(position))
    assert asset is not None
    return asset


def picture_file(tmp_path: Path, name: str = "sketch.png", colour: int = 90) -> Path:
    path = tmp_path / name
    image = Image.new("RGB", (64, 48), (colour, 40, 120))
    image.putpixel((3, 3), (255, 255, 255))
    image.save(path)
    return path


def requests_to(server: SandboxServer, path: str) -> list[dict[str, Any]]:
    return [request for request in server.requests() if str(request["path"]).startswith(path)]


async def test_the_fields_are_those_of_the_model(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron in the reeds")

        def shown() -> set[str]:
            parts = parts_of(pane)
            rows = (*parts.main.rows.values(), *parts.others.rows.values())
            names = {
                row.parameter.name for row in rows if isinstance(row, ParameterRow) and not row.isHidden()
            }
            return names | {strip.slot.name for strip in parts.strips()}

        choose(at, pane, "flux")
        assert shown() == {"negative_prompt"}
        choose(at, pane, "gptimage")
        assert shown() == {"quality", "transparent", "image"}
        assert strip_of(pane, "image").header.value.text() == "up to 16"
        choose(at, pane, "veo")
        assert shown() == {"duration", "aspectRatio", "resolution", "audio", "start_frame", "end_frame"}
        assert pane.form.shape.isHidden() or pane.form._size_box.isHidden()
        choose(at, pane, "nova-reel")
        duration = parts_of(pane).main.rows["duration"].control
        assert isinstance(duration, NumberField)
        assert (duration.minimum(), duration.maximum(), duration.singleStep()) == (6, 120, 6)
        duration.setValue(13)
        assert pane.view._presenter.form.duration == 12
        choose(at, pane, "flux")
        assert not pane.form._size_box.isHidden()


async def test_a_film_with_start_and_end_frame(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await pane.ready("the heron flies away")
        model = choose(at, pane, "veo")
        await until(lambda: pane.browser.model.rowCount() == 2)
        first, last = await asset_at(at, pane, 0), await asset_at(at, pane, 1)
        pane.view.take("animate", first)
        pane.view.take("end_frame", last)
        pane.form.edit(duration=6, aspectRatio="9:16", resolution="720p", audio=True)
        assert strip_of(pane, "start_frame").header.value.text() == "1 of 1"
        dear = pane.form.button.note
        pane.form.edit(audio=False)
        assert pane.form.button.note != dear
        pane.form.generate.emit()
        await until(lambda: pane.browser.model.rowCount() == 3)
        film = await asset_at(at, pane)
        told = film.provenance
        assert (film.kind.value, told.model, told.parents) == ("video", model.name, (first.id, last.id))
        request = told.request
        assert (request["duration"], request["aspectRatio"], request["resolution"]) == (6, "9:16", "720p")
        assert [item["asset_id"] for item in request["image"]] == [first.id, last.id]
        assert all(item["url"].startswith("http") for item in request["image"])
        form = pane.view._presenter.form
        pane.view._presenter.reset()
        choose(at, pane, "flux")
        pane.view.take("use_all", film)
        again = pane.view._presenter.form
        assert again.effective(model)._replace(seed=0, seed_locked=False) == form.effective(model)._replace(
            seed=0, seed_locked=False
        )


async def test_references_are_uploaded_once_and_reused(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first="create") as at:
            from studio.core.secrets import Secret

            at.services.account.keep_in_memory(Secret(server.key), "default")
            await at.services.session.use_cloud("default")
            pane = Pane(at)
            await pane.ready("in the manner of the sketch")
            choose(at, pane, "gptimage")
            strip = strip_of(pane, "image")
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(picture_file(tmp_path)))])
            action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
            none = Qt.KeyboardModifier.NoModifier
            for event in (
                QDragEnterEvent(QPoint(5, 5), action, data, left, none),
                QDropEvent(QPointF(5, 5), action, data, left, none),
            ):
                QApplication.sendEvent(strip.zone, event)
            await until(lambda: len(pane.view._presenter.form.image) == 1)
            assert strip.header.value.text() == "1 of 16"
            # Dropped twice, it is there once; the library has it once as well.
            strip.take(data)
            await until(lambda: not any("add references" in name for name in at.services.tasks.names()))
            assert len(pane.view._presenter.form.image) == 1
            assert pane.browser.model.rowCount() == 1
            pane.form.generate.emit()
            await until(lambda: pane.browser.model.rowCount() == 2)
            pane.form.generate.emit()
            await until(lambda: pane.browser.model.rowCount() == 3)
            assert len(requests_to(server, "/media-host/upload")) == 1
            one, two = await asset_at(at, pane, 0), await asset_at(at, pane, 1)
            assert one.provenance.request["image"] == two.provenance.request["image"]
            sidecar = json.loads(at.services.library.sidecar_path(one).read_bytes())
            assert sidecar["provenance"]["parents"] == [pane.view._presenter.form.image[0].asset_id]


async def test_an_edit_sends_the_files_with_the_request(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first="create", pictures=2) as at:
            from studio.core.secrets import Secret

            at.services.account.keep_in_memory(Secret(server.key), "default")
            await at.services.session.use_cloud("default")
            pane = Pane(at)
            await pane.ready("make it winter")
            await until(lambda: pane.browser.model.rowCount() == 2)
            choose(at, pane, "gptimage")
            first, second = await asset_at(at, pane, 0), await asset_at(at, pane, 1)
            pane.view.take("reference", second)
            pane.view.take("edit", first)
            pane.view._presenter._add("image", [at.services.references.of_asset(second)])
            assert parts_of(pane).edits.value() == "edits"
            pane.form.generate.emit()
            await until(lambda: pane.browser.model.rowCount() == 3)
            made = await asset_at(at, pane)
            assert made.provenance.request["route"] == "edits"
            assert made.provenance.parents == (first.id, second.id)
            assert [set(item) for item in made.provenance.request["image"]] == [
                {"asset_id", "sha256", "mime"}
            ] * 2
            assert len(requests_to(server, "/v1/images/edits")) == 1
            assert requests_to(server, "/media-host/upload") == []
            pane.view.take("use_all", made)
            assert pane.view._presenter.form.edits


async def test_files_are_moved_and_removed_by_keyboard(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        await until(lambda: pane.browser.model.rowCount() == 3)
        choose(at, pane, "gptimage")
        ids = []
        for position in range(3):
            asset = await asset_at(at, pane, position)
            ids.append(asset.id)
            pane.view.take("reference", asset)
        strip = strip_of(pane, "image")

        def order() -> list[str]:
            return [item.asset_id for item in pane.view._presenter.form.image]

        tiles = strip.findChildren(MediaTile)
        await until(lambda: all("heron" in tile.accessibleName() for tile in tiles))
        QTest.keyClick(tiles[0], Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        assert order() == [ids[1], ids[0], ids[2]]
        QTest.keyClick(tiles[0], Qt.Key.Key_Delete)
        assert order() == [ids[1], ids[2]]
        model = choose(at, pane, "kontext")
        await until(lambda: "takes 1 file" in pane.form._words.text())
        assert model.max_reference_images == 1
        assert strip_of(pane, "image").header.value.text() == "2 of 1"


async def test_a_copied_picture_is_pasted_while_one_writes(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        choose(at, pane, "gptimage")
        image = QImage(40, 30, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.darkCyan)
        image.setPixelColor(1, 1, Qt.GlobalColor.white)
        QApplication.clipboard().setImage(image)
        QTest.keyClick(pane.form.prompt.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: len(pane.view._presenter.form.image) == 1)
        assert pane.form.prompt.text() == "a heron"
        QApplication.clipboard().clear()


async def test_variants_and_styles_are_sent_and_come_back(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        folder = at.services.prompt_book.folder
        folder.mkdir(parents=True)
        (folder / "sea.txt").write_text("# where\nthe harbour\nthe open sea\n", encoding="utf-8")
        await pane.ready("a {red|blue} boat at __sea__")
        await until(lambda: pane.view._presenter.variant_count() == 4)
        choose(at, pane, "flux")
        style = next(style for style in at.services.prompt_book.styles if style.name == "Watercolour")
        pane.form.edit(style=style.text, seed=7, seed_locked=True)
        await until(lambda: pane.form.button.text() == "Generate 4")
        pane.form.edit(variants=2)
        assert pane.form.button.text() == "Generate 2"
        picked = pane.view._presenter.prompts()
        pane.form.generate.emit()
        await until(lambda: pane.browser.model.rowCount() == 2)
        assets = [await asset_at(at, pane, position) for position in range(2)]
        assert {asset.prompt for asset in assets} == set(picked)
        assert all(asset.prompt.startswith("watercolour of a ") for asset in assets)
        assert {(a.provenance.template, a.provenance.style, a.provenance.seed) for a in assets} == {
            ("a {red|blue} boat at __sea__", style.text, 7)
        }
        pane.form.edit(prompt="x", style="")
        pane.view.take("use_all", assets[0])
        form = pane.view._presenter.form
        assert (form.prompt, form.style) == ("a {red|blue} boat at __sea__", style.text)
        assert pane.view._presenter.prompts() == picked


async def test_own_styles_are_added_changed_and_removed(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        tools = pane.view._tools
        assert isinstance(tools, PromptTools)
        book = at.services.prompt_book

        async def answer(name: str, text: str, button: str) -> None:
            await until(lambda: visible(at.window, Sheet))
            (sheet,) = visible(at.window, Sheet)
            fields = sheet.findChildren(type(pane.form.prompt))
            sheet.findChild(type(pane.results.search).__mro__[1]).setText(name)
            fields[0].set_text(text)
            next(b for b in sheet.findChildren(Button) if b.text() == button).click()
            await until(lambda: not visible(at.window, Sheet))

        tools._edit_style(None)
        await answer("Mine", "chalk drawing of {prompt}", "Save")
        await until(lambda: pane.view._presenter.form.style == "chalk drawing of {prompt}")
        own = book.styles[0]
        assert (own.name, own.own) == ("Mine", True)
        tools._edit_style(own)
        await answer("Mine", "pastel of {prompt}", "Save")
        await until(lambda: pane.view._presenter.form.style == "pastel of {prompt}")
        tools._edit_style(book.styles[0])
        await answer("Mine", "pastel of {prompt}", "Remove")
        await until(lambda: pane.view._presenter.form.style == "")
        assert not book.styles[0].own


async def test_what_cannot_be_taken_over_is_told(tmp_path: Path, qapp: QApplication) -> None:
    from dataclasses import replace

    async with creating(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        await pane.ready("x")
        await until(lambda: pane.browser.model.rowCount() == 1)
        asset = await asset_at(at, pane)
        request = {**asset.provenance.request, "quality": "hd", "image": [{"asset_id": "gone"}]}
        old = replace(asset, provenance=replace(asset.provenance, request=request))
        pane.view.take("use_all", old)
        await until(lambda: any(n.topic == "recall" for n in at.services.notices.recent))
        told = next(n for n in at.services.notices.recent if n.topic == "recall")
        assert told.detail == "Quality: HD · References: 1 of 1."


async def test_the_first_frame_shows_what_was_left(tmp_path: Path, qapp: QApplication) -> None:
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    settings = Settings(tmp_path / "settings.toml")
    settings.change(
        "create", kind="image", model="black-forest-labs/flux.1-schnell", model_title="Flux Schnell",
        width=size_of("16:9")[0], height=size_of("16:9")[1], count=3, seed=77, seed_locked=True,
    )  # fmt: skip
    window = MainWindow(theme, settings, window_state=tmp_path / "window.ini", first="create")
    pane = window.pane("create")
    assert isinstance(pane, CreateView)
    form = pane.form
    label = form.model.accessibleDescription()
    assert (label, form.count.value(), form.seed.value(), form.seed.locked) == (
        "Flux Schnell",
        3,
        77,
        True,
    )
    assert form.shape.value() == "16:9"
    window.deleteLater()


async def test_f6_goes_from_the_form_to_the_gallery_and_back(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await until(lambda: pane.browser.view.isVisible() and pane.browser.current() is not None)
        await until(lambda: pane.results.inspector.asset is not None)
        pane.form.prompt.editor.setFocus()
        at.window.go_on(1)
        assert pane.results.isAncestorOf(at.window.focusWidget())
        for _ in range(4):
            if pane.results.inspector.isAncestorOf(at.window.focusWidget()):
                break
            at.window.go_on(1)
        assert pane.results.inspector.isAncestorOf(at.window.focusWidget())
        for _ in range(4):
            if pane.form.isAncestorOf(at.window.focusWidget()):
                break
            at.window.go_on(-1)
        assert pane.form.isAncestorOf(at.window.focusWidget())


async def test_escape_folds_an_inspector_that_lies_over_the_gallery(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        at.window.resize(1024, 720)
        await until(lambda: not pane.results.inspector.isVisible())
        pane.results.fold.toggle()
        assert pane.results.inspector.isVisible()
        escape = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(pane.results, escape)
        assert not pane.results.inspector.isVisible()


async def test_a_running_job_leaves_the_search_line_where_it_is(tmp_path: Path, qapp: QApplication) -> None:
    slow = [{"path": "/image/", "hold": 60, "count": None}]
    async with creating(tmp_path, qapp, pictures=2, faults=slow) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        before = pane.results.search.mapTo(at.window, QPoint(0, 0))
        pane.form.generate.emit()
        await until(pane.results.jobs.isVisible)
        assert pane.results.search.mapTo(at.window, QPoint(0, 0)) == before
        await at.services.jobs.cancel([job.id for job in at.services.jobs.active()])


def test_variants_are_counted_in_words() -> None:
    assert variant_words(1, 1, 4, []) == ""
    assert variant_words(2, 2, 2, []) == "2 variants × 2 = 4"
    assert variant_words(8, 1200, 1, []) == "8 of 1,200 variants"
    assert variant_words(1, 1, 1, ["sea"]) == "No file for __sea__"


async def test_favourites_stand_first(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        model = choose(at, pane, "kontext")
        pane.form.favourite.emit()
        assert at.services.settings.values.create.favourites == model.name
        assert pane.form._favourite.isChecked()
        assert (pane.form.model._options[0].value, pane.form.model._options[0].group) == (
            model.name,
            "Favourites",
        )
        choose(at, pane, "flux")
        assert not pane.form._favourite.isChecked()
        choose(at, pane, "kontext")
        pane.form.favourite.emit()
        assert at.services.settings.values.create.favourites == ""


async def test_reset_keeps_prompt_and_model(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        model = choose(at, pane, "gptimage")
        pane.form.edit(quality="hd", width=512, transparent=True, safe=True, count=3, style="ink")
        parts_of(pane).reset.emit()
        form = pane.view._presenter.form
        assert form._replace(seed=1) == Form(prompt="a heron", model=model.name)
        assert pane.form.count.value() == 1


async def test_a_picture_dropped_on_the_prompt_becomes_a_reference(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        choose(at, pane, "gptimage")
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(picture_file(tmp_path)))])
        action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        viewport = pane.form.prompt.editor.viewport()
        QApplication.sendEvent(viewport, QDragEnterEvent(QPoint(5, 5), action, data, left, none))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(5, 5), action, data, left, none))
        await until(lambda: len(pane.view._presenter.form.image) == 1)
        assert pane.form.prompt.text() == "a heron"


async def test_what_was_taken_over_is_marked_for_a_moment(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        await pane.ready("x")
        await until(lambda: pane.browser.model.rowCount() == 1)
        marked: list[tuple[str, ...]] = []
        pane.view._presenter.marked.connect(marked.append)
        pane.view.take("use_all", await asset_at(at, pane))
        assert set(marked[0]) == {"prompt", "width", "height", "seed", "seed_locked"}
        assert pane.form.words.header.label._tone == "accent"


async def test_a_draft_of_files_and_style_comes_back(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        await until(lambda: pane.browser.model.rowCount() == 1)
        choose(at, pane, "gptimage")
        pane.view.take("edit", await asset_at(at, pane))
        pane.form.edit(style="ink drawing of {prompt}")
        form = pane.view._presenter.form
        pane.view._presenter._keep_draft()
        await until(lambda: not any("draft" in name for name in at.services.tasks.names()))
        pane.view._presenter._form = Form(model=form.model)
        await pane.view._presenter._bring_back_draft()
        again = pane.view._presenter.form
        assert (again.prompt, again.style, again.image, again.edits) == (
            "a heron",
            form.style,
            form.image,
            True,
        )


async def test_what_a_model_does_not_take_waits_for_one_that_does(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        gpt = next(m for m in at.services.catalogue.models if "gpt-image" in m.name)
        pane.form.edit(model=gpt.name)
        pane.form.edit(quality="high")
        parts = parts_of(pane)
        assert not parts.unmet.isVisible()
        choose(at, pane, "flux")
        assert parts.unmet.isVisible()
        assert parts.unmet.text() == "Kept for other models: Quality High."
        assert pane.view._presenter.plan().requests[0].quality == ""
        pane.form.edit(model=gpt.name)
        assert not parts.unmet.isVisible()
        assert pane.view._presenter.plan().requests[0].quality == "high"
        choose(at, pane, "flux")
        parts.forget.click()
        assert not parts.unmet.isVisible()
        assert pane.view._presenter.form.quality == ""


async def test_a_model_has_defaults_of_its_own(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        presenter = pane.view._presenter
        flux = choose(at, pane, "flux")
        pane.form.edit(width=768, height=512, safe=True)
        parts = parts_of(pane)
        assert parts.defaults_button.text() == "Keep as the model's defaults"
        parts.defaults_button.click()
        await until(lambda: parts.defaults_button.text() == "Forget the model's defaults")
        choose(at, pane, "zimage")
        assert parts.defaults_button.text() == "Keep as the model's defaults"
        pane.form.edit(width=1024, height=1024, safe=False)
        pane.form.edit(model=flux.name)
        assert (presenter.form.width, presenter.form.height, presenter.form.safe) == (768, 512, True)
        presenter.edit(width=512)
        presenter.reset()
        assert presenter.form.width == 768
        parts.defaults_button.click()
        await until(lambda: not presenter.has_defaults)
        presenter.reset()
        assert presenter.form.width == 1024


async def test_earlier_prompts_come_by_key_and_what_was_written_comes_back(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        for text in ("a crane", "a stork"):
            await at.services.profile.remember_prompt(text)
        prompt = pane.form.prompt
        prompt.set_text("a heron")
        up, down, control = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier
        for key, text in (
            (up, "a stork"),
            (up, "a crane"),
            (up, "a crane"),
            (down, "a stork"),
            (down, "a heron"),
        ):
            QTest.keyClick(prompt.editor, key, control)
            await until(lambda text=text: prompt.text() == text)
        QTest.keyClick(prompt.editor, down, control)
        assert prompt.text() == "a heron"


async def test_a_style_brings_its_negative_prompt_and_takes_it_along(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        await at.services.prompt_book.put("Tidy", "{prompt}, tidy", negative="mess")
        tools, presenter = pane.view._tools, pane.view._presenter
        presenter.edit(negative_prompt="fog")
        tools._choose_style("{prompt}, tidy")
        assert (presenter.form.style, presenter.form.negative_prompt) == ("{prompt}, tidy", "fog, mess")
        tools._choose_style("")
        assert (presenter.form.style, presenter.form.negative_prompt) == ("", "fog")


async def test_a_large_file_is_told_before_it_is_sent(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.services.references.SURE_BYTES", 2000)
    path = tmp_path / "noise.png"
    Image.effect_noise((320, 240), 90).convert("RGB").save(path)
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("winter")
        choose(at, pane, "kontext")
        presenter = pane.view._presenter
        presenter.add_files("image", [path])
        await until(lambda: presenter.form.image)
        (item,) = presenter.form.image
        pane.form.generate.emit()
        await until(lambda: visible(at.window, Sheet))
        (sheet,) = visible(at.window, Sheet)
        assert sheet.title.text() == "This file is large"
        assert "noise" in sheet.text.text
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not presenter._submitting)
        assert at.services.jobs.all() == []
        pane.form.generate.emit()
        await until(lambda: visible(at.window, Sheet))
        (sheet,) = visible(at.window, Sheet)
        next(b for b in sheet.findChildren(Button) if b.text() == "Send a smaller copy").click()
        await until(lambda: at.services.jobs.all() and not at.services.jobs.active())
        (sent,) = presenter.form.image
        assert sent != item
        copy = await at.services.library.asset(sent.asset_id)
        assert copy is not None
        assert copy.provenance.parents == (item.asset_id,)
        assert copy.mime == "image/jpeg"
        assert at.services.jobs.all()[0].parents == (copy.id,)


async def test_a_large_film_can_only_be_sent_as_it_is(tmp_path: Path, qapp: QApplication) -> None:
    from datetime import UTC, datetime

    from studio.domain.media import MediaKind
    from studio.panes.create.large_files import ask_large

    film = Asset(
        id="a", kind=MediaKind.VIDEO, path="x/film.mp4", mime="video/mp4", size=14_000_000, sha256="",
        created_at=datetime.now(UTC),
    )  # fmt: skip
    async with desk(tmp_path, qapp) as at:
        answer: list[str] = []

        async def ask() -> None:
            answer.append(await ask_large(at.window, [film]))

        at.services.tasks.spawn(ask(), name="ask", owner=at.window)
        await until(lambda: visible(at.window, Sheet))
        (sheet,) = visible(at.window, Sheet)
        assert "film.mp4 (14 MB)" in sheet.text.text
        assert not any("smaller" in button.text() for button in sheet.findChildren(Button))
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        await until(lambda: answer == ["as_they_are"])

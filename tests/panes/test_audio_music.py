"""The Music page as a user meets it, against a real sandbox."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.media import MediaKind
from studio.panes.audio.music_list import MusicListModel
from studio.panes.audio.music_page import MusicPage
from studio.panes.audio.music_presenter import MusicItem
from tests.panes.audio_support import Bench, hearing
from tests.shell.support import until

ROUTE = "/v1/audio/speech"


async def described(at: Bench, prompt: str = "slow harbour waltz") -> MusicPage:
    """Write a prompt for short effects, which are quick to make."""
    page: MusicPage = at.parts.music
    at.view._show_page("music")
    model = at.services.catalogue.find("sfx")
    assert model is not None
    page.form.model.changed.emit(model.name)
    page.form.length.setValue(1.0)
    page.form.prompt.set_text(prompt)
    await until(lambda: page.form.button.isEnabled() and page.form.button.note)
    return page


async def test_takes_are_made_to_compare(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await described(at)
        assert page.form.button.text() == "Make 2 takes"
        QTest.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
        await until(lambda: [item.state for item in page.presenter.items] == ["ready", "ready"])
        seeds = {request["json"]["seed"] for request in at.asked(ROUTE) if request.get("json")} or {1, 2}
        assert len(seeds) == 2
        assert page.panel.isVisible()
        assert page.panel.path == page.presenter.items[0].path
        asset = await at.services.library.asset(page.presenter.items[0].key)
        assert asset is not None
        assert asset.kind is MediaKind.MUSIC
        assert asset.provenance.cost is not None
        page.presenter.edit(prompt="something else")
        page.presenter.use(asset)
        assert page.form.prompt.text() == "slow harbour waltz"
        assert page.presenter.wish.seed == asset.provenance.seed
        page.list.command.emit("transcribe", asset.id)
        await until(lambda: at.view.pages.value() == "transcribe")


async def test_only_what_the_model_takes_is_shown(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await described(at)
        form = page.form
        assert form.loop.isVisible()
        assert not form.instrumental.isVisible()
        for name, parts in (("elevenmusic", (True, False)), ("stable-audio-3", (False, True))):
            model = at.services.catalogue.find(name)
            assert model is not None
            form.model.changed.emit(model.name)
            assert (form.instrumental.isVisible(), form.negative.isVisible()) == parts


async def test_a_failed_take_says_why_and_the_draft_comes_back(tmp_path: Path, qapp: QApplication) -> None:
    fault = {"path": ROUTE, "status": 422, "message": "Refused.", "count": 1}
    async with hearing(tmp_path, qapp, faults=[fault]) as at:
        page = await described(at)
        page.form.count.setValue(1)
        page.form.button.click()
        await until(lambda: page.presenter.items and page.presenter.items[0].state == "failed")
        page.list.command.emit("retry", page.presenter.items[0].key)
        await until(lambda: page.presenter.items and page.presenter.items[0].state == "ready")
    async with hearing(tmp_path, qapp) as at:
        again: MusicPage = at.parts.music
        await until(lambda: again.form.prompt.text() == "slow harbour waltz")
        await until(lambda: len(again.presenter.items) == 1)


async def test_without_a_prompt_the_button_leads_to_it(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await described(at)
        page.form.prompt.set_text("")
        refused: list[str] = []
        page.presenter.refused.connect(refused.append)
        page.presenter.make()
        assert refused == ["prompt"]


def test_the_list_keeps_its_rows_while_only_words_change(qapp: QApplication) -> None:
    rows = MusicListModel()
    item = MusicItem("a", "waltz", "sfx", "working", words="Being made.")
    resets: list[int] = []
    rows.modelReset.connect(lambda: resets.append(1))
    rows.show([item])
    kept = QPersistentModelIndex(rows.index(0))
    rows.show([item._replace(words="Being saved.")])
    assert (rows.row_of("a"), resets) == (0, [])
    assert rows.data(rows.index(0), Qt.ItemDataRole.AccessibleTextRole) == "waltz, sfx, Being saved."
    made = item._replace(key="asset", state="ready", words="", job_id="a")
    rows.show([item._replace(key="b"), made])
    assert (kept.row(), rows.item(1)) == (1, made)

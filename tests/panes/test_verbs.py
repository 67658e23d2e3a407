"""Verbs from gallery, viewer, inspector and palette reach the form, or say why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.asset import AssetDraft
from studio.domain.media import MediaKind
from studio.domain.sound import PcmFormat
from studio.ui.asset_verbs import VERBS
from tests.panes.support import desk
from tests.panes.test_create import Pane, creating
from tests.shell.support import until


async def test_letters_work_in_the_gallery_and_in_the_viewer(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await until(lambda: pane.browser.model.rowCount() == 2)
        await until(lambda: pane.results.inspector.asset is not None)
        presenter = pane.view._presenter
        view = pane.browser.view
        view.setFocus()
        view.setCurrentIndex(pane.browser.model.index(0, 0))
        QTest.keyClick(view, Qt.Key.Key_E)
        await until(lambda: presenter.form.edits)
        QTest.keyClick(view, Qt.Key.Key_A)
        await until(lambda: presenter.form.kind == "video")
        pane.browser.show_large()
        viewer = pane.browser.viewer
        await until(viewer.isVisible)
        QTest.keyClick(viewer, Qt.Key.Key_U)
        await until(lambda: presenter.form.prompt.startswith("a heron in the reeds"))
        assert not viewer.isVisible()


@pytest.mark.parametrize("pane_id", ["create", "library"])
async def test_the_palette_has_every_verb(tmp_path: Path, qapp: QApplication, pane_id: str) -> None:
    async with creating(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        at.window.open_pane(pane_id)
        titles = [command.title for command in at.commands.all()]
        assert all(f"Chosen picture: {words.lower()}" in titles for _verb, words, _icon in VERBS)
        shown = at.window.pane(pane_id)
        browser = pane.browser if pane_id == "create" else shown._browser  # type: ignore[attr-defined]
        await until(lambda: browser.current() is not None)
        at.commands.run("asset.take_frame")
        await until(lambda: at.services.notices.recent)
        assert at.services.notices.recent[-1].text == "Only a film has frames."
        at.commands.run("asset.start_frame")
        await until(lambda: pane.view._presenter.form.start_frame)
        assert at.window.current_pane == "create"
        buttons = pane.results.inspector.verb_buttons
        await until(lambda: pane.results.inspector.asset is not None)
        assert buttons["vary"].isEnabled()


async def test_the_viewer_transcribes_a_recording(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        await at.services.recording.start(PcmFormat(16_000))
        at.services.recording.feed(bytes(2 * 16_000))
        assert await at.services.recording.stop() is not None
        pane = at.window.pane("library")
        browser, inspector = pane._browser, pane._inspector  # type: ignore[attr-defined]
        await until(lambda: inspector.asset is not None)
        assert list(inspector.verb_buttons) == ["transcribe", "chat"], "nobody asked a model for it"
        browser.show_large()
        verbs = browser.viewer.controls.verbs
        assert [verb for verb, button in verbs.items() if button.isVisible()] == ["transcribe"]
        QTest.mouseClick(verbs["transcribe"], Qt.MouseButton.LeftButton)
        page = at.window.pane("audio")._parts.transcribe  # type: ignore[attr-defined]
        await until(lambda: [item.state for item in page.presenter.files] == ["ready"])
        assert at.window.current_pane == "audio"
        assert not browser.viewer.isVisible()


async def test_a_text_is_narrated_by_what_it_says(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        incoming = at.services.library.incoming_path("text")
        incoming.write_text("A short letter.\n\nIt has two paragraphs.")
        draft = AssetDraft(
            kind=MediaKind.TEXT, mime="text/plain", name="letter", title="letter", adopted=True
        )
        await at.services.library.store(incoming, draft)
        pane = at.window.pane("library")
        await until(lambda: pane._inspector.asset is not None)  # type: ignore[attr-defined]
        at.commands.run("asset.narrate")
        await until(lambda: at.window.current_pane == "audio")
        script = at.window.pane("audio")._parts.speech.presenter  # type: ignore[attr-defined]
        await until(lambda: script.script.text == "A short letter.\n\nIt has two paragraphs.")

"""What the pages of the Audio pane share: the button with its price, the question, what is handed over."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.media import MediaKind
from studio.domain.script import Reading
from studio.panes.audio.form_parts import RunFoot, Section, run_on_ctrl_enter, scrolled_over
from studio.panes.audio.page_presenter import PagePresenter
from studio.panes.audio.transcript_desk import TranscriptDesk
from studio.services.audio import AudioPlan
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from tests.panes.audio_support import hearing
from tests.panes.test_audio_speech import rendered
from tests.panes.test_audio_transcribe import transcribed
from tests.shell.support import until


def test_the_foot_says_what_a_press_does(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    foot = RunFoot("Go", "speech", "Go", pressable=("session",), expected=("script",))
    foot.show_plan(AudioPlan(low=Decimal("0.001"), high=Decimal("0.002")), "pollen", "Go on")
    assert (foot.button.text(), foot.button.note) == ("Go on", "· ≈ 0.001 to 0.002 pollen")
    assert foot.button.isEnabled()
    foot.show_plan(AudioPlan(problem="Write a script first.", field="script"), "pollen")
    assert not foot.button.isEnabled()
    foot.show_plan(AudioPlan(problem="Sign in.", field="session"), "pollen")
    assert foot.button.isEnabled()
    assert foot.words.text() == "Sign in."
    form = QWidget()
    area = scrolled_over(form, foot)
    area.column.addWidget(Section(QWidget(), QWidget()))
    pressed: list[int] = []
    run_on_ctrl_enter(form, lambda: pressed.append(1))
    shortcuts = form.findChildren(QShortcut)
    assert sorted(one.key().toString() for one in shortcuts) == ["Ctrl+Enter", "Ctrl+Return"]
    shortcuts[0].activated.emit()
    assert pressed == [1]
    form.deleteLater()


async def test_what_is_costly_is_asked_about(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        at.services.settings.change("money", confirm_above=0.000001)
        page = at.parts.music
        presenter: PagePresenter = page.presenter
        page.form.prompt.set_text("waltz")
        presenter.make()  # type: ignore[attr-defined]  # the music page's
        sheet: Any = await until(lambda: at.window.findChild(Sheet))
        sheet.finish(False)
        await until(lambda: at.window.findChild(Sheet) is None)
        assert at.asked("/v1/audio/speech") == []
        told: list[str] = []
        presenter.refused.connect(told.append)
        presenter.carry_out(AudioPlan(problem="Choose a model.", field="model"))
        assert told == ["model"]


@pytest.mark.parametrize("joined", [False, True])
async def test_speech_comes_back_as_script_in_its_voice(
    tmp_path: Path, qapp: QApplication, joined: bool
) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at)
        presenter = page.presenter
        take = presenter.rows[0].takes_at_hand[0]
        if joined:
            script = replace(presenter.script, reading=replace(presenter.script.reading, voice="echo"))
            path = at.services.library.file_path(take)
            take = await at.services.audio.keep_joined(path, script, [take])
        count = len(presenter.script.paragraphs)
        at.view.take("use_all", take)
        added = presenter.script.paragraphs[count:]
        assert len(added) == (count if joined else 1)
        voice = "echo" if joined else take.provenance.request["voice"]
        assert {one.reading.voice for one in added} == {voice}
        assert added[0].reading != Reading()


async def test_a_transcript_is_opened_from_elsewhere_and_narrated(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        desk: TranscriptDesk = page.desk
        asset = page.presenter.asset
        assert asset is not None
        at.view.act("speech")
        assert at.view._page == "speech"
        at.view.take("transcript", asset)
        assert at.view._page == "transcribe"
        assert desk.cues.model_.rowCount() == len(page.presenter.document.cues)
        at.view.take("narrate", asset)
        assert at.view._page == "speech"
        assert at.parts.speech.presenter.script.text.strip() == asset.prompt
        # A film or a sound of the library waits for the button; nothing is sent by itself.
        at.view.take("transcribe", page.presenter.recording)
        await until(lambda: any(one.state == "ready" for one in page.presenter.files))
        assert page.presenter.recording is not None
        assert page.presenter.recording.kind is MediaKind.SPEECH
        assert len(at.asked("/v1/audio/transcriptions")) == 1

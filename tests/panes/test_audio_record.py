"""Recording on the Transcribe page, against a real sandbox, fed as a microphone would."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.sound import PcmFormat
from studio.services.recording import RecordingState
from tests.fakes.sounds import tone
from tests.panes.audio_support import Bench, hearing
from tests.shell.support import until

SECOND = (tone(1.0, rate=16_000) * 32767).astype("<i2").tobytes()


async def record(at: Bench, seconds: int = 2) -> None:
    """As the recorder does it once a microphone answered."""
    page = at.parts.transcribe
    page.recorder._mine = True
    await at.services.recording.start(PcmFormat(16_000))
    at.services.recording.feed(SECOND * seconds)
    await until(page.record_bar.stop.isVisible)


async def test_a_recording_is_transcribed(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        at.view._show_page("transcribe")
        page = at.parts.transcribe
        await record(at)
        at.window.activateWindow()
        await until(at.window.isActiveWindow)
        page.form.drop.setFocus()
        QTest.keyClick(page.form.drop, Qt.Key.Key_R)
        await until(lambda: [item.state for item in page.presenter.files] == ["ready"])
        assert page.presenter.files[0].title.startswith("Recording 20")
        await until(page.form.button.isEnabled)
        page.form.button.click()
        await until(lambda: page.presenter.asset is not None)
        # The transcript knows the recording it was made of.
        assert page.presenter.recording is not None
        assert page.presenter.recording.title.startswith("Recording 20")
        assert page.desk.panel.path is not None


async def test_a_recovered_one_is_transcribed_from_its_notice(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        await at.services.recording.start(PcmFormat(16_000))
        at.services.recording.feed(SECOND)
        asset = await at.services.recording.stop()
        assert asset is not None
        at.view.window().run("audio.transcribe", asset.id)
        await until(lambda: [item.state for item in at.parts.transcribe.presenter.files] == ["ready"])
        assert at.view.pages.value() == "transcribe"


async def test_a_discarded_one_comes_back_from_the_notice(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        at.view._show_page("transcribe")
        page, notices = at.parts.transcribe, at.services.notices
        await record(at)
        page.record_bar.discard.click()
        await until(lambda: [one for one in notices.recent if one.text == "The recording is in the trash."])
        assert page.presenter.files == []
        (action,) = notices.recent[-1].actions
        at.view.window().run(action.id, action.argument)
        folder = at.services.library.root
        await until(lambda: [p for p in folder.rglob("*.wav") if ".nectary" not in p.parts])


async def test_r_is_a_letter_on_the_other_pages(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = at.parts.transcribe
        said: list[str] = []
        page.recorder.told.connect(said.append)
        at.window.activateWindow()
        await until(at.window.isActiveWindow)
        at.view.pages.setFocus()
        QTest.keyClick(at.view.pages, Qt.Key.Key_R)
        assert said == []
        at.view.act("record")
        assert at.view.pages.value() == "transcribe"
        # Without a microphone it says so; everything else goes on.
        await until(lambda: (said and said[-1]) or page.recorder.state is not RecordingState.IDLE)
        page.form.prompt.setFocus()
        QTest.keyClicks(page.form.prompt, "river")
        assert page.form.prompt.text() == "river"

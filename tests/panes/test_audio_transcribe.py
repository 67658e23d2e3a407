"""The Transcribe page as a user meets it, against a real sandbox."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPlainTextEdit

from studio.domain.script import Reading, Script, lines_of, with_text
from studio.domain.transcript import Cue, TimedWord
from studio.domain.transcription import Phase
from studio.panes.audio.cue_list import word_at, word_spans, word_spoken
from studio.panes.audio.transcribe_page import TranscribePage
from studio.panes.audio.transcribe_presenter import phase_share, phase_words
from studio.panes.audio.transcript_export import ExportForm, written_as
from studio.ui.dialogs import Sheet
from studio.ui.widgets.fields import TextField
from tests.panes.audio_support import Bench, hearing
from tests.shell.support import until

TEXT = "The lamp took four minutes to warm. She watched the fog come in. Leaving is easy."
ROUTE = "/v1/audio/transcriptions"


async def recording(at: Bench, tmp_path: Path, name: str = "keeper.mp3") -> Path:
    """A file of speech outside the library."""
    audio = at.services.audio
    model = next(model for model in at.services.catalogue.models if model.speaks)
    script = Script(reading=Reading(model=model.name, voice="nova"), unit="paragraph")
    (line,) = lines_of(with_text(script, TEXT))
    order = audio.speech_order(line)
    assert order is not None
    await audio.submit(audio.plan([order]))
    async with asyncio.timeout(20):
        while not (takes := await audio.takes(line.key)):
            await asyncio.sleep(0.01)
    path = tmp_path / name
    shutil.copy(at.services.library.file_path(takes[0]), path)
    return path


def drop(page: TranscribePage, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    page.form.drop.dropEvent(event)


async def transcribed(at: Bench, tmp_path: Path, *, labels: bool = False) -> TranscribePage:
    """Drop a file and press the button; the transcript is open."""
    page: TranscribePage = at.parts.transcribe
    at.view._show_page("transcribe")
    path = await recording(at, tmp_path)
    if labels:
        scribe = at.services.catalogue.find("scribe")
        assert scribe is not None
        page.form.model.changed.emit(scribe.name)
        page.form.labels.click()
    drop(page, [path])
    await until(page.form.button.isEnabled)
    assert page.form.button.note.startswith("· ≈")
    QTest.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    await until(lambda: page.presenter.asset is not None)
    return page


async def test_a_dropped_file_becomes_a_transcript_beside_its_sound(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        assert page.form.button.accessibleName() == "Transcribe file"
        assert page.desk.isVisible()
        assert "lamp took four minutes" in page.presenter.document.text
        assert page.desk.panel.path is not None
        assert page.desk.title.text == "keeper.mp3"
        await until(lambda: [item.state for item in page.presenter.files] == ["done"])
        # The word that is spoken is marked, and its subtitle shown.
        cue = page.presenter.document.cues[0]
        page.desk.cues.show_time(cue.words[1].start + 0.001, follow=True)
        assert page.desk.cues.playing == (0, 1)
        page.side.show_time(cue.start)
        assert page.side.preview._text
        before = len(page.side.subtitles())
        page.side.length.setValue(16)
        assert len(page.side.subtitles()) > before


async def test_words_are_edited_in_place_and_taken_back(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        before = page.presenter.document
        page.desk.run("edit", 0)
        editor: Any = await until(lambda: page.desk.cues.findChild(QPlainTextEdit))
        assert editor.toPlainText() == before.cues[0].text
        editor.setPlainText(before.cues[0].text.replace("lamp", "lantern"))
        QTest.keyClick(editor, Qt.Key.Key_Return)
        await until(lambda: "lantern" in page.presenter.document.text)
        assert page.presenter.document.cues[0].words[0] == before.cues[0].words[0]
        count = len(page.presenter.document.cues)
        page.desk.cues.last_word = (0, 2)
        page.desk.run("split", 0)
        assert len(page.presenter.document.cues) == count + 1
        page.desk.run("merge", 0)
        assert len(page.presenter.document.cues) == count
        page.presenter.undo()
        assert len(page.presenter.document.cues) == count + 1
        page.presenter.redo()
        page.desk.run("remove", count - 1)
        assert len(page.presenter.document.cues) == count - 1
        asset = page.presenter.asset
        assert asset is not None
        page.presenter.flush()
        await until(lambda: not [n for n in at.services.tasks.names() if n == "keep a transcript"])
        assert await at.services.transcription.document(asset) == page.presenter.document


async def test_speakers_are_renamed_everywhere(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path, labels=True)
        speaker = page.presenter.document.cues[0].speaker
        assert speaker
        page.desk.run("rename", 0)
        sheet: Any = await until(lambda: at.window.findChild(Sheet))
        sheet.findChild(TextField).setText("Keeper")
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        await until(lambda: page.presenter.document.name_of(speaker) == "Keeper")
        assert "Keeper:" in written_as(page.presenter.document, (), "txt", title="")


async def test_find_and_replace(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        bar = page.desk.find_bar
        bar.open_bar()
        bar.field.setText("fog")
        assert bar.count.text() == "1 place"
        bar.go(1)
        assert page.desk.cues.hits_of(page.desk.cues.currentIndex().row())
        bar.by.setText("mist")
        bar.replace_all.click()
        assert "mist" in page.presenter.document.text
        QTest.keyClick(bar, Qt.Key.Key_Escape)
        assert not bar.isVisible()


async def test_every_format_is_written(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        page.desk.open_export()
        sheet: Any = await until(lambda: at.window.findChild(Sheet))
        form: Any = sheet.findChild(ExportForm)
        for suffix, start in (
            ("srt", "1\n00:00:00"), ("vtt", "WEBVTT"), ("txt", "The "), ("md", "# keeper.mp3"), ("json", "{"),
        ):  # fmt: skip
            form.format.part(suffix).click()
            assert form.preview.toPlainText().startswith(start), suffix
        form.format.part("srt").click()
        sheet._default.click()
        dialog: Any = await until(lambda: at.window.findChild(QFileDialog))
        dialog.findChild(QLineEdit).setText(str(tmp_path / "out.srt"))
        dialog.accept()
        await until((tmp_path / "out.srt").exists)


async def test_what_fails_says_why_and_is_sent_again(tmp_path: Path, qapp: QApplication) -> None:
    fault = {"path": ROUTE, "status": 422, "message": "Refused.", "count": 1}
    async with hearing(tmp_path, qapp, faults=[fault]) as at:
        page: TranscribePage = at.parts.transcribe
        at.view._show_page("transcribe")
        path = await recording(at, tmp_path)
        broken = tmp_path / "broken.mp3"
        broken.write_bytes(b"ID3" + bytes(400))
        drop(page, [broken, path])
        await until(page.form.button.isEnabled)
        assert page.presenter.files[0].state == "failed"
        page.presenter.drop(page.presenter.files[0].key)
        page.form.button.click()
        await until(lambda: page.presenter.files and page.presenter.files[0].state == "failed")
        page.form.files.again.emit(page.presenter.files[0].key)
        await until(lambda: page.presenter.asset is not None)


async def test_a_transcript_is_spoken_and_the_library_is_transcribed(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await transcribed(at, tmp_path)
        page.side.speech_button.click()
        assert at.view.pages.value() == "speech"
        await until(lambda: "lamp" in at.parts.speech.script.text())
        sound = page.presenter.recording
        assert sound is not None
        at.view.take("transcribe", sound)
        assert at.view.pages.value() == "transcribe"
        await until(page.form.button.isEnabled)


CUE = Cue(
    start=1.0, end=3.0,
    words=(TimedWord(" The", 1.0, 1.2), TimedWord(" lamp", 1.2, 1.8), TimedWord(" took.", 2.0, 3.0)),
)  # fmt: skip


def test_words_have_places_in_the_text_and_times() -> None:
    assert [CUE.text[start:end] for start, end in word_spans(CUE)] == ["The", "lamp", "took."]
    assert [word_at(CUE, place) for place in (0, 3, 4, 9, 99)] == [0, 0, 1, 2, 2]
    assert [word_spoken(CUE, at) for at in (0.5, 1.1, 1.9, 2.5)] == [-1, 0, 1, 2]


@pytest.mark.parametrize(
    ("phase", "words", "share"),
    [
        (Phase("j", "reading"), "Reading the sound · 0:05", None),
        (Phase("j", "cutting", 9, busy=(3,)), "Cutting piece 3 of 9 · 0:05", None),
        (
            Phase("j", "uploading", 1, 0, (1,), 3_100_000, 12_400_000),
            "Uploading · 3.1 MB of 12 MB",
            0.25,
        ),
        (
            Phase("j", "uploading", 9, 1, (2,), 500_000, 1_000_000),
            "Uploading piece 2 of 9 · 500 kB of 1.0 MB",
            1.1 / 9,
        ),
        (Phase("j", "transcribing", 1, 0, (1,)), "Transcribing · 0:05", None),
        (Phase("j", "transcribing", 9, 3, (4, 5)), "Transcribing pieces 4 and 5 of 9 · 0:05", 3 / 9),
        (Phase("j", "saving", 5, 5), "Saving", 1.0),
    ],
)
def test_phases_have_numbers(phase: Phase, words: str, share: float | None) -> None:
    assert phase_words(phase, 5.0) == words
    assert phase_share(phase) == (None if share is None else pytest.approx(share))

"""The Speech page as a user meets it, against a real sandbox."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from studio.library.sound.chapters import read_chapters
from studio.panes.audio.audition import Audition
from studio.panes.audio.speech_export import ExportChoice, export_speech, suggested_name
from studio.panes.audio.speech_page import SpeechPage
from studio.ui.dialogs import Sheet
from tests.panes.audio_support import Bench, hearing
from tests.shell.support import until

TEXT = "The lamp took four minutes. It was warm.\n\nShe watched the fog."
SPEECH = "/v1/audio/speech"


async def rendered(at: Bench, text: str = TEXT) -> SpeechPage:
    """Write a script and press the button."""
    page: SpeechPage = at.parts.speech
    page.script.set_text(text)
    await until(lambda: page.form.button.isEnabled() and page.form.button.note)
    QTest.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    await until(lambda: page.presenter.rows and all(row.ready for row in page.presenter.rows))
    return page


async def test_a_script_is_rendered_and_one_changed_sentence_costs_one(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at)
        assert page.script.editor.accessibleName() == "Script"
        assert page.form.button.accessibleName() == "Render speech"
        assert len(at.asked(SPEECH)) == 3
        assert "paid" in page._facts.text
        assert page.form.foot.words.text() == "Everything is rendered."
        page.script.set_text(TEXT.replace("warm", "cold"))
        await until(lambda: page.presenter.rows[0].state == "missing")
        assert page.presenter.rows[0].words == "1 of 2 sentences changed."
        await until(page.form.button.isEnabled)
        page.form.button.click()
        await until(lambda: all(row.ready for row in page.presenter.rows))
        assert len(at.asked(SPEECH)) == 4
        # What was written before is rendered still.
        page.script.set_text(TEXT)
        await until(lambda: page.form.foot.words.text() == "Everything is rendered.")


async def test_a_paragraph_has_a_voice_and_takes_of_its_own(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at)
        page.list.setCurrentIndex(page.list.rows.index(1))
        side = page.side
        assert side.title.text() == "Paragraph 2"
        side.voice.changed.emit("nova")
        await until(lambda: page.presenter.rows[1].state == "missing")
        assert page.presenter.rows[1].reading.voice == "nova"
        side.again_button.click()
        await until(lambda: page.presenter.rows[1].ready)
        side.again_button.click()
        key = page.presenter.rows[1].lines[0].key
        await until(lambda: len(page.presenter.takes.of(key)) == 2)
        await until(lambda: page.presenter.rows[1].takes[0] == page.presenter.takes.of(key)[1])
        first, second = page.presenter.takes.of(key)
        assert first.provenance.seed != second.provenance.seed
        side.take.changed.emit("0")
        assert page.presenter.rows[1].takes[0] == first


async def test_what_failed_says_why_and_is_tried_again(tmp_path: Path, qapp: QApplication) -> None:
    refuse = {
        "path": SPEECH, "status": 422, "code": "content_policy_violation", "message": "Refused.", "count": 1,
    }  # fmt: skip
    async with hearing(tmp_path, qapp, faults=[refuse]) as at:
        page: SpeechPage = at.parts.speech
        page.script.set_text("It came in.")
        await until(lambda: page.form.button.note)
        page.form.button.click()
        await until(lambda: page.presenter.rows[0].state == "failed")
        assert page.presenter.rows[0].words
        page.list.setCurrentIndex(page.list.rows.index(0))
        assert page.side.again_button.text() == "Try again"
        page.side.again_button.click()
        await until(lambda: page.presenter.rows[0].ready)


async def test_the_script_comes_back_and_its_takes_with_it(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        await rendered(at)
    async with hearing(tmp_path, qapp) as at:
        page: SpeechPage = at.parts.speech
        await until(lambda: page.presenter.rows and all(row.ready for row in page.presenter.rows))
        assert page.script.text() == TEXT
        assert at.asked(SPEECH) == []


async def test_voices_are_tried_on_a_line_and_one_is_taken(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page: SpeechPage = at.parts.speech
        await until(page.form.voice.value)
        page.form.try_button.click()
        form: Any = await until(lambda: at.window.findChild(Audition))
        for row in form.rows[1:3]:
            row.box.click()
        await until(form.hear.isEnabled)
        assert form.hear.text() == "Hear 2 voices"
        form.hear.click()
        await until(lambda: all(row.strip.isVisible() for row in form.rows[1:3]))
        voice = form.rows[2].voice
        form.rows[2].use.click()
        await until(lambda: page.form.voice.value() == voice)
        assert len(at.asked(SPEECH)) == 2


async def test_the_joined_sound_is_written_with_subtitles_and_kept(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at)
        script, rows = page.presenter.script, page.presenter.rows
        assert suggested_name(script) == "The lamp took four minutes It"
        lines = [line for row in rows for line in row.lines]
        takes = [take for row in rows for take in row.takes_at_hand]
        (tmp_path / "out.srt").write_text("somebody's own")
        choice = ExportChoice(subtitles=True, chapters=True)
        written = await export_speech(at.services, script, lines, takes, tmp_path / "out.mp3", choice)
        assert [path.suffix for path in written] == [".mp3", ".srt", ".vtt"]
        assert (tmp_path / "out.srt").read_text() == "somebody's own"
        assert written[1].name == "out 2.srt"
        assert "It was warm." in written[1].read_text()
        assert len(read_chapters(written[0])) == len(rows)
        loudness = await at.services.sound.loudness(written[0])
        assert loudness.integrated == pytest.approx(-16.0, abs=1.0)
        assert loudness.true_peak < 0.5
        (kept,) = await at.services.library.children(takes[0].id)
        assert kept.provenance.parents == tuple(take.id for take in takes)
        assert kept.prompt == TEXT


async def test_export_asks_where_to(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at, "It came in.")
        page.side.format.set_value("wav")
        page.side.export_button.click()
        dialog: Any = await until(lambda: at.window.findChild(QFileDialog))
        dialog.setDirectory(str(tmp_path))
        dialog.findChild(QLineEdit).setText(str(tmp_path / "out.wav"))
        dialog.accept()
        await until(lambda: any(n.topic == "speech" for n in at.services.notices.recent))
        assert (tmp_path / "out.wav").stat().st_size > 1000
        assert at.services.notices.recent[-1].actions[0].id == "file.show"


async def test_with_no_service_the_button_leads_to_one(tmp_path: Path, qapp: QApplication) -> None:
    from tests.panes.support import desk

    async with desk(tmp_path, qapp, first="audio") as at:
        page: Any = at.window.pane("audio")._parts.speech  # type: ignore[attr-defined]
        await until(lambda: page.form.foot.words.text().startswith("Sign in"))
        page.form.button.click()
        await until(lambda: any(n.topic == "speech" for n in at.services.notices.recent))
        assert not at.window.findChildren(Sheet)


async def test_a_book_stays_fluid(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = at.parts.speech
        book = "\n\n".join(f"Paragraph {n} has a few words. And a second sentence." for n in range(3000))
        page.presenter.write(book)
        await until(lambda: len(page.presenter.rows) == 3000 and page.presenter.takes.complete)
        assert page.list.rows.rowCount() == 3000
        resets: list[int] = []
        changed: list[int] = []
        page.list.rows.modelReset.connect(lambda: resets.append(1))
        page.list.rows.dataChanged.connect(lambda first, last: changed.append(last.row() - first.row() + 1))
        started = time.perf_counter()
        page.presenter.write(book.replace("Paragraph 1500 has", "Paragraph 1500 had", 1))
        typed = time.perf_counter() - started
        started = time.perf_counter()
        page.presenter.refresh()
        settled = time.perf_counter() - started
        assert (resets, changed) == ([], [1])
        # A key is answered at once; the rows follow on their own timer.
        assert typed < 0.25
        assert settled < 1.5

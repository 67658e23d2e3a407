"""Parts of the Audio pane by themselves: words, lists, forms, takes, previews."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.models import ModelInfo, Pricing
from studio.domain.pricing import Estimate
from studio.domain.script import USUAL_VOICES, Reading, Script, voices_of, with_text
from studio.domain.subtitles import CueRules
from studio.domain.transcript import Cue, Document, replace_hit, spread
from studio.panes.audio.file_list import FileList
from studio.panes.audio.find_bar import FindBar
from studio.panes.audio.previews import Previews
from studio.panes.audio.speech_form import SpeechForm
from studio.panes.audio.speech_list import Heard, RowListModel, SpeechList
from studio.panes.audio.speech_presenter import Row
from studio.panes.audio.speech_side import SpeechSide
from studio.panes.audio.subtitle_side import SubtitleSide
from studio.panes.audio.takes import Takes
from studio.panes.audio.transcribe_form import TranscribeForm, files_of, has_files
from studio.panes.audio.transcribe_presenter import FileItem, facts_of
from studio.panes.audio.words import (
    note_of,
    price_words,
    speech_price,
    spent_words,
    takes_instructions,
    under_button,
    voice_words,
)
from studio.services.audio import AudioPlan
from studio.services.ordering import Quote
from studio.services.transcription import Wishes
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Theme
from tests.panes.audio_support import hearing
from tests.panes.test_audio_speech import rendered
from tests.shell.support import until


@pytest.fixture
def look(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)


def model(name: str = "openai-audio", **more: Any) -> ModelInfo:
    rates = {"completionAudioTokens": Decimal("0.00001")}
    return ModelInfo(name=name, category="audio", pricing=Pricing(rates=rates), **more)


def row(number: int, text: str, state: str = "missing", words: str = "Not rendered yet.") -> Row:
    return Row(number, text, Reading(voice="nova"), (), (), state, words)


def test_voices_and_prices_in_words() -> None:
    assert list(voices_of(None)) == list(USUAL_VOICES)
    assert list(voices_of(model(voices=("ada",)))) == ["ada"]
    assert voice_words("de-female_1") == "De female 1"
    assert takes_instructions(model("qwen3-tts-instruct"))
    assert not takes_instructions(model())
    assert speech_price(model()) == "≈ 0.010 per 1,000 letters"
    assert price_words(Estimate(low=None, high=None)) == ""
    assert spent_words([Decimal("0.001"), None, Decimal("0.002")]) == "0.003"
    assert spent_words([None]) == ""


def test_a_plan_in_words() -> None:
    plan = AudioPlan(
        low=Decimal("0.001"), high=Decimal("0.002"), quote=Quote(leaves=Decimal(3), before=Decimal("3.002"))
    )
    assert note_of(plan, "pollen") == "· ≈ 0.001 to 0.002 pollen"
    assert under_button(plan, "pollen") == "Leaves 3.000 of 3.002 pollen · Ctrl+Enter"
    assert under_button(AudioPlan(problem="Choose a model."), "pollen") == "Choose a model."
    assert note_of(AudioPlan(), "pollen") == ""


def test_rows_grow_and_shrink_without_a_reset(qapp: QApplication) -> None:
    rows = RowListModel()
    resets: list[int] = []
    rows.modelReset.connect(lambda: resets.append(1))
    rows.show([row(0, "One."), row(1, "Two.")])
    rows.show([row(0, "One."), row(1, "Two."), row(2, "Three.")])
    changed: list[int] = []
    rows.dataChanged.connect(lambda first, last: changed.extend(range(first.row(), last.row() + 1)))
    rows.show([row(0, "One."), row(1, "Too.")])
    assert (rows.rowCount(), changed, resets) == (2, [1], [])
    said = rows.data(rows.index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "2. Nova. Too. Not rendered yet."


def test_space_plays_the_paragraph(qapp: QApplication, look: None) -> None:
    view = SpeechList(lambda _row: Heard(None, SoundStatus()))
    view.rows.show([row(0, "One."), row(1, "Two.", "failed", "Refused.")])
    asked: list[Row] = []
    view.play_requested.connect(asked.append)
    view.resize(400, 300)
    view.show()
    view.setCurrentIndex(view.rows.index(1))
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert [one.number for one in asked] == [1]
    view.grab()
    view.deleteLater()


def test_the_form_tells_what_the_user_changes_and_nothing_else(qapp: QApplication, look: None) -> None:
    form = SpeechForm()
    told: list[dict[str, Any]] = []
    form.read.connect(told.append)
    script = Script(reading=Reading(model="openai-audio", voice="nova", speed=1.5))
    form.show_models([model()], script)
    assert told == []
    assert (form.voice.value(), form.speed.value()) == ("nova", 1.5)
    form.speed.setValue(2.0)
    assert told == [{"speed": 2.0}]
    form.deleteLater()


def test_the_side_offers_takes_and_says_what_is_missing(qapp: QApplication, look: None) -> None:
    side = SpeechSide()
    side.show()
    script = with_text(Script(reading=Reading(voice="nova")), "One.\n\nTwo.")
    chosen: list[int] = []
    side.take_chosen.connect(lambda _row, place: chosen.append(place))
    side.show_row(row(1, "Two.", "ready", ""), script, model(), (3, 2), "≈ 0.001")
    assert side.take.isVisible()
    assert side.take.value() == "2"
    side.take.changed.emit("0")
    assert chosen == [0]
    side.show_export(2, "0:04")
    assert not side.export_button.isEnabled()
    assert side.export_words.text() == "2 pieces are not rendered yet."
    side.show_row(None, script, None, (0, 0), "")
    assert not side.take.isVisible()
    side.deleteLater()


def test_files_are_taken_off_and_opened(qapp: QApplication, look: None) -> None:
    files = FileList()
    files.resize(260, 300)
    files.show()
    items = [
        FileItem("a", "a.mp3", "waiting", "working", 0.4), FileItem("b", "b.mp3", "It is damaged.", "failed"),
        FileItem("c", "c.mp3", "done", "done"),
    ]  # fmt: skip
    files.show_items(items, "c")
    assert files.currentIndex().row() == 2
    gone: list[str] = []
    opened: list[FileItem] = []
    files.dropped_off.connect(gone.append)
    files.chosen.connect(opened.append)
    QTest.keyClick(files, Qt.Key.Key_Delete)
    files.setCurrentIndex(files.items.index(1))
    QTest.keyClick(files, Qt.Key.Key_Delete)
    files.clicked.emit(files.items.index(2))
    assert (gone, [one.key for one in opened]) == (["b"], ["c"])
    files.grab()
    files.deleteLater()


def test_only_files_are_dropped(tmp_path: Path, qapp: QApplication, look: None) -> None:
    sound = tmp_path / "a.mp3"
    sound.write_bytes(b"x")
    data = QMimeData()
    data.setUrls(
        [QUrl.fromLocalFile(str(sound)), QUrl.fromLocalFile(str(tmp_path)), QUrl("https://x.example")]
    )
    assert files_of(data) == [sound]
    assert not has_files(QMimeData())
    form = TranscribeForm()
    told: list[dict[str, Any]] = []
    form.wished.connect(told.append)
    form.show_models([model("whisper")], Wishes(model="whisper"))
    form.labels.click()
    form.speakers.setValue(3)
    assert told == [{"labels": True}, {"speakers": 3}]
    form.deleteLater()


def test_rules_change_the_subtitles_and_their_preview(qapp: QApplication, look: None) -> None:
    text = "The lamp took four minutes to warm, and in that time she watched the fog come in over the wall."
    cue = Cue(start=0.0, end=8.0, words=spread(text, 0.0, 8.0), speaker="A")
    document = Document(cues=(cue,), language="en")
    side = SubtitleSide()
    side.show_document(document)
    wide = len(side.subtitles())
    side.length.setValue(20)
    assert len(side.subtitles()) > wide
    side.show_time(side.subtitles()[1].start)
    assert side.preview.accessibleDescription() == side.subtitles()[1].text
    side.speakers.click()
    assert side.subtitles()[0].speaker == "A"
    assert facts_of(document, "Scribe") == "Scribe · en · 1 speaker"
    rules = CueRules(line_length=30, lines=3, min_duration=1.2, max_duration=5.0, min_gap=0.2)
    side.rules_changed.connect(lambda: pytest.fail("nobody changed anything"))
    side.show_rules(rules)
    assert side.rules() == rules
    side.preview.resize(200, 96)
    side.preview.grab()
    side.deleteLater()


def test_the_find_bar_goes_round(qapp: QApplication, look: None) -> None:
    words = (spread("fog and fog", 0, 1), spread("no more", 1, 2), spread("Fog", 2, 3))
    document = Document(cues=tuple(Cue(start=n, end=n + 1, words=said) for n, said in enumerate(words)))
    bar = FindBar()
    bar.show_document(document)
    bar.open_bar()
    bar.field.setText("fog")
    reached: list[int] = []
    bar.reached.connect(reached.append)
    for _ in range(4):
        bar.go(1)
    assert (bar.count.text(), reached) == ("1 of 3", [0, 0, 2, 0])
    bar.case_pill.click()
    assert bar.count.text() == "2 places"
    bar.replaced_one.connect(lambda hit, by: bar.show_document(replace_hit(bar._document, hit, by)))
    bar.show()
    bar.by.setText("fog bank")
    bar._replace_one()
    bar._replace_one()
    assert bar._document.cues[0].text == "fog bank and fog"
    assert bar.count.text() == "2 of 2"
    bar.deleteLater()


async def test_paragraphs_of_several_sentences_are_heard_as_one(tmp_path: Path, qapp: QApplication) -> None:
    async with hearing(tmp_path, qapp) as at:
        page = await rendered(at)
        previews: Previews = page.previews
        takes: Takes = page.presenter.takes
        first, second = page.presenter.rows
        assert takes.complete
        assert len(takes.of(first.lines[0].key)) == 1
        # One take is its own file, two are joined.
        assert previews.path_of(page.presenter.script, second) == at.services.library.file_path(
            second.takes_at_hand[0]
        )
        path = previews.path_of(page.presenter.script, first)
        assert path is not None
        previews.want(page.presenter.script, first)
        await until(lambda: previews.is_ready(path, first))
        info = await at.services.sound.probe(path)
        alone = sum(take.duration or 0 for take in first.takes_at_hand)
        assert info.duration is not None
        assert abs(info.duration - alone - page.presenter.script.sentence_pause) < 0.2
        # Thrown away in the library, it is no take any more.
        await at.services.library.trash([second.takes_at_hand[0].id])
        await until(lambda: page.presenter.rows[1].state == "missing")

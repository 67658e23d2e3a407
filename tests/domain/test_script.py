"""Scripts: lines, keys, and edits that keep what they do not touch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.codec import from_json, to_json
from studio.domain.script import (
    Reading,
    Script,
    chapters_of,
    key_of,
    lines_of,
    pause_after,
    spoken_document,
    with_choice,
    with_reading,
    with_text,
)
from studio.domain.sound import Chapter, Span
from studio.domain.subtitles import build_subtitles

TEXT = "The lamp took four minutes. It was warm.\n\nShe watched the fog.\n\nIt came in."
USUAL = Reading(model="openai-audio", voice="nova")


def script(text: str = TEXT) -> Script:
    return with_text(Script(reading=USUAL), text)


def test_each_sentence_is_a_line_and_one_changed_sentence_is_one_new_key() -> None:
    before = lines_of(script())
    assert [line.text.strip() for line in before] == [
        "The lamp took four minutes.", "It was warm.", "She watched the fog.", "It came in.",
    ]  # fmt: skip
    after = lines_of(script(TEXT.replace("warm", "cold")))
    assert [old.key == new.key for old, new in zip(before, after, strict=True)] == [True, False, True, True]


def test_a_paragraph_may_be_a_line() -> None:
    whole = Script(reading=USUAL, unit="paragraph")
    assert [line.paragraph for line in lines_of(with_text(whole, TEXT))] == [0, 1, 2]


def test_a_reading_of_its_own_outlives_rewording_and_moves_with_its_paragraph() -> None:
    told = with_reading(script(), 1, Reading(voice="fable"))
    reworded = with_text(told, TEXT.replace("the fog", "the fog bank"))
    assert [paragraph.reading.voice for paragraph in reworded.paragraphs] == ["", "fable", ""]
    moved = with_text(told, "First of all.\n\n" + TEXT)
    assert [paragraph.reading.voice for paragraph in moved.paragraphs] == ["", "", "fable", ""]
    assert [line.reading.voice for line in lines_of(moved)] == ["nova", "nova", "nova", "fable", "nova"]


def test_another_model_does_not_take_the_usual_voice() -> None:
    assert Reading(model="qwen-tts").over(USUAL).voice == ""
    assert Reading(model="openai-audio").over(USUAL).voice == "nova"


def test_the_key_tells_readings_apart_and_not_white_space() -> None:
    assert key_of("It  came\nin.", USUAL) == key_of("It came in.", USUAL)
    assert key_of("It came in.", USUAL) != key_of("It came in.", Reading(model="openai-audio", voice="echo"))


def test_requests_hold_a_seed_and_no_more_than_is_needed() -> None:
    request = lines_of(script())[0].request(42)
    assert (request.input, request.voice, request.seed, request.speed) == (
        "The lamp took four minutes.", "nova", 42, None,
    )  # fmt: skip


def test_subtitles_follow_the_lines() -> None:
    made = script()
    lines = lines_of(made)
    spans = [Span(number * 2.0, number * 2.0 + 1.5) for number in range(len(lines))]
    document = spoken_document(made, lines, spans)
    assert document.duration == 7.5
    assert [(cue.start, cue.end) for cue in document.cues] == [(0, 1.5), (2, 3.5), (4, 5.5), (6, 7.5)]
    assert " ".join(one.text.replace("\n", " ") for one in build_subtitles(document)) == document.text
    assert pause_after(made, lines[0]) < pause_after(made, lines[1])


@given(st.text(max_size=300))
def test_the_paragraphs_are_the_text(text: str) -> None:
    made = with_text(Script(reading=USUAL), text)
    assert made.text == text
    assert from_json(Script, to_json(with_choice(made, "k", "a"))).text == text


@given(st.text("ab. \n", max_size=120), st.text("ab. \n", max_size=120))
def test_any_edit_gives_the_new_text(before: str, after: str) -> None:
    made = with_text(Script(reading=USUAL), before)
    if made.paragraphs:
        made = with_reading(made, 0, Reading(voice="echo"))
    assert with_text(made, after).text == after


def test_each_paragraph_is_a_chapter() -> None:
    made = with_text(Script(reading=USUAL), "One. Two.\n\nA b c d e f g h later. Last.")
    lines = lines_of(made)
    spans = [Span(n * 2.0, n * 2.0 + 1.5) for n in range(len(lines))]
    assert chapters_of(made, lines, spans) == [
        Chapter("One. Two.", 0.0, 4.0), Chapter("A b c d e f g h…", 4.0, 7.5),
    ]  # fmt: skip
    assert chapters_of(made, [], []) == []

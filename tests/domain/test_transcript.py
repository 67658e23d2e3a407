from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.speech import Segment, Transcript, Word
from studio.domain.transcript import (
    Cue,
    Document,
    Hit,
    TimedWord,
    document_text,
    find,
    from_transcript,
    merge_cues,
    merge_speaker_runs,
    move_edges,
    read_document,
    remove_cues,
    rename_speaker,
    replace_all,
    replace_hit,
    set_speaker,
    set_text,
    split_cue,
    spread,
    tokens_of,
)
from tests.domain.transcripts import documents, monotonic, spoken, words_of

LAMP = from_transcript(
    Transcript(
        text="",
        words=tuple(
            Word(word=word, start=number * 0.5, end=number * 0.5 + 0.4, speaker="A")
            for number, word in enumerate(["The", "lamp", "took", "for", "minutes", "to", "warm"])
        ),
    )
)


@given(st.text(max_size=60))
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text.rstrip() or not text.strip()


@given(spoken())
def test_no_word_is_lost_on_the_way_in(words: list[Word]) -> None:
    document = from_transcript(Transcript(text="", words=tuple(words)))
    assert words_of(document) == [word.word for word in words]
    assert monotonic(document)
    assert all(word.exact for cue in document.cues for word in cue.words)


@given(spoken(1), st.integers(1, 9))
def test_segments_group_the_words(words: list[Word], size: int) -> None:
    groups = [words[at : at + size] for at in range(0, len(words), size)]
    segments = tuple(
        Segment(start=group[0].start, end=group[-1].end, text=" ".join(word.word for word in group))
        for group in groups
    )
    document = from_transcript(Transcript(text="", words=tuple(words), segments=segments))
    assert [cue.text for cue in document.cues] == [segment.text for segment in segments]
    assert words_of(document) == [word.word for word in words]


def test_segments_without_words_share_their_time_out() -> None:
    document = from_transcript(
        Transcript(text="", segments=(Segment(start=10, end=12, text="ab cdef", speaker="A"),))
    )
    assert document.cues[0].words == (
        TimedWord("ab", 10, 10 + 2 * 2 / 6, False), TimedWord(" cdef", 10 + 2 * 2 / 6, 12, False)
    )  # fmt: skip
    whole = from_transcript(Transcript(text="One two", duration=4.0))
    assert (whole.cues[0].start, whole.cues[0].end) == (0, 4)
    assert from_transcript(Transcript(text=" ")).cues == ()


def test_japanese_is_timed_by_the_character() -> None:
    assert tokens_of("猫、です。 yes") == ["猫、", "で", "す。", " yes"]
    assert [word.text for word in spread("猫です", 0, 3)] == ["猫", "で", "す"]


def test_a_corrected_word_keeps_its_time() -> None:
    edited = set_text(LAMP, 0, "The lamp took four minutes to warm.")
    assert [(word.start, word.end) for word in edited.cues[0].words] == [
        (word.start, word.end) for word in LAMP.cues[0].words
    ]
    more = set_text(LAMP, 0, "The old lamp took for minutes to warm")
    words = more.cues[0].words
    assert (words[0].start, words[2].start, words[-1].end) == (0.0, 0.5, 3.4)
    assert 0.4 <= words[1].start <= words[1].end <= 0.5
    assert not words[1].exact
    assert set_text(LAMP, 0, "  ").cues == ()


@given(documents(), st.data())
def test_edited_text_is_what_was_written_and_times_stay_in_order(
    document: Document, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(document.cues) - 1))
    cue = document.cues[number]
    words = [word.text for word in cue.words]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(words)))
        words[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from([" new", " lamp", "x"]), max_size=3)
        )
    text = "".join(words).strip()
    edited = set_text(document, number, text)
    if not text:
        assert len(edited.cues) == len(document.cues) - 1
        return
    assert edited.cues[number].text == text
    assert monotonic(edited)
    assert edited.cues[number].words[0].start >= min(cue.start, cue.words[0].start)
    assert edited.cues[number].words[-1].end <= max(cue.end, cue.words[-1].end) + 1e-9
    same = set_text(document, number, cue.text)
    assert [(word.start, word.end) for word in same.cues[number].words] == [
        (word.start, word.end) for word in cue.words
    ]


@given(documents(), st.data())
def test_split_and_merge_are_each_other_undone(document: Document, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(document.cues) - 1))
    cue = document.cues[number]
    word = data.draw(st.integers(0, len(cue.words)))
    parts = split_cue(document, number, word)
    assert words_of(parts) == words_of(document)
    assert monotonic(parts)
    if 0 < word < len(cue.words):
        assert len(parts.cues) == len(document.cues) + 1
        assert merge_cues(parts, number, number + 1).cues[number] == cue
    else:
        assert parts == document


@given(documents())
def test_merging_everything_loses_nothing(document: Document) -> None:
    whole = merge_cues(document, 0, len(document.cues) - 1)
    assert len(whole.cues) == 1
    assert words_of(whole) == words_of(document)
    assert whole.cues[0].text.split() == document.text.split()
    runs = merge_speaker_runs(document, pause=100)
    assert words_of(runs) == words_of(document)
    assert all(
        not (a.speaker and a.speaker == b.speaker) for a, b in zip(runs.cues, runs.cues[1:], strict=False)
    )


@given(documents(), st.data(), st.floats(-5, 100), st.floats(-5, 100))
def test_edges_stay_between_the_neighbours(
    document: Document, data: st.DataObject, start: float, end: float
) -> None:
    number = data.draw(st.integers(0, len(document.cues) - 1))
    moved = move_edges(document, number, start, end)
    assert monotonic(moved)
    assert words_of(moved) == words_of(document)


def test_speakers() -> None:
    named = rename_speaker(LAMP, "A", " Anna ")
    assert named.name_of("A") == "Anna"
    assert rename_speaker(named, "A", "").speakers == ()
    assert set_speaker(LAMP, [0], "B").cues[0].speaker == "B"
    assert remove_cues(LAMP, [0]).cues == ()
    assert (LAMP.cue_at(-1), LAMP.cue_at(1)) == (-1, 0)


def test_find_and_replace() -> None:
    assert find(LAMP, "LAMP") == [Hit(0, 4, 8)]
    assert find(LAMP, "LAMP", case=True) == []
    assert find(LAMP, "amp", whole_words=True) == []
    assert find(LAMP, "") == []
    changed, count = replace_all(LAMP, "for", "four", whole_words=True)
    assert (changed.cues[0].text, count) == ("The lamp took four minutes to warm", 1)
    assert changed.cues[0].words[3].start == LAMP.cues[0].words[3].start
    assert replace_all(LAMP, "nothing", "x") == (LAMP, 0)
    gone, count = replace_all(LAMP, LAMP.cues[0].text, "")
    assert (gone.cues, count) == ((), 1)


@given(documents(), st.sampled_from(["the", "a", "e", "lamp"]), st.sampled_from(["", "x", "two words"]))
def test_replacing_leaves_none(document: Document, text: str, by: str) -> None:
    changed, count = replace_all(document, text, by, whole_words=True)
    assert count == len(find(document, text, whole_words=True))
    assert monotonic(changed)
    if by != text:
        assert find(changed, text, whole_words=True) == []


def test_an_edit_answers_the_doubt() -> None:
    doubtful = replace(LAMP, cues=(replace(LAMP.cues[0], check="Listen again."),))
    assert isinstance(doubtful.cues[0], Cue)
    assert set_text(doubtful, 0, "The lamp").cues[0].check == ""


@given(documents(), st.data())
def test_one_place_is_replaced_and_a_document_is_read_as_it_was_written(
    document: Document, data: st.DataObject
) -> None:
    assert read_document(document_text(document)) == document
    hits = find(document, "e")
    if not hits:
        return
    hit = data.draw(st.sampled_from(hits))
    before = document.cues[hit.cue].text
    changed = replace_hit(document, hit, "xyz")
    assert changed.cues[hit.cue].text == f"{before[: hit.start]}xyz{before[hit.end :]}"
    assert monotonic(changed)
    with pytest.raises(ValueError, match="not a transcript"):
        read_document("[1]")


@given(
    st.lists(st.sampled_from(["The", "lamp", "burns.", "Why?", "猫です。"]), min_size=1), st.floats(0.5, 4000)
)
def test_a_bare_text_becomes_cues_of_sentences(words: list[str], seconds: float) -> None:
    text = " ".join(words)
    document = from_transcript(Transcript(text=text, duration=seconds))
    assert "".join(document.text.split()) == "".join(text.split())
    assert monotonic(document)
    assert document.cues[0].start == 0
    assert document.cues[-1].end == pytest.approx(seconds)
    longest = max(word.end - word.start for cue in document.cues for word in cue.words)
    assert all(cue.end - cue.start <= 12.0 + longest + 1e-6 for cue in document.cues)
    assert not any(word.exact for cue in document.cues for word in cue.words)


def test_an_hour_of_bare_text_is_edited_at_once() -> None:
    text = " ".join(f"Sentence number {n} has a few words in it." for n in range(1500))
    document = from_transcript(Transcript(text=text, duration=3600.0))
    assert len(document.cues) > 500
    edited = set_text(document, 700, f"{document.cues[700].text} And more.")
    assert edited.cues[701] == document.cues[701]

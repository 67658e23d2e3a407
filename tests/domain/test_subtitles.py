from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.transcripts import parse_transcript
from studio.domain.speech import Transcript, Word
from studio.domain.subtitles import (
    CueRules,
    Subtitle,
    build_subtitles,
    to_json_text,
    to_markdown,
    to_srt,
    to_text,
    to_vtt,
    too_fast,
)
from studio.domain.transcript import Document, from_transcript, rename_speaker, spread
from tests.domain.transcripts import documents, words_of

RULES = st.builds(
    CueRules,
    line_length=st.integers(8, 60),
    lines=st.integers(1, 3),
    reading_speed=st.floats(8, 30),
    min_duration=st.sampled_from([0.0, 0.8, 1.5]),
    max_duration=st.sampled_from([3.0, 7.0]),
    min_gap=st.sampled_from([0.0, 0.08, 0.2]),
    pause=st.sampled_from([0.3, 0.8, 2.0]),
    speakers=st.booleans(),
)


@given(documents(0), RULES)
def test_no_word_is_lost_and_the_rules_are_kept(document: Document, rules: CueRules) -> None:
    made = build_subtitles(document, rules)
    assert " ".join(" ".join(one.lines) for one in made).split() == " ".join(words_of(document)).split()
    for one in made:
        assert len(one.lines) <= rules.lines
        assert all(len(line) <= rules.line_length or " " not in line for line in one.lines)
        assert one.end >= one.start
        words = " ".join(one.lines).split()
        spoken_long = len(words) == 1
        assert one.end - one.start <= rules.max_duration + 0.01 or spoken_long
    for one, following in itertools.pairwise(made):
        assert one.start <= following.start
        assert one.end <= following.start + 1e-9
        room = following.start - one.start
        if room > rules.min_gap + 0.001:
            assert following.start - one.end >= rules.min_gap - 1e-9
        # Too fast only where there is no more time.
        if one.speed > rules.reading_speed * 1.001:
            assert following.start - one.end <= rules.min_gap + 0.002 or (
                one.end - one.start >= rules.max_duration - 0.01
            )
    assert too_fast(made, rules) == sum(one.speed > rules.reading_speed * 1.001 for one in made)


def speech(text: str, per_word: float = 0.4, speaker: str = "") -> tuple[Word, ...]:
    return tuple(
        Word(word=word, start=number * per_word, end=(number + 1) * per_word, speaker=speaker)
        for number, word in enumerate(text.split())
    )


def test_they_break_at_sentences_and_evenly() -> None:
    text = (
        "The lamp took four minutes to warm, and in that time she watched the fog come in. Leaving is easy."
    )
    made = build_subtitles(from_transcript(Transcript(text=text, words=speech(text))))
    assert [one.text for one in made] == [
        "The lamp took four minutes to warm, and\nin that time she watched the fog come in.",
        "Leaving is easy.",
    ]
    assert made[-1].lines[-1].endswith("easy.")
    assert all(len(line) <= 42 for one in made for line in one.lines)


def test_a_pause_and_a_speaker_end_one() -> None:
    words = (
        Word(word="Yes.", start=0, end=0.5, speaker="A"),
        Word(word="No.", start=0.6, end=1.0, speaker="B"),
        Word(word="Never.", start=5, end=5.5, speaker="B"),
    )
    document = rename_speaker(from_transcript(Transcript(text="", words=words)), "A", "Anna")
    made = build_subtitles(document, CueRules(speakers=True))
    assert [(one.speaker, one.text) for one in made] == [("Anna", "Yes."), ("B", "No."), ("", "Never.")]
    assert made[0].end == pytest.approx(0.52)
    assert made[1].end == pytest.approx(1.4)


def test_a_long_talk_is_quick() -> None:
    words = spread("The lamp took four minutes to warm, and then it burned. " * 2000, 0, 9000)
    document = from_transcript(
        Transcript(text="", words=tuple(Word(word=w.text.strip(), start=w.start, end=w.end) for w in words))
    )
    assert len(words_of(document)) == 22_000
    assert too_fast(build_subtitles(document), CueRules()) == 0


MADE = [
    Subtitle(0.5, 1.25, ("Is 1 < 2 --> yes", "& so on"), "Anna"),
    Subtitle(3661.0015, 3662, ("猫です。",)),
]


def test_srt() -> None:
    assert to_srt(MADE) == (
        "1\n00:00:00,500 --> 00:00:01,250\nAnna: Is 1 < 2 → yes\n& so on\n\n"
        "2\n01:01:01,002 --> 01:01:02,000\n猫です。\n"
    )


def test_vtt() -> None:
    assert to_vtt(MADE) == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.250\n<v Anna>Is 1 &lt; 2 --&gt; yes\n&amp; so on</v>\n\n"
        "01:01:01.002 --> 01:01:02.000\n猫です。\n"
    )


@given(documents(), RULES)
def test_what_is_written_can_be_read(document: Document, rules: CueRules) -> None:
    made = build_subtitles(document, rules)
    for text, name in ((to_srt(made), "srt"), (to_vtt(made), "vtt")):
        back = parse_transcript(text.encode(), name).segments
        assert [(round(s.start, 3), round(s.end, 3)) for s in back] == [
            (pytest.approx(one.start, abs=0.001), pytest.approx(one.end, abs=0.001)) for one in made
        ]
        if name == "vtt":
            assert [s.text for s in back] == [one.text for one in made]
    back = parse_transcript(to_json_text(document).encode(), "verbose_json")
    assert [word.word for word in back.words] == words_of(document)
    assert words_of(from_transcript(back)) == words_of(document)


def test_text_and_markdown() -> None:
    words = (*speech("Is it *you*?", speaker="A"), Word(word="Yes.", start=70, end=71, speaker="B"))
    document = rename_speaker(from_transcript(Transcript(text="", words=words)), "A", "Anna")
    assert to_text(document) == "Anna: Is it *you*?\n\nB: Yes.\n\n"
    assert to_text(document, times=True, speakers=False) == "[00:00] Is it *you*?\n\n[01:10] Yes.\n\n"
    assert to_markdown(document, title="A talk") == (
        "# A talk\n\n**Anna** `[00:00]` Is it \\*you\\*?\n\n**B** `[01:10]` Yes.\n\n"
    )
    assert json.loads(to_json_text(document))["segments"][0]["speaker"] == "Anna"

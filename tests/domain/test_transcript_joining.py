from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.sound import Span
from studio.domain.sound_cutting import cut_points
from studio.domain.speech import Segment, Transcript, Word
from studio.domain.transcript import Document, from_transcript
from studio.domain.transcript_joining import PieceText, flagged, join_pieces
from tests.domain.transcripts import monotonic, words_of


@st.composite
def talks(draw: st.DrawFn) -> list[Word]:
    """A talk in which no word is said twice within a few seconds."""
    words: list[Word] = []
    at = 0.0
    for number in range(draw(st.integers(1, 120))):
        at += draw(st.sampled_from([0.02, 0.05, 0.1, 0.9]))
        length = draw(st.sampled_from([0.1, 0.2, 0.4]))
        words.append(Word(word=f"word{number}", start=at, end=at + length))
        at += length
    return words


def heard(words: list[Word], span: Span, *, garbled: bool) -> Document:
    """What a perfect model hears of a piece; a word that was cut comes out wrong."""
    said: list[Word] = []
    for word in words:
        start, end = max(word.start, span.start), min(word.end, span.end)
        if end <= start:
            continue
        whole = (start, end) == (word.start, word.end)
        text = word.word if whole else "wrong"
        if whole or garbled:
            said.append(Word(word=text, start=start - span.start, end=end - span.start))
    return from_transcript(Transcript(text="", words=tuple(said), duration=span.duration))


@given(talks(), st.floats(6, 20), st.booleans())
def test_joined_pieces_are_the_talk(words: list[Word], longest: float, garbled: bool) -> None:
    duration = words[-1].end + 0.5
    silences = [
        Span(one.end, two.start) for one, two in itertools.pairwise(words) if two.start - one.end > 0.3
    ]
    spans = cut_points(duration, silences, longest=longest, overlap=2.0)
    pieces = [PieceText(span, heard(words, span, garbled=garbled)) for span in spans]
    document = join_pieces(pieces)
    assert words_of(document) == [word.word for word in words]
    assert monotonic(document)
    assert document.duration == duration
    times = [round(word.start, 6) for cue in document.cues for word in cue.words]
    assert times == [round(word.start, 6) for word in words]


@given(
    st.floats(1, 5000),
    st.lists(st.tuples(st.floats(0, 5000), st.floats(0.1, 5)), max_size=30),
    st.floats(5, 900),
    st.floats(0, 2.4),
)
def test_pieces_cover_the_whole(
    duration: float, silent: list[tuple[float, float]], longest: float, overlap: float
) -> None:
    silences = [Span(start, start + length) for start, length in sorted(silent)]
    pieces = cut_points(duration, silences, longest=longest, overlap=overlap)
    assert pieces[0].start == 0
    assert pieces[-1].end == duration
    for one, following in itertools.pairwise(pieces):
        assert one.duration <= longest + 1e-6
        assert one.start < following.start <= one.end
    assert pieces[-1].duration <= longest + 1e-6


def test_cuts_are_made_in_the_longest_silence() -> None:
    silences = [Span(8, 8.2), Span(9, 9.6)]
    assert cut_points(15, silences, longest=10) == [Span(0, 9.3), Span(9.3, 15)]
    assert cut_points(15, [], longest=10, overlap=1) == [Span(0, 10), Span(9, 15)]


def test_pieces_without_word_times_are_joined_too() -> None:
    first = Transcript(text="", segments=(Segment(start=0, end=10, text="one two three four five six"),))
    second = Transcript(text="", segments=(Segment(start=0, end=10, text="five six seven eight nine ten"),))
    document = join_pieces(
        [PieceText(Span(0, 10), from_transcript(first)), PieceText(Span(7, 17), from_transcript(second))]
    )
    assert document.text == "one two three four five six seven eight nine ten"
    assert monotonic(document)


def test_speakers_follow_through_the_overlap() -> None:
    def words(names: list[tuple[str, str]], start: float) -> Document:
        said = [
            Word(word=word, start=start + n, end=start + n + 0.5, speaker=who)
            for n, (word, who) in enumerate(names)
        ]
        return from_transcript(Transcript(text="", words=tuple(said)))

    first = words([("hello", "S0"), ("yes", "S1"), ("indeed", "S1")], 0)
    second = words([("yes", "S0"), ("indeed", "S0"), ("goodbye", "S1")], 0)
    document = join_pieces([PieceText(Span(0, 3), first), PieceText(Span(1, 5), second)])
    assert [(cue.speaker, cue.text) for cue in document.cues if cue.text != "yes indeed"][-1] == (
        "S0",
        "goodbye",
    )
    assert words_of(document) == ["hello", "yes", "indeed", "goodbye"]


def test_nothing_joined_is_nothing() -> None:
    assert join_pieces([]) == Document()


def test_what_may_be_made_up_is_marked() -> None:
    segments = (
        Segment(start=0, end=2, text="A fine day."),
        Segment(start=10, end=12, text="Thank you."),
        *(Segment(start=20 + n, end=21 + n, text="Thanks for watching") for n in range(3)),
        Segment(start=30, end=30.1, text="far too many words for a moment"),
        Segment(start=40, end=60, text="go on go on go on go on"),
    )
    document = flagged(from_transcript(Transcript(text="", segments=segments)), [Span(9, 13)])
    assert [cue.check for cue in document.cues] == [
        "", "Nothing is heard here.", *["The same is said 3 times in a row."] * 3, "Nobody speaks this fast.",
        "Words are repeated.",
    ]  # fmt: skip

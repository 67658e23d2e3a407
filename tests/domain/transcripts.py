"""Made-up speech: words with true times."""

from __future__ import annotations

from hypothesis import strategies as st

from studio.domain.speech import Transcript, Word
from studio.domain.transcript import Document, from_transcript

VOCABULARY = [
    "the", "lamp", "took", "four", "minutes,", "to", "warm.", "And", "she", "watched", "Fog!", "come", "in;",
    "hundred", "keeper", "extraordinarily", "a", "“yes”", "Donaudampfschifffahrtsgesellschaft",
]  # fmt: skip


@st.composite
def spoken(draw: st.DrawFn, least: int = 0, most: int = 30) -> list[Word]:
    """Words one after the other, with pauses and speakers."""
    words: list[Word] = []
    at = 0.0
    speaker = ""
    for _ in range(draw(st.integers(least, most))):
        at += draw(st.sampled_from([0.0, 0.01, 0.05, 0.3, 1.2]))
        length = draw(st.sampled_from([0.0, 0.05, 0.2, 0.4, 0.9]))
        if draw(st.integers(0, 9)) == 0:
            speaker = draw(st.sampled_from(["", "A", "B"]))
        words.append(Word(word=draw(st.sampled_from(VOCABULARY)), start=at, end=at + length, speaker=speaker))
        at += length
    return words


@st.composite
def documents(draw: st.DrawFn, least: int = 1) -> Document:
    words = draw(spoken(least))
    duration = words[-1].end if words else 0.0
    return from_transcript(
        Transcript(text=" ".join(word.word for word in words), words=tuple(words), duration=duration)
    )


def words_of(document: Document) -> list[str]:
    return [word.text.strip() for cue in document.cues for word in cue.words]


def monotonic(document: Document) -> bool:
    """Whether times never go back, in cues and in words."""
    at = 0.0
    for cue in document.cues:
        if cue.start < at - 1e-9 or cue.end < cue.start:
            return False
        at = cue.start
        for word in cue.words:
            if word.start < at - 1e-9 or word.end < word.start:
                return False
            at = word.end
        at = max(at, cue.start)
    return True

"""Transcripts of recordings in every format (CONTRACT 6.3).

Speech the sandbox made carries its own text; other recordings get a sentence that says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.sandbox.make.sounds import seconds_of, segments_of, spoken_text
from studio.sandbox.parameters import JsonObject

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its start and end in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said. `sentences` are runs of words."""

    text: str
    seconds: float
    words: tuple[Word, ...]
    sentences: tuple[tuple[Word, ...], ...]


def transcribe(data: bytes) -> Transcript:
    """The words of a recording, laid over the spans where it is not silent. ValueError for other data."""
    seconds = seconds_of(data)
    if seconds <= 0:
        raise ValueError("no sound")
    text = spoken_text(data).strip() or _stand_in(seconds)
    sentences = [found.strip() for found in SENTENCE.findall(text) if found.strip()]
    spans = segments_of(data) or [(0.0, seconds)]
    words = _timed([word for sentence in sentences for word in sentence.split()], spans)
    runs: list[tuple[Word, ...]] = []
    at = 0
    for sentence in sentences:
        count = len(sentence.split())
        runs.append(tuple(words[at : at + count]))
        at += count
    return Transcript(" ".join(sentences), seconds, tuple(words), tuple(runs))


def _stand_in(seconds: float) -> str:
    """Words for a recording whose text is not known: a sentence for each five seconds."""
    sentences = [f"This is the sandbox's simulated transcript of a recording of {seconds:.0f} seconds."]
    sentences += [f"Here the recording is {at} seconds in." for at in range(5, int(seconds), 5)]
    return " ".join(sentences)


def _timed(words: Sequence[str], spans: Sequence[tuple[float, float]]) -> list[Word]:
    """Words spread over the spans by their length, in order."""
    spoken = sum(end - start for start, end in spans)
    letters = sum(len(word) + 1 for word in words) or 1
    timed: list[Word] = []
    done = 0
    for word in words:
        start = _moment(done / letters * spoken, spans)
        done += len(word) + 1
        timed.append(Word(word, round(start, 2), round(_moment(done / letters * spoken, spans), 2)))
    return timed


def _moment(spoken: float, spans: Sequence[tuple[float, float]]) -> float:
    """Where in the recording this much speech has been heard."""
    for start, end in spans:
        if spoken <= end - start:
            return start + spoken
        spoken -= end - start
    return spans[-1][1]


def stamp(seconds: float, point: str) -> str:
    """`00:00:01,500`; `point` is a comma in SRT and a point in VTT."""
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, rest = divmod(rest, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{rest:03}"


def _span(words: Sequence[Word]) -> tuple[float, float, str]:
    return words[0].start, words[-1].end, " ".join(word.text for word in words)


def as_srt(transcript: Transcript) -> str:
    cues: list[str] = []
    for number, words in enumerate(transcript.sentences, 1):
        start, end, text = _span(words)
        cues.append(f"{number}\n{stamp(start, ',')} --> {stamp(end, ',')}\n{text}\n\n")
    return "".join(cues)


def as_vtt(transcript: Transcript) -> str:
    cues = ["WEBVTT\n\n"]
    for words in transcript.sentences:
        start, end, text = _span(words)
        cues.append(f"{stamp(start, '.')} --> {stamp(end, '.')}\n{text}\n\n")
    return "".join(cues)


def as_verbose(transcript: Transcript, language: str) -> JsonObject:
    segments: list[JsonObject] = []
    for number, words in enumerate(transcript.sentences):
        start, end, text = _span(words)
        segments.append({"id": number, "start": start, "end": end, "text": text})
    return {
        "text": transcript.text,
        "task": "transcribe",
        "language": language,
        "duration": round(transcript.seconds, 2),
        "words": [{"word": word.text, "start": word.start, "end": word.end} for word in transcript.words],
        "segments": segments,
    }


def as_diarized(transcript: Transcript, speakers: int) -> JsonObject:
    """Sentences taken in turns by the speakers A, B, …"""
    segments: list[JsonObject] = []
    for number, words in enumerate(transcript.sentences):
        start, end, text = _span(words)
        segments.append(
            {
                "type": "transcript.text.segment",
                "id": f"seg_{number + 1:03}",
                "start": start,
                "end": end,
                "text": text,
                "speaker": chr(ord("A") + number % speakers),
            }
        )
    seconds = round(transcript.seconds, 2)
    return {
        "task": "transcribe",
        "duration": seconds,
        "text": transcript.text,
        "segments": segments,
        "usage": {"type": "duration", "seconds": seconds},
    }

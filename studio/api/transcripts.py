"""Transcription answers in each of their formats (CONTRACT 6.3)."""

from __future__ import annotations

import re
from typing import Any

from studio.api.errors import ApiBadAnswer
from studio.api.wire import Obj, as_object, number, objects, text
from studio.core.i18n import tr
from studio.core.json_text import parse_json
from studio.domain.speech import Segment, Transcript, Word

_TIMES = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
)


def parse_transcript(body: bytes, response_format: str) -> Transcript:
    """The transcript in a body, whatever format it really has.

    Raises:
        ApiBadAnswer: JSON was asked for and something else came.
    """
    raw = body.decode("utf-8", "replace").removeprefix("\ufeff")
    data: Any = None
    if raw.lstrip()[:1] == "{":
        try:
            data = parse_json(raw)
        except ValueError as error:
            raise ApiBadAnswer(tr("The transcript cannot be read.")) from error
    document = as_object(data)
    if "text" in document or "segments" in document:
        return _from_json(document, response_format)
    if response_format in ("srt", "vtt") or raw.startswith("WEBVTT") or _TIMES.search(raw[:500]):
        segments = parse_cues(raw)
        words = " ".join(segment.text.replace("\n", " ") for segment in segments)
        return Transcript(text=words, segments=segments, format=response_format, raw=raw)
    if response_format != "text":
        raise ApiBadAnswer(tr("The transcript cannot be read."))
    return Transcript(text=raw.strip(), format="text", raw=raw)


def _from_json(document: Obj, response_format: str) -> Transcript:
    segments = tuple(
        Segment(
            start=number(item, "start") or 0.0,
            end=number(item, "end") or 0.0,
            text=text(item, "text").strip(),
            speaker=text(item, "speaker"),
            id=text(item, "id"),
        )
        for item in objects(document, "segments")
    )
    words = tuple(
        Word(
            word=text(item, "word", "text"),
            start=number(item, "start") or 0.0,
            end=number(item, "end") or 0.0,
            speaker=text(item, "speaker", "speaker_id"),
        )
        for item in objects(document, "words")
    )
    said = text(document, "text") or " ".join(segment.text for segment in segments)
    seconds = number(document, "duration")
    if seconds is None:
        seconds = number(as_object(document.get("usage")), "seconds")
    return Transcript(
        text=said,
        language=text(document, "language"),
        duration=seconds,
        words=words,
        segments=segments,
        format=response_format,
    )


def parse_cues(raw: str) -> tuple[Segment, ...]:
    """The cues of SRT or WebVTT text; what is no cue is skipped."""
    segments: list[Segment] = []
    for block in re.split(r"\n\s*\n", raw.replace("\r\n", "\n").replace("\r", "\n")):
        times = _TIMES.search(block)
        if not times:
            continue
        lines = block[times.end() :].split("\n")[1:]
        words = "\n".join(line.strip() for line in lines if line.strip())
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        voice = re.match(r"<v(?:\.[\w.]+)? ([^>]+)>", words)
        words = re.sub(r"</?[a-z][^>]*>", "", words)
        speaker = voice.group(1) if voice else ""
        segments.append(Segment(start=start, end=end, text=words, speaker=speaker))
    return tuple(segments)


def _seconds(parts: tuple[str | Any, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction.ljust(3, "0")) / 1000

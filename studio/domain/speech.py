"""Speech, music and transcription (CONTRACT 6). Field names are the API's own; None and empty stay here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from studio.domain.service import Usage

SPEECH_CHARACTERS = 4096  # what every server takes in one request (CONTRACT 6.2)
SpeechRoute = Literal["speech", "audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """Text to speech, music or sound effects.

    Args:
        route: `speech` = POST /v1/audio/speech; `audio` = GET /audio/{text}.
        response_format: mp3 | opus | aac | flac | wav | pcm; not every model keeps to it.
        duration, seconds: of the result, for music and effects.
        speed: 0.25 to 4. `prompt_influence`: 0 to 1.
        reference_audio: an address the service can reach.
        composition_plan: JSON, for music models.
        extra: further fields, sent as they are.
    """

    input: str
    model: str
    route: SpeechRoute = "speech"
    voice: str = ""
    response_format: str = "mp3"
    speed: float | None = None
    duration: float | None = None
    instrumental: bool | None = None
    seconds: float | None = None
    steps: int | None = None
    negative_prompt: str = ""
    loop: bool | None = None
    prompt_influence: float | None = None
    seed: int | None = None
    instructions: str = ""
    reference_audio: str = ""
    store_for_inpainting: bool | None = None
    conditioning_ref: str = ""
    composition_plan: dict[str, Any] | None = None
    safe: str = ""
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionRequest:
    """Speech to text (CONTRACT 6.3). The file goes beside it.

    Args:
        response_format: json | text | srt | verbose_json | vtt | diarized_json.
        language: ISO 639-1. `temperature`: 0 to 1. `speakers_expected`: from 1.
    """

    model: str
    response_format: str = "verbose_json"
    language: str = ""
    prompt: str = ""
    temperature: float | None = None
    speakers_expected: int | None = None
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spoken word; seconds from the start of the file."""

    word: str
    start: float
    end: float
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of speech; seconds from the start of the file."""

    start: float
    end: float
    text: str
    speaker: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said.

    Args:
        duration: seconds of sound, when known.
        format: the response format it came in, which may be another than the one asked for.
        raw: the body as the service sent it, for srt, vtt and text.
    """

    text: str
    language: str = ""
    duration: float | None = None
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()
    format: str = ""
    raw: str = ""
    model_used: str = ""
    request_id: str = ""
    usage: Usage = field(default_factory=Usage)
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterTimes:
    """When each character is spoken: three tuples of one length, seconds."""

    characters: tuple[str, ...] = ()
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()

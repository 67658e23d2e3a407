"""A script to be spoken: paragraphs with their voices, cut into lines that are rendered one by one.

A line is what one request says: a sentence, or a paragraph where the user wants it so. What it sounds like
depends on its words, its voice and how it is read, and on nothing else; that is its `key`, under which its
takes are found again. So one changed sentence costs one sentence.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

from studio.domain.models import ModelInfo
from studio.domain.sentences import PAUSES, Boundary, paragraphs, split_speech
from studio.domain.sound import Chapter, Span
from studio.domain.speech import SPEECH_CHARACTERS, SpeechRequest
from studio.domain.transcript import Cue, Document, spread

Unit = Literal["sentence", "paragraph"]
USUAL_VOICES: Final = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
"""Of models whose catalogue entry names none; every speech model of the service takes them (CONTRACT 6.1)."""
SPEEDS: Final = (0.25, 4.0)
_KEY_LETTERS: Final = 32
_TITLE_WORDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How something is read. Empty means: as the script says.

    Args:
        speed: 0.25 to 4; 0 means as the script says.
        instructions: how to speak, for the models that take it.
    """

    model: str = ""
    voice: str = ""
    speed: float = 0.0
    instructions: str = ""

    def over(self, usual: Reading) -> Reading:
        """This, with what it leaves open taken from `usual`. Another model has voices of its own."""
        same_model = not self.model or self.model == usual.model
        return Reading(
            model=self.model or usual.model,
            voice=self.voice or (usual.voice if same_model else ""),
            speed=self.speed or usual.speed or 1.0,
            instructions=self.instructions or usual.instructions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of the script with the white space after it."""

    text: str
    reading: Reading = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is to be spoken.

    Args:
        reading: of all paragraphs that have none of their own.
        unit: what one request says.
        sentence_pause, paragraph_pause: seconds of silence in the joined sound.
        chosen: asset ids of takes by the key of their line, where the user chose one; else the newest counts.
    """

    paragraphs: tuple[Paragraph, ...] = ()
    reading: Reading = Reading()
    unit: Unit = "sentence"
    sentence_pause: float = PAUSES[Boundary.SENTENCE]
    paragraph_pause: float = PAUSES[Boundary.PARAGRAPH]
    chosen: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def text(self) -> str:
        return "".join(paragraph.text for paragraph in self.paragraphs)


class Line(NamedTuple):
    """What one request says.

    Args:
        paragraph: its number. `boundary`: what it ends with.
        key: the same for lines that sound the same; takes are filed under it.
    """

    paragraph: int
    text: str
    boundary: Boundary
    reading: Reading
    key: str

    def request(self, seed: int) -> SpeechRequest:
        """The request that renders it. MP3, because every model has it (CONTRACT 6.1)."""
        reading = self.reading
        return SpeechRequest(
            input=self.text.strip(),
            model=reading.model,
            voice=reading.voice,
            speed=reading.speed if reading.speed != 1.0 else None,
            instructions=reading.instructions,
            seed=seed,
        )


def voices_of(model: ModelInfo | None) -> Sequence[str]:
    """The voices a model can be asked for, as the service names them."""
    return model.voices if model is not None and model.voices else USUAL_VOICES


def key_of(text: str, reading: Reading) -> str:
    """What takes of a text in a reading are filed under."""
    parts = [" ".join(text.split()), reading.model, reading.voice, f"{reading.speed:g}", reading.instructions]
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()
    return f"speech-{digest[:_KEY_LETTERS]}"


def lines_of(script: Script) -> list[Line]:
    """The lines of a script in order. Joined, their texts are its text, but for blank ones."""
    made: list[Line] = []
    for number, paragraph in enumerate(script.paragraphs):
        reading = paragraph.reading.over(script.reading)
        pieces = split_speech(paragraph.text, SPEECH_CHARACTERS, join=script.unit == "paragraph")
        made.extend(
            Line(number, piece.text, piece.boundary, reading, key_of(piece.text, reading))
            for piece in pieces
            if any(character.isalnum() for character in piece.text)
        )
    return made


def pause_after(script: Script, line: Line) -> float:
    """Seconds of silence after a line in the joined sound."""
    if line.boundary is Boundary.PARAGRAPH:
        return script.paragraph_pause
    if line.boundary is Boundary.SENTENCE:
        return script.sentence_pause
    return min(PAUSES[line.boundary], script.sentence_pause)


def with_text(script: Script, text: str) -> Script:
    """The script with another text. Paragraphs that stay, or are only reworded, keep their readings."""
    before = [paragraph.text.strip() for paragraph in script.paragraphs]
    texts = paragraphs(text)
    after = [part.strip() for part in texts]
    readings = [Reading()] * len(texts)
    for kind, a0, a1, b0, b1 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and a1 - a0 == b1 - b0):
            for offset in range(b1 - b0):
                readings[b0 + offset] = script.paragraphs[a0 + offset].reading
        elif kind == "replace":
            for offset in range(b1 - b0):
                readings[b0 + offset] = script.paragraphs[min(a0 + offset, a1 - 1)].reading
    made = tuple(Paragraph(text=part, reading=how) for part, how in zip(texts, readings, strict=True))
    return replace(script, paragraphs=made)


def with_reading(script: Script, paragraph: int, reading: Reading) -> Script:
    """The script with a paragraph read in another way."""
    changed = list(script.paragraphs)
    changed[paragraph] = replace(changed[paragraph], reading=reading)
    return replace(script, paragraphs=tuple(changed))


def with_choice(script: Script, key: str, asset_id: str) -> Script:
    """The script with a take chosen for its line."""
    return replace(script, chosen={**script.chosen, key: asset_id})


def chapters_of(script: Script, lines: Sequence[Line], spans: Sequence[Span]) -> list[Chapter]:
    """A chapter for each paragraph, called by its first words.

    Args:
        spans: where each line begins and ends in the joined sound, in seconds.
    """
    begun = [
        (line.paragraph, span.start)
        for number, (line, span) in enumerate(zip(lines, spans, strict=True))
        if number == 0 or line.paragraph != lines[number - 1].paragraph
    ]
    ends = [start for _paragraph, start in begun[1:]] + [span.end for span in spans[-1:]]
    return [
        Chapter(first_words(script.paragraphs[paragraph].text), start, end)
        for (paragraph, start), end in zip(begun, ends, strict=True)
    ]


def first_words(text: str) -> str:
    """How a text is called that has no title."""
    words = text.split()
    return " ".join(words[:_TITLE_WORDS]) + ("…" if len(words) > _TITLE_WORDS else "")


def spoken_document(script: Script, lines: Sequence[Line], spans: Sequence[Span]) -> Document:
    """What is heard in the joined sound and when: its subtitles come from it.

    Args:
        spans: where each line begins and ends in the joined sound, in seconds.
    """
    voices = {line.reading.voice for line in lines}
    cues = tuple(
        Cue(
            start=span.start,
            end=span.end,
            words=spread(line.text.strip(), span.start, span.end),
            speaker=line.reading.voice if len(voices) > 1 else "",
        )
        for line, span in zip(lines, spans, strict=True)
    )
    return Document(cues=cues, duration=spans[-1].end if spans else None)

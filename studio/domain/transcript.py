"""A transcript as a document: cues of timed words, and the edits that keep their times.

Everything is a frozen value; an edit returns another document. Times are seconds of the recording.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, cast

from studio.core.json_text import parse_json
from studio.domain.codec import from_json, to_json
from studio.domain.speech import Segment, Transcript, Word

_TOKEN: Final = re.compile(r"\S+")
# Scripts without spaces: each character may be a word of its own.
_CJK: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_DENSE: Final = re.compile(f"[{_CJK}]")
_DENSE_WORD: Final = re.compile(rf"[^\w{_CJK}]*[{_CJK}][^\w\s{_CJK}]*|[^{_CJK}]+")
_TIGHT: Final = re.compile(r"[\s.,!?;:…)\]}\"'”’»%。，、！？；：]")


class TimedWord(NamedTuple):
    """A word with the white space before it, and when it is spoken.

    Args:
        exact: False where the time was not told but shared out between its neighbours.
    """

    text: str
    start: float
    end: float
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One stretch of speech of one speaker.

    Args:
        check: why somebody should listen again; empty when nothing is suspicious.
    """

    start: float
    end: float
    words: tuple[TimedWord, ...]
    speaker: str = ""
    check: str = ""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole transcript.

    Args:
        speakers: what the speakers are called now, by what the service called them.
    """

    cues: tuple[Cue, ...] = ()
    language: str = ""
    duration: float | None = None
    speakers: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        return " ".join(cue.text for cue in self.cues if cue.text)

    def name_of(self, speaker: str) -> str:
        """What a speaker is called."""
        return dict(self.speakers).get(speaker, speaker)

    def cue_at(self, seconds: float) -> int:
        """The number of the cue that is spoken at a time, or of the one before it; -1 before the first."""
        found = -1
        for number, cue in enumerate(self.cues):
            if cue.start > seconds:
                break
            found = number
        return found


def document_text(document: Document) -> str:
    """A document as JSON text, with everything there is to it."""
    return json.dumps(to_json(document), ensure_ascii=False, separators=(",", ":"))


def read_document(text: str) -> Document:
    """A document from JSON text.

    Raises:
        ValueError: it is something else.
    """
    data: object = parse_json(text)
    if not isinstance(data, dict):
        raise ValueError("not a transcript")  # noqa: TRY004 - a damaged file, not a bug
    return from_json(Document, cast("dict[str, Any]", data))


# ---------------------------------------------------------------------- from what the service told


def from_transcript(transcript: Transcript) -> Document:
    """The document of an answer: words grouped by segments, or by speakers and pauses without them."""
    words = [word for word in transcript.words if word.word.strip()]
    if transcript.segments:
        cues = _from_segments(transcript.segments, words)
    elif words:
        cues = _from_words(words)
    elif transcript.text.strip():
        cues = _from_text(transcript.text, transcript.duration or 0.0)
    else:
        cues = []
    return Document(
        cues=tuple(cue for cue in cues if cue.words),
        language=transcript.language,
        duration=transcript.duration,
    )


def spread(text: str, start: float, end: float) -> tuple[TimedWord, ...]:
    """Share a stretch of time out over the words of a text by their length."""
    tokens = tokens_of(text)
    total = sum(len(token.strip()) for token in tokens)
    made: list[TimedWord] = []
    at = start
    done = 0
    for token in tokens:
        done += len(token.strip())
        until = start + (end - start) * done / total
        made.append(TimedWord(token, at, until, exact=False))
        at = until
    return tuple(made)


def tokens_of(text: str) -> list[str]:
    """The words of a text, each with the white space before it; what follows the last one is dropped."""
    made: list[str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        word = found.group()
        lead = text[at : found.start()]
        at = found.end()
        if _DENSE.search(word):
            parts = _DENSE_WORD.findall(word)
            made.append(lead + parts[0])
            made.extend(parts[1:])
        else:
            made.append(lead + word)
    return made


def _from_segments(segments: Sequence[Segment], words: Sequence[Word]) -> list[Cue]:
    cues: list[Cue] = []
    at = 0
    for number, segment in enumerate(segments):
        until = segments[number + 1].start if number + 1 < len(segments) else float("inf")
        own: list[Word] = []
        while at < len(words) and (words[at].start + words[at].end) / 2 < max(until, segment.start):
            own.append(words[at])
            at += 1
        timed = align(segment.text, [_timed(word) for word in own], segment.start, segment.end)
        speaker = segment.speaker or (own[0].speaker if own else "")
        cues.append(_cue(timed, speaker, segment.start, segment.end))
    return cues


def _from_text(text: str, end: float) -> list[Cue]:
    """Cues of a text that came without any time: its time is shared out, and they end with sentences."""
    cues: list[Cue] = []
    own: list[TimedWord] = []
    for word in spread(text, 0.0, end):
        own.append(word)
        length = own[-1].end - own[0].start
        if (_ends_sentence(word.text) and length > _LONGEST / 4) or length > _LONGEST:
            cues.append(Cue(start=own[0].start, end=own[-1].end, words=tuple(own)))
            own = []
    if own:
        cues.append(Cue(start=own[0].start, end=own[-1].end, words=tuple(own)))
    return cues


def _ends_sentence(word: str) -> bool:
    return word.rstrip("\"'”’)").endswith((".", "!", "?", "。", "！", "？"))


_PAUSE: Final = 1.0
_LONGEST: Final = 12.0


def _from_words(words: Sequence[Word]) -> list[Cue]:
    """Cues end where the speaker changes, after a pause, or with a sentence once they are long enough."""
    cues: list[Cue] = []
    own: list[Word] = []

    def close() -> None:
        if own:
            timed = _spaced([_timed(word) for word in own])
            cues.append(_cue(timed, own[0].speaker, own[0].start, own[-1].end))
            own.clear()

    for word in words:
        if own:
            last = own[-1]
            if (
                word.speaker != last.speaker
                or word.start - last.end > _PAUSE
                or (_ends_sentence(last.word) and last.end - own[0].start > _LONGEST / 4)
                or last.end - own[0].start > _LONGEST
            ):
                close()
        own.append(word)
    close()
    return cues


def _timed(word: Word) -> TimedWord:
    return TimedWord(word.word, word.start, max(word.end, word.start))


def _spaced(words: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
    """Words that came without white space get a blank before them, where the script has blanks."""
    if any(word.text[:1].isspace() for word in words[1:]):
        return tuple(words)
    return tuple(
        word if number == 0 or _TIGHT.match(word.text) or _DENSE.search(word.text[:1])
        else word._replace(text=f" {word.text}")
        for number, word in enumerate(words)
    )  # fmt: skip


def _cue(words: tuple[TimedWord, ...], speaker: str, start: float, end: float) -> Cue:
    if words:
        start, end = min(start, words[0].start), max(end, words[-1].end)
    return Cue(start=start, end=max(end, start), words=words, speaker=speaker)


# ---------------------------------------------------------------------- text and times together


def align(text: str, words: Sequence[TimedWord], start: float, end: float) -> tuple[TimedWord, ...]:
    """Give a text the times of words that were spoken: equal words keep theirs, others share what is between.

    Returns:
        Words whose texts joined are `text` but for white space at its end; times never go back.
    """
    tokens = tokens_of(text)
    if not words:
        return spread(text, start, end)
    old = [plain_word(word.text) for word in words]
    new = [plain_word(token) for token in tokens]
    made: list[TimedWord | None] = [None] * len(tokens)
    gaps: list[tuple[int, int, int, int]] = []
    for kind, a0, a1, b0, b1 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            for offset in range(b1 - b0):
                made[b0 + offset] = words[a0 + offset]._replace(text=tokens[b0 + offset])
        elif b1 > b0:
            gaps.append((a0, a1, b0, b1))
    for a0, a1, b0, b1 in gaps:
        if a1 - a0 == b1 - b0:
            # As many words as before: somebody corrected their spelling.
            for offset in range(b1 - b0):
                made[b0 + offset] = words[a0 + offset]._replace(text=tokens[b0 + offset])
            continue
        began = words[a0].start if a1 > a0 else (words[a0 - 1].end if a0 else min(start, words[0].start))
        ended = words[a1 - 1].end if a1 > a0 else (words[a0].start if a0 < len(words) else max(end, began))
        shared = spread("".join(tokens[b0:b1]), began, max(ended, began))
        made[b0:b1] = [TimedWord(token, one.start, one.end, exact=False)
                       for token, one in zip(tokens[b0:b1], shared, strict=True)]  # fmt: skip
    return _forward([word for word in made if word is not None])


def plain_word(word: str) -> str:
    """A word as it is heard: without case and punctuation."""
    bare = re.sub(r"[^\w]+", "", word).casefold()
    return bare or word.strip()


def _forward(words: Iterable[TimedWord]) -> tuple[TimedWord, ...]:
    """Times that never go back."""
    made: list[TimedWord] = []
    at = float("-inf")
    for word in words:
        start = max(word.start, at)
        at = max(word.end, start)
        made.append(word if (start, at) == (word.start, word.end) else word._replace(start=start, end=at))
    return tuple(made)


# ---------------------------------------------------------------------- edits


def set_text(document: Document, number: int, text: str) -> Document:
    """Change what a cue says; words that stay keep their times. An empty text removes the cue."""
    cue = document.cues[number]
    words = align(text.strip(), cue.words, cue.start, cue.end) if text.strip() else ()
    changed = [replace(cue, words=words, check="")] if words else []
    return _replaced(document, number, number + 1, changed)


def split_cue(document: Document, number: int, word: int) -> Document:
    """Make two cues of one, the second beginning with a word; nothing changes at the ends."""
    cue = document.cues[number]
    if not 0 < word < len(cue.words):
        return document
    first, second = cue.words[:word], cue.words[word:]
    middle = max(first[-1].end, cue.start)
    return _replaced(
        document,
        number,
        number + 1,
        [
            replace(cue, words=first, end=min(middle, cue.end)),
            replace(cue, words=second, start=max(min(second[0].start, cue.end), middle)),
        ],
    )


def merge_cues(document: Document, first: int, last: int) -> Document:
    """Make one cue of several; the first one's speaker says it all."""
    cues = document.cues[first : last + 1]
    if len(cues) < 2:
        return document
    words: list[TimedWord] = list(cues[0].words)
    for cue in cues[1:]:
        lead, *rest = cue.words
        if not lead.text[:1].isspace() and not (_DENSE.search(lead.text[:1]) or not words):
            lead = lead._replace(text=f" {lead.text}")
        words += [lead, *rest]
    check = next((cue.check for cue in cues if cue.check), "")
    merged = replace(cues[0], words=_forward(words), end=max(cue.end for cue in cues), check=check)
    return _replaced(document, first, last + 1, [merged])


def move_edges(document: Document, number: int, start: float, end: float) -> Document:
    """Set when a cue begins and ends, between its neighbours; words outside are drawn in."""
    cue = document.cues[number]
    least = document.cues[number - 1].end if number else 0.0
    most = document.cues[number + 1].start if number + 1 < len(document.cues) else max(end, cue.end)
    start = min(max(start, least), max(most, least))
    end = min(max(end, start), max(most, start))
    words = tuple(
        word._replace(start=min(max(word.start, start), end), end=min(max(word.end, start), end))
        for word in cue.words
    )
    return _replaced(document, number, number + 1, [replace(cue, start=start, end=end, words=words)])


def remove_cues(document: Document, numbers: Iterable[int]) -> Document:
    """Leave cues out."""
    gone = set(numbers)
    return replace(
        document, cues=tuple(cue for number, cue in enumerate(document.cues) if number not in gone)
    )


def rename_speaker(document: Document, speaker: str, name: str) -> Document:
    """Call a speaker something else, everywhere. An empty name gives back what the service said."""
    names = {key: value for key, value in document.speakers if key != speaker}
    if name.strip() and name.strip() != speaker:
        names[speaker] = name.strip()
    return replace(document, speakers=tuple(names.items()))


def set_speaker(document: Document, numbers: Iterable[int], speaker: str) -> Document:
    """Say who speaks in some cues."""
    chosen = set(numbers)
    cues = tuple(
        replace(cue, speaker=speaker) if number in chosen else cue for number, cue in enumerate(document.cues)
    )
    return replace(document, cues=cues)


def merge_speaker_runs(document: Document, *, pause: float = 2.0) -> Document:
    """Make one cue of neighbours that the same speaker says with no more than `pause` seconds between."""
    number = 0
    while number + 1 < len(document.cues):
        one, following = document.cues[number], document.cues[number + 1]
        if one.speaker and one.speaker == following.speaker and following.start - one.end <= pause:
            document = merge_cues(document, number, number + 1)
        else:
            number += 1
    return document


class Hit(NamedTuple):
    """Where a text was found: the cue, and characters of its text."""

    cue: int
    start: int
    end: int


def find(document: Document, text: str, *, case: bool = False, whole_words: bool = False) -> list[Hit]:
    """All places of a text, in order."""
    pattern = _pattern(text, case=case, whole_words=whole_words)
    if pattern is None:
        return []
    return [
        Hit(number, found.start(), found.end())
        for number, cue in enumerate(document.cues)
        for found in pattern.finditer(cue.text)
    ]


def replace_all(
    document: Document, text: str, by: str, *, case: bool = False, whole_words: bool = False
) -> tuple[Document, int]:
    """Replace a text everywhere; the document and how often it was there."""
    pattern = _pattern(text, case=case, whole_words=whole_words)
    if pattern is None:
        return document, 0
    total = 0
    for number in range(len(document.cues) - 1, -1, -1):
        changed, count = pattern.subn(lambda _found: by, document.cues[number].text)
        if count:
            total += count
            document = set_text(document, number, changed)
    return document, total


def replace_hit(document: Document, hit: Hit, by: str) -> Document:
    """Replace what stands at one place."""
    text = document.cues[hit.cue].text
    return set_text(document, hit.cue, text[: hit.start] + by + text[hit.end :])


def _pattern(text: str, *, case: bool, whole_words: bool) -> re.Pattern[str] | None:
    if not text:
        return None
    body = re.escape(text)
    if whole_words:
        body = rf"(?<!\w){body}(?!\w)"
    return re.compile(body, 0 if case else re.IGNORECASE)


def map_words(document: Document, change: Callable[[TimedWord], TimedWord]) -> Document:
    """Change every word, for instance its times."""
    return replace(
        document,
        cues=tuple(replace(cue, words=tuple(change(word) for word in cue.words)) for cue in document.cues),
    )


def _replaced(document: Document, first: int, last: int, cues: Sequence[Cue]) -> Document:
    return replace(document, cues=(*document.cues[:first], *cues, *document.cues[last:]))

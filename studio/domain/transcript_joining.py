"""Putting the transcripts of a long recording's pieces together: true times, no repeats, nothing lost.

Pieces overlap where a cut was hard (`sound_cutting`), so the same words may be in two of them, and one that
was cut may be wrong in both. In an overlap the words that both pieces heard are found, and the first piece is
followed up to the middle of them, the second from there.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from studio.core.i18n import tr
from studio.domain.sound import Span
from studio.domain.transcript import Cue, Document, TimedWord, map_words, plain_word

_SLACK: Final = 0.5  # seconds by which the same word may differ in two pieces
_REPEATS: Final = 3
_IMPOSSIBLE: Final = 45.0  # characters per second


class PieceText(NamedTuple):
    """What was heard in a piece; its times count from the piece's own beginning."""

    span: Span
    document: Document


class _Word(NamedTuple):
    """A word with the cue it is in."""

    word: TimedWord
    cue: int


def join_pieces(pieces: Sequence[PieceText]) -> Document:
    """One document of all pieces, in order of their spans.

    Speakers are labelled piece by piece; where an overlap shows who is who, the later labels follow the
    earlier ones.
    """
    if not pieces:
        return Document()
    placed = [_placed(piece) for piece in sorted(pieces, key=lambda piece: piece.span)]
    spans = sorted(piece.span for piece in pieces)
    cues: list[Cue] = list(placed[0].cues)
    for number in range(1, len(placed)):
        cues = _joined(cues, list(placed[number].cues), Span(spans[number].start, spans[number - 1].end))
    language = Counter(piece.language for piece in placed if piece.language).most_common(1)
    return Document(
        cues=tuple(_in_order(cues)),
        language=language[0][0] if language else "",
        duration=max(span.end for span in spans),
    )


def _placed(piece: PieceText) -> Document:
    """The piece's words at their true times, none outside of it."""
    start, end = piece.span

    def move(word: TimedWord) -> TimedWord:
        begin = min(max(word.start + start, start), end)
        return word._replace(start=begin, end=min(max(word.end + start, begin), end))

    document = map_words(piece.document, move)
    cues = tuple(
        replace(cue, start=min(max(cue.start + start, start), end), end=min(max(cue.end + start, start), end))
        for cue in document.cues
        if cue.words
    )
    return replace(document, cues=cues)


def _joined(first: list[Cue], second: list[Cue], overlap: Span) -> list[Cue]:
    if overlap.duration <= 0:
        return first + second
    left = [one for one in _words(first) if one.word.end > overlap.start - _SLACK]
    right = [one for one in _words(second) if one.word.start < overlap.end + _SLACK]
    if not left or not right:
        return first + second
    match = _match(left, right)
    if match:
        second = _same_speakers(first, second, [(left[a].cue, right[b].cue) for a, b in match])
        a, b = match[len(match) // 2]
        keep, skip = len(left) - a, b
        return _without_last(first, keep) + _without_first(second, skip)
    # Nobody heard the same: whoever was farther from the cut was less disturbed by it.
    middle = (overlap.start + overlap.end) / 2
    drop = sum((one.word.start + one.word.end) / 2 >= middle for one in left)
    skip = sum((one.word.start + one.word.end) / 2 < middle for one in right)
    return _without_last(first, drop) + _without_first(second, skip)


def _words(cues: Sequence[Cue]) -> list[_Word]:
    return [_Word(word, number) for number, cue in enumerate(cues) for word in cue.words]


def _match(left: Sequence[_Word], right: Sequence[_Word]) -> list[tuple[int, int]]:
    """The longest run of words that both heard at about the same time."""
    matcher = difflib.SequenceMatcher(
        None,
        [plain_word(one.word.text) for one in left],
        [plain_word(one.word.text) for one in right],
        autojunk=False,
    )
    best: list[tuple[int, int]] = []
    for a, b, size in matcher.get_matching_blocks():
        run = [
            (a + offset, b + offset)
            for offset in range(size)
            if abs(left[a + offset].word.start - right[b + offset].word.start) <= _slack(left, right, a, b)
        ]
        if len(run) > len(best):
            best = run
    return best


def _slack(left: Sequence[_Word], right: Sequence[_Word], a: int, b: int) -> float:
    """Times that were only shared out may be seconds off."""
    exact = left[a].word.exact and right[b].word.exact
    return _SLACK if exact else 8 * _SLACK


def _same_speakers(
    first: Sequence[Cue], second: Sequence[Cue], pairs: Iterable[tuple[int, int]]
) -> list[Cue]:
    """Call the speakers of the second piece what the first one called them."""
    votes: dict[str, Counter[str]] = {}
    for a, b in pairs:
        if first[a].speaker and second[b].speaker:
            votes.setdefault(second[b].speaker, Counter())[first[a].speaker] += 1
    names = {label: counts.most_common(1)[0][0] for label, counts in votes.items()}
    if not names or all(label == name for label, name in names.items()):
        return list(second)
    # Whoever had the name that another one takes gets the name that became free.
    taken = set(names.values())
    free = [label for label in names if label not in taken]
    for label in sorted({cue.speaker for cue in second} - set(names)):
        if label in taken:
            names[label] = free.pop() if free else f"{label} (2)"
    return [replace(cue, speaker=names.get(cue.speaker, cue.speaker)) for cue in second]


def _without_last(cues: Sequence[Cue], count: int) -> list[Cue]:
    made = list(cues)
    while count > 0 and made:
        cue = made.pop()
        left = len(cue.words) - count
        count -= len(cue.words)
        if left > 0:
            words = cue.words[:left]
            made.append(replace(cue, words=words, end=max(words[-1].end, cue.start)))
    return made


def _without_first(cues: Sequence[Cue], count: int) -> list[Cue]:
    for number, cue in enumerate(cues):
        if count < len(cue.words):
            words = cue.words[count:]
            start = cue.start if not count else min(words[0].start, cue.end)
            return [replace(cue, words=words, start=start), *cues[number + 1 :]]
        count -= len(cue.words)
    return []


def _in_order(cues: Sequence[Cue]) -> list[Cue]:
    """Cues and words whose times never go back."""
    made: list[Cue] = []
    at = 0.0
    for cue in cues:
        start = max(cue.start, at)
        inner = start
        words: list[TimedWord] = []
        for word in cue.words:
            begin = max(word.start, inner)
            inner = max(word.end, begin)
            words.append(word._replace(start=begin, end=inner))
        at = max(cue.end, inner, start)
        made.append(replace(cue, start=start, end=at, words=tuple(words)))
    return made


# ---------------------------------------------------------------------- what should be listened to again


def flagged(document: Document, silences: Sequence[Span] = ()) -> Document:
    """Mark what a model may have made up: runs of the same words, speech over silence, impossible speed."""
    cues = [cue if cue.check else replace(cue, check=_doubt(cue, silences)) for cue in document.cues]
    first = 0
    for number in range(1, len(cues) + 1):
        if number == len(cues) or _said(cues[number]) != _said(cues[first]):
            if number - first >= _REPEATS:
                said = tr("The same is said {n} times in a row.", n=number - first)
                cues[first:number] = [replace(cue, check=said) for cue in cues[first:number]]
            first = number
    return replace(document, cues=tuple(cues))


def _said(cue: Cue) -> tuple[str, ...]:
    return tuple(plain_word(word.text) for word in cue.words)


def _doubt(cue: Cue, silences: Sequence[Span]) -> str:
    length = cue.end - cue.start
    still = sum(max(min(cue.end, one.end) - max(cue.start, one.start), 0.0) for one in silences)
    if length > 0 and still / length > 0.8:
        return tr("Nothing is heard here.")
    if length > 0 and len(cue.text) / length > _IMPOSSIBLE:
        return tr("Nobody speaks this fast.")
    words = _said(cue)
    for size in range(1, 7):
        for start in range(len(words) - size * (_REPEATS + 1) + 1):
            part = words[start : start + size]
            if all(words[start + n * size : start + (n + 1) * size] == part for n in range(1, _REPEATS + 1)):
                return tr("Words are repeated.")
    return ""

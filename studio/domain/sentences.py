"""Splitting a script for speech: at sentences, joined pieces are the text again to the character.

The service takes at most 4,096 characters in one request (CONTRACT 6.2). Below that a cut is made where a
reader would draw breath, and each piece says what kind of pause follows it.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final, NamedTuple

from studio.domain.speech import SPEECH_CHARACTERS


class Boundary(IntEnum):
    """What a piece ends with; the larger, the longer the pause."""

    CHARACTER = 0
    WORD = 1
    CLAUSE = 2
    SENTENCE = 3
    PARAGRAPH = 4


PAUSES: Final = {
    Boundary.CHARACTER: 0.0,
    Boundary.WORD: 0.0,
    Boundary.CLAUSE: 0.15,
    Boundary.SENTENCE: 0.35,
    Boundary.PARAGRAPH: 0.8,
}
"""Seconds of silence after a piece, unless the user wants others."""


class Piece(NamedTuple):
    """A stretch of the text, white space included, and what follows it."""

    text: str
    boundary: Boundary


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that end with a full stop and do not end a sentence: always, before a number, before lower case.
_ALWAYS: Final = _words(
    "mr mrs ms dr prof rev fr st mt gen col capt lt sgt sen rep gov pres hon messrs mme mlle hr frl dipl ing "
    "sra srta dott ca vs eds cf approx e.g i.e bzw z.b d.h u.a s.o s.u vgl ggf evtl inkl"
)
_BEFORE_NUMBERS: Final = _words(
    "no nr art abs fig figs vol p pp s jan feb mar apr jun jul aug sep sept oct nov dec okt dez"
)
_MAYBE: Final = _words("etc inc ltd co corp a.m p.m u.s u.k ph.d b.c a.d usw al dept est sr jr ed")

_MONTH: Final = re.compile(
    r"(Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
_CLOSERS: Final = "\"'”’»›)]}」』）】》〉*_"
# A stop, what closes with it, and then white space or the end; CJK stops need no white space.
_STOP: Final = re.compile(
    rf"(?P<latin>[.!?…‽؟۔।]+)[{re.escape(_CLOSERS)}]*(?=\s|$)"
    rf"|(?P<cjk>[。！？｡]+|…{{2,}})[{re.escape(_CLOSERS)}]*"
)
_BREAK: Final = re.compile(r"[^\S\n]*\n[^\S\n]*\n\s*|\n+[^\S\n]*")
_SPACE: Final = re.compile(r"[^\S\n]*")
_BEFORE: Final = re.compile(r"(\S*)$")
_CLAUSE: Final = re.compile(r"[,;:—–،؛][\"'”’)\]]*\s+|[、，；：]|\s[-—–]\s")


def split_sentences(text: str) -> list[Piece]:
    """The sentences of a text, each with the white space after it. `"".join` of them is the text.

    A line break ends a sentence, an empty line a paragraph. Abbreviations ("Dr. Smith"), initials
    ("J. R. R. Tolkien"), numbers ("3.14", "No. 5", "1. First") and ellipses that go on in lower case do not.
    """
    pieces: list[Piece] = []
    start = 0
    for end, boundary in _ends(text):
        if end > start:
            pieces.append(Piece(text[start:end], boundary))
            start = end
    if start < len(text):
        pieces.append(Piece(text[start:], Boundary.PARAGRAPH))
    pieces = _without_blanks(pieces)
    if pieces:
        pieces[-1] = Piece(pieces[-1].text, Boundary.PARAGRAPH)
    return pieces


def split_speech(text: str, limit: int = SPEECH_CHARACTERS, *, join: bool = True) -> list[Piece]:
    """Pieces of at most `limit` characters, as few as can be, cut at the best place there is.

    Args:
        limit: at least 1.
        join: put sentences together as long as they fit and no paragraph ends between them; else each
            sentence is a piece of its own, so that changing one renders one.

    Returns:
        Pieces whose texts joined are `text`; no piece is blank unless all of it is.
    """
    if limit < 1:
        raise ValueError("a piece has at least one character")
    pieces: list[Piece] = []
    for sentence in split_sentences(text):
        before = pieces[-1] if pieces else None
        fits = before is not None and len(before.text) + len(sentence.text) <= limit
        if join and fits and before is not None and before.boundary < Boundary.PARAGRAPH:
            pieces[-1] = Piece(before.text + sentence.text, sentence.boundary)
        else:
            pieces.extend(_cut(sentence, limit))
    return pieces


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a script with the white space after them; joined they are the text."""
    made: list[str] = []
    part = ""
    for piece in split_sentences(text):
        part += piece.text
        if piece.boundary is Boundary.PARAGRAPH:
            made.append(part)
            part = ""
    return [*made, part] if part else made


def _ends(text: str) -> list[tuple[int, Boundary]]:
    """Where sentences end, white space after them included, in order."""
    ends: dict[int, Boundary] = {}
    for found in _BREAK.finditer(text):
        if found.start() == 0:
            continue
        newlines = text.count("\n", found.start(), found.end())
        ends[found.end()] = Boundary.PARAGRAPH if newlines > 1 else Boundary.SENTENCE
    for found in _STOP.finditer(text):
        space = _SPACE.match(text, found.end())
        end = space.end() if space else found.end()
        # A line break after it says what it is by itself.
        if text[end : end + 1] != "\n" and (found["cjk"] or _is_end(text, found, end)):
            ends.setdefault(end, Boundary.SENTENCE)
    return sorted(ends.items())


def _is_end(text: str, found: re.Match[str], following: int) -> bool:
    """Whether a stop followed by white space ends its sentence."""
    stop = found["latin"]
    after = text[following : following + 1]
    if not after:
        return True
    if stop.endswith(("…", "..")):
        return not after.islower()
    if stop != ".":
        # "Really?" she asked. - the sentence goes on.
        return not (after.islower() and found.end() - found.end("latin") > 0)
    line = text.rfind("\n", 0, found.start()) + 1
    word = _word_before(text, line, found.start())
    bare = word.strip("\"'“‘«(*_[").lower()
    # Letters alone are initials, or half of "z. B.".
    if bare in _ALWAYS or (len(bare) == 1 and bare.isalpha()):
        return False
    if bare in _BEFORE_NUMBERS:
        return not (after.isdigit() or after.islower())
    if bare in _MAYBE or "." in bare:
        return not after.islower() and not after.isdigit()
    if bare.isdigit():
        # "1. First" at the start of a line lists things; "3. Mai" is a date.
        at_start = not text[line : found.start() - len(word)].strip()
        return not (at_start or after.islower() or _MONTH.match(text, following))
    return not after.islower()


def _word_before(text: str, line: int, end: int) -> str:
    found = _BEFORE.search(text[max(line, end - 24) : end])
    return found.group(1) if found else ""


def _without_blanks(pieces: list[Piece]) -> list[Piece]:
    """White space alone belongs to the piece before it, at the very start to the one after it."""
    made: list[Piece] = []
    lead = ""
    for piece in pieces:
        if piece.text.strip():
            made.append(Piece(lead + piece.text, piece.boundary))
            lead = ""
        elif made:
            last = made[-1]
            made[-1] = Piece(last.text + piece.text, max(last.boundary, piece.boundary))
        else:
            lead += piece.text
    if lead:
        made.append(Piece(lead, Boundary.PARAGRAPH))
    return made


def _cut(piece: Piece, limit: int) -> list[Piece]:
    """A sentence that is too long, at clauses, else at words, else anywhere but inside a character."""
    made: list[Piece] = []
    rest = piece.text
    while len(rest) > limit:
        end, boundary = _best_cut(rest, limit)
        made.append(Piece(rest[:end], boundary))
        rest = rest[end:]
    if rest.strip() or not made:
        made.append(Piece(rest, piece.boundary))
    elif len(made[-1].text) + len(rest) <= limit:
        made[-1] = Piece(made[-1].text + rest, piece.boundary)
    else:
        made.append(Piece(rest, piece.boundary))
    return made


def _best_cut(text: str, limit: int) -> tuple[int, Boundary]:
    """The last good place in the first `limit` characters; a clause must not be too far back."""
    clause = [found.end() for found in _CLAUSE.finditer(text, 0, limit) if text[: found.end()].strip()]
    if clause and clause[-1] >= limit // 3:
        return clause[-1], Boundary.CLAUSE
    for end in range(limit, 0, -1):
        if text[end - 1].isspace() and text[:end].strip():
            return end, Boundary.WORD
    return _whole_character(text, limit), Boundary.CHARACTER


def _whole_character(text: str, limit: int) -> int:
    """Not between a letter and its accents, nor inside an emoji that is joined from several."""
    import unicodedata

    end = limit
    while end > 1 and (
        unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f" or text[end - 1] == "\u200d"
    ):
        end -= 1
    return end if end > 1 else limit

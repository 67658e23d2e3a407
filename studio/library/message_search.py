"""Full-text search over all messages, newest first, which stops when nobody waits for it any more.

Words match from their beginning, in any case, with or without accents; "quoted words" must stand together;
-word leaves messages out. There are no wrong searches. Where the tokenizer finds no words (symbols, scripts
without blanks between words) and where it finds nothing (the middle of a word), the texts themselves are
looked through.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

from studio.domain.conversation import MessageHit
from studio.domain.search import Term, parse_search
from studio.library.database import Storage

_SNIPPET_TOKENS = 24
_BEFORE, _AFTER = 60, 140
_STEPS = 20_000
"""Virtual machine instructions between two looks at `stop`: well under a millisecond."""
_MARK = re.compile("[\x02\x03]")
_BLANKS = re.compile(r"\s+")
# Thai to Khmer, kana, Han: words are not set apart by blanks.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
# `cross join` keeps the order: newest first, and no further than the limit.
_FOUND = (
    " cross join messages m on m.seq = f.{row} and m.removed = 0"
    " cross join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.archived <= ?"
    " where {condition} order by f.{row} desc limit ?"
)
_COLUMNS = "m.conversation_id, m.id, c.title, m.role, m.created_at, c.archived"
_WORDS = (
    f"select {_COLUMNS}, snippet(message_search, 0, char(2), char(3), '…', {_SNIPPET_TOKENS})"  # noqa: S608 - literals
    " from message_search f"
    + _FOUND.format(row="rowid", condition="message_search match ?").replace(
        "where message_search", "where f.message_search"
    )
)
_SCAN = f"select {_COLUMNS}, f.words from message_texts f" + _FOUND.format(  # noqa: S608 - literals
    row="seq", condition="{condition}"
)


class MessageSearch:
    """Looks for words in messages; calls come from one thread at a time."""

    def __init__(self, database: Storage) -> None:
        self._database = database

    def find(
        self, query: str, limit: int = 50, *, archived: bool = True, stop: Event | None = None
    ) -> list[MessageHit]:
        """Messages with all the words of `query`, the one written last first.

        Args:
            archived: also in archived conversations; deleted ones are never looked through.
            stop: when it is set, the search ends with what it has.
        """
        query = query.encode(errors="replace").decode().replace("\0", " ")
        wanted = [_plain(term) for term in parse_search(query).terms]
        positive = [term for term in wanted if not term.negated]
        if not positive or limit <= 0:
            return []
        reader = self._database.reader()
        hits: list[MessageHit] = []
        if stop is not None:
            reader.set_progress_handler(lambda: int(stop.is_set()), _STEPS)
        try:
            if all(_is_word(term) for term in wanted):
                hits.extend(self._by_words(reader, wanted, limit, archived=archived))
            if not hits and any(len(term.value) > 1 or not term.value.isascii() for term in positive):
                hits.extend(self._by_scanning(reader, wanted, limit, archived=archived))
        except sqlite3.OperationalError:
            if stop is None or not stop.is_set():
                raise
        finally:
            if stop is not None:
                reader.set_progress_handler(None, 0)
        return hits

    def _by_words(
        self, reader: sqlite3.Connection, terms: Sequence[Term], limit: int, *, archived: bool
    ) -> Iterator[MessageHit]:
        for values in reader.execute(_WORDS, (int(archived), _match(terms), limit)):
            snippet, marks = _marked(values[6])
            yield _hit(values, snippet, marks)

    def _by_scanning(
        self, reader: sqlite3.Connection, terms: Sequence[Term], limit: int, *, archived: bool
    ) -> Iterator[MessageHit]:
        condition = " and ".join(
            f"f.words {'not ' if term.negated else ''}like ? escape '\\'" for term in terms
        )
        likes = [
            "%" + term.value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            for term in terms
        ]
        positive = [term.value for term in terms if not term.negated]
        for values in reader.execute(_SCAN.format(condition=condition), (int(archived), *likes, limit)):
            snippet, marks = _around(values[6], positive)
            yield _hit(values, snippet, marks)


def _hit(values: tuple[Any, ...], snippet: str, marks: tuple[tuple[int, int], ...]) -> MessageHit:
    return MessageHit(
        conversation_id=values[0],
        message_id=values[1],
        title=values[2],
        role=values[3],
        created_at=datetime.fromtimestamp(values[4], UTC),
        snippet=snippet,
        marks=marks,
        archived=bool(values[5]),
    )


def _plain(term: Term) -> Term:
    """Messages have no fields: `model:flux` is looked for as it stands."""
    if not term.field:
        return term
    return Term(value=f"{term.field}:{term.value}", negated=term.negated, phrase=term.phrase)


def _is_word(term: Term) -> bool:
    """Whether the tokenizer sees in it what a reader does."""
    return any(c.isalnum() for c in term.value) and not _UNSPACED.search(term.value)


def _match(terms: Iterable[Term]) -> str:
    """The terms in FTS5's grammar. A single Latin letter is a word of its own, no beginning: half of all
    messages have a word that begins with it."""
    positive: list[str] = []
    negative: list[str] = []
    for term in terms:
        quoted = '"' + term.value.replace('"', '""') + '"'
        whole = term.phrase or (len(term.value) == 1 and term.value.isascii())
        (negative if term.negated else positive).append(quoted if whole else f"{quoted} *")
    match = " AND ".join(positive)
    for part in negative:
        match = f"({match}) NOT {part}"
    return match


def _marked(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """FTS5's snippet on one line, and where its marks stood."""
    out = ""
    marks: list[tuple[int, int]] = []
    start = 0
    for number, part in enumerate(_MARK.split(text)):
        if number % 2:
            start = len(out)
        out += _BLANKS.sub(" ", part)
        if number % 2:
            marks.append((start, len(out)))
    return out, tuple(marks)


def _around(text: str, values: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The surroundings of the first hit, on one line, and where the hits are in it."""
    pattern = re.compile("|".join(re.escape(value) for value in values), re.IGNORECASE)
    first = pattern.search(text)
    at = first.start() if first else 0
    start, end = max(0, at - _BEFORE), min(len(text), at + _AFTER)
    piece = _BLANKS.sub(" ", text[start:end])
    lead = "…" if start else ""
    snippet = f"{lead}{piece}{'…' if end < len(text) else ''}"
    return snippet, tuple(found.span() for found in pattern.finditer(snippet))

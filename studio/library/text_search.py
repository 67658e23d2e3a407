"""The part of a query that is about text, asked of SQLite's full-text index.

An answer is a list of row sets, each with whether it excludes. The last few are kept until the next write:
rows, facets and count of one query ask the same, and a letter that narrows nothing asks the same as the word
before it.

Words match from their beginning. Where nothing does, the middles of words are looked at (scripts without
blanks between words need that): in the list of all indexed words, which is a few megabytes, rather than in
all texts.
"""

from __future__ import annotations

import sqlite3
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from studio.domain.library import LibraryQuery
from studio.domain.search import NUMBER_FIELDS, Term, parse_search
from studio.library.database import Database
from studio.library.interrupt import Interrupt

if TYPE_CHECKING:
    from studio.library.columns import Rows

KEPT = 8
MOST_WORDS = 1_000  # of one middle; more than that many words are looked for in the texts instead
MOST_FRESH = 1_000  # rows written since the words were listed
INDEXED_PREFIX = 3  # letters: up to here beginnings have an index of their own
FTS_FIELDS = frozenset({"prompt", "negative", "title", "note", "name", "model"})
_IN_COLUMNS = NUMBER_FIELDS | {"date", "kind", "tag"}
_LIKE_COLUMNS = ("prompt", "negative", "title", "note", "tags", "model", "name")

# Row sets of the conditions that SQL answers, each with whether it excludes.
Found = list[tuple["Rows", bool]]


@dataclass(frozen=True, slots=True)
class TextTerms:
    """What of a query SQL answers: words to be found (`wanted`) and left out, symbols, and exact values.

    Args:
        symbols: terms of which the index keeps nothing; the texts themselves are searched.
        exact: column of `assets`, value, and whether it excludes.
    """

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    symbols: tuple[Term, ...] = ()
    exact: tuple[tuple[str, str, bool], ...] = ()

    @property
    def only_words(self) -> bool:
        return not (self.symbols or self.exact)

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted or self.symbols or self.exact)


def text_terms(query: LibraryQuery) -> TextTerms:
    """The text of a query, sorted by how it is answered."""
    terms = [
        term
        for term in parse_search(query.text).terms
        if term.field not in _IN_COLUMNS and not _is_letter(term)
    ]
    exact = [
        ({"id": "id", "job": "job_id"}[term.field], term.value, term.negated)
        for term in terms
        if term.field in ("id", "job")
    ]
    exact += [(column, v, False) for column, v in (("job_id", query.job_id), ("batch", query.batch)) if v]
    texts = [term for term in terms if term.field not in ("id", "job")]
    words = [term for term in texts if any(c.isalnum() for c in term.value)]
    return TextTerms(
        wanted=tuple(term for term in words if not term.negated),
        unwanted=tuple(term for term in words if term.negated),
        symbols=tuple(term for term in texts if term not in words),
        exact=tuple(exact),
    )


def has_only_text(query: LibraryQuery) -> bool:
    """True when no term of the text is about a column (`rating:>3`)."""
    return all(term.field not in _IN_COLUMNS for term in parse_search(query.text).terms)


def match(terms: TextTerms) -> str:
    """An FTS5 expression for rows that have all wanted words (there are some) and none of the others."""
    wanted = " AND ".join(_match(term) for term in terms.wanted)
    return f"({wanted}) NOT ({match_any(terms.unwanted)})" if terms.unwanted else wanted


def match_any(terms: Iterable[Term]) -> str:
    """An FTS5 expression for rows that have one of these words."""
    return " OR ".join(_match(term) for term in terms)


class TextSearch:
    """Finds and keeps row sets. Any thread may ask; `forget` belongs to the writing one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: OrderedDict[TextTerms, Found] = OrderedDict()
        self._generation = 0
        self._words = ""
        self._fresh: set[int] = set()

    def forget(self, rows: Iterable[int] = (), *, everything: bool = False) -> None:
        """Rows were written: search again next time."""
        with self._lock:
            self._generation += 1
            self._kept.clear()
            self._fresh.update(rows)
            if everything or len(self._fresh) > MOST_FRESH:
                self._words = ""
                self._fresh.clear()

    def knows(self, terms: TextTerms) -> bool:
        """Whether `find` has the answer already."""
        return not terms or terms in self._kept

    def find(self, terms: TextTerms, stop: Interrupt | None = None) -> Found:
        """What the text finds.

        Raises:
            InterruptedSearchError: `stop` was called meanwhile.
        """
        with self._lock:
            generation, kept = self._generation, self._kept.get(terms)
            if kept is not None:
                self._kept.move_to_end(terms)
                return kept
        reader, stop = self._database.reader(), stop or Interrupt()
        with stop.watching(reader):
            found = self._find(reader, terms)
        with self._lock:
            if generation == self._generation:
                self._kept[terms] = found
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return found

    def spelled_out(self, terms: TextTerms) -> TextTerms:
        """The same terms with the beginnings of few words replaced by those words.

        SQLite finds the newest rows of a whole word at once; for a beginning it first reads every row of
        every word (20 ms at 500,000 assets when all prompts have it).
        """
        with self._lock:
            words = "" if self._fresh else self._words
        if not words:
            return terms
        return replace(terms, wanted=tuple(_spelled_out(words, term) for term in terms.wanted))

    def load_words(self) -> None:
        """List the words that are indexed (0.1 s at 100,000 assets, without the interpreter's lock)."""
        with self._lock:
            generation = self._generation
        reader = self._database.reader()
        # A view of this connection alone; the file stays as it is.
        reader.execute("pragma query_only = off")
        reader.execute("create virtual table if not exists temp.words using fts5vocab(main, search, row)")
        reader.execute("pragma query_only = on")
        (words,) = reader.execute("select group_concat(term, char(10)) from temp.words").fetchone()
        with self._lock:
            if generation == self._generation:
                self._words = f"\n{words or ''}\n"
                self._fresh.clear()

    # ------------------------------------------------------------ inside

    def _find(self, reader: sqlite3.Connection, terms: TextTerms) -> Found:
        found: Found = []
        if terms.wanted:
            rows = _matching(reader, match(terms))
            if not len(rows) and not _has_any(reader, match(TextTerms(wanted=terms.wanted))):
                rows = self._middles(reader, terms)
            found.append((rows, False))
        elif terms.unwanted:
            found.append((_matching(reader, match_any(terms.unwanted)), True))
        found.extend((_like(reader, [term]), term.negated) for term in terms.symbols)
        for column, value, negated in terms.exact:
            sql = f"row as x from assets where {column} = ? and {column} <> '' order by row"
            found.append((select_numbers(reader, sql, (value,)), negated))
        return found

    def _middles(self, reader: sqlite3.Connection, terms: TextTerms) -> Rows:
        """Rows that have all wanted words anywhere, also within words."""
        import numpy as np

        found = self._with_middles(reader, terms.wanted)
        if len(found) and terms.unwanted:
            return np.setdiff1d(found, _matching(reader, match_any(terms.unwanted)))
        return found

    def _with_middles(self, reader: sqlite3.Connection, terms: Sequence[Term]) -> Rows:
        import numpy as np

        with self._lock:
            words, fresh = self._words, sorted(self._fresh)
        expression = _match_middles(words, terms) if words else None
        if expression is None:
            return _like(reader, terms)
        rows = _matching(reader, expression) if expression else np.zeros(0, np.int64)
        if not fresh:
            return rows
        return np.union1d(rows, _like(reader, terms, among=fresh))


def select_numbers(reader: sqlite3.Connection, sql: str, arguments: Iterable[object]) -> Rows:
    """The column `x` of a query. One string is three times as fast as rows, and made without the lock."""
    from studio.library.columns import numbers

    safe = tuple(storable(a) if isinstance(a, str) else a for a in arguments)
    found = reader.execute(f"select group_concat(x) from (select {sql})", safe)  # noqa: S608 - literals
    return numbers(cast("str | None", found.fetchone()[0]))


def storable(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _matching(reader: sqlite3.Connection, expression: str) -> Rows:
    return select_numbers(reader, "rowid as x from search where search match ?", (expression,))


def _has_any(reader: sqlite3.Connection, expression: str) -> bool:
    sql = "select 1 from search where search match ? limit 1"
    return reader.execute(sql, (storable(expression),)).fetchone() is not None


def _is_letter(term: Term) -> bool:
    """A single Latin letter narrows nothing: it is a word being typed, or one that is everywhere."""
    return not term.field and not term.phrase and len(term.value) == 1 and "a" <= term.value.lower() <= "z"


def _match(term: Term) -> str:
    return f"{_column(term)}{_quoted(term.value)}{'' if term.phrase else ' *'}"


def _column(term: Term) -> str:
    return f"{term.field} : " if term.field in FTS_FIELDS else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def _match_middles(words: str, terms: Sequence[Term]) -> str | None:
    """An expression for words that have the terms in them; "" when there are none, None when too many."""
    parts: list[str] = []
    for term in terms:
        if not term.value.isalnum():  # it spans words
            return None
        found = _words_with(words, term.value)
        if found is None:
            return None
        if not found:
            return ""
        parts.append(f"{_column(term)}({' OR '.join(map(_quoted, found))})")
    return " AND ".join(parts)


def _spelled_out(words: str, term: Term) -> Term:
    """The only word that begins so as a phrase, or the term itself."""
    value = term.value.lower()
    if term.phrase or len(value) <= INDEXED_PREFIX or not (value.isascii() and value.isalnum()):
        return term
    at = words.find("\n" + value)
    end = words.find("\n", at + 1)
    if at < 0 or words.startswith(value, end + 1):  # the list is in order
        return term
    return replace(term, value=words[at + 1 : end], phrase=True)


def _words_with(words: str, part: str) -> set[str] | None:
    """The words that have `part` in them, as the tokenizer writes it: small, without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", part.lower()) if not unicodedata.combining(c))
    found: set[str] = set()
    for piece in {part.lower(), plain}:
        at = words.find(piece) if piece else -1
        while at >= 0:
            end = words.index("\n", at)
            found.add(words[words.rindex("\n", 0, at) + 1 : end])
            if len(found) > MOST_WORDS:
                return None
            at = words.find(piece, end)
    return found


def _like(reader: sqlite3.Connection, terms: Iterable[Term], among: Sequence[int] | None = None) -> Rows:
    """Rows whose texts have all terms anywhere; `among` these rows only."""
    conditions: list[str] = []
    arguments: list[object] = []
    if among is not None:
        conditions.append(f"row in ({', '.join('?' * len(among))})")
        arguments.extend(among)
    for term in terms:
        names = (term.field,) if term.field in FTS_FIELDS else _LIKE_COLUMNS
        escaped = term.value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append("(" + " or ".join(f"{name} like ? escape '\\'" for name in names) + ")")
        arguments.extend([f"%{escaped}%"] * len(names))
    return select_numbers(
        reader, f"row as x from texts where {' and '.join(conditions)} order by row", arguments
    )

"""The search grammar of the library: words, "exact phrases", -without, and field:value.

    lighthouse -cat "exact phrase" model:flux seed:42 rating:>3 cost:>0.05 tag:sea kind:video
    date:2026-11 size:>1024 size:1024x768 rating:3..5 -tag:draft tag:"two words"

Words of two letters or more match from their beginning in the prompt, negative prompt, title, note, tags,
model and file name; a single letter narrows nothing. There are no wrong searches: an unknown field, or a
number that is none, is looked for as words. A field without its value narrows nothing: it is being typed.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

TEXT_FIELDS = frozenset({"prompt", "negative", "title", "note", "name", "model", "tag", "kind", "id", "job"})
NUMBER_FIELDS = frozenset({"seed", "rating", "cost", "size", "width", "height", "duration"})
FIELDS = TEXT_FIELDS | NUMBER_FIELDS | {"date"}
ALIASES = {
    "tags": "tag",
    "type": "kind",
    "day": "date",
    "created": "date",
    "file": "name",
    "price": "cost",
    "stars": "rating",
    "length": "duration",
}

_FIELD = re.compile(r"(\w+):(?=\S)")
_UNFINISHED = re.compile(r"(\w+):(?:>=|<=|>|<|=)?(?=\s|$)")
_OPERATOR = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_DIMENSIONS = re.compile(r"(\d{1,6})[x×](\d{1,6})", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition; all of a search's terms must hold.

    Args:
        field: one of `FIELDS`, or empty for "anywhere in the texts".
        value: as written, quotes removed; a number or date field keeps its operator in it.
        phrase: it was quoted: the words must stand together, and in full.
    """

    value: str
    field: str = ""
    negated: bool = False
    phrase: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if self.phrase else self.value
        return f"{'-' if self.negated else ''}{self.field + ':' if self.field else ''}{value}"


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range; None is open-ended. The ends count unless `…_open`."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False


LONGEST = 2_000
MOST_TERMS = 50
LONGEST_TERM = 200
"""Each term is a pass over the library, and the longer a pattern the slower."""


def parse_search(text: str) -> Search:
    """The search a user typed; never fails. Of a novel that was pasted its first words count."""
    terms: list[Term] = []
    position = 0
    text = text[:LONGEST]
    while position < len(text) and len(terms) < MOST_TERMS:
        if text[position].isspace():
            position += 1
            continue
        term, position = _term(text, position)
        if term is not None:
            terms.append(replace(term, value=term.value[:LONGEST_TERM]))
    return Search(tuple(terms))


def number_bounds(value: str) -> Bounds | None:
    """The range that `>3`, `<=0.5`, `42` or `3..5` names, or None when it is not a number."""
    low, dots, high = value.partition("..")
    if dots:
        first, last = _number(low), _number(high)
        if (low and first is None) or (high and last is None) or (first is None and last is None):
            return None
        return Bounds(first, last)
    operator, rest = _split(value)
    number = _number(rest)
    if number is None:
        return None
    return _bounded(operator, number, number)


def date_bounds(value: str) -> Bounds | None:
    """The range of days (as ordinals, ends included) that `2026`, `2026-11`, `>2026-11-05` name, or None."""
    low, dots, high = value.partition("..")
    if dots:
        first, last = _days(low), _days(high)
        if (low and first is None) or (high and last is None) or (first is None and last is None):
            return None
        return Bounds(first[0] if first else None, last[1] if last else None)
    operator, rest = _split(value)
    days = _days(rest)
    return None if days is None else _bounded(operator, *days)


def dimensions(value: str) -> tuple[int, int] | None:
    """Width and height in pixels of `1024x768`, or None."""
    found = _DIMENSIONS.fullmatch(value)
    return (int(found[1]), int(found[2])) if found else None


def _term(text: str, position: int) -> tuple[Term | None, int]:
    start = position
    negated = text[position] == "-" and position + 1 < len(text) and not text[position + 1].isspace()
    position += negated
    field = ""
    found = _FIELD.match(text, position)
    if found:
        name = found[1].lower()
        field = ALIASES.get(name, name)
    if found and field in FIELDS:
        value, phrase, end = _value(text, found.end())
        term = Term(field=field, value=value, negated=negated, phrase=phrase)
        if value and _fits(term):
            return term, end
    begun = _UNFINISHED.match(text, position)
    if begun and ALIASES.get(begun[1].lower(), begun[1].lower()) in FIELDS:
        return None, begun.end()
    value, phrase, end = _value(text, position)
    if not value.strip() or (not phrase and value.strip('-"') == ""):
        return None, max(end, start + 1)
    return Term(value=value, negated=negated, phrase=phrase), end


def _value(text: str, position: int) -> tuple[str, bool, int]:
    """A quoted phrase (an open quote reaches to the end) or a run without blanks and quotes."""
    if text[position] == '"':
        end = text.find('"', position + 1)
        end = len(text) if end < 0 else end
        return text[position + 1 : end].strip(), True, end + 1
    end = position
    while end < len(text) and not text[end].isspace() and text[end] != '"':
        end += 1
    return text[position:end], False, end


def _fits(term: Term) -> bool:
    if term.field == "size" and dimensions(term.value):
        return True
    if term.field in NUMBER_FIELDS:
        return number_bounds(term.value) is not None
    if term.field == "date":
        return date_bounds(term.value) is not None
    return True


def _split(value: str) -> tuple[str, str]:
    found = _OPERATOR.fullmatch(value)
    return (found[1] or "=", found[2]) if found else ("=", value)


def _bounded(operator: str, first: Decimal, last: Decimal) -> Bounds:
    if operator == ">":
        return Bounds(low=last, low_open=True)
    if operator == ">=":
        return Bounds(low=first)
    if operator == "<":
        return Bounds(high=first, high_open=True)
    if operator == "<=":
        return Bounds(high=last)
    return Bounds(first, last)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # Beyond this no field has values, and the comparison would leave 64 bits.
    return number if number.is_finite() and abs(number) < Decimal(10) ** 9 * 9 else None


def _days(text: str) -> tuple[Decimal, Decimal] | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    try:
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        last = date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None
    return Decimal(first.toordinal()), Decimal(last.toordinal())

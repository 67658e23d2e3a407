"""Where mathematics begins and ends in Markdown text.

Four ways to write it are known: `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`, and LaTeX environments on lines of
their own. The dollar is also money and a shell variable, so a single one counts only when it stands tight
against its formula and what it encloses does not read as prose or an amount.
"""

from __future__ import annotations

import re

#: Environments that stand as a block without any delimiter around them.
ENVIRONMENTS = frozenset({
    "align", "aligned", "alignat", "array", "bmatrix", "Bmatrix", "cases", "displaymath", "eqnarray",
    "equation", "flalign", "gather", "gathered", "math", "matrix", "multline", "pmatrix", "smallmatrix",
    "split", "vmatrix", "Vmatrix",
})  # fmt: skip

#: Longer stretches between two single dollars are not a formula in a line.
_LONGEST = 1_000

#: A formula of a paragraph takes this many lines at most; longer ones have their delimiters on lines of
#: their own.
_MOST_LINES = 50

_BEGIN = re.compile(r"\\begin\{([A-Za-z]+)\*?\}")
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{2,}")
_LOOKS_LIKE_MATH = re.compile(r"[\\^_=<>{}+*/|±≤≥≠≈∈∑∫√∞→]|(?<![A-Za-z])[A-Za-z](?![A-Za-z])")
_AMOUNT = re.compile(r"\d[\d.,]*\s*[kKmMbB]?\b")


def _is_word(text: str, position: int) -> bool:
    """An ASCII letter or digit stands there. Other scripts are written without spaces around a formula."""
    return 0 <= position < len(text) and text[position].isascii() and text[position].isalnum()


def _escaped(text: str, position: int) -> bool:
    """The character at `position` stands behind an odd number of backslashes."""
    before = position
    while before > 0 and text[before - 1] == "\\":
        before -= 1
    return (position - before) % 2 == 1


def _find(text: str, mark: str, start: int) -> int:
    """Where `mark` next stands unescaped, -1 if nowhere."""
    found = text.find(mark, start)
    while found > 0 and _escaped(text, found):
        found = text.find(mark, found + 1)
    return found


def inline_formula(text: str, start: int) -> tuple[int, str] | None:
    """The formula that begins at `start`, where a `$` or a backslash stands.

    Returns:
        The offset behind its closing delimiter and the LaTeX between the two, or None when no formula begins
        here.
    """
    two = text[start : start + 2]
    if two == "$$":
        return _between(text, start, "$$")
    if two == "\\(":
        return _between(text, start, "\\)")
    if two == "\\[":
        found = _between(text, start, "\\]")
        # `\[` is also how Markdown writes a plain bracket: "\[1\]", "\[to do\]".
        return found if found and _LOOKS_LIKE_MATH.search(found[1]) else None
    return _single_dollar(text, start) if two[:1] == "$" else None


def _between(text: str, start: int, closing: str) -> tuple[int, str] | None:
    end = text.find(closing, start + 2)
    while end > 0 and closing[0] == "\\" and _escaped(text, end):
        end = text.find(closing, end + 1)
    source = text[start + 2 : end].strip() if end > 0 else ""
    return (end + 2, source) if source else None


def _single_dollar(text: str, start: int) -> tuple[int, str] | None:
    after = text[start + 1 : start + 2]
    if not after or after.isspace() or _is_word(text, start - 1) or text[start - 1 : start] == "$":
        return None
    end = _find(text, "$", start + 1)
    if end < 0 or end - start > _LONGEST:
        return None
    source = text[start + 1 : end]
    if source[-1:].isspace() or _is_word(text, end + 1) or text[end + 1 : end + 2] == "$":
        return None
    return (end + 1, source) if not _reads_as_money(source) and "`" not in source else None


def _reads_as_money(source: str) -> bool:
    """'5 or 10', '20/month, or', '5) and (' stand between two amounts, not in a formula."""
    if not _AMOUNT.match(source):
        return False
    if "\\" in source or "^" in source:
        return False
    return bool(_WORD.search(source)) or source[-1] in "([-–—/,;:" or source.count("(") != source.count(")")


def opens_block(line: str) -> str:
    """What closes the block of mathematics that this line surely opens, "" if it opens none.

    A delimiter alone on its line opens one, and so does the beginning of an environment.
    """
    line = line.strip()
    if line == "$$":
        return "$$"
    if line == "\\[":
        return "\\]"
    begin = _BEGIN.match(line)
    return begin.group(0).replace("\\begin", "\\end") if begin and begin.group(1) in ENVIRONMENTS else ""


def display_formula(lines: list[str], first: int) -> tuple[int, str] | None:
    """A formula that takes whole lines of a paragraph, from `lines[first]` on.

    Returns:
        The number of the line behind it and the LaTeX without delimiters; None when there is none.
    """
    head = lines[first].strip()
    closing = {"$$": "$$", "\\[": "\\]"}.get(head[:2])
    if not closing or len(head) < 3:
        return None
    for number in range(first, min(len(lines), first + _MOST_LINES)):
        line = lines[number].strip()
        end = line.find(closing, 2 if number == first else 0)
        if end < 0:
            continue
        if end + 2 != len(line) or _escaped(line, end):
            return None
        inner = [head, *(each.strip() for each in lines[first + 1 : number + 1])]
        source = "\n".join(inner)[2:-2].strip()
        if not source or (closing == "\\]" and not _LOOKS_LIKE_MATH.search(source)):
            return None
        return number + 1, source
    return None

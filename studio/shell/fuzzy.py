"""Matching what was typed against titles: words in any order, beginnings first, letters in order last."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")


def score(typed: str, title: str) -> float:
    """How well `title` answers `typed`: 0 does not, more is better. Case does not count.

    Every word typed has to be found: at the beginning of a word of the title (best), inside one, or as
    letters in their order. Earlier and shorter wins.

    >>> score("dark", "Use the dark look") > score("dark", "Quite redarkened") > score("dlk", "dark look") > 0
    True
    """
    wanted = typed.casefold().split()
    text = title.casefold()
    if not wanted:
        return 1.0
    total = 0.0
    for word in wanted:
        found = _score_word(word, text)
        if not found:
            return 0.0
        total += found
    return total / len(wanted) + 1 / (10 + len(text))


def _score_word(word: str, text: str) -> float:
    starts = [match.start() for match in _WORD.finditer(text)]
    for place, start in enumerate(starts):
        if text.startswith(word, start):
            return 3.0 - min(place, 9) * 0.05
    if word in text:
        return 2.0
    if len(word) < 2:
        return 0.0
    return 1.0 * _in_order(word, text)


def _in_order(letters: str, text: str) -> float:
    """0 if the letters do not occur in this order, else up to 1 for the tightest run."""
    best = 0.0
    for start in (index for index, letter in enumerate(text) if letter == letters[0]):
        at = start
        for letter in letters[1:]:
            at = text.find(letter, at + 1)
            if at < 0:
                return best
        best = max(best, len(letters) / (at - start + 1))
    # Letters strewn over the whole title are chance, not a match.
    return best if best >= 0.4 else 0.0

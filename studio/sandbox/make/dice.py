"""Seeded chance: the same words and the same seed always give the same numbers."""

from __future__ import annotations

import hashlib
import re

import numpy as np

_WORD = re.compile(r"[a-z]+")


def dice(*parts: object) -> np.random.Generator:
    """A random generator that depends on nothing but `parts` (compared by their `repr`)."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def words_of(text: str) -> tuple[str, ...]:
    """The lower-case English words of a text, each followed by its singular when it ends in s."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        found.append(word)
        if len(word) > 3 and word.endswith("s"):
            found.append(word[:-1])
    return tuple(found)


def word_set(words: str) -> frozenset[str]:
    """The words of a line, to look others up in."""
    return frozenset(words.split())

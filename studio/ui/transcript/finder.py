"""Finding words in a conversation: marks in the text, and going from hit to hit."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Sequence
from typing import NamedTuple

from studio.qt_models.transcript import TranscriptModel
from studio.ui.transcript.box import Box
from studio.ui.transcript.item import Item
from studio.ui.transcript.sections import TextSection
from studio.ui.transcript.selection import Place

_WORD = re.compile(r'"([^"]+)"|(\S+)')
_OPERATORS = ("AND", "OR", "NOT")


class FindState(NamedTuple):
    """Which message with a hit is shown, from 1, and how many there are; 0 of 0 where nothing is found."""

    at: int
    total: int


class Finder:
    """What is looked for, and where it stands."""

    def __init__(self, model: TranscriptModel) -> None:
        self.model = model
        self.text = ""
        self._pattern: re.Pattern[str] | None = None
        self._known: dict[tuple[Hashable, int], tuple[int, Sequence[tuple[int, int]]]] = {}
        self._elsewhere: frozenset[str] = frozenset()

    def look_for(self, text: str, *, words: bool = False) -> None:
        """Find `text` as it stands, or as the words of a search over all conversations."""
        self.text = text
        self._known.clear()
        self._elsewhere = frozenset()
        patterns = [re.escape(text.strip())] if text.strip() else []
        if words:
            found = [quoted or word.strip("*()") for quoted, word in _WORD.findall(text)]
            patterns = [re.escape(word) for word in found if word and word not in _OPERATORS]
        # \s+: what was typed on one line may be wrapped in the text.
        joined = "|".join(pattern.replace(r"\ ", r"\s+") for pattern in patterns)
        self._pattern = re.compile(joined, re.IGNORECASE) if joined else None

    def add_messages(self, message_ids: Collection[str]) -> None:
        """Messages that have the text, too, though their contents are not here."""
        self._elsewhere = frozenset(message_ids)

    @property
    def active(self) -> bool:
        return self._pattern is not None

    def marks(self, key: Hashable, block: int, box: Box) -> Sequence[tuple[int, int]]:
        """Hits in a box; kept as long as its text does not grow."""
        pattern = self._pattern
        if pattern is None:
            return ()
        known = self._known.get((key, block))
        if known is None or known[0] != box.length:
            known = (box.length, [found.span() for found in pattern.finditer(box.text) if found[0]])
            self._known[key, block] = known
        return known[1]

    def rows(self) -> list[int]:
        """Rows with a hit, by what their messages say."""
        pattern, model = self._pattern, self.model
        if pattern is None:
            return []
        elsewhere = {model.row_of(message_id) for message_id in self._elsewhere} - {-1}
        return [
            row
            for row in range(len(model.turns))
            if (pattern.search(model.text(row)) if model.is_loaded(row) else row in elsewhere)
        ]

    def places(self, row: int, item: Item) -> list[tuple[Place, int]]:
        """Every hit of a row as the place it begins and the offset it ends."""
        pattern = self._pattern
        found: list[tuple[Place, int]] = []
        if pattern is None:
            return found
        for at, section in enumerate(item.sections):
            if isinstance(section, TextSection):
                for block, text in section.texts():
                    found.extend(
                        (Place(row, at, block, hit.start()), hit.end())
                        for hit in pattern.finditer(text)
                        if hit[0]
                    )
        return found

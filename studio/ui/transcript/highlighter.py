"""Colours of code from a thread: finished blocks are coloured there, and lexers are loaded there.

A block that grows is coloured line by line where it is shown (`GrowingHighlight`), once its lexer is loaded.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.domain.highlight import GrowingHighlight, highlight
from studio.domain.markdown import CodeToken
from studio.qt_models.decode_pool import DecodePool

KEPT = 300_000
"""Tokens of finished blocks that are kept."""

Key = tuple[str, str]
"""Language and code; no code for loading a lexer alone."""


class Highlighter(QObject):
    """Colours code and keeps the colours. `stop()` it before the program ends.

    Signals:
        finished: colours asked for before can be found now.
    """

    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = DecodePool("highlighter", threads=1, parent=self)
        self._pool.finished.connect(self._keep)
        self._known: OrderedDict[Key, list[CodeToken]] = OrderedDict()
        self._count = 0
        self._asked: set[Key] = set()
        self._loaded: set[str] = set()

    def find(self, code: str, language: str) -> list[CodeToken] | None:
        """The colours of a finished block; None while they are made (`finished` tells when)."""
        if not language or not code:
            return []
        key = (language, code)
        tokens = self._known.get(key)
        if tokens is not None:
            self._known.move_to_end(key)
            return tokens
        self._ask(key)
        return None

    def growing(self, language: str) -> GrowingHighlight | None:
        """Colours for code that is still being written; None until the language is loaded."""
        if language in self._loaded:
            return GrowingHighlight(language)
        self._ask((language, ""))
        return None

    def waiting(self) -> bool:
        """Whether code is being coloured."""
        return bool(self._asked)

    def stop(self) -> None:
        """Forget what waits and end the thread. May be called twice."""
        self._pool.stop()
        self._asked.clear()

    def _ask(self, key: Key) -> None:
        if key not in self._asked:
            self._asked.add(key)
            language, code = key
            self._pool.submit(key, lambda: highlight(code, language))

    def _keep(self, batch: list[tuple[Key, Any]]) -> None:
        for key, tokens in batch:
            self._asked.discard(key)
            self._loaded.add(key[0])
            if key[1]:
                self._known[key] = tokens or []  # None: the lexer failed, and the code stays plain
                self._count += len(self._known[key])
        while self._count > KEPT and len(self._known) > 1:
            _key, dropped = self._known.popitem(last=False)
            self._count -= len(dropped)
        self.finished.emit()

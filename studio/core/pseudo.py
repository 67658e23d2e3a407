"""A language for tests: English that can be read, yet shows what did not pass through `tr`, and what is cut
when words are longer.

`⟦Ĝö ţö {pane}~~~~⟧`: accents on letters, about 30 % more length, brackets around each message.
"""

from __future__ import annotations

import gettext
import re

OPEN, CLOSE = "⟦", "⟧"
_ACCENTS = str.maketrans("aceghijklnorstuwyzACEGHIJKLNORSTUWYZ", "áçéĝĥíĵķļñöŕšţúŵýžÁÇÉĜĤÍĴĶĻÑÖŔŠŢÚŴÝŽ")
_NAMES = re.compile(r"(\{[^{}]*\})")
_LONGER = 0.3


def pseudo(text: str) -> str:
    """`text` with accents, brackets and more length; `{names}` stay. What has no letters is left as it is."""
    plain = _NAMES.sub("", text)
    if not any(letter.isalpha() for letter in plain):
        return text
    parts = _NAMES.split(text)
    said = "".join(part if at % 2 else part.translate(_ACCENTS) for at, part in enumerate(parts))
    return f"{OPEN}{said}{'~' * round(len(plain) * _LONGER)}{CLOSE}"


class PseudoTranslations(gettext.NullTranslations):
    """Every message as `pseudo` says it."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

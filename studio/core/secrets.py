"""Secrets: a text that does not show itself, and a filter that takes secrets out of other texts."""

from __future__ import annotations

import re

MASK = "•••"


class Secret:
    """A key or token. Printing, formatting and logging it show only dots; `reveal()` gives the text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: for a header or the keyring, never for a message or a log."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a secret is never pickled")


_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {MASK}"),
    # A password in an address.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s:@\"']*:[^/\s@\"']+@"), rf"\1{MASK}@"),
    # JSON Web Tokens: three base64url parts, the first of which starts like {" in base64.
    (re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"(?<![A-Za-z0-9])(sk|pk|ag)_[A-Za-z0-9_-]{4,}"), rf"\1_{MASK}"),
    (
        re.compile(
            r"(?i)([?&#;\s\"']|^)(api_key|apikey|key|token|access_token|code_verifier|device_code"
            r"|client_secret|password)(\"?\s*[=:]\s*\"?)(?!•)[^&#\s\"',;}]{4,}"
        ),
        rf"\1\2\3{MASK}",
    ),
    # An authorization code in an address; elsewhere `code` is the name of an error.
    (re.compile(r"([?&]code=)(?!•)[^&#\s]+"), rf"\1{MASK}"),
)


def redact(text: str) -> str:
    """`text` with API keys, bearer tokens, JSON Web Tokens and key-like parameters replaced by dots."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text

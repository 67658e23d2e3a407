"""Names for things: unique, and sorting by the time they were made."""

from __future__ import annotations

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's, without letters that read as digits


def new_id() -> str:
    """A 20-character id: 10 characters of milliseconds since 1970, then 50 random bits."""
    return _encode(time.time_ns() // 1_000_000, 10) + _encode(secrets.randbits(50), 10)


def _encode(number: int, length: int) -> str:
    out: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        out.append(_ALPHABET[digit])
    return "".join(reversed(out))

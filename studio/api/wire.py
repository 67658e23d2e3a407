"""Reading JSON that may be older, newer or stranger than expected (CONTRACT 0): never fails, never guesses.

Each reader takes an object and the names a value may have, in order of preference.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from studio.domain.money import read_amount

Obj = dict[str, Any]
_MILLISECONDS_FROM = 100_000_000_000  # seconds would be the year 5138
_PLAIN = 1 << 53  # below, a whole number is the same as a float


def as_object(value: Any) -> Obj:
    """`value` when it is a JSON object, else an empty one."""
    return cast(Obj, value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` when it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def first(data: Obj, *names: str) -> Any:
    """The first value that is there and not null."""
    for name in names:
        value = data.get(name)
        if value is not None:
            return value
    return None


def text(data: Obj, *names: str) -> str:
    value = first(data, *names)
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, dict | list | bool) else str(value)


def line(data: Obj, *names: str, limit: int = 200) -> str:
    """Text to show in one line: no control, format or direction marks, which could pose as something else."""
    shown = "".join(c if c.isprintable() else " " for c in text(data, *names)[: limit * 4])
    return " ".join(shown.split())[:limit]


def flag(data: Obj, *names: str) -> bool:
    value = first(data, *names)
    return value is True or value == "true"


def maybe_flag(data: Obj, name: str) -> bool | None:
    return flag(data, name) if data.get(name) is not None else None


def to_decimal(value: Any) -> Decimal | None:
    """A number of a believable size, exactly as written, from a number or a string."""
    return read_amount(value)


def decimal(data: Obj, *names: str) -> Decimal | None:
    return to_decimal(first(data, *names))


def number(data: Obj, *names: str) -> float | None:
    given = first(data, *names)
    if type(given) is int and -_PLAIN < given < _PLAIN:
        return float(given)  # pages of usage hold thousands of these: no need to read them as an amount
    value = to_decimal(given)
    if value is None:
        return None
    as_float = float(value)
    return as_float if math.isfinite(as_float) else None


def integer(data: Obj, *names: str) -> int | None:
    value = number(data, *names)
    return None if value is None else int(value)


def strings(data: Obj, *names: str) -> tuple[str, ...]:
    return tuple(item for item in as_list(first(data, *names)) if isinstance(item, str))


def maybe_strings(data: Obj, name: str) -> tuple[str, ...] | None:
    return None if data.get(name) is None else strings(data, name)


def objects(data: Obj, *names: str) -> list[Obj]:
    return [cast(Obj, item) for item in as_list(first(data, *names)) if isinstance(item, dict)]


def moment(data: Obj, *names: str) -> datetime | None:
    return to_moment(first(data, *names))


def to_moment(value: Any) -> datetime | None:
    """A time with zone from ISO 8601, `YYYY-MM-DD HH:mm:ss` (UTC), or seconds or milliseconds since 1970."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if value > _MILLISECONDS_FROM else value
            return _believable(datetime.fromtimestamp(seconds, UTC))
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            return _believable(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _believable(moment: datetime) -> datetime | None:
    """The first and the last year cannot be told in every time zone."""
    return moment if 1 < moment.year < 9999 else None

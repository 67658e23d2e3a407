"""Reading JSON that somebody else wrote: what is no JSON, and what nests without end, is a ValueError."""

from __future__ import annotations

import json
from typing import Any, cast

MAX_DEPTH = 64
"""Objects in objects: sidecars and the service's answers stay below ten. Python's own limit is the stack."""


def parse_json(text: bytes | str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON, or nests deeper than `MAX_DEPTH`.
    """
    try:
        value: Any = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    opening = (b"[", b"{") if isinstance(text, bytes) else ("[", "{")
    if sum(text.count(bracket) for bracket in opening) > MAX_DEPTH:  # pyright: ignore[reportArgumentType] - both bytes or both text
        _refuse_deep(value)
    return value


def _refuse_deep(value: Any) -> None:
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            inside = cast("dict[str, Any]", item).values() if isinstance(item, dict) else item
            deeper += (part for part in inside if isinstance(part, dict | list))
        level = deeper
        if not level:
            return
    raise ValueError("nested too deeply")

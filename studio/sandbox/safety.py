"""The safety features (CONTRACT 4.8): some words block, some are hidden, and the headers say so.

A stand-in for a real filter: a few plain words are enough to see every answer it can give.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from studio.sandbox.errors import ApiError

BLOCKING = {
    "sexual": re.compile(r"\b(nude|naked|explicit|porn)\b", re.IGNORECASE),
    "violence": re.compile(r"\b(gore|bloodbath|murder|torture)\b", re.IGNORECASE),
    "shield": re.compile(r"ignore (all )?previous instructions", re.IGNORECASE),
}
REDACTING = {
    "privacy": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\+?\d[\d ()-]{8,}\d"),
    "secrets": re.compile(r"\b(?:sk|pk|ghp|AKIA)[_-]?[A-Za-z0-9]{16,}\b"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Text after the filter, and the headers that tell what was done."""

    text: str
    headers: dict[str, str] = field(default_factory=dict[str, str])


def check(text: str, features: Collection[str]) -> Checked:
    """Text with what must be hidden replaced; 400 in the safety shape when it is blocked."""
    if not features:
        return Checked(text)
    triggered = [name for name, pattern in BLOCKING.items() if name in features and pattern.search(text)]
    if triggered:
        raise ApiError(
            400,
            "Request blocked by safety filter",
            code="content_blocked",
            shape="safety",
            extra={"safety": {"applied": list(features), "triggered": triggered}},
        )
    redacted: list[str] = []
    for name, pattern in REDACTING.items():
        if name in features:
            text, count = pattern.subn("[redacted]", text)
            redacted += [name] if count else []
    headers = {"X-Safety-Applied": ",".join(features)}
    if redacted:
        headers["X-Safety-Redacted"] = ",".join(redacted)
    return Checked(text, headers)

"""What the sandbox received, for whoever checks a client against it (`GET /_sandbox/requests`)."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, unquote

from starlette.types import Scope

Outcome = Literal["", "started", "joined", "replayed", "streamed", "refused"]
KEPT_HEADERS = ("accept", "content-type", "user-agent", "range", "pollinations-safe", "idempotency-key")
REMEMBERED = 20_000
MULTIPART_MODEL = re.compile(rb'name="model"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]*)')


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request. `key` is the key's name, never its value; `billed` is what this request was charged."""

    number: int
    at: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    size: int
    body: Any = None
    asked_model: str | None = None
    request_id: str = ""
    key: str | None = None
    model: str | None = None
    identity: str | None = None
    outcome: Outcome = ""
    billed: Decimal = Decimal(0)
    status: int = 0
    fault: str | None = None
    hold: float = field(default=0.0, repr=False)
    stream_error: str = field(default="", repr=False)
    stream_after: int = field(default=0, repr=False)

    def shown(self) -> dict[str, Any]:
        """For JSON. Amounts are decimal text."""
        names = (
            "number at method path query headers size body asked_model request_id key model identity "
            "outcome status fault"
        )
        shown: dict[str, Any] = {name: getattr(self, name) for name in names.split()}
        return {**shown, "billed": format(self.billed, "f")}


def _json_body(headers: Mapping[str, str], body: bytes) -> Any:
    if "json" not in headers.get("content-type", ""):
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def _asked_model(query: Mapping[str, str], parsed: Any, body: bytes) -> str | None:
    if "model" in query:
        return query["model"]
    if isinstance(parsed, dict):
        model: object = cast(dict[str, object], parsed).get("model")
        return model if isinstance(model, str) else None
    found = MULTIPART_MODEL.search(body)
    return found.group(1).decode("utf-8", "replace") if found else None


class Record:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self._count = 0

    def begin(self, scope: Scope, body: bytes, request_id: str) -> Entry:
        """Note a request that has arrived whole."""
        self._count += 1
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        query.pop("key", None)
        query.pop("token", None)
        parsed = _json_body(headers, body)
        entry = Entry(
            number=self._count,
            at=datetime.now(UTC).isoformat(),
            method=scope["method"],
            path=unquote(scope["path"]),
            query=query,
            headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
            size=len(body),
            body=parsed if len(body) <= 65_536 else None,
            asked_model=_asked_model(query, parsed, body),
            request_id=request_id,
        )
        self._entries.append(entry)
        return entry

    def shown(self) -> list[dict[str, Any]]:
        return [entry.shown() for entry in list(self._entries)]

    def clear(self) -> None:
        self._entries.clear()

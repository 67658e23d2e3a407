"""What the headers of a media answer say about it (CONTRACT 9.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import httpx

from studio.api.downloads import Stored
from studio.api.transport import request_id
from studio.api.wire import to_decimal
from studio.core.secrets import redact
from studio.domain.service import MediaResult, Usage

_KEPT = (
    "x-usage-", "x-safety-", "x-moderation-", "x-model-", "x-fallback-", "x-pollen-", "x-cache", "x-tts-",
    "x-elevenlabs-", "x-request-id", "x-content-", "content-type", "content-location", "cf-ray", "date",
)  # fmt: skip


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that explain a result, names in lower case, secrets removed."""
    return {
        name.lower(): redact(value)
        for name, value in headers.items()
        if name.lower().startswith(_KEPT) and len(value) <= 1000
    }


def media_result(stored: Stored, response: httpx.Response, **more: Any) -> MediaResult:
    """The stored file together with what its answer said. `more` overrides fields."""
    headers = response.headers
    values: dict[str, Any] = {
        "path": stored.path,
        "mime": stored.mime,
        "size": stored.size,
        "sha256": stored.sha256,
        "headers": kept_headers(headers),
        "request_id": request_id(response),
        "model_used": redact(headers.get("x-model-used", "")),
        "usage": Usage.from_headers(headers),
        "pollen_cost": _billed(headers.get("x-pollen-cost")),
        "source_url": redact(headers.get("content-location", "")),
        "cached": headers.get("x-cache", "").upper() == "HIT",
        "suggested_name": file_name(redact(headers.get("content-disposition", ""))),
    }
    values.update(more)
    return MediaResult(**values)


def _billed(value: str | None) -> Decimal | None:
    """A negative bill would make room in the user's budget."""
    cost = to_decimal(value)
    return cost if cost is not None and cost >= 0 else None


def file_name(disposition: str) -> str:
    """The file name of a Content-Disposition header, without any path; empty when there is none."""
    extended = re.search(r"filename\*\s*=\s*[\w-]+'[^']*'([^;]+)", disposition, re.IGNORECASE)
    plain = re.search(r'filename\s*=\s*(?:"([^"]*)"|([^;\s]+))', disposition, re.IGNORECASE)
    if extended:
        name = unquote(extended.group(1).strip())
    elif plain:
        name = plain.group(1) or plain.group(2) or ""
    else:
        return ""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in name if c.isprintable() and c not in '<>:"|?*')
    return name.strip(". ")[:150]

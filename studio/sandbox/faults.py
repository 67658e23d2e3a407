"""Faults on demand: what should go wrong, for which requests, how often (README, Faults)."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from studio.sandbox.errors import ApiError, Shape

BodyKind = Literal["truncated", "placeholder", "html", "empty", "json"]


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """One fault. Everything is optional; what is set is combined.

    Which requests: `path` (prefix), `method`, `model` (name or alias); the first `skip` matches are spared,
    then `count` are hit (None: all).
    How: `latency` seconds before the headers, `byte_latency` seconds between pieces of `piece` bytes,
    after the first `at_once` bytes; `hold` seconds that the work itself takes; `error` a named refusal or
    `status` with `shape`, `code`, `message`, `details`, `headers`; `after_work` lets the work run, and be
    billed, behind the refusal; `cut_after` bytes then the connection ends, `stall_after` bytes then
    silence; `content_type` and `body` replace the real ones, `says` with a text of one's own; `huge`
    bytes of body; `redirect` to another address; `reset` the connection before any header; `stream_error`
    ends a streamed answer after `stream_after` pieces in one of the ways of CONTRACT 4.5.
    """

    path: str = ""
    method: str = ""
    model: str = ""
    count: int | None = 1
    skip: int = 0
    latency: float = 0.0
    byte_latency: float = 0.0
    piece: int = 256
    at_once: int = 0
    hold: float = 0.0
    error: str = ""
    status: int = 0
    shape: Shape = "envelope"
    code: str = ""
    message: str = ""
    details: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    after_work: bool = False
    cut_after: int | None = None
    stall_after: int | None = None
    content_type: str = ""
    body: BodyKind | None = None
    says: str = ""
    huge: int = 0
    redirect: str = ""
    reset: bool = False
    stream_error: Literal["", "frame", "choice", "content_filter", "no_done"] = ""
    stream_after: int = 3

    @property
    def refuses(self) -> bool:
        """Whether the request is answered without showing what the work made."""
        return bool(self.error or self.status or self.redirect or self.reset)

    @property
    def changes_body(self) -> bool:
        return bool(self.body or self.says or self.content_type or self.huge)

    def label(self) -> str:
        """Short, for the record of requests."""
        parts = [self.error] if self.error else [str(self.status)] if self.status else []
        flags = (
            "reset",
            "redirect",
            "body",
            "says",
            "huge",
            "content_type",
            "latency",
            "byte_latency",
            "hold",
            "stream_error",
        )
        parts += [name for name in flags if getattr(self, name)]
        parts += [name for name in ("cut_after", "stall_after") if getattr(self, name) is not None]
        return "+".join(parts) or "none"

    def answer(self, enter_url: str) -> ApiError:
        """The refusal that `error` or `status` asks for."""
        if self.error:
            return NAMED[self.error](enter_url)
        return ApiError(
            self.status,
            self.message or None,
            code=self.code or None,
            shape=self.shape,
            details=self.details,
            headers=self.headers,
            extra={"retryAfterSeconds": 1799.42} if self.shape == "publishable" else None,
        )


def _envelope(status: int, message: str, code: str | None = None, **more: Any) -> Any:
    def build(enter_url: str) -> ApiError:
        return ApiError(status, message.format(enter=enter_url), code=code, **more)

    return build


def _insufficient_balance(enter_url: str) -> ApiError:
    fix = f"{enter_url}/top-up?ref=agent_low_balance_topup"
    return ApiError(
        402,
        "Insufficient balance. This request costs ~0.3200 pollen, but your available paid balance is 0.0100. "
        f"Top up at {fix}.",
        code="INSUFFICIENT_BALANCE",
        fix_url=fix,
    )


def _key_budget(enter_url: str) -> ApiError:
    fix = f"{enter_url}/edit-key?id=k_main&ref=agent_key_budget"
    return ApiError(
        402,
        "API key budget too low. This request costs ~0.0400 pollen, but this key has 0.0012. Increase the "
        f"key budget at {fix}; topping up the wallet does not increase this limit.",
        code="KEY_BUDGET_EXHAUSTED",
        fix_url=fix,
    )


_UPSTREAM = {"name": "UpstreamError", "upstreamHost": "api.example-provider.com"}

NAMED: dict[str, Any] = {
    "insufficient_balance": _insufficient_balance,
    "key_budget": _key_budget,
    "quest_pollen_only": _envelope(
        402,
        "This model needs paid pollen; quest pollen cannot be used for it. Top up at {enter}/top-up.",
        "QUEST_POLLEN_ONLY",
    ),
    "payment_required": _envelope(402, "Insufficient pollen balance or API key budget exhausted."),
    "missing_key": _envelope(401, "Authentication required. Please provide an API key."),
    "invalid_key": _envelope(
        401,
        "Invalid API key. The provided key was not recognized; it may be expired, revoked, or mistyped. "
        "Manage keys at {enter}/keys",
    ),
    "model_not_allowed": _envelope(403, "Model 'claude-large' is not allowed for this API key"),
    "account_scope": _envelope(403, "API key does not have 'account:usage' permission"),
    "banned": _envelope(403, "This account has been suspended."),
    "image_download": _envelope(
        400,
        "Failed to download image: example.org returned 404",
        "failed_to_download_image",
        details={"name": "UpstreamError", "upstreamStatus": 404, "upstreamHost": "example.org"},
    ),
    "safety_blocked": _envelope(
        400,
        "Request blocked by safety filter",
        "content_blocked",
        shape="safety",
        extra={"safety": {"applied": ["sexual", "violence"], "triggered": ["violence"]}},
    ),
    "safety_invalid": _envelope(400, "Unknown safe feature: foo", "invalid_safe", shape="safety"),
    "safety_unavailable": _envelope(
        503, "Safety service temporarily unavailable", "service_unavailable", shape="safety"
    ),
    "content_policy": _envelope(
        422,
        "The prompt was rejected by the provider content policy.",
        "content_policy_violation",
        details={**_UPSTREAM, "upstreamStatus": 400, "upstreamBody": '{"message":"blocked"}'},
    ),
    "edge_rate_limit": _envelope(429, "Too many requests from this IP. Please slow down."),
    "model_rate_limit": _envelope(
        429,
        "Per-user limit of 60 RPM exceeded for model black-forest-labs/flux.1-schnell",
        "community_model_rate_limit",
        details={"name": "UpstreamError"},
        headers={"Retry-After": "1"},
    ),
    "publishable_rate_limit": _envelope(
        429,
        "Rate limit exceeded. Retry after 1799.42s. Use secret keys (sk_*) for unlimited requests.",
        shape="publishable",
        headers={"Retry-After": "1800"},
        extra={"retryAfterSeconds": 1799.42},
    ),
    "body_limit": _envelope(413, "Payload Too Large", shape="plain"),
    "internal": _envelope(
        500, "Oh snap, something went wrong on our end. We're on it!", details={"name": "Error"}
    ),
    "account_unavailable": _envelope(500, "Failed to fetch usage data", shape="media"),
    "provider_busy": _envelope(
        502,
        "Image provider error: model overloaded",
        details={**_UPSTREAM, "upstreamStatus": 429, "upstreamBody": '{"error":"rate limited"}'},
    ),
    "unavailable": _envelope(503, "Unable to verify balance. Please try again shortly."),
    "coordinator": _envelope(503, "Detached generation failed", shape="plain"),
    "gateway_timeout": _envelope(
        504,
        "The upstream service did not respond in time.",
        details={"name": "UpstreamError", "upstreamStatus": 408},
    ),
    "cloudflare_524": _envelope(524, "A timeout occurred", shape="html"),
}


def fault_from(data: Mapping[str, Any]) -> Fault:
    """A fault from its JSON form; ValueError names what is wrong."""
    known = {item.name for item in fields(Fault)}
    unknown = sorted(set(data) - known)
    if unknown:
        raise ValueError(f"Unknown fields: {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")
    fault = Fault(**dict(data))
    if fault.error and fault.error not in NAMED:
        raise ValueError(f"Unknown error '{fault.error}'. Known: {', '.join(sorted(NAMED))}.")
    return fault


class Faults:
    """The faults that wait. Safe to change from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, faults: Collection[Fault]) -> None:
        with self._lock:
            self._waiting += faults

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def take(self, method: str, path: str, models: Collection[str]) -> Fault | None:
        """The first fault that fits the request, counted down; None when none does."""
        with self._lock:
            for fault in self._waiting:
                if not path.startswith(fault.path) or (fault.method and fault.method.upper() != method):
                    continue
                if fault.model and fault.model not in models:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._waiting.remove(fault)
                return fault
        return None

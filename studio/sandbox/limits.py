"""The three rate limits (CONTRACT 9.2, 429). Off unless the sandbox is started with `--limits`."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

from studio.sandbox.account import Account, Key
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError

EDGE_REQUESTS = 100
EDGE_SECONDS = 10.0
MODEL_SECONDS = 60.0
PUBLISHABLE_POLLEN_PER_HOUR = Decimal(1)


class Limits:
    """Sliding windows per address and per model."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        self._windows.clear()

    def _wait(self, name: str, allowed: int, seconds: float) -> float:
        """Note one request; seconds to wait when the window is full, else 0."""
        now = time.monotonic()
        window = self._windows[name]
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) >= allowed:
            return window[0] + seconds - now
        window.append(now)
        return 0.0

    def edge(self, address: str) -> None:
        """100 requests in 10 s per address; no Retry-After."""
        if self.on and self._wait(f"edge {address}", EDGE_REQUESTS, EDGE_SECONDS):
            raise ApiError(429)

    def model(self, model: Model) -> None:
        """The model's own requests per minute and user."""
        if not self.on or not model.rpm:
            return
        wait = self._wait(f"model {model.name}", model.rpm, MODEL_SECONDS)
        if wait:
            raise ApiError(
                429,
                f"Per-user limit of {model.rpm} RPM exceeded for model {model.name}",
                code="community_model_rate_limit",
                details={"name": "UpstreamError"},
                headers={"Retry-After": str(ceil(wait))},
            )

    def publishable(self, account: Account, key: Key) -> None:
        """Raw publishable keys: one pollen per hour. Always on: it is a rule of the key."""
        if key.type != "publishable" or key.budget is not None:
            return
        now = datetime.now(UTC)
        if account.spent_since(key.id, now - timedelta(hours=1)) < PUBLISHABLE_POLLEN_PER_HOUR:
            return
        first = next(row.at for row in account.ledger if row.key_id == key.id)
        wait = max(1.0, (datetime.fromisoformat(first) + timedelta(hours=1) - now).total_seconds())
        raise ApiError(
            429,
            f"Rate limit exceeded. Retry after {wait:.2f}s. Use secret keys (sk_*) for unlimited requests.",
            shape="publishable",
            headers={"Retry-After": str(ceil(wait))},
            extra={"retryAfterSeconds": round(wait, 2)},
        )

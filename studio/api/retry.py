"""When the identical request goes out again (CONTRACT 8). Pure: no clock, no sleeping, no network.

A retry never changes the body, the URL or the seed: the service recognises the request and joins the running
job or hands out its stored result, billed once.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from studio.api.errors import (
    ApiError,
    ApiInterrupted,
    ApiOffline,
    ApiRateLimited,
    ApiTimeout,
    ApiUnavailable,
    ApiUntrusted,
)

BACKOFF = (2.0, 4.0, 8.0)
RETRY_AFTER_CAP = 300.0
RETRY_AFTER_DEFAULT = 60.0
_ONCE = frozenset({500})
_AGAIN = frozenset({502, 503, 504, 520, 521, 522, 523, 524})
_MAYBE_RUNNING = frozenset({500, 504, 520, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient one kind of work is.

    Args:
        retries: how many times the same request may be sent again.
        offline: try again when no connection could be made.
        joins: the service recognises the repeated request, so repeating one that may still run is free of
            charge. False for streams and for calls that create something: they are repeated only when the
            service certainly did not act on them.
        waits: wait by itself when there are too many requests (429). The queue's requests do not: it holds
            everything that the same limit counts, not only the one that was refused.
    """

    retries: int = 3
    offline: bool = True
    joins: bool = True
    waits: bool = True


GENERATION = RetryPolicy()
QUEUED = RetryPolicy(waits=False)
READ = RetryPolicy(retries=1, offline=False)
ONCE_ONLY = RetryPolicy(retries=0)
STREAM = RetryPolicy(retries=3, joins=False)


def delay_before_retry(error: ApiError, attempt: int, policy: RetryPolicy) -> float | None:
    """Seconds to wait before the same request is sent again, without jitter; None = give up.

    Args:
        attempt: how many times it was sent, from 1.
    """
    if attempt > policy.retries:
        return None
    if isinstance(error, ApiRateLimited):
        return error.retry_after if policy.waits and error.retry_after <= RETRY_AFTER_CAP else None
    backoff = BACKOFF[min(attempt, len(BACKOFF)) - 1]
    if isinstance(error, ApiOffline):
        return backoff if policy.offline else None
    if isinstance(error, ApiTimeout | ApiInterrupted):
        return backoff if policy.joins else None
    if not isinstance(error, ApiUnavailable):
        return None
    if error.status in _MAYBE_RUNNING and not policy.joins:
        return None
    if error.status in _ONCE:
        return backoff if attempt == 1 else None
    if error.status not in _AGAIN:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= RETRY_AFTER_CAP else None
    return backoff


def may_have_worked(error: ApiError) -> bool:
    """Whether the service may have begun the work behind this answer: not if the request did not leave, nor
    if it was refused (CONTRACT 9.2)."""
    if isinstance(error, ApiOffline | ApiUntrusted):
        return False
    return not 400 <= error.status < 500 or error.status == 408


def jitter(delay: float) -> float:
    """Up to a quarter more, so that many waiting requests do not come back in the same instant.

    Never less: a shorter wait than the service asked for would earn the next refusal.
    """
    return delay * random.uniform(1.0, 1.25)


def parse_retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds from a `Retry-After` header: a number or an HTTP date; None when it is neither."""
    value = value.strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        return None
    return max(0.0, seconds)

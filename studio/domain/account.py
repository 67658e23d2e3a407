"""The account: who, how much, which keys, what was spent (CONTRACT 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from studio.core.secrets import Secret

CLOCK_WAS_SET = 60.0
"""Seconds by which the wall clock may run differently before it counts as set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything is optional: servers and scopes differ. `tier` is free text."""

    github_username: str = ""
    name: str = ""
    email: str = ""
    image: str = ""
    tier: str = ""
    created_at: datetime | None = None
    next_reset_at: datetime | None = None
    community_endpoints_allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Pollen left, with the source of each figure.

    Args:
        balance: what this key can spend: the key's own remaining budget when it has one, else the wallet.
        account_total: the wallet, when the key may see it; `account_free` and `account_paid` its two parts.
    """

    balance: Decimal
    account_total: Decimal | None = None
    account_free: Decimal | None = None
    account_paid: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """The key in use.

    Args:
        type: secret | publishable.
        expires_in: seconds, as of the answer.
        models: allowed models; None means all. `permissions`: account scopes.
        pollen_budget: what is left of the key's own budget; None means none of its own.
    """

    valid: bool
    type: str = ""
    name: str = ""
    user_id: str = ""
    byop_client: str = ""
    expires_at: datetime | None = None
    expires_in: int | None = None
    models: tuple[str, ...] | None = None
    permissions: tuple[str, ...] = ()
    pollen_budget: Decimal | None = None
    rate_limit_enabled: bool = False


def seconds_left(key: KeyInfo | None, asked: datetime | None, went_by: float, now: datetime) -> float | None:
    """How long a key is still good for, below 0 when it ended; None when it has no end or nobody told.

    Args:
        asked: when the service told of the key, by the clock on the wall. `went_by`: seconds since then by a
            clock nobody sets. Where the wall clock was set meanwhile, what went by counts.
    """
    if key is None:
        return None
    if key.expires_in is not None:
        return key.expires_in - went_by
    if key.expires_at is None:
        return None
    moved = asked is not None and abs((now - asked).total_seconds() - went_by) > CLOCK_WAS_SET
    if moved and asked is not None:
        return (key.expires_at - asked).total_seconds() - went_by
    return (key.expires_at - now).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One billed request. Token counts and seconds are zero when the service did not say; `request_id` is
    empty for every service known so far.

    `type` is `generate.text|image|audio|…`; video rows are `generate.image` (CONTRACT 7.1).
    """

    timestamp: datetime
    type: str
    model: str = ""
    api_key_id: str = ""
    api_key: str = ""
    api_key_type: str = ""
    meter_source: str = ""
    input_text_tokens: int = 0
    input_cached_tokens: int = 0
    input_audio_tokens: int = 0
    input_audio_seconds: float = 0.0
    input_image_tokens: int = 0
    output_text_tokens: int = 0
    output_reasoning_tokens: int = 0
    output_audio_tokens: int = 0
    output_audio_seconds: float = 0.0
    output_image_tokens: int = 0
    output_video_seconds: float = 0.0
    cost_usd: Decimal = Decimal(0)
    response_time_ms: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """What one model cost on one day (`YYYY-MM-DD`, UTC)."""

    date: str
    model: str = ""
    meter_source: str = ""
    requests: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """Which rows. None and empty are not sent.

    Args:
        limit: 1 to 50000; `days`: 1 to 90.
        before: only older rows: the oldest `timestamp` seen so far.
        granularity: day | week | month, together with `period` (`YYYY-MM-DD`, `YYYY-WNN`, `YYYY-MM`).
    """

    limit: int | None = None
    before: datetime | None = None
    days: int | None = None
    granularity: str = ""
    period: str = ""
    api_key_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in the account's list; its text is never shown again, only `start`."""

    id: str
    name: str = ""
    start: str = ""
    prefix: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_request: datetime | None = None
    models: tuple[str, ...] | None = None
    permissions: tuple[str, ...] = ()
    type: str = ""
    created_via: str = ""
    redirect_uris: tuple[str, ...] = ()
    pollen_balance: Decimal | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key to be made (CONTRACT 7.2). None is not sent.

    Args:
        type: secret | publishable.
        expires_in: seconds, at most 365 days.
        account_permissions: profile, usage (`keys` is dropped by the service).
    """

    name: str
    type: str = "secret"
    expires_in: int | None = None
    allowed_models: tuple[str, ...] | None = None
    pollen_budget: Decimal | None = None
    account_permissions: tuple[str, ...] | None = None
    redirect_uris: tuple[str, ...] = ()
    earnings_enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made. `key` is shown this one time."""

    id: str
    key: Secret
    name: str = ""
    type: str = ""
    expires_at: datetime | None = None
    pollen_budget: Decimal | None = None
    models: tuple[str, ...] | None = None
    permissions: tuple[str, ...] = ()

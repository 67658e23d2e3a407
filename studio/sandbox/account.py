"""The pretend account: its keys, its wallet, its ledger (CONTRACT 7)."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from studio.sandbox.catalogue import Model
from studio.sandbox.prices import Usage
from studio.sandbox.settings import Settings
from studio.sandbox.store import Event

USER_ID = "usr_sandbox"
PUBLISHABLE_KEY = "pk_sandboxPublic3fV8nLq2WzX5rT0yB7cD"
APP_KEY = "pk_sandboxApp5hJ1kP9mQ4sU6wE8aN2gR3v"
CLI_APP_KEY = "pk_NgBAArhUeGvSRFba"
BUDGET_KEY = "sk_sandboxBudget6tY3uI8oP1aS5dF0gH2j"
PLAIN_KEY = "sk_sandboxPlain4lK7zX9cV2bN6mQ1wE3rT"
MODELS_KEY = "sk_sandboxModels8yU5iO0pA3sD7fG2hJ6k"
EXPIRED_KEY = "sk_sandboxExpired1qW4eR7tY0uI3oP6aS9d"
ALPHABET = string.ascii_letters + string.digits
DAY = timedelta(days=1)

Bucket = Literal["tier", "pack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One API key. `models` and `scopes` None mean every model and no account access; `budget` is what is
    left of the key's own limit in pollen, None without one; times are ISO 8601 in UTC."""

    id: str
    value: str
    name: str
    type: Literal["secret", "publishable"] = "secret"
    models: tuple[str, ...] | None = None
    scopes: tuple[str, ...] | None = None
    budget: Decimal | None = None
    created_at: str
    expires_at: str | None = None
    last_request: str | None = None
    created_via: str = "dashboard"
    redirect_uris: tuple[str, ...] = ()
    earnings: bool = False
    client_key_id: str | None = None

    def expires_in(self, now: datetime) -> int | None:
        """Whole seconds until it expires."""
        if self.expires_at is None:
            return None
        return max(0, round((datetime.fromisoformat(self.expires_at) - now).total_seconds()))

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and datetime.fromisoformat(self.expires_at) <= now

    def may(self, scope: str) -> bool:
        return scope in (self.scopes or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One row of the ledger; what `/account/usage` shows is made from it."""

    at: str
    type: str
    model: str
    key_id: str
    key_name: str
    key_type: str
    source: Bucket
    cost: Decimal
    tier_part: Decimal
    usage: Usage
    milliseconds: int


def new_key_value(kind: Literal["secret", "publishable"]) -> str:
    """A fresh key of 35 characters."""
    prefix = "sk_" if kind == "secret" else "pk_"
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(32))


def built_in_keys(settings: Settings, now: datetime) -> list[Key]:
    """The keys every sandbox starts with (README, Keys)."""
    made = now.isoformat()
    all_scopes = ("profile", "usage", "keys")
    return [
        Key(id="k_main", value=settings.key, name="Sandbox", scopes=all_scopes, created_at=made),
        Key(
            id="k_public",
            value=PUBLISHABLE_KEY,
            name="Sandbox publishable",
            type="publishable",
            created_at=made,
        ),
        Key(
            id="k_app",
            value=APP_KEY,
            name="Nectary",
            type="publishable",
            budget=Decimal(0),
            created_at=made,
            redirect_uris=("http://127.0.0.1/callback", "http://localhost/callback"),
        ),
        # The client id that the service's own command line and JavaScript client sign in with.
        Key(
            id="k_cli",
            value=CLI_APP_KEY,
            name="Pollinations CLI",
            type="publishable",
            budget=Decimal(0),
            created_at=made,
        ),
        Key(
            id="k_budget",
            value=BUDGET_KEY,
            name="Sandbox with a budget",
            scopes=("profile",),
            budget=Decimal("0.01"),
            created_at=made,
            expires_at=(now + 7 * DAY).isoformat(),
        ),
        Key(id="k_plain", value=PLAIN_KEY, name="Sandbox without scopes", created_at=made),
        Key(
            id="k_models",
            value=MODELS_KEY,
            name="Sandbox for two models",
            models=("flux", "openai"),
            scopes=("profile", "usage"),
            created_at=made,
        ),
        Key(
            id="k_expired",
            value=EXPIRED_KEY,
            name="Sandbox expired",
            created_at=(now - 30 * DAY).isoformat(),
            expires_at=(now - DAY).isoformat(),
        ),
    ]


class Account:
    """Keys, wallet and ledger. Every change is returned as an event for the journal and applied at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """As on the first start."""
        self.keys = {key.id: key for key in built_in_keys(self._settings, datetime.now(UTC))}
        self.tier = Decimal(0)
        self.paid = self._settings.balance
        self.ledger: list[Charge] = []
        self.held: dict[str, Decimal] = {}

    # ------------------------------------------------------------ reading
    @property
    def total(self) -> Decimal:
        return self.tier + self.paid

    @property
    def has_paid(self) -> bool:
        return self.paid > 0

    def key_of(self, value: str) -> Key | None:
        """The key with this secret value, expired or not."""
        return next((key for key in self.keys.values() if secrets.compare_digest(key.value, value)), None)

    def held_by(self, key_id: str | None = None) -> Decimal:
        """What running work is expected to cost, of one key or of all."""
        return sum(
            (amount for holder, amount in self.held.items() if key_id is None or holder == key_id), Decimal(0)
        )

    def spent_since(self, key_id: str, moment: datetime) -> Decimal:
        """What a key has spent since a moment."""
        start = moment.isoformat()
        return sum((row.cost for row in self.ledger if row.key_id == key_id and row.at >= start), Decimal(0))

    # ------------------------------------------------------------ holding
    def hold(self, key_id: str, amount: Decimal) -> None:
        """Set money aside while work runs, so that a burst cannot spend the same pollen twice."""
        self.held[key_id] = self.held.get(key_id, Decimal(0)) + amount

    def release(self, key_id: str, amount: Decimal) -> None:
        left = self.held.get(key_id, Decimal(0)) - amount
        if left > 0:
            self.held[key_id] = left
        else:
            self.held.pop(key_id, None)

    # ------------------------------------------------------------ events
    def charge(
        self, key: Key, model: Model, kind: str, cost: Decimal, usage: Usage, milliseconds: int
    ) -> Event:
        """Bill one piece of work: free pollen first, except for models that need paid pollen."""
        tier_part = Decimal(0) if model.paid_only else min(max(self.tier, Decimal(0)), cost)
        row = Charge(
            at=datetime.now(UTC).isoformat(),
            type=kind,
            model=model.name,
            key_id=key.id,
            key_name=key.name,
            key_type=key.type,
            source="tier" if tier_part and tier_part == cost else "pack",
            cost=cost,
            tier_part=tier_part,
            usage=usage,
            milliseconds=milliseconds,
        )
        return self._do({"kind": "charge", "row": _plain(asdict(row))})

    def set_balance(self, *, tier: Decimal | None = None, paid: Decimal | None = None) -> Event:
        new_tier = self.tier if tier is None else tier
        new_paid = self.paid if paid is None else paid
        return self._do({"kind": "balance", "tier": str(new_tier), "paid": str(new_paid)})

    def add_key(self, key: Key) -> Event:
        return self._do({"kind": "key", "key": _plain(asdict(key))})

    def revoke(self, key_id: str) -> Event:
        return self._do({"kind": "revoked", "id": key_id})

    def touch(self, key: Key) -> None:
        """Remember when a key was last used. Not worth a line in the journal."""
        self.keys[key.id] = replace(self.keys[key.id], last_request=datetime.now(UTC).isoformat())

    def _do(self, event: Event) -> Event:
        self.apply(event)
        return event

    def apply(self, event: Event) -> bool:
        """Carry out one event of the journal; False when it is not about the account."""
        match event["kind"]:
            case "charge":
                self._apply_charge(_charge(event["row"]))
            case "balance":
                self.tier, self.paid = Decimal(event["tier"]), Decimal(event["paid"])
            case "key":
                key = _key(event["key"])
                self.keys[key.id] = key
            case "revoked":
                self.keys.pop(event["id"], None)
            case _:
                return False
        return True

    def _apply_charge(self, row: Charge) -> None:
        self.ledger.append(row)
        self.tier -= row.tier_part
        self.paid -= row.cost - row.tier_part
        key = self.keys.get(row.key_id)
        if key is not None and key.budget is not None:
            self.keys[key.id] = replace(key, budget=key.budget - row.cost)


def _plain(value: Any) -> Any:
    """Decimals as text, tuples as lists: what JSON holds without loss."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in cast(dict[str, Any], value).items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in cast(tuple[Any, ...], value)]
    return value


def _charge(data: Mapping[str, Any]) -> Charge:
    row: dict[str, Any] = {
        **data,
        "cost": Decimal(data["cost"]),
        "tier_part": Decimal(data["tier_part"]),
        "usage": {kind: Decimal(amount) for kind, amount in data["usage"].items()},
    }
    return Charge(**row)


def _key(data: Mapping[str, Any]) -> Key:
    key: dict[str, Any] = {
        **data,
        "models": None if data["models"] is None else tuple(data["models"]),
        "scopes": None if data["scopes"] is None else tuple(data["scopes"]),
        "budget": None if data["budget"] is None else Decimal(data["budget"]),
        "redirect_uris": tuple(data["redirect_uris"]),
    }
    return Key(**key)

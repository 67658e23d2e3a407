"""Who is asking, what they may do, and whether they can pay (CONTRACT 1, 7, 9.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from starlette.requests import HTTPConnection

from studio.sandbox.account import Key
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError
from studio.sandbox.service import Service, entry_of, service_of


def presented_key(connection: HTTPConnection) -> str | None:
    """The key of the Authorization header, or of `?key=`."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return connection.query_params.get("key") or None


def optional_key(connection: HTTPConnection) -> Key | None:
    """The caller's key, None when none was sent; 401 for a wrong or expired one."""
    value = presented_key(connection)
    if value is None:
        return None
    service = service_of(connection)
    key = service.account.key_of(value)
    if key is None or key.expired(datetime.now(UTC)):
        raise ApiError(
            401,
            "Invalid API key. The provided key was not recognized; it may be expired, revoked, or mistyped. "
            f"Manage keys at {service.addresses.enter_url}/keys",
        )
    entry_of(connection).key = key.name
    service.account.touch(key)
    return key


def required_key(connection: HTTPConnection) -> Key:
    """The caller's key; 401 without one."""
    key = optional_key(connection)
    if key is None:
        raise ApiError(401)
    return key


def require_scope(key: Key, scope: str) -> None:
    """403 unless the key has an account permission."""
    if not key.may(scope):
        raise ApiError(403, f"API key does not have 'account:{scope}' permission")


def require_model(key: Key, model: Model, asked: str) -> None:
    """403 unless the key may use the model."""
    if key.models is not None and model.names.isdisjoint(key.models):
        raise ApiError(403, f"Model '{asked}' is not allowed for this API key")


def require_funds(service: Service, key: Key, model: Model, estimate: Decimal) -> None:
    """402 unless the key's budget and the wallet hold the expected cost (CONTRACT 9.2)."""
    account = service.account
    seed_era = service.settings.era == "seed"
    budget = None if key.budget is None else key.budget - account.held_by(key.id)
    if budget is not None and (budget < estimate or budget <= 0):
        if seed_era:
            raise ApiError(402)
        fix = f"{service.addresses.enter_url}/edit-key?id={key.id}&ref=agent_key_budget"
        raise ApiError(
            402,
            f"API key budget too low. This request costs ~{estimate:.4f} pollen, but this key has "
            f"{budget:.4f}. Increase the key budget at {fix}; topping up the wallet does not "
            "increase this limit.",
            code="KEY_BUDGET_EXHAUSTED",
            fix_url=fix,
        )
    held = account.held_by()
    available = (account.paid if model.paid_only else account.total) - held
    if available >= estimate and available > 0:
        return
    if seed_era:
        raise ApiError(402)
    fix = f"{service.addresses.enter_url}/top-up?ref=agent_low_balance_topup"
    if model.paid_only and account.total - held >= estimate:
        raise ApiError(
            402,
            f"Model '{model.name}' needs paid pollen; quest pollen cannot be used for it. Top up at {fix}.",
            code="QUEST_POLLEN_ONLY",
            fix_url=fix,
        )
    kind = "paid balance" if model.paid_only else "balance"
    raise ApiError(
        402,
        f"Insufficient balance. This request costs ~{estimate:.4f} pollen, but your available {kind} is "
        f"{max(available, Decimal(0)):.4f}. Top up at {fix}.",
        code="INSUFFICIENT_BALANCE",
        fix_url=fix,
    )

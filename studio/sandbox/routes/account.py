"""The account and its keys (CONTRACT 7)."""

from __future__ import annotations

import csv
import io
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studio.sandbox.access import require_scope, required_key
from studio.sandbox.account import USER_ID, Charge, Key, new_key_value
from studio.sandbox.errors import ApiError, invalid, timestamp
from studio.sandbox.parameters import JsonObject, Parameters, json_object
from studio.sandbox.service import Service, service_of
from studio.sandbox.settings import Era

YEAR_SECONDS = 365 * 86_400
FIRST_DAY = date(2026, 1, 1)
SCOPES = ("profile", "usage", "keys", "deploy")
PORTRAIT = "portrait.png"
"""Under the account host: the sandbox is whole without a network, so its picture is its own."""
NAME, EMAIL, LOGIN = "The Octocat", "octocat@example.com", "octocat"
USAGE_COLUMNS = (
    ("input_text_tokens", "promptTextTokens"),
    ("input_cached_tokens", "promptCachedTokens"),
    ("input_audio_tokens", "promptAudioTokens"),
    ("input_audio_seconds", "promptAudioSeconds"),
    ("input_image_tokens", "promptImageTokens"),
    ("output_text_tokens", "completionTextTokens"),
    ("output_reasoning_tokens", "completionReasoningTokens"),
    ("output_audio_tokens", "completionAudioTokens"),
    ("output_audio_seconds", "completionAudioSeconds"),
    ("output_image_tokens", "completionImageTokens"),
    ("output_video_seconds", "completionVideoSeconds"),
)
CURRENT_ONLY = frozenset(
    {"input_audio_seconds", "output_audio_seconds", "output_video_seconds", "api_key_id"}
)
CSV_COLUMNS = (
    "timestamp",
    "type",
    "model",
    "api_key",
    "api_key_type",
    "meter_source",
    "input_text_tokens",
    "input_cached_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "output_text_tokens",
    "output_reasoning_tokens",
    "output_audio_tokens",
    "output_image_tokens",
    "cost_usd",
    "response_time_ms",
)


def number(amount: Decimal) -> float | int:
    """Pollen as a JSON number, as the service writes it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


# ------------------------------------------------------------------ who and how much
async def _profile(request: Request) -> Response:
    era = service_of(request).settings.era
    key = required_key(request)
    if era == "seed":
        require_scope(key, "profile")
        tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return JSONResponse(
            {
                "name": NAME,
                "email": EMAIL,
                "githubUsername": LOGIN,
                "image": None,
                "tier": "seed",
                "createdAt": "2025-10-01T08:00:00.000Z",
                "nextResetAt": timestamp(tomorrow),
            }
        )
    image = f"{service_of(request).addresses.enter_url}/{PORTRAIT}"
    profile: JsonObject = {"githubUsername": LOGIN, "image": image, "communityEndpointsAllowed": False}
    if key.may("profile"):
        profile |= {"name": NAME, "email": EMAIL}
    return JSONResponse(profile)


async def _balance(request: Request) -> Response:
    service = service_of(request)
    key = required_key(request)
    account = service.account
    if service.settings.era == "seed":
        if not (key.may("balance") or key.may("usage")):
            require_scope(key, "balance")
        return JSONResponse({"balance": number(account.total if key.budget is None else key.budget)})
    if key.budget is None and not key.may("usage"):
        raise ApiError(
            403,
            "API key does not have 'account:usage' scope and no budget of its own. "
            "Add `account:usage` to read account balance, or set a budget on the key.",
        )
    balance: JsonObject = {"balance": number(account.total if key.budget is None else key.budget)}
    if key.may("usage"):
        balance["accountBalance"] = {
            "total": number(account.total),
            "tier": number(account.tier),
            "paid": number(account.paid),
        }
    return JSONResponse(balance)


async def _key(request: Request) -> Response:
    era = service_of(request).settings.era
    key = required_key(request)
    shown: JsonObject = {
        "valid": True,
        "type": key.type,
        "name": key.name,
        "expiresAt": key.expires_at and timestamp(datetime.fromisoformat(key.expires_at)),
        "expiresIn": key.expires_in(datetime.now(UTC)),
        "permissions": {"models": key.models, "account": key.scopes},
        "pollenBudget": None if key.budget is None else number(key.budget),
        "rateLimitEnabled": key.type == "publishable",
    }
    if era == "current":
        client = key.client_key_id
        shown |= {"userId": USER_ID, "byopApp": None if client is None else {"clientKeyId": client}}
    return JSONResponse(shown)


# ------------------------------------------------------------------ usage
def _row(charge: Charge, era: Era) -> JsonObject:
    moment = datetime.fromisoformat(charge.at).astimezone(UTC)
    row: JsonObject = {
        "timestamp": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "type": charge.type,
        "model": charge.model,
        "api_key_id": charge.key_id,
        "api_key": charge.key_name,
        "api_key_type": charge.key_type,
        "meter_source": charge.source,
        **{name: number(charge.usage.get(kind, Decimal(0))) for name, kind in USAGE_COLUMNS},
        "cost_usd": number(charge.cost),
        "response_time_ms": charge.milliseconds,
    }
    return row if era == "current" else {name: row[name] for name in row if name not in CURRENT_ONLY}


def _period(parameters: Parameters, now: datetime) -> tuple[date, date] | None:
    """The days asked for by `granularity` and `period`, both ends included."""
    granularity = parameters.choice("granularity", "", ("", "day", "week", "month"))
    period = parameters.text("period")
    if not granularity or not period:
        return None
    try:
        if granularity == "day":
            first = last = date.fromisoformat(period)
        elif granularity == "week":
            first = date.fromisocalendar(int(period[:4]), int(period.split("W")[1]), 1)
            last = first + timedelta(days=6)
        else:
            first = date.fromisoformat(f"{period}-01")
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    except (ValueError, IndexError):
        parameters.wrong("period", "Invalid period: expected YYYY-MM-DD, YYYY-WNN or YYYY-MM")
        return None
    if last < FIRST_DAY or first > now.date():
        parameters.wrong("period", "Invalid period: must overlap 2026-01-01 and today")
    return first, last


def _window(parameters: Parameters, era: Era, *, default_days: int) -> Callable[[Charge], bool]:
    """Which rows the query asks for."""
    now = datetime.now(UTC)
    days = parameters.integer("days", 1, 90)
    period = _period(parameters, now)
    before = parameters.text("before")
    limit_moment: datetime | None = None
    if before:
        try:
            limit_moment = datetime.fromisoformat(before.replace(" ", "T", 1))
        except ValueError:
            parameters.wrong("before", "Invalid ISO datetime")
        else:
            limit_moment = limit_moment if limit_moment.tzinfo else limit_moment.replace(tzinfo=UTC)
    since = now - timedelta(days=days or default_days)

    def fits(charge: Charge) -> bool:
        moment = datetime.fromisoformat(charge.at)
        # The cursor has whole seconds: rows of that very second may come twice, as they do upstream.
        if limit_moment is not None and moment.replace(microsecond=0) > limit_moment:
            return False
        if period is not None:
            return period[0] <= moment.date() <= period[1]
        return era == "seed" or moment >= since

    return fits


def _as_csv(rows: Iterable[JsonObject], columns: Iterable[str], name: str) -> Response:
    names = list(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow(["" if row[column] is None else row[column] for column in names])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _usage_of(request: Request, key_id: str | None) -> Response:
    service = service_of(request)
    era = service.settings.era
    parameters = Parameters(request.query_params)
    wanted = parameters.choice("format", "json", ("json", "csv"))
    limit = parameters.integer("limit", 1, 50_000) or 100
    fits = _window(parameters, era, default_days=30)
    parameters.check()
    charges = [
        charge
        for charge in reversed(service.account.ledger)
        if (key_id is None or charge.key_id == key_id) and fits(charge)
    ]
    rows = [_row(charge, era) for charge in charges[:limit]]
    if wanted == "csv":
        return _as_csv(rows, CSV_COLUMNS, "usage.csv")
    return JSONResponse({"usage": rows, "count": len(rows)})


async def _usage(request: Request) -> Response:
    require_scope(required_key(request), "usage")
    return _usage_of(request, None)


async def _key_usage(request: Request) -> Response:
    return _usage_of(request, required_key(request).id)


async def _daily(request: Request) -> Response:
    service = service_of(request)
    require_scope(required_key(request), "usage")
    parameters = Parameters(request.query_params)
    wanted = parameters.choice("format", "json", ("json", "csv"))
    fits = _window(parameters, service.settings.era, default_days=90)
    only = {part for part in parameters.text("api_key_ids").split(",") if part}
    parameters.check()
    days: defaultdict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for charge in service.account.ledger:
        if fits(charge) and (not only or charge.key_id in only):
            days[charge.at[:10], charge.model, charge.source].append(charge.cost)
    rows: list[JsonObject] = [
        {
            "date": day,
            "model": model,
            "meter_source": source,
            "requests": len(costs),
            "cost_usd": number(sum(costs, Decimal(0))),
        }
        for (day, model, source), costs in sorted(days.items(), reverse=True)
    ]
    if wanted == "csv":
        return _as_csv(rows, ("date", "model", "meter_source", "requests", "cost_usd"), "usage-daily.csv")
    return JSONResponse(
        {"usage": rows, "count": len(rows)}, headers={"Cache-Control": "private, max-age=3600"}
    )


# ------------------------------------------------------------------ keys
def _manager(request: Request) -> Key:
    key = required_key(request)
    if key.type != "secret":
        raise ApiError(403, "Publishable keys cannot manage keys.")
    require_scope(key, "keys")
    return key


def _listed(key: Key) -> JsonObject:
    metadata: JsonObject = {"keyType": key.type, "createdVia": key.created_via}
    if key.redirect_uris:
        metadata |= {"redirectUris": key.redirect_uris, "earningsEnabled": key.earnings}
    permissions = {
        name: values
        for name, values in (("models", key.models), ("account", key.scopes))
        if values is not None
    }
    return {
        "id": key.id,
        "name": key.name,
        "start": key.value[:6],
        "prefix": key.value[:2],
        "createdAt": timestamp(datetime.fromisoformat(key.created_at)),
        "expiresAt": key.expires_at and timestamp(datetime.fromisoformat(key.expires_at)),
        "lastRequest": key.last_request and timestamp(datetime.fromisoformat(key.last_request)),
        "permissions": permissions or None,
        "metadata": metadata,
        "pollenBalance": None if key.budget is None else number(key.budget),
        "enabled": True,
    }


async def _list_keys(request: Request) -> Response:
    _manager(request)
    return JSONResponse({"data": [_listed(key) for key in service_of(request).account.keys.values()]})


def _words(parameters: Parameters, field: str) -> tuple[str, ...] | None:
    value: object = parameters.values.get(field)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast(list[object], value)):
        parameters.wrong(field, "Invalid input: expected array of strings")
        return None
    return tuple(cast(list[str], value))


def canonical_models(service: Service, names: Iterable[str] | None) -> tuple[str, ...] | None:
    """Model names as the catalogue has them; 400 for one it does not have."""
    if names is None:
        return None
    found: list[str] = []
    for name in names:
        model = service.catalogue.find(name)
        if model is None:
            raise invalid({"allowedModels": [f"Unknown model: {name}"]})
        found.append(model.name)
    return tuple(dict.fromkeys(found))


async def _create_key(request: Request) -> Response:
    service = service_of(request)
    _manager(request)
    parameters = Parameters(await json_object(request), strict=True)
    name = parameters.text("name", required=True, longest=253)
    kind = parameters.choice("type", "secret", ("secret", "publishable"))
    expires_in = parameters.integer("expiresIn", 1, YEAR_SECONDS)
    budget = parameters.number("pollenBudget", 0, 1e9)
    models = canonical_models(service, _words(parameters, "allowedModels"))
    scopes = _words(parameters, "accountPermissions")
    redirects = _words(parameters, "redirectUris")
    earnings = parameters.flag("earningsEnabled")
    parameters.check()
    now = datetime.now(UTC)
    publishable = kind == "publishable"
    key = Key(
        id=f"k_{uuid.uuid4().hex[:12]}",
        value=new_key_value("publishable" if publishable else "secret"),
        name=name,
        type="publishable" if publishable else "secret",
        models=models,
        # A key cannot make keys that make keys; unknown permissions are dropped.
        scopes=None if scopes is None else tuple(s for s in scopes if s in SCOPES and s != "keys"),
        budget=Decimal(0) if publishable else None if budget is None else Decimal(str(budget)),
        created_at=now.isoformat(),
        expires_at=None if expires_in is None else (now + timedelta(seconds=expires_in)).isoformat(),
        created_via="api",
        redirect_uris=redirects or (),
        earnings=earnings,
    )
    service.store.append(service.account.add_key(key))
    return JSONResponse(_created(key, expires_in))


def _created(key: Key, expires_in: int | None) -> dict[str, Any]:
    return {
        "id": key.id,
        "key": key.value,
        "name": key.name,
        "type": key.type,
        "prefix": key.value[:2],
        "start": key.value[:6],
        "expiresAt": key.expires_at and timestamp(datetime.fromisoformat(key.expires_at)),
        "expiresIn": expires_in,
        "permissions": {"models": key.models, "account": key.scopes},
        "pollenBudget": None if key.budget is None else number(key.budget),
        "byopClientKeyId": key.client_key_id,
        "metadata": _listed(key)["metadata"],
    }


async def _revoke_key(request: Request) -> Response:
    service = service_of(request)
    own = _manager(request)
    key_id = request.path_params["key_id"]
    if key_id == own.id:
        raise ApiError(400, "An API key cannot delete itself.")
    if key_id not in service.account.keys:
        raise ApiError(404, "API key not found")
    service.store.append(service.account.revoke(key_id))
    return JSONResponse({"success": True})


def routes(era: Era, prefix: str) -> list[Route]:
    """The account under `/account`, `/api/account` and their like; `key/usage` came after the seed era."""
    base = f"{prefix}/account"
    found = [
        Route(f"{base}/profile", _profile),
        Route(f"{base}/balance", _balance),
        Route(f"{base}/key", _key),
        Route(f"{base}/usage", _usage),
        Route(f"{base}/usage/daily", _daily),
        Route(f"{base}/keys", _list_keys),
        Route(f"{base}/keys", _create_key, methods=["POST"]),
        Route(f"{base}/keys/{{key_id}}", _revoke_key, methods=["DELETE"]),
    ]
    if era == "current":
        found.append(Route(f"{base}/key/usage", _key_usage))
    return found

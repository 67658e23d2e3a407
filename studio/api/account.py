"""The account (CONTRACT 7): profile, balance, key, usage, keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from studio.api.errors import ApiBadAnswer, ApiNotFound
from studio.api.requests import encode_query
from studio.api.retry import ONCE_ONLY
from studio.api.transport import Call, JsonAnswer, Transport
from studio.api.wire import (
    Obj,
    as_object,
    decimal,
    flag,
    integer,
    maybe_strings,
    moment,
    number,
    objects,
    strings,
    text,
    to_moment,
)
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.account import (
    ApiKey,
    Balance,
    DailyUsage,
    KeyInfo,
    KeyRequest,
    NewKey,
    Profile,
    UsageQuery,
    UsageRow,
)
from studio.domain.service import ServiceHosts

_COUNTS = (
    "input_text_tokens", "input_cached_tokens", "input_audio_tokens", "input_image_tokens",
    "output_text_tokens", "output_reasoning_tokens", "output_audio_tokens", "output_image_tokens",
)  # fmt: skip
_SECONDS = ("input_audio_seconds", "output_audio_seconds", "output_video_seconds")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AccountApi:
    """Asks about the account of the key in use: on the gen host, on enter when gen has no such route."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def profile(self) -> Profile:
        """GET /account/profile."""
        data = await self._get("/profile")
        return parse_profile(data)

    async def balance(self) -> Balance:
        """GET /account/balance.

        Raises:
            ApiPermissionError: the key has no budget of its own and may not see the wallet.
        """
        return parse_balance(await self._get("/balance"))

    async def key(self, secret: Secret | None = None) -> KeyInfo:
        """GET /account/key: the cheapest way to see whether a key works.

        Args:
            secret: ask about this key instead of the one in use.

        Raises:
            ApiAuthError: the key does not work.
        """
        return parse_key(await self._get("/key", secret=secret))

    async def usage(self, query: UsageQuery | None = None) -> tuple[UsageRow, ...]:
        """GET /account/usage, newest first."""
        return parse_usage(await self._get("/usage", usage_params(query)))

    async def usage_csv(self, query: UsageQuery | None = None) -> str:
        """GET /account/usage?format=csv: the service's own table as text."""
        params = [*usage_params(query), ("format", "csv")]
        body, _ = await self._transport.text(self._call("GET", "/usage", params, accept="text/csv"))
        return body

    async def daily_usage(self, query: UsageQuery | None = None) -> tuple[DailyUsage, ...]:
        """GET /account/usage/daily."""
        return parse_daily_usage(await self._get("/usage/daily", usage_params(query)))

    async def key_usage(self, query: UsageQuery | None = None) -> tuple[UsageRow, ...]:
        """GET /account/key/usage: rows of the key in use alone."""
        return parse_usage(await self._get("/key/usage", usage_params(query)))

    async def keys(self) -> tuple[ApiKey, ...]:
        """GET /account/keys."""
        return parse_keys(await self._get("/keys"))

    async def create_key(self, request: KeyRequest) -> NewKey:
        """POST /account/keys. Sent once: a repetition would make a second key."""
        call = self._call("POST", "/keys", json=key_body(request))
        return parse_new_key(as_object((await self._send(call, "/keys")).data))

    async def revoke_key(self, key_id: str) -> None:
        """DELETE /account/keys/{id}.

        Raises:
            ApiNotFound: there is no such key.
            ApiRequestError: it is the key in use.
        """
        path = f"/keys/{encode_query([('', key_id)])[1:]}"
        await self._send(self._call("DELETE", path), path, fall_back=False)

    # ------------------------------------------------------------ sending

    async def _get(
        self, path: str, params: Sequence[tuple[str, str]] = (), *, secret: Secret | None = None
    ) -> Obj:
        answer = await self._send(self._call("GET", path, params, secret=secret), path, params)
        data = as_object(answer.data)
        if not data:
            raise ApiBadAnswer(tr("The account's answer cannot be read."), request_id=answer.request_id)
        return data

    async def _send(
        self, call: Call, path: str, params: Sequence[tuple[str, str]] = (), *, fall_back: bool = True
    ) -> JsonAnswer:
        try:
            return await self._transport.json(call)
        except ApiNotFound as error:
            # The seed documents name both hosts (CONTRACT 1). Ours first; a real "no such key" stays one.
            if not fall_back or self._hosts.gen == self._hosts.enter:
                raise
            elsewhere = Call(
                method=call.method,
                url=_url(f"{self._hosts.enter}/api/account{path}", params),
                json=call.json,
                secret=call.secret,
                policy=call.policy,
            )
            try:
                return await self._transport.json(elsewhere)
            except ApiNotFound:
                raise error from None

    def _call(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        *,
        json: Any = None,
        secret: Secret | None = None,
        accept: str = "application/json",
    ) -> Call:
        call = Call(
            method=method,
            url=_url(f"{self._hosts.gen}/account{path}", params),
            json=json,
            secret=secret,
            accept=accept,
        )
        if method == "GET":
            return call
        return Call(method=method, url=call.url, json=json, secret=secret, policy=ONCE_ONLY)


def _url(address: str, params: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{encode_query(list(params))}" if params else address


# ---------------------------------------------------------------- writing


def usage_params(query: UsageQuery | None) -> list[tuple[str, str]]:
    """The query of the usage routes (CONTRACT 7.1)."""
    if query is None:
        return []
    before = query.before.astimezone(UTC).isoformat() if query.before else ""
    values: dict[str, object] = {
        "limit": query.limit,
        "before": before.replace("+00:00", "Z"),
        "days": query.days,
        "granularity": query.granularity,
        "period": query.period,
        "api_key_ids": ",".join(query.api_key_ids),
    }
    return [(name, str(value)) for name, value in values.items() if value not in (None, "")]


def key_body(request: KeyRequest) -> Obj:
    """The JSON of POST /account/keys (CONTRACT 7.2)."""
    values: Obj = {
        "name": request.name,
        "type": request.type,
        "expiresIn": request.expires_in,
        "allowedModels": None if request.allowed_models is None else list(request.allowed_models),
        "pollenBudget": None if request.pollen_budget is None else float(request.pollen_budget),
        "accountPermissions": None
        if request.account_permissions is None
        else list(request.account_permissions),
        "redirectUris": list(request.redirect_uris) or None,
        "earningsEnabled": request.earnings_enabled,
    }
    return {name: value for name, value in values.items() if value is not None}


# ---------------------------------------------------------------- reading


def parse_profile(data: Obj) -> Profile:
    return Profile(
        github_username=text(data, "githubUsername"),
        name=text(data, "name"),
        email=text(data, "email"),
        image=text(data, "image"),
        tier=text(data, "tier"),
        created_at=moment(data, "createdAt"),
        next_reset_at=moment(data, "nextResetAt"),
        community_endpoints_allowed=flag(data, "communityEndpointsAllowed"),
    )


def parse_balance(data: Obj) -> Balance:
    """Any of the three shapes.

    Raises:
        ApiBadAnswer: no figure in it.
    """
    account = as_object(data.get("accountBalance"))
    balance = decimal(data, "balance", "total")
    if balance is None:
        raise ApiBadAnswer(tr("The account's balance cannot be read."))
    if not account and "total" in data:
        account = data
    return Balance(
        balance=balance,
        account_total=decimal(account, "total"),
        account_free=decimal(account, "tier", "allowance"),
        account_paid=decimal(account, "paid", "pack"),
    )


def parse_key(data: Obj) -> KeyInfo:
    permissions = as_object(data.get("permissions"))
    return KeyInfo(
        valid=flag(data, "valid"),
        type=text(data, "type"),
        name=text(data, "name"),
        user_id=text(data, "userId"),
        byop_client=text(as_object(data.get("byopApp")), "clientKeyId"),
        expires_at=moment(data, "expiresAt"),
        expires_in=integer(data, "expiresIn"),
        models=maybe_strings(permissions, "models"),
        permissions=strings(permissions, "account"),
        pollen_budget=decimal(data, "pollenBudget"),
        rate_limit_enabled=flag(data, "rateLimitEnabled"),
    )


def parse_usage(data: Obj) -> tuple[UsageRow, ...]:
    return tuple(_usage_row(row) for row in objects(data, "usage"))


def parse_usage_csv(body: str) -> tuple[UsageRow, ...]:
    """Rows of the service's CSV table, in whatever order its columns stand."""
    reader = csv.DictReader(io.StringIO(body))
    return tuple(_usage_row({key: value or None for key, value in row.items() if key}) for row in reader)


def _usage_row(row: Obj) -> UsageRow:
    counts: dict[str, Any] = {name: integer(row, name) or 0 for name in _COUNTS}
    seconds: dict[str, Any] = {name: number(row, name) or 0.0 for name in _SECONDS}
    return UsageRow(
        timestamp=to_moment(row.get("timestamp")) or _EPOCH,
        type=text(row, "type"),
        model=text(row, "model"),
        api_key_id=text(row, "api_key_id"),
        api_key=text(row, "api_key"),
        api_key_type=text(row, "api_key_type"),
        meter_source=text(row, "meter_source"),
        cost_usd=decimal(row, "cost_usd") or Decimal(0),
        response_time_ms=integer(row, "response_time_ms"),
        request_id=text(row, "request_id"),
        **counts,
        **seconds,
    )


def parse_daily_usage(data: Obj) -> tuple[DailyUsage, ...]:
    return tuple(
        DailyUsage(
            date=text(row, "date")[:10],
            model=text(row, "model"),
            meter_source=text(row, "meter_source"),
            requests=integer(row, "requests") or 0,
            cost_usd=decimal(row, "cost_usd") or Decimal(0),
        )
        for row in objects(data, "usage")
    )


def parse_keys(data: Obj) -> tuple[ApiKey, ...]:
    return tuple(_api_key(row) for row in objects(data, "data") if text(row, "id"))


def _api_key(row: Obj) -> ApiKey:
    permissions, metadata = as_object(row.get("permissions")), as_object(row.get("metadata"))
    return ApiKey(
        id=text(row, "id"),
        name=text(row, "name"),
        start=text(row, "start"),
        prefix=text(row, "prefix"),
        created_at=moment(row, "createdAt"),
        expires_at=moment(row, "expiresAt"),
        last_request=moment(row, "lastRequest"),
        models=maybe_strings(permissions, "models"),
        permissions=strings(permissions, "account"),
        type=text(metadata, "keyType"),
        created_via=text(metadata, "createdVia"),
        redirect_uris=strings(metadata, "redirectUris"),
        pollen_balance=decimal(row, "pollenBalance"),
        enabled=row.get("enabled") is not False,
    )


def parse_new_key(data: Obj) -> NewKey:
    """Raises:
    ApiBadAnswer: the key itself is missing.
    """
    permissions = as_object(data.get("permissions"))
    if not text(data, "key"):
        raise ApiBadAnswer(
            tr("The service made a key but did not show it."), tr("Revoke it and make another one.")
        )
    return NewKey(
        id=text(data, "id"),
        key=Secret(text(data, "key")),
        name=text(data, "name"),
        type=text(data, "type"),
        expires_at=moment(data, "expiresAt"),
        pollen_budget=decimal(data, "pollenBudget"),
        models=maybe_strings(permissions, "models"),
        permissions=strings(permissions, "account"),
    )

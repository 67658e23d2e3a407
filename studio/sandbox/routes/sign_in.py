"""Signing in: the authorize page, code with PKCE, device codes, user info (CONTRACT 11)."""

from __future__ import annotations

import io
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from PIL import Image, ImageDraw
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from studio.sandbox.access import required_key
from studio.sandbox.account import USER_ID, Key, new_key_value
from studio.sandbox.errors import oauth_error
from studio.sandbox.forms import read_form
from studio.sandbox.pages import page
from studio.sandbox.routes.account import EMAIL, LOGIN, NAME, PORTRAIT, SCOPES
from studio.sandbox.service import Service, service_of
from studio.sandbox.settings import Era
from studio.sandbox.sign_in import CHALLENGE, DEVICE_SECONDS, VERIFIER, challenge_of, redirect_matches

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CODE_GRANT = "authorization_code"
POLL_SECONDS = 5
DEFAULT_DAYS = {"seed": 30, "current": 7}
DEFAULT_BUDGET: dict[Era, Decimal | None] = {"seed": None, "current": Decimal(5)}
ASKED = (
    "redirect_uri",
    "redirect_url",
    "client_id",
    "app_key",
    "models",
    "budget",
    "expiry",
    "permissions",
    "scope",
    "state",
    "response_type",
    "code_challenge",
    "code_challenge_method",
)


class PageError(Exception):
    """A problem that the authorize page shows instead of redirecting with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A checked authorize request."""

    redirect: str
    client: Key | None
    models: tuple[str, ...] | None
    budget: Decimal | None
    days: int
    scopes: tuple[str, ...]
    state: str
    challenge: str

    @property
    def app_name(self) -> str:
        return self.client.name if self.client else urlsplit(self.redirect).hostname or "An app"


# ------------------------------------------------------------------ what is asked
def scopes_of(text: str, era: Era) -> tuple[str, ...]:
    """Known permissions in a comma or space separated list; `balance` was one in the seed era."""
    known = (*SCOPES, "balance") if era == "seed" else SCOPES
    words = text.replace(",", " ").split()
    return tuple(dict.fromkeys(word for word in words if word in known))


def _client(service: Service, client_id: str) -> Key | None:
    """The app behind a client id; None when there is no such publishable key."""
    key = service.account.key_of(client_id)
    return key if key is not None and key.type == "publishable" else None


def _models(service: Service, text: str) -> tuple[str, ...] | None:
    found = [service.catalogue.find(name.strip()) for name in text.split(",") if name.strip()]
    names = tuple(dict.fromkeys(model.name for model in found if model is not None))
    return names or None


def _amount(text: str, default: Decimal | None) -> Decimal | None:
    if not text:
        return default
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise PageError("The budget is not a number.") from error
    if amount < 0:
        raise PageError("The budget is below zero.")
    return amount


def read_wish(service: Service, asked: Mapping[str, str]) -> Wish:
    """Check an authorize request; PageError says what is wrong with it."""
    era = service.settings.era
    redirect = asked.get("redirect_url", "")
    client_id = asked.get("app_key", "")
    scope = asked.get("permissions", "")
    response_type = ""
    if era == "current":
        redirect = asked.get("redirect_uri") or redirect
        client_id = asked.get("client_id") or client_id
        scope = asked.get("scope") or scope
        response_type = asked.get("response_type", "")
    if not redirect or not urlsplit(redirect).scheme:
        raise PageError("The address to return to is missing or cannot be read.")
    client = _client(service, client_id) if client_id else None
    if client_id and client is None:
        raise PageError("The app is not known here.")
    if client is not None and not any(redirect_matches(known, redirect) for known in client.redirect_uris):
        raise PageError("The address to return to is not registered for this app.")
    challenge = ""
    if response_type:
        challenge = asked.get("code_challenge", "")
        if response_type != "code":
            raise PageError("Only response_type=code is supported.")
        if client is None:
            raise PageError("client_id is required.")
        if asked.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge):
            raise PageError("A code_challenge with code_challenge_method=S256 is required.")
    expiry = asked.get("expiry", "")
    if expiry and not (expiry.isdecimal() and 1 <= int(expiry) <= 365):
        raise PageError("The expiry is not a number of days.")
    return Wish(
        redirect=redirect,
        client=client,
        models=_models(service, asked.get("models", "")),
        budget=_amount(asked.get("budget", ""), DEFAULT_BUDGET[era]),
        days=int(expiry) if expiry else DEFAULT_DAYS[era],
        scopes=scopes_of(scope, era),
        # The seed era's page did not know `state` and dropped it (CONTRACT 11.1).
        state=asked.get("state", "") if era == "current" else "",
        challenge=challenge,
    )


def grant_key(service: Service, wish: Wish, *, via: str = "redirect-auth") -> Key:
    """A new secret key with what was asked for and approved."""
    now = datetime.now(UTC)
    return Key(
        id=f"k_{uuid.uuid4().hex[:12]}",
        value=new_key_value("secret"),
        name=wish.app_name,
        models=wish.models,
        scopes=wish.scopes,
        budget=wish.budget,
        created_at=now.isoformat(),
        expires_at=(now + timedelta(days=wish.days)).isoformat(),
        created_via=via,
        client_key_id=wish.client.id if wish.client else None,
    )


# ------------------------------------------------------------------ the authorize page
async def _authorize_page(request: Request) -> Response:
    service = service_of(request)
    asked = {name: request.query_params[name] for name in ASKED if name in request.query_params}
    try:
        wish = read_wish(service, asked)
    except PageError as error:
        return page("This sign-in cannot go on", str(error), status=400)
    facts = [
        ("Budget", "no limit" if wish.budget is None else f"{wish.budget} pollen"),
        ("Valid for", f"{wish.days} days"),
        ("Models", ", ".join(wish.models) if wish.models else "all"),
        ("May see", ", ".join(wish.scopes) or "nothing of the account"),
        ("Returns to", urlsplit(wish.redirect).netloc),
    ]
    words = f"{wish.app_name} asks to use your pollen. It is pretend pollen: this is the sandbox."
    return page(
        "Allow access", words, facts=facts, hidden=asked, buttons=(("approve", "Allow"), ("deny", "Deny"))
    )


def _with(address: str, query: Mapping[str, str], *, fragment: bool) -> str:
    """The return address with parameters in its query or its fragment."""
    parts = {name: value for name, value in query.items() if value}
    if fragment:
        return f"{address.split('#', maxsplit=1)[0]}#{urlencode(parts)}"
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parts)}"


async def _authorize_decision(request: Request) -> Response:
    service = service_of(request)
    form = (await read_form(request)).as_dict()
    asked = {**dict(request.query_params), **form}
    try:
        wish = read_wish(service, asked)
    except PageError as error:
        return page("This sign-in cannot go on", str(error), status=400)
    code_flow = bool(wish.challenge)
    if form.get("decision") != "approve":
        if service.settings.era == "seed":
            return page("Access was not granted", "You can close this page.")
        answer = {"error": "access_denied", "state": wish.state}
        return RedirectResponse(_with(wish.redirect, answer, fragment=not code_flow), 303)
    key = grant_key(service, wish)
    if code_flow and wish.client is not None:
        code = service.sign_ins.new_code(
            client_id=wish.client.value,
            redirect_uri=wish.redirect,
            challenge=wish.challenge,
            key=key,
            scope=" ".join(wish.scopes),
        )
        return RedirectResponse(
            _with(wish.redirect, {"code": code, "state": wish.state}, fragment=False), 303
        )
    service.store.append(service.account.add_key(key))
    return RedirectResponse(
        _with(wish.redirect, {"api_key": key.value, "state": wish.state}, fragment=True), 303
    )


# ------------------------------------------------------------------ tokens
async def _body(request: Request, *, forms: bool) -> dict[str, Any]:
    """A JSON object, or a form where forms are taken; 400 `invalid_request` otherwise."""
    kind = request.headers.get("content-type", "")
    if forms and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return dict((await read_form(request)).as_dict())
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise oauth_error("invalid_request", "Body must be JSON") from error
    if not isinstance(body, dict):
        raise oauth_error("invalid_request", "Body must be a JSON object")
    return cast(dict[str, Any], body)


def _token(service: Service, key: Key, scope: str) -> Response:
    service.store.append(service.account.add_key(key))
    answer: dict[str, Any] = {
        "access_token": key.value,
        "token_type": "bearer",
        "expires_in": key.expires_in(datetime.now(UTC)),
        "scope": scope,
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _exchange_code(service: Service, body: Mapping[str, Any]) -> Response:
    for name in ("code", "client_id", "redirect_uri", "code_verifier"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise oauth_error("invalid_request", f"{name} required")
    # Taken before anything is checked: a failed attempt burns the code too (CONTRACT 11.2).
    pending = service.sign_ins.take_code(body["code"])
    if pending is None:
        raise oauth_error("invalid_grant", "Unknown, used or expired code")
    if pending.client_id != body["client_id"] or pending.redirect_uri != body["redirect_uri"]:
        raise oauth_error("invalid_grant", "client_id or redirect_uri mismatch")
    verifier: str = body["code_verifier"]
    if not VERIFIER.fullmatch(verifier) or not secrets.compare_digest(
        challenge_of(verifier), pending.challenge
    ):
        raise oauth_error("invalid_grant", "PKCE verification failed")
    return _token(service, pending.key, pending.scope)


def _poll_device(service: Service, body: Mapping[str, Any]) -> Response:
    code: object = body.get("device_code")
    if not isinstance(code, str) or not code:
        raise oauth_error("invalid_request", "device_code required")
    device = service.sign_ins.device(code)
    if device is None:
        raise oauth_error("invalid_grant", "Unknown device code")
    client_id: object = body.get("client_id")
    if client_id and device.client_id and client_id != device.client_id:
        raise oauth_error("invalid_client", "client_id mismatch")
    if device.expires <= time.monotonic():
        raise oauth_error("expired_token")
    if device.status == "denied":
        raise oauth_error("access_denied")
    if device.key is None:
        raise oauth_error("authorization_pending")
    service.sign_ins.forget(device)
    return _token(service, device.key, device.scope)


async def _oauth_token(request: Request) -> Response:
    body = await _body(request, forms=True)
    match body.get("grant_type"):
        case value if value == CODE_GRANT:
            return _exchange_code(service_of(request), body)
        case value if value == DEVICE_GRANT:
            return _poll_device(service_of(request), body)
        case _:
            raise oauth_error(
                "unsupported_grant_type", "Only authorization_code and device_code are supported."
            )


# ------------------------------------------------------------------ device flow
async def _device_code(request: Request) -> Response:
    service = service_of(request)
    era = service.settings.era
    body = await _body(request, forms=False)
    client_id: object = body.get("client_id")
    if client_id and (not isinstance(client_id, str) or _client(service, client_id) is None):
        raise oauth_error("invalid_client", "Unknown client_id")
    device = service.sign_ins.new_device(
        seed_era=era == "seed",
        client_id=str(client_id) if client_id else None,
        scope=" ".join(scopes_of(str(body.get("scope") or ""), era)),
    )
    answer: dict[str, Any] = {"device_code": device.device_code, "user_code": device.user_code}
    if era == "seed":
        return JSONResponse({**answer, "verification_uri": "/device"})
    address = f"{service.addresses.enter_url}/device"
    return JSONResponse(
        {
            **answer,
            "verification_uri": address,
            "verification_uri_complete": f"{address}?user_code={device.user_code}",
            "expires_in": DEVICE_SECONDS,
            "interval": POLL_SECONDS,
        }
    )


async def _device_token(request: Request) -> Response:
    # This address reads JSON alone; the OAuth one takes forms too (CONTRACT 11.3).
    body = await _body(request, forms=False)
    if body.get("grant_type", DEVICE_GRANT) != DEVICE_GRANT:
        raise oauth_error("unsupported_grant_type")
    return _poll_device(service_of(request), body)


async def _device_page(request: Request) -> Response:
    user_code = request.query_params.get("user_code", "")
    if not user_code:
        words = "Type the code that the app shows you."
        return page("Sign in on a device", words, ask="user_code", buttons=(("look", "Continue"),))
    return _device_question(service_of(request), user_code)


def _device_question(service: Service, user_code: str) -> Response:
    device = service.sign_ins.device_of_user(user_code)
    if device is None:
        return page("This code is not known", "It may have run out. Start again in the app.", status=404)
    client = _client(service, device.client_id) if device.client_id else None
    return page(
        "Allow this device",
        f"{client.name if client else 'An app'} on another device asks to use your pollen.",
        facts=[("Code", device.user_code), ("May see", device.scope or "nothing of the account")],
        hidden={"user_code": device.user_code},
        buttons=(("approve", "Allow"), ("deny", "Deny")),
    )


async def _device_decision(request: Request) -> Response:
    service = service_of(request)
    form = await read_form(request)
    user_code = form.text("user_code") or request.query_params.get("user_code", "")
    device = service.sign_ins.device_of_user(user_code)
    if device is None or form.text("decision") == "look":
        return _device_question(service, user_code)
    if form.text("decision") != "approve":
        device.status = "denied"
        return page("Access was not granted", "You can close this page.")
    era = service.settings.era
    wish = Wish(
        redirect="",
        client=_client(service, device.client_id) if device.client_id else None,
        models=None,
        budget=DEFAULT_BUDGET[era],
        days=DEFAULT_DAYS[era],
        scopes=scopes_of(device.scope, era),
        state="",
        challenge="",
    )
    service.sign_ins.approve(device, grant_key(service, wish, via="device"))
    return page("You are signed in", "Go back to the app. You can close this page.")


# ------------------------------------------------------------------ who is it
async def _userinfo(request: Request) -> Response:
    key = required_key(request)
    info: dict[str, Any] = {"sub": USER_ID}
    if key.may("profile") or service_of(request).settings.era == "seed":
        info |= {"name": NAME, "email": EMAIL}
    picture = f"{service_of(request).addresses.enter_url}/{PORTRAIT}"
    return JSONResponse({**info, "picture": picture, "preferred_username": LOGIN})


async def _portrait(_request: Request) -> Response:
    """A face of sixty-four pixels."""
    image = Image.new("RGB", (64, 64), (60, 72, 88))
    pen = ImageDraw.Draw(image)
    pen.ellipse((14, 12, 50, 50), fill=(242, 190, 110))
    for left in (24, 36):
        pen.ellipse((left, 26, left + 5, 32), fill=(40, 40, 40))
    pen.arc((24, 28, 41, 43), 20, 160, fill=(40, 40, 40), width=2)
    body = io.BytesIO()
    image.save(body, "PNG")
    return Response(body.getvalue(), media_type="image/png")


async def _discovery(request: Request) -> Response:
    enter = service_of(request).addresses.enter_url
    return JSONResponse(
        {
            "issuer": enter,
            "authorization_endpoint": f"{enter}/authorize",
            "token_endpoint": f"{enter}/api/oauth/token",
            "userinfo_endpoint": f"{enter}/api/oauth/userinfo",
            "device_authorization_endpoint": f"{enter}/api/device/code",
            "scopes_supported": ["profile", "usage", "deploy", "keys"],
            "response_types_supported": ["code"],
            "grant_types_supported": [CODE_GRANT, DEVICE_GRANT],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "service_documentation": f"{enter}/api/docs",
        }
    )


# ------------------------------------------------------------------ the wallet's pages
async def _wallet_page(request: Request) -> Response:
    service = service_of(request)
    facts = [("Balance", f"{service.account.total.normalize():f} pollen")]
    key = service.account.keys.get(request.query_params.get("id", ""))
    hidden: dict[str, str] = {}
    if key is not None and key.budget is not None:
        hidden = {"id": key.id}
        facts.append(("This key may spend", f"{key.budget.normalize():f} pollen"))
    words = "The pollen of the sandbox is pretend money. Take as much as you like."
    return page("Your pollen", words, facts=facts, hidden=hidden, buttons=(("add", "Add 10 pollen"),))


async def _wallet_add(request: Request) -> Response:
    service = service_of(request)
    form = await read_form(request)
    key = service.account.keys.get(form.text("id"))
    if key is not None and key.budget is not None:
        service.store.append(service.account.add_key(replace(key, budget=key.budget + 10)))
    else:
        service.set_balance(paid=service.account.paid + 10)
    return RedirectResponse(str(request.url), 303)


def routes(era: Era, prefix: str) -> list[Route]:
    """The sign-in host under a prefix. Codes, discovery and the OAuth addresses came after the seed era."""
    found = [
        Route(f"{prefix}/authorize", _authorize_page),
        Route(f"{prefix}/authorize", _authorize_decision, methods=["POST"]),
        Route(f"{prefix}/api/device/code", _device_code, methods=["POST"]),
        Route(f"{prefix}/api/device/token", _device_token, methods=["POST"]),
        Route(f"{prefix}/api/device/userinfo", _userinfo),
        Route(f"{prefix}/{PORTRAIT}", _portrait),
        Route(f"{prefix}/device", _device_page),
        Route(f"{prefix}/device", _device_decision, methods=["POST"]),
    ]
    for name in ("top-up", "quests", "edit-key", "keys", "grant"):
        found.append(Route(f"{prefix}/{name}", _wallet_page))
        found.append(Route(f"{prefix}/{name}", _wallet_add, methods=["POST"]))
    if era == "current":
        found += [
            Route(f"{prefix}/api/oauth/token", _oauth_token, methods=["POST"]),
            Route(f"{prefix}/api/oauth/userinfo", _userinfo),
            Route(f"{prefix}/.well-known/oauth-authorization-server", _discovery),
        ]
    return found

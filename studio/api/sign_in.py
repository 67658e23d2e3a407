"""Signing in on the account host (CONTRACT 11), at wire level: links, codes, tokens.

Who opens the browser, listens on the loopback port and keeps the key is the business of the services.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urljoin

from studio.api.error_parsing import plain_words
from studio.api.errors import SIGN_IN, ApiBadAnswer, ApiError, ApiNotFound, ApiRequestError, ApiSignInError
from studio.api.requests import encode_query
from studio.api.retry import ONCE_ONLY
from studio.api.transport import Call, TimeLimits, Transport
from studio.api.wire import Obj, as_object, integer, strings, text
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.service import (
    AuthorizeLink,
    DeviceCode,
    DevicePending,
    ServiceHosts,
    SignInServer,
    TokenGrant,
    UserInfo,
    is_page_of,
)

_ASKING = TimeLimits(connect=8.0, read=10.0, total=15.0)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = ("profile", "usage")
_SLOW_DOWN_SECONDS = 5
LONGEST_CODE_SECONDS = 600
"""The wait for a code ends after this long, whatever the service says: a forgotten code helps others."""
LONGEST_INTERVAL = 60
_SENTENCES = {
    "access_denied": (tr("The sign-in was declined."), tr("You can try again whenever you like.")),
    "expired_token": (tr("The code has expired."), tr("Start again to get a new one.")),
    "invalid_grant": (tr("This sign-in is no longer valid."), tr("Its code was used already or is too old.")),
    "invalid_client": (tr("The service does not know this program."), tr("Check the app key.")),
}


class SignInApi:
    """The three ways to get a key."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def server(self) -> SignInServer | None:
        """What the service can do; None when it is too old to say, and so has no code flow."""
        url = f"{self._hosts.enter}/.well-known/oauth-authorization-server"
        try:
            call = Call(method="GET", url=url, key=False, limits=_ASKING, policy=ONCE_ONLY)
            answer = await self._transport.json(call)
        except (ApiNotFound, ApiBadAnswer):
            return None
        return parse_server(as_object(answer.data))

    async def device_code(self, *, client_id: str = "", scope: Sequence[str] = SCOPE) -> DeviceCode:
        """POST /api/device/code: a code for the user to enter in the browser (CONTRACT 11.3)."""
        body = {"client_id": client_id, "scope": " ".join(scope)}
        call = Call(
            method="POST",
            url=f"{self._hosts.enter}/api/device/code",
            json={name: value for name, value in body.items() if value},
            key=False,
            stays=True,
        )
        answer = await self._transport.json(call)
        return parse_device_code(as_object(answer.data), self._hosts.enter, client_id)

    async def poll_device(self, code: DeviceCode) -> TokenGrant | DevicePending:
        """POST /api/device/token, once. Wait `interval` seconds between two calls.

        The key is handed over once and never again: keep it before anything else.

        Raises:
            ApiSignInError: declined, expired or used already.
        """
        body = {"device_code": code.device_code.reveal(), "grant_type": DEVICE_GRANT}
        if code.client_id:
            body["client_id"] = code.client_id
        call = Call(
            method="POST",
            url=f"{self._hosts.enter}/api/device/token",
            json=body,
            key=False,
            stays=True,
            policy=ONCE_ONLY,
        )
        try:
            answer = await self._transport.json(call)
        except ApiRequestError as error:
            if error.code == "authorization_pending":
                return DevicePending(interval=code.interval)
            if error.code == "slow_down":
                return DevicePending(interval=code.interval + _SLOW_DOWN_SECONDS)
            raise sign_in_error(error) from error
        return parse_grant(as_object(answer.data))

    async def exchange_code(self, link: AuthorizeLink, code: str) -> TokenGrant:
        """POST /api/oauth/token (CONTRACT 11.2). A code works once, also when the exchange fails.

        Raises:
            ApiSignInError: the code is wrong, used or too old.
        """
        form = (
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", link.client_id),
            ("redirect_uri", link.redirect_uri),
            ("code_verifier", link.verifier.reveal() if link.verifier else ""),
        )
        call = Call(
            method="POST",
            url=f"{self._hosts.enter}/api/oauth/token",
            form=form,
            key=False,
            stays=True,
            policy=ONCE_ONLY,
        )
        try:
            answer = await self._transport.json(call)
        except ApiRequestError as error:
            raise sign_in_error(error) from error
        return parse_grant(as_object(answer.data))

    async def userinfo(self, secret: Secret | None = None) -> UserInfo:
        """GET /api/device/userinfo, or /api/oauth/userinfo where that is gone.

        Args:
            secret: ask about this key instead of the one in use.
        """
        call = Call(method="GET", url=f"{self._hosts.enter}/api/device/userinfo", secret=secret)
        try:
            answer = await self._transport.json(call)
        except ApiNotFound:
            call = replace(call, url=f"{self._hosts.enter}/api/oauth/userinfo")
            answer = await self._transport.json(call)
        return parse_userinfo(as_object(answer.data))

    # ------------------------------------------------------------ links

    def fragment_link(
        self,
        redirect_uri: str,
        *,
        client_id: str = "",
        scope: Sequence[str] = SCOPE,
        models: Sequence[str] = (),
        budget: float | None = None,
        expiry_days: int | None = None,
    ) -> AuthorizeLink:
        """A link whose answer carries the key behind `#` (CONTRACT 11.1).

        Older and newer pages read different names for the same things, so both are sent. Budget and expiry
        have different defaults on either: give both.
        """
        state = new_state()
        params = [("redirect_url", redirect_uri), ("redirect_uri", redirect_uri)]
        if client_id:
            params += [("app_key", client_id), ("client_id", client_id)]
        params += _limits(models, budget, expiry_days)
        if scope:
            params += [("permissions", ",".join(scope)), ("scope", " ".join(scope))]
        params.append(("state", state))
        return AuthorizeLink(
            url=f"{self._hosts.enter}/authorize?{encode_query(params)}",
            redirect_uri=redirect_uri,
            state=state,
            flow="fragment",
            client_id=client_id,
        )

    def code_link(
        self,
        redirect_uri: str,
        client_id: str,
        *,
        scope: Sequence[str] = SCOPE,
        models: Sequence[str] = (),
        budget: float | None = None,
        expiry_days: int | None = None,
    ) -> AuthorizeLink:
        """A link whose answer carries a code, bound to this program by PKCE (CONTRACT 11.2)."""
        state, verifier = new_state(), new_verifier()
        params = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("scope", " ".join(scope)),
            ("state", state),
            ("code_challenge", challenge(verifier)),
            ("code_challenge_method", "S256"),
            *_limits(models, budget, expiry_days),
        ]
        return AuthorizeLink(
            url=f"{self._hosts.enter}/authorize?{encode_query(params)}",
            redirect_uri=redirect_uri,
            state=state,
            flow="code",
            client_id=client_id,
            verifier=verifier,
        )


# ---------------------------------------------------------------- secrets of one sign-in


def new_state() -> str:
    """256 random bits that tie the answer to the question."""
    return secrets.token_urlsafe(32)


def new_verifier() -> Secret:
    """A PKCE code verifier of 86 characters (RFC 7636 4.1)."""
    return Secret(secrets.token_urlsafe(64))


def challenge(verifier: Secret) -> str:
    """The S256 code challenge of a verifier: 43 base64url characters (RFC 7636 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def read_callback(link: AuthorizeLink, query: str, fragment: str = "") -> Secret:
    """What the browser brought back: the key of the fragment flow, or the code of the code flow.

    Args:
        query, fragment: of the address the browser was sent to, without `?` and `#`.

    Raises:
        ApiSignInError: declined, forged, or nothing in it.
    """
    inside_query, inside_fragment = dict(parse_qsl(query)), dict(parse_qsl(fragment))
    everything = {**inside_query, **inside_fragment}
    state = everything.get("state", "")
    # Old servers drop the state in the fragment flow; the random callback path stands in for it there.
    must_match = bool(state) or link.flow == "code"
    if must_match and not hmac.compare_digest(state.encode(), link.state.encode()):
        raise ApiSignInError(
            tr("This answer belongs to another sign-in."),
            tr("Start again."),
            (SIGN_IN,),
            code="invalid_state",
        )
    if "error" in everything:
        raise _told(everything["error"], everything.get("error_description", ""))
    found = inside_query.get("code", "") if link.flow == "code" else everything.get("api_key", "")
    if not found or (link.flow == "fragment" and not re.fullmatch(r"(sk|pk)_[\w-]+", found)):
        raise ApiSignInError(tr("The browser brought no key."), tr("Start again."), (SIGN_IN,), code="no_key")
    return Secret(found)


def sign_in_error(error: ApiError) -> ApiSignInError:
    """The sign-in's own error for an answer with an OAuth word in it."""
    told = _told(error.code, error.message)
    told.status, told.request_id, told.body = error.status, error.request_id, error.body
    return told


def _told(code: str, description: str) -> ApiSignInError:
    title, detail = _SENTENCES.get(
        code, ("The sign-in did not work.", plain_words(description) or "Start again.")
    )
    return ApiSignInError(title, detail, (SIGN_IN,), code=code)


def _limits(models: Sequence[str], budget: float | None, expiry_days: int | None) -> list[tuple[str, str]]:
    params: list[tuple[str, str]] = []
    if models:
        params.append(("models", ",".join(models)))
    if budget is not None:
        params.append(("budget", f"{budget:g}"))
    if expiry_days is not None:
        params.append(("expiry", str(expiry_days)))
    return params


# ---------------------------------------------------------------- reading


def parse_device_code(data: Obj, enter: str, client_id: str = "") -> DeviceCode:
    """Either era's answer; a relative address is one of the account host.

    Raises:
        ApiBadAnswer: a code is missing, or the address is not on the web.
    """
    device_code, user_code = text(data, "device_code"), text(data, "user_code")
    if not device_code or not re.fullmatch(r"[ -~]{1,32}", user_code):
        raise ApiBadAnswer(tr("The service's sign-in code cannot be read."))
    page = _on_host(enter, text(data, "verification_uri") or "/device")
    complete = text(data, "verification_uri_complete")
    complete = _on_host(enter, complete) if complete else ""
    complete = complete or f"{page}?{encode_query([('user_code', user_code)])}"
    if not (is_page_of(page, enter) and is_page_of(complete, enter)):
        raise ApiBadAnswer(tr("The service's sign-in page is not one of its own."))
    return DeviceCode(
        device_code=Secret(device_code),
        user_code=user_code,
        verification_uri=page,
        verification_uri_complete=complete,
        expires_in=min(max(integer(data, "expires_in") or 600, 1), LONGEST_CODE_SECONDS),
        interval=min(max(integer(data, "interval") or 5, 1), LONGEST_INTERVAL),
        client_id=client_id,
    )


def _on_host(enter: str, address: str) -> str:
    """An address that may be relative to the account host, whose base URL may have a path of its own."""
    if address.startswith("/") and not address.startswith("//"):
        return enter + address
    try:
        return urljoin(f"{enter}/", address)
    except ValueError:  # a bracket where none may be
        return ""


def parse_grant(data: Obj) -> TokenGrant:
    """Raises:
    ApiBadAnswer: no key in it, or one to be used in another way than ours (RFC 6749 7.1).
    """
    if text(data, "token_type").lower() not in ("", "bearer"):
        raise ApiBadAnswer(tr("The service gave a kind of key that Nectary does not know."), "", (SIGN_IN,))
    # One that is no key at all would break the header it goes into.
    if not re.fullmatch(r"[!-~]{1,512}", text(data, "access_token")):
        raise ApiBadAnswer(tr("The sign-in worked, but no key came with it."), tr("Start again."), (SIGN_IN,))
    return TokenGrant(
        access_token=Secret(text(data, "access_token")),
        expires_in=integer(data, "expires_in"),
        scope=text(data, "scope"),
        key_name=text(data, "key_name"),
    )


def parse_server(data: Obj) -> SignInServer:
    return SignInServer(
        issuer=text(data, "issuer"),
        authorization_endpoint=text(data, "authorization_endpoint"),
        token_endpoint=text(data, "token_endpoint"),
        userinfo_endpoint=text(data, "userinfo_endpoint"),
        device_authorization_endpoint=text(data, "device_authorization_endpoint"),
        scopes=strings(data, "scopes_supported"),
        grant_types=strings(data, "grant_types_supported"),
        challenge_methods=strings(data, "code_challenge_methods_supported"),
    )


def parse_userinfo(data: Obj) -> UserInfo:
    return UserInfo(
        sub=text(data, "sub"),
        name=text(data, "name"),
        email=text(data, "email"),
        picture=text(data, "picture"),
        preferred_username=text(data, "preferred_username"),
    )

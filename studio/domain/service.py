"""The service itself: where it lives, how one signs in, what it sends back beside the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.money import read_amount

DEFAULT_GEN = "https://gen.pollinations.ai"
DEFAULT_ENTER = "https://enter.pollinations.ai"
DEFAULT_MEDIA = "https://media.pollinations.ai"
DEFAULT_LEGACY = "https://rest.pollinations.ai"

ENVIRONMENT = {
    "gen": "POLLINATIONS_BASE_URL",
    "enter": "POLLINATIONS_ENTER_URL",
    "media": "POLLINATIONS_MEDIA_URL",
    "legacy": "POLLINATIONS_LEGACY_URL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHosts:
    """The four base URLs (CONTRACT 0.7), without a slash at the end."""

    gen: str = DEFAULT_GEN
    enter: str = DEFAULT_ENTER
    media: str = DEFAULT_MEDIA
    legacy: str = DEFAULT_LEGACY

    @classmethod
    def from_environment(cls, env: Mapping[str, str], **chosen: str) -> ServiceHosts:
        """The hosts named by POLLINATIONS_BASE_URL, …ENTER_URL, …MEDIA_URL, …LEGACY_URL, else those that were
        chosen (`gen`, `enter`, `media`; "" for none), else the defaults.

        A path of `/v1` at the end of the base URL, as OpenAI clients want it, is dropped.

        Raises:
            InputError: a variable holds something that is not an http(s) address.
        """
        found = {name: address for name, address in chosen.items() if address}
        for name, variable in ENVIRONMENT.items():
            value = env.get(variable, "").strip().rstrip("/")
            if not value:
                continue
            if not _is_base(value):
                detail = tr("A web address starts with https://.")
                raise InputError(tr("{name} is not a web address.", name=variable), detail, field=variable)
            found[name] = value.removesuffix("/v1") if name == "gen" else value
        return cls(**found)

    @property
    def legacy_socket(self) -> str:
        """The legacy websocket's address (CONTRACT 12)."""
        return "ws" + self.legacy.removeprefix("http") + "/ws"


def _is_base(address: str) -> bool:
    """Whether paths can be put behind it: http(s), a host, and no password, query or control character."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    odd = any(char.isspace() or not char.isprintable() for char in address)
    plain = parts.username is None and not parts.query and not parts.fragment and not odd
    return parts.scheme in ("http", "https") and bool(host) and plain


def is_page_of(address: str, *hosts: str) -> bool:
    """True for a web page of one of these hosts' own domain, which may be handed to the browser.

    What a service sends as "open this" is not believed beyond that: no other scheme, no foreign site, no
    machine of the local network, and no page without encryption unless the host itself is on this machine.

    >>> is_page_of("https://auth.pollinations.ai/x", "https://enter.pollinations.ai")
    True
    >>> is_page_of("https://pollinations.ai.evil.example/x", "https://enter.pollinations.ai")
    False
    """
    try:
        page = urlsplit(address)
        known = [urlsplit(host) for host in hosts]
        port = page.port
    except ValueError:
        return False
    if not address.isprintable() or "\\" in address or page.username is not None or not page.hostname:
        return False
    for host in known:
        if page.scheme == host.scheme and page.netloc == host.netloc and page.scheme in ("http", "https"):
            return True
        if page.scheme == host.scheme == "https" and port in (None, 443) and host.hostname:
            domain = _domain(host.hostname)
            if domain and (page.hostname == domain or page.hostname.endswith(f".{domain}")):
                return True
    return False


def _domain(host: str) -> str:
    """What a service's hosts have in common: "pollinations.ai" of enter.pollinations.ai; "" of an address."""
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return ""
    return ".".join(labels[1:]) if len(labels) > 2 else ""


# ---------------------------------------------------------------- usage and results

_USAGE_HEADER = "x-usage-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a request used up, by the catalogue's price keys (`completionImageTokens`, …, CONTRACT 2.3)."""

    amounts: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Usage:
        """Reads `x-usage-…` headers (CONTRACT 9.4); what cannot be read as a number is left out."""
        amounts: dict[str, Decimal] = {}
        for name, value in headers.items():
            lowered = name.lower()
            if not lowered.startswith(_USAGE_HEADER):
                continue
            first, *rest = lowered[len(_USAGE_HEADER) :].split("-")
            amount = read_amount(value)
            if amount is not None and amount > 0:
                amounts[first + "".join(word.capitalize() for word in rest)] = amount
        return cls(amounts=amounts)

    def __bool__(self) -> bool:
        return bool(self.amounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaResult:
    """A file the service made, as it now lies on the disk.

    Args:
        path: where the bytes are: the path the caller gave.
        mime: by magic bytes, else by the Content-Type.
        size: bytes; `sha256`: hexadecimal, of exactly these bytes.
        headers: response headers worth keeping (usage, safety, moderation, cache), names in lower case.
        model_used: what really ran (`x-model-used`), which may be a fall-back.
        pollen_cost: as billed, when the service said so; `usage` gives it through the catalogue's prices.
        source_url: where the service keeps the result (`Content-Location`), if it said so.
        cached: `X-Cache: HIT`, which does not mean free (CONTRACT 8).
    """

    path: PurePath
    mime: str
    size: int
    sha256: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    request_id: str = ""
    model_used: str = ""
    usage: Usage = field(default_factory=Usage)
    pollen_cost: Decimal | None = None
    source_url: str = ""
    cached: bool = False
    revised_prompt: str = ""
    suggested_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a transfer is: bytes so far, and in all when known. `stage` is sending or receiving."""

    stage: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryNotice:
    """The same request goes out again.

    Args:
        attempt: the attempt that comes next; the first one was 1.
        delay: seconds until then.
        reason: one sentence for the user on why; when is `delay`, which a view counts down.
        crowded: too much was asked for at once.
    """

    attempt: int
    delay: float
    reason: str
    crowded: bool = False


# ---------------------------------------------------------------- media storage


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedMedia:
    """A file in media storage (CONTRACT 10). Anyone who knows `url` can fetch it.

    Args:
        expires_at: the earliest moment it may be gone (14 days after the upload, unless known better).
    """

    id: str
    url: str = ""
    mime: str = ""
    size: int = 0
    duplicate: bool = False
    tags: tuple[str, ...] = ()
    content_hash: str = ""
    uploaded_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPage:
    """One page of the tagged media of an account."""

    items: tuple[UploadedMedia, ...] = ()
    next_cursor: str = ""
    has_more: bool = False


# ---------------------------------------------------------------- sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """The first half of the device flow (CONTRACT 11.3). `expires_in` and `interval` are seconds."""

    device_code: Secret
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = 600
    interval: int = 5
    client_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePending:
    """The user has not decided yet. Ask again after `interval` seconds."""

    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """A key, handed over once: save it before any other call. `expires_in` is seconds, None = never."""

    access_token: Secret
    expires_in: int | None = None
    scope: str = ""
    key_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeLink:
    """A page to open in the browser, and what the answer must be checked against.

    Args:
        flow: `fragment` = the key comes back behind `#` (CONTRACT 11.1); `code` = a code comes back (11.2).
        verifier: PKCE code verifier, set for the code flow.
    """

    url: str
    redirect_uri: str
    state: str
    flow: str
    client_id: str = ""
    verifier: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInServer:
    """What the service says it can do (`/.well-known/oauth-authorization-server`)."""

    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    userinfo_endpoint: str = ""
    device_authorization_endpoint: str = ""
    scopes: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    challenge_methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Who a key belongs to. Name and mail need the profile scope."""

    sub: str
    name: str = ""
    email: str = ""
    picture: str = ""
    preferred_username: str = ""


# ---------------------------------------------------------------- the retired service (CONTRACT 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRequest:
    """A run of a legacy model.

    Args:
        image: `author/model`; `input`: what its own form asks for. These two are what is sent.
        service: the base URL it was made for, and the only one it may go to.
        files: addresses in `input` with the ids of the library's files that were uploaded there.
    """

    image: str
    input: dict[str, Any]
    service: str = ""
    files: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyUpdate:
    """One message about a running legacy job. `urls` are all addresses found anywhere in its output, `words`
    the texts in it where there is no address."""

    status: str
    urls: tuple[str, ...] = ()
    words: str = ""
    logs: str = ""
    cid: str = ""
    queue_position: int | None = None

    @property
    def is_final(self) -> bool:
        return self.status in ("success", "succeeded", "failed", "canceled", "cancelled")

    @property
    def succeeded(self) -> bool:
        return self.status in ("success", "succeeded")

"""Connections to the service: trust, proxies, and words for what went wrong on the way (CONTRACT 3)."""

from __future__ import annotations

import logging
import os
import ssl
from contextlib import suppress
from importlib import import_module
from urllib.parse import urlsplit

import httpx

from studio.api.errors import (
    RETRY,
    ApiBadAnswer,
    ApiError,
    ApiInterrupted,
    ApiOffline,
    ApiTimeout,
    ApiUntrusted,
)
from studio.core.errors import Action, StudioError
from studio.core.i18n import tr
from studio.core.secrets import redact
from studio.domain.network import Network, place_of, proxy_of, straight_to

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PORTAL = tr("Some networks show a sign-in page first: open one in your browser.")


def build_client(user_agent: str, http2: bool, network: Network | None = None) -> httpx.AsyncClient:
    """A pool that trusts what the system trusts and goes through the proxy of `network`, but never through
    one to this machine.

    Slow (the trust store, late imports), so it runs in a thread.

    Raises:
        StudioError: a proxy or the trust store cannot be used.
    """
    for noisy in ("hpack", "httpcore", "httpx"):  # they log headers, keys included, and prompts
        logging.getLogger(noisy).setLevel(logging.WARNING)
    network = network or Network()
    try:
        straight, proxy, ask_system = _way_out(network)
        import_module("anyio._backends._asyncio")  # else the first request loads it, on the loop's thread
        return httpx.AsyncClient(
            verify=trust(network.certificates),
            http2=http2,
            trust_env=ask_system,
            proxy=proxy,
            follow_redirects=False,
            headers={"user-agent": user_agent},
            limits=httpx.Limits(max_connections=40, max_keepalive_connections=20, keepalive_expiry=60.0),
            mounts=dict.fromkeys((f"all://{host}" for host in (*LOOPBACK, *straight)), None),
        )
    except (ValueError, TypeError, ImportError, OSError, httpx.InvalidURL) as error:
        raise StudioError(
            tr("The network settings of this computer cannot be used."),
            tr("Check the proxy and certificate settings. {problem}", problem=redact(str(error))[:200]),
        ) from error


def trust(certificates: str) -> ssl.SSLContext:
    """What the system trusts, and the authorities in a PEM file if one is named.

    Raises:
        OSError: the file is not there, or holds no certificates.
    """
    import truststore

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificates:
        context.load_verify_locations(cafile=certificates)
    return context


def _way_out(network: Network) -> tuple[list[str], httpx.Proxy | None, bool]:
    """Hosts that are reached straight, the proxy for all others, and whether the system is asked for one.

    A variable of the environment is the will of whoever started the program, so it goes before the choice.
    """
    if network.proxy == "system" or proxy_of(os.environ)[0]:
        return [], None, True
    if network.proxy == "none" or not network.proxy_url:
        return [], None, False
    hosts = straight_to(os.environ)
    if hosts == ("*",):
        return [], None, False
    user, _, password = network.login.reveal().partition(":") if network.login else ("", "", "")
    proxy = httpx.Proxy(network.proxy_url, auth=(user, password) if network.login else None)
    return [host if host[0].isdigit() else f"*{host}" for host in hosts], proxy, False


# ---------------------------------------------------------------- translating


# A UnicodeError is what a host that is no name, such as "xn--", comes to.
_ON_THE_WAY = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, UnicodeError)


class translated:  # noqa: N801 - reads as a word at the `with`
    """Turns what httpx raises into an ApiError. A plain class: cheaper than a generator on each request."""

    __slots__ = ("_network", "_url")

    def __init__(self, url: str, network: Network) -> None:
        self._url = url
        self._network = network

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _ON_THE_WAY):
            host = _host(error, self._url)
            raise network_error(error, host, proxy_in_use(self._network, host)) from error


def _host(error: BaseException, url: str) -> str:
    """The host that was being asked, which a redirect may have changed."""
    with suppress(RuntimeError):  # httpx: the request was not set
        if isinstance(error, httpx.RequestError):
            return error.request.url.host
    return urlsplit(url).hostname or ""


def proxy_in_use(network: Network, host: str) -> str:
    """Host and port of the proxy that connections to `host` take, as far as is known; "" for none."""
    if host in LOOPBACK:
        return ""
    named = proxy_of(os.environ)[1] or (network.proxy_url if network.proxy == "own" else "")
    straight = straight_to(os.environ)
    if straight == ("*",) or any(host == name.lstrip(".") or host.endswith(name) for name in straight):
        return ""
    return place_of(named) if named else ""


def network_error(error: BaseException, host: str, proxy: str = "") -> ApiError:
    """The error for what went wrong between here and `host`; `proxy` is what was in between, if anything."""
    cause = root_of(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ApiUntrusted(
            tr("The connection to {host} is not trusted.", host=host),
            tr(
                "Its certificate could not be checked: {cause}. A proxy may be in between.",
                cause=cause.verify_message,
            )
            + f" {PORTAL}",
        )
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
        if host in LOOPBACK:
            return ApiOffline(tr("The service on this computer cannot be reached."), actions=(RETRY,))
        if proxy:
            return _proxy_error(error, host, proxy)
        return ApiOffline(
            tr("{host} cannot be reached.", host=host), tr("Check the network connection."), (RETRY,)
        )
    if isinstance(error, httpx.TimeoutException):
        return too_slow()
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return ApiBadAnswer(tr("This is not a web address."), redact(str(error))[:200])
    if isinstance(error, httpx.DecodingError):
        return ApiBadAnswer(
            tr("The service's answer cannot be read."), tr("It could not be unpacked."), (RETRY,)
        )
    return ApiInterrupted(
        tr("The connection broke off."), tr("Trying again picks up its result; you pay once."), (RETRY,)
    )


def _proxy_error(error: BaseException, host: str, proxy: str) -> ApiOffline:
    actions = (RETRY, Action("preferences", tr("Network preferences"), "network"))
    if isinstance(error, httpx.ProxyError) and str(error).startswith("407"):
        return ApiOffline(
            tr("The proxy {proxy} wants a user and a password.", proxy=proxy),
            tr("Preferences, Network has a place for them."),
            actions,
        )
    if isinstance(error, httpx.ProxyError):
        title = tr("The proxy {proxy} does not let requests through to {host}.", proxy=proxy, host=host)
        return ApiOffline(title, tr("Check the proxy in the preferences."), actions)
    title = tr("The proxy {proxy} cannot be reached.", proxy=proxy)
    return ApiOffline(title, tr("Check the proxy in the preferences."), actions)


def too_slow() -> ApiTimeout:
    return ApiTimeout(
        tr("The service did not answer in time."),
        tr("It may still be working. Trying again picks up its result; you pay once."),
        (RETRY,),
    )


def root_of(error: BaseException) -> BaseException:
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        deeper = error.__cause__ or error.__context__
        if deeper is None:
            break
        error = deeper
    return error

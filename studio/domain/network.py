"""How the network is reached, and what an address that somebody typed must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.secrets import Secret

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What every connection is made with.

    Args:
        proxy: "system" takes what the environment or the system names, "none" goes straight, "own" through
            `proxy_url` (without user and password, which are in `login` as "user:password").
        connect: seconds until a connection stands; `answer`: seconds of silence in an ordinary answer. What
            takes long by its nature (films) has longer limits of its own, which this never shortens.
        certificates: a PEM file of authorities that are trusted besides the system's, or "".
    """

    proxy: Literal["system", "none", "own"] = "system"
    proxy_url: str = ""
    login: Secret | None = None
    connect: float = 15.0
    answer: float = 30.0
    certificates: str = ""

    def connects_as(self, other: Network) -> bool:
        """Whether connections that stand may be kept: only patience differs."""
        return _way(self) == _way(other)


def _way(network: Network) -> tuple[object, ...]:
    return network.proxy, network.proxy_url, network.login, network.certificates


def checked_address(text: str, *, plain: str = "") -> str:
    """A base URL as it is kept, without a slash at the end; "" stays "".

    Args:
        plain: what to say of an address without encryption that is not on this machine.

    Raises:
        InputError: it is no web address, or one that may not be used.
    """
    url = text.strip().rstrip("/")
    if not url:
        return ""
    if len(url) > _LONGEST_ADDRESS or any(char.isspace() or not char.isprintable() for char in url):
        raise InputError(tr("This is not a web address."), field="url")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InputError(tr("This is not a web address."), field="url") from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise InputError(tr("A web address starts with https://."), field="url")
    if parts.username is not None:
        raise InputError(tr("An address with a password in it is not kept."), field="url")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise InputError(plain or tr("Without https the key could be read on its way."), field="url")
    return url


def read_proxy(text: str) -> tuple[str, Secret | None]:
    """The address of a proxy without user and password, and these ("user:password") if they were in it.

    Raises:
        InputError: it cannot be a proxy's address.
    """
    written = text.strip()
    if "://" not in written:
        written = f"http://{written}"
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InputError(tr("The port of a proxy is a number up to 65535."), field="proxy") from error
    if parts.scheme not in PROXY_SCHEMES:
        raise InputError(tr("A proxy starts with http://, https:// or socks5://."), field="proxy")
    odd = any(char.isspace() or not char.isprintable() for char in written) or parts.path not in ("", "/")
    if not host or odd or len(written) > _LONGEST_ADDRESS or parts.query or parts.fragment:
        raise InputError(
            tr("A proxy is a name and a port, such as http://proxy.example:8080."), field="proxy"
        )
    login = None
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        if not f"{user}{password}".isprintable():
            raise InputError(tr("A proxy's user and password have no control characters."), field="proxy")
        login = Secret(f"{user}:{password}")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else ""), login


def place_of(address: str) -> str:
    """Host and port of an address, for words: never its user and password.

    >>> place_of("http://ada:secret@proxy.example:8080")
    'proxy.example:8080'
    """
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port else host


def plain_place_of(address: str) -> str:
    """`place_of` in ASCII, for questions about trust: letters that look like others show as what they are.

    >>> plain_place_of("https://pollin\u0430tions.ai")
    'xn--pollintions-3ij.ai'
    """
    place = place_of(address)
    host, colon, port = place.rpartition(":") if place.rpartition(":")[2].isdigit() else (place, "", "")
    if host.isascii():
        return place
    try:
        return f"{host.encode('idna').decode('ascii')}{colon}{port}"
    except UnicodeError:
        return host.encode("unicode_escape").decode("ascii") + f"{colon}{port}"


def proxy_of(environment: Mapping[str, str]) -> tuple[str, str]:
    """Name and value of the variable that says which proxy encrypted connections take, or ("", "")."""
    for name in _PROXY_VARIABLES:
        if address := environment.get(name, "").strip():
            return name, address
    return "", ""


def straight_to(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Hosts that take no proxy, as NO_PROXY names them: "*" alone for all."""
    named = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    hosts = [host.strip().lower() for host in named.split(",")]
    return ("*",) if "*" in hosts else tuple(host for host in hosts if host)

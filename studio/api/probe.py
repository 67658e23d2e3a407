"""Asks a service one question and says which part of the way to it fails: name, proxy, encryption, answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from studio.api.connecting import build_client, network_error, proxy_in_use, root_of
from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.network import Network

_BUSY = 500
_PROXY_WANTS_LOGIN = 407
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of it: `good`, a sentence, and where it failed ("name", "proxy", "tls", "answer" or "")."""

    good: bool
    words: str
    failed: str = ""
    milliseconds: int = 0


async def probe(address: str, network: Network, *, user_agent: str) -> Probe:
    """Send one request without a key to `address` over a connection of its own.

    Any answer of a web server counts, a refusal too: it proves the way there.
    """
    host = urlsplit(address).hostname or ""
    proxy = proxy_in_use(network, host)
    if proxy and (missing := await _proxy_missing(proxy, network)):
        return Probe(good=False, words=missing, failed="proxy")
    try:
        client = await asyncio.to_thread(build_client, user_agent, address.startswith("https:"), network)
    except StudioError as error:
        return Probe(good=False, words=f"{error.title} {error.detail}".strip(), failed="tls")
    started = time.perf_counter()
    timeout = httpx.Timeout(network.answer, connect=network.connect)
    try:
        response = await client.get(f"{address}/v1/models", timeout=timeout)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
        return _failure(error, host, proxy, network)
    finally:
        await client.aclose()
    took = round((time.perf_counter() - started) * 1000)
    return _answered(response.status_code, host, proxy, took)


def _answered(status: int, host: str, proxy: str, took: int) -> Probe:
    if status == _PROXY_WANTS_LOGIN:
        words = tr("The proxy {proxy} wants a user and a password.", proxy=proxy or host)
        return Probe(good=False, words=words, failed="proxy", milliseconds=took)
    if status >= _BUSY:
        words = tr("{host} answers, but with an error of its own ({status}).", host=host, status=status)
        return Probe(good=False, words=words, failed="answer", milliseconds=took)
    if proxy:
        words = tr("{host} answered in {n} ms, through {proxy}.", host=host, n=took, proxy=proxy)
    else:
        words = tr("{host} answered in {n} ms.", host=host, n=took)
    return Probe(good=True, words=words, milliseconds=took)


def _failure(error: BaseException, host: str, proxy: str, network: Network) -> Probe:
    cause = root_of(error)
    if isinstance(error, httpx.ConnectTimeout):
        words = tr("{host} did not take the connection in {n} seconds.", host=host, n=round(network.connect))
        return Probe(good=False, words=words, failed="answer")
    if isinstance(error, httpx.TimeoutException):
        words = tr("{host} gave no answer in {n} seconds.", host=host, n=round(network.answer))
        return Probe(good=False, words=words, failed="answer")
    if isinstance(error, httpx.ProxyError):
        return Probe(good=False, words=network_error(error, host, proxy or host).title, failed="proxy")
    if isinstance(cause, ssl.SSLError):
        told = network_error(error, host)
        words = told.title if isinstance(cause, ssl.SSLCertVerificationError) else ""
        words = words or tr("The encryption with {host} failed.", host=host)
        return Probe(good=False, words=words, failed="tls")
    if isinstance(cause, socket.gaierror):
        words = tr("There is no address for the name {host}.", host=host)
        return Probe(good=False, words=words, failed="name")
    if isinstance(error, httpx.ConnectError):
        words = tr("{host} does not take connections.", host=host)
        return Probe(good=False, words=words, failed="answer")
    return Probe(good=False, words=tr("The connection to {host} broke off.", host=host), failed="answer")


async def _proxy_missing(proxy: str, network: Network) -> str:
    """Why nothing listens where the proxy should be; "" if something does."""
    parts = urlsplit(f"//{proxy}")
    scheme = urlsplit(network.proxy_url).scheme if network.proxy == "own" else "http"
    port = parts.port or _PORTS.get(scheme, 80)
    try:
        async with asyncio.timeout(network.connect):
            _reader, writer = await asyncio.open_connection(parts.hostname, port)
    except socket.gaierror:
        return tr("There is no address for the name {host} of the proxy.", host=parts.hostname or "")
    except TimeoutError:
        return tr("The proxy {proxy} did not answer in {n} seconds.", proxy=proxy, n=round(network.connect))
    except OSError:
        return tr("Nothing answers where the proxy {proxy} should be.", proxy=proxy)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return ""

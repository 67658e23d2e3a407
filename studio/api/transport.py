"""The one place that sends (CONTRACT 3, 8): the key's header, time limits, redirects, retries, logging.

A key travels in the `Authorization` header and only to the origin the request was made for. Redirects are
followed by hand so that it stays so. Every failure leaves as an `ApiError`; a cancelled task leaves as it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx

from studio.api.connecting import PORTAL, build_client, too_slow, translated
from studio.api.error_parsing import error_from_response
from studio.api.errors import (
    RETRY,
    SIGN_IN,
    ApiAuthError,
    ApiBadAnswer,
    ApiClosed,
    ApiError,
    ApiRateLimited,
    ApiTooLarge,
)
from studio.api.retry import READ, RetryPolicy, delay_before_retry, jitter, may_have_worked
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.json_text import parse_json
from studio.core.secrets import Secret, redact
from studio.domain.network import Network
from studio.domain.service import Progress, RetryNotice

T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_REDIRECTS = 5
MAX_JSON = 256 * 1024 * 1024  # films come as base64 inside JSON (CONTRACT 5.2)
MAX_ERROR = 64 * 1024
LONG_JSON = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SENDABLE = re.compile("[!-~]+")

Sleep = Callable[[float], Awaitable[object]]
OnRetry = Callable[[RetryNotice], None]
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds. `read` is the longest silence between two pieces of an answer; `total` is an attempt."""

    connect: float = 15.0
    read: float = 30.0
    write: float = 60.0
    pool: float = 60.0
    total: float | None = None

    def within(self, network: Network) -> TimeLimits:
        """These limits with the user's patience: the longer one of what is usual and what was asked for.

        A limit that is shorter than the usual one belongs to a question that is not worth a longer wait.
        """
        connect = network.connect if self.connect == _USUAL.connect else self.connect
        read = network.answer if self.read == _USUAL.read else self.read
        if read > _USUAL.read:
            read = max(read, network.answer)
        if connect == self.connect and read == self.read:
            return self
        total = self.total if self.total is None else max(self.total, connect + read)
        return TimeLimits(connect=connect, read=read, write=self.write, pool=self.pool, total=total)

    def for_httpx(self) -> httpx.Timeout:
        return httpx.Timeout(connect=self.connect, read=self.read, write=self.write, pool=self.pool)


_USUAL = TimeLimits()
QUICK = TimeLimits(total=120.0)
GENERATING = TimeLimits(read=660.0, write=120.0)  # films take up to ten minutes of silence (CONTRACT 5.4)
STREAMING = TimeLimits(read=180.0)
UPLOADING = TimeLimits(read=300.0, write=120.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file in a multipart body, read from `path` anew for each attempt."""

    name: str
    path: Path
    mime: str = "application/octet-stream"
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as data, so that a retry sends the same again.

    Args:
        url: complete and encoded, query included.
        json: body as JSON; `form`: body as form fields; with `files` a multipart body.
        key: send the key; `secret`: send this one instead of the client's own.
        stays: the body is a secret of its own, so it never goes along to another origin.
    """

    method: str
    url: str
    json: Any = None
    form: tuple[tuple[str, str], ...] | None = None
    files: tuple[FilePart, ...] = ()
    key: bool = True
    secret: Secret | None = None
    stays: bool = False
    accept: str = "application/json"
    limits: TimeLimits = QUICK
    policy: RetryPolicy = READ
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonAnswer:
    """A decoded answer. Header names are in lower case."""

    data: Any
    status: int
    headers: Mapping[str, str]
    request_id: str


class Transport:
    """Sends calls over one connection pool.

    Args:
        key: gives the key of the account in use, or None; asked for each request.
        http2: offer HTTP/2; only where every host speaks TLS.
        network: proxy, patience and certificates.
        sleep, jitter: replaced in tests.

    Raises (from every method): ApiError; StudioError when the machine's own network settings are broken.
    """

    def __init__(
        self,
        key: Callable[[], Secret | None],
        *,
        user_agent: str,
        http2: bool = True,
        network: Network | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[float], float] = jitter,
    ) -> None:
        self._key = key
        self._user_agent = user_agent
        self._http2 = http2
        self.network = network or Network()
        """How to connect. The patience in it counts at once, all else for the next pool."""
        self._sleep = sleep
        self._jitter = jitter
        self.on_refused: Callable[[Secret], None] | None = None
        """Told of the client's own key when the service does not accept it, whatever the call was."""
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    async def open(self) -> httpx.AsyncClient:
        """The pool; made at first use, its trust store loaded in a thread."""
        if self._http is not None:
            return self._http
        async with self._opening:
            if self._closed:
                raise ApiClosed(tr("The connection was closed."))
            if self._http is None:
                self._http = await asyncio.to_thread(
                    build_client, self._user_agent, self._http2, self.network
                )
        return self._http

    @property
    def closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        """Close every connection. What is under way, and calls after this, raise ApiClosed."""
        self._closed = True
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    # ------------------------------------------------------------ sending

    async def run(
        self,
        call: Call,
        consume: Callable[[httpx.Response], Awaitable[T]],
        on_retry: OnRetry | None = None,
        sending: OnProgress | None = None,
    ) -> T:
        """Send `call`, hand the good answer to `consume`, and repeat both as the call's policy says.

        Args:
            sending: hears how much of the body has left, anew for each attempt.
        """
        attempt, worked = 1, False
        while True:
            try:
                limits = call.limits.within(self.network)
                async with asyncio.timeout(limits.total), self.stream(call, sending) as response:
                    return await consume(response)
            except TimeoutError:
                failure: ApiError = too_slow()
            except ApiError as error:
                failure = error
            failure.may_be_billed = worked = worked or may_have_worked(failure)
            await self._wait(call, failure, attempt, on_retry)
            attempt += 1

    async def json(self, call: Call, on_retry: OnRetry | None = None) -> JsonAnswer:
        """Send `call` and decode its answer as JSON."""
        return await self.run(call, read_json, on_retry)

    async def text(self, call: Call, on_retry: OnRetry | None = None) -> tuple[str, httpx.Response]:
        """Send `call` and decode its answer as text."""

        async def consume(response: httpx.Response) -> tuple[str, httpx.Response]:
            body = await read_limited(response, MAX_JSON)
            return body.decode("utf-8", "replace"), response

        return await self.run(call, consume, on_retry)

    @asynccontextmanager
    async def stream(self, call: Call, sending: OnProgress | None = None) -> AsyncGenerator[httpx.Response]:
        """Send `call` once; the body of a good answer is read inside the block."""
        http = await self.open()
        with translated(call.url, self.network):
            response = await self._send(http, call, sending)
            try:
                yield response
            finally:
                await response.aclose()

    async def start_stream(self, call: Call, on_retry: OnRetry | None = None) -> httpx.Response:
        """Send `call` until a good answer starts. The caller reads it and closes it."""
        http = await self.open()
        attempt, worked = 1, False
        while True:
            try:
                with translated(call.url, self.network):
                    return await self._send(http, call)
            except ApiError as error:
                error.may_be_billed = worked = worked or may_have_worked(error)
                await self._wait(call, error, attempt, on_retry)
                attempt += 1

    async def _wait(self, call: Call, error: ApiError, attempt: int, on_retry: OnRetry | None) -> None:
        delay = delay_before_retry(error, attempt, call.policy)
        if self._closed:
            raise ApiClosed(tr("The connection was closed.")) from error
        if delay is None:
            raise error
        delay = self._jitter(delay)
        log.info("%s %s: %s; again in %.1f s", call.method, _place(call.url), error.title, delay)
        if on_retry is not None:
            crowded = isinstance(error, ApiRateLimited)
            on_retry(RetryNotice(attempt=attempt + 1, delay=delay, reason=error.title, crowded=crowded))
        await self._sleep(delay)

    async def _send(
        self, http: httpx.AsyncClient, call: Call, sending: OnProgress | None = None
    ) -> httpx.Response:
        """One attempt: redirects followed, a bad status raised as its error."""
        url, method, with_body = httpx.URL(call.url), call.method, True
        origin = _origin(url)
        secret = call.secret or (self._key() if call.key else None)
        for _ in range(MAX_REDIRECTS + 1):
            own = secret if _origin(url) == origin else None
            request, opened = self._request(http, call, url, method, with_body, own)
            if sending is not None and with_body:
                size = int(request.headers.get("content-length", 0)) or None
                request.stream = _Told(request.stream, size, sending)
            try:
                response = await http.send(request, stream=True)
            finally:
                for file in opened:
                    file.close()
            log.debug("%s %s: %d", method, _place(str(url)), response.status_code)
            location = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not location:
                break
            await response.aclose()
            target = _redirect_target(url, location)
            if response.status_code == 303 or (response.status_code in (301, 302) and method == "POST"):
                method, with_body = ("HEAD" if method == "HEAD" else "GET"), False
            if call.stays and with_body and _origin(target) != origin:
                raise ApiBadAnswer("The service passed the sign-in on to another address.", PORTAL)
            log.debug("%s is redirected to %s", _place(str(url)), _place(str(target)))
            url = target
        else:
            raise ApiBadAnswer("The service sent the request round in circles.", _place(call.url))
        if response.is_success:
            return response
        if response.status_code in (401, 403) and _origin(url) != origin:
            # Somewhere else, where the key was not sent: its refusal says nothing about the key.
            await response.aclose()
            raise ApiBadAnswer("The service passed the request on, and it was refused there.", "", (RETRY,))
        try:
            body = b"" if method == "HEAD" else await read_start(response, MAX_ERROR)
        finally:
            await response.aclose()
        error = error_from_response(response.status_code, response.headers, body)
        if isinstance(error, ApiAuthError) and secret and not call.secret and self.on_refused is not None:
            self.on_refused(secret)
        raise error

    def _request(
        self,
        http: httpx.AsyncClient,
        call: Call,
        url: httpx.URL,
        method: str,
        with_body: bool,
        secret: Secret | None,
    ) -> tuple[httpx.Request, list[BinaryIO]]:
        """The request of one attempt, and the files it reads, for the caller to close."""
        headers = {"accept": call.accept, **call.headers}
        if secret:
            if not _SENDABLE.fullmatch(secret.reveal()):
                detail = "It holds characters that no key has. Sign in again to get a new one."
                raise ApiAuthError("The key is damaged.", detail, (SIGN_IN,))
            headers["authorization"] = f"Bearer {secret.reveal()}"
        opened: list[BinaryIO] = []
        try:
            body = _body(call, headers, opened) if with_body else {}
            timeout = call.limits.within(self.network).for_httpx()
            return http.build_request(method, url, headers=headers, timeout=timeout, **body), opened
        except BaseException:
            for file in opened:
                file.close()
            raise


class _Told(httpx.AsyncByteStream):
    """A body that tells how much of it has left."""

    def __init__(self, body: Any, size: int | None, tell: OnProgress) -> None:
        self._body, self._size, self._tell = body, size, tell

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = 0
        self._tell(Progress(stage="sending", done=0, total=self._size))
        async for block in self._body:
            yield block
            # Asked for the next block, the connection has taken this one.
            sent += len(block)
            self._tell(Progress(stage="sending", done=sent, total=self._size))


# ---------------------------------------------------------------- building


def _body(call: Call, headers: dict[str, str], opened: list[BinaryIO]) -> dict[str, Any]:
    """Arguments for httpx. JSON is encoded here, so that each attempt sends the same bytes."""
    if call.json is not None:
        headers["content-type"] = "application/json"
        try:
            return {"content": json.dumps(call.json, ensure_ascii=False, separators=(",", ":")).encode()}
        except UnicodeEncodeError as error:
            raise InputError(tr("The text holds a damaged character."), tr("Type it again.")) from error
    if not call.files:
        if call.form is None:
            return {}
        return {"data": dict(call.form)}
    parts: list[tuple[str, tuple[str | None, Any, str] | tuple[None, str]]] = []
    parts += [(name, (None, value)) for name, value in call.form or ()]
    fingerprint = sha256(repr(call.form).encode())
    for part in call.files:
        try:
            file = part.path.open("rb")
        except OSError as error:
            raise InputError(
                tr("{name} cannot be read.", name=part.path.name), error.strerror or ""
            ) from error
        opened.append(file)
        name = part.filename or part.path.name
        fingerprint.update(f"{part.name} {name} {part.path.stat().st_size}".encode())
        parts.append((part.name, (name, file, part.mime)))
    # A fixed boundary: a request that is sent again is the same to the last byte.
    headers["content-type"] = f"multipart/form-data; boundary=nectary-{fingerprint.hexdigest()[:40]}"
    return {"files": parts}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    port = url.port or {"https": 443, "http": 80}.get(url.scheme)
    return url.scheme, url.host, port


def _redirect_target(url: httpx.URL, location: str) -> httpx.URL:
    try:
        urlsplit(location)  # stricter about brackets than httpx
        target = url.join(location)
    except (httpx.InvalidURL, ValueError) as error:
        raise ApiBadAnswer("The service redirects to an address that is not valid.") from error
    if target.scheme not in ("http", "https") or not target.host:
        raise ApiBadAnswer("The service redirects to an address that is not on the web.")
    if url.scheme == "https" and target.scheme == "http":
        raise ApiBadAnswer(
            "The service redirects to a page without encryption, so it was not followed.", PORTAL
        )
    return target


def _place(url: str) -> str:
    """Host and the first part of the path: enough for a log, without prompts or keys."""
    parts = urlsplit(url)
    path = "/".join(parts.path.split("/")[:4]) if parts.path.startswith(("/v1", "/api")) else parts.path[:12]
    return redact(f"{parts.netloc.rpartition('@')[2]}{path}")


# ---------------------------------------------------------------- reading


async def read_json(response: httpx.Response) -> JsonAnswer:
    """The whole body as JSON.

    Raises:
        ApiBadAnswer: it is something else, a sign-in page of a network for instance.
    """
    body = await read_limited(response, MAX_JSON)
    try:
        # A long one would hold the window up.
        data: Any = await asyncio.to_thread(parse_json, body) if len(body) > LONG_JSON else parse_json(body)
    except ValueError as error:
        raise bad_answer(response, body) from error
    return JsonAnswer(
        data=data, status=response.status_code, headers=response.headers, request_id=request_id(response)
    )


async def read_limited(response: httpx.Response, limit: int) -> bytes:
    """The whole body.

    Raises:
        ApiTooLarge: it is larger than `limit` bytes.
    """
    parts = bytearray()
    async for chunk in response.aiter_bytes():
        parts += chunk
        if len(parts) > limit:
            raise ApiTooLarge("The service's answer is too large.", f"More than {limit // 1_000_000} MB.")
    return bytes(parts)


async def read_start(response: httpx.Response, limit: int) -> bytes:
    """The first `limit` bytes; a body that breaks off gives what was there."""
    parts = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in response.aiter_bytes():
            parts += chunk
            if len(parts) >= limit:
                break
    return bytes(parts[:limit])


async def settle() -> None:
    """Let the loop finish httpx's inner generators after a body was left in the middle.

    Closing a generator does not close the ones it iterates; the loop does that later, in a task for each of
    them, and until then they count as left running.
    """
    for _ in range(16):
        await asyncio.sleep(0)


def request_id(response: httpx.Response) -> str:
    """What to quote in a bug report."""
    return redact(response.headers.get("x-request-id") or response.headers.get("cf-ray") or "")


def bad_answer(response: httpx.Response, body: bytes) -> ApiBadAnswer:
    """The error for a good status with a body that is not what was asked for."""
    mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    log.info("%d bytes of %s instead of what was asked for", len(body), mime or "an unknown type")
    detail = "It is something else than was asked for. Try again, or choose another model."
    if mime == "text/html" or body[:200].lstrip()[:1] == b"<":
        detail = f"A web page came back. {PORTAL}"
    return ApiBadAnswer(
        "The service's answer cannot be read.",
        detail,
        (RETRY,),
        status=response.status_code,
        request_id=request_id(response),
        body=redact(body[:500].decode("utf-8", "replace")),
    )

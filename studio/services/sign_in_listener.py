"""The program's end of a sign-in by browser: a socket on this machine alone that takes exactly one answer.

Who may reach it: every program and every user of this machine, and every web page that guesses the port. So a
request is believed only when it names the host we gave out, comes from the page we served, and carries the
secret of this attempt; anything else changes nothing. It lives for one attempt and five minutes.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from studio.api.errors import ApiSignInError
from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.service import AuthorizeLink
from studio.services import sign_in_page
from studio.services.loopback_http import (
    HEAD_BYTES,
    RefusedRequestError,
    Request,
    answer,
    body_length,
    read_head,
)
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
LIFE_SECONDS: Final = 300.0
CONNECTION_SECONDS: Final = 5.0
CONNECTIONS: Final = 4
BAD_ANSWERS: Final = 20
_KEY: Final = re.compile(r"sk_[A-Za-z0-9_-]{16,256}")
_CODE: Final = re.compile(r"[A-Za-z0-9._~-]{8,512}")
_KNOWN: Final = frozenset(("api_key", "error", "state"))
_HTML: Final = "text/html"


class ListenerBlockedError(StudioError):
    """No port could be opened on this machine."""


class Stage(StrEnum):
    """How far an attempt is. It only ever moves down this list, or straight to the end."""

    LISTENING = "listening"
    OPENED = "opened"
    PAGE_SERVED = "page_served"
    RECEIVED = "received"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turned:
    """What was turned away: requests that could not be ours, and answers that gave a wrong secret."""

    requests: int = 0
    answers: int = 0


class SignInListener:
    """Waits on a loopback port for the one answer of one attempt. Use it as a context manager.

    Args:
        tasks: runs the connections.
        registered: the path is the registered one, `/callback`, as a service that knows the program demands;
            otherwise it is random, and stands in for a `state` that old services drop (CONTRACT 11.1).
        life: seconds until the attempt is over.
        on_proxy: called when the browser's visit came through a proxy, which is refused.
    """

    def __init__(
        self,
        tasks: TaskSupervisor,
        *,
        registered: bool = False,
        life: float = LIFE_SECONDS,
        on_proxy: Callable[[], object] = lambda: None,
    ) -> None:
        self.stage = Stage.LISTENING
        self.turned = Turned()
        self._tasks = tasks
        self._registered = registered
        self._life = life
        self._on_proxy = on_proxy
        self._path = "/callback" if registered else f"/{secrets.token_urlsafe(32)}/callback"
        self._host = ""
        self._link: AuthorizeLink | None = None
        self._ends = 0.0
        self._server: asyncio.Server | None = None
        self._open: list[asyncio.StreamWriter] = []
        self._answer: asyncio.Future[Secret] | None = None

    async def __aenter__(self) -> SignInListener:
        """Open the port.

        Raises:
            ListenerBlockedError: this machine does not let us.
        """
        try:
            sock = _bind()
        except OSError as error:
            raise ListenerBlockedError(
                tr("Nectary cannot wait for the browser on this computer."),
                tr("Sign in with a code instead."),
            ) from error
        host, port = sock.getsockname()[:2]
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._answer = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._accept, sock=sock, limit=HEAD_BYTES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def redirect_uri(self) -> str:
        """Where the service sends the browser back to: a literal address, never a name."""
        return f"http://{self._host}{self._path}"

    def expect(self, link: AuthorizeLink) -> None:
        """From now on the answer to this link is awaited; the browser is about to be opened."""
        self._link = link
        self._ends = time.time() + self._life
        self.stage = Stage.OPENED

    async def wait(self) -> Secret:
        """The key of the fragment flow, or the code of the code flow.

        Raises:
            ApiSignInError: declined, too late, or given up after too many wrong answers.
        """
        answered = self._answer
        if answered is None:
            raise RuntimeError("the listener is not open")
        try:
            async with asyncio.timeout(self._life):
                return await answered
        except TimeoutError:
            raise _too_late() from None
        finally:
            self._close()

    # ------------------------------------------------------------------ connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The eldest goes, not the newest: whoever keeps connections open must not keep the browser out.
        while len(self._open) >= CONNECTIONS:
            self._open.pop(0).transport.abort()
        self._open.append(writer)
        self._tasks.spawn(self._serve(reader, writer), name="sign-in connection", owner=self)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECTION_SECONDS):
                reply, done = await self._reply(reader)
                writer.write(reply)
                if done is not None:
                    done()  # the answer counts, whether or not the browser stays to read ours
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            self._count(request=True)  # slow, gone, or cut off by us
        finally:
            if writer in self._open:
                self._open.remove(writer)
            writer.transport.abort()

    async def _reply(self, reader: asyncio.StreamReader) -> tuple[bytes, Callable[[], None] | None]:
        """The answer, and what follows once it is sent."""
        try:
            request = await read_head(reader)
            self._admit(request)
            if request.method == "POST":
                return self._take_relayed(await reader.readexactly(_length_of_json(request, self._host)))
            return self._take_visit(request)
        except RefusedRequestError as refused:
            self._count(request=True)
            return answer(refused.status), None

    def _admit(self, request: Request) -> None:
        """Only what a browser on this machine would ask of us, on our own address."""
        if request.headers.get("host") != self._host:
            raise RefusedRequestError(403)
        if request.method not in ("GET", "POST"):
            raise RefusedRequestError(403 if request.method == "OPTIONS" else 405)
        if not hmac.compare_digest(request.path.encode(), self._path.encode()):
            raise RefusedRequestError(404)
        if request.proxied:
            # Its owner could read the key on its way here. The user is told, and the attempt goes on: whoever
            # knows the path could have said so to spoil it.
            self._on_proxy()
            raise RefusedRequestError(403)
        if self.stage not in (Stage.OPENED, Stage.PAGE_SERVED) or time.time() > self._ends:
            raise RefusedRequestError(403)

    # ------------------------------------------------------------------ the two answers

    def _take_visit(self, request: Request) -> tuple[bytes, Callable[[], None] | None]:
        """The browser came back: with a code or a refusal in the query, or with something behind the `#`."""
        mode, dest = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
        if mode not in (None, "navigate") or dest not in (None, "document"):
            raise RefusedRequestError(403)
        if "sec-purpose" in request.headers or request.headers.get("content-length", "0") != "0":
            raise RefusedRequestError(403)
        link = self._expected()
        given = _once(parse_qsl(request.query, keep_blank_values=True))
        if link.flow != "code" and "error" not in given:
            self.stage = Stage.PAGE_SERVED
            return answer(200, sign_in_page.RELAY, _HTML, sign_in_page.RELAY_POLICY), None
        if not self._knows_state(given):
            return self._wrong()
        if "error" in given:
            page = answer(200, sign_in_page.DENIED, _HTML, sign_in_page.CLEAR_POLICY)
            return page, lambda: self._fail(_declined(given["error"]))
        code = given.get("code", "")
        if not _CODE.fullmatch(code):
            return self._wrong()
        page = answer(200, sign_in_page.TAKEN, _HTML, sign_in_page.CLEAR_POLICY)
        self.stage = Stage.RECEIVED
        return page, lambda: self._succeed(code)

    def _take_relayed(self, body: bytes) -> tuple[bytes, Callable[[], None] | None]:
        """What our page found behind the `#`."""
        if self._expected().flow == "code" or self.stage is not Stage.PAGE_SERVED:
            raise RefusedRequestError(403)
        given = _strict_json(body)
        if not self._knows_state(given):
            return self._wrong()
        if "error" in given:
            word = b"access_denied" if given["error"] == "access_denied" else b"refused"
            return answer(200, word), lambda: self._fail(_declined(given["error"]))
        key = given.get("api_key", "")
        if key.startswith("pk_"):
            return answer(400, b"publishable"), lambda: self._fail(_publishable())
        if not _KEY.fullmatch(key):
            return self._wrong()
        self.stage = Stage.RECEIVED
        return answer(200, b"taken"), lambda: self._succeed(key)

    def _knows_state(self, given: dict[str, str]) -> bool:
        state = given.get("state", "")
        # Old services drop the state; the random path is as long a secret, and was checked already.
        if not state and not self._registered and self._expected().flow != "code":
            return "state" not in given
        return hmac.compare_digest(state.encode("utf-8", "surrogatepass"), self._expected().state.encode())

    def _wrong(self) -> tuple[bytes, Callable[[], None] | None]:
        self._count(request=False)
        return answer(403, b"refused"), None

    def _expected(self) -> AuthorizeLink:
        if self._link is None:
            raise RefusedRequestError(403)
        return self._link

    # ------------------------------------------------------------------ the end

    def _count(self, *, request: bool) -> None:
        turned = self.turned
        self.turned = Turned(turned.requests + request, turned.answers + (not request))
        if self.turned.answers >= BAD_ANSWERS:
            log.warning("the sign-in was given up after %d wrong answers", self.turned.answers)
            self._fail(_attacked())

    def _succeed(self, text: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Secret(text))
        self._close()

    def _fail(self, error: ApiSignInError) -> None:
        self.stage = Stage.FAILED
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
            # Whoever waits gets it; if nobody does any more, it is not an accident.
            self._answer.exception()
        self._close()

    def _close(self) -> None:
        """No more connections, and nothing left that could be matched."""
        self._link = None
        server, self._server = self._server, None
        if server is not None:
            server.close()
        if self.stage is not Stage.RECEIVED:
            self.stage = Stage.FAILED


def _bind() -> socket.socket:
    """A listening socket on 127.0.0.1, or on ::1 where IPv4 is off, with a port the system chooses.

    Nobody else may listen on it too: neither SO_REUSEADDR nor SO_REUSEPORT is set.
    """
    try:
        return _bind_to(socket.AF_INET, "127.0.0.1")
    except OSError:
        return _bind_to(socket.AF_INET6, "::1")


def _bind_to(family: socket.AddressFamily, host: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, 0))
        if sock.getsockname()[0] != host:
            raise OSError("bound elsewhere")
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _length_of_json(request: Request, host: str) -> int:
    """The body's length, if the page we served sent it."""
    headers = request.headers
    if headers.get("origin") != f"http://{host}":
        raise RefusedRequestError(403)
    if headers.get("sec-fetch-site") not in (None, "same-origin"):
        raise RefusedRequestError(403)
    if headers.get("content-type") != "application/json":
        raise RefusedRequestError(415)
    if request.query:
        raise RefusedRequestError(400)
    return body_length(request)


def _strict_json(body: bytes) -> dict[str, str]:
    """An object of known names, each once, with texts as values."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(_once(pairs))

    try:
        data: object = json.loads(body.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise RefusedRequestError(400) from None
    if not isinstance(data, dict):
        raise RefusedRequestError(400)
    values = cast("dict[str, object]", data)
    if not _KNOWN.issuperset(values) or not all(isinstance(value, str) for value in values.values()):
        raise RefusedRequestError(400)
    return cast("dict[str, str]", values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedRequestError(400)
    return found


def _declined(word: str) -> ApiSignInError:
    if word == "access_denied":
        return ApiSignInError(
            tr("The sign-in was declined."), tr("You can try again whenever you like."), code="access_denied"
        )
    return ApiSignInError(
        tr("The sign-in did not work."), tr("Start again, or sign in with a code."), code="failed"
    )


def _publishable() -> ApiSignInError:
    return ApiSignInError(
        tr("The page gave a key that is meant for web pages."), tr("Nectary needs one that begins with sk_."),
        code="publishable",
    )  # fmt: skip


def _attacked() -> ApiSignInError:
    return ApiSignInError(
        tr("Something on this computer sent wrong answers again and again."),
        tr("Nothing was let in. Sign in with a code instead."),
        code="too_many_wrong",
    )


def _too_late() -> ApiSignInError:
    return ApiSignInError(
        tr("Nothing came back from the browser."),
        tr("Start again, or sign in with a code."),
        code="too_late",
    )

"""Runs the sandbox: in a thread of this process, or as the whole process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from studio.sandbox.app import build_app
from studio.sandbox.faults import Fault, fault_from
from studio.sandbox.service import Service
from studio.sandbox.settings import MAIN_KEY, Addresses, Era, Settings

Result = TypeVar("Result")
START_SECONDS = 20.0
GRACE_SECONDS = 2.0  # what open connections get to finish
LOOK_SECONDS = 0.002
TICK_SECONDS = 0.1  # uvicorn counts ten ticks to a second
LONGEST_HEAD = 1024 * 1024  # bytes; prompts travel in the path


class KnownConnection(H11Protocol):
    """An HTTP connection that tells the application its transport, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandbox.transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport


class Listener(uvicorn.Server):
    """A uvicorn server that stops at once when told, instead of at its next tick."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=KnownConnection,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=LONGEST_HEAD,
            )
        )
        self._told = asyncio.Event()

    def stop(self) -> None:
        """End main_loop now. Call it on the loop's own thread."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        """uvicorn's loop, but woken when told to stop."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's end without its fixed pauses: a suite of tests starts and stops hundreds of sandboxes."""
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                # uvicorn's sets tell nobody when they are empty.
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off for sockets that say they are TCP
    # alone; with it on, every answer would wait 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def base_url_of(sock: socket.socket) -> str:
    """`http://127.0.0.1:PORT` of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    settings: Settings, sock: socket.socket, *, ready: Callable[[Service, Listener], None]
) -> None:
    """Serve until the listener is told to stop; everything the sandbox started has ended then."""
    service = Service(settings, Addresses(base_url=base_url_of(sock)))
    listener = Listener(build_app(service))
    try:
        ready(service, listener)
        await listener.serve(sockets=[sock])
    finally:
        await service.close()


class SandboxServer:
    """A sandbox in a thread of this process, on a free loopback port.

    `with SandboxServer(era="current", speed=0) as server:` starts it and stops it without leaving a thread,
    task, socket or file behind. The helpers act on it directly, without HTTP.
    """

    def __init__(
        self,
        *,
        era: Era = "current",
        speed: float = 0.0,
        state: Path | None = None,
        key: str = MAIN_KEY,
        balance: Decimal | float | str = 10,
        limits: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._settings = Settings(
            era=era, speed=speed, state=state, key=key, balance=Decimal(str(balance)), limits=limits
        )
        self._host, self._port = host, port
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._service: Service | None = None
        self._listener: Listener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sock: socket.socket | None = None

    # ------------------------------------------------------------ life
    def start(self) -> Self:
        """Start and wait until it listens. OSError when the port is taken."""
        self._sock = listen(self._host, self._port)
        self._sock.listen(128)
        self._thread = threading.Thread(target=self._run, name="sandbox", args=(self._sock,))
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._failure is not None:
            self.stop()
            raise RuntimeError("The sandbox did not start.") from self._failure
        return self

    def _run(self, sock: socket.socket) -> None:
        def ready(service: Service, listener: Listener) -> None:
            self._service, self._listener = service, listener
            self._loop = asyncio.get_running_loop()
            self._ready.set()

        try:
            asyncio.run(serve(self._settings, sock, ready=ready))
        except BaseException as error:  # noqa: BLE001 - told to whoever started the thread
            self._failure = error
            self._ready.set()

    def stop(self) -> None:
        """Stop and wait for the thread. Running work is cancelled."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop_now)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._sock is not None:
            self._sock.close()

    def _stop_now(self) -> None:
        self.service.stopping.set()
        if self._listener is not None:
            self._listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ addresses
    @property
    def service(self) -> Service:
        if self._service is None:
            raise RuntimeError("The sandbox has not been started.")
        return self._service

    @property
    def base_url(self) -> str:
        return self.service.addresses.base_url

    @property
    def enter_url(self) -> str:
        return self.service.addresses.enter_url

    @property
    def media_url(self) -> str:
        return self.service.addresses.media_url

    @property
    def legacy_url(self) -> str:
        return self.service.addresses.legacy_url

    @property
    def key(self) -> str:
        return self._settings.key

    # ------------------------------------------------------------ control
    def faults(self, faults: Iterable[Mapping[str, Any] | Fault]) -> None:
        """Add faults, in the JSON form of `POST /_sandbox/faults` or as values."""
        self.service.faults.add([item if isinstance(item, Fault) else fault_from(item) for item in faults])

    def clear_faults(self) -> None:
        self.service.faults.clear()

    def requests(self) -> list[dict[str, Any]]:
        """What was received, oldest first, as `GET /_sandbox/requests` shows it."""
        return self._on_loop(self.service.record.shown)

    def state(self) -> dict[str, Any]:
        return self._on_loop(self.service.state)

    def set_balance(self, *, tier: Decimal | str | None = None, paid: Decimal | str | None = None) -> None:
        """Set the buckets of the wallet, in pollen; None leaves one as it is."""
        self._on_loop(
            lambda: self.service.set_balance(
                tier=None if tier is None else Decimal(tier), paid=None if paid is None else Decimal(paid)
            )
        )

    def reset(self) -> None:
        """As on the first start."""
        self._on_loop(self.service.reset)

    def _on_loop(self, action: Callable[[], Result]) -> Result:
        """Run something on the sandbox's own loop, from any other thread."""
        if self._loop is None:
            raise RuntimeError("The sandbox has not been started.")

        async def run() -> Result:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(START_SECONDS)

"""`python -m studio.sandbox`: the stand-in service as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import threading
from decimal import Decimal, InvalidOperation
from pathlib import Path

from studio.sandbox.server import Listener, base_url_of, listen, serve
from studio.sandbox.service import Service
from studio.sandbox.settings import MAIN_KEY, Settings


def _pollen(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text} is not an amount") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m studio.sandbox",
        description="A stand-in for the Pollinations service on this computer.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--era", choices=("seed", "current"), default="current", help="which shapes to speak")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep wallet, results and keys in DIR")
    parser.add_argument("--key", default=MAIN_KEY, metavar="sk_…", help="the main key")
    parser.add_argument(
        "--balance", type=_pollen, default=Decimal(10), help="pollen to start with (default: 10)"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="factor of time: 1 is believable, 0 answers at once"
    )
    parser.add_argument("--limits", action="store_true", help="apply the service's rate limits")
    parser.add_argument("--quiet", action="store_true", help="log warnings alone")
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="end when standard input is closed by whoever started it",
    )
    return parser


def _announce(service: Service) -> None:
    """The one line on standard output."""
    line = {
        "base_url": service.addresses.base_url,
        "enter_url": service.addresses.enter_url,
        "media_url": service.addresses.media_url,
        "legacy_url": service.addresses.legacy_url,
        "key": service.settings.key,
        "era": service.settings.era,
        "pid": os.getpid(),
        "state": None if service.settings.state is None else str(service.settings.state),
    }
    print(json.dumps(line), flush=True)


def _watch_input(stop: threading.Event, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
    """Wait for the end of standard input, then stop."""
    while sys.stdin.buffer.read(4096):
        pass
    if not stop.is_set():
        loop.call_soon_threadsafe(listener.stop)


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted. Exit code 2 when the address is taken."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING if options.quiet else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    settings = Settings(
        era=options.era,
        state=options.state,
        key=options.key,
        balance=options.balance,
        speed=options.speed,
        limits=options.limits,
    )
    try:
        sock = listen(options.host, options.port)
    except OSError as error:
        print(f"Cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 2
    stopped = threading.Event()

    def ready(service: Service, listener: Listener) -> None:
        sock.listen(128)
        _announce(service)
        if options.exit_with_parent:
            # A daemon: reading standard input cannot be interrupted when the sandbox ends for another reason.
            watch = threading.Thread(
                target=_watch_input,
                args=(stopped, asyncio.get_running_loop(), listener),
                daemon=True,
                name="sandbox-parent",
            )
            watch.start()

    logging.getLogger("studio.sandbox").info("Listening on %s", base_url_of(sock))
    try:
        asyncio.run(serve(settings, sock, ready=ready))
    except KeyboardInterrupt:
        return 0
    finally:
        stopped.set()
        sock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

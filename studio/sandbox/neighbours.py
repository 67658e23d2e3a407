"""Who may speak to the sandbox: programs of this computer, and no web page that is open in a browser on it.

A page cannot hide two things: the Host it believes to ask (its own, when it points its name at this machine)
and, on whatever changes something, its Origin.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

CONTROL = "/_sandbox"


class Neighbours:
    """ASGI middleware: refuses foreign Host names everywhere, and foreign pages on the control routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refused = not is_here(f"//{headers.get('host', '')}")
        if str(scope["path"]).startswith(CONTROL):
            # A page of another site may be without an Origin when it only loads something; browsers say so.
            site = headers.get("sec-fetch-site", "none")
            origin: str | None = headers.get("origin")
            refused = refused or site not in ("none", "same-origin")
            refused = refused or (origin is not None and urlsplit(origin).netloc != headers.get("host"))
        if not refused:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await JSONResponse({"error": "The sandbox answers programs on this computer."}, 403)(
                scope, receive, send
            )


def is_here(address: str) -> bool:
    """True when an address names this computer by number or as localhost, which no DNS entry can claim."""
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

"""The routes of all four hosts on one origin (README, Addresses)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.sandbox.errors import ApiError, legacy_error, media_error, response_of
from studio.sandbox.gate import Gate
from studio.sandbox.neighbours import Neighbours
from studio.sandbox.routes import account, audio, catalogue, chat, control, images, legacy, media, sign_in
from studio.sandbox.service import Service
from studio.sandbox.settings import Era

log = logging.getLogger("studio.sandbox")


def all_routes(era: Era) -> list[BaseRoute]:
    """Gen and enter at the root, enter also under `/enter`, media and the retired service on their own."""
    found: list[BaseRoute] = [
        *control.routes(),
        *catalogue.routes(era),
        *images.routes(era),
        *chat.routes(era),
        *audio.routes(era),
        *media.routes(era),
        *legacy.LegacyRoutes().routes(),
    ]
    for prefix in ("", "/enter"):
        found += account.routes(era, prefix)
        found += account.routes(era, f"{prefix}/api")
        found += sign_in.routes(era, prefix)
    return found


def _refused(path: str, status: int, headers: Mapping[str, str] | None) -> ApiError:
    """An unknown address or a wrong method, in the shape of the host it belongs to."""
    if path.startswith(media.PREFIX):
        return media_error(status, "Not found" if status == 404 else "Method not allowed")
    if path.startswith(legacy.PREFIX):
        return legacy_error(status, "Not Found" if status == 404 else "Method Not Allowed")
    return ApiError(status, headers=headers)


class Cors:
    """Answers preflights and lets web pages read answers, as the service does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = {
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "GET, POST, HEAD, DELETE, OPTIONS",
                "Access-Control-Allow-Headers": "*",
            }
            await Response(status_code=204, headers=headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def build_app(service: Service) -> Starlette:
    """The ASGI application around a service."""
    era = service.settings.era

    def request_id(request: Request) -> str:
        entry = request.scope.get("sandbox.entry")
        return entry.request_id if entry else str(uuid.uuid4())

    async def on_api_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, ApiError):
            raise error
        entry = request.scope.get("sandbox.entry")
        if entry is not None and not entry.outcome:
            entry.outcome = "refused"
        return response_of(error, era, request_id(request))

    async def on_http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        return response_of(_refused(request.url.path, status, headers), era, request_id(request))

    async def on_bug(request: Request, error: Exception) -> Response:
        log.error("A route failed: %s %s", request.method, request.url.path, exc_info=error)
        return response_of(ApiError(500, details={"name": type(error).__name__}), era, request_id(request))

    app = Starlette(
        routes=all_routes(era),
        middleware=[Middleware(Neighbours), Middleware(Cors), Middleware(Gate, service)],
        exception_handlers={ApiError: on_api_error, HTTPException: on_http_error, Exception: on_bug},
    )
    app.state.service = service
    app.router.redirect_slashes = False
    return app

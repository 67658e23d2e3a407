"""Errors in the seven shapes that the service answers with (CONTRACT 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.responses import Response

from studio.sandbox.settings import Era

Shape = Literal["envelope", "publishable", "safety", "media", "oauth", "plain", "html", "legacy"]

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    402: "PAYMENT_REQUIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    410: "GONE",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE_ENTITY",
    426: "UPGRADE_REQUIRED",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
MESSAGES = {
    400: "Something was wrong with the input data, check the details for more info.",
    401: "Authentication required. Please provide an API key via Authorization header (Bearer token) "
    "or ?key= query parameter.",
    402: "Insufficient pollen balance or API key budget exhausted.",
    403: "You don't have permission to do that.",
    404: "Oh no, there's nothing here.",
    405: "That method isn't allowed here.",
    413: "The request payload is too large. Reduce its size and try again.",
    415: "The request media type isn't supported.",
    422: "The prompt was rejected by the provider content policy.",
    429: "Too many requests from this IP. Please slow down.",
    500: "Oh snap, something went wrong on our end. We're on it!",
    502: "Image provider error: model overloaded",
    503: "Unable to verify balance. Please try again shortly.",
    504: "The upstream service did not respond in time.",
}


class ApiError(Exception):
    """A refusal: status, shape and words. `details` and `fix_url` belong to the envelope (CONTRACT 9.1)."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        code: str | None = None,
        shape: Shape = "envelope",
        details: Mapping[str, Any] | None = None,
        fix_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.message = message if message is not None else MESSAGES.get(status, f"Error {status}")
        self.code = code or CODES.get(status, "UNKNOWN_ERROR")
        self.shape: Shape = shape
        self.details = details
        self.fix_url = fix_url
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(f"{status} {self.code}: {self.message}")


def invalid(fields: Mapping[str, list[str]]) -> ApiError:
    """400 with one or more fields named, as the service's validator words it."""
    return ApiError(400, details={"name": "ValidationError", "formErrors": [], "fieldErrors": dict(fields)})


def media_error(status: int, message: str) -> ApiError:
    """The media host's `{"error": "text"}` (CONTRACT 9.3, shape 3)."""
    return ApiError(status, message, shape="media")


def oauth_error(code: str, description: str | None = None) -> ApiError:
    """The sign-in routes' `{"error": "snake_code"}`, always with 400 (CONTRACT 11.3)."""
    return ApiError(400, description or "", code=code, shape="oauth")


def legacy_error(status: int, detail: str | list[dict[str, Any]]) -> ApiError:
    """The retired service's `{"detail": …}` (CONTRACT 9.3, shape 6)."""
    return ApiError(status, str(detail), shape="legacy", extra={"detail": detail})


def timestamp(moment: datetime | None = None) -> str:
    """`2026-09-26T10:15:30.123Z`."""
    moment = moment or datetime.now(UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _envelope(error: ApiError, era: Era, request_id: str) -> dict[str, Any]:
    inner: dict[str, Any] = {"message": error.message, "code": error.code, "timestamp": timestamp()}
    if error.details is not None:
        inner["details"] = dict(error.details)
    elif era == "seed":
        inner["details"] = {"name": "HTTPException"}
        if error.status == 400:
            inner["details"] |= {"formErrors": [error.message], "fieldErrors": {}}
    if era == "seed":
        inner["requestId"] = request_id
        inner["cause"] = None
    elif error.fix_url:
        inner["fixUrl"] = error.fix_url
    return {"success": False, "error": inner, "status": error.status}


def body_of(error: ApiError, era: Era, request_id: str) -> dict[str, Any] | str:
    """What the error says on the wire: an object for JSON shapes, text for the others."""
    match error.shape:
        case "publishable":
            return {"error": "Rate limit exceeded", "message": error.message, **error.extra}
        case "safety":
            return {
                "error": {"type": "safety_error", "code": error.code, "message": error.message, **error.extra}
            }
        case "media":
            return {"error": error.message}
        case "oauth":
            described = {"error_description": error.message} if error.message else {}
            return {"error": error.code, **described}
        case "legacy":
            return {"detail": error.extra.get("detail", error.message)}
        case "plain":
            return error.message
        case "html":
            return (
                "<!DOCTYPE html><html><head><title>gen.pollinations.ai | "
                f"{error.status}: {error.message}</title></head><body>Error code {error.status}</body></html>"
            )
        case "envelope":
            return _envelope(error, era, request_id)


def response_of(error: ApiError, era: Era, request_id: str) -> Response:
    """The error as an HTTP response."""
    body = body_of(error, era, request_id)
    headers = {**error.headers}
    if isinstance(body, dict):
        content, kind = json.dumps(body, ensure_ascii=False), "application/json"
    elif error.shape == "html":
        content, kind = body, "text/html; charset=UTF-8"
        headers = {"Server": "cloudflare", "CF-RAY": "8f0c0ffee0123456-FRA", **headers}
    else:
        content, kind = body, "text/plain; charset=UTF-8"
    return Response(content, error.status, headers=headers, media_type=kind)

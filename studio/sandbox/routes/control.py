"""The sandbox's own routes: faults, the record of requests, the pretend balance (README, Control).

They stand apart from the service's routes, want no key, and never meet a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studio.sandbox.faults import fault_from
from studio.sandbox.service import service_of


async def _object(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _wrong(message: str) -> Response:
    return JSONResponse({"error": message}, 400)


async def _add_faults(request: Request) -> Response:
    body = await _object(request)
    wanted: object = cast(Mapping[str, object], body).get("faults") if isinstance(body, dict) else body
    if not isinstance(wanted, list):
        return _wrong("Send a list of faults.")
    try:
        faults = [fault_from(item) for item in cast(list[dict[str, Any]], wanted)]
    except (TypeError, ValueError) as error:
        return _wrong(str(error))
    service = service_of(request)
    service.faults.add(faults)
    return JSONResponse({"waiting": service.faults.waiting})


async def _clear_faults(request: Request) -> Response:
    service_of(request).faults.clear()
    return JSONResponse({"waiting": 0})


async def _requests(request: Request) -> Response:
    return JSONResponse({"requests": service_of(request).record.shown()})


async def _balance(request: Request) -> Response:
    body = await _object(request)
    if not isinstance(body, dict):
        return _wrong('Send {"balance": "10"} or {"tier": "1", "paid": "9"}.')
    amounts = cast(dict[str, object], body)
    try:
        paid = amounts.get("paid", amounts.get("balance"))
        tier = amounts.get("tier", "0" if "balance" in amounts else None)
        service_of(request).set_balance(
            tier=None if tier is None else Decimal(str(tier)),
            paid=None if paid is None else Decimal(str(paid)),
        )
    except InvalidOperation:
        return _wrong("Amounts are decimal numbers.")
    return JSONResponse(service_of(request).state()["balance"])


async def _state(request: Request) -> Response:
    return JSONResponse(service_of(request).state())


async def _reset(request: Request) -> Response:
    service_of(request).reset()
    return JSONResponse(service_of(request).state())


async def _expire(request: Request) -> Response:
    """Let an upload or a device code run out now."""
    body = await _object(request)
    service = service_of(request)
    if isinstance(body, dict):
        named = cast(dict[str, str], body)
        if "media" in named:
            service.media.expire(named["media"])
        device = service.sign_ins.device(named.get("device_code", ""))
        if device is not None:
            service.sign_ins.expire(device)
    return JSONResponse({"expired": True})


def routes() -> list[Route]:
    return [
        Route("/_sandbox/faults", _add_faults, methods=["POST"]),
        Route("/_sandbox/faults", _clear_faults, methods=["DELETE"]),
        Route("/_sandbox/requests", _requests),
        Route("/_sandbox/balance", _balance, methods=["POST"]),
        Route("/_sandbox/state", _state),
        Route("/_sandbox/reset", _reset, methods=["POST"]),
        Route("/_sandbox/expire", _expire, methods=["POST"]),
    ]

"""The retired service: websocket and REST (CONTRACT 12), under `/legacy`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from studio.sandbox.access import required_key
from studio.sandbox.errors import ApiError, legacy_error
from studio.sandbox.faults import Fault
from studio.sandbox.gate import ConnectionEndedError
from studio.sandbox.legacy import LegacyJobs, Made, Pollen, check_token, new_token, pollen_from
from studio.sandbox.parameters import JsonObject
from studio.sandbox.service import Service, service_of

PREFIX = "/legacy"
POLL_SECONDS = 1.0
POLLS = 2


def _data(name: str) -> Any:
    return json.loads(files("studio.sandbox").joinpath("data", name).read_text("utf-8"))


class LegacyRoutes:
    """The routes with the jobs they share."""

    def __init__(self) -> None:
        self._jobs = LegacyJobs()
        self._models: tuple[str, ...] = tuple(_data("legacy_models.json"))

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{PREFIX}/", self._root),
            Route(f"{PREFIX}/user", self._user),
            Route(f"{PREFIX}/token/", self._token),
            Route(f"{PREFIX}/models", self._list),
            Route(f"{PREFIX}/models/{{author}}/{{model}}", self._model),
            Route(f"{PREFIX}/pollen", self._generate, methods=["POST"]),
            Route(f"{PREFIX}/pollen/{{cid:path}}", self._stored),
            Route(f"{PREFIX}/mine/", self._mine),
            WebSocketRoute(f"{PREFIX}/ws", self._socket),
        ]

    @staticmethod
    def _user_of(request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return check_token(token if scheme.lower() == "bearer" else None)

    async def _root(self, _request: Request) -> Response:
        return JSONResponse({"message": "The sandbox's stand-in for the retired service"})

    async def _user(self, request: Request) -> Response:
        return JSONResponse({"sub": self._user_of(request)})

    async def _token(self, request: Request) -> Response:
        """A token for whoever has a key of the sandbox."""
        required_key(request)
        return JSONResponse({"token": new_token()})

    async def _list(self, _request: Request) -> Response:
        return JSONResponse(self._models)

    async def _model(self, request: Request) -> Response:
        name = f"{request.path_params['author']}/{request.path_params['model']}"
        if name not in self._models:
            raise legacy_error(404, "Model not found")
        document = _data("legacy_model_openapi.json")
        own = _data("legacy_model_inputs.json").get(name)
        if own is not None:
            document["components"]["schemas"] |= own
        return JSONResponse(document)

    async def _generate(self, request: Request) -> Response:
        self._user_of(request)
        try:
            body: Any = await request.json()
        except ValueError as error:
            raise legacy_error(
                422, [{"loc": ["body"], "msg": "invalid JSON", "type": "value_error"}]
            ) from error
        pollen = pollen_from(body, self._models)
        done = self._jobs.find(pollen.cid)
        if done is not None:
            return JSONResponse(done)
        service = service_of(request)
        made = await asyncio.shield(self._jobs.start(service, pollen, POLL_SECONDS * POLLS))
        status = "success" if made.good else "failed"
        if pollen.on_replicate:
            return JSONResponse(pollen.message(status, made.output or None, cid=pollen.cid))
        named = {f"out-{number}.png": address for number, address in enumerate(made.files)}
        words = {"output": made.words} if made.words else {}
        output = {**named, **words, "log": made.log}
        return JSONResponse(pollen.message(status, output, cid=pollen.cid, logs=made.log))

    async def _stored(self, request: Request) -> Response:
        done = self._jobs.find(request.path_params["cid"])
        if done is None:
            raise legacy_error(404, "Pollen not found")
        return JSONResponse(done)

    async def _mine(self, request: Request) -> Response:
        self._user_of(request)
        return JSONResponse(self._jobs.all())

    # ------------------------------------------------------------ websocket
    async def _socket(self, socket: WebSocket) -> None:
        service = service_of(socket)
        fault = service.faults.take("WS", socket.url.path, ()) or Fault()
        if fault.latency:
            await service.work_for(fault.latency)
        try:
            check_token(socket.query_params.get("token"))
        except ApiError:
            await socket.close()  # before accepting: the handshake is refused with 403
            return
        if fault.status:
            await socket.send_denial_response(JSONResponse({"detail": fault.message}, fault.status))
            return
        await socket.accept()
        try:
            pollen = pollen_from(await socket.receive_json(), self._models)
            entry = service.record.begin({**socket.scope, "method": "WS"}, b"", "")
            entry.body = {"image": pollen.image, "input": pollen.input}
            await self._tell(FaultySocket(socket, fault, service), pollen)
        except (ValueError, KeyError, ApiError, ConnectionEndedError):
            # Whatever goes wrong here closes the socket without a word, as it always did.
            with contextlib.suppress(WebSocketDisconnect):
                await socket.close(1011)
        except WebSocketDisconnect:
            return
        else:
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close(1000)

    async def _tell(self, socket: FaultySocket, pollen: Pollen) -> None:
        """The messages of one job, about one a second."""
        service = socket.service
        done = self._jobs.find(pollen.cid)
        if done is not None:
            await socket.send(done)
            return
        work = self._jobs.start(service, pollen, POLL_SECONDS * POLLS)
        waiting: JsonObject = {} if pollen.on_replicate else {"queue_position": 1}
        await socket.send(pollen.message("starting", **waiting))
        for poll in range(POLLS):
            await service.work_for(POLL_SECONDS)
            logs = f" {34 + poll * 46}%|###       |" if pollen.on_replicate else None
            await socket.send(pollen.message("processing", **waiting, logs=logs))
        await socket.send(_final(pollen, await asyncio.shield(work)))


class FaultySocket:
    """Sends messages as a fault asks for: `cut_after` and `stall_after` count messages, `says` and `huge`
    take their place."""

    def __init__(self, socket: WebSocket, fault: Fault, service: Service) -> None:
        self.service = service
        self._socket = socket
        self._fault = fault
        self._sent = 0

    async def send(self, message: JsonObject) -> None:
        fault = self._fault
        if fault.cut_after is not None and self._sent >= fault.cut_after:
            raise ConnectionEndedError
        if fault.stall_after is not None and self._sent >= fault.stall_after:
            await self.service.stopping.wait()
            raise ConnectionEndedError
        self._sent += 1
        if fault.says or fault.huge:
            await self._socket.send_text(fault.says or "x" * fault.huge)
        else:
            await self._socket.send_json(message)


def _final(pollen: Pollen, made: Made) -> JsonObject:
    """The last message: both backends word and nest it their own way (CONTRACT 12)."""
    if pollen.on_replicate:
        last = made.output[-1] if made.output else None
        return pollen.message("succeeded" if made.good else "failed", last, logs=made.log)
    if not made.good:
        return pollen.message("failed", {"log": made.log, "output": []})
    image = pollen.message("success")["image"]
    output: JsonObject = {
        "input": pollen.input,
        "image": image,
        "output": made.output,
        "log": made.log,
        "success": True,
    }
    return pollen.message("success", output)

"""The retired service: websocket and REST (CONTRACT 12), under `/legacy`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from studio.sandbox.access import required_key
from studio.sandbox.errors import ApiError, legacy_error
from studio.sandbox.legacy import LegacyJobs, Pollen, check_token, new_token, pollen_from
from studio.sandbox.parameters import JsonObject
from studio.sandbox.service import service_of

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
        return JSONResponse(_data("legacy_model_openapi.json"))

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
        await service.work_for(POLL_SECONDS * POLLS)
        good, address, log = await self._jobs.work(service, pollen)
        if pollen.on_replicate:
            return JSONResponse(
                pollen.message("success" if good else "failed", [address] if good else None, cid=pollen.cid)
            )
        output = {"out-0.png": address, "log": log} if good else {"log": log}
        status = "success" if good else "failed"
        return JSONResponse(pollen.message(status, output, cid=pollen.cid, logs=log))

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
        try:
            check_token(socket.query_params.get("token"))
        except ApiError:
            await socket.close()  # before accepting: the handshake is refused with 403
            return
        await socket.accept()
        try:
            pollen = pollen_from(await socket.receive_json(), self._models)
            await self._tell(socket, pollen)
        except (ValueError, KeyError, ApiError):
            # Whatever goes wrong here closes the socket without a word, as it always did.
            await socket.close(1011)
        except WebSocketDisconnect:
            return
        else:
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close(1000)

    async def _tell(self, socket: WebSocket, pollen: Pollen) -> None:
        """The messages of one job, about one a second."""
        service = service_of(socket)
        done = self._jobs.find(pollen.cid)
        if done is not None:
            await socket.send_json(done)
            return
        waiting: JsonObject = {} if pollen.on_replicate else {"queue_position": 1}
        await socket.send_json(pollen.message("starting", **waiting))
        for poll in range(POLLS):
            await service.work_for(POLL_SECONDS)
            logs = f" {34 + poll * 46}%|###       |" if pollen.on_replicate else None
            await socket.send_json(pollen.message("processing", **waiting, logs=logs))
        good, address, log = await self._jobs.work(service, pollen)
        await socket.send_json(_final(pollen, good=good, address=address, log=log))


def _final(pollen: Pollen, *, good: bool, address: str, log: str) -> JsonObject:
    """The last message: both backends word and nest it their own way (CONTRACT 12)."""
    if pollen.on_replicate:
        return pollen.message("succeeded" if good else "failed", address or None, logs=log)
    if not good:
        return pollen.message("failed", {"log": log, "output": []})
    image = pollen.message("success")["image"]
    output: JsonObject = {
        "input": pollen.input,
        "image": image,
        "output": [address],
        "log": log,
        "success": True,
    }
    return pollen.message("success", output)

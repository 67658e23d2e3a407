"""The model lists (CONTRACT 2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studio.sandbox.access import optional_key
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError, invalid
from studio.sandbox.service import service_of
from studio.sandbox.settings import Era

YES = ("true", "1")
NO = ("false", "0")


def _flag(request: Request, name: str) -> bool | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    if value not in YES + NO:
        raise invalid({name: ['Invalid option: expected one of "true"|"false"|"1"|"0"']})
    return value in YES


def _option(request: Request, name: str, header: str, allowed: Collection[str]) -> str | None:
    value = request.query_params.get(name) or request.headers.get(header)
    if value is not None and value not in allowed:
        raise invalid({name: [f"Invalid option: expected one of {', '.join(sorted(allowed))}"]})
    return value


def _reliable(model: Model) -> bool:
    """Flaky community models are hidden unless asked for."""
    health: dict[str, Any] = model.entry.get("health") or {}
    status = health.get("status")
    return not model.entry.get("community") or status in ("healthy", "unknown", None)


def _matches(model: Model, words: str) -> bool:
    entry = model.entry
    text = " ".join(
        [
            *model.names,
            str(entry.get("title", "")),
            str(entry.get("description", "")),
            str(entry.get("publisher", "")),
        ]
    ).lower()
    return all(word in text for word in words.lower().split())


def _filtered(request: Request, models: list[Model]) -> list[Model]:
    """The current era's query parameters; the seed era ignores them."""
    community = _flag(request, "community")
    agent = _flag(request, "agent")
    source = _option(request, "source", "pollinations-model-source", ("official", "community"))
    reliability = _option(request, "reliability", "pollinations-model-reliability", ("reliable", "all"))
    if source is not None:
        community = source == "community"
    if community is not None:
        models = [model for model in models if bool(model.entry.get("community")) == community]
    if agent is not None:
        models = [model for model in models if bool(model.entry.get("agent")) == agent]
    if reliability != "all":
        models = [model for model in models if _reliable(model)]
    if query := request.query_params.get("query"):
        models = [model for model in models if _matches(model, query)]
    if wanted := request.query_params.get("capabilities"):
        capabilities = {part.strip() for part in wanted.split(",") if part.strip()}
        models = [model for model in models if capabilities <= model.capabilities]
    if limit := request.query_params.get("limit"):
        if not limit.isdecimal() or int(limit) < 1:
            raise invalid({"limit": ["Invalid input: expected a whole number above 0"]})
        models = models[: int(limit)]
    return models


def _models(request: Request, categories: Collection[str] | None) -> list[Model]:
    service = service_of(request)
    key = optional_key(request)
    models = service.catalogue.visible(
        categories,
        allowed=None if key is None else key.models,
        # Without a key nobody's purse is known, so nothing is hidden.
        paid=key is None or service.account.has_paid,
    )
    return models if service.settings.era == "seed" else _filtered(request, models)


def _list(categories: Collection[str] | None) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return JSONResponse([dict(model.entry) for model in _models(request, categories)])

    return answer


async def _openai_list(request: Request) -> Response:
    catalogue = service_of(request).catalogue
    # The seed era knew text models alone under this address (CONTRACT 2).
    categories = ("text",) if service_of(request).settings.era == "seed" else None
    items: list[dict[str, Any]] = [catalogue.openai_item(model) for model in _models(request, categories)]
    return JSONResponse({"object": "list", "data": items})


async def _openai_model(request: Request) -> Response:
    catalogue = service_of(request).catalogue
    model = catalogue.find(request.path_params["name"])
    if model is None or not model.listed:
        raise ApiError(404)
    return JSONResponse(catalogue.openai_item(model))


def routes(era: Era) -> list[Route]:
    """Seed era: `/models` means text, and there are no lists of films, 3D or embeddings."""
    found = [
        Route("/v1/models", _openai_list),
        Route("/v1/models/{name:path}", _openai_model),
        Route("/text/models", _list(("text",))),
        Route("/image/models", _list(("image", "video"))),
        Route("/audio/models", _list(("audio",))),
        Route("/models", _list(("text",) if era == "seed" else None)),
    ]
    if era == "current":
        found += [
            Route("/video/models", _list(("video",))),
            Route("/3d/models", _list(("3d",))),
            Route("/embeddings/models", _list(("embedding",))),
        ]
    return found

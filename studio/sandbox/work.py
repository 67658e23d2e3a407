"""The one way from a checked request to its answer: permission, joining, funds, work, headers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from studio.sandbox.access import require_funds, require_model
from studio.sandbox.account import Key
from studio.sandbox.catalogue import Model
from studio.sandbox.generations import Order, Product, identity_of, media_id_of
from studio.sandbox.prices import Usage, usage_headers
from studio.sandbox.service import Service, entry_of, service_of

FOREVER = "public, max-age=31536000, immutable"
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "audio/pcm": "pcm",
    "application/zip": "zip",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A checked request. `said` is what makes it the same request again; `asked` the model name it used."""

    key: Key
    model: Model
    asked: str
    kind: str
    endpoint: str
    said: dict[str, object]
    estimate: Decimal
    work: Callable[[], Awaitable[Product]]
    fresh: bool = False
    media: bool = True


async def answer(request: Request, job: Job) -> Response:
    """Join, replay or do the work, and answer with what came of it.

    403 when the key may not use the model; 402 when new work cannot be paid for; 429 with limits on.
    """
    service = service_of(request)
    entry = entry_of(request)
    require_model(job.key, job.model, job.asked)
    identity = identity_of(job.endpoint, job.said)
    entry.model, entry.identity = job.model.name, identity
    if job.fresh or not service.generations.known(identity):
        service.limits.model(job.model)
        service.limits.publishable(service.account, job.key)
        require_funds(service, job.key, job.model, job.estimate)
    order = Order(
        identity=identity,
        key=job.key,
        model=job.model,
        kind=job.kind,
        estimate=job.estimate,
        work=job.work,
        fresh=job.fresh,
    )
    product, outcome = await service.generations.get(order, entry)
    return response_of_product(service, product, identity, hit=outcome == "replayed", media=job.media)


def response_of_product(
    service: Service, product: Product, identity: str, *, hit: bool, media: bool = True
) -> Response:
    """The stored answer with the headers of CONTRACT 9.4. `X-Cache: HIT` does not mean free: the current
    service serves even fresh media through its cache (CONTRACT 8)."""
    headers = dict(product.headers)
    current = service.settings.era == "current"
    headers["X-Cache"] = "HIT" if hit or (media and current) else "MISS"
    if media and current:
        headers["Content-Location"] = f"{service.addresses.media_url}/{media_id_of(identity)}"
    return Response(
        product.body, headers=headers, media_type=None if "content-type" in headers else product.content_type
    )


def product(
    service: Service,
    model: Model,
    *,
    content_type: str,
    body: bytes,
    usage: Usage,
    cost: Decimal,
    name: str = "",
    headers: dict[str, str] | None = None,
) -> Product:
    """A finished piece of work with its headers; `name` is the prompt its file name is made from."""
    found = {"Cache-Control": FOREVER, "x-model-used": _model_used(service, model), **usage_headers(usage)}
    if name:
        extension = EXTENSIONS.get(content_type.split(";", maxsplit=1)[0], "bin")
        found["Content-Disposition"] = f'inline; filename="{slug(name)}.{extension}"'
    if content_type == "image/svg+xml":
        found["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        found["X-Content-Type-Options"] = "nosniff"
    found |= pollen_headers(service, model, cost) | (headers or {})
    return Product(
        content_type=content_type, body=body, headers=found, model=model.name, usage=usage, cost=cost
    )


def pollen_headers(service: Service, model: Model, cost: Decimal) -> dict[str, str]:
    """What was billed; the seed era did not say (CONTRACT 9.4)."""
    if service.settings.era == "seed":
        return {}
    return {
        "x-pollen-cost": format(cost, "f"),
        "x-pollen-currency": "pollen",
        "x-pollen-model": model.name,
        "x-pollen-pricing-available": "true",
    }


def _model_used(service: Service, model: Model) -> str:
    """Pictures and films answer with the short name that old clients know (CONTRACT samples)."""
    if model.category in ("image", "video") and model.aliases and service.settings.era == "current":
        return min(model.aliases, key=len)
    return model.name


def slug(prompt: str) -> str:
    """At most 100 characters of a prompt, fit for a header."""
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:100].strip("-") or "untitled"

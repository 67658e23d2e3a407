"""Work that is joined, stored and billed once (CONTRACT 8).

The identity of a request is its endpoint and what it says, without the key. While work with the same
identity runs, another request joins it; afterwards it gets the stored result. The work goes on when the one
who asked for it hangs up.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from studio.sandbox.account import Account, Key
from studio.sandbox.catalogue import Model
from studio.sandbox.prices import Usage
from studio.sandbox.record import Entry
from studio.sandbox.store import Event, Store

NOT_PART_OF_IDENTITY = frozenset({"key", "no-cache", "nofeed"})
MEDIA_NAMESPACE = uuid.UUID("6f1d2c3b-5a4e-4f7d-9c8b-0a1b2c3d4e5f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A finished piece of work as it goes over the wire."""

    content_type: str
    body: bytes
    headers: Mapping[str, str]
    model: str
    usage: Usage
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything needed to do and to bill one piece of work.

    `kind` is the usage row's type, `estimate` what is set aside while it runs; `fresh` makes it anew although
    a result is stored.
    """

    identity: str
    key: Key
    model: Model
    kind: str
    estimate: Decimal
    work: Callable[[], Awaitable[Product]]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index knows of a stored result; the bytes are in the store."""

    name: str
    content_type: str
    headers: Mapping[str, str]
    model: str


Outcome = Literal["started", "joined", "replayed"]


def identity_of(endpoint: str, said: Mapping[str, Any]) -> str:
    """SHA-256 over the endpoint and the normalised query or body, in hex."""
    kept = {name: value for name, value in said.items() if name not in NOT_PART_OF_IDENTITY}
    text = json.dumps([endpoint, kept], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def media_id_of(identity: str) -> str:
    """Under which id the media host serves a stored result."""
    return str(uuid.uuid5(MEDIA_NAMESPACE, identity))


class Generations:
    """All running and stored work."""

    def __init__(
        self,
        account: Account,
        store: Store,
        spawn: Callable[[Coroutine[Any, Any, Product]], asyncio.Task[Product]],
    ) -> None:
        self._account = account
        self._store = store
        self._spawn = spawn
        self._running: dict[str, asyncio.Task[Product]] = {}
        self._stored: dict[str, Stored] = {}
        self._by_media_id: dict[str, str] = {}

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def stored(self) -> int:
        return len(self._by_media_id)

    def known(self, identity: str) -> bool:
        """Whether a request with this identity would cost nothing."""
        return identity in self._running or identity in self._stored

    def result(self, identity: str) -> Product | None:
        """The stored result, if there is one."""
        stored = self._stored.get(identity)
        if stored is None:
            return None
        return Product(
            content_type=stored.content_type,
            body=self._store.load(stored.name),
            headers=stored.headers,
            model=stored.model,
            usage={},
            cost=Decimal(0),
        )

    def result_for_media(self, media_id: str) -> Product | None:
        """The stored result that `Content-Location` pointed at."""
        identity = self._by_media_id.get(media_id)
        return self.result(identity) if identity else None

    async def get(self, order: Order, entry: Entry) -> tuple[Product, Outcome]:
        """The result of an order: joined, replayed, or made now. Cancelling the caller leaves the work."""
        running = self._running.get(order.identity)
        if running is not None:
            entry.outcome = "joined"
            return await asyncio.shield(running), "joined"
        if not order.fresh:
            stored = self.result(order.identity)
            if stored is not None:
                entry.outcome = "replayed"
                return stored, "replayed"
        entry.outcome = "started"
        # Here and not in the task: two requests must not both see the same pollen before either starts.
        self._account.hold(order.key.id, order.estimate)
        task = self._spawn(self._run(order, entry))
        self._running[order.identity] = task
        return await asyncio.shield(task), "started"

    def publish(self, identity: str, product: Product) -> None:
        """Store a result under an identity of its own, unbilled: a `url` answer names a GET address."""
        self._store.save(identity, product.body)
        self._store.append(self._remember(identity, product))

    async def _run(self, order: Order, entry: Entry) -> Product:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            if entry.hold:
                await asyncio.sleep(entry.hold)
            product = await order.work()
            # A result without its charge, or a charge without its result, must not survive a crash.
            self._store.save(order.identity, product.body)
            milliseconds = round((loop.time() - began) * 1000)
            charge = self._account.charge(
                order.key, order.model, order.kind, product.cost, product.usage, milliseconds
            )
            self._store.append(charge, self._remember(order.identity, product))
            entry.billed = product.cost
            return product
        finally:
            self._account.release(order.key.id, order.estimate)
            self._running.pop(order.identity, None)

    def _remember(self, identity: str, product: Product) -> Event:
        event: Event = {
            "kind": "result",
            "identity": identity,
            "name": identity,
            "content_type": product.content_type,
            "headers": dict(product.headers),
            "model": product.model,
        }
        self.apply(event)
        return event

    def apply(self, event: Event) -> bool:
        """Carry out one event of the journal; False when it is not about results."""
        if event["kind"] != "result":
            return False
        identity = event["identity"]
        self._stored[identity] = Stored(
            event["name"], event["content_type"], event["headers"], event["model"]
        )
        self._by_media_id[media_id_of(identity)] = identity
        return True

    def clear(self) -> None:
        """Forget stored results; running work goes on and is stored when done."""
        self._stored.clear()
        self._by_media_id.clear()

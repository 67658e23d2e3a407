"""The sandbox's state in one place, and what routes do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from starlette.requests import HTTPConnection

from studio.sandbox.account import Account
from studio.sandbox.catalogue import Catalogue
from studio.sandbox.faults import Faults
from studio.sandbox.generations import Generations
from studio.sandbox.limits import Limits
from studio.sandbox.media import MediaShelf
from studio.sandbox.record import Entry, Record
from studio.sandbox.settings import Addresses, Settings
from studio.sandbox.sign_in import SignIns
from studio.sandbox.store import Store

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
MAKERS = 2  # pictures and films are CPU work; more at once would only make each slower


class Service:
    """Everything the routes share. Lives on one event loop; close() ends all running work."""

    def __init__(self, settings: Settings, addresses: Addresses) -> None:
        self.settings = settings
        self.addresses = addresses
        self.store = Store(settings.state)
        self.catalogue = Catalogue(settings.era)
        self.account = Account(settings)
        self.generations = Generations(self.account, self.store, self.spawn)
        self.media = MediaShelf(settings.era, self.store)
        self.sign_ins = SignIns()
        self.limits = Limits(settings.limits)
        self.faults = Faults()
        self.record = Record()
        self.stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._makers = ThreadPoolExecutor(MAKERS, thread_name_prefix="sandbox-maker")
        for event in self.store.events():
            _ = self.account.apply(event) or self.generations.apply(event) or self.media.apply(event)

    def spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run work that outlives the request it came from; it is cancelled when the sandbox closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen by whoever waits; marks it as retrieved when nobody does

    async def make(
        self, maker: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Run a maker in a thread, at most two at a time."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._makers, partial(maker, *args, **kwargs))

    async def work_for(self, seconds: float) -> None:
        """Take a believable time; nothing when the sandbox is set to instant."""
        if self.settings.speed > 0:
            await asyncio.sleep(seconds * self.settings.speed)

    def reset(self) -> None:
        """As on the first start: wallet, keys, ledger, results, uploads, faults and the record."""
        self.store.clear()
        self.account.reset()
        self.generations.clear()
        self.media.clear()
        self.sign_ins.clear()
        self.limits.clear()
        self.faults.clear()
        self.record.clear()

    def set_balance(self, *, tier: Decimal | None = None, paid: Decimal | None = None) -> None:
        """Fill or empty the pretend wallet."""
        self.store.append(self.account.set_balance(tier=tier, paid=paid))

    def state(self) -> dict[str, Any]:
        """For `GET /_sandbox/state`."""
        return {
            "era": self.settings.era,
            "speed": self.settings.speed,
            "balance": {
                "tier": str(self.account.tier),
                "paid": str(self.account.paid),
                "total": str(self.account.total),
            },
            "spent": str(sum((row.cost for row in self.account.ledger), Decimal(0))),
            "charges": len(self.account.ledger),
            "running": self.generations.running,
            "results": self.generations.stored,
            "uploads": self.media.count,
            "faults": self.faults.waiting,
            "keys": [
                {
                    "id": key.id,
                    "name": key.name,
                    "type": key.type,
                    "scopes": None if key.scopes is None else list(key.scopes),
                    "models": None if key.models is None else list(key.models),
                    "budget": None if key.budget is None else str(key.budget),
                    "expires_at": key.expires_at,
                }
                for key in self.account.keys.values()
            ],
        }

    async def close(self) -> None:
        """End all running work and let go of files and threads."""
        self.stopping.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._makers.shutdown, wait=True, cancel_futures=True)
        self.store.close()


def service_of(connection: HTTPConnection) -> Service:
    """The service behind a request."""
    return cast(Service, connection.app.state.service)


def entry_of(connection: HTTPConnection) -> Entry:
    """The record's line for a request; the gate has put it there."""
    return cast(Entry, connection.scope["sandbox.entry"])

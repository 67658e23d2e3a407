"""The one owner of asyncio tasks: named, grouped, cancelled with their owner, failures told at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from studio.core.events import Event

T = TypeVar("T")
log = logging.getLogger(__name__)


class TaskSupervisor:
    """Spawns every task of the program. `failed` carries what a task raised and nobody awaited."""

    def __init__(self) -> None:
        self.failed: Event[BaseException] = Event("tasks.failed")
        self._tasks: dict[asyncio.Task[Any], tuple[object, str | None]] = {}
        self._finishing: set[asyncio.Task[Any]] = set()
        self._closing = False

    def spawn(
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str,
        owner: object,
        group: str | None = None,
        finish: bool = False,
    ) -> asyncio.Task[T]:
        """Run `coro` as a task that belongs to `owner`.

        With a `group`, an earlier task of the same owner and group is cancelled first ("latest wins").
        `finish` is for short writes of what the user made: `shutdown` waits for them instead of cancelling.
        """
        if group is not None:
            for task, (its_owner, its_group) in list(self._tasks.items()):
                if its_owner is owner and its_group == group:
                    task.cancel()
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks[task] = (owner, group)
        if finish:
            self._finishing.add(task)
        task.add_done_callback(self._finished)
        return task

    def cancel_owner(self, owner: object) -> None:
        for task, (its_owner, _) in list(self._tasks.items()):
            if its_owner is owner:
                task.cancel()

    def names(self) -> list[str]:
        return sorted(task.get_name() for task in self._tasks)

    async def shutdown(self, grace: float = 5.0) -> list[str]:
        """Cancel everything and wait; returns the names of tasks that would not stop in `grace` seconds."""
        self._closing = True
        me = asyncio.current_task()
        left = [task for task in self._tasks if task is not me]
        for task in left:
            if task not in self._finishing:
                task.cancel()
        if left:
            _, pending = await asyncio.wait(left, timeout=grace)
            return sorted(task.get_name() for task in pending)
        return []

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        self._finishing.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.debug("task %s failed: %r", task.get_name(), error)
            if not self._closing:
                self.failed.emit(error)

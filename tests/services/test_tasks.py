from __future__ import annotations

import asyncio

from studio.services.tasks import TaskSupervisor


async def forever() -> None:
    await asyncio.Event().wait()


async def test_latest_wins_within_owner_and_group() -> None:
    tasks = TaskSupervisor()
    owner = object()
    first = tasks.spawn(forever(), name="first", owner=owner, group="search")
    other = tasks.spawn(forever(), name="other", owner=object(), group="search")
    second = tasks.spawn(forever(), name="second", owner=owner, group="search")
    await asyncio.wait([first], timeout=1)
    assert first.cancelled()
    assert tasks.names() == ["other", "second"]
    assert await tasks.shutdown() == []
    assert second.cancelled()
    assert other.cancelled()


async def test_a_failure_is_told_at_once() -> None:
    tasks = TaskSupervisor()
    heard: list[BaseException] = []
    tasks.failed.connect(heard.append)

    async def broken() -> None:
        raise ValueError("x")

    kept = tasks.spawn(broken(), name="broken", owner=tasks)
    await asyncio.wait([kept])
    await asyncio.sleep(0)
    assert isinstance(heard[0], ValueError)


async def test_an_owner_takes_its_tasks_along() -> None:
    tasks = TaskSupervisor()
    mine, yours = object(), object()
    a = tasks.spawn(forever(), name="a", owner=mine)
    b = tasks.spawn(forever(), name="b", owner=yours)
    tasks.cancel_owner(mine)
    await asyncio.wait([a], timeout=1)
    assert a.cancelled()
    assert not b.done()
    await tasks.shutdown()


async def test_what_will_not_stop_is_named() -> None:
    tasks = TaskSupervisor()
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = tasks.spawn(stubborn(), name="stubborn", owner=tasks)
    await asyncio.sleep(0)
    assert await tasks.shutdown(grace=0.05) == ["stubborn"]
    release.set()
    await task

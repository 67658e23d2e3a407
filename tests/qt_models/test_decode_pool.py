import asyncio
import gc
import logging
import threading

import pytest
from shiboken6 import delete

from studio.qt_models.decode_pool import DecodePool, decoding_threads


async def results(pool: DecodePool, count: int) -> list[tuple[object, object]]:
    """Wait for `count` results."""
    got: list[tuple[object, object]] = []
    enough = asyncio.Event()

    def take(batch: list[tuple[object, object]]) -> None:
        got.extend(batch)
        if len(got) >= count:
            enough.set()

    pool.finished.connect(take)
    await enough.wait()
    return got


async def test_work_is_done_in_threads_of_its_own(qapp: object) -> None:
    pool = DecodePool("test", threads=2)
    try:
        pool.submit("a", lambda: threading.current_thread().name)
        ((key, name),) = await results(pool, 1)
        assert key == "a"
        assert str(name).startswith("test-")
    finally:
        pool.stop()
        pool.stop()


async def test_newest_first_and_the_oldest_is_dropped(qapp: object) -> None:
    pool = DecodePool("test", threads=1, limit=3)
    held, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        held.wait(10)

    try:
        pool.submit("first", hold)
        begun.wait(10)
        for key in "abcd":
            pool.submit(key, lambda key=key: key)
        pool.submit("later", lambda: "later", urgent=False)  # no room: what is wanted later is not taken
        assert pool.promote("b")
        assert pool.promote("first")  # is being worked on
        assert not pool.promote("a")  # was dropped
        held.set()
        assert [key for key, _ in await results(pool, 4)] == ["first", "b", "d", "c"]
    finally:
        pool.stop()


async def test_failing_work_is_logged_and_the_thread_goes_on(
    qapp: object, caplog: pytest.LogCaptureFixture
) -> None:
    pool = DecodePool("test", threads=1)
    try:
        with caplog.at_level(logging.ERROR):
            pool.submit("bad", lambda: 1 / 0)
            assert await results(pool, 1) == [("bad", None)]
        assert "decoding 'bad' failed" in caplog.text
        pool.submit("good", lambda: 2)
        assert await results(pool, 1) == [("good", 2)]
    finally:
        pool.stop()


def test_threads_survive_the_qt_object_and_still_stop(qapp: object) -> None:
    pool = DecodePool("test", threads=1)
    held = threading.Event()
    pool.submit("a", lambda: held.wait(10))
    queue, threads = pool._queue, list(pool._threads)
    delete(pool)
    held.set()
    queue.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    gc.collect()


def test_one_core_stays_free() -> None:
    assert decoding_threads() >= 1

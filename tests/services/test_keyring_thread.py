from __future__ import annotations

import asyncio
import threading

import pytest

from studio.services.keyring_thread import call_keyring


async def test_results_and_errors_come_back() -> None:
    assert await call_keyring(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await call_keyring(divmod, 7, 0)


async def test_who_is_cancelled_does_not_wait_for_the_prompt() -> None:
    answered = threading.Event()
    waiting = asyncio.ensure_future(call_keyring(answered.wait, 20))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    answered.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            await asyncio.to_thread(thread.join, 10)


def test_an_answer_after_the_end_is_nobodys() -> None:
    answered = threading.Event()

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call_keyring(answered.wait, 20), 0.01)

    asyncio.run(ask())
    answered.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(10)

"""Runs calls to the system keyring beside everything else.

A locked keyring shows a prompt of its own and answers when the user does, which may be never. So such a call
has a thread that nobody waits for at the end of the program, unlike those of the common pool.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def call_keyring(function: Callable[..., T], *arguments: Any) -> T:
    """What `function` gives. When the caller is cancelled, the call goes on and its result is dropped.

    Raises:
        whatever `function` raises.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # pyright: ignore[reportArgumentType] - a T when there was no error

    def work() -> None:
        result: T | None = None
        failed: BaseException | None = None
        try:
            result = function(*arguments)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            failed = error
        # The loop may be closed by now: the program ended while the prompt was open.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=work, name="keyring", daemon=True).start()
    return await answer

"""Reading a stream so that the thread that paints wakes a dozen times a second and not at each word.

While nobody reads, the loop does not watch the socket and bytes gather in it. So what came after a small
helping is looked at only when `INTERVAL` has passed since; after a large one reading goes on at once,
because then the service is faster than that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator

INTERVAL = 0.08
LARGE = 16 * 1024
WORK = 0.004
"""Seconds of work after which others get their turn."""


class _Turn:
    """Tells whether the loop has run since `start`: whether a read had to wait for the network."""

    __slots__ = ("_handle", "_loop", "passed")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self.passed = False

    def start(self) -> None:
        self.passed = False
        self._handle = self._loop.call_soon(self._pass)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _pass(self) -> None:
        self.passed = True


async def paced(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same pieces; nothing is held back for longer than `INTERVAL`."""
    turn = _Turn()
    turn.start()
    size, read_at, began = LARGE, 0.0, time.monotonic()
    try:
        async for piece in pieces:
            now = time.monotonic()
            if turn.passed:
                # Fresh from the network. The very first words are shown without delay.
                wait = read_at + INTERVAL - now
                if size < LARGE and wait > 0:
                    await asyncio.sleep(wait)
                size, began = 0, time.monotonic()
                read_at = began
                turn.start()
            elif now - began > WORK:
                await asyncio.sleep(0)
                began = time.monotonic()
            size += len(piece)
            yield piece
    finally:
        turn.stop()

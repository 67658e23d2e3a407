"""Streams are read a few times a second, and nothing is held back (`studio.api.pacing`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from studio.api.pacing import INTERVAL, LARGE, paced


class Socket:
    """Pieces that gather while nobody reads: what is there comes at once, then the reader waits."""

    def __init__(self) -> None:
        self.waits = 0
        self._there: list[bytes] = []
        self._more = asyncio.Event()
        self._closed = False

    def arrive(self, *pieces: bytes) -> None:
        self._there += pieces
        self._more.set()

    def close(self) -> None:
        self._closed = True
        self._more.set()

    async def read(self) -> AsyncGenerator[bytes, None]:
        while self._there or not self._closed:
            if not self._there:
                self.waits += 1
                self._more.clear()
                await self._more.wait()
            while self._there:
                yield self._there.pop(0)


async def test_the_first_words_come_at_once_and_the_rest_gathers() -> None:
    socket = Socket()
    loop = asyncio.get_running_loop()
    loop.call_soon(socket.arrive, b"first")
    for number in range(20):
        loop.call_later(0.002 + number * 0.002, socket.arrive, b"x")
    loop.call_later(0.06, socket.close)
    began = time.monotonic()
    first_after = 0.0
    taken = b""
    async with aclosing(paced(socket.read())) as pieces:
        async for piece in pieces:
            taken += piece
            first_after = first_after or time.monotonic() - began
    assert taken == b"first" + b"x" * 20
    assert first_after < INTERVAL / 2
    assert socket.waits <= 5, "it did not wake for each of them"


async def test_large_helpings_are_read_on_without_a_pause() -> None:
    socket = Socket()
    loop = asyncio.get_running_loop()

    def feed(left: int) -> None:
        socket.arrive(b"y" * LARGE)
        if left:
            loop.call_soon(feed, left - 1)
        else:
            socket.close()

    loop.call_soon(feed, 30)
    began = time.monotonic()
    async with aclosing(paced(socket.read())) as pieces:
        size = sum([len(piece) async for piece in pieces])
    assert size == LARGE * 31
    assert time.monotonic() - began < 31 * INTERVAL / 2


async def test_others_get_their_turn_while_a_lot_is_there() -> None:
    socket = Socket()
    socket.arrive(*[b"z"] * 400)
    socket.close()
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        handles.append(asyncio.get_running_loop().call_soon(turn))

    handles: list[asyncio.Handle] = []
    turn()
    async with aclosing(paced(socket.read())) as pieces:
        async for _ in pieces:
            end = time.perf_counter() + 0.0002
            while time.perf_counter() < end:
                pass
    handles[-1].cancel()
    assert turns >= 8

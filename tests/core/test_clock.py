from __future__ import annotations

from studio.core.clock import Clock


async def test_the_clock_moves_on_while_one_sleeps() -> None:
    clock = Clock()
    before = clock.now()
    await clock.sleep(0.001)
    assert clock.now() > before

"""Plays a file in a process of its own, with the sound server that the environment names.

    python -m tests.ui.sound_stage SCENE FILE...

A process of its own, because Qt looks for sound devices once per process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from studio.ui.player import Player, PlayerState


async def until(condition: Callable[[], bool], *signals: Any, seconds: float = 20) -> None:
    """Wait until a condition holds, looking whenever one of the signals comes."""
    heard = asyncio.Event()
    for signal in signals:
        signal.connect(lambda *_: heard.set())
    async with asyncio.timeout(seconds):
        while not condition():
            heard.clear()
            await heard.wait()


async def play(files: list[Path]) -> dict[str, Any]:
    """From load to the end, with a seek, another speed, and a loop."""
    player = Player()
    states: list[str] = []
    positions: list[float] = []
    problems: list[str] = []
    player.state.connect(states.append)
    player.position.connect(positions.append)
    player.failed.connect(problems.append)
    player.load(files[0])
    await until(lambda: player.current_state is PlayerState.STOPPED, player.state)
    length = player.current_duration
    player.play()
    await until(lambda: player.current_position > 0.2, player.position)
    player.pause()
    await until(lambda: player.current_state is PlayerState.PAUSED, player.state)
    paused = player.current_position
    player.seek(1.0)
    sought = player.current_position
    player.set_rate(2.0)
    began = time.monotonic()
    player.play()
    await until(lambda: player.current_state is PlayerState.STOPPED, player.state)
    tail = time.monotonic() - began
    ended = player.current_position
    player.set_rate(1.0)
    player.set_loop((0.2, 0.5))
    player.seek(0.3)
    positions.clear()
    player.play()
    await until(
        lambda: any(later < earlier - 0.1 for earlier, later in itertools.pairwise(positions)),
        player.position,
    )
    other = Player()
    other.load(files[0])
    await until(lambda: other.current_state is PlayerState.STOPPED, other.state)
    other.play()
    await until(lambda: other.playing and not player.playing, player.state, other.state)
    looped = max(positions)
    player.close()
    other.close()
    return {
        "length": length, "paused": paused, "sought": sought, "tail": tail, "ended": ended, "looped": looped,
        "states": states, "problems": problems,
    }  # fmt: skip


async def refuse(files: list[Path]) -> dict[str, Any]:
    """What is said about each file, or about the missing device."""
    said: dict[str, str] = {}
    states: dict[str, str] = {}
    for file in files:
        player = Player()
        problems: list[str] = []
        player.failed.connect(problems.append)
        player.load(file)
        await until(lambda player=player: player.current_state is not PlayerState.LOADING, player.state)
        player.play()
        await until(lambda problems=problems: bool(problems), player.failed)
        said[file.name] = problems[0]
        states[file.name] = player.current_state.value
        player.close()
    return {"said": said, "states": states}


async def main() -> dict[str, Any]:
    scenes = {"play": play, "refuse": refuse}
    return await scenes[sys.argv[1]]([Path(name) for name in sys.argv[2:]])


if __name__ == "__main__":
    app = QApplication(["stage"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        print(json.dumps(runner.run(main())))

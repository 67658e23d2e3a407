"""Plays a file in a process of its own, with the sound server that the environment names.

    python -m tests.ui.sound_stage SCENE FILE...

A process of its own, because Qt looks for sound devices once per process.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import qasync
from PySide6.QtWidgets import QApplication

from benchmarks.audio import NoLibrary
from studio.services.sound import SoundService
from studio.services.tasks import TaskSupervisor
from studio.ui.film_panel import FilmPanel
from studio.ui.loudspeaker import Loudspeaker
from studio.ui.player import Player, PlayerState
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_panel import SoundPanel
from studio.ui.theme import Theme
from tests.fakes.sound_server import RATE, SoundServer, loudness, pitch, read_raw


async def until(condition: Callable[[], bool], *signals: Any, seconds: float = 40) -> None:
    """Wait until a condition holds, looking whenever one of the signals comes, and now and then: Qt's list of
    devices may change a moment after it told so."""
    heard = asyncio.Event()
    for signal in signals:
        signal.connect(lambda *_: heard.set())
    async with asyncio.timeout(seconds):
        while not condition():
            heard.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.2)


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


async def heard(server: SoundServer, sink: str, during: Callable[[], Awaitable[None]]) -> dict[str, float]:
    """What came out of a loudspeaker meanwhile: how long it was not silent, how loud, how high."""
    with server.listening(sink) as file:
        await during()
        await asyncio.sleep(0.3)  # what the server still holds
        samples = read_raw(file)
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    if not len(loud):
        return {"seconds": 0.0, "rms": 0.0, "pitch": 0.0}
    part = samples[loud[0] : loud[-1] + 1]
    # The middle, without clicks at the ends.
    middle = part[len(part) // 5 : -len(part) // 5 or None]
    return {
        "seconds": len(part) / RATE, "rms": loudness(middle), "pitch": pitch(middle),
        "start": pitch(part[: len(part) // 3]), "end": pitch(part[-len(part) // 3 :]),
    }  # fmt: skip


async def sound(files: list[Path]) -> dict[str, Any]:
    """What is really heard: a tone at several speeds, volumes and devices; a film; the panel with a waveform.

    The files are: the server's folder, a low tone, one that is low and then high, a film.
    """
    server = SoundServer(files[0])
    tone, steps, film = files[1:]
    speaker = Loudspeaker.shared()
    player = Player()
    problems: list[str] = []
    player.failed.connect(problems.append)

    async def whole() -> None:
        player.play()
        await until(lambda: player.playing, player.state)
        await until(lambda: not player.playing, player.state)

    async def load(file: Path) -> None:
        player.load(file)
        await until(lambda: player.current_state is PlayerState.STOPPED, player.state)

    async def looping() -> None:
        player.set_loop((0.1, 0.5))
        player.seek(0.1)
        player.play()
        turns: list[float] = []
        player.position.connect(turns.append)
        await until(
            lambda: sum(later < earlier - 0.1 for earlier, later in itertools.pairwise(turns)) >= 3,
            player.position,
        )
        player.pause()
        player.set_loop(False)

    async def unplugged() -> None:
        player.play()
        await until(lambda: player.current_position > 0.4, player.position)
        await asyncio.to_thread(server.pull_out, "desk")
        await until(lambda: not player.playing, player.state)

    out: dict[str, Any] = {}
    await load(tone)
    out["plain"] = await heard(server, "out", whole)
    for rate in (0.5, 2.0):
        player.set_rate(rate)
        out[f"rate {rate}"] = await heard(server, "out", whole)
    player.set_rate(1.0)
    speaker.set_volume(0.5)
    out["half"] = await heard(server, "out", whole)
    speaker.set_muted(True)
    out["muted"] = await heard(server, "out", whole)
    speaker.set_all("", 1.0, False)
    await load(steps)
    out["loop"] = await heard(server, "out", looping)
    await load(steps)
    await asyncio.to_thread(server.add_loudspeaker, "desk")
    await until(lambda: any(one.id == "desk" for one in speaker.devices()), speaker.devices_changed)
    speaker.set_device("desk")
    out["desk"] = await heard(server, "desk", whole)
    out["unplugged"] = await heard(server, "out", unplugged)
    player.close()
    # Qt hears of what was pulled out with the next thing that happens at the server.
    await asyncio.to_thread(server.add_loudspeaker, "hall")
    await until(lambda: all(one.id != "desk" for one in speaker.devices()), speaker.devices_changed)
    out["film"] = await heard(server, "out", lambda: showing(film))
    out["panel"] = await heard(server, "out", lambda: panel(tone))
    return {**out, "problems": problems}


async def showing(film: Path) -> None:
    """The film in its panel, to its end."""
    shown = FilmPanel()
    shown.show_film(film, None, "film")
    player = shown.player
    await until(lambda: player.current_state in (PlayerState.STOPPED, PlayerState.PAUSED), player.state)
    shown.toggle()
    await until(lambda: player.playing, player.state)
    await until(lambda: not player.playing, player.state)
    shown.leave()
    shown.deleteLater()


async def panel(file: Path) -> None:
    """The waveform with its player, to its end."""
    services = SoundService(NoLibrary(), file.parent / "cache")
    tasks = TaskSupervisor()
    deck = SoundDeck(services, tasks)
    shown = SoundPanel(deck, services, tasks)
    shown.resize(800, 240)
    shown.show()
    shown.show_sound(file)
    await until(lambda: shown.waveform.peaks is not None, deck.changed)
    shown.toggle()
    await until(lambda: deck.player.playing, deck.player.state)
    await until(lambda: not deck.player.playing, deck.player.state)
    shown.leave()
    deck.stop()
    await tasks.shutdown()
    await services.close()
    shown.deleteLater()


async def main() -> dict[str, Any]:
    scenes = {"play": play, "refuse": refuse, "sound": sound}
    return await scenes[sys.argv[1]]([Path(name) for name in sys.argv[2:]])


if __name__ == "__main__":
    app = QApplication(["stage"])
    app.setQuitOnLastWindowClosed(False)
    theme = Theme("light", reduced_motion=True)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        print(json.dumps(runner.run(main())))

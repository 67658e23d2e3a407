"""Records in a process of its own, with the sound server that the environment names.

    python -m tests.ui.record_stage SCENE FOLDER [SERVER]

A process of its own, because Qt looks for sound devices once per process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from studio.domain.asset import Asset
from studio.domain.pcm import Level
from studio.services.recording import RecordingState
from studio.ui.recorder import Recorder
from tests.fakes.sound_server import SoundServer
from tests.services.studio import Studio, opened
from tests.ui.sound_stage import until


class Stage:
    """A recorder over real services, and what it said."""

    def __init__(self, studio: Studio, server: SoundServer) -> None:
        services = studio.services
        self.services = services
        self.server = server
        self.recorder = Recorder(services.recording, services.tasks)
        self.said: list[str] = []
        self.levels: list[Level] = []
        self.assets: list[Asset] = []
        self.steps: list[Any] = []
        self.recorder.told.connect(self.said.append)
        self.recorder.ticked.connect(self.levels.append)
        self.recorder.finished.connect(self.assets.append)
        self.recorder.discarded.connect(self.steps.append)

    async def heard(self, seconds: float) -> None:
        """Wait until so much was recorded."""
        await until(lambda: self.recorder.elapsed >= seconds, self.recorder.ticked)

    async def state(self, state: RecordingState) -> None:
        await until(lambda: self.recorder.state is state, self.recorder.changed)

    async def say(self, words: str) -> None:
        await until(lambda: any(words in sentence for sentence in self.said), self.recorder.told)

    async def asset(self) -> str:
        self.recorder.finish()
        await until(lambda: bool(self.assets), self.recorder.finished, self.recorder.told)
        return str(self.services.library.file_path(self.assets[0]))

    def files(self) -> int:
        """How many recordings the library shows."""
        root = self.services.library.root
        return len([path for path in root.rglob("*.wav") if ".nectary" not in path.parts])

    async def change(self, call: Callable[..., object], *arguments: Any) -> None:
        """Do something to the server while the recorder goes on."""
        await asyncio.to_thread(call, *arguments)

    def report(self, **more: Any) -> dict[str, Any]:
        return {
            "said": [sentence for sentence, _ in itertools.groupby(self.said) if sentence],
            "elapsed": self.recorder.elapsed,
            **more,
        }


async def record(stage: Stage) -> dict[str, Any]:
    """Record, pause, go on with another microphone, end; then record once more, discard, take back."""
    recorder = stage.recorder
    recorder.choose("first")
    devices = recorder.devices()
    recorder.start()
    await stage.heard(0.8)
    ticks, loudest = len(stage.levels), max(level.peak for level in stage.levels)
    recorder.pause()
    paused = recorder.elapsed
    recorder.resume()
    await stage.heard(paused + 0.3)
    recorder.choose("second")
    await stage.heard(recorder.elapsed + 0.6)
    file = await stage.asset()
    await stage.state(RecordingState.IDLE)
    recorder.start()
    await stage.heard(0.2)
    recorder.discard()
    await until(lambda: bool(stage.steps), recorder.discarded)
    before = stage.files()
    await stage.services.curator.undo.undo_step(stage.steps[0].id)
    return stage.report(
        devices=devices, file=file, loudest=loudest, ticks=ticks, paused=paused, before=before,
        after=stage.files(), clipped=any(level.clipped for level in stage.levels),
    )  # fmt: skip


async def unplug(stage: Stage) -> dict[str, Any]:
    """The microphone is pulled out while there is another one."""
    stage.recorder.choose("first")
    stage.recorder.start()
    await stage.heard(0.6)
    await stage.change(stage.server.pull_out, "first")
    await stage.say("goes on")
    at = stage.recorder.elapsed
    await stage.heard(at + 0.8)
    return stage.report(file=await stage.asset(), at=at, used=stage.recorder.used)


async def stall(stage: Stage) -> dict[str, Any]:
    """The only microphone sends nothing any more, is pulled out, and another one is plugged in."""
    recorder = stage.recorder
    recorder.start()
    await stage.heard(0.6)
    await stage.change(stage.server.silence, "first")
    await stage.state(RecordingState.PAUSED)
    at = recorder.elapsed
    await stage.change(stage.server.pull_out, "first")
    await stage.change(stage.server.plug_in, "second", 880)
    await until(lambda: any(one.id == "second" for one in recorder.devices()), recorder.devices_changed)
    recorder.resume()
    await stage.heard(at + 0.6)
    file = await stage.asset()
    return stage.report(file=file, at=at)


async def none(stage: Stage) -> dict[str, Any]:
    """There is no microphone at all."""
    stage.recorder.start()
    await stage.say("microphone")
    return stage.report(devices=stage.recorder.devices(), active=stage.services.recording.active)


async def endless(stage: Stage) -> dict[str, Any]:
    """Record until killed; every line says how much is recorded."""
    stage.recorder.start()
    for number in itertools.count(1):
        await stage.heard(number * 0.1)
        print(stage.recorder.elapsed, flush=True)
    return {}


SCENES = {scene.__name__: scene for scene in (record, unplug, stall, none, endless)}


async def main() -> dict[str, Any]:
    folder = Path(sys.argv[2])
    server = SoundServer(Path(sys.argv[3] if len(sys.argv) > 3 else folder))
    async with opened(folder, {}) as studio:
        stage = Stage(studio, server)
        try:
            return await SCENES[sys.argv[1]](stage)
        finally:
            stage.recorder.close()
            server.close()


if __name__ == "__main__":
    app = QApplication(["stage"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        print(json.dumps(runner.run(main())))

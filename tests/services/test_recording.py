"""Recording without a device: what is fed becomes an asset, whatever happens on the way."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.core.errors import StorageError
from studio.domain.media import MediaKind
from studio.domain.sound import PcmFormat
from studio.library.sound.wav_writer import HEADER
from studio.services.recording import RecordingState
from tests.services.studio import opened

FORMAT = PcmFormat(8000)
ROOT = Path(__file__).parents[2]


def second(seed: int = 1) -> bytes:
    return np.random.default_rng(seed).integers(-3000, 3000, 8000).astype("<i2").tobytes()


def frames_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


async def test_a_recording_becomes_an_asset_byte_for_byte(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording, library = studio.services.recording, studio.services.library
        states: list[RecordingState] = []
        recording.changed.connect(states.append)
        await recording.start(FORMAT)
        recording.feed(second(1))
        recording.pause()
        recording.feed(second(9))  # not while it is paused
        assert recording.elapsed == 1
        recording.resume()
        recording.feed(second(2))
        asset = await recording.stop()
        assert asset is not None
        assert asset.kind is MediaKind.SPEECH
        assert asset.title.startswith("Recording 20")
        assert asset.duration == pytest.approx(2)
        assert frames_of(library.file_path(asset)) == second(1) + second(2)
        assert list(library.recordings.iterdir()) == []
        assert studio.incoming() == []
        assert [state.value for state in states] == ["recording", "paused", "recording", "saving", "idle"]
        assert await recording.stop() is None


async def test_what_is_fed_is_on_the_disk_before_it_ends(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording = studio.services.recording
        await recording.start(FORMAT)
        for number in range(3):
            recording.feed(second(number))
        recording.pause()
        await recording._in_thread(lambda: None)
        (file,) = studio.services.library.recordings.iterdir()
        assert frames_of(file) == b"".join(second(number) for number in range(3))


async def test_a_discarded_recording_can_be_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording, services = studio.services.recording, studio.services
        await recording.start(FORMAT)
        recording.feed(second())
        step = await recording.discard()
        assert step is not None
        assert not recording.active
        (sidecar,) = (services.paths.library / ".nectary/trash").rglob("*.json")
        (asset,) = await services.library.of_job(json.loads(sidecar.read_text())["provenance"]["job_id"])
        assert asset.trashed_at is not None
        await services.curator.undo.undo_step(step.id)
        again = await services.library.asset(asset.id)
        assert again is not None
        assert again.trashed_at is None


async def test_a_moment_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording = studio.services.recording
        await recording.start(FORMAT)
        recording.feed(second()[:400])
        assert await recording.stop() is None
        assert list(studio.services.library.recordings.iterdir()) == []
        # Stopped before the file was even open.
        beginning = asyncio.ensure_future(recording.start(FORMAT))
        await asyncio.sleep(0)
        assert await recording.stop() is None
        await beginning
        assert list(studio.services.library.recordings.iterdir()) == []
        assert not recording.active


async def test_ending_the_program_keeps_the_recording(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        await studio.services.recording.start(FORMAT)
        studio.services.recording.feed(second())
    async with opened(tmp_path, {}) as studio:
        (name,) = studio.services.library.root.rglob("*.wav")
        assert frames_of(name) == second()
        assert not studio.services.notices.recent


async def test_a_full_disk_pauses_and_loses_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording = studio.services.recording
        told: list[StorageError] = []
        recording.failed.connect(told.append)
        await recording.start(FORMAT)
        recording.feed(second(1))
        await recording._in_thread(lambda: None)
        writer = recording._writer
        assert writer is not None
        real = writer._file
        writer._file = FullDisk(real)  # type: ignore[assignment]
        recording.feed(second(2))
        async with asyncio.timeout(5):
            while not told:
                await asyncio.sleep(0.001)
        assert recording.state is RecordingState.PAUSED
        assert told[0].title == "The disk is full."
        await recording._in_thread(lambda: None)
        writer._file = real
        recording.resume()
        recording.feed(second(3))
        asset = await recording.stop()
        assert asset is not None
        path = studio.services.library.file_path(asset)
        assert frames_of(path) == second(1) + second(2) + second(3)


class FullDisk:
    """A file that takes half of what it is given and then no more."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: Any) -> int:
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data[: len(data) // 2])


CRASH = """
import asyncio, sys
from pathlib import Path
from studio.domain.sound import PcmFormat
from tests.services.studio import opened
from tests.services.test_recording import second

async def main():
    async with opened(Path(sys.argv[1]), {}) as studio:
        await studio.services.recording.start(PcmFormat(8000))
        number = 0
        while True:
            studio.services.recording.feed(second(number)[:8000])
            studio.services.recording.feed(second(number)[8000:])
            number += 1
            await studio.services.recording._in_thread(lambda: None)
            print(number, flush=True)

asyncio.run(main())
"""


async def test_killed_in_the_middle_it_is_taken_up_once(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 25:
                break
        process.send_signal(signal.SIGKILL)
    async with opened(tmp_path, {}) as studio:
        library = studio.services.library
        async with asyncio.timeout(20):
            while not studio.services.notices.recent:
                await asyncio.sleep(0.01)
        (notice,) = studio.services.notices.recent
        assert notice.text == "A recording that was cut off is in your library."
        (file,) = [path for path in library.root.rglob("*.wav") if ".nectary" not in path.parts]
        found = frames_of(file)
        assert len(found) >= 25 * 16_000
        assert found[: 25 * 16_000] == b"".join(second(number) for number in range(25))
        (action,) = notice.actions
        assert action.id == "audio.transcribe"
        assert await library.asset(action.argument) is not None
        assert list(library.recordings.iterdir()) == []
    async with opened(tmp_path, {}) as studio:
        assert await studio.services.recording.recover() == []
        assert not studio.services.notices.recent


async def test_a_crash_between_filing_and_tidying_files_it_once(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        recording, library = studio.services.recording, studio.services.library
        await recording.start(FORMAT)
        recording.feed(second())
        recording.pause()
        await recording._in_thread(lambda: None)
        (file,) = library.recordings.iterdir()
        copy = file.read_bytes()
        assert await recording.stop() is not None
        file.write_bytes(copy)
        (library.recordings / "20260101T000000-empty.wav").write_bytes(copy[: HEADER + 6])
        (library.recordings / "notes.txt").write_text("not ours")
        assert await recording.recover() == []
        assert [path.name for path in library.recordings.iterdir()] == ["notes.txt"]

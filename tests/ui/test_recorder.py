"""The recorder with real microphones (PulseAudio's pipe source, where it is installed), and without any."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt

from studio.domain.pcm import Level
from studio.ui.recorder import UNHEARD_FRAMES, Recorder
from tests.fakes.sound_server import ROOT, SoundServer, loudness, pitch, sound_server
from tests.fakes.sounds import read_mono
from tests.services.studio import opened
from tests.shell.support import until


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server() as running:
        yield running


def command(scene: str, folder: Path, server: SoundServer) -> list[str]:
    return [sys.executable, "-m", "tests.ui.record_stage", scene, str(folder), str(server.folder)]


def stage(scene: str, folder: Path, server: SoundServer) -> dict[str, Any]:
    done = subprocess.run(
        command(scene, folder, server), check=False, cwd=ROOT, env=server.environment, capture_output=True,
        text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def sound(report: dict[str, Any]) -> tuple[np.ndarray, int]:
    return read_mono(Path(report["file"]))


def test_what_the_microphones_hear_is_in_the_file(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("first", 440)
    server.plug_in("second", 880)
    said = stage("record", tmp_path, server)
    samples, rate = sound(said)
    assert said["said"] == []
    assert [name for _id, name, _usual in said["devices"]] == ["First", "Second"]
    assert [usual for *_, usual in said["devices"]].count(True) == 1
    assert rate == 48_000
    assert len(samples) / rate >= 1.6
    assert loudness(samples[rate // 4 : rate // 2]) == pytest.approx(0.5 / 2**0.5, rel=0.05)
    assert pitch(samples[: rate // 2], rate) == pytest.approx(440, abs=5)
    assert pitch(samples[-rate // 3 :], rate) == pytest.approx(880, abs=8)
    assert said["loudest"] == pytest.approx(0.5, abs=0.05)
    assert not said["clipped"]
    # The meter is told no more often than 30 times a second.
    assert said["ticks"] <= said["paused"] * 30 + 10
    # What was discarded came back.
    assert (said["before"], said["after"]) == (1, 2)


def test_a_microphone_is_pulled_out_and_another_one_takes_over(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("first", 440)
    server.plug_in("second", 880)
    said = stage("unplug", tmp_path, server)
    samples, rate = sound(said)
    assert said["said"] == ["The microphone was disconnected. Recording goes on with Second."]
    assert pitch(samples[: rate // 2], rate) == pytest.approx(440, abs=5)
    assert pitch(samples[-rate // 2 :], rate) == pytest.approx(880, abs=5)
    assert len(samples) / rate >= said["at"] + 0.75


def test_the_only_microphone_falls_silent_and_another_one_comes(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("first", 440)
    said = stage("stall", tmp_path, server)
    samples, rate = sound(said)
    assert said["said"] == ["The microphone does not answer any more. The recording is paused."]
    assert pitch(samples[: rate // 2], rate) == pytest.approx(440, abs=5)
    assert pitch(samples[-rate // 4 :], rate) == pytest.approx(880, abs=8)


def test_without_a_microphone_it_says_so(tmp_path: Path) -> None:
    said = stage("none", tmp_path, SoundServer(tmp_path / "nothing"))
    assert said["said"] == ["No microphone was found. Connect one to record."]
    assert said["devices"] == []
    assert not said["active"]


async def test_killed_while_recording_everything_heard_is_found(server: SoundServer, tmp_path: Path) -> None:
    server.plug_in("first", 440)
    with subprocess.Popen(
        command("endless", tmp_path, server), cwd=ROOT, env=server.environment, stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        heard = 0.0
        for line in process.stdout:
            heard = float(line)
            if heard > 2.5:
                break
        process.send_signal(signal.SIGKILL)
    async with opened(tmp_path, {}) as studio:
        await until(lambda: studio.services.notices.recent)
        (file,) = [p for p in studio.services.library.root.rglob("*.wav") if ".nectary" not in p.parts]
        samples, rate = read_mono(file)
        assert len(samples) / rate >= heard - 0.2
        assert loudness(samples[rate:]) == pytest.approx(0.5 / 2**0.5, rel=0.05)


async def test_the_system_refuses(qapp: QCoreApplication, tmp_path: Path, monkeypatch: Any) -> None:
    """What systems that ask for permission answer; Linux always grants it."""
    monkeypatch.setattr(
        type(qapp), "checkPermission", lambda _self, _permission: Qt.PermissionStatus.Denied, raising=False
    )
    async with opened(tmp_path, {}) as studio:
        said: list[str] = []
        recorder = Recorder(studio.services.recording, studio.services.tasks)
        recorder.told.connect(said.append)
        recorder.start()
        assert said[-1] == (
            "The system does not let Nectary use the microphone. Allow it in the system's settings."
        )
        assert not studio.services.recording.active


async def test_without_the_library_it_says_so(
    qapp: QCoreApplication, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    async with opened(tmp_path, {}) as studio:
        said: list[str] = []
        recorder = Recorder(studio.services.recording, studio.services.tasks)
        recorder.told.connect(said.append)
        recorder.start()
        await until(lambda: said and said[-1])
        assert said[-1] == "Sound cannot be recorded: this computer lacks the library for it."
        assert recorder.devices() == []


async def test_silence_is_pointed_out_once(qapp: QCoreApplication, tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        said: list[str] = []
        recorder = Recorder(studio.services.recording, studio.services.tasks)
        recorder.told.connect(said.append)
        for _ in range(2 * UNHEARD_FRAMES):
            recorder._ticked()
        assert said == ["Nothing is heard. Is this the right microphone?"]
        recorder._loudest = Level(0.2, 0.1)
        recorder._ticked()
        assert said[-1] == ""


def test_it_costs_nothing_until_something_is_recorded() -> None:
    code = "import sys; import studio.ui.recorder; sys.exit('PySide6.QtMultimedia' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

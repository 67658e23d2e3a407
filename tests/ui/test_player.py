"""The player with real sound (PulseAudio's null sink, where it is installed), and without any device."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.ui.player import Player, PlayerState
from tests.fakes.sounds import tone, write_film, write_sound

ROOT = Path(__file__).parents[2]


def stage(scene: str, *files: Path, server: str) -> dict[str, Any]:
    environment = {
        **os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", "PULSE_SERVER": server,
        "PULSE_LATENCY_MSEC": "40", "PIPEWIRE_REMOTE": "none",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.ui.sound_stage", scene, *map(str, files)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def loudspeaker() -> Iterator[str]:
    """A sound server with one loudspeaker that nobody hears; its address."""
    program = shutil.which("pulseaudio")
    if program is None:
        pytest.skip("PulseAudio is not installed")
    # A short path: addresses of sockets have at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="pa") as folder:
        socket = Path(folder) / "s"
        server = subprocess.Popen(
            [
                program, "-n",
                "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disallow-exit",
                "--log-level=notice", "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
                "-L", "module-null-sink sink_name=out sink_properties=device.description=Loudspeaker",
            ],
            env={**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ask = ["pactl", "--server", f"unix:{socket}", "info"]
            while subprocess.run(ask, check=False, capture_output=True).returncode != 0:
                assert server.poll() is None, "the sound server did not start"
            yield f"unix:{socket}"
        finally:
            server.terminate()
            server.wait(10)


def test_playing_seeking_speed_and_loop(loudspeaker: str, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "tone.mp3", tone(2.0))
    said = stage("play", file, server=loudspeaker)
    assert said["problems"] == []
    assert said["length"] == pytest.approx(2.0, abs=0.1)
    assert 0.15 < said["paused"] < 1.5
    assert said["sought"] == 1.0
    assert said["ended"] == 0
    assert said["looped"] < 1.0
    assert said["states"][:4] == ["loading", "stopped", "playing", "paused"]


def test_files_that_cannot_be_played(loudspeaker: str, tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_text("<html>" * 100)
    film = write_film(tmp_path / "film.mp4", 0.5)
    said = stage("refuse", page, film, tmp_path / "gone.mp3", server=loudspeaker)["said"]
    assert said == {
        "page.mp3": "This sound file cannot be played. It may be damaged.",
        "film.mp4": "This file has no sound in it.",
        "gone.mp3": "The sound file is not there any more.",
    }


def test_without_a_device_it_says_so(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "tone.wav", tone(0.3))
    said = stage("refuse", file, server=f"unix:{tmp_path}/none")
    assert said["said"] == {
        "tone.wav": "No loudspeaker or headphones were found. Connect some and play again."
    }
    assert said["states"] == {"tone.wav": "failed"}


def test_without_the_library_it_says_so(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    player = Player()
    with qtbot.waitSignal(player.failed) as heard:
        player.load(tmp_path / "tone.wav")
    assert heard.args == ["Sound cannot be played: this computer lacks the library for it."]
    assert player.current_state is PlayerState.FAILED
    assert not player.has_device()
    player.close()
    assert player.current_state is PlayerState.EMPTY


def test_it_costs_nothing_until_something_is_played(tmp_path: Path) -> None:
    code = (
        "import sys; from studio.ui.player import Player; Player(); "
        "sys.exit('PySide6.QtMultimedia' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

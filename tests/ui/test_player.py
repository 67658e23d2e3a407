"""The player with real sound (PulseAudio's null sink, where it is installed), and without any device."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.ui.player import Player, PlayerState
from tests.fakes.sound_server import ROOT, SoundServer, sound_server
from tests.fakes.sounds import joined, tone, write_film, write_sound


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server() as running:
        yield running


def stage(scene: str, *files: Path, server: SoundServer) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.ui.sound_stage", scene, *map(str, files)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_what_is_really_heard(server: SoundServer, tmp_path: Path) -> None:
    low, high = tone(1.0), tone(1.0, hertz=880)
    said = stage(
        "sound", server.folder, write_sound(tmp_path / "tone.wav", tone(1.2)),
        write_sound(tmp_path / "steps.wav", joined([low, high])),
        write_film(tmp_path / "film.mp4", 1.2, tone(1.2)), server=server,
    )  # fmt: skip
    assert said["problems"] == []
    full = 0.5 / 2  # a mono tone is 3 dB quieter in each of two channels
    for name in ("plain", "film", "panel", "rate 0.5", "rate 2.0"):
        # A machine with much to do leaves gaps, which take some of the loudness and some time.
        assert full * 0.6 < said[name]["rms"] < full * 1.1, name
        # The pitch is kept at every speed.
        assert said[name]["pitch"] == pytest.approx(440, abs=8), name
    for name in ("plain", "film", "panel"):
        assert 0.9 < said[name]["seconds"] < 2.2, name
    assert said["rate 0.5"]["seconds"] > 2.1
    assert said["rate 2.0"]["seconds"] < min(said["plain"]["seconds"], 1.1)
    # Half as loud to the ear is an eighth of the amplitude.
    assert full / 8 * 0.6 < said["half"]["rms"] < full / 8 * 1.1
    assert said["muted"]["rms"] == 0
    # From A to B and again: the high part is never reached.
    assert said["loop"]["seconds"] > 1
    assert said["loop"]["pitch"] == pytest.approx(440, abs=8)
    assert said["loop"]["end"] == pytest.approx(440, abs=8)
    # The chosen device is heard; pulled out while playing, the other one goes on.
    assert said["desk"]["start"] == pytest.approx(440, abs=8)
    assert said["desk"]["end"] == pytest.approx(880, abs=8)
    assert said["unplugged"]["end"] == pytest.approx(880, abs=8)


def test_playing_seeking_speed_and_loop(server: SoundServer, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "tone.mp3", tone(2.0))
    said = stage("play", file, server=server)
    assert said["problems"] == []
    assert said["length"] == pytest.approx(2.0, abs=0.1)
    assert 0.15 < said["paused"] < 1.5
    assert said["sought"] == 1.0
    assert said["ended"] == 0
    assert said["looped"] < 1.0
    assert said["states"][:4] == ["loading", "stopped", "playing", "paused"]


def test_files_that_cannot_be_played(server: SoundServer, tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_text("<html>" * 100)
    film = write_film(tmp_path / "film.mp4", 0.5)
    said = stage("refuse", page, film, tmp_path / "gone.mp3", server=server)["said"]
    assert said == {
        "page.mp3": "This sound file cannot be played. It may be damaged.",
        "film.mp4": "This file has no sound in it.",
        "gone.mp3": "The sound file is not there any more.",
    }


def test_without_a_device_it_says_so(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "tone.wav", tone(0.3))
    said = stage("refuse", file, server=SoundServer(tmp_path / "none"))
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

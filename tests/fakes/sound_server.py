"""A sound server of its own for a test: PulseAudio with a loudspeaker that nobody hears and microphones that
hear a tone (module-null-sink, module-pipe-source)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
RATE = 48_000


class SoundServer:
    """A running server, by its folder; the process that started it and the one under test both have one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix:{folder}/s"
        self._voices: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find it, and nothing but it."""
        return {
            **os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false",
            "PULSE_SERVER": self.address, "PULSE_LATENCY_MSEC": "40", "PIPEWIRE_REMOTE": "none",
        }  # fmt: skip

    def control(self, *arguments: str) -> str:
        command = ["pactl", "--server", self.address, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def plug_in(self, name: str, hertz: float, *, level: float = 0.5) -> None:
        """Add a microphone that hears a tone."""
        pipe = self.folder / f"{name}.fifo"
        self.control(
            "load-module", "module-pipe-source", f"source_name={name}", f"file={pipe}", "format=s16le",
            f"rate={RATE}", "channels=1", f"source_properties=device.description={name.title()}",
        )  # fmt: skip
        command = [sys.executable, __file__, str(pipe), str(hertz), str(level)]
        self._voices[name] = voice = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        (self.folder / f"{name}.pid").write_text(str(voice.pid))
        deadline = time.monotonic() + 30
        while not (self.folder / f"{name}.on").exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def pull_out(self, name: str) -> None:
        """Take a microphone, or a loudspeaker, away."""
        for line in self.control("list", "short", "modules").splitlines():
            if f"source_name={name} " in line or f"sink_name={name} " in line:
                self.control("unload-module", line.split("\t")[0])
        self.silence(name)

    def silence(self, name: str) -> None:
        """Let a microphone send nothing any more; whichever process plugged it in."""
        note = self.folder / f"{name}.pid"
        if note.exists():
            os.kill(int(note.read_text()), signal.SIGKILL)
            note.unlink()
        voice = self._voices.pop(name, None)
        if voice is not None:
            voice.wait(10)

    def add_loudspeaker(self, name: str) -> None:
        self.control(
            "load-module", "module-null-sink", f"sink_name={name}",
            f"sink_properties=device.description={name.title()}",
        )  # fmt: skip

    @contextmanager
    def listening(self, sink: str = "out") -> Iterator[Path]:
        """What a loudspeaker plays meanwhile, as a growing file of 16-bit mono samples."""
        file = self.folder / f"{sink}.raw"
        with file.open("wb") as out, subprocess.Popen(
            ["parec", "--server", self.address, f"--device={sink}.monitor", "--format=s16le",
             f"--rate={RATE}", "--channels=1", "--latency-msec=20"],
            stdout=out,
        ) as ear:  # fmt: skip
            try:
                deadline = time.monotonic() + 10
                while not file.stat().st_size and time.monotonic() < deadline:
                    time.sleep(0.01)
                yield file
            finally:
                ear.kill()

    def close(self) -> None:
        for name in list(self._voices):
            self.silence(name)


@contextmanager
def sound_server() -> Iterator[SoundServer]:
    """A server with the loudspeaker "out" and no microphone; skips the test where PulseAudio is missing."""
    program = shutil.which("pulseaudio")
    if program is None:
        pytest.skip("PulseAudio is not installed")
    # A short path: addresses of sockets have at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="pa") as name:
        server = SoundServer(Path(name))
        process = subprocess.Popen(
            [
                program, "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                "--disallow-exit", "--log-level=notice",
                "-L", f"module-native-protocol-unix socket={name}/s auth-anonymous=1",
                "-L", "module-null-sink sink_name=out sink_properties=device.description=Loudspeaker",
            ],
            env={**os.environ, "HOME": name, "XDG_RUNTIME_DIR": name},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ask = ["pactl", "--server", server.address, "info"]
            while subprocess.run(ask, check=False, capture_output=True).returncode != 0:
                assert process.poll() is None, "the sound server did not start"
            yield server
        finally:
            server.close()
            process.terminate()
            process.wait(10)


def loudness(samples: np.ndarray) -> float:
    """RMS of samples in ±1."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def pitch(samples: np.ndarray, rate: int = RATE) -> float:
    """The strongest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def read_raw(file: Path) -> np.ndarray:
    data = file.read_bytes()
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768


def _speak(pipe: str, hertz: float, level: float) -> None:
    """Feed a pipe a tone in real time, until nobody listens."""
    block = RATE // 100
    began = time.monotonic()
    number = 0
    with Path(pipe).open("wb", buffering=0) as out:
        while True:
            clock = np.arange(number * block, (number + 1) * block) / RATE
            try:
                out.write((np.sin(clock * 2 * np.pi * hertz) * level * 32767).astype("<i2").tobytes())
            except BrokenPipeError:
                return
            if not number:
                Path(pipe).with_suffix(".on").touch()
            number += 1
            time.sleep(max(began + number / 100 - time.monotonic(), 0))


if __name__ == "__main__":
    _speak(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))

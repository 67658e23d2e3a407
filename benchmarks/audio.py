"""A three-hour recording: how fast its outline is made, what it costs, and how smoothly it zooms and scrolls.

Each part is measured in a process of its own, so that memory counts it alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HOURS = 3.0
SHORT_HOURS = 0.25
RATE = 44_100
WINDOW = (1440, 420)
FRAMES = 360
FRAME_MS = 1000 / 60
IDLE_SECONDS = 5


def run(hours: float = HOURS) -> dict[str, float]:
    """Figures of one run.

    `peaks_x_realtime`: seconds of sound per second, in the service's background thread, from an MP3.
    `memory_growth_mb`: how much more memory the long file needs at its highest than one of a quarter hour.
    `answer_p99_ms`: how late the window's thread is for a frame meanwhile; `idle_p99_ms`: how late it is on
    this machine when the program does nothing else.
    `frame_p99_ms`, `frame_max_ms`: one frame of zooming through all scales and scrolling over the whole;
    `frame_cpu_p99_ms` is what the window's thread itself worked for it.
    `rss_mb`: the highest memory of that process, window and all.
    """
    with tempfile.TemporaryDirectory(prefix="nectary-benchmark-") as name:
        folder = Path(name)
        long, short = folder / "long.mp3", folder / "short.mp3"
        make_talk(short, min(SHORT_HOURS, hours))
        make_talk(long, hours)
        alone = _measured("outline", short, folder / "cache-short")
        outlined = _measured("outline", long, folder / "cache")
        painted = _measured("paint", long, folder / "cache")
        return {
            "hours": hours,
            "peaks_x_realtime": outlined["x_realtime"],
            "memory_growth_mb": round(outlined["rss_mb"] - alone["rss_mb"], 1),
            "answer_p99_ms": outlined["answer_p99_ms"],
            "idle_p99_ms": outlined["idle_p99_ms"],
            **painted,
        }


def make_talk(path: Path, hours: float) -> None:
    """An MP3 like a talk: syllables of noise, sentences, pauses. One minute of it, again and again."""
    import av
    import numpy as np

    rng = np.random.default_rng(3)
    clock = np.arange(60 * RATE) / RATE
    syllables = np.abs(np.sin(clock * 11 + np.sin(clock * 3.1))) * (np.sin(clock * 0.9) > -0.5)
    minute = (rng.normal(0, 0.12, len(clock)) * syllables * 32767).clip(-32767, 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = 64_000
        packets: list[bytes] = []
        frame = av.AudioFrame.from_ndarray(minute[None], "s16", "mono")
        frame.sample_rate = RATE
        packets = [bytes(packet) for packet in stream.encode(frame)]
    # MP3 is a row of frames: the encoded minute may stand again and again.
    data = b"".join(packets)
    with path.open("wb") as file:
        for _ in range(round(hours * 60)):
            file.write(data)


def _measured(part: str, sound: Path, cache: Path) -> dict[str, float]:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, "-m", "benchmarks.audio", part, str(sound), str(cache)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------------- in the measured process


class NoLibrary:
    """The files measured here belong to no library."""

    def outline_path(self, sha256: str) -> Path:
        raise LookupError(sha256)


def peak_rss_mb() -> float:
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def p99(values: list[float]) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)], 2)


async def lateness(done: asyncio.Event) -> list[float]:
    """Milliseconds by which frames come late that are due every 16.7 ms, until `done`."""
    late: list[float] = []
    due = time.perf_counter()
    while not done.is_set():
        due += FRAME_MS / 1000
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        now = time.perf_counter()
        late.append((now - due) * 1000)
        due = max(due, now - FRAME_MS / 1000)
    return late


async def outline(sound: Path, cache: Path) -> dict[str, float]:
    """Compute the outline while the loop has a frame to paint every 16.7 ms."""
    from studio.services.sound import SoundService

    sounds = SoundService(NoLibrary(), cache)
    idle = asyncio.Event()
    asyncio.get_running_loop().call_later(IDLE_SECONDS, idle.set)
    at_rest = await lateness(idle)
    done = asyncio.Event()
    painting = asyncio.ensure_future(lateness(done))
    began = time.perf_counter()
    peaks = await sounds.peaks(sound)
    took = time.perf_counter() - began
    done.set()
    late = await painting
    await sounds.close()
    return {
        "x_realtime": round(peaks.duration / took, 1), "rss_mb": peak_rss_mb(),
        "answer_p99_ms": p99(late), "idle_p99_ms": p99(at_rest),
    }  # fmt: skip


async def paint(sound: Path, cache: Path) -> dict[str, float]:
    """Zoom from hours to samples and back, then scroll from end to end at three scales."""
    from studio.services.sound import SoundService
    from studio.ui.theme import Theme
    from studio.ui.waveform import WaveformView

    sounds = SoundService(NoLibrary(), cache)
    Theme("light", reduced_motion=True)
    view = WaveformView()
    view.resize(*WINDOW)
    view.show()
    wanted: list[tuple[float, int]] = []
    view.samples_needed.connect(lambda start, count: wanted.append((start, count)))
    view.set_peaks(await sounds.peaks(sound))
    frames: list[float] = []
    works: list[float] = []

    def frame(move: object) -> None:
        began, worked = time.perf_counter(), time.thread_time()
        move()  # type: ignore[operator]
        view.repaint()
        frames.append((time.perf_counter() - began) * 1000)
        works.append((time.thread_time() - worked) * 1000)

    async def load() -> None:
        while wanted:
            samples, first = await sounds.samples(sound, *wanted.pop())
            wanted.clear()
            view.set_samples(samples, first)

    await asyncio.sleep(0)
    view.repaint()
    place = view.axis.duration * 0.61
    for factor in (1.12, 1 / 1.12):
        for number in range(FRAMES // 2):
            frame(lambda factor=factor: view.zoom_by(factor, place))
            if number % 30 == 0:
                await load()
    for span in (view.axis.duration, 600.0, 5.0):
        view.axis.show_span(0, span)
        step = max((view.axis.duration - view.axis.span) / view.axis.scale / FRAMES, 25.0)
        for number in range(FRAMES):
            frame(lambda step=step: view.pan(step))
            view.set_playhead(view.axis.start)
            if number % 30 == 0:
                await load()
    view.close()
    await sounds.close()
    return {
        "frame_p99_ms": p99(frames), "frame_max_ms": round(max(frames), 2), "frame_cpu_p99_ms": p99(works),
        "rss_mb": peak_rss_mb(),
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    import qasync

    from studio.eventloop import SWITCH_SECONDS
    from studio.ui.theme import make_application

    part, sound, cache = arguments
    app = make_application("benchmark")
    app.setQuitOnLastWindowClosed(False)
    sys.setswitchinterval(SWITCH_SECONDS)  # as the program does while it starts
    measure = {"outline": outline, "paint": paint}[part]
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        print(json.dumps(runner.run(measure(Path(sound), Path(cache)))))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The gallery over the real library: time to the first thumbnail, frames while scrolling, search, memory.

Each size is measured in a process of its own, so that memory counts the gallery and not the making of the
library. The thumbnails are real files, one per asset (hard links to a few hundred pictures), and none of them
is in memory when its row scrolls into sight.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

SIZES = (10_000, 100_000)
LARGE_SIZE = 500_000
PICTURES = 256
FRAME_MS = 1000 / 60
FAST_FRAMES = 360  # from one end to the other
STEADY_FRAMES = 360  # at the speed of a wheel that is turned without pause
STEADY_PIXELS = 400
WINDOW = (1440, 900)
WORDS = ("lighthouse", "w12", "w350 w4", "-w3 w20", "zebra")


def run(sizes: Sequence[int] = SIZES, *, large: bool = False) -> dict[str, dict[str, float]]:
    """Figures per size; times in milliseconds, memory in MB at its highest.

    Args:
        large: half a million as well, which takes some minutes to make.

    `first_thumbnail_ms` counts from the start of the process to the first painted thumbnail,
    `first_screen_ms` to the last one in sight. A frame lasts from the moment it is due to the end of its
    painting, whatever kept it; `frame_cpu_p99_ms` is what the window's thread itself worked for it.
    `search_p99_ms` counts from a keystroke to the painted first hits, `search_all_p99_ms` until the list
    holds every hit.
    """
    out: dict[str, dict[str, float]] = {}
    # Installed programs have their bytecode; a source tree would measure the compiler instead.
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    imports = "import benchmarks.gallery as gallery; gallery.import_all()"
    subprocess.run([sys.executable, "-c", imports], env=environment, check=True)
    for size in (*sizes, LARGE_SIZE) if large else sizes:
        with tempfile.TemporaryDirectory(prefix="nectary-benchmark-") as folder:
            make_library(Path(folder), size)
            command = [sys.executable, "-m", "benchmarks.gallery", folder, str(time.monotonic())]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            out[str(size)] = json.loads(done.stdout.splitlines()[-1])
    return out


def import_all() -> None:
    """Everything the measured process imports, so that its bytecode is there."""
    import qasync  # noqa: F401
    from PySide6 import QtWidgets  # noqa: F401

    import studio.library.querying
    import studio.services.library
    import studio.ui.asset_browser  # noqa: F401


def make_library(root: Path, size: int) -> None:
    """An index of `size` made-up assets and their thumbnails."""
    from benchmarks.library import asset
    from studio.library.files import LibraryFolder
    from studio.library.index import Record
    from studio.library.store import Library

    library, folder = Library(root), LibraryFolder(root)
    rng = random.Random(4)
    pictures = _pictures(root / "pictures")
    for start in range(0, size, 5_000):
        numbers = range(start, min(start + 5_000, size))
        assets = [
            replace(asset(number, rng), sha256=hashlib.sha256(str(number).encode()).hexdigest())
            for number in numbers
        ]
        library.index.put([Record(one) for one in assets])
        for number, one in zip(numbers, assets, strict=True):
            path = folder.thumbnail(one.sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.hardlink_to(pictures[number % PICTURES])
    library.close()


def _pictures(folder: Path) -> list[Path]:
    """Thumbnails of 384 pixels, about 15 kB each, as the library makes them."""
    from PIL import Image

    folder.mkdir()
    rng = random.Random(5)
    paths: list[Path] = []
    for number in range(PICTURES):
        noise = Image.effect_noise((48, 48), 90).resize((384, 384), Image.Resampling.BICUBIC)
        colours = [tuple(rng.randrange(256) for _ in range(3)) for _ in range(2)]
        image = Image.composite(*(Image.new("RGB", (384, 384), colour) for colour in colours), noise)
        paths.append(folder / f"{number}.jpg")
        image.save(paths[-1], "JPEG", quality=85)
    return paths


# ---------------------------------------------------------------------- in the measured process


class Stage:
    """A window with the gallery over an opened library."""

    def __init__(self, root: Path) -> None:
        from PySide6.QtGui import QPaintEvent

        from studio.qt_models.asset_list import AssetListModel
        from studio.qt_models.thumbnails import ThumbnailLoader
        from studio.services.library import LibraryService
        from studio.services.tasks import TaskSupervisor
        from studio.ui.asset_browser import gallery_style
        from studio.ui.gallery_view import GalleryView
        from studio.ui.theme import Theme

        stage = self

        class TimedView(GalleryView):
            """Tells when it has painted."""

            def paintEvent(self, event: QPaintEvent) -> None:
                super().paintEvent(event)
                stage.painted = time.monotonic()
                stage.on_paint.set()

        self.painted = 0.0
        self.on_paint = asyncio.Event()
        self.library = LibraryService(root)
        self.tasks = TaskSupervisor()
        self.model = AssetListModel(self.library, self.tasks)
        self.thumbnails = ThumbnailLoader(self.library)
        self.view = TimedView(self.model, self.thumbnails, gallery_style(Theme()))
        self.view.resize(*WINDOW)

    async def paint(self) -> float:
        """Wait for the next painting; its end."""
        self.on_paint.clear()
        await self.on_paint.wait()
        return self.painted

    async def close(self) -> None:
        self.model.close()
        self.thumbnails.stop()
        self.view.close()
        await self.tasks.shutdown()
        await self.library.close()


async def measure(root: Path, started: float) -> dict[str, float]:
    from studio.domain.library import LibraryQuery

    stage = Stage(root)
    stage.view.show()
    await stage.library.open()
    stage.model.set_query(LibraryQuery())
    out = await _first(stage, started)
    frames = await _scroll(stage)
    lasted = [frame for frame, _ in frames]
    out["frame_p99_ms"] = _percentile(lasted, 99)
    out["frame_max_ms"] = round(max(lasted), 2)
    out["frame_median_ms"] = round(statistics.median(lasted), 2)
    out["frame_cpu_p99_ms"] = _percentile([work for _, work in frames], 99)
    out["rss_mb"] = _peak_mb()
    await stage.library.warm()  # as the program does once the first thumbnails are there
    out |= await _search(stage)
    out |= await _facets(stage)
    await stage.close()
    return out


async def _first(stage: Stage, started: float) -> dict[str, float]:
    out: dict[str, float] = {}
    while True:
        painted = await stage.paint()
        first, last = stage.view.visible_span()
        here = [stage.thumbnails.peek(stage.model.number_at(at)) is not None for at in range(first, last + 1)]
        if any(here) and not out:
            out["first_thumbnail_ms"] = round((painted - started) * 1000, 1)
        if here and all(here):
            return {**out, "first_screen_ms": round((painted - started) * 1000, 1)}


async def _scroll(stage: Stage) -> list[tuple[float, float]]:
    """Frame by frame through the gallery: once end to end, then steadily in the middle."""
    end = stage.view.verticalScrollBar().maximum()
    fast = [end * number // FAST_FRAMES for number in range(1, FAST_FRAMES + 1)]
    steady = [(end // 3 + STEADY_PIXELS * number) % end for number in range(STEADY_FRAMES)]
    return [*await _frames(stage, fast), *await _frames(stage, steady)]


async def _frames(stage: Stage, values: Sequence[int]) -> list[tuple[float, float]]:
    """Scroll to these values, one per frame: how long each took, and how long the thread worked for it."""
    from PySide6.QtCore import Qt, QTimer

    frames: list[tuple[float, float]] = []
    bar = stage.view.verticalScrollBar()
    timer = QTimer(singleShot=True, timerType=Qt.TimerType.PreciseTimer)
    ended = asyncio.Event()
    left = [value for value, before in zip(values, (bar.value(), *values), strict=False) if value != before]
    left.reverse()
    due, worked = time.monotonic() + FRAME_MS / 1000, time.thread_time()

    def scroll() -> None:
        bar.setValue(left.pop())
        QTimer.singleShot(0, painted)  # the painting is an event of its own

    def painted() -> None:
        nonlocal due, worked
        if stage.painted < due:
            QTimer.singleShot(0, painted)
            return
        work = time.thread_time()
        frames.append(((stage.painted - due) * 1000, (work - worked) * 1000))
        due, worked = max(due + FRAME_MS / 1000, time.monotonic()), work
        if left:
            timer.start(max(0, round((due - time.monotonic()) * 1000)))
        else:
            ended.set()

    timer.timeout.connect(scroll)
    timer.start(round(FRAME_MS))
    await ended.wait()
    return frames


async def _search(stage: Stage) -> dict[str, float]:
    from studio.domain.library import LibraryQuery

    painted: list[float] = []
    complete: list[float] = []
    for words in (*WORDS, *WORDS):
        for end in range(1, len(words) + 1):
            first, every = asyncio.Event(), asyncio.Event()
            connections = (
                stage.model.loaded.connect(lambda _count, first=first: first.set()),
                stage.model.completed.connect(lambda _count, every=every: every.set()),
            )
            began = time.monotonic()
            stage.model.set_query(LibraryQuery(text=words[:end]))
            await first.wait()
            shown = stage.painted if stage.painted > began else await stage.paint()
            painted.append((shown - began) * 1000)
            await every.wait()
            complete.append((time.monotonic() - began) * 1000)
            stage.model.loaded.disconnect(connections[0])
            stage.model.completed.disconnect(connections[1])
    return {
        "search_p99_ms": _percentile(painted, 99),
        "search_median_ms": round(statistics.median(painted), 2),
        "search_all_p99_ms": _percentile(complete, 99),
    }


async def _facets(stage: Stage) -> dict[str, float]:
    from studio.domain.library import LibraryQuery

    times: list[float] = []
    for _ in range(9):
        began = time.monotonic()
        await stage.library.facets(LibraryQuery())
        times.append((time.monotonic() - began) * 1000)
    return {"facets_ms": round(statistics.median(times), 2), "facets_max_ms": round(max(times), 2)}


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2)


def _peak_mb() -> float:
    """The process's resident memory at its highest."""
    import resource

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def main() -> None:
    from PySide6.QtWidgets import QApplication

    from studio import eventloop

    async def measured() -> int:
        print(json.dumps(await measure(Path(sys.argv[1]), float(sys.argv[2]))))
        return 0

    def report(error: BaseException, _where: str) -> None:
        raise SystemExit(repr(error))

    application = QApplication([])
    sys.setswitchinterval(eventloop.SWITCH_SECONDS)  # as the program does while it starts
    sys.exit(eventloop.run(application, measured, report=report, on_interrupt=application.quit))


if __name__ == "__main__":
    main()

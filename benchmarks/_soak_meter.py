"""What the soak measures inside the program: frames, what made one late, and what the process holds."""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import gc
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

TICK_MS = 5
STALL_MS = 50
LONG_MS = 100
LOOK_SECONDS = 0.015
BINS = 2000
"""One per millisecond; what is later is counted in the last."""
STACK = 6
KEPT = 400
KEPT_OPEN = {
    "socket": 24, "media": 6, "mapped outline": 256, "anon_inode:[eventfd]": 8, "index.sqlite": 8,
    "index.sqlite-wal": 8, "file mime.cache": 2,
}  # fmt: skip
"""How many of a kind the program may have open at any time: idle connections for a minute, what players hold,
outlines of long sounds, readers of the index, what Qt knows of kinds of files. More is a leak, and so is
anything else there is more of."""
FRAME = re.compile(r'File "([^"]+)", line (\d+) in (\S+)')


@dataclass(slots=True)
class Stall:
    """One time in which the window did not answer."""

    at_s: float
    ms: float
    cpu_ms: float
    during: str
    causes: Counter[str] = field(default_factory=Counter[str])
    gc_ms: float = 0.0

    @property
    def ours(self) -> bool:
        """Whether the window's thread itself worked that long; else the machine was busy elsewhere."""
        return self.cpu_ms > LONG_MS

    def told(self) -> dict[str, Any]:
        """For the report."""
        cause = self.causes.most_common(1)
        return {
            "at_s": round(self.at_s, 1), "ms": round(self.ms, 1), "cpu_ms": round(self.cpu_ms, 1),
            "gc_ms": round(self.gc_ms, 1), "during": self.during, "cause": cause[0][0] if cause else "",
            "ours": self.ours,
        }  # fmt: skip


class Frames:
    """A precise timer in the window's thread, and a thread that looks what keeps it."""

    def __init__(self) -> None:
        self.during = "start"
        self.stalls: list[Stall] = []
        self.worst = Stall(0, 0, 0, "")
        self._bins = [0] * BINS
        self._ours = [0] * BINS
        self._began = self._last = time.perf_counter()
        self._cpu = time.thread_time()
        self._paused = True
        self._samples: Counter[str] = Counter()
        self._collecting = 0.0
        self._gc_began = 0.0
        self._gui = threading.get_ident()
        self._end = threading.Event()
        self._trace: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 - open as long as this is
            "w+", encoding="utf-8", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
        )
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._watch = threading.Thread(target=self._look, name="soak watch", daemon=True)

    def start(self) -> None:
        gc.callbacks.append(self._collected)
        self._timer.start()
        self._watch.start()
        self._go_on()

    def stop(self) -> None:
        self._paused = True
        self._end.set()
        self._watch.join()
        self._trace.close()
        self._timer.stop()
        gc.callbacks.remove(self._collected)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing counts meanwhile: the measuring itself."""
        self._paused = True
        try:
            yield
        finally:
            self._go_on()

    def _go_on(self) -> None:
        self._last, self._cpu = time.perf_counter(), time.thread_time()
        self._samples.clear()
        self._collecting = 0.0
        self._paused = False

    def _tick(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        if not self._paused:
            late = (now - self._last) * 1000 - TICK_MS
            work = (cpu - self._cpu) * 1000
            self._bins[min(max(int(late), 0), BINS - 1)] += 1
            self._ours[min(max(int(work), 0), BINS - 1)] += 1
            if late > STALL_MS:
                self._keep(Stall(now - self._began, late, work, self.during))
        if self._samples:
            self._samples = Counter()
        self._collecting = 0.0
        self._last, self._cpu = now, cpu

    def _keep(self, stall: Stall) -> None:
        stall.causes, stall.gc_ms = self._samples, self._collecting
        if stall.ms > self.worst.ms:
            self.worst = stall
        self.stalls.append(stall)
        if stall.ours:
            print(f"  stall {stall.told()}", file=sys.stderr, flush=True)

    def _collected(self, phase: str, _info: Mapping[str, int]) -> None:
        if threading.get_ident() == self._gui:
            if phase == "start":
                self._gc_began = time.perf_counter()
            else:
                self._collecting += (time.perf_counter() - self._gc_began) * 1000

    def _look(self) -> None:
        while not self._end.wait(LOOK_SECONDS):
            if not self._paused and time.perf_counter() - self._last > (STALL_MS - 20) / 1000:
                self._samples[self._place()] += 1

    def _place(self) -> str:
        """Where the window's thread is: the innermost line, and the innermost lines of the program.

        Written by faulthandler: a frame that Python hands out keeps what is in it alive, and a painter that
        outlives its paintEvent is a crash.
        """
        self._trace.seek(0)
        self._trace.truncate()
        faulthandler.dump_traceback(self._trace, all_threads=True)
        self._trace.seek(0)
        text = self._trace.read()
        lines: list[str] = []
        for name, line, where in FRAME.findall(text.partition(f"{self._gui:016x}")[2].partition("\n\n")[0]):
            if len(lines) < STACK and (not lines or "/studio/" in name):
                head, _, short = name.rpartition("/studio/")
                lines.append(f"{short if head else '/'.join(name.split('/')[-2:])}:{line} {where}")
        return " < ".join(lines)

    def figures(self) -> dict[str, Any]:
        """Lateness of the timer; `frame_cpu_…` is what the window's thread worked between two ticks."""
        long = [stall for stall in self.stalls if stall.ms > LONG_MS]
        ours = [stall for stall in long if stall.ours]
        return {
            "frame_p50_ms": _percentile(self._bins, 50), "frame_p99_ms": _percentile(self._bins, 99),
            "frame_max_ms": round(self.worst.ms, 1), "frame_cpu_p99_ms": _percentile(self._ours, 99),
            "frame_cpu_max_ms": round(max((stall.cpu_ms for stall in self.stalls), default=0.0), 1),
            "stalls_over_50": len(self.stalls), "stalls_over_100": len(long),
            "stalls_over_100_ours": len(ours),
            "stalls": [one.told() for one in sorted(self.stalls, key=lambda s: -s.cpu_ms)[:KEPT]],
        }  # fmt: skip


def _percentile(bins: list[int], percent: float) -> float:
    wanted, seen = sum(bins) * percent / 100, 0
    for value, count in enumerate(bins):
        seen += count
        if seen >= wanted:
            return float(value)
    return float(len(bins))


# ---------------------------------------------------------------------- what the process holds


@dataclass(frozen=True, slots=True)
class Mark:
    """What the process held at one moment, when it was at rest."""

    seconds: float
    rss_mb: float
    uss_mb: float
    trimmed_mb: float
    tasks: Counter[str]
    threads: Counter[str]
    files: Counter[str]
    widgets: Counter[str]
    qobjects: int
    timers: int
    tops: int
    types: Counter[str]
    temporary: int
    kinds: dict[str, float]
    """What the memory is for, in MB: the heap, other anonymous memory, files that are mapped."""

    def told(self) -> dict[str, Any]:
        """For the report, without the names."""
        return {
            "at_s": round(self.seconds), "rss_mb": self.rss_mb, "uss_mb": self.uss_mb,
            "trimmed_mb": self.trimmed_mb, "tasks": self.tasks.total(), "threads": self.threads.total(),
            "fds": self.files.total(), "widgets": self.widgets.total(), "qobjects": self.qobjects,
            "timers": self.timers, "top_levels": self.tops, "python_objects": self.types.total(),
            "temporary_files": self.temporary, "memory_mb": self.kinds,
        }  # fmt: skip


def memory() -> tuple[float, float]:
    """RSS and what no other process shares, in MB; (0, 0) where there is no /proc."""
    try:
        text = Path("/proc/self/smaps_rollup").read_text("ascii")
    except OSError:
        return 0.0, 0.0
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
    private = sizes.get("Private_Clean", 0) + sizes.get("Private_Dirty", 0)
    return round(sizes.get("Rss", 0) / 1024, 1), round(private / 1024, 1)


def kinds_of_memory() -> dict[str, float]:
    """What of the RSS is heap, other anonymous memory, and mapped files, in MB."""
    found: Counter[str] = Counter()
    kind = ""
    with suppress(OSError):
        for line in Path("/proc/self/smaps").read_text("ascii", "replace").splitlines():
            words = line.split()
            if not words[0].endswith(":"):
                name = words[5] if len(words) > 5 else ""
                kind = "heap" if name == "[heap]" else "files" if name.startswith("/") else "anonymous"
            elif words[0] == "Rss:":
                found[kind] += int(words[1])
    return {name: round(size / 1024, 1) for name, size in found.items()}


def files() -> Counter[str]:
    """Open file descriptors by kind."""
    found: Counter[str] = Counter()
    with suppress(OSError):
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                found[_kind(str(entry.readlink()))] += 1
    return found


def _kind(target: str) -> str:
    if target.startswith(("socket:", "pipe:", "anon_inode:")):
        return target.partition(":")[0] if not target.startswith("anon") else target
    name = target.rpartition("/")[2]
    if ".sqlite" in name:
        return name
    if name.endswith(".peaks"):
        return "mapped outline"
    if name.endswith((".mp3", ".wav", ".mp4", ".flac", ".ogg", ".opus", ".m4a", ".webm")):
        return "media"
    return "device" if target.startswith("/dev/") else f"file {name}"


def threads() -> Counter[str]:
    """Threads by what they are for, and those that Python does not know."""
    found = Counter(re.sub(r"[-_ ]?\d+$", "", thread.name) for thread in threading.enumerate())
    with suppress(OSError):
        found["not Python's"] = len(list(Path("/proc/self/task").iterdir())) - found.total()
    return found


def tasks() -> Counter[str]:
    me = asyncio.current_task()
    return Counter(
        re.sub(r"[0-9a-f]{8,}|\d+", "N", task.get_name()) for task in asyncio.all_tasks() if task is not me
    )


def mark(seconds: float, temporary: Path) -> Mark:
    """Collect garbage and count everything. Takes a second; the window stands still meanwhile."""
    for _ in range(3):
        gc.collect()
    rss, uss = memory()
    trimmed = _trimmed()
    widgets = [one for one in QApplication.allWidgets() if shiboken6.isValid(one)]
    objects = [one for top in QApplication.topLevelWidgets() for one in top.findChildren(QObject)]
    return Mark(
        seconds=seconds, rss_mb=rss, uss_mb=uss, trimmed_mb=trimmed, tasks=tasks(), threads=threads(),
        files=files(), widgets=Counter(type(one).__name__ for one in widgets), qobjects=len(objects),
        timers=sum(isinstance(one, QTimer) and one.isActive() for one in objects),
        tops=len(QApplication.topLevelWidgets()),
        types=Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects()),
        temporary=sum(1 for path in temporary.rglob("*") if path.is_file()),
        kinds=kinds_of_memory(),
    )  # fmt: skip


def _trimmed() -> float:
    """RSS after the allocator gave back what it keeps for later: what is truly held."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return memory()[0]


def leaked_files(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    """What is open that was not, beyond what is kept open on purpose."""
    floor = Counter({kind: max(before[kind], KEPT_OPEN.get(kind, 0)) for kind in after})
    return grown(floor, after)


def grown(before: Counter[str], after: Counter[str], least: int = 1) -> dict[str, int]:
    """What there is more of, most first."""
    more = {name: after[name] - before[name] for name in after if after[name] - before[name] >= least}
    return dict(sorted(more.items(), key=lambda item: -item[1]))

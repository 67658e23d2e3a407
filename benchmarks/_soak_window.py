"""The measured process of `benchmarks.soak`: the program in its window, with a busy user and the meters.

    python -m benchmarks._soak_window PROFILE SECONDS SEED PACE

Orders to whoever started it ({"order": "kill"} or "start", for the service) and the figures are lines of JSON
on standard output; progress goes to standard error.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from benchmarks import _soak_meter as meter
from benchmarks._soak_script import PANES, SoakUser
from studio import app
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.services.context import Services
from studio.shell import program
from studio.shell.main_window import MainWindow

SAMPLE_SECONDS = 5.0
TELL_SECONDS = 30.0
GRACE_SECONDS = 420.0
"""How much longer than asked for all of it may take: two rests, two counts, the end."""
IGNORED = ("This plugin does not support propagateSizeHints", "PulseAudioService: pa_context_connect")
"""Of Qt, as in the tests."""
MOST_SHOWN = 40
USUAL_MORE = 4


class Complaints(logging.Handler):
    """What Qt, Python and the program complain about."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: Counter[str] = Counter()
        logging.getLogger().addHandler(self)
        warnings.simplefilter("default", ResourceWarning)
        warnings.showwarning = self._warned
        qInstallMessageHandler(self._qt)

    def emit(self, record: logging.LogRecord) -> None:
        self._add(f"log: {record.getMessage()}")

    def _warned(self, message: object, category: type[Warning], name: str, line: int, *_: object) -> None:
        self._add(f"{category.__name__}: {message} ({name}:{line})")

    def _qt(self, kind: QtMsgType, _context: object, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(IGNORED):
            self._add(f"Qt: {text}")

    def _add(self, line: str) -> None:
        if not self.lines[line[:600]]:
            print(f"  complaint: {line[:600]}", file=sys.stderr, flush=True)
        self.lines[line[:600]] += 1


def order(what: str) -> None:
    print(json.dumps({"order": what}), flush=True)


class Soak:
    """Runs the script and gathers the figures."""

    def __init__(
        self, window: MainWindow, services: Services, seconds: float, seed: int, pace: float
    ) -> None:
        self.window, self.services, self.seconds = window, services, seconds
        self.frames = meter.Frames()
        self.began = time.monotonic()
        self.folder = Path(tempfile.mkdtemp(prefix="soak-"))
        self.user = SoakUser(window, services, self.folder, seed, order, pace)
        self.temporary = Path(tempfile.gettempdir())
        self.jobs: Counter[str] = Counter()
        self.samples: list[dict[str, float]] = []
        self.marks: list[meter.Mark] = []
        self._told = 0.0
        services.jobs.finished.connect(self._finished)

    def _finished(self, job: Job) -> None:
        self.jobs[str(job.state)] += 1

    async def run(self) -> dict[str, Any]:
        """All of it; the figures."""
        user = self.user
        await user.until(lambda: self.services.session.connected and self.services.catalogue.models)
        for pane in PANES:
            self.window.open_pane(pane)
            await asyncio.sleep(0.5)
        self.frames.start()
        sampling = asyncio.ensure_future(self._sample())
        try:
            await self._mark("start")
            await self._until(self.seconds / 3)
            await self._mark("third")
            await self._until(self.seconds)
            await self._mark("end")
        finally:
            sampling.cancel()
            self.frames.stop()
        return await self._figures()

    async def _until(self, seconds: float) -> None:
        await self.user.work(self.began + seconds, self._tell)

    def _tell(self, step: str) -> None:
        self.frames.during = step
        now = time.monotonic() - self.began
        if now - self._told > TELL_SECONDS:
            self._told = now
            rss = self.samples[-1]["rss_mb"] if self.samples else 0
            print(
                f"{now:6.0f} s  {rss:6.1f} MB  {self.user.tally.steps.total()} steps, "
                f"{self.jobs.total()} jobs, {len(self.frames.stalls)} stalls", file=sys.stderr, flush=True,
            )  # fmt: skip

    async def _mark(self, name: str) -> None:
        self.frames.during = f"rest at the {name}"
        if name != "start":
            await self.user.come_to_rest()
        with self.frames.paused():
            self.marks.append(meter.mark(time.monotonic() - self.began, self.temporary))
            print(f"{name}: {self.marks[-1].told()}", file=sys.stderr, flush=True)
        await asyncio.sleep(0.2)

    async def _sample(self) -> None:
        while True:
            rss, uss = await asyncio.to_thread(meter.memory)
            files = await asyncio.to_thread(meter.files)
            self.samples.append({
                "at_s": round(time.monotonic() - self.began, 1), "rss_mb": rss, "uss_mb": uss,
                "tasks": len(asyncio.all_tasks()), "threads": threading.active_count(),
                "fds": files.total(), "during": self.frames.during,
            })  # type: ignore[dict-item]  # fmt: skip
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _figures(self) -> dict[str, Any]:
        start, third, end = self.marks
        library, tally = self.services.library, self.user.tally
        made = {
            name: await library.count(LibraryQuery(kinds=(kind,)))
            for name, kind in (("pictures", MediaKind.IMAGE), ("films", MediaKind.VIDEO),
                               ("speech", MediaKind.SPEECH), ("music", MediaKind.MUSIC),
                               ("transcripts", MediaKind.TRANSCRIPT))
        }  # fmt: skip
        tasks, threads, files = (
            meter.grown(third.tasks, end.tasks), _more_threads(third.threads, end.threads),
            meter.grown(third.files, end.files),
        )  # fmt: skip
        return {
            "minutes": round((time.monotonic() - self.began) / 60, 2),
            "rss_mb_start": start.rss_mb, "rss_mb_third": third.rss_mb, "rss_mb_end": end.rss_mb,
            "rss_mb_peak": max((one["rss_mb"] for one in self.samples), default=0.0),
            "growth_mb_after_third": round(end.rss_mb - third.rss_mb, 1),
            "held_growth_mb_after_third": round(end.trimmed_mb - third.trimmed_mb, 1),
            "tasks_leaked": sum(tasks.values()), "threads_leaked": sum(threads.values()),
            "fds_leaked": sum(files.values()),
            "widgets_leaked": end.widgets.total() - third.widgets.total(),
            **{name: value for name, value in self.frames.figures().items() if name != "stalls"},
            "jobs": self.jobs.total(), **made, "steps": tally.steps.total(),
            "faults_met": tally.faults.total(), "restarts": tally.restarts,
            "bug_reports": len(self.services.notices.bugs), "troubles": len(tally.troubles),
            "details": {
                "leaked": {"tasks": tasks, "threads": threads, "files": files,
                           "widgets": meter.grown(third.widgets, end.widgets),
                           "types": dict(list(meter.grown(third.types, end.types, 50).items())[:MOST_SHOWN])},
                "marks": [mark.told() for mark in self.marks], "samples": self.samples,
                "stalls": self.frames.figures()["stalls"], "steps": dict(tally.steps),
                "given_up": dict(tally.given_up), "troubles": tally.troubles, "faults": dict(tally.faults),
                "jobs": dict(self.jobs), "bugs": [bug.trace for bug in self.services.notices.bugs],
            },
        }  # fmt: skip


def _more_threads(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    """What there is more of, without old pools, which make their threads when they need them, up to what they
    were given, and a codec's worth of what Qt starts and ends by itself."""
    more = meter.grown(before, after)
    return {name: n for name, n in more.items() if name not in before or n > USUAL_MORE}


def main(profile: str, seconds: float, seed: int, pace: float) -> int:
    figures: dict[str, Any] = {}
    faulthandler.enable()
    faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True)
    complaints = Complaints()

    class Program(program.Program):
        async def _with(self, services: Services) -> int:
            soak = Soak(self._window, services, seconds, seed, pace)

            async def go() -> None:
                try:
                    figures.update(await soak.run())
                finally:
                    self.request_quit()

            services.tasks.spawn(go(), name="soak", owner=self)
            return await super()._with(services)

    program.Program = Program  # type: ignore[misc]
    code = app.run(["--profile", profile])
    qInstallMessageHandler(None)
    figures["threads_after_the_end"] = sorted(
        thread.name for thread in threading.enumerate() if thread is not threading.main_thread()
    )
    figures["complaints"] = sum(complaints.lines.values())
    figures.setdefault("details", {})["complaints"] = dict(complaints.lines)
    figures["exit_code"] = code
    print(json.dumps({"figures": figures}), flush=True)
    QApplication.processEvents()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))

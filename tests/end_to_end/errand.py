"""The whole program with its window, doing one thing in place of a user.

    python errand.py PROFILE look|generate|arrive

`look` prints what is shown after the start. `generate` types a prompt, presses the button, prints the job
when its request left, and stays. `arrive` waits until nothing is running, prints what is there, and ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QWidget

from studio import app
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryQuery
from studio.services.context import Services
from studio.shell import program
from studio.shell.main_window import MainWindow
from studio.shell.self_check import _enabled, find


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def look(window: MainWindow, services: Services) -> int:
    window.open_pane("library")
    rebuilt = asyncio.Event()
    services.library.changed.connect(lambda _change: rebuilt.set())
    while services.library.needs_rebuild:
        rebuilt.clear()
        await asyncio.wait_for(rebuilt.wait(), 10)
    galleries = window.findChildren(QAbstractItemView, "gallery")
    model = next(view for view in galleries if view.isVisible()).model()
    async with asyncio.timeout(20):
        # The rows may come between two looks; a signal that was missed must not be waited for.
        while model.rowCount() < await services.library.count(LibraryQuery()):
            await asyncio.sleep(0.02)
    state = services.session.state
    tell(mode=state.mode, online=state.online, gallery=model.rowCount())
    return 0


async def generate(window: MainWindow, services: Services) -> int:
    window.open_pane("create")
    left: asyncio.Future[Job] = asyncio.get_running_loop().create_future()

    def see(job: Job) -> None:
        if job.state is JobState.RUNNING and not left.done():
            left.set_result(job)

    services.jobs.changed.connect(see)
    prompt = find(window, QWidget, "prompt")
    prompt.setFocus()
    QTest.keyClicks(prompt, "a heron in the reeds")
    button = find(window, QAbstractButton, "generate")
    await _enabled(button)
    button.click()
    job = await left
    tell(job=job.id)
    await asyncio.Event().wait()
    return 1


async def arrive(window: MainWindow, services: Services) -> int:
    finished = asyncio.Event()
    services.jobs.finished.connect(lambda _job: finished.set())
    while services.jobs.active():
        finished.clear()
        await finished.wait()
    rows = await services.library.rows(await services.library.row_ids(LibraryQuery()))
    jobs = await services.profile.recent(10)
    tell(
        jobs=[[job.id, job.state] for job in jobs],
        pictures=[str(services.library.file_path(row)) for row in rows],
    )
    return 0


def start(profile: str, errand: Callable[..., Any]) -> int:
    class Program(program.Program):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs | {"errand": errand})

    program.Program = Program
    return app.run(["--profile", profile])


if __name__ == "__main__":
    sys.exit(start(sys.argv[1], {"look": look, "generate": generate, "arrive": arrive}[sys.argv[2]]))

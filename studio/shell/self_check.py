"""Makes one picture through the real window, as a user would, and prints what came of it.

The self-check goes on with sound, film and the rest: `check_media`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio.core.errors import StudioError
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.services.context import Services
from studio.shell.main_window import MainWindow

PROMPT = "A lighthouse on a basalt cliff at dusk, low fog rolling over the sea, 35 mm film"
SECONDS = 60.0


async def self_check(window: MainWindow, services: Services) -> int:
    """Build every pane, type a prompt, press Generate, wait for the picture; make a sound and a film and play
    them; print JSON. 0 if all is well."""
    return await _walk(window, services, screenshot=False)


async def demonstrate(window: MainWindow, services: Services) -> int:
    """The same in a visible window, with a screenshot of it (`make run` where there is no display)."""
    return await _walk(window, services, screenshot=True)


async def _walk(window: MainWindow, services: Services, *, screenshot: bool) -> int:
    report: dict[str, Any] = {"panes": [], "ok": False}
    try:
        for pane_id in window.pane_ids():
            window.open_pane(pane_id)
            report["panes"].append(window.pane_title(pane_id))
        window.open_pane("create")
        job = await _make(window, services)
        report |= await _describe(services, job)
        if not screenshot:
            from studio.shell.check_media import check_media

            report |= await check_media(services)
        report["ok"] = True
    except (StudioError, TimeoutError, LookupError) as error:
        report["error"] = str(error) or type(error).__name__
    report["library"] = str(services.paths.library)
    if screenshot:
        report["screenshot"] = str(await _grab(window, services.paths.library.parent))
    json.dump(report, sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()
    return 0 if report["ok"] else 1


async def _make(window: MainWindow, services: Services) -> Job:
    loop = asyncio.get_running_loop()
    finished: asyncio.Future[Job] = loop.create_future()

    def done(job: Job) -> None:
        if not finished.done():
            finished.set_result(job)

    connection = services.jobs.finished.connect(done)
    try:
        async with asyncio.timeout(SECONDS):
            prompt = find(window, QWidget, "prompt")
            prompt.setFocus()
            QTest.keyClicks(prompt, PROMPT)
            button = find(window, QAbstractButton, "generate")
            await _enabled(button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            job = await finished
    finally:
        connection.disconnect()
    if job.error is not None:
        raise StudioError(job.error.title, job.error.detail)
    return job


async def _enabled(button: QAbstractButton) -> None:
    """The button is enabled once the catalogue and the account are known."""
    changed = asyncio.Event()

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.EnabledChange:
                changed.set()
            return False

    watch = Watch()
    button.installEventFilter(watch)
    try:
        while not button.isEnabled():
            changed.clear()
            await changed.wait()
    finally:
        button.removeEventFilter(watch)


async def _describe(services: Services, job: Job) -> dict[str, Any]:
    asset = await services.library.asset(job.asset_id)
    if asset is None:
        raise LookupError("the picture is not in the library")
    path = services.library.file_path(asset)
    rows = await services.library.row_ids(LibraryQuery())
    return {
        "picture": str(path),
        "sidecar": str(services.library.sidecar_path(asset)),
        "cost": str(asset.provenance.cost),
        "cost_source": asset.provenance.cost_source,
        "unit": "pollen",
        "sandbox": asset.provenance.sandbox,
        "model": asset.provenance.model_used or asset.provenance.model,
        "seed": asset.provenance.seed,
        "in_library": len(rows),
    }


async def _grab(window: MainWindow, folder: Path) -> Path:
    """A screenshot of the window, once it had time to paint what just arrived."""
    for _ in range(50):
        await asyncio.sleep(0.02)
    target = folder / "nectary-window.png"
    window.grab().save(str(target))
    return target


def find(window: QWidget, kind: type[Any], name: str) -> Any:
    """The control with this object name.

    Raises:
        LookupError: there is none.
    """
    found = window.findChild(kind, name)
    if found is None:
        raise LookupError(f"there is no control named {name!r}")
    return found

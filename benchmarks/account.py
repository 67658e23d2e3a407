"""Ten thousand requests in the Account pane: loading, filtering, sorting, the chart, and frames meanwhile.

The window's loop has a frame to paint every 16.7 ms; a frame is as long as the loop keeps it waiting and the
painting itself. The bill lies with a sandbox in a process of its own, so its work is nobody's frame.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.panes.account.view import AccountPane
    from studio.services.context import Services

ROWS = 10_000
FRAME_MS = 1000 / 60
WINDOW = (1440, 900)
KINDS = (
    ("black-forest-labs/flux.1-schnell", "generate.image", "0.002"),
    ("openai/gpt-5.4-nano", "generate.text", "0.00031"),
    ("google/veo-3.1-fast", "generate.image", "0.4"),
    ("elevenlabs/eleven-v3", "generate.audio", "0.0029"),
    ("openai/gpt-image-1-mini", "generate.image", "0.04"),
    ("anthropic/claude-opus-5", "generate.text", "0.0121"),
)


def run(rows: int = ROWS) -> dict[str, float]:
    """Figures of one run.

    `load_ms`: all rows of the service, page by page, until the last stands in the table.
    `compare_ms`: the same and the ledger, read and matched. `chart_ms`: from pressing a source or a span
    of days to the painted chart. `filter_ms`, `sort_ms`: from the change to the rows.
    `frame_p99_ms`, `frame_max_ms`: of all frames painted meanwhile; `frame_cpu_p99_ms` is what the window's
    thread itself worked from one frame to the next; `idle_p99_ms`: how late frames are here when the program
    does nothing else.
    """
    with tempfile.TemporaryDirectory(prefix="nectary-benchmark-") as name:
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
        command = [sys.executable, "-m", "benchmarks.account", "measure", name, str(rows)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------------- the service's process


def serve(rows: int) -> None:
    """A sandbox whose account has spent that often; prints its addresses, ends with its standard input."""
    from studio.sandbox.account import Charge
    from studio.sandbox.server import SandboxServer

    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        charges: list[Charge] = []
        for number in range(rows):
            model, kind, price = KINDS[number * 7 % len(KINDS)]
            at = now - timedelta(seconds=80 * 86_400 * (rows - number) / rows + 5)
            charges.append(
                Charge(
                    at=at.isoformat(), type=kind, model=model, key_id="k_main", key_name="Sandbox",
                    key_type="secret", source="pack", cost=Decimal(price) * (1 + number % 3),
                    tier_part=Decimal(0), usage={}, milliseconds=400 + number % 9000,
                )
            )  # fmt: skip
        server.service.account.ledger += charges
        places = {"gen": server.base_url, "enter": server.enter_url, "media": server.media_url,
                  "legacy": server.legacy_url, "key": server.key}  # fmt: skip
        print(json.dumps(places), flush=True)
        sys.stdin.read()


# ---------------------------------------------------------------------- the measured process


def p99(values: list[float]) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)], 2) if ordered else 0.0


class Frames:
    """Paints the pane whenever a frame is due, and notes how long each took from its due time."""

    def __init__(self, paint: Callable[[], object]) -> None:
        self.late: list[float] = []
        self.works: list[float] = []
        self._paint = paint
        self._on = True

    async def go(self) -> None:
        due = time.perf_counter()
        worked = time.thread_time()
        while self._on:
            due += FRAME_MS / 1000
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            self._paint()
            now, work = time.perf_counter(), time.thread_time()
            self.works.append((work - worked) * 1000)
            self.late.append((now - due) * 1000)
            due, worked = max(due, now - FRAME_MS / 1000), work

    def stop(self) -> None:
        self._on = False


async def until(is_so: Callable[[], object]) -> None:
    while not is_so():  # noqa: ASYNC110 - what is waited for is a state of a widget
        await asyncio.sleep(0.001)


async def measure(folder: Path, rows: int) -> dict[str, float]:
    """Everything, in the window."""
    command = [sys.executable, "-m", "benchmarks.account", "serve", str(rows)]
    service = await asyncio.to_thread(
        subprocess.Popen, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    assert service.stdin is not None
    try:
        places = json.loads(await asyncio.to_thread(service.stdout.readline))
        return await _with_services(folder, rows, places)
    finally:
        service.stdin.close()
        await asyncio.to_thread(service.wait)
        service.stdout.close()


async def _with_services(folder: Path, rows: int, places: dict[str, str]) -> dict[str, float]:
    from studio.core.paths import portable_paths
    from studio.core.secrets import Secret
    from studio.core.settings import Settings
    from studio.panes.account import PANE
    from studio.services.context import build_services, close_services, open_services
    from studio.services.notices import NoticeCentre
    from studio.ui.pane import PaneContext
    from studio.ui.theme import Theme

    Theme.current()
    paths = portable_paths(folder)
    environment = {
        "POLLINATIONS_BASE_URL": places["gen"], "POLLINATIONS_ENTER_URL": places["enter"],
        "POLLINATIONS_MEDIA_URL": places["media"], "POLLINATIONS_LEGACY_URL": places["legacy"],
    }  # fmt: skip
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), environment)
    await open_services(services)
    pane: Any = PANE.build(Theme.current(), None)
    try:
        await _write_ledger(services, rows)
        services.account.keep_in_memory(Secret(places["key"]), "ada")
        await services.session.use_cloud("ada")
        pane.resize(*WINDOW)
        pane.show()
        pane.attach(PaneContext(services, Theme.current(), lambda *_: None, lambda *_: None))
        await asyncio.sleep(1)
        return await _figures(pane)
    finally:
        pane.detach()
        pane.close()
        await close_services(services)


async def _write_ledger(services: Services, rows: int) -> None:
    """The program's own records of the same requests, three seconds before they were billed."""
    now = datetime.now(UTC)
    lines: list[tuple[object, ...]] = []
    for number in range(rows):
        model, _kind, price = KINDS[number * 7 % len(KINDS)]
        at = now - timedelta(seconds=80 * 86_400 * (rows - number) / rows + 8)
        cost = str(Decimal(price) * (1 + number % 3))
        lines.append((f"e{number}", at.timestamp(), at.date().isoformat(), model, cost))

    def write() -> None:
        with services.profile.store.database.write() as connection:
            connection.executemany(
                "insert into ledger (id, time, day, job_id, model, estimate, cost, cost_source, currency,"
                " account, sandbox) values (?, ?, ?, '', ?, null, ?, 'header', 'pollen', 'ada', 0)",
                lines,
            )

    await services.profile.run(write)


async def _figures(pane: AccountPane) -> dict[str, float]:
    rest = Frames(lambda: None)
    idle = asyncio.ensure_future(rest.go())
    await asyncio.sleep(2)
    rest.stop()
    await idle
    frames = Frames(lambda: _paint(pane))
    painting = asyncio.ensure_future(frames.go())
    figures = {"rows": float(ROWS)} | await _charts(pane) | await _tables(pane)
    frames.stop()
    await painting
    return {
        **figures, "frame_p99_ms": p99(frames.late), "frame_max_ms": round(max(frames.late), 2),
        "frame_cpu_p99_ms": p99(frames.works), "frames": len(frames.late), "idle_p99_ms": p99(rest.late),
    }  # fmt: skip


def _paint(pane: Any) -> None:
    """What is in sight and changed."""
    pane._spending.chart.repaint()
    pane._requests.table.viewport().repaint()


async def _timed(work: Callable[[], object], done: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    await asyncio.sleep(0)
    await until(done)
    return (time.perf_counter() - began) * 1000


async def _charts(pane: Any) -> dict[str, float]:
    card, took = pane._spending, list[float]()
    view = card.presenter

    def is_there() -> bool:
        return not view.view.loading

    for press in (
        lambda: card.days.choice.part("all").click(), lambda: card.source.part("account").click(),
        lambda: card.days.choice.part("90").click(), lambda: card.source.part("here").click(),
    ):  # fmt: skip
        took.append(await _timed(press, is_there))
        await asyncio.sleep(0.1)
    zooms: list[float] = []
    for number in range(60):
        from studio.domain.spending import zoomed

        chart, began = card.chart, time.perf_counter()
        chart.span_wanted.emit(zoomed(chart.span, chart.span.last, 0.8 if number < 30 else 1.25, chart.whole))
        view.choose_by("kind" if number % 2 else "model")
        zooms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)
    return {"chart_ms": round(max(took), 1), "zoom_p99_ms": p99(zooms)}


async def _tables(pane: Any) -> dict[str, float]:
    pane._sections.choose("requests")
    card = pane._requests
    card.days.choice.part("90").click()
    await asyncio.sleep(0.1)
    began = time.perf_counter()
    while not card._reader.complete:
        before = card.model.rowCount()
        card.read()
        await until(lambda before=before: card.model.rowCount() > before or card._reader.complete)
    load = (time.perf_counter() - began) * 1000
    assert card.model.rowCount() == ROWS, card.model.rowCount()
    filtered = [
        await _arranged(card, lambda words=words: card.search.setText(words))
        for words in ("flux", "claude opus", "nothing like it", "")
    ]
    filtered += [
        await _arranged(card, lambda kind=kind: card.kind._take(kind)) for kind in ("text", "audio", "")
    ]
    header = card.table.horizontalHeader()
    from PySide6.QtCore import Qt

    ordered = [
        await _arranged(card, lambda c=column: header.setSortIndicator(c, Qt.SortOrder.AscendingOrder))
        for column in (6, 1, 5, 0)
    ]
    for step in range(60):
        card.table.verticalScrollBar().setValue(step * 3000)
        await asyncio.sleep(0.005)
    card.view.part("both").click()
    await asyncio.sleep(0.1)
    compare = await _timed(card.read, lambda: card._comparison is not None and card.model.rowCount())
    return {
        "load_ms": round(load, 1), "filter_ms": round(max(filtered), 1), "sort_ms": round(max(ordered), 1),
        "compare_ms": round(compare, 1),
    }  # fmt: skip


async def _arranged(card: Any, change: Callable[[], object]) -> float:
    """How long until the rows are there."""
    heard: list[int] = []
    connection = card.model.modelReset.connect(lambda: heard.append(1))
    took = await _timed(change, lambda: heard)
    card.model.modelReset.disconnect(connection)
    await asyncio.sleep(0.05)
    return took


def main(arguments: list[str]) -> None:
    if arguments[0] == "serve":
        serve(int(arguments[1]))
        return
    from studio import eventloop
    from studio.ui.theme import Theme, make_application

    app = make_application("benchmark")
    Theme("light", reduced_motion=True).apply(app)

    async def measured() -> int:
        print(json.dumps(await measure(Path(arguments[1]), int(arguments[2]))), flush=True)
        return 0

    def report(error: BaseException, where: str) -> None:
        print(f"{where}: {error!r}", file=sys.stderr)

    sys.setswitchinterval(eventloop.SWITCH_SECONDS)  # as the program does while it starts
    sys.exit(eventloop.run(app, measured, report=report, on_interrupt=app.quit))


if __name__ == "__main__":
    main(sys.argv[1:])

"""A library in memory over real picture files, for tests of the gallery."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF

from studio.core.events import Event
from studio.domain.library import AssetRow, LeadingRows, LibraryChange, LibraryQuery
from studio.domain.media import MediaKind

PALETTES = (
    ("#fbd38d", "#c2595a", "#4a1f57"), ("#93a9d1", "#2b3c63", "#0c1630"), ("#f7edc9", "#c4922f", "#6b3210"),
    ("#cfeede", "#3f7f73", "#12373c"), ("#2c2350", "#55306f", "#0a0714"), ("#fbc2c2", "#a03c6d", "#37123f"),
    ("#b7dcf6", "#3c68a6", "#152a55"), ("#fbe6cb", "#a8694a", "#4c2f26"),
)  # fmt: skip


def landscape(seed: int, width: int, height: int) -> QImage:
    """Hills at dusk, another one for every seed."""
    sky, middle, near = (QColor(name) for name in PALETTES[seed % len(PALETTES)])
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gradient = QLinearGradient(0, 0, 0, height)
    gradient.setColorAt(0, sky)
    gradient.setColorAt(1, middle)
    painter.fillRect(image.rect(), gradient)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#fff6da"))
    painter.drawEllipse(QPointF(width * (0.2 + (seed * 37 % 60) / 100), height * 0.35), width / 9, width / 9)
    for layer in range(4):
        mix = layer / 3
        painter.setBrush(
            QColor.fromRgbF(
                *(a + (b - a) * mix for a, b in zip(middle.getRgbF(), near.getRgbF(), strict=True))
            )
        )
        base = height * (0.45 + layer * 0.15)
        rise = [((seed + 3) * (k + 2) * (layer + 5) * 7919 % 100) / 100 - 0.5 for k in range(13)]
        ridge = [QPointF(width * k / 12, base + height * 0.1 * rise[k]) for k in range(13)]
        painter.drawPolygon(QPolygonF([*ridge, QPointF(width, height), QPointF(0, height)]))
    painter.end()
    return image


def make_row(number: int, **changes: Any) -> AssetRow:
    """A picture row with everything filled in from its number."""
    row = AssetRow(
        row=number,
        id=f"asset{number:07}",
        kind=MediaKind.IMAGE,
        path=f"2026/11/{number:07}.jpg",
        sha256=f"{number:064x}",
        mime="image/jpeg",
        created_at=1_790_000_000.0 + number,
        title=f"Hills at dusk, take {number}",
        width=640,
        height=480,
        cost=Decimal("0.002"),
        model="flux",
    )
    return replace(row, **changes)


class MemoryAssets:
    """An `AssetSource`: rows in a dictionary, files in a folder. `files` pictures are shared by all rows."""

    def __init__(
        self, folder: Path, count: int = 0, *, files: int = 8, size: tuple[int, int] = (640, 480)
    ) -> None:
        self.folder = folder
        self.files = files
        self.changed: Event[LibraryChange] = Event("assets")
        self.all: dict[int, AssetRow] = {}
        self.numbers = array("q", range(count, 0, -1))
        self.asked: list[tuple[int, ...]] = []
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.first: int | None = None  # how many rows `leading` answers with
        for seed in range(files):
            path = folder / f"picture{seed}.jpg"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                assert landscape(seed, *size).save(str(path), "jpg", 88)

    def row(self, number: int) -> AssetRow:
        return self.all.get(number) or make_row(number)

    async def leading(self, query: LibraryQuery) -> LeadingRows | None:
        if self.first is None:
            return None
        rows = await self.row_ids(query)
        return LeadingRows(rows[: self.first], complete=len(rows) <= self.first)

    async def row_ids(self, query: LibraryQuery) -> array[int]:
        await self._answer()
        rows = self.numbers
        if query.min_rating or query.text or query.kinds:
            rows = array("q", [n for n in rows if self._matches(self.row(n), query)])
        if query.order == "oldest":
            return array("q", reversed(rows))
        if query.order == "rating":
            return array("q", sorted(rows, key=lambda n: (-self.row(n).rating, -n)))
        return array("q", rows)

    @staticmethod
    def _matches(row: AssetRow, query: LibraryQuery) -> bool:
        kinds = not query.kinds or row.kind in query.kinds
        return kinds and row.rating >= query.min_rating and query.text in row.title

    async def rows(self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None) -> list[AssetRow]:
        self.asked.append(tuple(row_ids))
        await self._answer()
        known = set(self.numbers) if len(self.numbers) < 5000 else None
        return [self.row(number) for number in row_ids if known is None or number in known]

    def file_path(self, row: AssetRow) -> Path:
        special = self.folder / row.path
        return (
            special if row.path.startswith("special/") else self.folder / f"picture{row.row % self.files}.jpg"
        )

    def thumbnail_path(self, row: AssetRow) -> Path:
        return self.folder / "thumbs" / f"{row.sha256}.jpg"

    # what other parts of a program would do

    def add(self, *rows: AssetRow) -> None:
        for row in rows:
            self.all[row.row] = row
        self.numbers = array("q", sorted({*self.numbers, *(row.row for row in rows)}, reverse=True))
        self.changed.emit(LibraryChange(added=tuple(row.row for row in rows)))

    def remove(self, *numbers: int) -> None:
        gone = set(numbers)
        self.numbers = array("q", [number for number in self.numbers if number not in gone])
        self.changed.emit(LibraryChange(removed=numbers))

    def update(self, number: int, **changes: Any) -> None:
        self.all[number] = replace(self.row(number), **changes)
        self.changed.emit(LibraryChange(updated=(number,)))

    async def _answer(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure


class Tasks:
    """A task owner with the supervisor's signature, for tests of one model."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], tuple[object, str | None]] = {}
        self._failed: list[asyncio.Task[Any]] = []

    def spawn(
        self, coro: Coroutine[Any, Any, Any], *, name: str, owner: object, group: str | None = None
    ) -> asyncio.Task[Any]:
        for task, key in self._tasks.items():
            if group is not None and key == (owner, group):
                task.cancel()
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks[task] = (owner, group)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if not task.cancelled() and task.exception() is not None:
            self._failed.append(task)

    def cancel_owner(self, owner: object) -> None:
        for task, (who, _) in list(self._tasks.items()):
            if who is owner:
                task.cancel()

    async def settled(self) -> None:
        """Until no task is left; whatever failed is raised."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
            await asyncio.sleep(0)
        for task in self._failed:
            task.result()

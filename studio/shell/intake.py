"""Files and folders from elsewhere: chosen or dropped, taken in with progress, and a report at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.errors import Action
from studio.core.files import write_atomically
from studio.core.i18n import number, tr, trn
from studio.domain.intake import IntakeReport, Reading, TakenFile, printable
from studio.domain.library import Progress
from studio.services.context import Services
from studio.services.intake import Stop
from studio.services.notices import Severity
from studio.ui import dialogs
from studio.ui.dialogs import Sheet
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.progress import ProgressBar
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import IconLabel
from studio.ui.widgets.text import KeyValueGrid, Label, SectionHeader

TOPIC = "intake"
QUIET_MS = 400
"""What is done sooner needs no progress."""
MOST_SHOWN = 200
_LIST_ROWS = 6
LIST_SHARE = 0.36
"""Of the window's height, at most, for the files that need a look."""
MEDIA = (
    "*.png", "*.jpg", "*.jpeg", "*.webp", "*.gif", "*.bmp", "*.tif", "*.tiff", "*.avif", "*.mp4", "*.webm",
    "*.mkv", "*.mov", "*.avi", "*.mp3", "*.wav", "*.flac", "*.ogg", "*.opus", "*.m4a", "*.aac",
)  # fmt: skip


class IntakeDesk:
    """One import at a time: what is asked for meanwhile waits for its turn.

    Args:
        window: over which sheets open.
    """

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services = services
        self._window = window
        self._turn = asyncio.Lock()
        self._last: IntakeReport | None = None

    async def choose_files(self, collection: str = "") -> None:
        """Ask for files and take them in."""
        filters = [(tr("Pictures, films and sounds"), MEDIA), (tr("All files"), ("*",))]
        paths = await dialogs.pick_files(self._window, tr("Add files to the library"), filters)
        if paths:
            await self.take_in(paths, collection)

    async def choose_folder(self, collection: str = "") -> None:
        """Ask for a folder and take in what is in it."""
        folder = await dialogs.pick_folder(self._window, tr("Add a folder to the library"))
        if folder is not None:
            await self.take_in([folder], collection)

    async def run(self, argument: str) -> None:
        """The command: `drop_veil.wanted` made its argument."""
        values = json.loads(argument)
        await self.take_in([Path(path) for path in values["paths"]], values["collection"])

    async def take_in(self, paths: Sequence[Path], collection: str = "") -> None:
        """Take files in, show how far it is where that takes a while, and tell what came of it."""
        async with self._turn:
            stop = Stop()
            watch = _Watch()
            intake = self._services.curator.intake
            work = self._services.tasks.spawn(
                intake.take_in(paths, (collection,) if collection else (), watch.tell, stop),
                name="take files in",
                owner=self,
            )
            try:
                await asyncio.wait({work}, timeout=QUIET_MS / 1000)
                seen = True if work.done() else await self._show_progress(work, watch, stop)
                report = await work
            finally:
                stop.call()
                work.cancel()
            self._last = report
        await self._tell(report, seen=seen)

    async def _show_progress(self, work: asyncio.Future[IntakeReport], watch: _Watch, stop: Stop) -> bool:
        """Whether the user waited for the end, and did not send it into the background."""
        sheet = IntakeSheet(self._window, stop)
        watch.sheet = sheet
        watch.show()
        work.add_done_callback(lambda _work: watch.end())
        try:
            return await sheet.result() != "hide"
        finally:
            watch.sheet = None

    async def _tell(self, report: IntakeReport, *, seen: bool) -> None:
        troubled = report.of(Reading.REFUSED, Reading.UNREADABLE) or report.problem
        if troubled and seen and (len(report.files) > 1 or not report.added):
            await self.show_report()
            return
        words = trn("One file added to the library.", "{n} files added to the library.", len(report.added))
        if not report.added:
            words = tr("Nothing was added to the library.")
        known = report.of(Reading.KNOWN)
        detail = trn("One was in it already.", "{n} were in it already.", len(known)) if known else ""
        show = Action("library.report", tr("Show the report"))
        severity = Severity.WARNING if troubled else Severity.SUCCESS
        self._services.notices.tell(words, detail, severity=severity, topic=TOPIC, actions=(show,))

    async def show_report(self) -> None:
        """Show what came of the last import."""
        if self._last is None:
            self._services.notices.tell(tr("Nothing was added to the library yet."), topic=TOPIC)
            return
        report = self._last
        answer = await report_sheet(self._window, report).result()
        if answer == "copy":
            QGuiApplication.clipboard().setText(report.text())
            self._services.notices.tell(tr("The report is copied."), topic=TOPIC)
        elif answer == "save":
            target = await dialogs.pick_save(
                self._window, tr("Save the report"), Path.home() / "Nectary import.txt"
            )
            if target is not None:
                await asyncio.to_thread(write_atomically, target, report.text().encode(errors="replace"))


class _Watch:
    """Keeps how far an import is, for a sheet that may come later or go sooner."""

    def __init__(self) -> None:
        self.sheet: IntakeSheet | None = None
        self._step = Progress(phase="scan", done=0)

    def tell(self, step: Progress) -> None:
        self._step = step
        self.show()

    def show(self) -> None:
        if self.sheet is not None:
            self.sheet.show_step(self._step)

    def end(self) -> None:
        if self.sheet is not None:
            self.sheet.finish("done")


class IntakeSheet(Sheet):
    """How far an import is; it may be stopped, or go on in the background."""

    def __init__(self, owner: QWidget, stop: Stop) -> None:
        super().__init__(owner, tr("Adding to the library"))
        self._stop = stop
        self.bar = ProgressBar(tr("Import"))
        self.words = Label("", tone="text2", tabular=True)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(Space.NONE, Space.SM, Space.NONE, Space.NONE)
        column.setSpacing(Space.MD)
        column.addWidget(self.bar)
        column.addWidget(self.words)
        self.add_content(box)
        self.stop = self.add_button(tr("Stop"), "stop")
        self.stop.clicked.disconnect()
        self.stop.clicked.connect(self._end)
        self.add_button(tr("Go on in the background"), "hide", "primary", default=True)

    def show_step(self, step: Progress) -> None:
        """Say how far it is."""
        if self._stop.wanted:
            return
        if step.phase == "scan" or not step.total:
            self.bar.set_share(None)
            self.words.setText(tr("Looking through the folders."))
        else:
            self.bar.set_share(step.done / step.total)
            self.words.setText(tr("{done:,} of {all:,} files", done=step.done, all=step.total))

    def _end(self) -> None:
        self._stop.call()
        self.stop.setEnabled(False)
        self.words.setText(tr("Stopping. What was added stays."))


def report_sheet(owner: QWidget, report: IntakeReport) -> Sheet:
    """What came of an import: numbers, and each file that was not understood with the reason."""
    title = trn("One file added", "{n} files added", len(report.added))
    sheet = Sheet(owner, title if report.added else tr("Nothing was added"), report.problem)
    sheet.add_content(KeyValueGrid([(name, number(count)) for name, count in report.counts()]))
    troubled = report.of(Reading.REFUSED, Reading.UNREADABLE)
    if troubled:
        sheet.add_content(_troubles(troubled, round(owner.height() * LIST_SHARE)))
    sheet.add_button(tr("Copy report"), "copy")
    sheet.add_button(tr("Save report…"), "save")
    sheet.add_button(tr("Close"), None, "primary", default=True)
    return sheet


def _troubles(files: Sequence[TakenFile], tallest: int) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(Space.NONE, Space.SM, Space.NONE, Space.NONE)
    column.setSpacing(Space.SM)
    rows = ScrollColumn(spacing=Space.MD)
    rows.setAccessibleName(tr("What needs a look"))
    rows.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for file in files[:MOST_SHOWN]:
        rows.column.addWidget(_Trouble(file))
    if len(files) > MOST_SHOWN:
        more = len(files) - MOST_SHOWN
        rows.column.addWidget(Label(trn("One more is in the report.", "{n} more are in the report.", more)))
    rows.column.addStretch(1)
    wanted = Theme.current().px(Size.ROW_TALL) * min(len(files), _LIST_ROWS) + Space.XL
    rows.setFixedHeight(min(wanted, tallest))
    column.addWidget(SectionHeader(tr("What needs a look"), number(len(files)), buddy=rows))
    column.addWidget(rows)
    return box


class _Trouble(QWidget):
    """A file and what is the matter with it."""

    def __init__(self, file: TakenFile) -> None:
        super().__init__()
        from PySide6.QtWidgets import QHBoxLayout

        refused = file.reading is Reading.REFUSED
        why = file.why if refused else tr("Added. Its parameters cannot be read and are kept as they are.")
        name = _short(printable(Path(file.path.name)) or str(file.path))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.MD)
        icon, tone = ("warning", "warn") if refused else ("info", "text2")
        row.addWidget(IconLabel(icon, tone), 0, Qt.AlignmentFlag.AlignTop)  # type: ignore[arg-type]
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(name, weight=Weight.MEDIUM, wrap=True))
        words.addWidget(Label(why, "caption", "text2", wrap=True))
        row.addLayout(words, 1)
        self.setAccessibleName(f"{name}: {why}")
        self.setToolTip(printable(file.path))


def _short(name: str) -> str:
    """A file name that fits: its beginning and its end."""
    return name if len(name) <= 64 else f"{name[:40]}…{name[-20:]}"

"""The probe that `benchmarks._startup` puts on the program's window."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from studio.shell.main_window import MainWindow

TICK_MS = 5
FRAME_MS = 1000 / 60
LETTER = "n"
PATIENCE_SECONDS = 30.0
Report = Callable[[dict[str, Any]], None]


class Probe(QObject):
    """Waits for the first frame, types a letter, then listens for stalls and for the gallery.

    Args:
        spawned: when the process was started, on the monotonic clock.
        seconds: how long to listen; 0 ends the process with the letter.
        filled: whether there are pictures to wait for.
        report: prints the figures and ends the process.
    """

    def __init__(
        self, window: MainWindow, spawned: float, seconds: float, filled: bool, report: Report
    ) -> None:
        super().__init__()
        self.window, self.spawned, self.seconds, self.report = window, spawned, seconds, report
        self.filled = filled
        self.figures: dict[str, Any] = {"longest_stall_ms": 0.0, "stalls": 0}
        self.seen = False
        self.tick = 0.0
        self.editor: Any = None
        self.timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self.beat)
        window.installEventFilter(self)

    def note(self, name: str) -> None:
        self.figures.setdefault(name, (time.monotonic() - self.spawned) * 1000)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self.seen:
            self.seen = True
            # The painting goes on behind this event; the next one comes after the last widget.
            QTimer.singleShot(0, self.painted)
        return False

    def painted(self) -> None:
        self.window.removeEventFilter(self)
        self.note("painted_ms")
        self.tick = time.monotonic()
        self.timer.start()
        if not self.window.shows_pane:
            # The welcome page: its buttons answer as soon as the loop comes round.
            QTimer.singleShot(0, self.usable)
            return
        self.editor = self.window.pane("create").form.prompt.editor  # type: ignore[attr-defined]
        self.editor.textChanged.connect(self.usable)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = QKeyEvent(kind, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier, LETTER)
            QCoreApplication.postEvent(self.editor, key)

    def usable(self) -> None:
        if self.editor is not None and self.editor.toPlainText() != LETTER:
            self.report({"error": "the prompt did not take the letter"})
        self.note("usable_ms")
        if not self.seconds:
            self.report(self.figures)

    def beat(self) -> None:
        now = time.monotonic()
        gap = (now - self.tick) * 1000
        if gap > self.figures["longest_stall_ms"]:
            self.figures |= {"longest_stall_ms": gap, "stall_at_ms": (self.tick - self.spawned) * 1000}
        self.figures["stalls"] += gap > FRAME_MS
        _look_for_gallery(self.window, self)
        self.tick = now
        lasted = now - self.spawned - self.figures["painted_ms"] / 1000
        if lasted > (self.seconds if "gallery_ms" in self.figures or not self.filled else PATIENCE_SECONDS):
            self.timer.stop()
            self.figures["peak_rss_mb"] = _peak_mb()
            self.window.close()


def _look_for_gallery(window: MainWindow, probe: Any) -> None:
    """Note when the gallery is there and when it has its first thumbnail."""
    if "gallery_ms" in probe.figures:
        return
    results = getattr(window.pane("create"), "_results", None)
    if results is None:
        return
    probe.note("services_ms")
    browser = results.browser
    first, last = browser.view.visible_span()
    numbers = (browser.model.number_at(row) for row in range(first, last + 1))
    if browser.model.rowCount() and any(browser.thumbnails.peek(number) is not None for number in numbers):
        probe.note("gallery_ms")


def _peak_mb() -> float:
    import resource

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)

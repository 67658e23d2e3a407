"""The measured process of `benchmarks.startup`: a window from the start of the process to a typed letter.

    python -m benchmarks._startup bare SPAWNED
    python -m benchmarks._startup app SPAWNED SECONDS [option of the program ...]

SPAWNED is the moment the process was started, on the monotonic clock that all processes share. With SECONDS
above 0 the program goes on for that long after its first paint and is then ended the way a user would. The
program is run as it is; the probe on its window is all that is added.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

WINDOW = (1440, 900)
TICK_MS = 5
LETTER = "n"


def _report(figures: dict[str, Any]) -> None:
    """Print the figures and end; what still runs behind the window is not part of the measurement."""
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()
    os._exit(0)


def bare(spawned: float) -> None:
    """The least a PySide6 program can do: a main window with a label."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    class Probe(QObject):
        seen = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.seen:
                self.seen = True
                # The painting goes on behind this event; the next one comes after the last widget.
                QTimer.singleShot(0, self.painted)
            return False

        def painted(self) -> None:
            now = time.monotonic()
            taken = (now - spawned) * 1000
            _report({"painted_ms": taken, "usable_ms": taken, "cpu_ms": time.process_time() * 1000})

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(QLabel("Nectary"))
    window.resize(*WINDOW)
    probe = Probe()
    window.installEventFilter(probe)
    window.show()
    application.exec()


def program(spawned: float, seconds: float, arguments: list[str]) -> None:
    """The program itself, with a probe on its window."""
    from studio import app

    first_paint = app.first_paint
    probes: list[object] = []

    def probed(*given: Any) -> Any:
        window = first_paint(*given)
        probes.append(_make_probe(window, spawned, seconds))
        return window

    app.first_paint = probed
    code = app.run(arguments)
    _report(probes[0].figures | {"exit_code": code})  # type: ignore[attr-defined]


def _make_probe(window: QWidget, spawned: float, seconds: float) -> object:
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
    from PySide6.QtGui import QKeyEvent

    class Probe(QObject):
        """Waits for the first frame, types a letter, then listens for stalls and for the gallery."""

        def __init__(self) -> None:
            super().__init__()
            self.figures: dict[str, Any] = {}
            self.seen = False
            self.tick = 0.0
            self.timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
            self.timer.setInterval(TICK_MS)
            self.timer.timeout.connect(self.beat)
            window.installEventFilter(self)

        def note(self, name: str) -> None:
            self.figures.setdefault(name, (time.monotonic() - spawned) * 1000)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.seen:
                self.seen = True
                window.removeEventFilter(self)
                QTimer.singleShot(0, self.painted)
            return False

        def painted(self) -> None:
            self.note("painted_ms")
            form = getattr(window.pane("create"), "form", None) if "create" in window._panes else None
            self.tick = time.monotonic()
            self.timer.start()
            if form is None:
                # The welcome page: its buttons answer as soon as the loop comes round.
                QTimer.singleShot(0, self.usable)
                return
            self.editor = form.prompt.editor
            self.editor.textChanged.connect(self.usable)
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                key = QKeyEvent(kind, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier, LETTER)
                QCoreApplication.postEvent(self.editor, key)

        def usable(self) -> None:
            if "usable_ms" in self.figures:
                return
            if hasattr(self, "editor") and self.editor.toPlainText() != LETTER:
                raise SystemExit("the prompt did not take the letter")
            self.note("usable_ms")
            self.figures["cpu_ms"] = time.process_time() * 1000
            if not seconds:
                _report(self.figures)

        def beat(self) -> None:
            now = time.monotonic()
            gap = (now - self.tick) * 1000
            if gap > self.figures.get("longest_stall_ms", 0.0):
                self.figures |= {"longest_stall_ms": gap, "stall_at_ms": (self.tick - spawned) * 1000}
            self.figures["stalls"] = self.figures.get("stalls", 0) + (gap > 1000 / 60 + TICK_MS)
            self.look()
            self.tick = time.monotonic()
            if now - spawned > self.figures["painted_ms"] / 1000 + seconds:
                self.timer.stop()
                self.figures["peak_rss_mb"] = _peak_mb()
                window.close()

        def look(self) -> None:
            if "gallery_ms" in self.figures:
                return
            gallery = window.findChild(QObject, "gallery")
            if gallery is None:
                return
            self.note("services_ms")
            first, last = gallery.visible_span()
            rows = range(first, last + 1) if gallery.model().rowCount() else range(0)
            if any(_has_thumbnail(gallery, row) for row in rows):
                self.note("gallery_ms")

    return Probe()


def _has_thumbnail(gallery: Any, row: int) -> bool:
    return gallery.thumbnails.peek(gallery.model().number_at(row)) is not None


def _peak_mb() -> float:
    import resource

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare(float(sys.argv[2]))
    else:
        program(float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])

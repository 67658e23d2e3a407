"""The measured process of `benchmarks.startup`: a window from the start of the process to a typed letter.

    python -m benchmarks._startup bare SPAWNED
    python -m benchmarks._startup app SPAWNED SECONDS [filled]

SPAWNED is the moment the process was started, on the monotonic clock that all processes share. With SECONDS
above 0 the program goes on for that long after its first paint and is then ended the way a user would;
`filled` says that there are pictures to wait for. The program is run as it is; the probe on its window is all
that is added.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

WINDOW = (1440, 900)


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
            _report({"painted_ms": taken, "usable_ms": taken})

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(QLabel("Nectary"))
    window.resize(*WINDOW)
    probe = Probe()
    window.installEventFilter(probe)
    window.show()
    application.exec()


def program(spawned: float, seconds: float, filled: bool) -> None:
    """The program itself, with a probe on its window."""
    from studio import app

    first_paint = app.first_paint
    probes: list[object] = []

    def probed(*given: Any) -> Any:
        window = first_paint(*given)
        began = time.monotonic()
        from benchmarks._startup_probe import Probe

        probe = Probe(window, spawned, seconds, filled, _report)
        # What it takes to build the probe is not the program's.
        probe.spawned += time.monotonic() - began
        probes.append(probe)
        return window

    app.first_paint = probed
    code = app.run([])
    _report(probes[0].figures | {"exit_code": code})  # type: ignore[attr-defined]


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare(float(sys.argv[2]))
    else:
        program(float(sys.argv[2]), float(sys.argv[3]), "filled" in sys.argv)

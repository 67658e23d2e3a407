"""Half an hour of mixed work in the whole program, with a service that goes wrong: what grows, what is late.

The window is a process of its own (`_soak_window`) with a scripted user (`_soak_script`); the sandbox is
another, which is killed and started again on its port as the script asks.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

MINUTES = 30.0
PACE = 0.35
"""Seconds of thinking between two steps, on average."""
GRACE_SECONDS = 480.0


class Service:
    """A sandbox that can be killed and started again on its port, with what it knew."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.said: dict[str, Any] = {}

    def start(self) -> None:
        if self._process is not None:
            return
        command = [
            sys.executable, "-m", "studio.sandbox", "--quiet", "--exit-with-parent", "--speed", "0.2",
            "--balance", "100000", "--state", str(self._state), "--port", str(self._port),
        ]  # fmt: skip
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process = process
        assert process.stdout is not None
        self.said = json.loads(process.stdout.readline())
        self._port = int(self.said["base_url"].rpartition(":")[2])

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def environment(self) -> dict[str, str]:
        return {
            "POLLINATIONS_BASE_URL": self.said["base_url"], "POLLINATIONS_ENTER_URL": self.said["enter_url"],
            "POLLINATIONS_MEDIA_URL": self.said["media_url"],
            "POLLINATIONS_LEGACY_URL": self.said["legacy_url"], "POLLINATIONS_API_KEY": self.said["key"],
        }  # fmt: skip


def run(*, minutes: float = MINUTES, seed: int = 1, pace: float = PACE) -> dict[str, Any]:
    """One JSON-able object (docs/benchmarks.md); `details` says where to look.

    Ends by itself, some minutes after `minutes` at the latest: RuntimeError when the program did not.
    """
    with tempfile.TemporaryDirectory(prefix="nectary-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        service = Service(folder / "service")
        service.start()
        try:
            figures = _window(folder, service, minutes * 60, seed, pace)
        finally:
            service.kill()
        return figures | {"answers": _answers(folder / "profile"), "seed": seed}


def _window(folder: Path, service: Service, seconds: float, seed: int, pace: float) -> dict[str, Any]:
    """Start the window, do what it orders, give back its figures."""
    for place in ("home", "temporary"):
        (folder / place).mkdir()
    environment = {
        "QT_QPA_PLATFORM": "offscreen", **os.environ, **service.environment(),
        "HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks._soak_window", str(folder / "profile"), str(seconds),
               str(seed), str(pace)]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    deadline = threading.Timer(seconds + GRACE_SECONDS, process.send_signal, (signal.SIGKILL,))
    deadline.daemon = True
    deadline.start()
    figures: dict[str, Any] = {}
    try:
        assert process.stdout is not None
        for line in process.stdout:
            with suppress(ValueError):
                said = json.loads(line)
                if said.get("order") in ("kill", "start"):
                    getattr(service, said["order"])()
                figures |= said.get("figures", {})
        process.wait()
    finally:
        deadline.cancel()
        process.kill()
        process.wait()
    if "rss_mb_end" not in figures:
        raise RuntimeError(f"the program did not come to its end ({process.returncode}): {figures}")
    return figures


def _answers(profile: Path) -> int:
    """How many answers there are in the end."""
    with closing(sqlite3.connect(f"file:{profile / 'studio.sqlite'}?mode=ro", uri=True)) as database:
        return int(database.execute("select count(*) from messages where role = 'assistant'").fetchone()[0])

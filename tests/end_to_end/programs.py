"""The program and the sandbox as processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0


def environment(**more: str) -> dict[str, str]:
    """The tests' environment without a display and without the null keyring."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return kept | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"} | more


def program(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "studio", *map(str, arguments)],
        env=environment(**more), capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT,
    )  # fmt: skip


def start(profile: Path, errand: str, addresses: dict[str, str]) -> subprocess.Popen[str]:
    """The program with its window, on an errand (`errand.py`)."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/end_to_end/errand.py"), str(profile), errand],
        env=environment(**addresses), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def to_its_end(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What an errand printed last."""
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return json.loads(output)


@dataclass
class Sandbox:
    """A running sandbox process."""

    said: dict[str, Any]

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "POLLINATIONS_BASE_URL": self.said["base_url"],
            "POLLINATIONS_ENTER_URL": self.said["enter_url"],
            "POLLINATIONS_MEDIA_URL": self.said["media_url"],
            "POLLINATIONS_LEGACY_URL": self.said["legacy_url"],
        }

    def requests(self) -> list[dict[str, Any]]:
        return self._ask("requests")["requests"]

    def faults(self, faults: list[dict[str, Any]]) -> None:
        self._ask("faults", json.dumps(faults).encode())

    def _ask(self, what: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.said['base_url']}/_sandbox/{what}", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())


@contextlib.contextmanager
def sandbox(*arguments: str) -> Generator[Sandbox]:
    """`python -m studio.sandbox`; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.sandbox", "--quiet", "--exit-with-parent", *arguments],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield Sandbox(json.loads(process.stdout.readline()))
    finally:
        process.communicate(timeout=PATIENCE)

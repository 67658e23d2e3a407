"""Keys in a real Secret Service: a session bus and a keyring daemon of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.keyring_round import KEY
from tests.end_to_end.programs import PATIENCE, ROOT, environment

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.end_to_end,
    pytest.mark.skipif(
        not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
        reason="needs dbus-run-session and gnome-keyring-daemon",
    ),
]
UNLOCKED = "printf test-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
# Started, but nobody gave it a password, and there is no desktop to ask for one.
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1"
LOCKED_WORDS = (
    "The system keyring is locked or missing. Unlock it and try again, or keep the key in memory until the "
    "program ends."
)
NO_KEYRING_WORDS = "This system has no keyring. You can keep the key in memory until the program ends."
WAYS = ["Try again", "Keep in memory"]


def within(folder: Path, errand: str, daemon: str | None, script: str = "keyring_round.py") -> dict[str, Any]:
    """Run the errand in a session bus with that daemon, or with no bus at all."""
    for name in ("data", "run", "config"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    inherited = environment(
        HOME=str(folder), XDG_DATA_HOME=str(folder / "data"), XDG_RUNTIME_DIR=str(folder / "run"),
        XDG_CONFIG_HOME=str(folder / "config"),
    )  # fmt: skip
    for name in ("PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL"):
        inherited.pop(name, None)
    work = [sys.executable, str(ROOT / "tests/end_to_end" / script), str(folder / "profile"), errand]
    if daemon is not None:
        work = ["dbus-run-session", "--", "bash", "-c", f'{daemon}; exec "$@"', "bash", *work]
    done = subprocess.run(
        work, env=inherited, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert KEY not in done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_key_is_stored_survives_and_is_forgotten(tmp_path: Path) -> None:
    assert within(tmp_path, "store", UNLOCKED) == {
        "before": "none", "after": "keyring", "signed_in": True, "same": True, "made": True,
    }  # fmt: skip
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files), "it was this keyring"
    assert [str(path) for path in files if KEY.encode() in path.read_bytes()] == []
    assert within(tmp_path, "again", UNLOCKED) == {"found": True, "afterwards": "none"}


def test_a_locked_keyring_is_asked_about(tmp_path: Path) -> None:
    within(tmp_path, "store", UNLOCKED)
    told = within(tmp_path, "without", LOCKED)
    assert told["told"] == [{"words": LOCKED_WORDS, "ways": WAYS}] * 2
    assert told["made"]


def test_without_a_bus_memory_is_offered(tmp_path: Path) -> None:
    told = within(tmp_path, "without", None)
    assert told["told"] == [{"words": NO_KEYRING_WORDS, "ways": WAYS}] * 2
    assert told["made"]
    assert os.environ.get("PYTHON_KEYRING_BACKEND"), "the other tests stay away from keyrings"

"""The running program over AT-SPI: a real window, a real bus, nothing of the program in this process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.programs import ROOT, environment

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
NEEDED = ("dbus-run-session", "xvfb-run", "xauth", "xdotool")
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(
        not (LAUNCHER.exists() and all(shutil.which(name) for name in NEEDED)),
        reason="needs at-spi2-core, dbus, Xvfb and xdotool",
    ),
]
SECONDS = 170.0
NAMELESS = {
    "filler",
    "panel",
    "label",
    "scroll bar",
    "layered pane",
    "splitter",
    "grip",
    "separator",
    "viewport",
}
"""Roles that only hold or part others."""


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the round heard (`screen_reader_round.py`)."""
    folder = tmp_path_factory.mktemp("reader")
    inherited = environment(HOME=str(folder), XDG_RUNTIME_DIR=str(folder))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "NO_AT_BRIDGE"):
        inherited.pop(name, None)
    errand = [sys.executable, str(ROOT / "tests/end_to_end/screen_reader_round.py"), str(folder / "profile")]
    within = f'{LAUNCHER} --launch-immediately >/dev/null 2>&1 & exec "$@"'
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24 -nolisten tcp"]
    done = subprocess.run(
        [*screen, "dbus-run-session", "--", "bash", "-c", within, "bash", *errand],
        env=inherited, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_price_job_picture_and_answer_are_heard(heard: dict[str, Any]) -> None:
    assert heard["price"] == "· ≈ 0.002 pollen"
    assert heard["job"]["name"] == "a lighthouse at dusk"
    assert heard["job"]["description"].startswith("FLUX.1 Schnell")
    assert heard["tray"]["name"].startswith("a lighthouse at dusk. ")
    assert heard["picture"]["name"] == "a lighthouse at dusk, picture, 0.002 pollen"
    assert heard["answer"]["name"].startswith("GPT-5.4 Nano: ")


PLACES = (
    "Create", "Library", "Chat", "Audio", "Account", "in the chat", "jobs open", "preferences", "grid sheet",
    "grid table", "job tray", "viewer", "selection", "compare", "export", "Music", "Transcribe", "Requests",
    "Keys", "Uploads", "preferences Look", "preferences Files", "preferences Money", "preferences Chat",
    "preferences Connection", "shortcuts", "palette", "welcome",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_no_control_is_without_a_name(heard: dict[str, Any], place: str) -> None:
    items = heard[place]
    assert len(items) > 20
    unnamed = [
        item for item in items if not item["name"] and (item["focusable"] or item["role"] not in NAMELESS)
    ]
    assert unnamed == []


@pytest.mark.parametrize("place", PLACES)
def test_what_takes_the_focus_says_what_it_is(heard: dict[str, Any], place: str) -> None:
    assert [item for item in heard[place] if item["focusable"] and item["role"] == "filler"] == []


def test_escape_closes_whatever_stands_over_the_window(heard: dict[str, Any]) -> None:
    assert heard["left open"] == []

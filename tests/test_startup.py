"""The first frame waits for nothing slow: what is imported when the window has painted once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from studio.app import TIME_START, parse

LATE = (
    # libraries
    "asyncio", "qasync", "httpx", "httpcore", "anyio", "ssl", "socket", "keyring", "sqlite3", "PIL", "numpy",
    "av", "pyexiv2", "websockets", "truststore", "tomli_w", "json", "decimal", "fractions", "dataclasses",
    "PySide6.QtNetwork", "PySide6.QtMultimedia", "PySide6.QtSvg",
    # parts of the program
    "studio.api", "studio.library", "studio.services", "studio.domain", "studio.qt_models", "studio.sandbox",
    "studio.eventloop", "studio.shell.program", "studio.shell.palette", "studio.shell.preferences",
    "studio.panes.create.presenter", "studio.panes.create.results", "studio.panes.library.view",
    "studio.panes.account.view", "studio.ui.dialogs", "studio.ui.viewer", "studio.ui.widgets.popover",
    "studio.ui.widgets.options", "studio.ui.widgets.overlay",
)  # fmt: skip

CHOSEN = '[connection]\nmode = "sandbox"\n'

# Runs the program up to the point where it would go on behind the first frame.
FIRST_FRAME = """
import os, sys
from studio import app

def tell(application, window, settings, options):
    modules = sorted(sys.modules)
    import json
    picture = window.grab().toImage()
    points = [(x, y) for x in range(0, picture.width(), 5) for y in range(0, picture.height(), 5)]
    print(json.dumps({
        "modules": modules, "painted": window.has_painted, "pane": window.shows_pane,
        "colours": len({picture.pixel(x, y) for x, y in points}),
        "enums": "QTabWidget" in vars(sys.modules["PySide6.QtWidgets"]),
    }), flush=True)
    os._exit(0)

app._go_on = tell
app.run(sys.argv[1:])
"""


def first_frame(profile: Path) -> dict[str, Any]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("POLLINATIONS_")}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME, "--profile", str(profile)],
        env=environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def imported_too_early(seen: dict[str, Any]) -> list[str]:
    return [
        name for name in seen["modules"] if any(name == late or name.startswith(f"{late}.") for late in LATE)
    ]


def test_the_create_pane_is_painted_before_anything_slow_is_imported(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(CHOSEN, encoding="utf-8")
    seen = first_frame(tmp_path)
    assert imported_too_early(seen) == []
    assert seen["painted"]
    assert seen["pane"]
    assert seen["colours"] > 50, "the frame looks empty"


def test_the_welcome_page_of_a_first_start_waits_for_nothing_either(tmp_path: Path) -> None:
    seen = first_frame(tmp_path)
    assert imported_too_early(seen) == []
    assert "studio.panes.create.view" not in seen["modules"]
    assert "tomllib" not in seen["modules"]
    assert seen["painted"]
    assert not seen["pane"]


def test_the_first_frame_does_not_make_qt_guess_what_its_own_widgets_are(tmp_path: Path) -> None:
    """Asking for a widget that Qt made itself makes PySide build every widget class (`clear_viewport`)."""
    (tmp_path / "settings.toml").write_text(CHOSEN, encoding="utf-8")
    assert not first_frame(tmp_path)["enums"]


def test_the_program_says_when_its_first_frame_was_painted(tmp_path: Path) -> None:
    """`benchmarks.startup` asks for it, to compare a built program with the source tree."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--profile", str(tmp_path)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", TIME_START: "1"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert began < json.loads(done.stdout)["first_frame"] < time.monotonic()


WHAT_IT_READ = """
import json, os, sys
from studio import app

def tell(application, window, settings, options):
    print(json.dumps([settings.problems, str(settings.set_aside), str(options.paths.library)]), flush=True)
    os._exit(0)

app._go_on = tell
app.run(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "content", ["[look", "a = " + "[" * 5000, '[files]\nlibrary = "~nobody-of-this-name/x"']
)
def test_nonsense_in_the_preferences_is_told_behind_the_first_frame(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.toml").write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IT_READ, "--profile", str(tmp_path)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    problems, aside, library = json.loads(done.stdout)
    if "nobody" in content:
        assert (problems, Path(library).name) == ([], "x")
    else:
        assert len(problems) == 1
        assert Path(aside).read_text(encoding="utf-8") == content


def test_files_to_open_are_read_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse(["a picture.png", "/elsewhere/b.mp4"]).files == (
        tmp_path / "a picture.png",
        Path("/elsewhere/b.mp4"),
    )
    assert parse([]).files == ()

"""How the program starts itself anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.restart import Again, arguments_for, command_for


@pytest.mark.parametrize(
    ("again", "now", "then"),
    [
        (Again(), [], []),
        (Again(), ["--safe-mode", "--verbose"], ["--verbose"]),
        (Again(safe_mode=True), ["--sandbox", "--safe-mode"], ["--sandbox", "--safe-mode"]),
        (Again(profile=Path("/p q")), ["--profile", "/x", "--sandbox"], ["--sandbox", "--profile", "/p q"]),
        (Again(profile=Path("/p")), ["--profile=/x", "--library", "/l"], ["--profile", "/p"]),
        (Again(), ["a.png", "--profile", "/x", "/b.png"], ["--profile", "/x"]),
        (Again(), ["--profile", "/x", "--library=/l"], ["--profile", "/x", "--library=/l"]),
    ],
)
def test_the_next_arguments(again: Again, now: list[str], then: list[str]) -> None:
    assert arguments_for(again, now) == then


def test_the_interpreter_and_its_own_options_stay() -> None:
    line = ["python3", "-X", "dev", "-m", "studio", "--sandbox"]
    assert command_for(Again(safe_mode=True), ["--sandbox"], line) == [
        sys.executable, "-X", "dev", "-m", "studio", "--sandbox", "--safe-mode",
    ]  # fmt: skip
    assert command_for(Again(), [], ["python3", "-m", "studio"]) == [sys.executable, "-m", "studio"]


def test_a_process_becomes_the_next_one() -> None:
    code = (
        "import json, os, sys\n"
        "from studio.core.restart import Again, restart\n"
        "print(json.dumps([os.getpid(), sys.argv[1:]]), flush=True)\n"
        "if '--safe-mode' not in sys.argv: restart(Again(safe_mode=True), sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--verbose"], capture_output=True, text=True, timeout=60, check=True,
        cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    first, second = map(json.loads, done.stdout.splitlines())
    assert first[1] == ["--verbose"]
    assert second == [first[0], ["--verbose", "--safe-mode"]]

"""Starts that did not end well are noticed by the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.start_guard import NAME, StartGuard

GONE = "import os; print(os.getpid())"


def begun(folder: Path) -> StartGuard:
    guard = StartGuard(folder)
    guard.begin()
    return guard


def crash(folder: Path) -> None:
    """Leave the mark of a process that is no more."""
    pid = subprocess.run([sys.executable, "-c", GONE], capture_output=True, text=True, check=True).stdout
    (folder / NAME).write_text(f"{pid.strip()} 0 starting\n", encoding="ascii")


def test_a_start_that_went_well_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    guard = begun(folder)
    assert not guard.offers_safe_mode
    assert (folder / NAME).exists()
    guard.settled()
    assert not (folder / NAME).exists()
    guard.gave_up()
    assert not begun(folder).offers_safe_mode


def test_one_crash_is_enough(tmp_path: Path) -> None:
    crash(tmp_path)
    guard = begun(tmp_path)
    assert guard.crashed
    assert guard.offers_safe_mode
    guard.settled()
    assert not begun(tmp_path).offers_safe_mode


def test_two_failed_starts_in_a_row(tmp_path: Path) -> None:
    for offered in (False, False, True):
        guard = begun(tmp_path)
        assert guard.offers_safe_mode is offered
        guard.gave_up()
    guard = begun(tmp_path)
    guard.settled()
    assert not begun(tmp_path).offers_safe_mode


def test_another_program_that_starts_at_the_same_time_is_no_crash(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = f"{process.pid} 0 starting\n"
    (tmp_path / NAME).write_text(mark, encoding="ascii")
    guard = begun(tmp_path)
    assert not guard.offers_safe_mode
    guard.settled()
    assert (tmp_path / NAME).read_text(encoding="ascii") == mark
    process.communicate()


@pytest.mark.parametrize(
    "content",
    ["", "x", "a b c", "1 2", "999999999 x starting", "\xff", f"1 {'9' * 5000} failed", "1 -9 failed"],
)
def test_nonsense_in_the_mark_is_no_crash(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="latin-1")
    assert not begun(tmp_path).offers_safe_mode


@pytest.mark.parametrize("number", ["99999999999", "9" * 30, "-5", "0"])
def test_a_mark_of_no_process_is_that_of_a_crash(tmp_path: Path, number: str) -> None:
    (tmp_path / NAME).write_text(f"{number} 0 starting\n", encoding="ascii")
    assert begun(tmp_path).crashed


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    guard = begun(tmp_path / "file" / "below")
    guard.settled()
    guard.gave_up()

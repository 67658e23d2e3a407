"""Whatever cuts an exchange off, one state or the other is there as a whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.library import restore, swap
from studio.library.backup import SUFFIX, make_backup
from studio.library.files import LibraryFolder
from tests.library.test_backup import ALL, fill, rows, seen, sources

ROOT = Path(__file__).parent.parent.parent
KILLED = """
import os, signal, sys
from pathlib import Path
from studio.library import swap

left = [int(sys.argv[2])]

def crash(point):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

swap.carry_out(Path(sys.argv[1]), crash)
"""


class CutOffError(Exception):
    """The power went."""


Prepare = Callable[[Path], tuple[Path, dict[str, str], dict[str, str]]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine on which a backup of another one is unpacked."""
    home = tmp_path_factory.mktemp("swap")
    fill(home / "old")
    fill(home / "new", 7)
    make_backup(sources(home / "old"), home / f"b{SUFFIX}", ALL)
    swap.write_plan(home / "new", restore.stage(home / f"b{SUFFIX}", home / "new", home / "new/library").plan)
    return home


@pytest.fixture
def prepared(template: Path) -> Prepare:
    """Makes a machine with a plan; with it come what it has, and what it is to have."""

    def make(folder: Path) -> tuple[Path, dict[str, str], dict[str, str]]:
        shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
        new = folder / "new"
        plan = swap.pending(new)
        assert plan is not None
        swap.write_plan(new, replace(plan, library=str(new / "library")))
        return new, seen(new), seen(folder / "old")

    return make


def test_an_exchange_that_is_cut_off_anywhere_is_finished_by_the_next_start(
    tmp_path: Path, prepared: Prepare
) -> None:
    for at in range(0, 100, 3):
        here = tmp_path / str(at)
        new, _before, after = prepared(here)
        left = [at]

        def crash(_point: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise CutOffError

        try:
            done = swap.carry_out(new, crash)
        except CutOffError:
            done = swap.carry_out(new)
        else:
            assert at > 10
            break
        assert done is not None
        assert seen(new) == after
        assert len(done.aside) == 2
        assert swap.pending(new) is None
        assert swap.carry_out(new) is None
    assert seen(new) == after


def test_an_exchange_that_is_cut_off_anywhere_may_be_taken_back(tmp_path: Path, prepared: Prepare) -> None:
    for at in range(100):
        here = tmp_path / str(at)
        new, before, _after = prepared(here)
        money = rows(new)
        left = [at]

        def crash(_point: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise CutOffError

        try:
            swap.carry_out(new, crash)
        except CutOffError:
            swap.take_back(new)
        else:
            break
        assert seen(new) == before
        assert rows(new) == money
        assert (new / "settings.toml").exists()
        assert swap.leftovers(new, new / "library") == []
        swap.take_back(new)
    assert at > 10


def test_a_killed_process_leaves_a_state_that_is_finished(tmp_path: Path, prepared: Prepare) -> None:
    new, _before, after = prepared(tmp_path)
    told: list[str] = []
    swap.carry_out(prepared(tmp_path / "count")[0], told.append)
    steps = len(told)
    for at in (0, steps // 2, 1):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(new), str(at)], cwd=ROOT, timeout=60, check=False
        )
        assert done.returncode == -signal.SIGKILL
        assert swap.pending(new) is not None
    swap.carry_out(new)
    assert seen(new) == after


def test_another_program_in_the_library_is_not_disturbed(tmp_path: Path, prepared: Prepare) -> None:
    new, before, after = prepared(tmp_path)
    other = LibraryFolder(new / "library")
    other.open()
    with pytest.raises(StorageError, match="open in another window"):
        swap.carry_out(new)
    assert seen(new) == before
    other.close()
    swap.carry_out(new)
    assert seen(new) == after


def test_what_appears_meanwhile_is_not_overwritten(tmp_path: Path, prepared: Prepare) -> None:
    new, _before, _after = prepared(tmp_path)

    def appear(point: str) -> None:
        if point == "between":
            (new / "settings.toml").write_text("mine", encoding="utf-8")

    with pytest.raises(StorageError):
        swap.carry_out(new, appear)
    swap.take_back(new)
    kept = [path.read_text(encoding="utf-8") for path in new.glob("settings*.toml")]
    assert "mine" in kept
    assert len(kept) == 2


def test_a_plan_that_cannot_be_read_says_how_to_start_all_the_same(tmp_path: Path) -> None:
    (tmp_path / swap.PLAN).write_text("{", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be read"):
        swap.carry_out(tmp_path)
    (tmp_path / swap.PLAN).unlink()
    assert swap.carry_out(tmp_path) is None
    assert swap.told(tmp_path) is None


def test_what_was_unpacked_and_not_decided_on_is_removed(tmp_path: Path, prepared: Prepare) -> None:
    new, before, _after = prepared(tmp_path)
    swap.clear_incoming(new, new / "library")
    assert len(swap.leftovers(new, new / "library")) == 2, "a plan needs them"
    swap.take_back(new)
    staged = restore.stage(tmp_path / f"b{SUFFIX}", new, new / "library")
    restore.discard(staged, new)
    assert swap.leftovers(new, new / "library") == []
    restore.stage(tmp_path / f"b{SUFFIX}", new, new / "library")
    swap.clear_incoming(new, new / "library")
    assert swap.leftovers(new, new / "library") == []
    assert seen(new) == before

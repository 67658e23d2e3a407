"""Two starts on one library, as processes: the second hands its files over and ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from studio.core.door import NOTE, knock
from studio.core.start_guard import NAME as MARK
from studio.library.files import LibraryFolder
from tests.end_to_end.programs import PATIENCE, ROOT, environment, program


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "studio", "--verbose", *map(str, arguments)],
        env=environment(), stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def until_held_by(library: Path, pid: int) -> None:
    """Wait until a program has written itself into the library's lock."""
    lock, ends = library / ".nectary" / "lock", time.monotonic() + PATIENCE
    while not (lock.exists() and lock.read_text().startswith(f"{pid}\n")):
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.end_to_end
def test_the_second_start_hands_over_and_ends_and_a_killed_one_is_in_nobodys_way(tmp_path: Path) -> None:
    home = tmp_path / "home"
    pictures = [tmp_path / f"{n}.png" for n in range(2)]
    for n, path in enumerate(pictures):
        Image.radial_gradient("L").resize((64 + n, 64)).convert("RGB").save(path)
    first = start("--profile", home)
    try:
        # As soon as the first has the library, as after a second click: it may not even listen yet.
        until_held_by(home / "library", first.pid)
        second = program("--profile", home, *pictures)
        assert second.returncode == 0, second.stderr
        assert "Traceback" not in second.stderr
        assert first.poll() is None
        library = home / "library"
        assert (library / NOTE).exists()
        assert "failed" not in ((home / MARK).read_text() if (home / MARK).exists() else "")
        third = program("--profile", home)
        assert third.returncode == 0, third.stderr
    finally:
        first.kill()
        _, errors = first.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert (library / NOTE).exists(), "it was killed"
    assert not knock(library)
    again = LibraryFolder(library)
    again.open()
    again.close()


@pytest.mark.end_to_end
def test_of_several_starts_at_the_same_moment_one_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    started = [start("--profile", home) for _ in range(4)]
    try:
        ends = time.monotonic() + PATIENCE
        while sum(one.poll() is None for one in started) > 1 and time.monotonic() < ends:
            time.sleep(0.05)
        assert sorted(str(one.poll()) for one in started) == ["0", "0", "0", "None"]
        assert "failed" not in ((home / MARK).read_text() if (home / MARK).exists() else "")
    finally:
        for one in started:
            one.kill()
            _, errors = one.communicate(timeout=PATIENCE)
            assert "Traceback" not in errors
            assert "cannot start" not in errors

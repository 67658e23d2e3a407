"""Nothing torn is shown and nothing complete is lost, wherever the process ends."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.domain.library import LibraryQuery
from studio.library import filing
from studio.library.store import Library
from tests.library.makers import encoded, store

STORE_POINTS = [
    "before plan",
    "planned",
    "sidecar placed",
    "file placed",
    "indexed",
    "part removed",
    "plan removed",
]
MOVE_POINTS = ["move noted", "sidecar carried", "file linked", "file carried"]

_CHILD = """
import os, signal, sys
from pathlib import Path
from studio.library.store import Library
from tests.library.makers import store

point, root = sys.argv[1], Path(sys.argv[2])

def crash(reached):
    if reached == point:
        os.kill(os.getpid(), signal.SIGKILL)

library = Library(root, crash_point=crash)
if point in {points!r}:
    library.trash([library.index.asset_by_row(1).id])
else:
    store(library, 2)
raise SystemExit("the point was never reached")
"""


def run_until(point: str, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD.replace("{points!r}", repr(MOVE_POINTS)), point, str(root)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def check_whole(library: Library) -> int:
    """Every asset shown has a whole file and its sidecar; every file has its asset. How many there are."""
    shown = set()
    for trash in (False, True):
        for row in library.index.row_ids(LibraryQuery(trash=trash)):
            asset = library.index.asset_by_row(row)
            assert asset is not None
            path = library.folder.file(asset)
            assert filing.sha256_of(path) == asset.sha256
            assert filing.read_sidecar(filing.sidecar_of(path)) == asset
            shown.add(path)
    root = library.folder.root
    files = {p for p in root.rglob("*.png") if "thumbs" not in p.parts and "quarantine" not in p.parts}
    assert files == shown
    assert not list(library.folder.incoming.iterdir())
    return len(shown)


@pytest.mark.parametrize("point", STORE_POINTS)
def test_killed_while_storing(tmp_path: Path, point: str) -> None:
    library = Library(tmp_path)
    store(library, 1)
    library.close()
    run_until(point, tmp_path)
    library = Library(tmp_path)
    library.recover()
    expected = 1 if point == "before plan" else 2
    assert check_whole(library) == expected
    quarantined = list(library.folder.quarantine.iterdir())
    # Before the plan the parameters are in nobody's hands but the caller's, so the bytes are put aside.
    assert bool(quarantined) == (point == "before plan")
    library.close()


@pytest.mark.parametrize("point", MOVE_POINTS)
def test_killed_while_trashing(tmp_path: Path, point: str) -> None:
    library = Library(tmp_path)
    asset = store(library, 1)
    library.close()
    run_until(point, tmp_path)
    library = Library(tmp_path)
    library.recover()
    assert check_whole(library) == 1
    assert library.index.count(LibraryQuery(trash=True)) == 1
    library.restore([asset.id])
    assert check_whole(library) == 1
    library.close()


def test_killed_at_any_time(tmp_path: Path) -> None:
    """A process that stores as fast as it can is killed at random; what it reported stored is there."""
    script = """
import sys
from pathlib import Path
from studio.library.store import Library
from tests.library.makers import store
library = Library(Path(sys.argv[1]))
library.recover()
start = int(sys.argv[2])
for number in range(start, start + 10_000):
    print(store(library, number).id, flush=True)
"""
    reported: list[str] = []
    rng = random.Random(5)
    for turn in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(turn * 10_000)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        reported.append(child.stdout.readline().strip())
        deadline = time.monotonic() + rng.uniform(0.02, 0.2)
        while time.monotonic() < deadline:
            reported.append(child.stdout.readline().strip())
        child.kill()
        reported.extend(line.strip() for line in child.stdout if line.endswith("\n"))
        child.wait()
        child.stdout.close()
    library = Library(tmp_path)
    library.recover()
    assert check_whole(library) >= len(reported)
    for identity in reported:
        assert library.index.asset(identity) is not None
    library.close()


def test_a_torn_plan_and_torn_bytes_are_put_aside(tmp_path: Path) -> None:
    library = Library(tmp_path)
    asset = store(library, 1)
    torn = json.loads(filing.sidecar_bytes(asset))
    torn |= {"id": "other", "path": "2026/11/new.png"}
    (library.folder.incoming / "j.json").write_text(json.dumps(torn))
    (library.folder.incoming / "j.part").write_bytes(encoded()[:100])
    (library.folder.incoming / "k.json").write_text("{")
    library.recover()
    assert check_whole(library) == 1
    assert len(list(library.folder.quarantine.iterdir())) == 3
    filing.empty_quarantine(library.folder, now=time.time() + 20 * 86400)
    assert len(list(library.folder.quarantine.iterdir())) == 3
    filing.empty_quarantine(library.folder, now=time.time() + 31 * 86400)
    assert not list(library.folder.quarantine.iterdir())
    library.close()


def test_a_strangers_file_is_never_overwritten(tmp_path: Path) -> None:
    library = Library(tmp_path)
    incoming = library.incoming_path("job1")
    incoming.write_bytes(encoded())
    from tests.library.makers import draft

    prepared = library.prepare(incoming, draft(name="mine"))
    stranger = library.folder.root / "2026/11/mine.png"

    def intrude(point: str) -> None:
        if point == "sidecar placed" and not stranger.exists():
            stranger.write_bytes(b"the user's own")

    library._crash_point = intrude
    asset, _ = library.commit(prepared)
    assert stranger.read_bytes() == b"the user's own"
    assert not filing.sidecar_of(stranger).exists()
    assert asset.path == "2026/11/mine-2.png"
    stranger.unlink()
    assert check_whole(library) == 1
    library.close()


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    library = Library(tmp_path)
    asset = store(library, 1)
    library.trash([asset.id])
    library.restore([asset.id])
    assert check_whole(library) == 1
    library.close()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The size limit of files stands for the full disk: writing fails in the middle of the embedded copy."""
    library = Library(tmp_path)
    data = encoded(size=(200, 200))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    incoming = library.incoming_path("job1")
    incoming.write_bytes(data)
    from tests.library.makers import draft

    resource.setrlimit(resource.RLIMIT_FSIZE, (len(data), before[1]))
    try:
        with pytest.raises(StorageError):
            library.prepare(incoming, draft())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert incoming.read_bytes() == data, "the bytes wait for room"
    library.commit(library.prepare(incoming, draft()))
    assert check_whole(library) == 1
    library.close()


def test_a_half_download_is_deleted_when_its_job_is_asked_again_and_put_aside_otherwise(
    tmp_path: Path,
) -> None:
    library = Library(tmp_path)
    for name in ("known.part", "known.1.part", "known.file", "stranger.part"):
        (library.folder.incoming / name).write_bytes(encoded()[:40])
    library.recover({"known"})
    assert not list(library.folder.incoming.iterdir())
    assert [path.name.partition("_")[2] for path in library.folder.quarantine.iterdir()] == ["stranger.part"]
    library.close()

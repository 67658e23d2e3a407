"""`kill -9` in the middle of an import: what was begun is whole or gone, and the import can go on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from studio.domain.library import LibraryQuery
from studio.library import rebuild
from studio.library.store import Library

KILLS = 8
PICTURES = 1_500
LONGEST = 0.08
LONGEST_FILING = 0.01
PATIENCE = 20.0
IMPORTER = Path(__file__).parent / "importer.py"
ROOT = Path(__file__).parent.parent.parent


def pictures(folder: Path) -> Path:
    folder.mkdir()
    Image.effect_noise((128, 128), 80).convert("RGB").save(folder / "0000.jpg", quality=80)
    data = (folder / "0000.jpg").read_bytes()
    for number in range(1, PICTURES):
        # A comment of its own makes each file unlike every other one.
        (folder / f"{number:04}.jpg").write_bytes(data[:2] + b"\xff\xfe\x00\x0a%08d" % number + data[2:])
    return folder


def start(library: Path, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(IMPORTER), str(library), str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def wait_for_the_moment(dice: random.Random, incoming: Path, *, filing: bool) -> None:
    """The moment of the crash is the input: some time after the first copy, or the first note, is there."""
    pattern = "*.batch" if filing else "*.part"
    deadline = time.monotonic() + PATIENCE
    while not any(incoming.glob(pattern)) and time.monotonic() < deadline:
        time.sleep(0.0005)
    time.sleep(dice.random() * (LONGEST_FILING if filing else LONGEST))


def check(root: Path, sources: dict[str, bytes]) -> set[str]:
    """Start again; the names that are in the library, each of them whole."""
    library = Library(root)
    library.recover()
    try:
        assert list(library.folder.incoming.iterdir()) == []
        assert list(library.folder.quarantine.iterdir()) == []
        assert rebuild.differences(library.folder, library.index) == rebuild.Differences()
        rows = library.index.rows(library.index.row_ids(LibraryQuery()))
    finally:
        library.close()
    names = Counter(Path(row.path).name for row in rows)
    assert max(names.values(), default=1) == 1, "nothing came in twice"
    files = {path.name: path for path in root.glob("20*/*/*")}
    assert set(files) == set(names) | {f"{name}.json" for name in names}, "no half pair"
    for name in names:
        assert files[name].read_bytes() == sources[name]
    return set(names)


@pytest.mark.end_to_end
def test_kills_in_the_middle_of_an_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(20261121)
    folder, root = pictures(tmp_path / "elsewhere"), tmp_path / "library"
    sources = {path.name: path.read_bytes() for path in folder.iterdir()}
    left: Counter[str] = Counter()
    for number in range(KILLS):
        process = start(root, folder)
        wait_for_the_moment(dice, root / ".nectary" / "incoming", filing=number % 2 == 0)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        left.update(path.suffix for path in (root / ".nectary" / "incoming").iterdir())
        for name in check(root, sources):
            (folder / name).unlink(missing_ok=True)
    assert left[".part"] > 0, "some kills fell into the copying"
    assert left[".batch"] > 0, "some kills fell into the filing"
    process = start(root, folder)
    assert process.communicate()[0] == "over\n"
    assert check(root, sources) == set(sources)
    copies, batches = left[".part"], left[".batch"]
    with capsys.disabled():
        print(f"\n{KILLS} kills: {copies} half copies, {batches} half batches, none lost")

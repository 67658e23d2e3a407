"""`kill -9` at fifty random moments while eight jobs run: nothing is lost, damaged, or billed twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.sandbox.server import SandboxServer

KILLS = 50
LONGEST = 0.35
LONGEST_WRITING = 0.01
PATIENCE = 30.0
DRIVER = Path(__file__).parent / "driver.py"
ROOT = Path(__file__).parent.parent.parent


class Driver:
    """Starts processes of the program that take no time to import."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._rest = b""

    def start(self, mode: str) -> int:
        """Start one; its process number."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{mode}\n".encode())
        self._process.stdin.flush()
        # The child may be faster than the line that names it.
        first, second = self.line(), self.line()
        assert "ready" in (first, second), (first, second)
        return int(first if second == "ready" else second)

    def line(self) -> str:
        assert self._process.stdout is not None
        while b"\n" not in self._rest:
            readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            assert readable, "the program does not answer"
            more = os.read(self._process.stdout.fileno(), 1 << 16)
            assert more, "the program has ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@contextlib.contextmanager
def driver(profile: Path, server: SandboxServer) -> Generator[Driver]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "POLLINATIONS_BASE_URL": server.base_url,
        "POLLINATIONS_ENTER_URL": server.enter_url,
        "POLLINATIONS_MEDIA_URL": server.media_url,
        "POLLINATIONS_LEGACY_URL": server.legacy_url,
        "POLLINATIONS_API_KEY": server.key,
    }
    process = subprocess.Popen(
        [sys.executable, str(DRIVER), str(profile)],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Driver(process)
    finally:
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def wait_for_the_moment(dice: random.Random, incoming: Path, *, writing: bool) -> None:
    """The one place that must wait: the moment of the crash is the input."""
    if not writing:
        time.sleep(dice.random() * LONGEST)
        return
    deadline = time.monotonic() + LONGEST * 4
    while not any(incoming.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.0005)
    time.sleep(dice.random() * LONGEST_WRITING)


@pytest.mark.end_to_end
def test_fifty_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(20261120)
    incoming = tmp_path / "library" / ".nectary" / "incoming"
    left: Counter[str] = Counter()
    began = time.monotonic()
    with SandboxServer(speed=0.1, balance=1000) as server:
        with driver(tmp_path, server) as program:
            for number in range(KILLS):
                process = program.start("keep")
                try:
                    wait_for_the_moment(dice, incoming, writing=number % 2 == 0)
                finally:
                    os.kill(process, signal.SIGKILL)
                assert program.line() == "over"
                left.update(path.suffix for path in incoming.iterdir() if not path.name.startswith("."))
            program.start("finish")
            jobs = json.loads(program.line())["jobs"]
            assert program.line() == "over"
        requests = server.requests()
    figures = check(tmp_path / "library", jobs, requests)
    assert left[".part"] > 0, "some kills fell into a download or its filing"
    figures |= {"half_downloads": left[".part"], "half_filed": left[".json"]}
    with capsys.disabled():
        print(f"\n{KILLS} kills in {time.monotonic() - began:.0f} s: {figures}")


def check(library: Path, jobs: list[dict[str, str]], requests: list[dict[str, Any]]) -> dict[str, int]:
    made = [request for request in requests if str(request["path"]).startswith("/image/a heron")]
    billed = Counter(str(request["identity"]) for request in made if float(str(request["billed"])) > 0)
    assert {job["state"] for job in jobs} == {"done"}, "every job arrived"
    assert max(billed.values()) == 1, "no request was billed twice"
    assert len(billed) == len(jobs), "as many bills as results"
    pictures = [path for path in library.glob("20*/**/*") if path.suffix in (".jpg", ".png", ".webp")]
    assert len(pictures) == len(jobs) == len({job["asset"] for job in jobs})
    ids: set[str] = set()
    for path in pictures:
        with Image.open(path) as image:
            image.load()
        sidecar = json.loads(path.with_name(f"{path.name}.json").read_bytes())
        ids.add(sidecar["id"])
    assert ids == {job["asset"] for job in jobs}
    files = [path for path in library.glob("20*/**/*") if path.is_file()]
    left = [path for path in files if path.suffix not in (".jpg", ".json")]
    assert left == [], "no half file among the pictures"
    assert list((library / ".nectary" / "incoming").iterdir()) == []
    assert list((library / ".nectary" / "quarantine").iterdir()) == [], (
        "nothing was left for the user to sort"
    )
    return {
        "jobs": len(jobs),
        "requests": len(made),
        "repeated": len(made) - len(billed),
        "bills": sum(billed.values()),
        "pictures": len(pictures),
    }

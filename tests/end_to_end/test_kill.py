"""`kill -9` at fifty random moments while eight jobs run: nothing is lost, damaged, or billed twice."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from studio.sandbox.server import SandboxServer

KILLS = 50
LONGEST = 0.6
DRIVER = Path(__file__).parent / "driver.py"
ROOT = Path(__file__).parent.parent.parent


def start(profile: Path, server: SandboxServer, mode: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "POLLINATIONS_BASE_URL": server.base_url,
        "POLLINATIONS_ENTER_URL": server.enter_url,
        "POLLINATIONS_MEDIA_URL": server.media_url,
        "POLLINATIONS_LEGACY_URL": server.legacy_url,
        "POLLINATIONS_API_KEY": server.key,
    }
    return subprocess.Popen(
        [sys.executable, str(DRIVER), str(profile), mode], env=environment, text=True, stdout=subprocess.PIPE
    )


def wait_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], 30)
    assert readable, "the program did not come up"
    assert process.stdout.readline() == "ready\n"


@pytest.mark.end_to_end
def test_fifty_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(20261120)
    with SandboxServer(speed=0.3, balance=1000) as server:
        for _ in range(KILLS):
            process = start(tmp_path, server, "keep")
            try:
                wait_ready(process)
                # The one place that must wait: the moment of the crash is the input.
                time.sleep(dice.random() * LONGEST)
            finally:
                process.send_signal(signal.SIGKILL)
                process.communicate()
        last = start(tmp_path, server, "finish")
        output, _ = last.communicate(timeout=60)
        assert last.returncode == 0
        jobs = json.loads(output.splitlines()[-1])["jobs"]
        requests = server.requests()
    figures = check(tmp_path / "library", jobs, requests)
    with capsys.disabled():
        print(f"\n{KILLS} kills: {figures}")


def check(library: Path, jobs: list[dict[str, str]], requests: list[dict[str, object]]) -> dict[str, int]:
    made = [request for request in requests if str(request["path"]).startswith("/image/")]
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
    return {
        "jobs": len(jobs),
        "requests": len(made),
        "repeated": len(made) - len(billed),
        "bills": sum(billed.values()),
        "pictures": len(pictures),
        "quarantined": sum(1 for path in (library / ".nectary" / "quarantine").glob("*")),
    }

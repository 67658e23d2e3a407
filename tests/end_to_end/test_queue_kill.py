"""`kill -9` with a reordered, partly paused queue: the next start keeps order and pauses, and pays once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from studio.sandbox.server import SandboxServer
from tests.end_to_end.test_kill import PATIENCE, ROOT

DRIVER = Path(__file__).parent / "queue_driver.py"


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
        [sys.executable, str(DRIVER), str(profile), mode],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


@pytest.mark.end_to_end
def test_order_and_pause_outlive_a_kill(tmp_path: Path) -> None:
    with SandboxServer(balance=1000) as server:
        # The first two take their time, so that the kill falls into them.
        server.faults([{"path": "/image/", "hold": 1.5, "count": 2}])
        program = start(tmp_path, server, "prepare")
        try:
            before = line(program)
        finally:
            program.kill()
            program.communicate(timeout=PATIENCE)
        assert before["queue"] == [
            [22, "paused", "user"], [10, "queued", ""], [11, "paused", "user"], [13, "queued", ""],
            [12, "queued", ""],
        ]  # fmt: skip
        program = start(tmp_path, server, "finish")
        after = line(program)
        assert after["active"] == 7, "none is lost"
        waiting = [entry for entry in after["queue"] if entry[0] not in (20, 21)]
        assert waiting == [
            [22, "paused", "user"], [10, "paused", "restart"], [11, "paused", "user"],
            [13, "paused", "restart"], [12, "paused", "restart"],
        ]  # fmt: skip
        assert line(program)["states"] == ["done"] * 7
        assert program.wait(PATIENCE) == 0
        program.communicate(timeout=PATIENCE)
        made = [request for request in server.requests() if "seed" in request["query"]]
        billed = Counter(str(r["identity"]) for r in made if float(r["billed"]) > 0)
        assert len(billed) == 7
        assert set(billed.values()) == {1}, "nothing is billed twice"
        order = list(dict.fromkeys(int(request["query"]["seed"]) for request in made))
        assert set(order[:2]) == {20, 21}
        assert order[2:5] == [10, 13, 12], "as it was put in order, before what was paused by hand"


@pytest.mark.end_to_end
def test_what_waits_for_the_network_outlives_a_kill(tmp_path: Path) -> None:
    service = tmp_path / "service"
    home = tmp_path / "home"
    with SandboxServer(balance=1000, state=service) as server:
        port = int(server.base_url.rpartition(":")[2])
        program = start(home, server, "keep")
        assert line(program) == {"online": True}
    assert program.stdin is not None
    try:
        program.stdin.write("now\n")
        program.stdin.flush()
        kept = line(program)["queue"]
    finally:
        program.kill()
        program.communicate(timeout=PATIENCE)
    assert kept == [[10, "paused", "offline"], [11, "paused", "offline"], [12, "paused", "offline"]]
    program = start(home, server, "send")
    assert line(program)["queue"] == kept
    assert program.stdin is not None
    with SandboxServer(balance=1000, state=service, port=port) as server:
        program.stdin.write("now\n")
        program.stdin.flush()
        assert line(program)["states"] == ["done"] * 3
        program.communicate(timeout=PATIENCE)
        billed = Counter(str(r["identity"]) for r in server.requests() if float(r["billed"]) > 0)
        assert sorted(billed.values()) == [1, 1, 1]

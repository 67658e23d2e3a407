"""What survives an end of the sandbox, also an abrupt one."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from PIL import Image

from studio.sandbox.server import SandboxServer
from studio.sandbox.store import Store

PICTURE = "/image/bee?model=flux&width=64&height=64&seed=1"


def test_everything_survives_a_restart(tmp_path: Path, client_of) -> None:
    with SandboxServer(state=tmp_path) as server:
        http = client_of(server)
        first = http.get(PICTURE)
        made = http.post("/account/keys", json={"name": "child", "pollenBudget": 1}).json()
        upload = http.post("/media-host/upload", files={"file": ("a.txt", b"abc")}).json()["id"]
        server.set_balance(tier="2")
        before = server.state()
    with SandboxServer(state=tmp_path) as server:
        http = client_of(server)
        assert server.state()["balance"] == before["balance"]
        assert http.get(PICTURE).content == first.content
        assert server.requests()[-1]["outcome"] == "replayed"
        assert client_of(server, key=made["key"]).get("/account/key").json()["pollenBudget"] == 1
        assert http.get(f"/media-host/{upload}").content == b"abc"
        assert http.get("/account/usage").json()["count"] == 1


def test_a_torn_line_is_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append({"kind": "a"}, {"kind": "b"})
    store.close()
    with (tmp_path / "journal.ndjson").open("ab") as file:
        file.write(b'[{"kind": "half')
    store = Store(tmp_path)
    assert [event["kind"] for event in store.events()] == ["a", "b"]
    store.append({"kind": "c"})
    assert [event["kind"] for event in store.events()] == ["a", "b", "c"]
    store.close()


def test_without_a_folder_nothing_stays() -> None:
    store = Store(None)
    folder = store.folder
    store.save("abc", b"x")
    assert store.load("abc") == b"x"
    store.close()
    assert not folder.exists()


def _start(*options: str) -> tuple[subprocess.Popen[str], dict]:
    command = [sys.executable, "-m", "studio.sandbox", "--speed", "0", "--quiet", *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    return process.communicate(timeout=10)


def test_as_a_process_it_says_one_line_and_ends_with_its_parent() -> None:
    process, line = _start(
        "--exit-with-parent", "--era", "seed", "--balance", "3", "--key", "sk_myOwnKey0123456789abcdef"
    )
    assert list(line) == ["base_url", "enter_url", "media_url", "legacy_url", "key", "era", "pid", "state"]
    assert (line["key"], line["era"], line["state"]) == ("sk_myOwnKey0123456789abcdef", "seed", None)
    assert line["pid"] == process.pid
    headers = {"Authorization": f"Bearer {line['key']}"}
    answer = httpx.get(f"{line['base_url']}/account/balance", headers=headers, trust_env=False)
    assert answer.json() == {"balance": 3}
    out, err = _end(process)  # closes its standard input
    assert (process.returncode, out, err) == (0, "", "")


def test_a_killed_process_never_bills_twice(tmp_path: Path) -> None:
    process, line = _start("--state", str(tmp_path))
    headers = {"Authorization": f"Bearer {line['key']}"}
    first = httpx.get(line["base_url"] + PICTURE, headers=headers, trust_env=False)
    os.kill(process.pid, signal.SIGKILL)
    _end(process)
    process, line = _start("--state", str(tmp_path), "--exit-with-parent")
    again = httpx.get(line["base_url"] + PICTURE, headers=headers, trust_env=False)
    state = httpx.get(line["base_url"] + "/_sandbox/state", trust_env=False).json()
    _end(process)
    assert again.content == first.content
    assert Image.open(io.BytesIO(again.content)).size == (64, 64)
    assert (state["charges"], state["balance"]["total"]) == (1, "9.998")


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with SandboxServer() as server:
        port = server.base_url.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "studio.sandbox", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert "Cannot listen" in ended.stderr
    assert ended.stdout == ""


def test_an_interrupt_ends_it_cleanly() -> None:
    process, _line = _start()
    process.send_signal(signal.SIGTERM)
    _out, err = _end(process)
    assert "Traceback" not in err

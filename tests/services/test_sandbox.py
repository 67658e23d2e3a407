"""The stand-in service as a child of the program."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from studio.services.sandbox import SandboxProcess

ROOT = Path(__file__).parents[2]
PARENT = """
import asyncio, sys
from pathlib import Path
from studio.services.sandbox import SandboxProcess

async def main():
    sandbox = SandboxProcess(Path(sys.argv[1]))
    running = await sandbox.start()
    print(running.hosts.gen, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_sandbox/state", timeout=5):
            return True
    except urllib.error.URLError:
        return False


async def test_it_starts_once_stops_and_starts_again(tmp_path: Path) -> None:
    sandbox = SandboxProcess(tmp_path)
    try:
        running = await sandbox.start()
        assert await asyncio.to_thread(answers, running.hosts.gen)
        assert await sandbox.start() is running
        assert running.key.reveal().startswith("sk_")
        assert running.key.reveal() not in repr(running)
        await sandbox.stop()
        assert not await asyncio.to_thread(answers, running.hosts.gen)
        assert sandbox.running is None
        await sandbox.stop()
        again = await sandbox.start()
        assert await asyncio.to_thread(answers, again.hosts.gen)
    finally:
        await sandbox.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout is not None
    url = (await parent.stdout.readline()).decode().strip()
    child = int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()[0])
    assert await asyncio.to_thread(answers, url)
    gone = os.pidfd_open(child)
    try:
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
        # A process file becomes readable when its process has ended.
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(gone, ended.set)
        async with asyncio.timeout(10):
            await ended.wait()
        asyncio.get_running_loop().remove_reader(gone)
    finally:
        os.close(gone)
    assert not await asyncio.to_thread(answers, url)

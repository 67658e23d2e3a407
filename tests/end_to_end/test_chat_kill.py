"""`kill -9` while an answer comes: the next start shows every character received up to a second before.

Once without the window, where every character is counted as it comes from the network, and once with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.domain.conversation import MessageState
from studio.sandbox.server import SandboxServer
from tests.end_to_end.programs import environment, sandbox, to_its_end
from tests.services.studio import addresses, opened

TALKER = Path(__file__).parent / "talker.py"
ROOT = Path(__file__).parent.parent.parent
SECONDS = 2.2
WORDS = [f"word{number} " for number in range(4000)]


def slow_stream() -> str:
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"content": word}}]}) for word in WORDS]
    return "".join(f"data: {chunk}\n\n" for chunk in chunks)


def killed_after(program: subprocess.Popen[str]) -> int:
    """Kill a program that tells what has come; the characters that had come a second before."""
    assert program.stdout is not None
    heard: list[tuple[float, int]] = []
    while not heard or heard[-1][0] - heard[0][0] < SECONDS:
        at, characters = program.stdout.readline().split()
        heard.append((float(at), int(characters)))
    killed_at = time.monotonic()
    program.kill()
    due = max((characters for at, characters in heard if at <= killed_at - 1), default=0)
    assert due > 100
    return due


SLOWLY = {
    "path": "/v1/chat/completions", "says": slow_stream(), "content_type": "text/event-stream",
    "byte_latency": 0.004, "piece": 130,
}  # fmt: skip


async def test_what_was_received_is_there_after_a_kill(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        here = os.environ | addresses(server) | {
            "PYTHONPATH": str(ROOT), "POLLINATIONS_API_KEY": server.key,
        }  # fmt: skip
        server.faults([SLOWLY])
        with subprocess.Popen(
            [sys.executable, str(TALKER), str(tmp_path)],
            stdout=subprocess.PIPE, env=here, text=True,
        ) as program:  # fmt: skip
            assert program.stdout is not None
            conversation_id, message_id = program.stdout.readline().split()
            due = killed_after(program)
        async with opened(tmp_path, addresses(server)) as studio:
            (answer,) = await studio.services.chat.messages([message_id])
            assert answer.state is MessageState.INTERRUPTED
            assert answer.error is not None
            assert len(answer.text) >= due
            assert "".join(WORDS).startswith(answer.text)
            assert answer.conversation_id == conversation_id
            assert not studio.services.chat.is_streaming(conversation_id)


@pytest.mark.end_to_end
def test_what_was_shown_is_shown_after_a_kill(tmp_path: Path) -> None:
    with sandbox("--speed", "0") as service:
        service.faults([SLOWLY])
        here = environment(**service.addresses, POLLINATIONS_API_KEY=service.said["key"])
        with errand(tmp_path, "ask", here) as program:
            due = killed_after(program)
        shown = to_its_end(errand(tmp_path, "look", here))
    assert shown["state"] == MessageState.INTERRUPTED
    assert len(shown["words"]) >= due
    assert "".join(WORDS).startswith(shown["words"])


def errand(profile: Path, name: str, here: dict[str, str]) -> subprocess.Popen[str]:
    """The program with its window (`chat_errand.py`)."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/end_to_end/chat_errand.py"), str(profile), name],
        env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip

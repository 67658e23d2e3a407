"""Chat: the window while answers stream, a long conversation, the search over all messages, the store alone.

The window is the whole program in a process of its own (`_chat_window`), and answers come from a real sandbox
process over a socket.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks._chat_text import FRAME_BYTES, TOKEN_CHARACTERS, corpus, stream
from studio.core.paths import portable_paths
from studio.domain.chat import ChatUsage
from studio.domain.conversation import Conversation, Message, ReasoningPiece, TextPiece
from studio.domain.journal import JournalPiece
from studio.library.profile_store import ProfileStore

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = 20_000
PAGE = 40
ANSWER_WORDS = 120
LENGTHS = [2_000, 30_000, 100_000]
"""Characters of an answer when the measurement begins."""
FOUR_LENGTH = 30_000
TOKENS_PER_SECOND = 150
SECONDS = 6
MOST_SECONDS = 90
EVENT_STREAM = "text/event-stream; charset=utf-8"
QUERIES = ["the", "w19", "w1", "answer 77", "w19 w77", "zebra", "one two", "w1234", "w300", "w7 -w8"] * 2


def run(*, messages: int = 200_000, long: int = 5_000) -> dict[str, Any]:
    """One JSON-able object; times in ms, medians of 15 (`…_max_ms` the longest)."""
    with tempfile.TemporaryDirectory(prefix="nectary-benchmark-") as folder:
        out: dict[str, Any] = streaming(Path(folder))
        profile = portable_paths(Path(folder) / "long").profile
        store = ProfileStore(profile)
        out |= fill(store, messages)
        fill(store, long, start=messages, at_once=long)
        out |= searching(store, messages)
        out |= opening(store, f"c{messages}")
        out |= writing(store, f"c{messages}", messages + long)
        store.close()
        size = sum(path.stat().st_size for path in profile.iterdir() if path.is_file())
        out["database_mb"] = round(size / 1e6, 1)
        out |= window(Path(folder) / "long", "long", {"conversation": f"c{messages}", "words": QUERIES}, [])
    return out


def streaming(folder: Path) -> dict[str, Any]:
    """The window while answers come at 150 tokens a second, and flat out."""
    answer = stream(corpus())
    slow = [_playing(answer, length) for length in LENGTHS]
    figures = window(folder / "streams", "streams", {"lengths": LENGTHS, "seconds": SECONDS}, slow)
    shares = figures["gui_share"]
    four = [_playing(answer, FOUR_LENGTH)] * 4
    return {
        **figures,
        "gui_share": max(shares.values()),
        **{f"gui_share_{length}": share for length, share in shares.items()},
        **window(folder / "four", "four", {"length": FOUR_LENGTH, "seconds": SECONDS}, four),
        **window(folder / "flat", "flat_out", {"listen": False}, [_playing(answer)]),
        **window(folder / "stall", "flat_out", {"listen": True}, [_playing(answer)]),
    }


def _playing(answer: str, at_once: int = 0) -> dict[str, Any]:
    """A fault that plays a stream: `at_once` characters of the answer, then 150 tokens a second, or all."""
    fault: dict[str, Any] = {"path": "/v1/chat/completions", "says": answer, "content_type": EVENT_STREAM}
    if at_once:
        fault |= {"at_once": at_once // TOKEN_CHARACTERS * FRAME_BYTES, "piece": FRAME_BYTES}
        fault |= {"byte_latency": 1 / TOKENS_PER_SECOND}
    return fault


def window(
    profile: Path, errand: str, arguments: dict[str, Any], faults: list[dict[str, Any]]
) -> dict[str, Any]:
    """What an errand in the program's window says (`_chat_window`)."""
    command = [sys.executable, "-m", "studio.sandbox", "--quiet", "--speed", "0", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            said = json.loads(service.stdout.readline())
            request = urllib.request.Request(
                f"{said['base_url']}/_sandbox/faults", json.dumps(faults).encode(),
                {"content-type": "application/json"},
            )  # fmt: skip
            urllib.request.urlopen(request).close()
            environment = {
                "QT_QPA_PLATFORM": "offscreen",
                "POLLINATIONS_BASE_URL": said["base_url"],
                "POLLINATIONS_ENTER_URL": said["enter_url"],
                "POLLINATIONS_MEDIA_URL": said["media_url"],
                "POLLINATIONS_LEGACY_URL": said["legacy_url"],
                "POLLINATIONS_API_KEY": said["key"],
            }
            command = [sys.executable, "-m", "benchmarks._chat_window", str(profile), errand]
            done = subprocess.run(
                [*command, json.dumps(arguments)], env=os.environ | environment, stdout=subprocess.PIPE,
                text=True, timeout=MOST_SECONDS, check=True,
            )  # fmt: skip
            return json.loads(done.stdout)
        finally:
            service.terminate()


def fill(store: ProfileStore, count: int, *, start: int = 0, at_once: int = 40) -> dict[str, float]:
    """Write `count` made-up messages in conversations of `at_once`."""
    rng = random.Random(start)
    began = time.perf_counter()
    for first in range(start, start + count, at_once):
        store.messages.add(
            list(conversation_messages(first, at_once, rng)),
            Conversation(
                id=f"c{first}",
                title=f"Conversation {first}",
                created_at=START + timedelta(minutes=first),
                updated_at=START + timedelta(minutes=first + at_once),
                leaf_id=f"m{first + at_once - 1}",
            ),
        )
    return {"fill_per_s": round(count / (time.perf_counter() - began))}


def conversation_messages(first: int, count: int, rng: random.Random) -> Iterator[Message]:
    """Questions of a dozen words and Markdown answers of a hundred, with a few common and many rare ones."""
    for number in range(first, first + count):
        asks = number % 2 == 0
        words = [f"w{int(WORDS * rng.random() ** 3)}" for _ in range(12 if asks else ANSWER_WORDS)]
        text = "the " + " ".join(words)
        if not asks:
            text = f"## Answer {number}\n\n{text}\n\n```python\nprint({number})\n```\n\n- one\n- two"
        yield Message(
            id=f"m{number}",
            conversation_id=f"c{first}",
            parent_id="" if number == first else f"m{number - 1}",
            role="user" if asks else "assistant",
            created_at=START + timedelta(minutes=number),
            pieces=(TextPiece(text=text),)
            if asks
            else (ReasoningPiece(text="Let me see.", seconds=1.5), TextPiece(text=text)),
            model="" if asks else "openai",
            usage=None if asks else ChatUsage(prompt_tokens=900, completion_tokens=180, total_tokens=1080),
        )


def searching(store: ProfileStore, count: int) -> dict[str, float]:
    """`search_ms` is the slowest median of all kinds of query, what is nowhere included."""
    find = store.message_search.find
    out = timed(
        {
            **{f"search_typing_{n}": (lambda text="w1234"[:n]: find(text)) for n in range(1, 6)},
            "search_everywhere": lambda: find("the"),
            "search_rare": lambda: find(f"answer {count - 1}"),
            "search_two_words": lambda: find("w19 w77"),
            "search_phrase": lambda: find('"one two"'),
            "search_without": lambda: find("w19 -w77"),
            "search_by_scanning": lambda: find("zebra"),
        }
    )
    out["search_ms"] = max(value for name, value in out.items() if not name.endswith("_max_ms"))
    return out


def opening(store: ProfileStore, conversation_id: str) -> dict[str, float]:
    """`open_store_ms` is what the store adds to opening a long conversation: its shape and the last page."""
    messages = store.messages
    last = [node.id for node in messages.nodes(conversation_id)][-PAGE:]

    def opened() -> None:
        nodes = messages.nodes(conversation_id)
        messages.by_ids([node.id for node in nodes[-PAGE:]])

    return timed(
        {
            "nodes": lambda: messages.nodes(conversation_id),
            "page": lambda: messages.by_ids(last),
            "open_store": opened,
            "list": store.conversations.rows,
            "titles": lambda: store.conversations.titled("conversation 19"),
        }
    )


def writing(store: ProfileStore, conversation_id: str, number: int) -> dict[str, float]:
    """What one second of a stream costs, and its end in a long conversation; the disk is waited for."""
    rng = random.Random(1)
    message = next(conversation_messages(number + 1, 1, rng))
    store.messages.add([Message(id="s", conversation_id=conversation_id, role="user", created_at=START)])
    news = [JournalPiece(0, "text", "word " * 150)]
    ended = Message(
        id="s", conversation_id=conversation_id, role="user", created_at=START, pieces=message.pieces
    )
    return timed(
        {
            "journal": lambda: store.messages.journal("s", news),
            "finish": lambda: store.messages.update(ended),
        }
    )


def timed(questions: dict[str, Callable[[], object]], times: int = 15) -> dict[str, float]:
    out: dict[str, float] = {}
    for name, question in questions.items():
        taken: list[float] = []
        for _ in range(times):
            began = time.perf_counter()
            question()
            taken.append((time.perf_counter() - began) * 1000)
        out[f"{name}_ms"] = round(statistics.median(taken), 2)
        out[f"{name}_max_ms"] = round(max(taken), 2)
    return out

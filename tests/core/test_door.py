"""The note beside a library's lock, and what is said at the door (studio/core/door.py)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core import door
from studio.core.door import LONGEST, NOTE, Call, Note, call_text, knock, note_text, read_call, read_note

HERE = Note(socket.gethostname(), "127.0.0.1", 4711, "let me in", "it is me")
NAMES = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1)


def put(library: Path, data: bytes, mode: int = 0o600) -> None:
    note = library / NOTE
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_bytes(data)
    note.chmod(mode)


def test_what_is_noted_is_read(tmp_path: Path) -> None:
    assert read_note(tmp_path) is None
    put(tmp_path, note_text(HERE))
    assert read_note(tmp_path) == HERE


@pytest.mark.skipif(sys.platform == "win32", reason="its folders belong to their user")
@pytest.mark.parametrize("mode", [0o644, 0o620, 0o602])
def test_a_note_that_others_could_read_or_write_is_not_believed(tmp_path: Path, mode: int) -> None:
    put(tmp_path, note_text(HERE), mode)
    assert read_note(tmp_path) is None
    (tmp_path / NOTE).unlink()
    put(tmp_path / "elsewhere", note_text(HERE))
    (tmp_path / NOTE).symlink_to(tmp_path / "elsewhere" / NOTE)
    assert read_note(tmp_path) is None


@pytest.mark.parametrize(
    "note",
    [b"", b"{", b"[]", b"7", b"{}", b"[" * 4000, b"\xff\xfe",
     json.dumps(HERE._asdict() | {"port": "x"}).encode(),
     json.dumps(HERE._asdict() | {"port": 0}).encode(), json.dumps(HERE._asdict() | {"port": True}).encode(),
     json.dumps(HERE._asdict() | {"token": ""}).encode(), json.dumps(HERE._asdict() | {"more": 1}).encode(),
     note_text(HERE._replace(token="\ud800")), note_text(HERE._replace(answer="\ud800")),
     note_text(HERE._replace(host="evil.example")), note_text(HERE._replace(host="127.0.0.1.evil.example")),
     note_text(HERE) + b" " * 5000 + b"!"],
)  # fmt: skip
def test_a_damaged_note_is_none(tmp_path: Path, note: bytes) -> None:
    put(tmp_path, note)
    assert read_note(tmp_path) is None or note.startswith(note_text(HERE))
    assert not knock(tmp_path)


def test_a_note_of_a_program_that_is_gone_or_elsewhere_is_nobody(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    put(tmp_path, note_text(HERE._replace(port=port)))
    assert not knock(tmp_path)
    put(tmp_path, note_text(HERE._replace(computer="another machine")))
    assert not knock(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such pipes")
def test_a_pipe_in_the_place_of_the_note_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / NOTE).parent.mkdir()
    os.mkfifo(tmp_path / NOTE, 0o600)
    assert not knock(tmp_path)


def test_an_answer_drop_by_drop_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "KNOCK_SECONDS", 0.2)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        put(tmp_path, note_text(HERE._replace(port=server.getsockname()[1])))

        def answer() -> None:
            line, _ = server.accept()
            with line, contextlib.suppress(OSError):
                while not ended.wait(0.05):
                    line.sendall(b"x")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            began = time.monotonic()
            assert not knock(tmp_path)
            assert time.monotonic() - began < 5
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize("says", [b"", b"hello\n", b"it is me", b"x" * 10_000])
def test_whoever_got_the_port_afterwards_is_not_believed(tmp_path: Path, says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        put(tmp_path, note_text(HERE._replace(port=server.getsockname()[1])))

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(LONGEST)
                line.sendall(says)

        thread = threading.Thread(target=answer)
        thread.start()
        assert not knock(tmp_path)
        thread.join()


@given(st.lists(NAMES, max_size=5), st.text(max_size=20))
def test_what_is_said_is_understood(names: list[str], activation: str) -> None:
    call = Call(tuple(Path(os.sep) / name for name in names), activation)
    assert read_call(call_text("secret", call), "secret") == call
    assert read_call(call_text("secret", call), "secre") is None


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
    lambda value: json.dumps(value).encode()))  # fmt: skip
def test_nonsense_is_none(line: bytes) -> None:
    assert read_call(line, "secret") is None


@pytest.mark.parametrize(
    "change", [{"files": "a"}, {"files": [1]}, {"files": ["relative"]}, {"files": [""]}, {"activation": 7},
               {"files": ["/a\0b"]}, {"token": None}],
)  # fmt: skip
def test_what_does_not_fit_is_none(change: dict[str, Any]) -> None:
    said = {"token": "secret", "files": [], "activation": ""} | change
    assert read_call(json.dumps(said).encode(), "secret") is None


def test_more_files_than_fit_are_fewer() -> None:
    many = Call(tuple(Path(os.sep) / f"{n}{'x' * 900}" for n in range(4000)))
    text = call_text("secret", many)
    assert len(text) <= LONGEST
    call = read_call(text, "secret")
    assert call is not None
    assert call.files == many.files[: len(call.files)]
    assert call.files

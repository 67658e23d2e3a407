"""Who listens for a second start (studio/services/doorkeeper.py), and who may not keep it from that."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from studio.core.door import LONGEST, NOTE, Call, Note, call_text, knock, read_note
from studio.services import doorkeeper
from studio.services.doorkeeper import CALLERS, Doorkeeper
from studio.services.tasks import TaskSupervisor


@asynccontextmanager
async def at_the_door(library: Path) -> AsyncIterator[tuple[Note, list[Call]]]:
    (library / NOTE).parent.mkdir(parents=True, exist_ok=True)
    tasks = TaskSupervisor()
    keeper = Doorkeeper(library, tasks)
    heard: list[Call] = []
    keeper.called.connect(heard.append)
    await keeper.open()
    note = read_note(library)
    assert note is not None
    try:
        yield note, heard
    finally:
        await keeper.close()
        await tasks.shutdown()


async def test_a_second_start_is_heard_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "leave")
    async with at_the_door(tmp_path) as (_note, heard):
        assert stat.S_IMODE((tmp_path / NOTE).stat().st_mode) == 0o600
        assert await asyncio.to_thread(knock, tmp_path, [tmp_path / "a.png"])
        assert heard == [Call((tmp_path / "a.png",), "leave")]
    assert not (tmp_path / NOTE).exists()
    assert not await asyncio.to_thread(knock, tmp_path)


async def test_the_note_of_another_program_stays(tmp_path: Path) -> None:
    async with at_the_door(tmp_path):
        other = (tmp_path / NOTE).read_bytes().replace(b'"answer": "', b'"answer": "other')
        (tmp_path / NOTE).write_bytes(other)
    assert (tmp_path / NOTE).read_bytes() == other


@pytest.mark.parametrize(
    "said", [b"\n", b"GET / HTTP/1.1\r\n\r\n", os.urandom(4000) + b"\n", b"x" * (LONGEST + 10), b"{}\n",
             call_text("guessed", Call())],
    ids=["nothing", "a browser", "noise", "too much", "empty", "guessed"],
)  # fmt: skip
async def test_whoever_does_not_know_the_secret_gets_no_word(tmp_path: Path, said: bytes) -> None:
    async with at_the_door(tmp_path) as (note, heard):
        reader, writer = await asyncio.open_connection(note.host, note.port)
        try:
            writer.write(said)
            await writer.drain()
            assert await reader.read() == b""
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
        assert heard == []
        assert await asyncio.to_thread(knock, tmp_path)
        assert heard == [Call()]


async def test_who_says_nothing_keeps_nobody_out(tmp_path: Path) -> None:
    async with at_the_door(tmp_path) as (note, heard):
        idle = [await asyncio.open_connection(note.host, note.port) for _ in range(CALLERS * 3)]
        assert await asyncio.to_thread(knock, tmp_path)
        assert heard == [Call()]
        for _reader, writer in idle:
            writer.transport.abort()


async def test_who_is_slow_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "CALL_SECONDS", 0.05)
    async with at_the_door(tmp_path) as (note, heard):
        reader, writer = await asyncio.open_connection(note.host, note.port)
        writer.write(b'{"token": ')
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.transport.abort()
        assert heard == []

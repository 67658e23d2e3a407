"""The store of conversations from asyncio: on the disk and in memory."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.domain.conversation import ChatDraft, ChatFolder, ChatPreset, MessageState, TextPiece
from studio.domain.journal import JournalPiece
from studio.services.chat_store import ChatStore
from studio.services.profile import ProfileService
from tests.library.chats import NOW, answer, conversation, photo, question

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[ChatStore]:
    profile = ProfileService(folder)
    await profile.open()
    store = ChatStore(profile)
    try:
        yield store
    finally:
        await store.close()
        await profile.close()


@pytest.mark.parametrize("temporary", [False, True])
async def test_a_conversation_from_beginning_to_end(tmp_path: Path, temporary: bool) -> None:
    async with opened(tmp_path) as store:
        talk = conversation(temporary=temporary)
        await store.put_conversation(talk)
        draft = ChatDraft(text="Why?", attachments=(photo(),))
        await store.keep_draft("c1", draft)
        assert await store.draft("c1") == draft
        row = await store.row("c1")
        assert row is not None
        assert row.has_draft
        asked, coming = question("q1"), answer("a1", "q1", text="", state=MessageState.STREAMING)
        await store.add([asked, coming], replace(talk, leaf_id="a1"))
        await store.journal("a1", [JournalPiece(0, "text", "Because of ")])
        await store.journal("a1", [JournalPiece(0, "text", "the salt")])
        (running,) = await store.messages(["a1"])
        assert running.text == "Because of the salt"
        done = replace(running, state=MessageState.COMPLETE)
        await store.update(done, replace(talk, leaf_id="a1", unread=True))
        assert await store.messages(["a1", "q1"]) == [done, asked]
        assert [node.state for node in await store.nodes("c1")] == [MessageState.COMPLETE] * 2
        assert [hit.message_id for hit in await store.search("salt")] == ["a1"]
        assert [row.unread for row in await store.titles("talk")] == [True]
        gone = await store.remove_messages(["a1"], talk)
        assert gone == ["a1"]
        assert await store.search("salt") == []
        await store.restore_messages(gone, replace(talk, leaf_id="a1"))
        held = await store.conversation("c1")
        assert held is not None
        assert (held.leaf_id, held.temporary) == ("a1", temporary)
        await store.delete(["c1"])
        assert await store.rows() == []
        assert await store.search("salt") == []
        await store.restore(["c1"])
        assert [row.messages for row in await store.rows()] == [2]
        await store.put_conversation(replace(held, archived=True))
        assert await store.rows() == []
        assert len(await store.rows(archived=True)) == 1
        await store.purge(["c1"])
        assert await store.conversation("c1") is None
        assert await store.rows(archived=True) == []


async def test_a_temporary_conversation_never_reaches_the_disk(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put_conversation(conversation(temporary=True, title="hush"))
        await store.add([question("q1", text="a secret word")])
        await store.keep_draft("c1", ChatDraft(text="a secret draft"))
        await store.put_conversation(conversation("c2", updated_at=NOW + timedelta(seconds=1)))
        await store.add([question("q2", "c2", text="a word", created_at=NOW + timedelta(seconds=1))])
        assert [row.id for row in await store.rows()] == ["c2", "c1"]
        assert [hit.message_id for hit in await store.search("word")] == ["q2", "q1"]
        assert [m.id for m in await store.messages(["q1", "q2", "unknown"])] == ["q1", "q2"]
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"a word" in data
    assert b"secret" not in data
    assert b"hush" not in data
    async with opened(tmp_path) as store:
        assert [row.id for row in await store.rows()] == ["c2"]


async def test_a_temporary_conversation_can_be_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        talk = conversation(temporary=True)
        await store.put_conversation(talk)
        messages = [question("q1"), answer("a1", "q1", state=MessageState.STREAMING, pieces=())]
        await store.add(messages)
        await store.journal("a1", [JournalPiece(0, "text", "half")])
        await store.keep_draft("c1", ChatDraft(text="and"))
        await store.put_conversation(replace(talk, temporary=False, title="Kept"))
        await store.journal("a1", [JournalPiece(0, "text", " more")])
        with pytest.raises(ValueError, match="kept already"):
            await store.put_conversation(talk)
    async with opened(tmp_path) as store:
        (recovered,) = await store.recover()
        assert recovered.pieces == (TextPiece(text="half more"),)
        (row,) = await store.rows()
        assert (row.title, row.temporary, row.messages, row.has_draft) == ("Kept", False, 2, True)


async def test_folders_hold_temporary_conversations_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put_folder(ChatFolder(id="f1", name="One"))
        await store.put_conversation(conversation("c1", temporary=True, folder_id="f1"))
        await store.put_folder(ChatFolder(id="f2", name="Two", parent_id="f1"))
        await store.put_conversation(conversation("c2", temporary=True, folder_id="f2"))
        assert {row.id: row.folder_id for row in await store.rows()} == {"c1": "f1", "c2": "f2"}
        await store.remove_folder("f1")
        assert {row.id: row.folder_id for row in await store.rows()} == {"c1": "", "c2": "f2"}
        assert [(folder.id, folder.parent_id) for folder in await store.folders()] == [("f2", "")]


async def test_presets_and_what_was_deleted_long_ago(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put_preset(ChatPreset(id="p", name="Terse"))
        assert [preset.name for preset in await store.presets()] == ["Terse"]
        await store.remove_preset("p")
        assert await store.presets() == []
        await store.put_conversation(conversation())
        await store.delete(["c1"])
        assert await store.deleted(datetime.now(UTC) + timedelta(seconds=1)) == ["c1"]
        assert await store.messages([]) == []
        await store.add([])


async def test_a_long_search_delays_nothing_and_can_be_cancelled(tmp_path: Path) -> None:
    """The searching thread is held up; reading and writing go on, and a cancelled search is never begun."""
    async with opened(tmp_path) as store:
        await store.put_conversation(conversation())
        held = threading.Event()
        store._searching.submit(held.wait)
        search = asyncio.ensure_future(store.search("why"))
        await store.add([question("q1")])
        assert len(await store.nodes("c1")) == 1
        assert not search.done()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        held.set()
        assert len(await store.search("why")) == 1


async def test_a_write_happens_though_its_caller_is_cancelled(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put_conversation(conversation())
        await store.put_conversation(conversation("c2", temporary=True))
        for identity, talk in (("q1", "c1"), ("q2", "c2")):
            adding = asyncio.ensure_future(store.add([question(identity, talk)]))
            await asyncio.sleep(0)
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
            await store.put_preset(ChatPreset(id="p", name="comes after it"))
            assert [node.id for node in await store.nodes(talk)] == [identity]
            assert len(await store.messages([identity])) == 1


STREAM = """
import asyncio, sys
from pathlib import Path
from studio.domain.conversation import MessageState
from studio.domain.journal import JournalPiece
from tests.library.chats import answer, conversation, question
from tests.services.test_chat_store import opened

async def main():
    async with opened(Path(sys.argv[1])) as store:
        coming = answer("a1", "q1", text="", state=MessageState.STREAMING)
        await store.add([question("q1"), coming], conversation())
        number = 0
        while True:
            await store.journal("a1", [JournalPiece(0, "text", f"{number} ")])
            print(number, flush=True)
            number += 1

asyncio.run(main())
"""


async def test_what_was_journalled_survives_a_killed_process(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STREAM, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    while int(await process.stdout.readline()) < 50:
        pass
    process.kill()
    told = 51 + len((await process.stdout.read()).split())
    await process.wait()
    async with opened(tmp_path) as store:
        (message,) = await store.recover()
        assert message.state is MessageState.INTERRUPTED
        numbers = message.text.split()
        assert numbers == [str(number) for number in range(len(numbers))]
        assert len(numbers) >= told


async def test_a_closed_profile_is_said_so(tmp_path: Path) -> None:
    profile = ProfileService(tmp_path)
    store = ChatStore(profile)
    with pytest.raises(StorageError, match="not open"):
        await store.rows()
    await store.close()
    await profile.close()

"""Profiles of earlier releases open with everything in them; those of newer ones are refused."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.domain.conversation import (
    BlockPiece,
    ChatDraft,
    ChatFolder,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.library.migrations import PROFILE
from studio.library.profile_rescue import open_profile
from studio.library.profile_store import ProfileStore
from tests.library.chats import answer, conversation, photo, question

OLD = Path(__file__).parent / "old"
VERSIONS = range(1, len(PROFILE) + 1)


@contextmanager
def opened(version: int, folder: Path) -> Generator[ProfileStore]:
    shutil.copyfile(OLD / f"studio-{version}.sqlite", folder / "studio.sqlite")
    store, rescue = open_profile(folder)
    assert rescue is None
    try:
        yield store
    finally:
        store.close()


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("pragma user_version").fetchone()[0]
    finally:
        connection.close()


def test_each_schema_has_a_file() -> None:
    assert [version_of(OLD / f"studio-{version}.sqlite") for version in VERSIONS] == list(VERSIONS)
    assert len(list(OLD.glob("*.sqlite"))) == len(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_first_release_kept_is_there(version: int, tmp_path: Path) -> None:
    with opened(version, tmp_path) as store:
        assert [job.id for job in store.jobs.unfinished()] == ["job1", "job2"]
        first = store.jobs.by_id("job1")
        assert first is not None
        assert first.request == {"prompt": "a lighthouse", "seed": 1}
        assert store.ledger.total() == Decimal("0.002")
        assert store.drafts.get("create") == {"prompt": "half a sen"}
        assert store.prompts.recent("create") == ["a lighthouse"]
        assert store.uploads.get("ab") == "https://media.example/x"
        store.conversations.put(conversation("new"))
        store.messages.add([question("mnew", "new", text="a zebra")])
        assert [hit.message_id for hit in store.message_search.find("zebra")] == ["mnew"]


@pytest.mark.parametrize("version", [version for version in VERSIONS if version >= 2])
def test_chats_are_there(version: int, tmp_path: Path) -> None:
    with opened(version, tmp_path) as store:
        assert store.conversations.folders() == [ChatFolder(id="f1", name="Work")]
        assert [preset.parameters.temperature for preset in store.conversations.presets()] == [0.1]
        (row,) = store.conversations.rows()
        assert (row.title, row.pinned, row.folder_id, row.cost) == ("The sea", True, "f1", Decimal("0.0021"))
        held = store.conversations.get("c1")
        assert held is not None
        assert (held.seen, held.parameters.stop) == ({"q1": "a2"}, ("end",))
        assert store.conversations.draft("c1") == ChatDraft(text="And why", attachments=(photo(),))
        (recovered,) = store.messages.recover()
        asked, first, second = store.messages.by_ids([node.id for node in store.messages.nodes("c1")])
        assert asked.attachments == (photo(),)
        assert first.pieces == (
            ReasoningPiece(text="Let me see.", seconds=1.5),
            TextPiece(text="Rivers carry salt."),
            ToolCallPiece(id="t1", name="generate_image", arguments="{}", result="done"),
            BlockPiece(block={"type": "code"}),
        )
        assert first.usage is not None
        assert (first.usage.total_tokens, first.citations) == (13, ("https://example.org/",))
        assert second == recovered
        assert (second.state, second.text) == (MessageState.INTERRUPTED, "Because rocks dissolve")
        assert [hit.message_id for hit in store.message_search.find("salt")] == ["a1", "q1"]


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < len(PROFILE)])
def test_a_copy_is_made_before_it_is_changed(version: int, tmp_path: Path) -> None:
    with opened(version, tmp_path):
        pass
    (copy,) = (tmp_path / "snapshots").glob("*.sqlite")
    assert copy.stem.endswith(f"-v{version}")
    assert version_of(copy) == version
    assert version_of(tmp_path / "studio.sqlite") == len(PROFILE)
    back = tmp_path / "back"
    back.mkdir()
    copy.replace(back / "studio.sqlite")
    store = ProfileStore(back)
    assert [job.id for job in store.jobs.unfinished()] == ["job1", "job2"]
    store.close()


def test_a_newer_profile_is_refused_untouched(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.conversations.put(conversation())
    with store.database.write() as connection:
        connection.execute("create table from_the_future (a)")
        connection.execute(f"pragma user_version = {len(PROFILE) + 1}")
    store.close()
    before = (tmp_path / "studio.sqlite").read_bytes()
    with pytest.raises(StorageError, match="newer version") as refused:
        open_profile(tmp_path)
    assert "Nothing was changed" in refused.value.detail
    assert (tmp_path / "studio.sqlite").read_bytes() == before
    assert not (tmp_path / "snapshots").exists()


def test_conversations_survive_a_damaged_file(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.conversations.put(conversation())
    store.messages.add([question("q1"), answer("a1", "q1", text="Rivers carry salt.")])
    store.snapshot()
    store.close()
    (tmp_path / "studio.sqlite").write_bytes(b"not a database" * 1000)
    store, rescue = open_profile(tmp_path)
    assert rescue is not None
    assert rescue.restored is not None
    assert [row.messages for row in store.conversations.rows()] == [2]
    assert [message.text for message in store.messages.by_ids(["a1"])] == ["Rivers carry salt."]
    assert [hit.message_id for hit in store.message_search.find("salt")] == ["a1"]
    store.close()

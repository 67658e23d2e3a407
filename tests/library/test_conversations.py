"""Conversations, folders, presets and drafts on the disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.conversation import (
    ChatDraft,
    ChatFolder,
    ChatParameters,
    ChatPreset,
    Conversation,
    MessageState,
)
from studio.library.profile_store import ProfileStore
from tests.library.chats import NOW, answer, conversation, photo, question


@pytest.fixture
def store(tmp_path: Path):
    opened = ProfileStore(tmp_path)
    yield opened
    opened.close()


def test_a_conversation_survives_with_everything(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    whole = Conversation(
        id="c1",
        created_at=NOW,
        updated_at=NOW + timedelta(seconds=1),
        title="A title with \ud800 half a pair",
        titled=True,
        pinned=True,
        unread=True,
        model="openai",
        system_prompt="Be brief.",
        parameters=ChatParameters(
            temperature=0.7,
            stop=("a", "b"),
            json_schema={"name": "x", "schema": {"type": "object"}},
            tools=({"type": "function"},),
            logit_bias={"50256": -100.0},
            extra={"top_k": 4},
        ),
        leaf_id="m2",
        seen={"": "m1", "m1": "m2"},
        forked_from=("c0", "m0"),
        image_permission="always",
    )
    store.conversations.put(whole)
    store.close()
    store = ProfileStore(tmp_path)
    assert store.conversations.get("c1") == whole
    assert store.conversations.get("c2") is None
    store.close()


def test_the_list_sums_up_the_messages(store: ProfileStore) -> None:
    store.conversations.put(conversation("c1"))
    row = store.conversations.row("c1")
    assert row is not None
    assert (row.state, row.cost, row.messages, row.has_draft) == (None, None, 0, False)
    first = question("q1")
    store.messages.add(
        [first, answer("a1", "q1", cost=Decimal("0.1")), answer("a2", "q1", cost=Decimal("0.2"))]
    )
    store.messages.add([answer("a3", "q1", state=MessageState.STREAMING)])
    store.conversations.keep_draft("c1", ChatDraft(text="half"))
    row = store.conversations.row("c1")
    assert row is not None
    assert (row.state, row.cost, row.messages, row.has_draft) == (
        MessageState.STREAMING,
        Decimal("0.3"),
        4,
        True,
    )
    store.messages.remove(["a3", "a1"])
    row = store.conversations.row("c1")
    assert row is not None
    assert (row.state, row.cost, row.messages) == (MessageState.COMPLETE, Decimal("0.2"), 2)


def test_lists_by_use(store: ProfileStore) -> None:
    for number in range(4):
        store.conversations.put(
            conversation(f"c{number}", updated_at=NOW + timedelta(seconds=number), archived=number == 3)
        )
    store.conversations.delete(["c1"])
    assert [row.id for row in store.conversations.rows()] == ["c2", "c0"]
    assert [row.id for row in store.conversations.rows(archived=True)] == ["c3"]
    assert store.conversations.row("c1") is None
    assert store.conversations.deleted(datetime.now(UTC) - timedelta(days=1)) == []
    assert store.conversations.deleted(datetime.now(UTC) + timedelta(seconds=1)) == ["c1"]
    store.conversations.restore(["c1"])
    assert [row.id for row in store.conversations.rows()] == ["c2", "c1", "c0"]


def test_an_answer_that_ends_late_does_not_bring_a_conversation_back(store: ProfileStore) -> None:
    held = conversation("c1")
    store.conversations.put(held)
    store.conversations.delete(["c1"])
    store.conversations.put(replace(held, leaf_id="m9"))
    assert store.conversations.rows() == []
    found = store.conversations.get("c1")
    assert found is not None
    assert found.leaf_id == "m9"
    assert found.deleted_at is not None


def test_titles_are_found_by_parts_without_accents(store: ProfileStore) -> None:
    for identity, title in (("c1", "Crème brûlée"), ("c2", "STRASSE und Brücke"), ("c3", "other")):
        store.conversations.put(conversation(identity, title=title, archived=identity == "c2"))
    assert [row.id for row in store.conversations.titled("BRULEE creme")] == ["c1"]
    assert [row.id for row in store.conversations.titled("straße ruck")] == ["c2"]
    assert store.conversations.titled("creme other") == []
    assert len(store.conversations.titled("  ")) == 3


def test_folders_keep_what_lies_in_them(store: ProfileStore) -> None:
    folders = [
        ChatFolder(id="f1", name="Work", position=1),
        ChatFolder(id="f2", name="Drafts", parent_id="f1"),
        ChatFolder(id="f3", name="Old", parent_id="f2"),
    ]
    for folder in folders:
        store.conversations.put_folder(folder)
    held = conversation("c1", folder_id="f2")
    store.conversations.put(held)
    with pytest.raises(ValueError, match="inside itself"):
        store.conversations.put_folder(replace(folders[0], parent_id="f3"))
    store.conversations.remove_folder("f2")
    store.conversations.remove_folder("unknown")
    assert [(f.id, f.parent_id) for f in store.conversations.folders()] == [("f3", "f1"), ("f1", "")]
    assert [row.folder_id for row in store.conversations.rows()] == ["f1"]
    found = store.conversations.get("c1")
    assert found is not None
    assert found.folder_id == "f1"
    store.conversations.put(held)
    assert [row.folder_id for row in store.conversations.rows()] == [""], "it cannot vanish with its folder"


def test_presets_and_drafts(store: ProfileStore) -> None:
    preset = ChatPreset(id="p", name="Terse", model="openai", parameters=ChatParameters(temperature=0.1))
    store.conversations.put_preset(replace(preset, name="Old name"))
    store.conversations.put_preset(preset)
    assert store.conversations.presets() == [preset]
    store.conversations.remove_preset("p")
    assert store.conversations.presets() == []
    draft = ChatDraft(text="half a sen", attachments=(photo(),))
    store.conversations.keep_draft("c1", draft)
    assert store.conversations.draft("c1") == draft
    store.conversations.keep_draft("c1", ChatDraft())
    assert store.conversations.draft("c1") == ChatDraft()
    assert store.drafts.get("chat/c1") is None


def test_purging_leaves_nothing(store: ProfileStore) -> None:
    for identity in ("c1", "c2"):
        store.conversations.put(conversation(identity))
        store.messages.add([question(f"q{identity}", identity, text="a lighthouse")])
        store.conversations.keep_draft(identity, ChatDraft(text="half"))
    store.conversations.purge(["c1", "unknown"])
    reader = store.database.reader()
    for table in ("conversations", "messages", "message_bodies", "message_texts", "message_search", "drafts"):
        assert reader.execute(f"select count(*) from {table}").fetchone() == (1,), table
    assert [hit.conversation_id for hit in store.message_search.find("lighthouse")] == ["c2"]


def test_one_unreadable_row_does_not_hide_the_others(store: ProfileStore) -> None:
    store.conversations.put(conversation("c1"))
    store.messages.add([question("q1"), answer("a1", "q1")])
    store.conversations.put_preset(ChatPreset(id="p1", name="a"))
    store.conversations.put_preset(ChatPreset(id="p2", name="b"))
    with store.database.write() as connection:
        connection.execute("update message_bodies set json = '{}' where seq = 1")
        connection.execute("update chat_presets set json = '{\"id\": 4}' where id = 'p1'")
    assert [message.id for message in store.messages.by_ids(["q1", "a1"])] == ["a1"]
    assert [preset.id for preset in store.conversations.presets()] == ["p2"]

"""Messages on the disk: the tree's shape, contents, and the journal of what is still being written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.conversation import (
    BlockPiece,
    MessageState,
    MessageTree,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.journal import JournalPiece, whole_piece
from studio.library.conversations import ConversationRepository
from studio.library.database import MemoryDatabase
from studio.library.messages import MessageRepository, searchable
from studio.library.migrations import PROFILE
from studio.library.profile_store import ProfileStore
from tests.library.chats import answer, conversation, photo, question


@pytest.fixture
def store(tmp_path: Path):
    opened = ProfileStore(tmp_path)
    opened.conversations.put(conversation())
    yield opened
    opened.close()


def test_the_tree_comes_back(store: ProfileStore) -> None:
    first = question("q1", text="Why is the sea salt?")
    versions = [answer("a1", "q1", cost=Decimal("0.00012")), answer("a2", "q1", included=False, pinned=True)]
    store.messages.add([first, *versions], conversation(leaf_id="a2"))
    store.messages.add([question("q2", parent="a1")])
    nodes = store.messages.nodes("c1")
    assert [(n.id, n.parent_id, n.role) for n in nodes] == [
        ("q1", "", "user"),
        ("a1", "q1", "assistant"),
        ("a2", "q1", "assistant"),
        ("q2", "a1", "user"),
    ]
    assert (nodes[0].length, nodes[1].cost, nodes[2].included, nodes[2].pinned) == (
        20,
        Decimal("0.00012"),
        False,
        True,
    )
    assert list(MessageTree(nodes).siblings("a1")) == ["a1", "a2"]
    held = store.conversations.get("c1")
    assert held is not None
    assert held.leaf_id == "a2"
    assert store.messages.by_ids(["a2", "unknown", "q1", "a2"]) == [versions[1], first, versions[1]]
    assert store.messages.nodes("c2") == []


def test_what_does_not_fit_is_refused_whole(store: ProfileStore) -> None:
    store.messages.add([question("q1")])
    for wrong in (question("q1"), question("q2", "unknown"), answer("a1", "unknown")):
        with pytest.raises(ValueError, match="there"):
            store.messages.add([question("q9"), wrong], conversation(title="Changed"))
    assert [node.id for node in store.messages.nodes("c1")] == ["q1"]
    assert [row.title for row in store.conversations.rows()] == ["Talk"]
    with pytest.raises(KeyError):
        store.messages.update(question("unknown"))


def test_an_update_replaces_everything(store: ProfileStore) -> None:
    store.messages.add([question("q1"), answer("a1", "q1", text="", state=MessageState.STREAMING)])
    store.messages.journal("a1", [JournalPiece(0, "text", "A light")])
    done = answer("a1", "q1", text="A lighthouse", cost=Decimal("0.1"))
    store.messages.update(done, conversation(leaf_id="a1"))
    assert store.messages.by_ids(["a1"]) == [done]
    assert store.messages.nodes("c1")[1].state is MessageState.COMPLETE
    assert [hit.message_id for hit in store.message_search.find("lighthouse")] == ["a1"]
    store.messages.update(replace(done, pieces=(TextPiece(text="other"),)))
    assert store.message_search.find("lighthouse") == []
    assert store.messages.recover() == []
    assert store.database.reader().execute("select count(*) from message_journal").fetchone() == (0,)


def test_a_killed_program_loses_nothing_that_was_journalled(tmp_path: Path) -> None:
    """The store is not closed: this is what a file looks like after `kill -9`."""
    dead = ProfileStore(tmp_path)
    dead.conversations.put(conversation())
    call = ToolCallPiece(id="t1", name="generate_image", arguments='{"pro', state=ToolState.RUNNING)
    streaming = answer("a1", "q1", text="", state=MessageState.STREAMING)
    dead.messages.add([question("q1"), streaming])
    dead.messages.journal(
        "a1", [JournalPiece(0, "reasoning", "Let me "), JournalPiece(0, "reasoning", "see.")]
    )
    dead.messages.journal("a1", [JournalPiece(1, "text", "Salt \ud83d"), JournalPiece(2, "tool_call", "{")])
    dead.messages.journal("a1", [JournalPiece(1, "text", "\nis old."), whole_piece(2, call)])
    dead.messages.journal("a1", [whole_piece(3, photo()), whole_piece(4, BlockPiece(block={"a": [1]}))])
    pieces = (
        ReasoningPiece(text="Let me see."),
        TextPiece(text="Salt \ud83d\nis old."),
        call,
        photo(),
        BlockPiece(block={"a": [1]}),
    )
    assert dead.messages.by_ids(["a1"]) == [replace(streaming, pieces=pieces)]
    store = ProfileStore(tmp_path)
    (message,) = store.messages.recover()
    expected = (
        *pieces[:2],
        replace(call, state=ToolState.FAILED, result="The call was not carried out."),
        *pieces[3:],
    )
    assert message == replace(streaming, state=MessageState.INTERRUPTED, pieces=expected)
    assert store.messages.by_ids(["a1"]) == [message]
    assert [hit.message_id for hit in store.message_search.find('"is old"')] == ["a1"]
    row = store.conversations.row("c1")
    assert row is not None
    assert row.state is MessageState.INTERRUPTED
    assert store.messages.recover() == []
    store.close()
    dead.close()


def test_a_branch_goes_and_comes_back_to_its_place(store: ProfileStore) -> None:
    branch = [answer("a1", "q1", text="salt"), question("q2", parent="a1"), answer("a2", "q2")]
    store.messages.add([question("q1"), *branch, answer("a3", "q1")])
    before = store.messages.nodes("c1")
    gone = store.messages.remove(["a1"], conversation(leaf_id="a3"))
    assert gone == ["a1", "q2", "a2"]
    assert [node.id for node in store.messages.nodes("c1")] == ["q1", "a3"]
    assert store.messages.by_ids(gone) == []
    assert store.message_search.find("salt") == []
    with pytest.raises(ValueError, match="not there"):
        store.messages.add([question("q4", parent="a1")])
    store.messages.restore(gone, conversation(leaf_id="a2"))
    assert store.messages.nodes("c1") == before
    assert [hit.message_id for hit in store.message_search.find("salt")] == ["a1"]
    store.messages.remove(["a1"])
    store.messages.add(branch)
    assert store.messages.nodes("c1") == before, "adding them again is a way back, too"
    store.messages.remove(["a1"])
    store.messages.recover()
    store.messages.restore(gone)
    assert [node.id for node in store.messages.nodes("c1")] == ["q1", "a3"]


def test_what_is_searched() -> None:
    words = searchable(
        answer(
            "a1",
            "q1",
            pieces=(
                ReasoningPiece(text="secret thought"),
                TextPiece(text="line\x00 one\x02\r\ntwo \udfff"),
                photo(transcript="spoken words"),
                ToolCallPiece(id="t", name="tool", result="result"),
            ),
        )
    )
    assert words == "line  one two ?\npier.png\nspoken words".replace(" two", " \ntwo")


TEXTS = st.text(st.characters(), max_size=30)


@given(st.lists(st.tuples(st.integers(0, 2), TEXTS), max_size=8), st.booleans())
def test_journalled_text_is_the_text(parts: list[tuple[int, str]], continued: bool) -> None:
    """Any order of any pieces of text, half surrogate pairs and NUL included; also onto earlier contents."""
    memory = MemoryDatabase(PROFILE)
    ConversationRepository(memory).put(conversation())
    messages = MessageRepository(memory)
    base = ("base ",) if continued else ()
    pieces = tuple(TextPiece(text=text) for text in base)
    messages.add([question("q1"), answer("a1", "q1", state=MessageState.STREAMING, pieces=pieces)])
    for index, text in parts:
        messages.journal("a1", [JournalPiece(index, "text", text)])
    texts = dict(enumerate(base))
    for index, text in parts:
        texts[index] = texts.get(index, "") + text
    expected = tuple(TextPiece(text=texts[index]) for index in sorted(texts))
    assert messages.by_ids(["a1"])[0].pieces == expected
    assert messages.recover()[0].pieces == expected
    assert messages.by_ids(["a1"])[0].pieces == expected
    memory.close()

"""The message tree: branches are kept, paths are found, siblings keep their order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.conversation import (
    Message,
    MessageNode,
    MessageState,
    MessageTree,
    ReasoningPiece,
    TextPiece,
)

MOMENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def node(identity: str, parent: str = "") -> MessageNode:
    return MessageNode(identity, parent, "user", MessageState.COMPLETE)


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_every_path_starts_at_a_first_question_and_ends_at_its_leaf(parents: list[int]) -> None:
    tree = MessageTree()
    for index, parent in enumerate(parents):
        above = parent % (index + 1)
        tree.put(node(str(index), str(above - 1) if above else ""))
    for each in tree.nodes():
        path = tree.path(each.id)
        assert path[-1] == each.id
        assert tree[path[0]].parent_id == ""
        assert all(tree[below].parent_id == above for above, below in itertools.pairwise(path))
        assert each.id in tree.siblings(each.id)
        leaf = tree.leaf_below(each.id)
        assert not tree.children(leaf)
        assert tree.path(leaf)[: len(path)] == path


def test_a_branch_that_was_looked_at_is_found_again() -> None:
    tree = MessageTree([node("q"), node("a1", "q"), node("a2", "q"), node("q2", "a1")])
    assert tree.siblings("a1") == ("a1", "a2")
    assert tree.leaf_below("q") == "a2"
    assert tree.leaf_below("q", {"q": "a1"}) == "q2"
    assert tree.leaf_below("q", {"q": "gone"}) == "a2"


def test_a_message_keeps_its_place_when_it_changes() -> None:
    tree = MessageTree([node("q"), node("a1", "q"), node("a2", "q")])
    tree.put(MessageNode("a1", "q", "assistant", MessageState.FAILED))
    assert tree.siblings("a2") == ("a1", "a2")
    assert tree["a1"].state is MessageState.FAILED
    with pytest.raises(ValueError, match="cannot move"):
        tree.put(node("a1", "a2"))
    with pytest.raises(ValueError, match="not there"):
        tree.put(node("x", "nowhere"))


def test_text_is_the_words_alone() -> None:
    message = Message(
        id="m", conversation_id="c", role="assistant", created_at=MOMENT,
        pieces=(ReasoningPiece(text="hm"), TextPiece(text="One."), TextPiece(text="Two.")),
    )  # fmt: skip
    assert message.text == "One.\n\nTwo."
    assert message.attachments == ()

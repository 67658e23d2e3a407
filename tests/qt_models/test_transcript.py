"""The rows of a branch, contents on demand, and what streams in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from studio.domain.conversation import (
    Message,
    MessageNode,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.qt_models import transcript
from studio.qt_models.transcript import LiveText, TranscriptModel, turns_of


def node(message_id: str, role: Any, parent: str = "", **more: Any) -> MessageNode:
    return MessageNode(message_id, parent, role, more.pop("state", MessageState.COMPLETE), **more)


def message(message_id: str, text: str = "", **more: Any) -> Message:
    return Message(
        id=message_id,
        conversation_id="c",
        role=more.pop("role", "assistant"),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        pieces=more.pop("pieces", (TextPiece(text=text),)),
        **more,
    )


PATH = [node("q", "user"), node("a", "assistant", "q"), node("t", "tool", "a"), node("b", "assistant", "t")]


def test_rounds_of_tools_are_one_row() -> None:
    turns = turns_of([*PATH, node("q2", "user", "b"), node("a2", "assistant", "q2")])
    assert [turn.ids for turn in turns] == [("q",), ("a", "t", "b"), ("q2",), ("a2",)]
    assert (turns[1].id, turns[1].last, turns[1].question) == ("a", "b", False)


def test_a_longer_branch_keeps_the_rows_it_shares(qtbot) -> None:
    model = TranscriptModel()
    model.reset(PATH, {})
    changes: list[tuple[str, int, int]] = []
    model.rowsInserted.connect(lambda _p, first, last: changes.append(("in", first, last)))
    model.rowsRemoved.connect(lambda _p, first, last: changes.append(("out", first, last)))
    model.reset([*PATH, node("q2", "user", "b"), node("a2", "assistant", "q2")], {})
    assert changes == [("in", 2, 3)]
    model.reset([*PATH, node("q3", "user", "b")], {"q3": (2, 2)})
    assert changes == [("in", 2, 3), ("out", 2, 3), ("in", 2, 2)]
    assert model.row_of("b") == 1
    assert model.row_of("q2") == -1
    assert model.version("q3") == (2, 2)
    assert model.version("a") == (1, 1)


def test_a_changed_node_is_told(qtbot) -> None:
    model = TranscriptModel()
    model.reset(PATH, {})
    rows: list[int] = []
    model.dataChanged.connect(lambda first, _last: rows.append(first.row()))
    model.reset([*PATH[:3], node("b", "assistant", "t", pinned=True)], {"q": (1, 2)})
    assert rows == [0, 1]


def test_contents_are_asked_for_once(qtbot) -> None:
    model = TranscriptModel()
    model.reset(PATH, {})
    with qtbot.waitSignal(model.needed) as asked:
        model.want(["q", "a"])
        model.want(["a", "t", "gone"])
    assert asked.args == [["q", "a", "t"]]
    model.want(["q"])
    assert not model._ask_soon.isActive()
    model.forget(["q"])
    with qtbot.waitSignal(model.needed) as asked:
        model.want(["q"])
    model.put([message("q", "hello", role="user")])
    assert model.is_loaded(0)
    assert not model.is_loaded(1)
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "You: hello"


def test_streamed_text_is_there_beside_what_was_put(qtbot) -> None:
    model = TranscriptModel()
    model.reset([node("q", "user"), node("a", "assistant", "q", state=MessageState.STREAMING)], {})
    model.put([message("a", "Hel", state=MessageState.STREAMING)])
    with qtbot.waitSignal(model.streamed):
        model.stream("a", 0, "text", "Hel")
    model.stream("a", 0, "text", "lo")
    assert model.text(1) == "Hello"
    assert model.streamed_length("a", 0) == 5
    assert model.streamed_length("a", 1) == 0
    model.put([message("a", "Hello you", state=MessageState.COMPLETE)])
    assert model.text(1) == "Hello you"
    assert model.live("a") is None


def test_pieces_of_all_kinds_stream(qtbot) -> None:
    model = TranscriptModel()
    model.reset([node("q", "user"), node("a", "assistant", "q")], {})
    model.stream("a", 0, "reasoning", "Hm")
    model.stream("a", 1, "tool_call", '{"x"')
    model.stream_piece("a", 1, ToolCallPiece(id="1", name="find"))
    model.stream("a", 1, "tool_call", ": 1}")
    model.stream("a", 2, "text", "So")
    reasoning, call, text = model.pieces("a")
    assert reasoning == ReasoningPiece(text="Hm")
    assert isinstance(call, ToolCallPiece)
    assert (call.name, call.arguments) == ("find", '{"x": 1}')
    assert text == TextPiece(text="So")


def test_answers_of_other_branches_go_on_counting(qtbot) -> None:
    model = TranscriptModel()
    model.reset(PATH, {})
    model.stream("elsewhere", 0, "text", "quiet")
    model.reset([node("x", "user"), node("elsewhere", "assistant", "x")], {})
    assert model.text(1) == "quiet"


def test_old_contents_are_forgotten(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "KEPT_CHARACTERS", 25)
    model = TranscriptModel()
    model.reset(PATH, {})
    model.put([message("q", "x" * 10), message("a", "y" * 10)])
    assert model.message("q") is not None
    model.put([message("b", "z" * 10)])
    assert model.message("a") is None
    assert model.message("q") is not None


@given(st.lists(st.text(max_size=5), max_size=20), st.integers(0, 60))
def test_live_text_from_anywhere(chunks: list[str], offset: int) -> None:
    text = LiveText("text")
    for chunk in chunks:
        text.append(chunk)
    whole = "".join(chunks)
    assert text.length == len(whole)
    assert text.text_from(offset) == whole[offset:]

"""Any split of any stream at any byte gives the same message (`chat_live`), and what a view reads of it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.api.chat_wire import StreamReader
from studio.api.errors import ApiError
from studio.api.sse import SseParser
from studio.domain.chat import AudioDelta, ChatAudio, ContentBlock, ReasoningDelta, TextDelta, ToolCallDelta
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Message,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.domain.journal import fold
from studio.services.chat_live import LiveAnswer, Sound

SAMPLES = Path(__file__).parent.parent / "api" / "samples"
ENTER = "https://enter.pollinations.ai"
STREAMS = sorted(SAMPLES.glob("chat_completions.*stream*.txt"))


def clock() -> float:
    return 0.0


def received(body: bytes, cuts: list[int]) -> tuple[object, ...]:
    """What a body is taken for when it arrives cut at these places: pieces, usage, ends, error."""
    places = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    parser, reader, live = SseParser(), StreamReader(ENTER), LiveAnswer("m", clock=clock)
    journal: list[Piece] = []
    error = ""
    entries = []
    try:
        for start, end in itertools.pairwise(places):
            for data in parser.feed(body[start:end]):
                live.take(reader.read(data))
            entries += live.unjournalled()
        for data in parser.finish():
            live.take(reader.read(data))
        reader.check_done()
    except ApiError as problem:
        error = type(problem).__name__
    entries += live.unjournalled()
    began = Message(
        id="m", conversation_id="c", role="assistant", created_at=datetime.now(UTC),
        state=MessageState.STREAMING,
    )  # fmt: skip
    journal = list(fold(began, entries).pieces)
    timeless = tuple(
        replace(piece, seconds=None) if isinstance(piece, ReasoningPiece) else piece
        for piece in live.contents()
    )
    if not live.sound:
        assert tuple(journal) == timeless, "the journal says the same"
    sound = live.sound.data() if live.sound else b""
    return timeless, live.usage, live.citations, live.finish_reason, live.notice, live.model, sound, error


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_each_sample_cut_at_every_byte(path: Path) -> None:
    body = path.read_bytes()
    whole = received(body, [])
    assert received(body, list(range(len(body)))) == whole
    for cut in range(0, len(body), 7):
        assert received(body, [cut]) == whole
    assert received(body.replace(b"\n", b"\r\n"), list(range(0, len(body), 3))) == whole
    assert received(body.replace(b"\n\n", b"\n: still here\n\n"), [100, 101, 102]) == whole


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
deltas = st.one_of(
    st.builds(lambda text: {"content": text}, words),
    st.builds(lambda text: {"reasoning_content": text}, words),
    st.builds(lambda text: {"reasoning": text, "content": None}, words),
    st.builds(
        lambda index, text: {"tool_calls": [{"index": index, "function": {"arguments": text}}]},
        st.integers(0, 2),
        words,
    ),
    st.builds(
        lambda index: {
            "tool_calls": [{"index": index, "id": f"c{index}", "function": {"name": f"tool_{index}"}}]
        },
        st.integers(0, 2),
    ),
    st.builds(lambda text: {"content_blocks": [{"type": "text", "text": text}]}, words),
    st.just({}),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Streams as providers differ in them."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    space = draw(st.sampled_from(["", " "]))
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    place = draw(st.sampled_from(["none", "own", "last"]))
    frames: list[str] = []
    for delta in draw(st.lists(deltas, max_size=12)):
        choice = {"delta": delta} | draw(st.sampled_from([{}, {"index": 0}]))
        frames.append(json.dumps({"choices": [choice]}, ensure_ascii=draw(st.booleans())))
        if draw(st.integers(0, 4)) == 0:
            frames.append(draw(st.sampled_from(["not json", '{"choices": []}', ": keep-alive"])))
    last: dict[str, object] = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    frames.append(json.dumps(last | ({"usage": usage} if place == "last" else {})))
    if place == "own":
        frames.append(json.dumps({"choices": [], "usage": usage}))
    if draw(st.booleans()):
        frames.append("[DONE]")
    lines = [frame if frame.startswith(":") else f"data:{space}{frame}" for frame in frames]
    body = (end * 2).join(lines).encode()
    return body + (end * 2).encode() if draw(st.booleans()) else body


@settings(max_examples=150)
@given(streams(), st.lists(st.integers(0, 2000), max_size=30))
def test_generated_streams_cut_anywhere(body: bytes, cuts: list[int]) -> None:
    whole = received(body, [])
    assert received(body, cuts) == whole
    assert received(body, list(range(len(body)))) == whole


# ---------------------------------------------------------------- what a view reads


def test_text_from_gives_what_is_behind_an_offset() -> None:
    live = LiveAnswer("m", clock=clock)
    for text in ("One", ", ", "two", ""):
        live.take([TextDelta(text)])
    (piece,) = live.pieces
    assert piece.length == 8
    assert [piece.text_from(at) for at in (0, 2, 3, 8, 9)] == ["One, two", "e, two", ", two", "", ""]


def test_every_change_is_a_new_version() -> None:
    live = LiveAnswer("m", clock=clock)
    versions = [live.version]
    for event in (TextDelta("a"), ReasoningDelta("b"), ToolCallDelta(0, "c", "d", "{}")):
        live.take([event])
        versions.append(live.version)
    assert versions == [0, 1, 2, 3]
    assert [piece.kind for piece in live.pieces] == ["text", "reasoning", "tool_call"]


def test_reasoning_has_its_time() -> None:
    now = [0.0]
    live = LiveAnswer("m", clock=lambda: now[0])
    live.take([ReasoningDelta("Hm")])
    assert live.contents() == (ReasoningPiece(text="Hm"),)
    now[0] = 4.2
    live.take([TextDelta("So")])
    assert live.contents() == (ReasoningPiece(text="Hm", seconds=4.2), TextPiece(text="So"))


def test_a_continued_answer_is_one_text() -> None:
    lead = (ReasoningPiece(text="Hm", seconds=1.0), TextPiece(text="One, "))
    live = LiveAnswer("m", lead=lead, clock=clock)
    live.take([TextDelta("two")])
    assert live.contents() == (lead[0], TextPiece(text="One, two"))
    began = Message(id="m", conversation_id="c", role="assistant", created_at=datetime.now(UTC), pieces=lead)
    assert fold(began, live.unjournalled()).pieces == live.contents()


def test_blocks_that_repeat_what_was_streamed_are_left_out() -> None:
    live = LiveAnswer("m", clock=clock)
    live.take([TextDelta("Here is "), TextDelta("the plot.")])
    blocks = [
        {"type": "text", "text": "Here is the plot."},
        {"type": "thinking", "thinking": "Plot it."},
        {"type": "code_result", "output": "4"},
    ]
    live.take([ContentBlock(block) for block in blocks])
    assert live.contents() == (
        TextPiece(text="Here is the plot."),
        ReasoningPiece(text="Plot it.", seconds=0.0),
        BlockPiece(block=blocks[2]),
    )


def test_tool_calls_without_an_id_are_told_apart() -> None:
    live = LiveAnswer("m", clock=clock)
    live.take(
        [ToolCallDelta(0, "", "a", "{"), ToolCallDelta(1, "", "b", "{}"), ToolCallDelta(0, "", "", "}")]
    )
    found = [piece for piece in live.contents() if isinstance(piece, ToolCallPiece)]
    assert [(call.id, call.name, call.arguments) for call in found] == [
        ("call_0", "a", "{}"),
        ("call_1", "b", "{}"),
    ]


def test_sound_is_joined_however_it_was_cut() -> None:
    assert Sound(pieces=["AAEC", "AwQ="]).data() == b"\0\1\2\3\4"
    assert Sound(pieces=["AA", "ECA", "wQ="]).data() == b"\0\1\2\3\4"
    assert Sound(pieces=["not base64 at all"]).data() == b""
    live = LiveAnswer("m", clock=clock)
    live.take([AudioDelta(ChatAudio(transcript="Hel")), AudioDelta(ChatAudio(data="AAEC", transcript="lo"))])
    (piece,) = live.contents()
    assert isinstance(piece, AttachmentPiece)
    assert piece.transcript == "Hello"


def test_a_journal_that_could_not_be_written_is_given_out_again() -> None:
    live = LiveAnswer("m", clock=clock)
    began = Message(id="m", conversation_id="c", role="assistant", created_at=datetime.now(UTC))
    live.take([TextDelta("One, ")])
    entries = live.unjournalled()
    live.take([TextDelta("two, ")])
    mark = live.journal_mark
    live.unjournalled()
    live.rewind_journal(mark)
    live.take([TextDelta("three")])
    entries += live.unjournalled()
    assert fold(began, entries).pieces == live.contents()

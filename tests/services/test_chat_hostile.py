"""Answers of a server that lies, floods or nests without end: each ends and can be read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.domain.conversation import ChatDraft, MessageState, ToolCallPiece
from studio.services.chat_live import MOST_CALLS, MOST_PIECES
from tests.services.talk import talking

USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def frame(delta: dict[str, Any], finish: str | None = None) -> str:
    return f"data: {json.dumps({'id': 'c', 'choices': [{'delta': delta, 'finish_reason': finish}]})}\n\n"


def body(*frames: str, usage: dict[str, Any] = USAGE, finish: str = "stop") -> str:
    end = f"data: {json.dumps({'choices': [], 'usage': usage})}\n\ndata: [DONE]\n\n"
    return "".join(frames) + frame({}, finish) + end


def call(number: int, arguments: str, **more: object) -> dict[str, Any]:
    function = {"name": "rm", "arguments": arguments}
    return {"index": number, "id": f"call_{number}", "function": function} | more


def calls(*tool_calls: dict[str, Any]) -> str:
    return body(*[frame({"tool_calls": [one]}) for one in tool_calls], finish="tool_calls")


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 9_999_999_999_999_999_999, "completion_tokens": 9.2e18, "pollen_cost": "1e9"},
        {"prompt_tokens": -5, "completion_tokens": 1e300, "total_tokens": 2**70, "pollen_cost": -7},
        {"prompt_tokens": [1], "completion_tokens": {"a": 1}, "pollen_cost": "NaN"},
    ],
)
async def test_absurd_numbers_do_not_cost_the_answer(tmp_path: Path, usage: dict[str, Any]) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(body(frame({"content": "words"}), usage=usage))
        answer = await talk.say()
        assert (answer.state, answer.text) == (MessageState.COMPLETE, "words")
        assert answer.cost is None or answer.cost >= 0
        assert answer.usage is None or 0 <= answer.usage.prompt_tokens <= 10**12


async def test_broken_addresses_are_no_notice(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(body(frame({"content": "See https://[abc"}), usage=NOTHING))
        answer = await talk.say()
        assert (answer.state, answer.text) == (MessageState.COMPLETE, "See https://[abc")


async def test_sources_are_web_pages(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        urls = ["javascript:alert(1)", "file:///etc/passwd", 5, "https://example.org/a"]
        said = f"data: {json.dumps({'choices': [], 'citations': urls})}\n\n"
        talk.plays(body(frame({"content": "words"}), said))
        assert (await talk.say()).citations == ("https://example.org/a",)


async def test_arguments_without_a_bottom_do_not_end_the_conversation(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(calls(call(0, '{"prompt":' * 10_000)))
        await talk.say()
        assert (await talk.say("And now?")).state is MessageState.COMPLETE


async def test_calls_without_end_are_left_out(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(calls(*[call(number, "{}") for number in range(1_000)]))
        answer = await talk.say()
        assert len(answer.pieces) == MOST_CALLS
        assert answer.error is not None
        assert "968 tool calls" in answer.error.title
        assert len(await talk.path()) == 2


async def test_calls_that_share_an_id_or_lack_an_index_stay_apart(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(calls(call(0, "{}", id="same"), call(1, "{}", id="same")))
        await talk.say()
        first = next(m for m in await talk.path() if any(isinstance(p, ToolCallPiece) for p in m.pieces))
        assert [p.id for p in first.pieces if isinstance(p, ToolCallPiece)] == ["same", "same_1"]
        talk.plays(calls(call(0, '{"a":1}', id="x", index=None), call(0, '{"b":2}', id="y", index=None)))
        await talk.say("Again")
        last = [m for m in await talk.path() if any(isinstance(p, ToolCallPiece) for p in m.pieces)][-1]
        assert [p.arguments for p in last.pieces if isinstance(p, ToolCallPiece)] == ['{"a":1}', '{"b":2}']


async def test_words_and_thoughts_in_turns_stay_few_pieces(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(body(*[frame({"reasoning_content": "r"}) + frame({"content": "t"}) for _ in range(1_000)]))
        answer = await talk.say()
        assert len(answer.pieces) == MOST_PIECES
        assert answer.text.replace("\n", "") == "t" * 1_000


async def test_a_deleted_conversation_stops(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        said = "".join(frame({"content": "word "}) for _ in range(2_000))
        talk.plays(body(said), piece=200, byte_latency=0.01)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Go on"))
        answer = await talk.until_text()
        step = await talk.chat.delete([talk.conversation.id])
        assert not talk.chat.streaming
        await talk.chat.undo.undo_step(step.id)
        (kept,) = await talk.chat.messages([answer.id])
        assert kept.state is MessageState.STOPPED
        assert kept.text

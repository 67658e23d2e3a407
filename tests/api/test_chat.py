from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from studio.api import errors as e
from studio.core.errors import InputError
from studio.domain import chat as c
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for

SAMPLES = Path(__file__).parent / "samples"
ASK = c.ChatRequest(model="openai", messages=(c.ChatMessage(role="user", content="Hi"),))
SSE = {"content-type": "text/event-stream; charset=utf-8", "x-request-id": "r-5"}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


async def pieces(body: bytes, size: int) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def collect(events: Any) -> list[c.ChatEvent]:
    async with aclosing(events) as stream:
        return [event async for event in stream]


async def test_every_field_goes_out_under_its_own_name() -> None:
    request = c.ChatRequest(
        model="m", temperature=0.0, top_p=0.5, max_tokens=10, max_completion_tokens=11,
        frequency_penalty=-1.0, presence_penalty=1.0, repetition_penalty=1.1, stop=("a", "b"), seed=0,
        response_format={"type": "json_object"}, tools=({"type": "google_search"},), tool_choice="auto",
        parallel_tool_calls=False, reasoning_effort="low", thinking={"type": "disabled"}, thinking_budget=0,
        modalities=("text",), audio={"voice": "nova", "format": "mp3"}, logprobs=True, top_logprobs=3,
        logit_bias={"5": 1.0}, user="u", safe="nsfw", web_search_options={"search_context_size": "low"},
        extra={"new_thing": 1},
        messages=(
            c.ChatMessage(role="assistant", tool_calls=(c.ToolCall(id="c", name="f", arguments="{}"),)),
            c.ChatMessage(role="tool", content="4", tool_call_id="c"),
            c.ChatMessage(role="user", name="ann", content=(
                c.TextPart(text="t", cache=True),
                c.VideoPart(url="https://v"),
                c.FilePart(file_data="data:application/pdf;base64,AA==", file_name="a"),
            )),
        ),
    )  # fmt: skip
    answer = sample("chat_completions.response.json")
    async with (
        serve(lambda _: reply_json(answer, x_model_used="gpt")) as server,
        client_for(server.url) as client,
    ):
        got = await client.text.complete(request)
    assert got.model_used == "gpt"
    assert server.received[0].path == "/v1/chat/completions"
    assert server.received[0].json == {
        "model": "m", "temperature": 0.0, "top_p": 0.5, "max_tokens": 10, "max_completion_tokens": 11,
        "frequency_penalty": -1.0, "presence_penalty": 1.0, "repetition_penalty": 1.1, "stop": ["a", "b"],
        "seed": 0, "response_format": {"type": "json_object"}, "tools": [{"type": "google_search"}],
        "tool_choice": "auto", "parallel_tool_calls": False, "reasoning_effort": "low",
        "thinking": {"type": "disabled"}, "thinking_budget": 0, "modalities": ["text"],
        "audio": {"voice": "nova", "format": "mp3"}, "logprobs": True, "top_logprobs": 3,
        "logit_bias": {"5": 1.0}, "user": "u", "safe": "nsfw",
        "web_search_options": {"search_context_size": "low"}, "new_thing": 1, "stream": False,
        "messages": [
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "content": "4", "tool_call_id": "c"},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}},
                {"type": "video_url", "video_url": {"url": "https://v"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "file_name": "a"}},
            ]},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_a_stream_arrives_however_it_is_cut(size: int) -> None:
    body = (SAMPLES / "chat_completions.stream.txt").read_bytes()
    async with (
        serve(lambda _: Reply(headers=SSE, chunks=pieces(body, size))) as server,
        client_for(server.url) as client,
    ):
        events = await collect(client.text.stream(ASK))
    assert isinstance(events[0], c.Started)
    assert events[0].request_id == "r-5"
    assert "".join(x.text for x in events if isinstance(x, c.TextDelta)) == "One, two, three 🐝"
    assert events[-1] == c.Finished("stop", events[-1].id, events[-1].model)  # type: ignore[union-attr]
    sent = server.received[0]
    assert sent.json["stream"] is True
    assert sent.json["stream_options"] == {"include_usage": True}
    assert sent.headers["accept"] == "text/event-stream"


async def test_a_broken_stream_keeps_what_came_and_is_not_sent_again() -> None:
    body = (SAMPLES / "chat_completions.stream.truncated_no_done.txt").read_bytes()
    replies = [
        Reply(headers=SSE, chunks=pieces(body, 50)),
        Reply(headers=SSE, chunks=pieces(body, 50), cut=1),
    ]
    for reply in replies:
        async with serve(lambda _, r=reply: r) as server, client_for(server.url) as client:
            got: list[c.ChatEvent] = []
            with pytest.raises(e.ApiInterrupted):
                async with aclosing(client.text.stream(ASK)) as stream:
                    async for event in stream:
                        got.append(event)  # noqa: PERF401 - a comprehension would lose them
        assert isinstance(got[0], c.Started)
        assert len(server.received) == 1


async def test_a_refused_stream_is_tried_again_before_it_starts() -> None:
    body = (SAMPLES / "chat_completions.stream.single_chunk.txt").read_bytes()
    answers = iter([Reply(status=503), Reply(headers=SSE, body=body)])
    waits: list[float] = []
    async with serve(lambda _: next(answers)) as server, client_for(server.url, waits=waits) as client:
        events = await collect(client.text.stream(ASK))
    assert waits == [2.0]
    assert isinstance(events[-1], c.Finished)
    assert server.received[0].body == server.received[1].body


async def test_stopping_early_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
                await asyncio.sleep(0.001)
        finally:
            closed.set()

    async with (
        serve(lambda _: Reply(headers=SSE, chunks=endless())) as server,
        client_for(server.url) as client,
    ):
        async with aclosing(client.text.stream(ASK)) as stream:
            async for event in stream:
                if isinstance(event, c.TextDelta):
                    break
        assert not client._transport._http._transport._pool.connections  # type: ignore[union-attr]


async def test_a_whole_answer_instead_of_a_stream_is_taken() -> None:
    for name in ("chat_completions.tools.response.json", "chat_completions.reasoning.response.json"):
        answer = sample(name)
        async with serve(lambda _, a=answer: reply_json(a)) as server, client_for(server.url) as client:
            events = await collect(client.text.stream(ASK))
        assert isinstance(events[-1], c.Finished)
        assert any(isinstance(x, c.ToolCallDelta | c.TextDelta) for x in events)


def chunk(delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode()


DONE = b"data: [DONE]"
LOOSE = [  # whole bodies, each saying "ab"
    b"\n".join([chunk({"content": "a"}), chunk({"content": "b"}), DONE, b""]),
    b"\r\n\r\n".join(
        [chunk({"content": "a"}), b"data: ping", b"data: 5", chunk({"content": [{"text": "b"}]}), DONE]
    ),
    b"\n\n".join(
        [b'data: {"choices":null}', b'data: {"choices":[null]}', chunk(None), chunk({"content": "ab"}), DONE]
    ),
    b'data: {"choices":[{"message":{"content":"ab"}}]}\n\n' + DONE,
]


@pytest.mark.parametrize("body", LOOSE)
async def test_strange_streams_are_understood(body: bytes) -> None:
    async with serve(lambda _: Reply(headers=SSE, body=body)) as server, client_for(server.url) as client:
        events = await collect(client.text.stream(ASK))
    assert "".join(x.text for x in events if isinstance(x, c.TextDelta)) == "ab"


async def test_other_kinds_of_events() -> None:
    frames = [
        {"citations": ["https://a"], "choices": [{"delta": {"reasoning": "r"}}]},
        {"citations": ["https://a"], "choices": [{"delta": {"content_blocks": [{"thinking": "t"}]}}]},
        {
            "choices": [{"delta": {}, "finish_reason": "length"}],
            "usage": {"total_tokens": 5, "pollen_cost": "0.1"},
        },
    ]
    body = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + "data: [DONE]\n\n"
    async with (
        serve(lambda _: Reply(headers=SSE, body=body.encode())) as server,
        client_for(server.url) as client,
    ):
        events = await collect(client.text.stream(ASK))
    assert events[1:3] == [c.ReasoningDelta("r"), c.Citations(("https://a",))]
    assert events[3] == c.ContentBlock({"thinking": "t"})
    assert isinstance(events[4], c.UsageEvent)
    assert str(events[4].usage.pollen_cost) == "0.1"
    assert events[5] == c.Finished("length", "", "")


async def test_a_page_instead_of_a_stream_is_told() -> None:
    page = Reply(headers={"content-type": "text/html"}, body=b"<html>sign in</html>")
    async with serve(lambda _: page) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await collect(client.text.stream(ASK))


async def test_an_older_server_gets_safe_as_a_word_it_knows() -> None:
    def handle(request: Received) -> Reply:
        if request.json["safe"] != "true":
            fields = {"safe": ["boolean"]}
            return reply_json(
                {"error": {"code": "BAD_REQUEST", "message": "m", "details": {"fieldErrors": fields}}}, 400
            )
        if request.json["stream"]:
            return Reply(headers=SSE, body=b"data: [DONE]\n\n")
        return reply_json(sample("chat_completions.response.json"))

    request = c.ChatRequest(model="m", safe="nsfw", messages=ASK.messages)
    async with serve(handle) as server, client_for(server.url) as client:
        assert (await client.text.complete(request)).text
        assert await collect(client.text.stream(request))
    assert [r.json["safe"] for r in server.received] == ["nsfw", "true"] * 2


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (c.ChatMessage(role="user", content=" \n"),),
        (c.ChatMessage(role="user", content=None),),
        (c.ChatMessage(role="user", content=(c.TextPart(text=" "),)),),
    ],
)
async def test_empty_messages_are_not_sent(messages: tuple[c.ChatMessage, ...]) -> None:
    request = c.ChatRequest(model="m", messages=messages)
    async with client_for("http://127.0.0.1:9") as client:
        with pytest.raises(InputError):
            await client.text.complete(request)
        with pytest.raises(InputError):
            await collect(client.text.stream(request))


async def test_plain_text_routes() -> None:
    prompt = c.TextPrompt(
        prompt="a/b?", model="openai", seed=5, system="Be brief", json=True, temperature=0.5
    )

    def handle(request: Received) -> Reply:
        if "stream" in dict(request.params):
            return Reply(headers=SSE, body=(SAMPLES / "text_prompt.stream.txt").read_bytes())
        return Reply(headers={"content-type": "text/plain", "x-model-used": "gpt"}, body="Grüße".encode())

    async with serve(handle) as server, client_for(server.url) as client:
        answer = await client.text.prompt(prompt)
        plain = await client.text.plain(ASK)
        events = await collect(client.text.stream_prompt(prompt))
    assert (answer.text, answer.model_used, plain.text) == ("Grüße", "gpt", "Grüße")
    assert isinstance(events[-1], c.Finished)
    first, second, third = server.received
    assert first.segments == ["text", "a/b?"]
    assert first.params == [
        ("model", "openai"), ("seed", "5"), ("system", "Be brief"), ("json", "true"), ("temperature", "0.5"),
    ]  # fmt: skip
    assert (second.method, second.path) == ("POST", "/text")
    assert third.params[-1] == ("stream", "true")


async def test_answers_without_a_choice_are_told() -> None:
    for body in ({}, [], {"choices": []}, {"error": {"message": "m", "code": 400}}):
        async with serve(lambda _, b=body: reply_json(b)) as server, client_for(server.url) as client:
            with pytest.raises(e.ApiError):
                await client.text.complete(ASK)

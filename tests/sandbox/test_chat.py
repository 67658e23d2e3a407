from __future__ import annotations

import base64
import json

import httpx
import pytest

from studio.sandbox.server import SandboxServer

HELLO = [{"role": "user", "content": "Tell me about bees"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def _ask(http: httpx.Client, **fields: object) -> httpx.Response:
    return http.post("/v1/chat/completions", json={"messages": HELLO, "seed": 1, **fields})


def _frames(answer: httpx.Response) -> list[dict]:
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.text.endswith("data: [DONE]\n\n")
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def _deltas(frames: list[dict], name: str) -> list:
    found = [choice["delta"].get(name) for frame in frames for choice in frame["choices"]]
    return [value for value in found if value]


def _fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 400, answer.text
    return set(answer.json()["error"]["details"]["fieldErrors"])


def test_an_answer_has_usage_and_is_billed_by_it(http: httpx.Client) -> None:
    answer = _ask(http, model="openai")
    body = answer.json()
    usage = body["usage"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    expected = usage["prompt_tokens"] * 0.00000015 + usage["completion_tokens"] * 0.0000009375
    row = http.get("/account/usage").json()["usage"][0]
    assert row["cost_usd"] == pytest.approx(expected, abs=1e-11)
    assert row["output_text_tokens"] == usage["completion_tokens"]
    assert answer.headers["x-usage-completion-text-tokens"] == str(usage["completion_tokens"])


def test_the_same_question_is_answered_once_but_streams_are_not_joined(server: SandboxServer, http) -> None:
    assert _ask(http).json()["id"] == _ask(http).json()["id"]
    assert _ask(http, stream=True).text != _ask(http, stream=True).text
    assert [entry["outcome"] for entry in server.requests()] == [
        "started",
        "replayed",
        "streamed",
        "streamed",
    ]
    assert server.state()["charges"] == 3


def test_the_usual_stream(http: httpx.Client) -> None:
    frames = _frames(_ask(http, stream=True))
    whole = _ask(http).json()["choices"][0]["message"]["content"]
    assert frames[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(_deltas(frames, "content")) == whole
    assert frames[-2]["choices"][0]["finish_reason"] == "stop"
    assert frames[-1]["choices"] == []
    assert frames[-1]["usage"]["pollen_cost"] > 0


def test_reasoning_models_think_first(http: httpx.Client) -> None:
    answer = _ask(http, model="deepseek", stream=True)
    frames = _frames(answer)
    assert answer.text.startswith(": keep-alive")
    assert _deltas(frames, "reasoning_content")
    assert frames[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert _deltas(_frames(_ask(http, model="deepseek", stream=True, reasoning_effort="none")), "content")
    quiet = _ask(http, model="deepseek", thinking={"type": "disabled"}).json()["choices"][0]["message"]
    assert "reasoning_content" not in quiet


def test_rechunked_and_single_chunk_streams(http: httpx.Client) -> None:
    rechunked = _frames(_ask(http, model="gemini-search", stream=True))
    assert all("index" not in choice for frame in rechunked for choice in frame["choices"])
    assert max(len(piece) for piece in _deltas(rechunked, "content")) == 4
    single = _frames(_ask(http, model="mercury", stream=True))
    assert len(single) == 2
    assert single[0]["choices"][0]["finish_reason"] == "stop"


def test_tool_calls_come_in_pieces_and_their_results_are_used(http: httpx.Client) -> None:
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    frames = _frames(_ask(http, messages=question, tools=[WEATHER], stream=True))
    calls = [call for calls in _deltas(frames, "tool_calls") for call in calls]
    assert calls[0]["function"]["name"] == "get_weather"
    arguments = "".join(call["function"].get("arguments", "") for call in calls)
    assert "city" in json.loads(arguments)
    whole = _ask(http, messages=question, tools=[WEATHER]).json()["choices"][0]
    assert whole["finish_reason"] == "tool_calls"
    assert whole["message"]["content"] is None
    result = {
        "role": "tool",
        "tool_call_id": whole["message"]["tool_calls"][0]["id"],
        "content": "18 degrees",
    }
    after = _ask(http, messages=[*question, whole["message"], result], tools=[WEATHER]).json()["choices"][0]
    assert after["message"]["content"]
    forbidden = _ask(http, messages=question, tools=[WEATHER], tool_choice="none").json()["choices"][0]
    assert "tool_calls" not in forbidden["message"]


def test_spoken_answers(http: httpx.Client) -> None:
    spoken = {"model": "openai-audio", "modalities": ["text", "audio"], "max_tokens": 12}
    message = _ask(http, **spoken, audio={"voice": "coral", "format": "mp3"}).json()["choices"][0]["message"]
    assert message["content"] is None
    assert base64.b64decode(message["audio"]["data"])
    assert message["audio"]["transcript"]
    frames = _frames(_ask(http, **spoken, stream=True, audio={"voice": "coral", "format": "pcm16"}))
    pieces = _deltas(frames, "audio")
    assert "".join(piece.get("transcript", "") for piece in pieces)
    assert b"".join(base64.b64decode(piece["data"]) for piece in pieces if "data" in piece)
    assert _ask(http, **spoken, stream=True, audio={"voice": "coral", "format": "mp3"}).status_code == 400
    assert _fields(_ask(http, **spoken)) == {"audio"}
    assert _ask(http, model="openai", modalities=["audio"]).status_code == 400


def test_code_execution_draws(http: httpx.Client) -> None:
    message = _ask(http, model="gemini", tools=[{"type": "code_execution"}]).json()["choices"][0]["message"]
    kinds = [block["type"] for block in message["content_blocks"]]
    assert kinds == ["thinking", "text", "image_url"]
    assert message["content_blocks"][2]["image_url"]["url"].startswith("data:image/png;base64,")
    assert _ask(http, model="openai", tools=[{"type": "code_execution"}]).status_code == 400


def test_json_citations_stops_and_limits(http: httpx.Client) -> None:
    answer = _ask(http, response_format={"type": "json_object"}).json()["choices"][0]["message"]["content"]
    assert isinstance(json.loads(answer), dict)
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    fitted = json.loads(_ask(http, response_format=wanted).json()["choices"][0]["message"]["content"])
    assert isinstance(fitted["age"], int)
    assert _ask(http, model="sonar-pro").json()["citations"]
    short = _ask(http, max_tokens=5).json()
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 5
    stopped = _ask(http, stop=["a"]).json()["choices"][0]["message"]["content"]
    assert "a" not in stopped


def test_every_wrong_field_is_named(http: httpx.Client) -> None:
    wrong = {"temperature": 3, "top_p": "1", "seed": -2, "response_format": {"type": "xml"}, "tools": 5}
    assert _fields(_ask(http, **wrong)) == set(wrong)
    assert _fields(_ask(http, messages=[])) == {"messages"}
    assert _fields(_ask(http, messages=[{"role": "king", "content": "hi"}])) == {"messages"}
    assert _fields(_ask(http, tools=[{"type": "function", "function": {"name": "no spaces"}}])) == {"tools"}
    picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.org/a"}}]}]
    assert (
        "does not accept image" in _ask(http, model="deepseek", messages=picture).json()["error"]["message"]
    )
    assert _ask(http, messages=picture).status_code == 200
    assert (
        http.post(
            "/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
    assert (
        http.post("/v1/chat/completions", content=b"x", headers={"content-type": "text/plain"}).status_code
        == 415
    )


def test_large_bodies_are_refused(http: httpx.Client) -> None:
    body = json.dumps({"messages": HELLO, "user": "x" * (20 * 1024 * 1024)}).encode()
    answer = http.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_get_text(http: httpx.Client, seed_http: httpx.Client) -> None:
    first = http.get("/text/hello%20there?system=Be%20kind")
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert (
        first.headers["x-cache"],
        http.get("/text/hello%20there?system=Be%20kind").headers["x-cache"],
    ) == ("MISS", "HIT")
    assert "Sources:" in http.get("/text/bees?model=sonar-pro").text
    assert json.loads(http.get("/text/bees?json=true").text)
    assert _frames(http.get("/text/bees?stream=true"))
    assert (
        http.get("/text/bees?model=openai-audio&voice=coral&max_tokens=9").headers["content-type"]
        == "audio/mpeg"
    )
    assert http.post("/text", json={"messages": HELLO}).headers["content-type"] == "text/plain; charset=utf-8"
    assert seed_http.post("/text", json={"messages": HELLO}).status_code == 404


def test_safety_in_chat(http: httpx.Client) -> None:
    bad = [{"role": "user", "content": "a bloodbath"}]
    assert _ask(http, messages=bad, safe="violence").json()["error"]["code"] == "content_blocked"
    mail = [{"role": "user", "content": "Write to me@example.org"}]
    hidden = _ask(http, messages=mail, safe=True)
    assert hidden.headers["x-safety-redacted"] == "privacy"
    assert "me@example.org" not in hidden.text


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("frame", '"code": 502}}'),
        ("choice", '"finish_reason": "error"'),
        ("content_filter", '"content_filter"'),
    ],
)
def test_streams_can_fail_on_the_way(server: SandboxServer, http, kind: str, sign: str) -> None:
    server.faults([{"path": "/v1/chat", "stream_error": kind}])
    text = _ask(http, stream=True).text
    assert sign in text
    assert '"usage": {' not in text


def test_a_stream_without_its_end(server: SandboxServer, http) -> None:
    server.faults([{"path": "/v1/chat", "stream_error": "no_done"}])
    assert "[DONE]" not in _ask(http, stream=True).text


def test_a_hung_up_stream_is_billed_for_what_was_sent(server: SandboxServer, http) -> None:
    full = _ask(http, stream=True)
    assert full.status_code == 200
    server.faults([{"path": "/v1/chat", "cut_after": 900}])
    with pytest.raises(httpx.RemoteProtocolError):
        _ask(http, stream=True)
    amounts = [float(entry["billed"]) for entry in server.requests()]
    assert 0 < amounts[1] <= amounts[0]

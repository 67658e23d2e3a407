"""Every operation of the service's own OpenAPI document, asked and held against its schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from studio.sandbox.account import EXPIRED_KEY, MODELS_KEY, PLAIN_KEY
from studio.sandbox.make.sounds import speech

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[1] / "api" / "openapi.json").read_text("utf-8"))
RESOURCE = Resource.from_contents({**DOCUMENT, "$id": "urn:pollinations"}, DRAFT202012)
REGISTRY = RESOURCE @ Registry()
HELLO = {"messages": [{"role": "user", "content": "Tell me about bees"}], "model": "openai", "seed": 1}
SMALL = "width=64&height=64"

Operation = tuple[str, str]

# What is sent for each operation: variants whose answer must be a 200.
GOOD: dict[Operation, list[dict[str, Any]]] = {
    ("get", "/account/profile"): [{}],
    ("get", "/account/balance"): [{}],
    ("get", "/account/usage"): [{}, {"url": "/account/usage?limit=1"}],
    ("get", "/account/usage/daily"): [{}],
    ("get", "/account/key"): [{}],
    ("get", "/v1/models"): [{}],
    ("get", "/image/models"): [{}],
    ("get", "/text/models"): [{}],
    ("get", "/audio/models"): [{}],
    ("post", "/v1/chat/completions"): [
        {"json": HELLO},
        {"json": {**HELLO, "model": "deepseek"}},
        {"json": {**HELLO, "model": "gemini", "tools": [{"type": "code_execution"}]}},
        {
            "json": {
                **HELLO,
                "model": "openai-audio",
                "modalities": ["text", "audio"],
                "audio": {"voice": "alloy", "format": "mp3"},
                "max_tokens": 8,
            }
        },
        {
            "json": {
                **HELLO,
                "tools": [{"type": "function", "function": {"name": "bees"}}],
                "tool_choice": "required",
            }
        },
    ],
    ("get", "/text/{prompt}"): [{"url": "/text/hello%20there?seed=3&system=x&temperature=0.5"}],
    ("get", "/image/{prompt}"): [
        {"url": f"/image/a%20bee?model=flux&{SMALL}"},
        {"url": f"/image/a%20bee?model=gptimage&transparent=true&{SMALL}"},
        {"url": "/image/the%20sea?model=veo&duration=4&aspectRatio=16:9&audio=false"},
    ],
    ("get", "/audio/{text}"): [{"url": "/audio/hello%20there?voice=nova&key=unused"}],
    ("post", "/v1/audio/speech"): [
        {"json": {"input": "Hello", "response_format": kind}}
        for kind in ("mp3", "opus", "aac", "flac", "wav")
    ],
    ("post", "/v1/audio/transcriptions"): [
        {"files": {"file": ("a.mp3", speech("Hello there.", "alloy", 1))}, "data": {"response_format": kind}}
        for kind in ("json", "verbose_json")
    ],
}
BAD_REQUESTS: dict[Operation, dict[str, Any]] = {
    ("post", "/v1/chat/completions"): {"json": {"messages": []}},
    ("get", "/text/{prompt}"): {"url": "/text/x?temperature=9"},
    ("get", "/image/{prompt}"): {"url": "/image/x?seed=-9"},
    ("get", "/audio/{text}"): {"url": "/audio/x?voice=nobody"},
    ("post", "/v1/audio/speech"): {"json": {"voice": "alloy"}},
    ("post", "/v1/audio/transcriptions"): {"files": {"file": ("a.mp3", b"")}},
}
FORBIDDEN: dict[Operation, tuple[str, dict[str, Any]]] = {
    ("get", "/account/profile"): (PLAIN_KEY, {}),
    ("get", "/account/balance"): (PLAIN_KEY, {}),
    ("get", "/account/usage"): (PLAIN_KEY, {}),
    ("get", "/account/usage/daily"): (PLAIN_KEY, {}),
    ("post", "/v1/chat/completions"): (MODELS_KEY, {"json": {**HELLO, "model": "deepseek"}}),
    ("get", "/text/{prompt}"): (MODELS_KEY, {"url": "/text/x?model=claude-fast"}),
    ("get", "/image/{prompt}"): (MODELS_KEY, {"url": "/image/x?model=kontext"}),
    ("get", "/audio/{text}"): (MODELS_KEY, {"url": "/audio/x"}),
}
OPERATIONS: list[Operation] = [
    (method, path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method in ("get", "post", "put", "patch", "delete", "head")
]


def _validate(operation: Operation, answer: httpx.Response) -> None:
    """Status, content type and body against the document."""
    method, path = operation
    responses = DOCUMENT["paths"][path][method]["responses"]
    status = str(answer.status_code)
    assert status in responses, f"{operation} answered {status}: {answer.text[:300]}"
    contents = responses[status].get("content")
    if contents is None:
        return
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in contents, f"{operation} answered {kind}; the document has {list(contents)}"
    schema = contents[kind]["schema"]
    if kind != "application/json":
        assert answer.content
        return
    pointed = _absolute(schema)
    errors = list(Draft202012Validator(pointed, registry=REGISTRY).iter_errors(answer.json()))
    assert not errors, (
        f"{operation} {status}: {[(list(error.path), error.message[:300]) for error in errors]}"
    )


def _absolute(schema: Any) -> Any:
    """The schema with its references pointing into the document."""
    if isinstance(schema, dict):
        return {
            name: f"urn:pollinations{value}" if name == "$ref" and value.startswith("#") else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _send(client: httpx.Client, operation: Operation, request: dict[str, Any]) -> httpx.Response:
    method, path = operation
    address = request.get("url", path.replace("{prompt}", "x").replace("{text}", "x"))
    return client.request(
        method, address, **{name: value for name, value in request.items() if name != "url"}
    )


def test_no_operation_is_left_out() -> None:
    assert set(GOOD) == set(OPERATIONS)
    documented_400 = {(m, p) for m, p in OPERATIONS if "400" in DOCUMENT["paths"][p][m]["responses"]}
    documented_403 = {(m, p) for m, p in OPERATIONS if "403" in DOCUMENT["paths"][p][m]["responses"]}
    assert set(BAD_REQUESTS) == documented_400
    assert set(FORBIDDEN) == documented_403


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_good_answers(seed_http: httpx.Client, operation: Operation) -> None:
    seed_http.get(f"/image/a%20row?model=flux&{SMALL}")
    for request in GOOD[operation]:
        answer = _send(seed_http, operation, request)
        assert answer.status_code == 200, answer.text[:300]
        _validate(operation, answer)


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_answers_without_a_good_key(seed_server, client_of, operation: Operation) -> None:
    if "401" not in DOCUMENT["paths"][operation[1]][operation[0]]["responses"]:
        assert operation[1].endswith("/models")
        return
    for key in (None, EXPIRED_KEY):
        answer = _send(client_of(seed_server, key=key), operation, GOOD[operation][0])
        if "key=" not in str(answer.request.url):
            assert answer.status_code == 401
        _validate(operation, answer)


@pytest.mark.parametrize("operation", sorted(BAD_REQUESTS), ids=" ".join)
def test_wrong_requests(seed_http: httpx.Client, operation: Operation) -> None:
    answer = _send(seed_http, operation, BAD_REQUESTS[operation])
    assert answer.status_code == 400
    _validate(operation, answer)


@pytest.mark.parametrize("operation", sorted(FORBIDDEN), ids=" ".join)
def test_forbidden_requests(seed_server, client_of, operation: Operation) -> None:
    key, request = FORBIDDEN[operation]
    answer = _send(client_of(seed_server, key=key), operation, request)
    assert answer.status_code == 403
    _validate(operation, answer)


@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if "402" in DOCUMENT["paths"][op[1]][op[0]]["responses"]],
    ids=" ".join,
)
def test_an_empty_purse(seed_server, seed_http: httpx.Client, operation: Operation) -> None:
    seed_server.set_balance(paid="0")
    answer = _send(seed_http, operation, GOOD[operation][0])
    assert answer.status_code == 402
    _validate(operation, answer)


@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if "500" in DOCUMENT["paths"][op[1]][op[0]]["responses"]],
    ids=" ".join,
)
def test_server_errors(seed_server, seed_http: httpx.Client, operation: Operation) -> None:
    seed_server.faults([{"error": "internal"}])
    answer = _send(seed_http, operation, GOOD[operation][0])
    assert answer.status_code == 500
    _validate(operation, answer)

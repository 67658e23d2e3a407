from __future__ import annotations

import base64
import io
import zipfile

import httpx
import pytest

from studio.sandbox.make.sounds import effect, speech
from studio.sandbox.server import SandboxServer

WORDS = "Hello from the studio. How are you?"


def _transcribe(http: httpx.Client, data: bytes, name: str = "talk.mp3", **fields: str) -> httpx.Response:
    return http.post("/v1/audio/transcriptions", files={"file": (name, data)}, data=fields)


def test_speech_by_get_and_post(http: httpx.Client) -> None:
    answer = http.get("/audio/Hello%20there?voice=rachel")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["x-tts-voice"] == "rachel"
    assert answer.headers["x-usage-completion-audio-tokens"] == "11"
    posted = http.post(
        "/v1/audio/speech", json={"input": "x" * 29, "voice": "rachel", "response_format": "wav"}
    )
    assert posted.headers["content-type"] == "audio/wav"
    assert posted.content.startswith(b"RIFF")
    assert posted.headers["x-pollen-cost"] == "0.0029"


def test_formats_lie_as_upstream(http: httpx.Client) -> None:
    flac = http.post("/v1/audio/speech", json={"input": "Hi", "response_format": "flac"})
    assert flac.headers["content-type"] == "audio/flac"
    assert not flac.content.startswith(b"fLaC")
    assert http.get("/audio/Hi?model=qwen-tts&response_format=mp3").headers["content-type"] == "audio/wav"
    assert http.get("/audio/rain?model=sfx&response_format=wav").status_code == 400


def test_music_and_effects(http: httpx.Client) -> None:
    music = http.get("/audio/calm%20piano?model=elevenmusic&duration=3&instrumental=true")
    assert music.headers["x-usage-completion-audio-seconds"] == "3"
    assert music.headers["x-pollen-cost"] == "0.0075"
    assert http.get("/audio/rain?model=sfx&duration=1").status_code == 200
    assert http.get("/audio/x?model=elevenmusic&duration=1").status_code == 400


def test_wrong_speech_is_refused(http: httpx.Client, seed_http: httpx.Client) -> None:
    assert http.get("/audio/x?voice=nobody").status_code == 400
    assert http.get("/audio/x?voice=21m00Tcm4TlvDq8ikWAM").status_code == 200  # a raw voice id
    assert http.post("/v1/audio/speech", json={"voice": "alloy"}).status_code == 400
    assert http.post("/v1/audio/speech", json={"input": "x", "speed": 9}).status_code == 400
    assert http.get("/audio/x?model=whisper-1").status_code == 400
    assert seed_http.post("/v1/audio/speech", json={"input": "x" * 4097}).status_code == 400


def test_dialogue(http: httpx.Client) -> None:
    asked = {"model": "dialogue", "input": "rachel: Hello!\nadam: [laughs] Hi there."}
    assert http.post("/v1/audio/speech", json=asked).status_code == 200
    assert (
        "voice: line"
        in http.post("/v1/audio/speech", json={**asked, "input": "Hello!"}).json()["error"]["message"]
    )


def test_transcripts_in_every_format(http: httpx.Client) -> None:
    data = speech(WORDS, "alloy", 1)
    assert _transcribe(http, data).json() == {"text": WORDS}
    assert _transcribe(http, data, response_format="text").text == WORDS + "\n"
    srt = _transcribe(http, data, response_format="srt").text
    assert srt.startswith("1\n00:00:0")
    assert srt.count(" --> ") == 2
    assert _transcribe(http, data, response_format="vtt").text.startswith("WEBVTT\n\n00:00:0")
    verbose = _transcribe(http, data, response_format="verbose_json", language="de").json()
    assert verbose["language"] == "de"
    assert [word["word"] for word in verbose["words"]] == WORDS.split()
    starts = [word["start"] for word in verbose["words"]]
    assert starts == sorted(starts)
    assert verbose["words"][-1]["end"] <= verbose["duration"] + 0.01
    diarized = _transcribe(http, data, model="scribe", response_format="diarized_json").json()
    assert [segment["speaker"] for segment in diarized["segments"]] == ["A", "B"]
    assert diarized["usage"] == {"type": "duration", "seconds": verbose["duration"]}


def test_other_recordings_get_a_stand_in(http: httpx.Client) -> None:
    assert "simulated transcript" in _transcribe(http, effect("rain", 1, 1.0)).json()["text"]


def test_wrong_recordings_are_refused(http: httpx.Client) -> None:
    assert _transcribe(http, b"").status_code == 400
    assert _transcribe(http, b"no sound").status_code == 400
    assert _transcribe(http, b"x", "notes.txt").status_code == 415
    assert _transcribe(http, bytes(25 * 1024 * 1024 + 1)).status_code == 413
    unsupported = _transcribe(http, b"x", model="gpt-transcribe", response_format="srt").json()["error"][
        "message"
    ]
    assert "Supported: json, text" in unsupported
    assert http.post("/v1/audio/transcriptions", json={}).status_code == 415


def test_transcripts_are_billed_by_the_second(server: SandboxServer, http) -> None:
    answer = _transcribe(http, speech(WORDS, "alloy", 1))
    assert float(answer.headers["x-usage-prompt-audio-seconds"]) > 1
    assert float(answer.headers["x-pollen-cost"]) > 0
    _transcribe(http, speech(WORDS, "alloy", 1))
    assert [entry["outcome"] for entry in server.requests()] == ["started", "replayed"]


def test_newer_routes(http: httpx.Client, seed_http: httpx.Client) -> None:
    timed = http.post("/v1/audio/speech/with-timestamps", json={"input": "Hi there"}).json()
    assert "".join(timed["alignment"]["characters"]) == "Hi there"
    assert base64.b64decode(timed["audio_base64"])
    long = speech(WORDS * 3, "alloy", 1)
    changed = http.post("/v1/audio/voice-changer", files={"audio": ("a.mp3", long)}, data={"voice": "adam"})
    assert changed.headers["content-type"] == "audio/mpeg"
    assert _transcribe(http, changed.content).json()["text"].startswith("Hello from the studio.")
    assert http.post("/v1/audio/voice-isolator", files={"audio": ("a.mp3", long)}).status_code == 200
    short = http.post("/v1/audio/voice-isolator", files={"audio": ("a.mp3", speech("Hi", "alloy", 1))})
    assert short.status_code == 400
    stems = http.post("/audio/stem-separation", files={"file": ("a.mp3", long)})
    assert zipfile.ZipFile(io.BytesIO(stems.content)).namelist()
    assert seed_http.post("/v1/audio/voice-isolator", files={"audio": ("a.mp3", long)}).status_code in (
        404,
        405,
    )


@pytest.mark.parametrize("kind", ["opus", "aac", "pcm"])
def test_every_format_has_its_type(http: httpx.Client, kind: str) -> None:
    assert http.get(f"/audio/Hi?response_format={kind}").headers["content-type"] == f"audio/{kind}"

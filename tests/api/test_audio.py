from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from studio.api import errors as e
from studio.core.errors import InputError
from studio.domain.service import Progress
from studio.domain.speech import SpeechRequest, TranscriptionRequest
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import MP3, client_for

SAMPLES = Path(__file__).parent / "samples"


def sound(_: Received) -> Reply:
    return Reply(headers={"content-type": "audio/mpeg", "x-usage-completion-audio-tokens": "29"}, body=MP3)


async def test_speech_has_two_routes(tmp_path: Path) -> None:
    fields = {
        "input": "Hi / there", "model": "eleven", "voice": "rachel", "duration": 30.0, "instrumental": False,
        "prompt_influence": 0.5, "loop": True, "seed": 0, "speed": 1.25, "composition_plan": {"a": [1]},
    }  # fmt: skip
    async with serve(sound) as server, client_for(server.url) as client:
        result = await client.audio.speak(SpeechRequest(**fields), tmp_path / "a")  # type: ignore[arg-type]
        await client.audio.speak(SpeechRequest(**fields, route="audio"), tmp_path / "b")  # type: ignore[arg-type]
    assert (result.mime, result.size) == ("audio/mpeg", len(MP3))
    post, get = server.received
    assert (post.method, post.path) == ("POST", "/v1/audio/speech")
    assert post.json == {**fields, "duration": 30, "response_format": "mp3"}
    assert get.segments == ["audio", "Hi / there"]
    assert dict(get.params) == {
        "model": "eleven", "voice": "rachel", "response_format": "mp3", "duration": "30",
        "instrumental": "false", "loop": "true", "prompt_influence": "0.5", "seed": "0",
    }  # fmt: skip


async def test_an_upload_tells_its_bytes_anew_for_each_attempt(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(MP3 * 60_000)
    replies = iter([Reply(status=503), reply_json({"text": "Hello."})])
    seen: list[Progress] = []
    async with serve(lambda _: next(replies)) as server, client_for(server.url) as client:
        request = TranscriptionRequest(model="whisper-1")
        answer = await client.audio.transcribe(request, path, sending=seen.append)
    assert answer.text == "Hello."
    assert len(server.received) == 2
    assert server.received[0].body == server.received[1].body
    size = len(server.received[0].body)
    starts = [number for number, one in enumerate(seen) if one.done == 0]
    assert len(starts) == 2
    for first, last in zip(starts, [*starts[1:], len(seen)], strict=True):
        done = [one.done for one in seen[first:last]]
        assert done == sorted(done)
        assert done[-1] == size
        assert len(done) > 3
    assert {(one.stage, one.total) for one in seen} == {("sending", size)}


async def test_raw_samples_are_believed(tmp_path: Path) -> None:
    reply = Reply(headers={"content-type": "audio/pcm"}, body=b"\xff\xfb\x90\x00" * 10)
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        result = await client.audio.speak(SpeechRequest(input="x", model="m"), tmp_path / "a")
    assert result.mime == "audio/pcm"


async def test_an_empty_text_is_not_sent(tmp_path: Path) -> None:
    async with client_for("http://127.0.0.1:9") as client:
        for route in ("speech", "audio"):
            with pytest.raises(InputError):
                await client.audio.speak(SpeechRequest(input=" ", model="m", route=route), tmp_path / "a")  # type: ignore[arg-type]


async def test_speech_with_the_time_of_each_character(tmp_path: Path) -> None:
    data = json.loads((SAMPLES / "audio_speech_with_timestamps.response.json").read_bytes())
    data["audio_base64"] = base64.b64encode(MP3).decode()
    async with (
        serve(lambda _: reply_json(data, x_request_id="r")) as server,
        client_for(server.url) as client,
    ):
        request = SpeechRequest(input="Hi", model="m")
        result, times = await client.audio.speak_with_timestamps(request, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == MP3
    assert (result.request_id, times.characters) == ("r", ("H", "i"))
    for broken in ("", "!!!", "AAA"):
        async with (
            serve(lambda _, b=broken: reply_json({"audio_base64": b})) as server,
            client_for(server.url) as client,
        ):
            with pytest.raises(e.ApiBadAnswer):
                await client.audio.speak_with_timestamps(request, tmp_path / "b")


async def test_a_transcription_sends_the_file_and_falls_back_to_a_format_the_model_knows(
    tmp_path: Path,
) -> None:
    file = tmp_path / "talk.mp3"
    file.write_bytes(MP3)

    def handle(request: Received) -> Reply:
        if b"\r\nsrt\r\n" in request.body:
            return reply_json(
                {"error": {"code": "BAD_REQUEST", "message": "response_format must be json"}}, 400
            )
        return Reply(
            headers={"content-type": "application/json", "x-usage-prompt-audio-seconds": "2.4"},
            body=(SAMPLES / "audio_transcriptions.verbose_json.response.json").read_bytes(),
        )

    request = TranscriptionRequest(
        model="whisper", response_format="srt", language="en", prompt="names", temperature=0.0,
        speakers_expected=2,
    )  # fmt: skip
    async with serve(handle) as server, client_for(server.url) as client:
        transcript = await client.audio.transcribe(request, file)
    assert (transcript.format, len(transcript.words)) == ("verbose_json", 4)
    assert str(transcript.usage.amounts["promptAudioSeconds"]) == "2.4"
    body = server.received[1].body
    for name, value in (("model", "whisper"), ("response_format", "verbose_json"), ("language", "en"),
                        ("prompt", "names"), ("temperature", "0.0"), ("speakers_expected", "2")):  # fmt: skip
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in body
    assert b'name="file"; filename="talk.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n' + MP3 in body


async def test_other_refusals_are_not_taken_for_a_format(tmp_path: Path) -> None:
    file = tmp_path / "talk.wav"
    file.write_bytes(b"x")
    reply = reply_json({"error": {"code": "BAD_REQUEST", "message": "Invalid model: x"}}, 400)
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiRequestError):
            await client.audio.transcribe(TranscriptionRequest(model="x"), file)
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [b"{", b"", b"<p>", b"[]"])
async def test_transcripts_that_are_none(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"x")
    async with serve(lambda _: Reply(body=body)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await client.audio.transcribe(TranscriptionRequest(model="x"), file)


async def test_working_on_recordings(tmp_path: Path) -> None:
    file = tmp_path / "take.wav"
    file.write_bytes(b"RIFFxxxxWAVE")

    def handle(request: Received) -> Reply:
        if request.path == "/audio/stem-separation":
            return Reply(headers={"content-type": "application/zip"}, body=b"PK\x03\x04rest")
        return sound(request)

    async with serve(handle) as server, client_for(server.url) as client:
        await client.audio.change_voice(file, "rachel", tmp_path / "a", response_format="mp3")
        await client.audio.isolate_voice(file, tmp_path / "b")
        stems = await client.audio.separate_stems(file, tmp_path / "c", stem_variation_id="4")
    assert stems.mime == "application/zip"
    changed, isolated, separated = server.received
    assert changed.path == "/v1/audio/voice-changer"
    assert b'name="voice"\r\n\r\nrachel' in changed.body
    assert b'name="audio"; filename="take.wav"' in changed.body
    assert isolated.path == "/v1/audio/voice-isolator"
    assert b'name="file"; filename="take.wav"' in separated.body


async def test_a_missing_file_is_told(tmp_path: Path) -> None:
    async with client_for("http://127.0.0.1:9") as client:
        with pytest.raises(InputError, match=r"gone\.wav cannot be read"):
            await client.audio.transcribe(TranscriptionRequest(model="x"), tmp_path / "gone.wav")

"""Every payload shape we know of is read by the code that will meet it, and none is forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from studio.api import errors as e
from studio.api.account import (
    key_body,
    parse_balance,
    parse_daily_usage,
    parse_key,
    parse_keys,
    parse_new_key,
    parse_profile,
    parse_usage,
    parse_usage_csv,
)
from studio.api.audio import parse_character_times, speech_body
from studio.api.catalogue import parse_models
from studio.api.chat_wire import StreamReader, chat_body, parse_answer
from studio.api.error_parsing import error_from_response
from studio.api.images import body_facts, generation_body, single_item
from studio.api.legacy import parse_update
from studio.api.media import parse_head, parse_media, parse_page, parse_upload
from studio.api.results import file_name, kept_headers
from studio.api.sign_in import (
    LONGEST_CODE_SECONDS,
    parse_device_code,
    parse_grant,
    parse_server,
    parse_userinfo,
    read_callback,
)
from studio.api.sse import SseParser
from studio.api.transcripts import parse_transcript
from studio.domain import chat as c
from studio.domain.account import KeyRequest
from studio.domain.image import ImageRequest
from studio.domain.models import find_model
from studio.domain.schema_form import parse_form
from studio.domain.service import AuthorizeLink, LegacyRequest, Usage
from studio.domain.speech import SpeechRequest

SAMPLES = Path(__file__).parent / "samples"
ENTER = "https://enter.pollinations.ai"
MEDIA = "https://media.pollinations.ai"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
CHECKS: dict[str, Callable[[], None]] = {}


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def load(name: str) -> Any:
    return json.loads(read(name))


def http(name: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a `*.http.txt` sample."""
    head, _, body = read(name).partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body


def covers(*names: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def register(check: Callable[[], None]) -> Callable[[], None]:
        for name in names:
            CHECKS[name] = check
        return check

    return register


def test_no_sample_is_forgotten() -> None:
    assert {path.name for path in SAMPLES.iterdir()} - {"INDEX.md"} == set(CHECKS)


# ---------------------------------------------------------------- catalogue


@covers(
    "models.json",
    "image_models.json",
    "video_models.json",
    "text_models.json",
    "audio_models.json",
    "v1_models.json",
)
def current_catalogue() -> None:
    everything = parse_models(load("models.json"))
    assert len(everything) == 136
    for name in ("image_models", "video_models", "text_models", "audio_models"):
        part = parse_models(load(f"{name}.json"))
        assert len(part) == len(load(f"{name}.json"))
        assert all(find_model(everything, model.name) == model for model in part)
    flux = find_model(everything, "flux")
    assert flux is not None
    assert flux.name == "black-forest-labs/flux.1-schnell"
    assert flux.pricing.rates == {"completionImageTokens": Decimal("0.002")}
    assert flux.is_flat_rate
    assert flux.makes_images
    assert flux.health.status == "healthy"
    veo = find_model(everything, "veo")
    assert veo is not None
    assert (veo.allowed_durations, veo.resolutions) == ((4.0, 6.0, 8.0), ("720p", "1080p"))
    assert veo.makes_videos
    kinds = {m.name: m for m in parse_models(load("audio_models.json"), "audio")}
    assert kinds["openai/whisper-large-v3"].transcribes
    assert kinds["elevenlabs/eleven-v3"].speaks
    assert kinds["elevenlabs/music-v2"].makes_music
    assert kinds["google/lyria-3-clip-preview"].makes_music
    assert kinds["elevenlabs/voice-isolator"].converts_audio
    openai = parse_models(load("v1_models.json"), "text")
    assert len(openai) == 136
    assert all(model.added_date is None for model in openai)


@covers(
    "image_models.seed_era.json", "text_models.seed_era.json", "audio_models.seed_era.json",
    "v1_models.seed_era.json",
)  # fmt: skip
def seed_catalogue() -> None:
    images = parse_models(load("image_models.seed_era.json"), "image")
    veo = find_model(images, "veo-3.1-fast")
    assert veo is not None
    assert veo.makes_videos
    assert veo.title == "Veo 3.1 Fast"
    assert veo.pricing.rates["completionVideoSeconds"] == Decimal("0.15")
    texts = parse_models(load("text_models.seed_era.json"), "text")
    assert texts[0].context_length == 400_000
    assert texts[0].is_chat
    assert texts[0].calls_tools
    (speech,) = parse_models(load("audio_models.seed_era.json"), "audio")
    assert speech.speaks
    assert "rachel" in speech.voices
    assert all(model.is_chat for model in parse_models(load("v1_models.seed_era.json"), "text"))


@covers("voices.json")
def voices() -> None:
    known = {voice for model in parse_models(load("audio_models.json"), "audio") for voice in model.voices}
    assert set(load("voices.json")["elevenlabs"]) <= known


# ---------------------------------------------------------------- chat


def stream(name: str) -> list[c.ChatEvent]:
    parser, reader = SseParser(), StreamReader(ENTER)
    events = [event for data in parser.feed(read(name)) for event in reader.read(data)]
    events += [event for data in parser.finish() for event in reader.read(data)]
    reader.check_done()
    return events


def said(events: list[c.ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, c.TextDelta))


@covers(
    "chat_completions.request.json",
    "chat_completions.tools.request.json",
    "chat_completions.audio.request.json",
)
def chat_requests() -> None:
    wanted = load("chat_completions.request.json")
    picture = wanted["messages"][1]["content"][1]["image_url"]
    request = c.ChatRequest(
        model="openai", temperature=0.7, top_p=1, max_tokens=300, seed=42,
        messages=(
            c.ChatMessage(role="system", content="You write terse prompts."),
            c.ChatMessage(role="user", content=(
                c.TextPart(text="Describe this image in one sentence."),
                c.ImagePart(url=picture["url"], detail="low"),
            )),
        ),
    )  # fmt: skip
    assert {**chat_body(request), "stream": False} == wanted
    wanted = load("chat_completions.tools.request.json")
    request = c.ChatRequest(
        model="openai", messages=(c.ChatMessage(role="user", content="Weather in Paris?"),),
        tools=tuple(wanted["tools"]), tool_choice="auto", parallel_tool_calls=True,
    )  # fmt: skip
    assert chat_body(request) == wanted
    wanted = load("chat_completions.audio.request.json")
    sound = wanted["messages"][0]["content"][1]["input_audio"]
    request = c.ChatRequest(
        model="openai-audio", modalities=("text", "audio"), audio={"voice": "coral", "format": "mp3"},
        messages=(c.ChatMessage(role="user", content=(
            c.TextPart(text="Answer aloud."), c.AudioPart(data=sound["data"], format="wav"),
        )),),
    )  # fmt: skip
    assert chat_body(request) == wanted


@covers(
    "chat_completions.response.json", "chat_completions.tools.response.json",
    "chat_completions.audio.response.json", "chat_completions.citations.response.json",
    "chat_completions.content_blocks.response.json", "chat_completions.reasoning.response.json",
)  # fmt: skip
def chat_answers() -> None:
    answer = parse_answer(load("chat_completions.response.json"), ENTER)
    assert answer.text == "A small crimson square on a plain background."
    assert answer.usage is not None
    assert answer.usage.total_tokens == 123
    assert answer.notice is None
    tools = parse_answer(load("chat_completions.tools.response.json"), ENTER)
    assert tools.tool_calls == (c.ToolCall(id="call_9f1", name="get_weather", arguments='{"city":"Paris"}'),)
    assert (tools.text, tools.finish_reason) == ("", "tool_calls")
    audio = parse_answer(load("chat_completions.audio.response.json"), ENTER)
    assert audio.audio is not None
    assert audio.audio.transcript == "Hello there."
    assert audio.usage is not None
    assert audio.usage.by_price_key().amounts["completionAudioTokens"] == 34
    citations = parse_answer(load("chat_completions.citations.response.json"), ENTER)
    assert citations.citations == ("https://example.org/a", "https://example.org/b")
    blocks = parse_answer(load("chat_completions.content_blocks.response.json"), ENTER)
    assert [block["type"] for block in blocks.content_blocks] == ["thinking", "text", "image_url"]
    reasoning = parse_answer(load("chat_completions.reasoning.response.json"), ENTER)
    assert (reasoning.reasoning, reasoning.text) == ("The user wants a number; 17*3 = 51.", "51")


@covers("chat_completions.balance_notice.http.txt", "chat_completions.balance_notice.stream.txt")
def balance_notices() -> None:
    _, _, body = http("chat_completions.balance_notice.http.txt")
    notice = parse_answer(json.loads(body), ENTER).notice
    assert notice is not None
    assert notice.url == "https://enter.pollinations.ai/top-up?ref=agent_low_balance_topup"
    events = stream("chat_completions.balance_notice.stream.txt")
    assert [event.notice for event in events if isinstance(event, c.Notice)] == [notice]


@covers(
    "chat_completions.stream.txt", "text_prompt.stream.txt", "chat_completions.stream.single_chunk.txt",
    "chat_completions.stream.gemini_search_rechunked.txt", "chat_completions.stream.reasoning.txt",
    "chat_completions.stream.audio.txt", "chat_completions.stream.tools.txt",
)  # fmt: skip
def chat_streams() -> None:
    for name in ("chat_completions.stream.txt", "text_prompt.stream.txt"):
        events = stream(name)
        assert said(events) == "One, two, three 🐝"
        assert isinstance(events[-1], c.Finished)
        assert events[-1].reason == "stop"
        assert isinstance(events[-2], c.UsageEvent)
    assert said(stream("chat_completions.stream.single_chunk.txt")) == "Finished answer in one piece."
    assert said(stream("chat_completions.stream.gemini_search_rechunked.txt")) == "Hello there friend."
    events = stream("chat_completions.stream.reasoning.txt")
    assert "".join(x.text for x in events if isinstance(x, c.ReasoningDelta)) == "17*3 = 51"
    assert said(events) == "51"
    spoken = [x.audio for x in stream("chat_completions.stream.audio.txt") if isinstance(x, c.AudioDelta)]
    assert "".join(part.transcript for part in spoken) == "Hello."
    assert "".join(part.data for part in spoken) == "AAAAAA=="
    calls = [x for x in stream("chat_completions.stream.tools.txt") if isinstance(x, c.ToolCallDelta)]
    assert "".join(x.arguments for x in calls if x.index == 0) == '{"city":"Paris"}'
    assert [(x.index, x.id, x.name) for x in calls if x.id] == [
        (0, "call_9f1", "get_weather"), (1, "call_9f2", "get_weather"),
    ]  # fmt: skip


@covers(
    "chat_completions.stream.error_midway.txt", "chat_completions.stream.error_in_choice.txt",
    "chat_completions.stream.truncated_no_done.txt",
)  # fmt: skip
def broken_streams() -> None:
    with pytest.raises(e.ApiUnavailable) as error:
        stream("chat_completions.stream.error_midway.txt")
    assert (error.value.status, error.value.message) == (502, "Provider returned error")
    with pytest.raises(e.ApiUnavailable) as error:
        stream("chat_completions.stream.error_in_choice.txt")
    assert error.value.message == "Upstream disconnected"
    with pytest.raises(e.ApiInterrupted):
        stream("chat_completions.stream.truncated_no_done.txt")


@covers("text_prompt.response.http.txt")
def text_prompt() -> None:
    _, headers, body = http("text_prompt.response.http.txt")
    assert Usage.from_headers(headers).amounts == {"promptTextTokens": 11, "completionTextTokens": 19}
    assert body.startswith(b"Silent loops")


# ---------------------------------------------------------------- images and sound


@covers(
    "image_prompt.response.http.txt", "image_prompt.gptimage.response.http.txt",
    "image_prompt.svg.response.http.txt", "video_prompt.response.http.txt",
    "audio_speech.response.http.txt", "audio_text.response.http.txt",
)  # fmt: skip
def media_headers() -> None:
    wanted = {
        "image_prompt.response.http.txt": ("a-cat-in-space.jpg", {"completionImageTokens": Decimal(1)}),
        "image_prompt.gptimage.response.http.txt": (
            "a-sticker-of-a-bee.png",
            {"promptTextTokens": Decimal(14), "completionImageTokens": Decimal(1056)},
        ),
        "image_prompt.svg.response.http.txt": ("bee-logo.svg", {"completionImageTokens": Decimal(1)}),
        "video_prompt.response.http.txt": (
            "sunset-timelapse.mp4",
            {"completionVideoSeconds": Decimal(4), "completionAudioSeconds": Decimal(4)},
        ),
        "audio_speech.response.http.txt": ("", {"completionAudioTokens": Decimal(29)}),
        "audio_text.response.http.txt": ("", {"completionAudioSeconds": Decimal("30.04")}),
    }
    for name, (file, amounts) in wanted.items():
        status, headers, _ = http(name)
        assert status == 200
        assert file_name(headers.get("content-disposition", "")) == file
        assert Usage.from_headers(headers).amounts == amounts
        assert all(key in kept_headers(headers) for key in headers if key.startswith("x-usage-"))


@covers(
    "images_generations.request.json", "images_edits.request.json", "images_edits.request.multi.json",
    "images_edits.request.multipart.txt",
)  # fmt: skip
def image_requests() -> None:
    """The bytes on the wire are checked in test_images; here, that the fields are the same ones."""
    sample = load("images_generations.request.json")
    request = ImageRequest(
        prompt="a cat in space", model="flux", seed=42, width=1024, height=1024, quality="medium",
        route="generations",
    )  # fmt: skip
    assert {**generation_body(request), "safe": False} == sample
    for name in ("images_edits.request.json", "images_edits.request.multi.json"):
        assert set(load(name)) - {"image"} <= set(generation_body(request))
    assert b'name="image"; filename="photo.png"' in read("images_edits.request.multipart.txt")


@covers(
    "images_generations.response.b64.json", "images_generations.response.seed_era.json",
    "images_generations.response.svg.json", "images_generations.response.token_priced.json",
    "images_generations.response.url.json", "images_edits.response.json",
)  # fmt: skip
def image_answers() -> None:
    for name in [name for name in CHECKS if name.startswith("images_") and ".response." in name]:
        document = load(name)
        item = single_item(document)
        assert body_facts(document, item)["revised_prompt"]
    tokens = load("images_generations.response.token_priced.json")
    assert body_facts(tokens, {})["usage"].amounts == {"promptTextTokens": 14, "completionImageTokens": 1056}
    vector = load("images_generations.response.svg.json")
    assert body_facts(vector, single_item(vector))["mime"] == "image/svg+xml"


@covers("audio_speech.request.json", "audio_speech.music.request.json", "audio_speech.dialogue.request.json")
def speech_requests() -> None:
    speech = SpeechRequest(input="Hello, welcome to the studio!", model="elevenlabs", voice="rachel")
    assert speech_body(speech) == load("audio_speech.request.json")
    music = SpeechRequest(
        input="upbeat synthwave with a bright lead", model="elevenmusic", duration=30.0, instrumental=True,
        response_format="",
    )  # fmt: skip
    assert speech_body(music) == load("audio_speech.music.request.json")
    dialogue = load("audio_speech.dialogue.request.json")
    assert speech_body(SpeechRequest(input=dialogue["input"], model=dialogue["model"])) == dialogue


@covers("audio_speech_with_timestamps.response.json")
def character_times() -> None:
    times = parse_character_times(load("audio_speech_with_timestamps.response.json"))
    assert (times.characters, times.starts, times.ends) == (("H", "i"), (0.0, 0.08), (0.08, 0.31))


@covers(
    "audio_transcriptions.json.response.json", "audio_transcriptions.verbose_json.response.json",
    "audio_transcriptions.diarized_json.response.json", "audio_transcriptions.text.response.txt",
    "audio_transcriptions.srt.response.txt", "audio_transcriptions.vtt.response.txt",
)  # fmt: skip
def transcripts() -> None:
    for name in ("json", "verbose_json", "text", "srt", "vtt"):
        end = "json" if "json" in name else "txt"
        transcript = parse_transcript(read(f"audio_transcriptions.{name}.response.{end}"), name)
        assert transcript.text == "Hello from the studio."
        assert transcript.format == name
        if name in ("srt", "vtt"):
            assert [(s.start, s.end) for s in transcript.segments] == [(0.1, 1.5)]
    verbose = parse_transcript(read("audio_transcriptions.verbose_json.response.json"), "verbose_json")
    assert (verbose.language, verbose.duration, len(verbose.words)) == ("en", 2.4, 4)
    diarized = parse_transcript(read("audio_transcriptions.diarized_json.response.json"), "diarized_json")
    assert [segment.speaker for segment in diarized.segments] == ["A", "B"]
    assert diarized.duration == 6.2


# ---------------------------------------------------------------- account


@covers(
    "account_profile.json", "account_profile.seed_era.json", "account_profile.mid_era.json",
    "account_profile.no_profile_scope.json",
)  # fmt: skip
def profiles() -> None:
    for name in ("", ".seed_era", ".mid_era", ".no_profile_scope"):
        profile = parse_profile(load(f"account_profile{name}.json"))
        assert profile.github_username == "octocat"
        assert profile.email == ("" if name == ".no_profile_scope" else "octocat@example.com")
    assert parse_profile(load("account_profile.seed_era.json")).created_at == datetime(
        2025, 10, 1, 8, tzinfo=UTC
    )


@covers("account_balance.json", "account_balance.seed_era.json", "account_balance.alt_buckets.json")
def balances() -> None:
    now = parse_balance(load("account_balance.json"))
    assert (now.balance, now.account_total) == (Decimal("4.82"), Decimal("31.52"))
    assert (now.account_free, now.account_paid) == (Decimal("6.22"), Decimal("25.3"))
    seed = parse_balance(load("account_balance.seed_era.json"))
    assert (seed.balance, seed.account_total) == (Decimal("31.52"), None)
    buckets = parse_balance(load("account_balance.alt_buckets.json"))
    assert (buckets.balance, buckets.account_free, buckets.account_paid) == (
        Decimal("35.8"), Decimal("10.5"), Decimal("25.3"),
    )  # fmt: skip


@covers("account_key.json", "account_key.seed_era.json")
def keys_in_use() -> None:
    key = parse_key(load("account_key.json"))
    assert key.valid
    assert (key.type, key.models, key.permissions) == ("secret", None, ("profile", "usage"))
    assert key.pollen_budget == Decimal("4.82")
    seed = parse_key(load("account_key.seed_era.json"))
    assert (seed.models, seed.expires_at, seed.pollen_budget) == (("flux", "openai"), None, None)


@covers(
    "account_usage.json", "account_usage.seed_era.json", "account_usage.csv", "account_key_usage.json",
    "account_usage_daily.json",
)  # fmt: skip
def usage() -> None:
    rows = parse_usage(load("account_usage.json"))
    assert [str(row.cost_usd) for row in rows] == ["0.002", "0.0000294", "0.4", "0.0029"]
    assert rows[0].timestamp == datetime(2026, 9, 26, 10, 15, 2, tzinfo=UTC)
    assert (rows[2].output_video_seconds, rows[3].response_time_ms) == (4.0, None)
    seed = parse_usage(load("account_usage.seed_era.json"))
    assert parse_usage_csv(read("account_usage.csv").decode()) == seed
    assert parse_usage(load("account_key_usage.json")) == rows[:2]
    daily = parse_daily_usage(load("account_usage_daily.json"))
    assert sum(day.requests for day in daily) == 163


@covers(
    "account_keys.list.json", "account_keys.create.request.json", "account_keys.create.response.json",
    "account_keys.delete.response.json",
)  # fmt: skip
def keys() -> None:
    first, second = parse_keys(load("account_keys.list.json"))
    assert (first.type, first.permissions, first.pollen_balance) == (
        "secret",
        ("profile", "usage"),
        Decimal("4.82"),
    )
    assert (second.type, second.redirect_uris) == ("publishable", ("http://127.0.0.1/callback",))
    request = KeyRequest(
        name="studio-child", expires_in=604800, allowed_models=("flux", "openai"),
        pollen_budget=Decimal("2.5"), account_permissions=("usage",),
    )  # fmt: skip
    assert key_body(request) == load("account_keys.create.request.json")
    made = parse_new_key(load("account_keys.create.response.json"))
    assert made.key.reveal() == load("account_keys.create.response.json")["key"]
    assert made.key.reveal() not in repr(made)
    assert load("account_keys.delete.response.json") == {"success": True}


# ---------------------------------------------------------------- media


@covers(
    "media_upload.response.json", "media_upload.response.seed_era.json", "media_upload.response.tagged.json",
    "media_upload.request.base64.json", "media_list.response.json", "media_metadata.response.json",
    "media_head.response.seed_era.http.txt", "media_get.response.http.txt", "media_delete.response.json",
)  # fmt: skip
def media() -> None:
    for name in ("", ".seed_era", ".tagged"):
        uploaded = parse_upload(load(f"media_upload.response{name}.json"), MEDIA, NOW)
        assert uploaded.url == f"{MEDIA}/{uploaded.id}"
        assert uploaded.size == 123456
        assert uploaded.expires_at is not None
    assert parse_upload(load("media_upload.response.tagged.json"), MEDIA, NOW).tags == ("sunset",)
    page = parse_page(load("media_list.response.json"), MEDIA)
    assert (len(page.items), page.has_more, page.next_cursor) == (1, False, "")
    assert parse_media(load("media_metadata.response.json"), MEDIA).uploaded_at is not None
    _, headers, _ = http("media_head.response.seed_era.http.txt")
    head = parse_head("aa8ca9fe3110aff7", headers, MEDIA)
    assert (head.mime, head.size, head.content_hash) == ("image/png", 123456, "aa8ca9fe3110aff7")
    _, headers, _ = http("media_get.response.http.txt")
    assert file_name(headers["content-disposition"]) == "tiny.png"
    # We upload as multipart, which every server takes; JSON uploads are only spoken by others.
    assert set(load("media_upload.request.base64.json")) == {"data", "contentType", "name"}
    assert load("media_delete.response.json")["deleted"] is True


# ---------------------------------------------------------------- sign-in


@covers(
    "device_code.request.json",
    "device_code.response.json",
    "device_code.response.seed_era.json",
    "device_token.request.json",
)
def device_codes() -> None:
    now = parse_device_code(load("device_code.response.json"), ENTER)
    assert (now.user_code, now.expires_in, now.interval) == ("K7QWM4RX", LONGEST_CODE_SECONDS, 5)
    assert now.verification_uri_complete == f"{ENTER}/device?user_code=K7QWM4RX"
    seed = parse_device_code(load("device_code.response.seed_era.json"), ENTER)
    assert seed.verification_uri == f"{ENTER}/device"
    assert seed.verification_uri_complete == f"{ENTER}/device?user_code=ABCD-1234"
    assert (seed.expires_in, seed.interval) == (600, 5)
    assert load("device_code.request.json") == {"client_id": "pk_yourappkey", "scope": "profile usage"}
    assert load("device_token.request.json")["device_code"] == now.device_code.reveal()


@covers("device_token.response.json", "oauth_token.response.json", "oauth_token.request.txt")
def tokens() -> None:
    for name in ("device_token.response.json", "oauth_token.response.json"):
        grant = parse_grant(load(name))
        assert grant.access_token.reveal().startswith("sk_")
        assert (grant.expires_in, grant.scope) == (604800, "profile usage")
    assert read("oauth_token.request.txt").startswith(
        b"grant_type=authorization_code&code=oauth_code&client_id="
    )


@covers("oauth_discovery.json", "userinfo.json", "userinfo.no_profile_scope.json")
def sign_in_facts() -> None:
    server = parse_server(load("oauth_discovery.json"))
    assert server.challenge_methods == ("S256",)
    assert parse_userinfo(load("userinfo.json")).name
    assert parse_userinfo(load("userinfo.no_profile_scope.json")).name == ""


@covers("authorize_redirects.txt")
def redirects() -> None:
    lines = [line for line in read("authorize_redirects.txt").decode().splitlines() if "callback" in line]
    fragment = AuthorizeLink(url="", redirect_uri="", state="S1", flow="fragment")
    code = AuthorizeLink(url="", redirect_uri="", state="S1", flow="code", client_id="pk_x")
    keys, denied, codes = [], 0, []
    for line in lines:
        if not line.startswith("http://127.0.0.1"):
            continue
        address, _, inside = line.partition("#")
        query = address.partition("?")[2]
        link = code if query else fragment
        if "error=" in line:
            with pytest.raises(e.ApiSignInError) as error:
                read_callback(link, query, inside)
            assert error.value.code == "access_denied"
            denied += 1
        elif query:
            codes.append(read_callback(link, query, inside).reveal())
        else:
            keys.append(read_callback(link, query, inside).reveal())
    assert (keys, codes, denied) == (["sk_abc123xyz"] * 2, ["oauth_code"], 2)


# ---------------------------------------------------------------- the retired service


@covers(
    "legacy_models.json", "legacy_model_openapi.stable-diffusion-private.json", "legacy_pollen.response.json",
    "legacy_pollen.response.replicate.json", "legacy_ws.request.json", "legacy_ws.messages.ndjson",
    "legacy_ws.messages.cached.ndjson", "legacy_ws.messages.failed.ndjson",
    "legacy_ws.messages.replicate.ndjson",
)  # fmt: skip
def legacy() -> None:
    assert all("/" in name for name in load("legacy_models.json"))
    form = parse_form(load("legacy_model_openapi.stable-diffusion-private.json"))
    steps = form.field("diffusion_steps")
    assert steps is not None
    assert (steps.kind, steps.default) == ("integer", 25)
    picture = ("https://store.example.org/ipfs/bafy/out-0.png",)
    for name in ("", ".replicate"):
        update = parse_update(load(f"legacy_pollen.response{name}.json"))
        assert (update.status, update.urls) == ("success", picture)
    sample = load("legacy_ws.request.json")
    assert LegacyRequest(**sample).image == "stability-ai/stable-diffusion"
    last = {}
    for name in ("", ".cached", ".failed", ".replicate"):
        lines = read(f"legacy_ws.messages{name}.ndjson").splitlines()
        updates = [parse_update(json.loads(line)) for line in lines]
        assert all(not update.is_final for update in updates[:-1])
        assert updates[-1].is_final
        last[name] = updates[-1]
    assert last[""].urls == last[".cached"].urls == picture
    assert last[".replicate"].urls == ("https://replicate.delivery/pbxt/final.png",)
    assert (last[".failed"].succeeded, last[".failed"].logs) == (False, "CUDA out of memory")


# ---------------------------------------------------------------- errors

ERRORS: dict[str, tuple[type[e.ApiError], dict[str, Any]]] = {
    "error.400.image_input.json": (e.ApiRequestError, {"code": "failed_to_download_image", "field": "image"}),
    "error.400.safety_blocked.json": (e.ApiRefused, {"code": "content_blocked"}),
    "error.400.safety_invalid.json": (e.ApiRequestError, {"field": "safe"}),
    "error.400.unknown_model.json": (e.ApiRequestError, {"field": "model"}),
    "error.400.validation.json": (e.ApiRequestError, {"field": "duration"}),
    "error.400.wrong_category.json": (e.ApiRequestError, {"field": "model"}),
    "error.401.invalid_key.json": (e.ApiAuthError, {"fix_url": "https://enter.pollinations.ai/keys"}),
    "error.401.missing_key.json": (e.ApiAuthError, {}),
    "error.402.insufficient_balance.json": (e.ApiPaymentError, {"kind": "balance"}),
    "error.402.key_budget.json": (e.ApiPaymentError, {"kind": "key_budget"}),
    "error.402.seed_era.json": (
        e.ApiPaymentError,
        {"kind": "balance", "request_id": "0b6d7a5e-3c0e-4d5f-9a77-2f5d0c1f7b11"},
    ),
    "error.403.account_scope.json": (e.ApiPermissionError, {}),
    "error.403.balance_scope.json": (e.ApiPermissionError, {}),
    "error.403.model_not_allowed.json": (e.ApiPermissionError, {}),
    "error.404.json": (e.ApiNotFound, {}),
    "error.413.json": (e.ApiTooLarge, {}),
    "error.413.plain_body_limit.http.txt": (e.ApiTooLarge, {}),
    "error.415.json": (e.ApiRequestError, {}),
    "error.422.content_policy.json": (e.ApiRefused, {"upstream_status": 400}),
    "error.429.edge_ip.json": (e.ApiRateLimited, {"source": "address", "retry_after": 60.0}),
    "error.429.model_rpm.http.txt": (e.ApiRateLimited, {"source": "model", "retry_after": 23.0}),
    "error.429.publishable_key.http.txt": (e.ApiRateLimited, {"source": "key", "retry_after": 1800.0}),
    "error.500.account_usage.json": (e.ApiUnavailable, {}),
    "error.500.json": (e.ApiUnavailable, {"code": "INTERNAL_ERROR"}),
    "error.502.json": (e.ApiUnavailable, {"upstream_status": 429, "title": "This model is busy."}),
    "error.503.json": (e.ApiUnavailable, {}),
    "error.503.plain_text.http.txt": (e.ApiUnavailable, {}),
    "error.503.safety.json": (e.ApiUnavailable, {}),
    "error.504.json": (e.ApiUnavailable, {}),
    "error.524.cloudflare.http.txt": (e.ApiUnavailable, {"request_id": "8f0c0ffee0123456-FRA"}),
    "media_error.400.json": (e.ApiRequestError, {"detail": "Empty file."}),
    "media_error.401.json": (e.ApiAuthError, {}),
    "media_error.404.json": (e.ApiNotFound, {"message": "Not found"}),
    "media_error.413.json": (e.ApiTooLarge, {}),
    "legacy_error.401.json": (e.ApiAuthError, {}),
    "legacy_error.403.json": (e.ApiPermissionError, {"message": "Could not validate credentials"}),
    "legacy_error.404_model.json": (e.ApiNotFound, {"message": "Model not found"}),
    "legacy_error.422.json": (e.ApiRequestError, {"detail": "Field required.", "field": "image"}),
    **{
        f"device_token.400.{code}.json": (e.ApiRequestError, {"code": code})
        for code in (
            "access_denied", "authorization_pending", "expired_token", "invalid_client", "invalid_grant",
            "invalid_request", "slow_down",
        )
    },
    "oauth_token.400.invalid_grant.json": (e.ApiRequestError, {"message": "PKCE verification failed"}),
    "oauth_token.400.unsupported_grant_type.json": (e.ApiRequestError, {"code": "unsupported_grant_type"}),
}  # fmt: skip


@covers(*ERRORS)
def errors() -> None:
    for name, (kind, wanted) in ERRORS.items():
        if name.endswith(".http.txt"):
            status, headers, body = http(name)
        else:
            status, headers, body = int(name.split(".")[1][:3]), {}, read(name)
        error = error_from_response(status, headers, body)
        assert type(error) is kind, name
        assert error.status == status
        assert {key: getattr(error, key) for key in wanted} == wanted, name
        assert error.title.endswith("."), name
        assert "!" not in error.title


# Last, when every check is known.
@pytest.mark.parametrize("check", list(dict.fromkeys(CHECKS.values())), ids=lambda check: check.__name__)
def test_sample(check: Callable[[], None]) -> None:
    check()

"""Speech, music, transcription and the newer audio routes (CONTRACT 6)."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from hashlib import sha256
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from studio.sandbox import prices, safety
from studio.sandbox.access import required_key
from studio.sandbox.account import Key
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError, invalid
from studio.sandbox.forms import Form, read_form
from studio.sandbox.generations import Product
from studio.sandbox.make.audio_files import SoundKind
from studio.sandbox.make.sounds import seconds_of, segments_of, speech, spoken_text, stems_zip
from studio.sandbox.parameters import JsonObject, Parameters, json_object, path_text, safety_features
from studio.sandbox.service import Service, service_of
from studio.sandbox.settings import Era
from studio.sandbox.speech import (
    CONTENT_TYPES,
    FORMATS,
    Sound,
    estimate_of,
    produce,
    read_sound,
    render,
    usage_of,
)
from studio.sandbox.transcripts import Transcript, as_diarized, as_srt, as_verbose, as_vtt, transcribe
from studio.sandbox.work import Job, answer, product

MEGABYTE = 1024 * 1024
MAX_TRANSCRIPTION = 25 * MEGABYTE
MAX_RECORDING = 50 * MEGABYTE
MIN_ISOLATION_SECONDS = 4.6
LETTERS_PER_SECOND = 14
SOUND_FILES = ("mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm", "flac", "ogg", "opus", "aac")
ALL_TRANSCRIPTS = ("json", "text", "srt", "verbose_json", "vtt")
JSON = "application/json"

Found = TypeVar("Found")


# ------------------------------------------------------------------ speech and music
async def _speak(
    request: Request,
    parameters: Parameters,
    text: str,
    said: dict[str, object],
    *,
    endpoint: str,
    timestamps: bool = False,
) -> Response:
    service = service_of(request)
    key = required_key(request)
    asked = parameters.text("model", "elevenlabs") or "elevenlabs"
    model = service.catalogue.resolve(asked, ("audio",), "audio")
    features = [] if service.settings.era == "seed" else safety_features(parameters.values.get("safe"))
    checked = safety.check(text, features)
    sound = read_sound(parameters, model, checked.text, service.settings.era)

    async def work() -> Product:
        if timestamps:
            return await _with_alignment(service, sound)
        return await produce(service, sound, headers=checked.headers)

    return await answer(
        request,
        Job(
            key=key,
            model=model,
            asked=asked,
            kind="generate.audio",
            endpoint=endpoint,
            said=said,
            estimate=estimate_of(sound),
            work=work,
            media=not timestamps,
        ),
    )


async def _get_audio(request: Request) -> Response:
    required_key(request)
    text = path_text(request, "/audio/")
    query = dict(request.query_params)
    return await _speak(request, Parameters(query), text, {"text": text, **query}, endpoint="GET /audio/")


async def _post_speech(request: Request) -> Response:
    required_key(request)
    body = await json_object(request)
    parameters = Parameters(body, strict=True)
    text = _input_of(parameters)
    return await _speak(request, parameters, text, dict(body), endpoint="POST /v1/audio/speech")


async def _post_timestamps(request: Request) -> Response:
    required_key(request)
    body = await json_object(request)
    parameters = Parameters(body, strict=True)
    endpoint = "POST /v1/audio/speech/with-timestamps"
    return await _speak(
        request, parameters, _input_of(parameters), dict(body), endpoint=endpoint, timestamps=True
    )


def _input_of(parameters: Parameters) -> str:
    text: object = parameters.values.get("input")
    if not isinstance(text, str):
        raise invalid({"input": ["Invalid input: expected string, received undefined"]})
    return text


async def _with_alignment(service: Service, sound: Sound) -> Product:
    """Speech with the time of every character (CONTRACT 6.4)."""
    if sound.kind != "speech":
        raise ApiError(400, f"Model '{sound.model.name}' does not support timestamps.")
    data = await render(service, sound)
    seconds = await service.make(seconds_of, data)
    step = seconds / max(1, len(sound.text))
    alignment: JsonObject = {
        "characters": list(sound.text),
        "character_start_times_seconds": [round(at * step, 3) for at in range(len(sound.text))],
        "character_end_times_seconds": [round((at + 1) * step, 3) for at in range(len(sound.text))],
    }
    body = {
        "audio_base64": base64.b64encode(data).decode(),
        "alignment": alignment,
        "normalized_alignment": alignment,
    }
    usage = usage_of(sound, seconds)
    return product(
        service,
        sound.model,
        content_type=JSON,
        body=json.dumps(body).encode(),
        usage=usage,
        cost=prices.cost(sound.model.pricing, usage),
    )


# ------------------------------------------------------------------ recordings
async def _form(request: Request) -> Form:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(415)
    return await read_form(request)


def _recording(form: Form, field: str, most: int) -> bytes:
    """The uploaded file; 400 without one, 413 when too large, 415 for a wrong kind."""
    file = form.file(field)
    if file is None:
        raise invalid({field: ["Invalid input: expected file, received undefined"]})
    if not file.data:
        raise invalid({field: ["The file is empty."]})
    if len(file.data) > most:
        raise ApiError(413)
    extension = file.name.rsplit(".", 1)[-1].lower()
    if extension not in SOUND_FILES and not file.content_type.startswith(("audio/", "video/")):
        raise ApiError(415, f"Unsupported file type. Supported formats: {', '.join(SOUND_FILES[:7])}.")
    return file.data


async def _opened(service: Service, maker: Callable[[bytes], Found], data: bytes) -> Found:
    """Run a reader over a recording; 400 when it cannot be decoded."""
    try:
        return await service.make(maker, data)
    except (ValueError, OSError) as error:
        raise ApiError(400, "The audio file could not be decoded.") from error


def _transcript_formats(model: Model, era: Era) -> tuple[str, ...]:
    """Which response formats the model knows."""
    if era == "seed" or model.is_a("whisper"):
        return ALL_TRANSCRIPTS
    if model.is_a("gpt-transcribe"):
        return ("json", "text")
    if model.is_a("grok-transcribe"):
        return ("json", "text", "verbose_json")
    return (*ALL_TRANSCRIPTS, "diarized_json")


def _variants(wanted: str, prompt: str) -> list[str]:
    diarized = wanted == "diarized_json"
    if diarized and prompt:
        return ["prompting_diarization", "diarization", "prompting"]
    return ["diarization"] if diarized else ["prompting"] if prompt else []


def _written(transcript: Transcript, wanted: str, language: str, speakers: int) -> tuple[str, str]:
    """Content type and body of a transcript in a response format."""
    match wanted:
        case "text":
            return "text/plain; charset=utf-8", transcript.text + "\n"
        case "srt":
            return "text/plain; charset=utf-8", as_srt(transcript)
        case "vtt":
            return "text/vtt; charset=utf-8", as_vtt(transcript)
        case "verbose_json":
            return JSON, json.dumps(as_verbose(transcript, language), ensure_ascii=False)
        case "diarized_json":
            return JSON, json.dumps(as_diarized(transcript, speakers), ensure_ascii=False)
        case _:
            return JSON, json.dumps({"text": transcript.text}, ensure_ascii=False)


async def _post_transcription(request: Request) -> Response:
    service = service_of(request)
    key = required_key(request)
    era = service.settings.era
    form = await _form(request)
    data = _recording(form, "file", MAX_TRANSCRIPTION)
    fields = form.as_dict()
    parameters = Parameters(fields)
    asked = parameters.text("model", "whisper-large-v3") or "whisper-large-v3"
    model = service.catalogue.resolve(asked, ("audio",), "audio")
    if "text" not in model.outputs:
        raise ApiError(400, f"Model '{asked}' cannot transcribe audio.")
    wanted = parameters.text("response_format", "json") or "json"
    allowed = _transcript_formats(model, era)
    if wanted not in allowed:
        raise ApiError(
            400,
            f"response_format '{wanted}' is not supported by {model.name}. Supported: {', '.join(allowed)}.",
        )
    parameters.number("temperature", 0, 1)
    language = parameters.text("language", "en", longest=20)
    speakers = parameters.integer("speakers_expected", 1, 32) or 2
    parameters.check()
    seconds = Decimal(str(round(await _opened(service, seconds_of, data), 2)))
    usage: prices.Usage = {"promptAudioSeconds": seconds}
    sheet = prices.variant_sheet(model, _variants(wanted, parameters.text("prompt")))
    cost = prices.cost(sheet, usage)

    async def work() -> Product:
        await service.work_for(min(4.0, 0.3 + float(seconds) / 60))
        transcript = await _opened(service, transcribe, data)
        content_type, body = _written(transcript, wanted, language, speakers)
        return product(service, model, content_type=content_type, body=body.encode(), usage=usage, cost=cost)

    said: dict[str, object] = {**fields, "file": sha256(data).hexdigest()}
    endpoint = "POST /v1/audio/transcriptions"
    return await _recorded(request, key, model, asked, endpoint=endpoint, said=said, cost=cost, work=work)


async def _recorded(
    request: Request,
    key: Key,
    model: Model,
    asked: str,
    *,
    endpoint: str,
    said: dict[str, object],
    cost: Decimal,
    work: Callable[[], Awaitable[Product]],
    media: bool = False,
) -> Response:
    return await answer(
        request,
        Job(
            key=key,
            model=model,
            asked=asked,
            kind="generate.audio",
            endpoint=endpoint,
            said=said,
            estimate=cost,
            work=work,
            media=media,
        ),
    )


def _respoken(data: bytes, voice: str, kind: SoundKind) -> bytes:
    """The recording in another voice: its own words when it carries them, else as much speech as it has."""
    words = spoken_text(data)
    if not words:
        spoken = sum(end - start for start, end in segments_of(data)) or seconds_of(data)
        words = " ".join(["la"] * max(1, round(spoken * LETTERS_PER_SECOND / 3)))
    return speech(words, voice, len(data), kind=kind)


def _cleaned(data: bytes) -> bytes:
    return _respoken(data, "alloy", "mp3")


async def _reworked(
    request: Request,
    *,
    field: str,
    default: str,
    endpoint: str,
    content_type: Callable[[Form], str],
    maker: Callable[[Form, bytes], Callable[[], bytes]],
    least_seconds: float = 0.0,
) -> Response:
    """The shared way of the routes that turn one recording into another."""
    service = service_of(request)
    key = required_key(request)
    form = await _form(request)
    data = _recording(form, field, MAX_RECORDING)
    asked = form.text("model") or default
    model = service.catalogue.resolve(asked, ("audio",), "audio")
    seconds = await _opened(service, seconds_of, data)
    if seconds < least_seconds:
        raise ApiError(400, f"The recording must be at least {least_seconds} seconds long.")
    usage: prices.Usage = {"promptAudioSeconds": Decimal(str(round(seconds, 2)))}
    cost = prices.cost(model.pricing, usage)
    kind = content_type(form)
    make = maker(form, data)

    async def work() -> Product:
        await service.work_for(1.0)
        body = await service.make(make)
        return product(service, model, content_type=kind, body=body, usage=usage, cost=cost)

    said: dict[str, object] = {**form.as_dict(), field: sha256(data).hexdigest()}
    return await _recorded(
        request, key, model, asked, endpoint=endpoint, said=said, cost=cost, work=work, media=True
    )


def _wanted_format(form: Form) -> SoundKind:
    wanted = FORMATS.get(form.text("response_format") or "mp3")
    if wanted is None:
        raise invalid({"response_format": [f"Invalid option: expected one of {', '.join(FORMATS)}"]})
    return wanted


async def _voice_changer(request: Request) -> Response:
    def maker(form: Form, data: bytes) -> Callable[[], bytes]:
        voice, kind = form.text("voice") or "alloy", _wanted_format(form)
        return lambda: _respoken(data, voice, kind)

    return await _reworked(
        request,
        field="audio",
        default="voice-changer",
        endpoint="POST /v1/audio/voice-changer",
        content_type=lambda form: CONTENT_TYPES[_wanted_format(form)],
        maker=maker,
    )


async def _voice_isolator(request: Request) -> Response:
    return await _reworked(
        request,
        field="audio",
        default="voice-isolator",
        endpoint="POST /v1/audio/voice-isolator",
        content_type=lambda _form: "audio/mpeg",
        maker=lambda _form, data: lambda: _cleaned(data),
        least_seconds=MIN_ISOLATION_SECONDS,
    )


async def _stem_separation(request: Request) -> Response:
    return await _reworked(
        request,
        field="file",
        default="voice-isolator",
        endpoint="POST /audio/stem-separation",
        content_type=lambda _form: "application/zip",
        maker=lambda _form, data: lambda: stems_zip(data),
    )


def routes(era: Era) -> list[Route]:
    """The routes of CONTRACT 6.4 came after the seed era."""
    found = [
        Route("/audio/{text:path}", _get_audio),
        Route("/v1/audio/speech", _post_speech, methods=["POST"]),
        Route("/v1/audio/transcriptions", _post_transcription, methods=["POST"]),
    ]
    if era == "current":
        found += [
            Route("/v1/audio/speech/with-timestamps", _post_timestamps, methods=["POST"]),
            Route("/v1/audio/voice-changer", _voice_changer, methods=["POST"]),
            Route("/v1/audio/voice-isolator", _voice_isolator, methods=["POST"]),
            Route("/audio/stem-separation", _stem_separation, methods=["POST"]),
        ]
    return found

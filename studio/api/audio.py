"""Speech, music, transcription and the rest of audio (CONTRACT 6)."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from studio.api.downloads import save_bytes, save_response
from studio.api.errors import ApiBadAnswer, ApiRequestError
from studio.api.requests import encode_query, older_safe, path_prompt
from studio.api.results import kept_headers, media_result
from studio.api.retry import QUEUED
from studio.api.transcripts import parse_transcript
from studio.api.transport import (
    GENERATING,
    UPLOADING,
    Call,
    FilePart,
    OnProgress,
    OnRetry,
    Transport,
    bad_answer,
    read_limited,
    request_id,
)
from studio.api.wire import Obj, as_list, as_object, strings, text, to_decimal
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.domain.service import MediaResult, ServiceHosts, Usage
from studio.domain.speech import CharacterTimes, SpeechRequest, Transcript, TranscriptionRequest

_MAX_TRANSCRIPT = 64 * 1024 * 1024
_BODY_FIELDS = (
    "voice", "response_format", "speed", "duration", "instrumental", "seconds", "steps", "negative_prompt",
    "loop", "prompt_influence", "seed", "instructions", "reference_audio", "store_for_inpainting",
    "conditioning_ref", "composition_plan", "safe",
)  # fmt: skip
_QUERY_FIELDS = tuple(
    name
    for name in _BODY_FIELDS
    if name
    not in ("speed", "reference_audio", "store_for_inpainting", "conditioning_ref", "composition_plan")
)
_MIME = {
    ".mp3": "audio/mpeg", ".mpga": "audio/mpeg", ".mpeg": "audio/mpeg", ".wav": "audio/wav",
    ".m4a": "audio/mp4", ".mp4": "video/mp4", ".webm": "video/webm", ".ogg": "audio/ogg",
    ".flac": "audio/flac", ".opus": "audio/ogg", ".aac": "audio/aac",
}  # fmt: skip


class AudioApi:
    """Makes and understands sound."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def speak(
        self,
        request: SpeechRequest,
        into: Path,
        *,
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """Text to speech, music or effects; the sound is written to `into`.

        The service does not always keep to `response_format`: `MediaResult.mime` says what it is.

        Raises:
            InputError: the text is empty.
            ApiError: see `studio.api.errors`.
            StorageError: `into` cannot be written.
        """
        try:
            return await self._sound(self._speech_call(request), into, progress, on_retry)
        except ApiRequestError as error:
            safe = older_safe(request.safe, error)
            if not safe:
                raise
            call = self._speech_call(replace(request, safe=safe))
            return await self._sound(call, into, progress, on_retry)

    async def speak_with_timestamps(
        self, request: SpeechRequest, into: Path, *, on_retry: OnRetry | None = None
    ) -> tuple[MediaResult, CharacterTimes]:
        """POST /v1/audio/speech/with-timestamps: the sound, and when each character is spoken."""
        url = f"{self._hosts.gen}/v1/audio/speech/with-timestamps"
        call = Call(method="POST", url=url, json=speech_body(request), limits=GENERATING, policy=QUEUED)
        answer = await self._transport.json(call, on_retry)
        data = as_object(answer.data)
        sound = await asyncio.to_thread(_decode, text(data, "audio_base64"))
        stored = await save_bytes(sound, into, "audio/mpeg")
        result = MediaResult(
            path=stored.path,
            mime=stored.mime,
            size=stored.size,
            sha256=stored.sha256,
            headers=kept_headers(answer.headers),
            request_id=answer.request_id,
            model_used=answer.headers.get("x-model-used", ""),
            usage=Usage.from_headers(answer.headers),
            pollen_cost=to_decimal(answer.headers.get("x-pollen-cost")),
        )
        return result, parse_character_times(data)

    async def transcribe(
        self,
        request: TranscriptionRequest,
        file: Path,
        *,
        sending: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> Transcript:
        """POST /v1/audio/transcriptions.

        A model that does not know the response format asked for is asked for verbose_json, then json;
        `Transcript.format` says which one it was.

        Args:
            sending: hears how much of the file has left.

        Raises:
            StudioError: the file cannot be read.
            ApiError: see `studio.api.errors`.
        """
        formats = [request.response_format]
        formats += [name for name in ("verbose_json", "json") if name not in formats]
        for index, response_format in enumerate(formats):
            try:
                return await self._transcribe(
                    replace(request, response_format=response_format), file, sending, on_retry
                )
            except ApiRequestError as error:
                if index == len(formats) - 1 or not _is_about_format(error):
                    raise
        raise AssertionError("the last format either returns or raises")

    async def change_voice(
        self,
        file: Path,
        voice: str,
        into: Path,
        *,
        model: str = "",
        response_format: str = "",
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """POST /v1/audio/voice-changer: the recording in another voice (at most 50 MB, 5 minutes)."""
        fields = (("voice", voice), ("model", model), ("response_format", response_format))
        call = self._upload("/v1/audio/voice-changer", "audio", file, fields)
        return await self._sound(call, into, progress, on_retry)

    async def isolate_voice(
        self,
        file: Path,
        into: Path,
        *,
        model: str = "",
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """POST /v1/audio/voice-isolator: the recording without its background (from 4.6 seconds)."""
        call = self._upload("/v1/audio/voice-isolator", "audio", file, (("model", model),))
        return await self._sound(call, into, progress, on_retry)

    async def separate_stems(
        self,
        file: Path,
        into: Path,
        *,
        stem_variation_id: str = "",
        progress: OnProgress | None = None,
        on_retry: OnRetry | None = None,
    ) -> MediaResult:
        """POST /audio/stem-separation: a ZIP with one MP3 per stem."""
        fields = (("stem_variation_id", stem_variation_id),)
        call = self._upload("/audio/stem-separation", "file", file, fields)
        return await self._sound(call, into, progress, on_retry, expect=("application/zip",))

    # ------------------------------------------------------------ sending

    def _speech_call(self, request: SpeechRequest) -> Call:
        if not request.input.strip():
            raise InputError(tr("There is nothing to say."), tr("Write a text first."), field="input")
        if request.route == "audio":
            url = (
                f"{self._hosts.gen}/audio/{path_prompt(request.input)}?{encode_query(speech_params(request))}"
            )
            return Call(method="GET", url=url, accept="audio/*", limits=GENERATING, policy=QUEUED)
        return Call(
            method="POST",
            url=f"{self._hosts.gen}/v1/audio/speech",
            json=speech_body(request),
            accept="audio/*",
            limits=GENERATING,
            policy=QUEUED,
        )

    def _upload(self, path: str, part: str, file: Path, fields: tuple[tuple[str, str], ...]) -> Call:
        return Call(
            method="POST",
            url=self._hosts.gen + path,
            form=tuple((name, value) for name, value in fields if value),
            files=(FilePart(name=part, path=file, mime=_MIME.get(file.suffix.lower(), "audio/mpeg")),),
            accept="*/*",
            limits=replace(GENERATING, write=UPLOADING.write),
            policy=QUEUED,
        )

    async def _sound(
        self,
        call: Call,
        into: Path,
        progress: OnProgress | None,
        on_retry: OnRetry | None,
        expect: tuple[str, ...] = ("audio/", "video/"),
    ) -> MediaResult:
        async def consume(response: httpx.Response) -> MediaResult:
            stored = await save_response(response, into, expect=expect, progress=progress)
            return media_result(stored, response)

        return await self._transport.run(call, consume, on_retry)

    async def _transcribe(
        self,
        request: TranscriptionRequest,
        file: Path,
        sending: OnProgress | None,
        on_retry: OnRetry | None,
    ) -> Transcript:
        values: dict[str, object] = {
            "model": request.model,
            "response_format": request.response_format,
            "language": request.language,
            "prompt": request.prompt,
            "temperature": request.temperature,
            "speakers_expected": request.speakers_expected,
        }
        fields = [(name, str(value)) for name, value in values.items() if value not in (None, "")]
        call = self._upload("/v1/audio/transcriptions", "file", file, (*fields, *request.extra))

        async def consume(response: httpx.Response) -> Transcript:
            body = await read_limited(response, _MAX_TRANSCRIPT)
            mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if mime == "text/html":
                raise bad_answer(response, body)
            return replace(
                parse_transcript(body, request.response_format),
                model_used=response.headers.get("x-model-used", ""),
                request_id=request_id(response),
                usage=Usage.from_headers(response.headers),
                headers=kept_headers(response.headers),
            )

        return await self._transport.run(call, consume, on_retry, sending)


# ---------------------------------------------------------------- writing


def speech_body(request: SpeechRequest) -> Obj:
    """The JSON of POST /v1/audio/speech (CONTRACT 6.2)."""
    if not request.input.strip():
        raise InputError(tr("There is nothing to say."), tr("Write a text first."), field="input")
    body: Obj = {"model": request.model, "input": request.input}
    body.update(_set_fields(request, _BODY_FIELDS))
    body.update(request.extra)
    return body


def speech_params(request: SpeechRequest) -> list[tuple[str, str]]:
    """The query of GET /audio/{text} (CONTRACT 6.1)."""
    params = [("model", request.model)]
    for name, value in {**_set_fields(request, _QUERY_FIELDS), **request.extra}.items():
        words = ("true" if value else "false") if isinstance(value, bool) else str(value)
        params.append((name, words.removesuffix(".0") if isinstance(value, float) else words))
    return params


def _set_fields(request: SpeechRequest, names: tuple[str, ...]) -> Obj:
    values: dict[str, Any] = {name: getattr(request, name) for name in names}
    for name, value in values.items():
        if isinstance(value, float) and value.is_integer():
            values[name] = int(value)
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _is_about_format(error: ApiRequestError) -> bool:
    """A 400 because the model cannot write the response format (CONTRACT 6.3)."""
    words = f"{error.field} {error.message}".lower()
    return error.status == 400 and ("response_format" in words or ("format" in words and "support" in words))


# ---------------------------------------------------------------- reading


def parse_character_times(data: Obj) -> CharacterTimes:
    """The alignment of a spoken text; empty when the three lists differ in length."""
    alignment = as_object(data.get("alignment")) or as_object(data.get("normalized_alignment"))
    characters = strings(alignment, "characters")
    starts = _numbers(alignment, "character_start_times_seconds")
    ends = _numbers(alignment, "character_end_times_seconds")
    if not len(characters) == len(starts) == len(ends):
        return CharacterTimes()
    return CharacterTimes(characters=characters, starts=starts, ends=ends)


def _numbers(data: Obj, name: str) -> tuple[float, ...]:
    return tuple(float(item) for item in as_list(data.get(name)) if isinstance(item, int | float))


def _decode(encoded: str) -> bytes:
    try:
        sound = base64.b64decode(encoded)
    except (binascii.Error, ValueError) as error:
        raise ApiBadAnswer(tr("The service's answer cannot be read."), tr("Its sound is damaged.")) from error
    if not sound:
        raise ApiBadAnswer(tr("The service's answer holds no sound."))
    return sound

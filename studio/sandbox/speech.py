"""Speech, music and effects: what was asked, what it costs, the making of it (CONTRACT 6.1, 6.2)."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from studio.sandbox import prices
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError, invalid
from studio.sandbox.generations import Product
from studio.sandbox.make.audio_files import SoundKind
from studio.sandbox.make.sounds import effect, music, seconds_of, speech
from studio.sandbox.parameters import Parameters
from studio.sandbox.service import Service
from studio.sandbox.settings import Era
from studio.sandbox.work import product

FORMATS: dict[str, SoundKind] = {
    "mp3": "mp3",
    "opus": "opus",
    "aac": "aac",
    "flac": "flac",
    "wav": "wav",
    "pcm": "pcm",
}
CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
LONGEST_INPUT = {"seed": 4096, "current": 10_000}
LONGEST_DIALOGUE = 2000
MOST_VOICES = 10
MAX_SEED = 4_294_967_295
RAW_VOICE_ID = re.compile(r"[A-Za-z0-9]{20}")
DIALOGUE_LINE = re.compile(r"\s*([^:]{1,60}):\s*(.+)")

Kind = Literal["speech", "music", "effect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One sound that was asked for. `seconds` belongs to music and effects."""

    model: Model
    kind: Kind
    text: str
    voice: str
    format: SoundKind
    seed: int
    speed: float = 1.0
    seconds: float = 0.0
    instrumental: bool = False


def kind_of(model: Model) -> Kind:
    """What the model makes; 400 for models that make no sound from text."""
    if "audio" not in model.outputs or model.is_a("voice-changer", "voice-isolator"):
        raise ApiError(
            400, f"Model '{model.name}' cannot be used for speech. Use a text-to-speech or music model."
        )
    if model.is_a("music", "lyria", "stable-audio", "acestep"):
        return "music"
    return "effect" if model.is_a("sfx", "text-to-sound") else "speech"


def read_sound(parameters: Parameters, model: Model, text: str, era: Era) -> Sound:
    """Check the fields of CONTRACT 6.1 and 6.2; 400 names the wrong ones."""
    kind = kind_of(model)
    if not text.strip():
        raise invalid({"input": ["Too small: expected string to have >=1 characters"]})
    if len(text) > LONGEST_INPUT[era]:
        raise invalid({"input": [f"Too big: expected string to have <={LONGEST_INPUT[era]} characters"]})
    sound_format = _format(parameters, model, kind)
    seed = parameters.integer("seed", -1, MAX_SEED)
    sound = Sound(
        model=model,
        kind=kind,
        text=text,
        voice=_voice(parameters, model) if kind == "speech" else "",
        format=sound_format,
        seed=secrets.randbelow(MAX_SEED) if seed is None or seed < 0 else seed,
        speed=parameters.number("speed", 0.25, 4) or 1.0,
        seconds=_seconds(parameters, model, kind),
        instrumental=parameters.flag("instrumental"),
    )
    parameters.check()
    if model.is_a("dialogue"):
        dialogue_of(text)
    return sound


def _format(parameters: Parameters, model: Model, kind: Kind) -> SoundKind:
    wanted = parameters.choice("response_format", "mp3", FORMATS)
    if wanted != "mp3" and (kind == "effect" or model.is_a("lyria")):
        raise ApiError(400, f"Model '{model.name}' supports response_format mp3 only.")
    # Qwen answers with WAV whatever is asked for.
    return "wav" if model.is_a("qwen-tts", "qwen3-tts") else FORMATS[wanted]


def _voice(parameters: Parameters, model: Model) -> str:
    voice = parameters.text("voice")
    if not voice:
        return "alloy" if not model.voices or "alloy" in model.voices else model.voices[0]
    raw = model.is_a("eleven") and RAW_VOICE_ID.fullmatch(voice)
    if model.voices and voice not in model.voices and not raw and not model.is_a("dialogue"):
        shown = ", ".join(model.voices[:40])
        parameters.wrong("voice", f"Unknown voice '{voice}'. Available voices: {shown}")
    return voice


def _seconds(parameters: Parameters, model: Model, kind: Kind) -> float:
    if kind == "speech":
        return 0.0
    if kind == "effect":
        return parameters.number("duration", 0.5, 30) or 5.0
    if model.is_a("stable-audio"):
        return parameters.number("seconds", 1, 380) or parameters.number("duration", 1, 380) or 30.0
    if model.is_a("lyria"):
        return 30.0
    return parameters.number("duration", 3, 300) or 30.0


def dialogue_of(text: str) -> list[tuple[str, str]]:
    """Voices and lines of a dialogue; 400 when a line names no voice, or there are too many."""
    if len(text) > LONGEST_DIALOGUE:
        raise ApiError(400, f"Dialogue input is limited to {LONGEST_DIALOGUE} characters.")
    lines: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        found = DIALOGUE_LINE.fullmatch(line)
        if found is None:
            raise ApiError(400, "Dialogue input needs one 'voice: line' per line.")
        lines.append((found.group(1).strip(), found.group(2)))
    if len({voice for voice, _ in lines}) > MOST_VOICES:
        raise ApiError(400, f"Dialogue supports at most {MOST_VOICES} voices.")
    return lines


def usage_of(sound: Sound, seconds: float) -> prices.Usage:
    """Seconds where the price is per second, one where it is per request, else characters or bytes."""
    model = sound.model
    if "completionAudioSeconds" in model.entry["pricing"]:
        return {"completionAudioSeconds": Decimal(str(round(seconds, 2)))}
    if model.entry.get("flat_rate") or model.is_a("lyria"):
        return {"completionAudioTokens": Decimal(1)}
    if model.is_a("fish-audio"):
        return {"completionAudioTokens": Decimal(len(sound.text.encode()))}
    return {"completionAudioTokens": Decimal(len(sound.text))}


def estimate_of(sound: Sound) -> Decimal:
    return prices.cost(sound.model.pricing, usage_of(sound, sound.seconds))


async def render(service: Service, sound: Sound) -> bytes:
    """The sound's bytes."""
    if sound.kind == "music":
        await service.work_for(1.0)
        return await service.make(
            music, sound.text, sound.seed, sound.seconds, instrumental=sound.instrumental, kind=sound.format
        )
    if sound.kind == "effect":
        await service.work_for(0.5)
        return await service.make(effect, sound.text, sound.seed, sound.seconds, kind=sound.format)
    await service.work_for(0.3)
    text, voice = sound.text, sound.voice
    if sound.model.is_a("dialogue"):
        lines = dialogue_of(text)
        text, voice = "\n".join(line for _, line in lines), lines[0][0]
    # FLAC of ElevenLabs is raw PCM in truth, whatever its content type says (CONTRACT 6.1).
    raw = sound.format == "flac" and service.settings.era == "current" and sound.model.is_a("eleven")
    return await service.make(
        speech, text, voice, sound.seed, kind="pcm" if raw else sound.format, speed=sound.speed
    )


async def produce(service: Service, sound: Sound, *, headers: dict[str, str]) -> Product:
    """The sound as an answer with its headers."""
    data = await render(service, sound)
    seconds = sound.seconds if sound.kind != "speech" else await service.make(_seconds_or_zero, data)
    usage = usage_of(sound, seconds)
    if sound.kind == "speech":
        headers = {"x-tts-voice": sound.voice, **headers}
    elif sound.model.is_a("elevenmusic"):
        headers = {"x-elevenlabs-song-id": uuid.uuid4().hex[:20], **headers}
    return product(
        service,
        sound.model,
        content_type=CONTENT_TYPES[sound.format],
        body=data,
        usage=usage,
        cost=prices.cost(sound.model.pricing, usage),
        headers=headers,
    )


def _seconds_or_zero(data: bytes) -> float:
    """Length of encoded sound; raw PCM has no header to read it from and is not billed by it."""
    try:
        return seconds_of(data)
    except (ValueError, OSError):
        return 0.0

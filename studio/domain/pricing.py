"""What a request will cost, and what it did (CONTRACT 2.3). Pure functions over the catalogue's rate sheets.

No price lives here: only the rules by which the catalogue's prices are counted. Amounts are pollen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from studio.core.i18n import tr
from studio.domain.chat import ChatRequest, ImagePart, TextPart
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.models import ModelInfo, Pricing, PricingAdjustment, PricingVariant
from studio.domain.service import Usage
from studio.domain.speech import SpeechRequest, TranscriptionRequest

PricedRequest = ImageRequest | VideoRequest | SpeechRequest | TranscriptionRequest | ChatRequest

CHARACTERS_PER_TOKEN = 4
LONG_CONTEXT_TOKENS = 200_000
ASSUMED_ANSWER_TOKENS = 1000
ASSUMED_SIDE = 1024
ASSUMED_FPS = 24
IMAGE_INPUT_TOKENS = (258, 1290)
SPOKEN_CHARACTERS_PER_SECOND = 15
SPEECH_TOKENS_PER_SECOND = 25
_GPT_IMAGE_TOKENS = {"low": 272, "medium": 1056, "high": 4160, "hd": 4160}
# Height in pixels of the named resolutions, for films priced by the token (CONTRACT 2.3).
_HEIGHTS = {
    "360p": 360,
    "480p": 480,
    "720p": 720,
    "768p": 768,
    "1080p": 1080,
    "1k": 720,
    "2k": 1440,
    "4k": 2160,
}
_MEGAPIXEL_MODELS = ("flux.2-pro", "flux.2-flex", "flux.2-max", "flux-2-pro", "flux-2-flex", "flux-2-max")


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateLine:
    """One term of the sum: `quantity` of `unit` at `rate` pollen each."""

    label: str
    quantity: Decimal
    unit: str
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A price beforehand, in pollen.

    Args:
        low, high: between what it will probably cost; equal when only known quantities are in it; None when
            the catalogue says too little.
        plus_fees: fees come on top that nobody knows before the run.
        lines: how `high` comes about.
        sheet: label of the rate sheet that was used.
        approximate: quantities were guessed.
    """

    low: Decimal | None
    high: Decimal | None
    plus_fees: bool = False
    lines: tuple[EstimateLine, ...] = ()
    sheet: str = ""
    approximate: bool = False

    def times(self, count: int) -> Estimate:
        """The estimate of `count` such requests."""
        lines = tuple(
            EstimateLine(label=line.label, quantity=line.quantity * count, unit=line.unit, rate=line.rate)
            for line in self.lines
        )
        return Estimate(
            low=None if self.low is None else self.low * count,
            high=None if self.high is None else self.high * count,
            plus_fees=self.plus_fees,
            lines=lines,
            sheet=self.sheet,
            approximate=self.approximate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the caller knows and the request does not say.

    Args:
        input_seconds: length of the recording or film that goes in.
        prompt_tokens, completion_tokens: counted or learned from earlier answers.
        markup: share added by an app's own key, 0.25 for 25 %.
    """

    input_seconds: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    markup: Decimal = Decimal(0)


class _Sum:
    """Adds terms whose quantity lies between two bounds."""

    def __init__(self, pricing: Pricing) -> None:
        self._rates = pricing.rates
        self.low = Decimal(0)
        self.high = Decimal(0)
        self.lines: list[EstimateLine] = []
        self.approximate = False
        self.counted: set[str] = set()

    def rate(self, key: str) -> Decimal | None:
        return self._rates.get(key)

    def add(self, key: str, label: str, unit: str, low: float | Decimal, high: float | Decimal) -> None:
        """Count the price key between two quantities. Nothing happens when the sheet does not have it."""
        rate = self._rates.get(key)
        if rate is None:
            return
        self.counted.add(key)
        least, most = Decimal(str(low)), Decimal(str(high))
        if most <= 0:
            return
        self.low += rate * least
        self.high += rate * most
        self.approximate = self.approximate or least != most
        self.lines.append(EstimateLine(label=label, quantity=most, unit=unit, rate=rate))

    def fee(self, label: str, price: Decimal) -> None:
        self.low += price
        self.high += price
        self.lines.append(EstimateLine(label=label, quantity=Decimal(1), unit="request", rate=price))


def estimate(model: ModelInfo, request: PricedRequest, known: Known | None = None) -> Estimate:
    """What `request` will cost on `model`: the sheet, the sum, the fees, the markup."""
    known = known or Known()
    variant = variant_for(model, request, known)
    total = _Sum(variant.pricing if variant else model.pricing)
    plus_fees = _count(model, request, known, total)
    plus_fees |= _add_fees(model, request, total)
    sheet = (variant.label or variant.name) if variant else model.pricing_default_label
    if not total.lines and not total.counted:
        return Estimate(low=None, high=None, plus_fees=plus_fees, sheet=sheet)
    factor = 1 + known.markup
    return Estimate(
        low=total.low * factor,
        high=total.high * factor,
        plus_fees=plus_fees,
        lines=tuple(total.lines),
        sheet=sheet,
        approximate=total.approximate,
    )


def billed(model: ModelInfo, usage: Usage, request: PricedRequest | None = None) -> Decimal | None:
    """What a finished request cost, from its usage and the catalogue's prices.

    Args:
        request: chooses the rate sheet; without it the base sheet counts.

    Returns:
        Pollen, or None when the usage is empty or holds something the sheet has no price for.
    """
    variant = variant_for(model, request, Known()) if request else None
    if request is None or isinstance(request, ChatRequest):
        variant = _long_context(model, usage) or variant
    rates = (variant.pricing if variant else model.pricing).rates
    if not usage or not rates:
        return None
    total = Decimal(0)
    for key, amount in usage.amounts.items():
        rate = rates.get(key)
        if rate is None and key == "completionReasoningTokens":
            rate = rates.get("completionTextTokens")
        if rate is None and key in ("promptCachedTokens", "promptCacheWriteTokens"):
            rate = rates.get("promptTextTokens")
        if rate is None:
            return None
        total += rate * amount
    known, unknown = _fees(model, request)
    if unknown:
        return None
    return total + sum((fee.price for fee in known), Decimal(0))


# ---------------------------------------------------------------- choosing the sheet


def variant_for(model: ModelInfo, request: PricedRequest, known: Known) -> PricingVariant | None:
    """The alternate rate sheet that applies, or None for the base sheet (CONTRACT 2.3 step 1)."""
    by_name = {variant.name.lower(): variant for variant in model.pricing_variants}
    for name in _variant_names(model, request, known):
        if name.lower() in by_name:
            return by_name[name.lower()]
    return None


def _variant_names(model: ModelInfo, request: PricedRequest, known: Known) -> list[str]:
    """Names of sheets that would apply, most particular first."""
    if isinstance(request, ChatRequest):
        tokens = known.prompt_tokens if known.prompt_tokens is not None else _prompt_tokens(request)
        return ["long_context"] if tokens >= LONG_CONTEXT_TOKENS else []
    if isinstance(request, TranscriptionRequest):
        prompting = ["prompting"] if request.prompt else []
        diarization = ["diarization"] if request.response_format == "diarized_json" else []
        both = ["prompting_diarization"] if prompting and diarization else []
        return both + diarization + prompting
    if isinstance(request, SpeechRequest):
        return []
    resolution = _resolution(model, request)
    names: list[str] = []
    if isinstance(request, VideoRequest):
        if request.reference_videos:
            names += [f"video_in_{resolution}", "video_in"]
        if request.image or request.reference_images:
            names.append(f"{resolution}_image")
    else:
        if request.image:
            names += [f"{resolution}_image", "edit"]
        names.append(f"{request.quality or 'medium'}_{resolution}")
        if max(request.width or 0, request.height or 0) > 1024:
            names.append("2048")
    return [*names, resolution]


def _resolution(model: ModelInfo, request: ImageRequest | VideoRequest) -> str:
    """The resolution asked for: said, or in the alias (`veo-1080p`), or the model's first."""
    if request.resolution:
        return request.resolution.lower()
    for variant in model.pricing_variants:
        if request.model.lower().endswith(f"-{variant.name.lower()}"):
            return variant.name.lower()
    return model.resolutions[0].lower() if model.resolutions else ""


def _long_context(model: ModelInfo, usage: Usage) -> PricingVariant | None:
    prompt = sum((v for k, v in usage.amounts.items() if k.startswith("prompt")), Decimal(0))
    if prompt < LONG_CONTEXT_TOKENS:
        return None
    return next((v for v in model.pricing_variants if v.name == "long_context"), None)


# ---------------------------------------------------------------- counting: one function per kind


def _count(model: ModelInfo, request: PricedRequest, known: Known, total: _Sum) -> bool:
    """Add what the request will use up. True when something in it cannot be counted beforehand."""
    match request:
        case ImageRequest():
            return _count_image(model, request, total)
        case VideoRequest():
            return _count_video(model, request, known, total)
        case SpeechRequest():
            return _count_speech(model, request, known, total)
        case TranscriptionRequest():
            return _count_transcription(known, total)
        case ChatRequest():
            return _count_chat(request, known, total)


def _count_image(model: ModelInfo, request: ImageRequest, total: _Sum) -> bool:
    pictures = len(request.image)
    width, height = request.width or ASSUMED_SIDE, request.height or ASSUMED_SIDE
    names = f"{model.name} {' '.join(model.aliases)}".lower()
    if model.is_flat_rate:
        size, unit = Decimal(1), "picture"
        if any(name in names for name in _MEGAPIXEL_MODELS):
            size, unit = Decimal(max(1, math.ceil(width * height / 1_000_000))), "megapixel"
        elif "qwen-image-2.1" in names:
            size, unit = Decimal(width * height), "pixel"
        total.add("promptImageTokens", tr("Reference pictures"), "picture", pictures, pictures)
        total.add("completionImageTokens", tr("Picture"), unit, size, size)
        return False
    tokens = _prompt_characters(request.prompt)
    total.add("promptTextTokens", tr("Prompt"), "token", tokens, tokens)
    least, most = IMAGE_INPUT_TOKENS
    total.add("promptImageTokens", tr("Reference pictures"), "token", least * pictures, most * pictures)
    low, high = _image_tokens(names, request, width, height)
    total.add("completionImageTokens", tr("Picture"), "token", low, high)
    total.approximate = True
    return False


def _image_tokens(names: str, request: ImageRequest, width: int, height: int) -> tuple[int, int]:
    """Output tokens of one picture on a token-priced model (CONTRACT 2.3)."""
    if "mai-image" in names:
        tokens = max(1, width * height // 1024)
        return tokens, tokens
    if "gemini" in names or "nanobanana" in names:
        if "3.1-flash-lite" in names:
            return 1120, 1120
        if "3.1-flash" in names:
            return 2520, 2520
        if "3-pro" in names:
            return (2000, 2000) if request.resolution.lower() == "4k" else (1120, 1120)
        return 1290, 1290
    area = max(1.0, width * height / (ASSUMED_SIDE * ASSUMED_SIDE))
    if "gpt" in names and "image" in names:
        tokens = round(_GPT_IMAGE_TOKENS.get(request.quality or "medium", 1056) * area)
        return tokens, tokens
    return round(_GPT_IMAGE_TOKENS["low"] * area), round(_GPT_IMAGE_TOKENS["high"] * area)


def _count_video(model: ModelInfo, request: VideoRequest, known: Known, total: _Sum) -> bool:
    low, high = _seconds(model, request.duration)
    pictures = len(request.image) + len(request.reference_images)
    tokens = _prompt_characters(request.prompt)
    total.add("promptTextTokens", tr("Prompt"), "token", tokens, tokens)
    least, most = (pictures, pictures) if model.is_flat_rate else _image_input(pictures)
    total.add("promptImageTokens", "Pictures", "picture" if model.is_flat_rate else "token", least, most)
    total.add("completionVideoSeconds", tr("Film"), "second", low, high)
    if request.audio:
        total.add("completionAudioSeconds", tr("Sound"), "second", low, high)
    if total.rate("completionVideoTokens"):
        pixels = _frame_pixels(model, request)
        fps = request.fps or ASSUMED_FPS
        per_second = Decimal(str(pixels * fps)) / 1024
        total.add("completionVideoTokens", tr("Film"), "token", per_second * _d(low), per_second * _d(high))
        total.approximate = True
    if not request.reference_videos or total.rate("promptVideoSeconds") is None:
        return False
    if known.input_seconds is None:
        return True
    total.add("promptVideoSeconds", tr("Reference film"), "second", known.input_seconds, known.input_seconds)
    return False


def _image_input(pictures: int) -> tuple[int, int]:
    return IMAGE_INPUT_TOKENS[0] * pictures, IMAGE_INPUT_TOKENS[1] * pictures


def _seconds(model: ModelInfo, asked: float | None) -> tuple[float, float]:
    """Length of the result: as asked, or the model's default, or between its shortest and longest."""
    if asked:
        return asked, asked
    if model.default_duration:
        return model.default_duration, model.default_duration
    allowed = model.allowed_durations or tuple(d for d in (model.min_duration, model.max_duration) if d)
    return (min(allowed), max(allowed)) if allowed else (5.0, 10.0)


def _frame_pixels(model: ModelInfo, request: VideoRequest) -> int:
    if request.width and request.height and not request.resolution:
        return request.width * request.height
    short = _HEIGHTS.get(_resolution(model, request) or "720p", 720)
    wide, _, high = request.aspectRatio.partition(":")
    ratio = Decimal(16) / 9
    if wide.isdigit() and high.isdigit() and int(high) and int(wide):
        ratio = max(Decimal(wide) / Decimal(high), Decimal(high) / Decimal(wide))
    return round(short * ratio) * short


def _count_speech(model: ModelInfo, request: SpeechRequest, known: Known, total: _Sum) -> bool:
    names = f"{model.name} {' '.join(model.aliases)}".lower()
    characters = len(request.input)
    if model.flat_rate or "lyria-3-clip" in names:
        total.add("completionAudioTokens", tr("Sound"), "piece", 1, 1)
    elif "gemini" in names and "tts" in names:
        tokens = _prompt_characters(request.input)
        spoken = characters / SPOKEN_CHARACTERS_PER_SECOND * SPEECH_TOKENS_PER_SECOND
        total.add("promptTextTokens", tr("Text"), "token", tokens, tokens)
        total.add("completionAudioTokens", tr("Speech"), "token", round(spoken * 0.7), round(spoken * 1.4))
    elif "fish-audio" in names:
        size = len(request.input.encode("utf-8", "replace"))
        total.add("completionAudioTokens", tr("Speech"), "byte", size, size)
    else:
        total.add("completionAudioTokens", tr("Speech"), "character", characters, characters)
    if total.rate("completionAudioSeconds") is not None:
        low, high = _seconds(model, request.duration or request.seconds)
        total.add("completionAudioSeconds", tr("Sound"), "second", low, high)
    if not request.reference_audio:
        return False
    if total.rate("promptAudioTokens") is not None:
        total.add("promptAudioTokens", tr("Reference sound"), "piece", 1, 1)
        return not model.flat_rate
    if total.rate("promptAudioSeconds") is None:
        return False
    if known.input_seconds is None:
        return True
    total.add("promptAudioSeconds", tr("Reference sound"), "second", known.input_seconds, known.input_seconds)
    return False


def _count_transcription(known: Known, total: _Sum) -> bool:
    if known.input_seconds is None:
        return True
    total.add("promptAudioSeconds", tr("Recording"), "second", known.input_seconds, known.input_seconds)
    return False


def _count_chat(request: ChatRequest, known: Known, total: _Sum) -> bool:
    pictures = _pictures(request)
    tokens = known.prompt_tokens if known.prompt_tokens is not None else _prompt_tokens(request)
    total.add("promptTextTokens", tr("Conversation"), "token", tokens, tokens)
    if known.prompt_tokens is None:
        total.approximate = True
        total.add("promptImageTokens", "Pictures", "token", *_image_input(pictures))
    if known.completion_tokens is not None:
        answer = known.completion_tokens
        total.add("completionTextTokens", tr("Answer"), "token", answer, answer)
        return False
    most = request.max_completion_tokens or request.max_tokens or ASSUMED_ANSWER_TOKENS
    total.add("completionTextTokens", tr("Answer"), "token", 0, most)
    if "audio" in request.modalities:
        total.add("completionAudioTokens", tr("Spoken answer"), "token", 0, most)
    return False


def _prompt_tokens(request: ChatRequest) -> int:
    """Tokens of the conversation by its length; a picture without a price of its own counts as text."""
    characters = 0
    for message in request.messages:
        if isinstance(message.content, str):
            characters += len(message.content)
        for part in message.content or () if not isinstance(message.content, str) else ():
            characters += len(part.text) if isinstance(part, TextPart) else 0
        characters += sum(len(call.arguments) for call in message.tool_calls)
    return math.ceil(characters / CHARACTERS_PER_TOKEN) + 4 * len(request.messages)


def _pictures(request: ChatRequest) -> int:
    parts = (p for m in request.messages if isinstance(m.content, tuple) for p in m.content)
    return sum(isinstance(part, ImagePart) for part in parts)


def _prompt_characters(prompt: str) -> int:
    return math.ceil(len(prompt) / CHARACTERS_PER_TOKEN)


def _d(value: float) -> Decimal:
    return Decimal(str(value))


# ---------------------------------------------------------------- fees


def _add_fees(model: ModelInfo, request: PricedRequest, total: _Sum) -> bool:
    known, unknown = _fees(model, request)
    for fee in known:
        total.fee(fee.label or tr("Fee"), fee.price / fee.quantity)
    return unknown


def _fees(model: ModelInfo, request: PricedRequest | None) -> tuple[list[PricingAdjustment], bool]:
    """The fees per generation or request, and whether others come on top (CONTRACT 2.3 step 3).

    Of fees that belong to an option, only the default one counts: no request field names the option.
    """
    known: list[PricingAdjustment] = []
    unknown = False
    for fee in model.pricing_adjustments:
        if fee.option_group and not fee.option_default:
            continue
        if fee.unit in ("generation", "request") and fee.quantity > 0:
            known.append(fee)
        else:
            unknown = True
    return known, unknown

"""The worked examples of CONTRACT 2.3, exactly, and the rules around them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.catalogue import parse_models
from studio.domain.chat import ChatMessage, ChatRequest, ChatUsage, ImagePart, TextPart
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.media import MediaInput
from studio.domain.models import ModelInfo, Pricing, PricingAdjustment, PricingVariant, find_model
from studio.domain.pricing import Known, billed, estimate
from studio.domain.service import Usage
from studio.domain.speech import SpeechRequest, TranscriptionRequest

SAMPLES = Path(__file__).parents[1] / "api" / "samples"
PICTURE = MediaInput(url="https://x/1")


def catalogue(name: str) -> tuple[ModelInfo, ...]:
    kind = name.partition("_")[0]
    return parse_models(json.loads((SAMPLES / name).read_bytes()), kind if kind != "models.json" else "")


NOW = catalogue("models.json")
SEED = catalogue("image_models.seed_era.json")


def model(name: str, models: tuple[ModelInfo, ...] = NOW) -> ModelInfo:
    found = find_model(models, name)
    assert found is not None
    return found


def image(**fields: Any) -> ImageRequest:
    return ImageRequest(**{"prompt": "a cat", "model": "flux", "seed": 1, **fields})


def video(**fields: Any) -> VideoRequest:
    return VideoRequest(**{"prompt": "sea", "model": "veo", "seed": 1, **fields})


def chat(*messages: str, **fields: Any) -> ChatRequest:
    said = tuple(ChatMessage(role="user", content=text) for text in messages or ("hi",))
    return ChatRequest(model="openai", messages=said, **fields)


# ---------------------------------------------------------------- the worked examples


@pytest.mark.parametrize(
    ("request_", "price"),
    [
        (video(duration=4), "0.32"),
        (video(duration=4, audio=True), "0.40"),
        (video(duration=4, audio=True, resolution="1080p"), "0.48"),
        (video(duration=4, resolution="720p"), "0.32"),
        (video(), "0.32"),
        (video(duration=4, audio=True, model="veo-1080p"), "0.48"),
    ],
)
def test_veo(request_: VideoRequest, price: str) -> None:
    found = estimate(model("veo"), request_)
    assert found.low == found.high == Decimal(price)
    assert not found.approximate


def test_flux() -> None:
    found = estimate(model("flux"), image())
    assert (found.low, found.high, found.plus_fees) == (Decimal("0.002"), Decimal("0.002"), False)
    assert found.times(4).high == Decimal("0.008")


def test_chat_with_counted_tokens() -> None:
    found = estimate(model("openai"), chat(), Known(prompt_tokens=1000, completion_tokens=1000))
    assert found.low == found.high == Decimal("0.00015") + Decimal("0.0009375")


def test_speech_and_sound() -> None:
    speech = estimate(model("elevenlabs"), SpeechRequest(input="x" * 1000, model="elevenlabs"))
    assert speech.high == Decimal("0.1")
    listening = TranscriptionRequest(model="whisper", response_format="json")
    assert estimate(model("whisper"), listening, Known(input_seconds=60)).high == Decimal("0.00271666668")
    music = SpeechRequest(input="synthwave", model="elevenmusic", duration=30)
    assert estimate(model("elevenmusic"), music).high == Decimal("0.075")


def test_seed_era_seedance() -> None:
    found = estimate(model("seedance", SEED), video(duration=5, resolution="720p", model="seedance"))
    assert found.high == Decimal("0.1944")
    assert found.lines[-1].quantity == 108_000
    assert found.approximate


# ---------------------------------------------------------------- the rules


def test_the_sheet_follows_the_request() -> None:
    qwen = model("qwen/qwen-image")
    assert estimate(qwen, image()).high == Decimal("0.025")
    assert estimate(qwen, image(image=(PICTURE,))).high == Decimal("0.03")
    assert estimate(qwen, image(image=(PICTURE,))).sheet == "Image editing"
    wan = model("wan-2.7")
    assert estimate(wan, video(duration=5, resolution="1080p")).high == Decimal("0.5")
    assert estimate(wan, video(duration=5, resolution="1080p", image=(PICTURE,))).high == Decimal("0.75")
    seedance = model("bytedance/seedance-2.5")
    with_film = video(duration=4, resolution="720p", reference_videos=(PICTURE,))
    assert estimate(seedance, with_film).high == Decimal("3.8704")
    grok = model("x-ai/grok-imagine-image-2.0")
    assert estimate(grok, image()).high == Decimal("0.0633")
    assert estimate(grok, image(quality="low")).high == Decimal("0.0422")
    assert estimate(grok, image(quality="medium", resolution="2k")).high == Decimal("0.0844")
    canvas = model("nova-canvas")
    assert estimate(canvas, image(width=1024, height=1024)).high == Decimal("0.04")
    assert estimate(canvas, image(width=2048, height=1024)).high == Decimal("0.06")


def test_long_conversations_have_their_own_sheet() -> None:
    grok = model("x-ai/grok-4.6")
    short = estimate(grok, chat(), Known(prompt_tokens=199_999, completion_tokens=0))
    long = estimate(grok, chat(), Known(prompt_tokens=200_000, completion_tokens=0))
    assert short.high == Decimal("0.399998")
    assert long.high == Decimal("0.8")


def test_transcription_sheets() -> None:
    universal = model("universal-3.5-pro")
    known = Known(input_seconds=100)

    def price(**fields: Any) -> Decimal | None:
        return estimate(universal, TranscriptionRequest(model="u", **fields), known).high

    assert price() == Decimal("0.0058333333")
    assert price(prompt="names") == Decimal("0.0072222222")
    assert price(response_format="diarized_json") == Decimal("0.0063888889")
    assert price(response_format="diarized_json", prompt="names") == Decimal("0.0077777778")
    unknown = estimate(universal, TranscriptionRequest(model="u"))
    assert (unknown.low, unknown.plus_fees) == (None, True)


def test_special_units() -> None:
    pro = model("black-forest-labs/flux.2-pro")
    assert estimate(pro, image(width=1000, height=1000)).high == Decimal("0.0225")
    assert estimate(pro, image(width=1024, height=1024)).high == Decimal("0.03375")
    pixels = estimate(model("qwen/qwen-image-2.1"), image(width=1000, height=1000))
    assert pixels.high == Decimal("0.02")
    gpt = estimate(model("openai/gpt-image-1-mini"), image(quality="high", prompt=""))
    assert gpt.high == Decimal("0.02496")
    assert gpt.approximate
    mai = estimate(model("microsoft/mai-image-2.6"), image(prompt="", width=1024, height=1024))
    assert mai.high == 1024 * Decimal("0.0000285")
    lyria = estimate(model("lyria"), SpeechRequest(input="x" * 500, model="lyria"))
    assert lyria.high == Decimal("0.04")
    fish = estimate(model("fish-audio-s2.1-pro"), SpeechRequest(input="ü" * 100, model="fish"))
    assert fish.high == Decimal("0.003")
    flat = estimate(model("stable-audio-3"), SpeechRequest(input="x" * 500, model="s", seconds=100))
    assert flat.high == Decimal("0.26")


def test_fees_that_nobody_knows_are_marked() -> None:
    found = estimate(model("minimax/minimax-h3-max"), video(duration=5))
    assert (found.low, found.plus_fees) == (None, True)


def test_an_option_counts_only_when_it_is_the_default() -> None:
    fees = (
        PricingAdjustment(name="a", price=Decimal(1), unit="request"),
        PricingAdjustment(name="b", price=Decimal(2), unit="request", option_group="g"),
        PricingAdjustment(name="c", price=Decimal(4), unit="request", option_group="g", option_default=True),
    )
    priced = ModelInfo(
        name="m", pricing=Pricing(rates={"completionImageTokens": Decimal(8)}), pricing_adjustments=fees
    )
    assert estimate(priced, image()).high == 13
    assert billed(priced, Usage(amounts={"completionImageTokens": Decimal(1)})) == 13


def test_an_app_adds_its_markup() -> None:
    assert estimate(model("flux"), image(), Known(markup=Decimal("0.25"))).high == Decimal("0.0025")


def test_a_chat_of_unknown_length_is_a_range() -> None:
    found = estimate(model("openai"), chat("x" * 4000, max_tokens=100))
    assert found.low == 1004 * Decimal("0.00000015")
    assert found.high == found.low + 100 * Decimal("0.0000009375")
    assert found.approximate
    parts = (TextPart(text="x" * 40), ImagePart(url="data:image/png;base64," + "A" * 9999))
    with_picture = ChatRequest(model="openai", messages=(ChatMessage(role="user", content=parts),))
    assert estimate(model("openai"), with_picture).low == 14 * Decimal("0.00000015")


def test_a_model_without_prices_has_no_estimate() -> None:
    for request in (image(), video(), chat(), SpeechRequest(input="x", model="m")):
        assert estimate(ModelInfo(name="m"), request).high is None


def test_a_free_model_costs_nothing() -> None:
    free = ModelInfo(name="m", pricing=Pricing(rates={"completionImageTokens": Decimal(0)}))
    assert estimate(free, image()).high == 0


# ---------------------------------------------------------------- what was billed


def test_billed_from_usage() -> None:
    assert billed(model("flux"), Usage(amounts={"completionImageTokens": Decimal(1)})) == Decimal("0.002")
    film = Usage(amounts={"completionVideoSeconds": Decimal(4), "completionAudioSeconds": Decimal(4)})
    assert billed(model("veo"), film) == Decimal("0.40")
    assert billed(model("veo"), film, video(resolution="1080p")) == Decimal("0.48")
    assert billed(model("flux"), Usage()) is None
    assert billed(model("flux"), Usage(amounts={"somethingNew": Decimal(1)})) is None


def test_billed_chat_counts_each_token_once() -> None:
    usage = ChatUsage(
        prompt_tokens=1000, completion_tokens=500, total_tokens=1500, cached_tokens=400, reasoning_tokens=100
    )
    wanted = 600 * Decimal("1.5e-7") + 400 * Decimal("1.5e-8") + 500 * Decimal("9.375e-7")
    assert billed(model("openai"), usage.by_price_key()) == wanted


def test_billed_long_context() -> None:
    usage = Usage(amounts={"promptTextTokens": Decimal(300_000)})
    assert billed(model("x-ai/grok-4.6"), usage) == Decimal("1.2")


@given(st.sampled_from(NOW), st.integers(1, 4096), st.integers(1, 4096), st.integers(1, 120), st.booleans())
def test_every_model_of_the_catalogue_can_be_estimated(
    entry: ModelInfo, width: int, height: int, seconds: int, sound: bool
) -> None:
    requests = (
        image(width=width, height=height, image=(PICTURE,) if sound else ()),
        video(width=width, height=height, duration=seconds, audio=sound, reference_videos=(PICTURE,)),
        SpeechRequest(
            input="x" * seconds, model="m", duration=seconds, reference_audio="https://x" if sound else ""
        ),
        TranscriptionRequest(model="m"),
        chat("x" * width),
    )
    for request in requests:
        found = estimate(entry, request)
        assert (found.low is None) == (found.high is None)
        if found.low is not None and found.high is not None:
            assert 0 <= found.low <= found.high
            assert found.high == sum((line.amount for line in found.lines), Decimal(0))


def test_variants_are_matched_whatever_their_case() -> None:
    entry = replace(
        model("flux"),
        pricing_variants=(
            PricingVariant(name="4K", pricing=Pricing(rates={"completionImageTokens": Decimal(9)})),
        ),
    )
    assert estimate(entry, image(resolution="4k")).high == 9

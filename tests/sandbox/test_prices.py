"""The worked examples of CONTRACT 2.3, and the units that differ."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sandbox import prices
from studio.sandbox.catalogue import Catalogue, Model
from studio.sandbox.imaging import Shot, film_size, price

CURRENT, SEED = Catalogue("current"), Catalogue("seed")


def _model(name: str, catalogue: Catalogue = CURRENT) -> Model:
    model = catalogue.find(name)
    assert model is not None
    return model


def _shot(name: str, catalogue: Catalogue = CURRENT, **fields: object) -> Decimal:
    shot = {"prompt": "a bee", "seed": 1, "width": 1024, "height": 1024, **fields}
    return price(Shot(model=_model(name, catalogue), **shot))[1]


@pytest.mark.parametrize(
    ("name", "fields", "pollen"),
    [
        ("flux", {}, "0.002"),
        ("veo", {"seconds": 4, "resolution": "720p"}, "0.32"),
        ("veo", {"seconds": 4, "resolution": "720p", "audio": True}, "0.40"),
        ("veo", {"seconds": 4, "resolution": "1080p", "audio": True}, "0.48"),
        ("qwen/qwen-image", {"references": (b"x",)}, "0.03"),
        ("grok-imagine-image-2.0", {"quality": "low", "resolution": "1k"}, "0.0422"),
        (
            "grok-imagine-image-2.0",
            {"quality": "medium", "resolution": "2k", "references": (b"x",)},
            "0.09495",
        ),
        ("nova-canvas", {"width": 2048}, "0.06"),
        ("qwen/qwen-image-2.1", {"width": 1000, "height": 1000}, "0.02"),
        ("black-forest-labs/flux.2-max", {"width": 1024, "height": 1024}, None),
    ],
)
def test_pictures_and_films(name: str, fields: dict, pollen: str | None) -> None:
    if pollen is None:  # two megapixels, rounded up, and the fee of one run
        assert _shot(name, **fields) == _model(name).pricing["completionImageTokens"] * 2 + Decimal("0.04")
    else:
        assert _shot(name, **fields) == Decimal(pollen)


def test_seedance_counts_tokens_of_pixels() -> None:
    assert _shot("seedance", SEED, seconds=5) == Decimal("0.1944")


def test_chat() -> None:
    usage = {"promptTextTokens": Decimal(1000), "completionTextTokens": Decimal(1000)}
    assert prices.cost(_model("gpt-5.4-nano").pricing, usage) == Decimal("0.0010875")
    reasoning = {"completionReasoningTokens": Decimal(1000)}
    assert prices.cost(_model("gpt-5.4-nano").pricing, reasoning) == Decimal("0.0009375")


def test_long_prompts_cost_more() -> None:
    model = _model("chatgpt-sol")
    assert prices.long_context(model, 272_000) == ["long_context"]
    assert prices.long_context(model, 1000) == []
    dear = prices.variant_sheet(model, ["long_context"])
    assert dear["promptTextTokens"] > model.pricing["promptTextTokens"]


def test_sounds() -> None:
    speech = prices.cost(_model("elevenlabs").pricing, {"completionAudioTokens": Decimal(1000)})
    music = prices.cost(_model("elevenmusic").pricing, {"completionAudioSeconds": Decimal(30)})
    heard = prices.cost(_model("whisper-1").pricing, {"promptAudioSeconds": Decimal(60)})
    assert (speech, music) == (Decimal("0.1"), Decimal("0.075"))
    assert round(heard, 5) == Decimal("0.00272")


def test_usage_headers_leave_out_zeros() -> None:
    usage = {
        "promptTextTokens": Decimal(14),
        "completionAudioSeconds": Decimal("30.04"),
        "promptAudioTokens": Decimal(0),
    }
    assert prices.usage_headers(usage) == {
        "x-usage-prompt-text-tokens": "14",
        "x-usage-completion-audio-seconds": "30.04",
    }


@given(st.integers(1, 4096), st.integers(1, 4096), st.sampled_from(["", "480p", "720p", "1080p", "4k"]))
def test_films_have_even_sides(width: int, height: int, resolution: str) -> None:
    shot = Shot(model=_model("veo"), prompt="x", seed=1, width=width, height=height, resolution=resolution)
    across, down = film_size(shot)
    assert across % 2 == down % 2 == 0
    assert min(across, down) >= 360


@given(st.dictionaries(st.sampled_from(["promptTextTokens", "completionTextTokens"]), st.integers(0, 10**6)))
def test_costs_are_exact_to_twelve_places(usage: dict[str, int]) -> None:
    amounts = {kind: Decimal(count) for kind, count in usage.items()}
    cost = prices.cost(_model("openai").pricing, amounts)
    assert cost >= 0
    assert abs(int(cost.as_tuple().exponent)) <= 12

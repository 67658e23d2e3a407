"""What a piece of work costs, by the catalogue's own prices (CONTRACT 2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from studio.sandbox.catalogue import Model, rates

Usage = dict[str, Decimal]

MEGAPIXEL_MODELS = ("flux.2-pro", "flux.2-flex", "flux.2-max")
SMALLEST = Decimal("0.000000000001")
PROMPT_IMAGE_TOKENS = 258  # what one input picture counts as for a model priced by tokens
GPT_IMAGE_TOKENS = {"low": 272, "medium": 1056, "high": 4160}
LONG_CONTEXT_TOKENS = 200_000
PROVIDER_USD_PER_SECOND = Decimal("0.05")


def variant_sheet(model: Model, names: Iterable[str]) -> dict[str, Decimal]:
    """The first of the named alternative rate sheets that the model has, else its base sheet."""
    variants = {str(variant["name"]): variant for variant in model.entry.get("pricing_variants") or ()}
    for name in names:
        if name in variants:
            return rates(variants[name]["pricing"])
    return model.pricing


def long_context(model: Model, prompt_tokens: int) -> list[str]:
    """`["long_context"]` when the prompt is above the size the variant's description states."""
    for variant in model.entry.get("pricing_variants") or ():
        if variant["name"] == "long_context":
            stated = re.search(r"([\d,]{6,})", str(variant.get("description", "")))
            limit = int(stated.group(1).replace(",", "")) if stated else LONG_CONTEXT_TOKENS
            return ["long_context"] if prompt_tokens >= limit else []
    return []


def fees(model: Model, seconds: Decimal = Decimal(0)) -> Decimal:
    """The extra fees of one run; `seconds` is the length of what was made."""
    total = Decimal(0)
    for fee in model.entry.get("pricing_adjustments") or ():
        price = Decimal(str(fee["price"]))
        match fee["unit"]:
            case "second":
                total += price * seconds
            case "USD":
                total += price * seconds * PROVIDER_USD_PER_SECOND
            case _:
                total += price / Decimal(str(fee.get("quantity") or 1))
    return total


def cost(sheet: Mapping[str, Decimal], usage: Mapping[str, Decimal], extra: Decimal = Decimal(0)) -> Decimal:
    """Sum of price times quantity; reasoning tokens without a price cost what answer tokens cost."""
    total = extra
    for kind, quantity in usage.items():
        price = sheet.get(kind)
        if price is None and kind == "completionReasoningTokens":
            price = sheet.get("completionTextTokens")
        if price is not None:
            total += price * quantity
    return total.quantize(SMALLEST, rounding=ROUND_HALF_UP).normalize() + Decimal(0)


def image_sheet(
    model: Model, *, resolution: str, quality: str, width: int, height: int, inputs: int
) -> list[str]:
    """Names of the variants that fit a picture, most particular first."""
    names = [f"{quality}_{resolution}"]
    if inputs:
        names.append("edit")
    names.append(resolution)
    if max(width, height) > 1024:
        names.append("2048")
    if max(width, height) > 1536:
        names.append("2k")
    return [name for name in names if name]


def video_sheet(model: Model, *, resolution: str, frames: int, videos: int) -> list[str]:
    """Names of the variants that fit a film, most particular first."""
    names: list[str] = []
    if videos:
        names += [f"video_in_{resolution}", "video_in"]
    if frames:
        names.append(f"{resolution}_image")
    return [*names, resolution]


def _output_image_tokens(model: Model, width: int, height: int, quality: str) -> int:
    pixels = width * height
    if model.is_a("mai-image"):
        return ceil(pixels / 1024)
    if model.is_a("gpt-image", "gptimage"):
        tokens = GPT_IMAGE_TOKENS.get("high" if quality == "hd" else quality, 1056)
        return max(1, round(tokens * pixels / (1024 * 1024)))
    if model.is_a("gemini-3.1-flash-lite-image"):
        return 1120
    if model.is_a("gemini-3.1-flash-image"):
        return 2520
    if model.is_a("nanobanana-pro"):
        return 2000 if max(width, height) > 2048 else 1120
    return 1290


def image_usage(
    model: Model, *, width: int, height: int, quality: str, inputs: int, prompt_tokens: int
) -> Usage:
    """Usage kinds of one picture: a count for a flat price, tokens or pixels otherwise."""
    sheet = model.entry["pricing"]
    usage: Usage = {}
    if not model.flat_rate:
        usage["promptTextTokens"] = Decimal(prompt_tokens)
        usage["completionImageTokens"] = Decimal(_output_image_tokens(model, width, height, quality))
        if inputs:
            usage["promptImageTokens"] = Decimal(inputs * PROMPT_IMAGE_TOKENS)
        return usage
    images = 1
    if model.is_a(*MEGAPIXEL_MODELS):
        images = ceil(width * height / 1_000_000)
    elif model.is_a("qwen-image-2.1"):
        images = width * height
    usage["completionImageTokens"] = Decimal(images)
    if inputs and "promptImageTokens" in sheet:
        usage["promptImageTokens"] = Decimal(inputs)
    return usage


def video_usage(
    model: Model,
    *,
    width: int,
    height: int,
    seconds: int,
    fps: int,
    audio: bool,
    frames: int,
    video_seconds: Decimal,
) -> Usage:
    """Usage kinds of one film."""
    sheet = model.entry["pricing"]
    usage: Usage = {}
    if "completionVideoTokens" in sheet:
        usage["completionVideoTokens"] = Decimal(ceil(height * width * fps * seconds / 1024))
    else:
        usage["completionVideoSeconds"] = Decimal(seconds)
    if audio and "completionAudioSeconds" in sheet:
        usage["completionAudioSeconds"] = Decimal(seconds)
    if frames and "promptImageTokens" in sheet:
        usage["promptImageTokens"] = Decimal(frames)
    if video_seconds and "promptVideoSeconds" in sheet:
        usage["promptVideoSeconds"] = video_seconds
    return usage


def usage_headers(usage: Mapping[str, Decimal]) -> dict[str, str]:
    """`promptTextTokens` 14 becomes `x-usage-prompt-text-tokens: 14`; zeros are left out (CONTRACT 9.4)."""
    return {
        "x-usage-" + re.sub(r"(?=[A-Z])", "-", kind).lower(): format(quantity.normalize(), "f")
        for kind, quantity in usage.items()
        if quantity
    }

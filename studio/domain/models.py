"""AI models as the catalogue describes them (CONTRACT 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """A rate sheet: pollen per unit, by usage kind (`completionImageTokens`, …, CONTRACT 2.3)."""

    rates: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    currency: str = "pollen"

    def __bool__(self) -> bool:
        return bool(self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingVariant:
    """Another full rate sheet, for a resolution, for editing, for long prompts, …"""

    name: str
    label: str = ""
    description: str = ""
    pricing: Pricing = Pricing()


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingAdjustment:
    """An extra fee: `price` pollen per `quantity` `unit`."""

    name: str
    label: str = ""
    kind: str = ""
    price: Decimal = Decimal(0)
    quantity: Decimal = Decimal(1)
    unit: str = ""
    suffix: str = ""
    option_group: str = ""
    option_value: str = ""
    option_label: str = ""
    option_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A price change the service announced."""

    effective_at: datetime | None = None
    paid_only: bool | None = None
    pricing: Pricing = Pricing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How well a model answers. `status`: healthy | degraded | down | unknown; `success_rate`: 0 to 1."""

    status: str = "unknown"
    success_rate: float | None = None
    requests: int | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One AI model. Empty and None mean that the catalogue did not say.

    Args:
        name: the canonical id; `aliases` are old ids that still work.
        category: text, image, audio, video, 3d, embedding, realtime, …; from the modalities when absent.
        flat_rate: image prices are per picture, not per token; None = not said (see `is_flat_rate`).
        paid_only: free pollen is refused.
        durations are seconds.
        community: run by a third party.
        context_length: tokens.
    """

    name: str
    aliases: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    category: str = ""
    publisher: str = ""
    brand_icon_url: str = ""
    community: bool = False
    agent: bool = False
    base_model: str = ""
    per_user_rpm: float | None = None
    pricing: Pricing = Pricing()
    pricing_variants: tuple[PricingVariant, ...] = ()
    pricing_default_label: str = ""
    pricing_adjustments: tuple[PricingAdjustment, ...] = ()
    resolutions: tuple[str, ...] = ()
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    required_safety: tuple[str, ...] = ()
    supported_endpoints: tuple[str, ...] = ()
    video_capabilities: tuple[str, ...] = ()
    min_duration: float | None = None
    max_duration: float | None = None
    default_duration: float | None = None
    allowed_durations: tuple[float, ...] = ()
    duration_step: float | None = None
    max_reference_images: int | None = None
    max_reference_videos: int | None = None
    capabilities: tuple[str, ...] = ()
    supported_parameters: tuple[str, ...] = ()
    tools: bool = False
    reasoning: bool = False
    is_specialized: bool = False
    supports_structured_output: bool = False
    max_completion_tokens: int | None = None
    context_length: int | None = None
    voices: tuple[str, ...] = ()
    paid_only: bool = False
    pending_change: PendingChange | None = None
    alpha: bool = False
    flat_rate: bool | None = None
    added_date: datetime | None = None
    health: Health = Health()

    def answers_to(self, model_id: str) -> bool:
        """True when `model_id` is this model's name or one of its aliases."""
        return model_id == self.name or model_id in self.aliases

    @property
    def is_flat_rate(self) -> bool:
        """Priced per picture or generation: said so, or no price per text token (CONTRACT 2.3)."""
        if self.flat_rate is not None:
            return self.flat_rate
        return "promptTextTokens" not in self.pricing.rates

    @property
    def makes_images(self) -> bool:
        return self.category == "image"

    @property
    def makes_videos(self) -> bool:
        return self.category == "video"

    @property
    def is_chat(self) -> bool:
        return self.category == "text"

    @property
    def transcribes(self) -> bool:
        return self.category == "audio" and "text" in self.output_modalities

    @property
    def converts_audio(self) -> bool:
        """Takes a recording and gives one back, with no text: voice changer, isolator."""
        return self.category == "audio" and "text" not in (*self.input_modalities, *self.output_modalities)

    @property
    def makes_music(self) -> bool:
        """Music and sound effects: the catalogue prices them by seconds or by piece, speech by characters."""
        if self.category != "audio" or self.transcribes or self.converts_audio:
            return False
        words = f"{self.name} {' '.join(self.aliases)}".lower()
        return (
            "completionAudioSeconds" in self.pricing.rates
            or bool(self.flat_rate)
            or any(word in words for word in ("music", "lyria", "acestep", "stable-audio", "sfx", "sound"))
        )

    @property
    def speaks(self) -> bool:
        """Text to speech."""
        return (
            self.category == "audio"
            and "audio" in (self.output_modalities or ("audio",))
            and not (self.transcribes or self.converts_audio or self.makes_music)
        )

    @property
    def takes_images(self) -> bool:
        return "image" in self.input_modalities

    @property
    def calls_tools(self) -> bool:
        return self.tools or "tool_calling" in self.capabilities

    @property
    def reasons(self) -> bool:
        return self.reasoning or "reasoning" in self.capabilities


def find_model(models: Iterable[ModelInfo], model_id: str) -> ModelInfo | None:
    """The model called `model_id`; a canonical name wins over an alias of another."""
    by_alias: ModelInfo | None = None
    for model in models:
        if model.name == model_id:
            return model
        if by_alias is None and model_id in model.aliases:
            by_alias = model
    return by_alias
